extension Timestamp {
  /// What `init(past:now:in:)` reads, for messages and the manual.
  package static let pastForms =
    "2026-12-01, 2026-12-01T02:00, RFC 3339, now, today, yesterday, monday, last monday, each day also with a time as in "
    + "'yesterday 14:00', or how long ago: 90m, 2h, 7d, '2 weeks ago'"

  /// Parses a time as people say it of what is past: a date or a time as `init(operand:in:)` reads it, or one reckoned from now.
  ///
  /// `today`, `yesterday` and days of the week are the start of that day in the zone, or the time behind them. `monday` is the
  /// latest Monday, today included, `last monday` the latest before today. `7d`, `2h ago`, `1d12h`, `2 weeks ago` count back:
  /// hours, minutes and seconds as they pass, days and weeks on the calendar, to the same time on the wall whatever the clocks
  /// did meanwhile. A wall time that a clock change skips is the instant of the change; one that it repeats is the first.
  package init(
    past text: String, now: Timestamp, in zone: @autoclosure () throws(ScheduleError) -> TimeZoneRules
  ) throws(ScheduleError) {
    let bytes = text.utf8
    if bytes.count > 4, bytes.prefix(4).allSatisfy({ (48...57).contains($0) }), bytes.dropFirst(4).first == UInt8(ascii: "-") {
      self = try Timestamp(operand: text, in: try zone())
      return
    }
    let words = Word.split(text.lowercased()).map(\.text)
    if words == ["now"] {
      self = now
    } else if let ago = Ago(words) {
      self = ago.before(now, in: try zone())
    } else if let day = NamedDay(words) {
      self = day.latest(at: now, in: try zone())
    } else {
      throw ScheduleError(.invalidTime, "time \(quoted(text)) is not understood", hint: "a time is one of " + Self.pastForms)
    }
  }
}

/// How long ago.
private struct Ago {
  private var days: Int64 = 0
  private var seconds: Int64 = 0
  /// A hundred years, the same as for durations.
  private static let limit: Int64 = 36_500

  /// `7d`, `1d12h`, `2 weeks`, `2 weeks 3 hours`, with or without `ago` at the end; nil for anything else.
  init?(_ words: [String]) {
    let said = words.last == "ago" ? Array(words.dropLast()) : words
    // One number and one unit after the other, whether or not they are written together.
    var rest = Substring(said.joined(separator: " "))
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      rest = rest.dropFirst(digits.count).drop { $0 == " " }
      let unit = rest.prefix { $0.isASCII && $0.isLetter }
      rest = rest.dropFirst(unit.count).drop { $0 == " " }
      guard let number = Int64(digits), number <= Self.limit * 86_400 else { return nil }
      switch unit {
      case "w", "week", "weeks": days += number * 7
      case "d", "day", "days": days += number
      case "h", "hour", "hours": seconds += number * 3600
      case "m", "min", "minute", "minutes": seconds += number * 60
      case "s", "sec", "second", "seconds": seconds += number
      default: return nil
      }
      guard days <= Self.limit, seconds <= Self.limit * 86_400 else { return nil }
    }
  }

  func before(_ now: Timestamp, in zone: TimeZoneRules) -> Timestamp {
    guard days > 0 else { return now.adding(seconds: -seconds) }
    let wall = now.seconds + Int64(zone.offset(at: now)) - days * 86_400
    return Timestamp(seconds: zone.instant(ofLocalSeconds: wall)).adding(seconds: -seconds)
  }
}

/// A day that is named by how it lies to today.
private struct NamedDay {
  private enum Day {
    case daysAgo(Int)
    case weekday(Weekday, isBeforeToday: Bool)
  }

  private let day: Day
  private let time: TimeOfDay?

  /// `today`, `yesterday`, `mon`, `monday`, `last monday`, each with `HH:MM` behind it or without; nil for anything else.
  init?(_ words: [String]) {
    var words = words[...]
    if let last = words.last, last.contains(":") {
      let parts = last.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (48...57).contains($0) } }),
        let hour = Int(parts[0]), let minute = Int(parts[1]), let time = TimeOfDay(hour: hour, minute: minute)
      else { return nil }
      self.time = time
      words = words.dropLast()
    } else {
      time = nil
    }
    let isLast = words.first == "last" && words.count == 2
    if isLast { words = words.dropFirst() }
    guard words.count == 1, let word = words.first else { return nil }
    if let weekday = Weekday.allCases.first(where: { [$0.englishName.lowercased(), $0.shortName].contains(word) }) {
      day = .weekday(weekday, isBeforeToday: isLast)
    } else if let index = ["today", "yesterday"].firstIndex(of: word), !isLast {
      day = .daysAgo(index)
    } else {
      return nil
    }
  }

  func latest(at now: Timestamp, in zone: TimeZoneRules) -> Timestamp {
    let today = (now.seconds + Int64(zone.offset(at: now))).flooredDivision(by: 86_400).quotient
    let back: Int
    switch day {
    case .daysAgo(let count): back = count
    case .weekday(let weekday, let isBeforeToday):
      let distance = (Weekday(daysSinceEpoch: Int(today)).rawValue - weekday.rawValue + 7) % 7
      back = distance == 0 && isBeforeToday ? 7 : distance
    }
    let wall = (today - Int64(back)) * 86_400 + Int64(time?.minutes ?? 0) * 60
    return Timestamp(seconds: zone.instant(ofLocalSeconds: wall))
  }
}

extension Weekday {
  /// `mon`.
  fileprivate var shortName: String { String(englishName.prefix(3)).lowercased() }
}
