/// A set of the 1440 minutes of a wall clock day.
struct MinuteSet: Sendable {
  /// By hour, bit n for minute n.
  private var hours = InlineArray<24, UInt64>(repeating: 0)

  init() {}

  /// Every given minute of every given hour, as bits.
  init(hours: UInt64, minutes: UInt64) {
    for hour in 0..<24 where hours & (1 << UInt64(hour)) != 0 { self.hours[hour] = minutes & Self.wholeHour }
  }

  /// Minutes since midnight, within 0 to 1440.
  init(_ range: Range<Int>) {
    for minute in range { hours[minute / 60] |= 1 << UInt64(minute % 60) }
  }

  subscript(hour hour: Int) -> UInt64 { hours[hour] }

  func contains(_ minute: Int) -> Bool { hours[minute / 60] & (1 << UInt64(minute % 60)) != 0 }

  mutating func formUnion(_ other: MinuteSet) {
    for hour in 0..<24 { hours[hour] |= other.hours[hour] }
  }

  var isWholeDay: Bool {
    for hour in 0..<24 where hours[hour] != Self.wholeHour { return false }
    return true
  }

  private static let wholeHour: UInt64 = (1 << 60) - 1
}
