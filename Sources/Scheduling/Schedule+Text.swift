extension Schedule: CustomStringConvertible {
  /// The stored form, which `init(parsing:)` reads back to an equal value: `weekly mon,thu at 02:30`.
  package var canonicalText: String {
    switch self {
    case .once(let moment): "once \(moment)"
    case .daily(let every, let time): "daily \(every) at \(time)"
    case .weekly(let days, let time): "weekly \(days.text(allowingAll: false)) at \(time)"
    case .monthly(let months, let day, let time): "monthly \(months.text(allowingAll: true)) day \(day) at \(time)"
    case .cron(let expression): "cron \(expression)"
    }
  }

  package var description: String { canonicalText }

  /// A sentence for people: `at 02:30 on Monday and Thursday, Europe/Berlin`.
  package func sentence(zone: String) -> String {
    let when =
      switch self {
      case .once(let moment): "once at \(moment.time) on \(moment.date.weekday.englishName) \(moment.date)"
      case .daily(1, let time): "at \(time) every day"
      case .daily(2, let time): "at \(time) on every 2nd day of the month, from the 1st"
      case .daily(3, let time): "at \(time) on every 3rd day of the month, from the 1st"
      case .daily(31, let time): "at \(time) on the 1st of every month"
      case .daily(let every, let time): "at \(time) on every \(Self.ordinal(every)) day of the month, from the 1st"
      case .weekly(let days, let time) where days == .all: "at \(time) every day"
      case .weekly(let days, let time): "at \(time) on \(Self.list(days.englishNames))"
      case .monthly(let months, let day, let time):
        "at \(time) on the \(day.englishText) of \(months == .all ? "every month" : Self.list(months.englishNames))"
      case .cron(let expression): "whenever the clock matches '\(expression)'"
      }
    return "\(when), \(zone)"
  }

  static func ordinal(_ number: Int) -> String {
    switch (number % 10, number % 100) {
    case (_, 11...13): "\(number)th"
    case (1, _): "\(number)st"
    case (2, _): "\(number)nd"
    case (3, _): "\(number)rd"
    default: "\(number)th"
    }
  }

  private static func list(_ names: [String]) -> String {
    guard let last = names.last, names.count > 1 else { return names.first ?? "" }
    return "\(names.dropLast().joined(separator: ", ")) and \(last)"
  }
}

extension Schedule.DayOfMonth: CustomStringConvertible {
  /// `15` or `last`.
  package var description: String {
    switch self {
    case .day(let day): String(day)
    case .last: "last"
    }
  }

  fileprivate var englishText: String {
    switch self {
    case .day(let day): Schedule.ordinal(day)
    case .last: "last day"
    }
  }
}

extension WeekdaySet {
  fileprivate var englishNames: [String] {
    Self.entries.compactMap { contains($0.value) ? Weekday(rawValue: $0.value)?.englishName : nil }
  }
}

extension MonthSet {
  fileprivate var englishNames: [String] {
    let names = [
      "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
      "December",
    ]
    return names.indices.compactMap { contains($0 + 1) ? names[$0] : nil }
  }
}
