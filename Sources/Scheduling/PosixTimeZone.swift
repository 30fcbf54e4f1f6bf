/// The rule of a TZif footer: a POSIX TZ string with the extensions of RFC 8536 section 3.3.1.
struct PosixTimeZone: Hashable, Sendable {
  /// Seconds east of UTC.
  private let standardOffset: Int
  private let daylight: Daylight?

  private struct Daylight: Hashable {
    let offset: Int
    let start: ChangeDay
    let end: ChangeDay
  }

  /// A day of every year and the wall time on it, by the clock that is in force before the change.
  private struct ChangeDay: Hashable {
    enum Day: Hashable {
      /// 1 to 365, 29 February never counted.
      case withoutLeapDay(Int)
      /// 0 to 365.
      case fromZero(Int)
      /// Month 1-12, week 1-5 where 5 is the last, day of the week 0-6.
      case weekday(month: Int, week: Int, day: Int)
    }
    let day: Day
    /// Seconds from midnight, within a week either way.
    let time: Int

    /// Local seconds past 1970-01-01T00:00.
    func localSeconds(year: Int) -> Int64 {
      let newYear = CivilDate.daysSinceEpoch(year: year, month: 1)
      let date: Int
      switch day {
      case .withoutLeapDay(let number): date = newYear + number - 1 + (number >= 60 && CivilDate.isLeap(year) ? 1 : 0)
      case .fromZero(let number): date = newYear + number
      case .weekday(let month, let week, let weekday):
        let first = CivilDate.daysSinceEpoch(year: year, month: month)
        let firstWeekday = Weekday(daysSinceEpoch: first).rawValue
        let day = (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
        date = first + (day < CivilDate.length(ofMonth: month, year: year) ? day : day - 7)
      }
      return Int64(date) * 86_400 + Int64(time)
    }
  }

  /// The offset at a UTC second and the next second at which it changes.
  func period(at second: Int64) -> TimeZoneRules.Period {
    guard let daylight, daylight.offset != standardOffset else {
      return TimeZoneRules.Period(offset: standardOffset, end: .max)
    }
    // Beyond every timestamp, where days would no longer fit.
    let second = min(max(second, -1 << 55), 1 << 55)
    let day = second.flooredDivision(by: 86_400).quotient
    let year = CivilDate(daysSinceEpoch: Int(day)).year
    // A change may fall a week outside its year. Where daylight time ends as it starts again, it never really ends.
    var changes: [(instant: Int64, offset: Int)] = []
    for year in year - 1...year + 2 {
      changes.append((daylight.end.localSeconds(year: year) - Int64(daylight.offset), standardOffset))
      changes.append((daylight.start.localSeconds(year: year) - Int64(standardOffset), daylight.offset))
    }
    changes.sort { ($0.instant, $0.offset == daylight.offset ? 1 : 0) < ($1.instant, $1.offset == daylight.offset ? 1 : 0) }
    // The last may be one half of a pair whose other half belongs to the year after.
    changes.removeLast()
    var offset = changes[0].offset == standardOffset ? daylight.offset : standardOffset
    var index = 0
    while index < changes.count {
      var next = changes[index]
      while index + 1 < changes.count, changes[index + 1].instant == next.instant {
        index += 1
        next = changes[index]
      }
      if next.instant > second, next.offset != offset { return TimeZoneRules.Period(offset: offset, end: next.instant) }
      if next.instant <= second { offset = next.offset }
      index += 1
    }
    return TimeZoneRules.Period(offset: offset, end: .max)
  }
}

extension PosixTimeZone {
  /// Nil for text outside the grammar, which includes daylight time without its rule.
  init?(parsing text: some Sequence<UInt8>) {
    var scanner = Scanner(bytes: Array(text))
    guard scanner.name(), let standard = scanner.offset() else { return nil }
    standardOffset = -standard
    if scanner.isAtEnd {
      daylight = nil
      return
    }
    guard scanner.name() else { return nil }
    var offset = standardOffset + 3600
    if scanner.peek != UInt8(ascii: ",") {
      guard let given = scanner.offset() else { return nil }
      offset = -given
    }
    guard scanner.skip(","), let start = scanner.changeDay(), scanner.skip(","), let end = scanner.changeDay(),
      scanner.isAtEnd
    else { return nil }
    daylight = Daylight(offset: offset, start: start, end: end)
  }

  private struct Scanner {
    let bytes: [UInt8]
    var position = 0

    var isAtEnd: Bool { position == bytes.count }
    var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
      guard let peek, UInt32(peek) == character.value else { return false }
      position += 1
      return true
    }

    /// Three letters or more, or anything without control characters in angle brackets.
    mutating func name() -> Bool {
      let bracketed = skip("<")
      let start = position
      while let byte = peek, bracketed ? byte > 32 && byte < 127 && byte != 62 : Self.isLetter(byte) { position += 1 }
      return position - start >= 3 && (!bracketed || skip(">"))
    }

    static func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) }

    mutating func number(_ range: ClosedRange<Int>) -> Int? {
      var value = 0
      let start = position
      while let byte = peek, (48...57).contains(byte), position - start < 3 {
        value = value * 10 + Int(byte) - 48
        position += 1
      }
      return position > start && range.contains(value) ? value : nil
    }

    /// `[+-]h[h[h]][:mm[:ss]]` in seconds.
    mutating func time(hours: ClosedRange<Int>) -> Int? {
      let sign = skip("-") ? -1 : 1
      if sign > 0 { _ = skip("+") }
      guard var value = number(hours).map({ $0 * 3600 }) else { return nil }
      for unit in [60, 1] {
        guard skip(":") else { break }
        guard let part = number(0...59) else { return nil }
        value += part * unit
      }
      return sign * value
    }

    /// POSIX counts west as positive.
    mutating func offset() -> Int? { time(hours: 0...24) }

    mutating func changeDay() -> ChangeDay? {
      let day: ChangeDay.Day
      if skip("M") {
        guard let month = number(1...12), skip("."), let week = number(1...5), skip("."), let weekday = number(0...6)
        else { return nil }
        day = .weekday(month: month, week: week, day: weekday)
      } else if skip("J") {
        guard let number = number(1...365) else { return nil }
        day = .withoutLeapDay(number)
      } else {
        guard let number = number(0...365) else { return nil }
        day = .fromZero(number)
      }
      guard skip("/") else { return ChangeDay(day: day, time: 7200) }
      guard let time = time(hours: 0...167) else { return nil }
      return ChangeDay(day: day, time: time)
    }
  }
}
