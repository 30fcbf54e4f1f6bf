/// The UTC offsets of one time zone over all time.
package struct TimeZoneRules: Hashable, Sendable {
  /// The name under which the zone was looked up.
  package let name: String
  /// Instants in UTC seconds, ascending, at each of which the offset really changes.
  private let transitions: [Int64]
  /// Seconds east of UTC; one more than there are transitions, the first holding before all of them.
  private let offsets: [Int]
  /// What holds from `footerStart` on.
  private let footer: PosixTimeZone?
  private let footerStart: Int64

  /// A stretch of time with one offset.
  package struct Period: Hashable, Sendable {
    /// Seconds east of UTC.
    package let offset: Int
    /// The first UTC second with another offset; `Int64.max` if there is none.
    package let end: Int64
  }

  /// A zone whose offset never changes.
  package static let utc = TimeZoneRules(name: "UTC", transitions: [], offsets: [0], footer: nil)

  /// `transitions` ascend; `offsets` has one element more; a footer takes over at the last transition.
  init(name: String, transitions: [Int64], offsets: [Int], footer: PosixTimeZone?) {
    precondition(offsets.count == transitions.count + 1, "one offset on each side of a transition")
    self.name = name
    self.footer = footer
    // Before merging: a last transition that changes nothing may still mark where the footer starts.
    footerStart = footer == nil ? .max : transitions.last ?? .min
    var kept: [Int64] = []
    var keptOffsets = [offsets[0]]
    for (instant, offset) in zip(transitions, offsets.dropFirst()) where offset != keptOffsets[keptOffsets.count - 1] {
      kept.append(instant)
      keptOffsets.append(offset)
    }
    self.transitions = kept
    self.offsets = keptOffsets
  }

  /// Seconds east of UTC at an instant.
  package func offset(at instant: Timestamp) -> Int { period(at: instant.seconds).offset }

  /// The offset that holds at a UTC second, and until when.
  package func period(at second: Int64) -> Period {
    if let footer, second >= footerStart { return footer.period(at: second) }
    var low = 0
    var high = transitions.count
    while low < high {
      let middle = (low + high) / 2
      if transitions[middle] <= second { low = middle + 1 } else { high = middle }
    }
    let offset = offsets[low]
    if low < transitions.count, footer == nil || transitions[low] < footerStart {
      return Period(offset: offset, end: transitions[low])
    }
    guard let footer else { return Period(offset: offset, end: .max) }
    let next = footer.period(at: footerStart)
    return Period(offset: offset, end: next.offset == offset ? next.end : footerStart)
  }

  /// The first UTC second at which the wall shows that many seconds past 1970-01-01T00:00.
  ///
  /// A reading that a clock change skips gives the instant of the change.
  package func instant(ofLocalSeconds local: Int64) -> Int64 {
    let limit: Int64 = 1 << 50
    let local = min(max(local, -limit), limit)
    var start = local - 2 * 86_400
    while true {
      let period = period(at: start)
      if period.end == .max || local < period.end + Int64(period.offset) { return max(start, local - Int64(period.offset)) }
      start = period.end
    }
  }
}
