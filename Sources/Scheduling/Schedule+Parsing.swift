extension Schedule {
  /// `--once 2026-12-01T02:00`: local date and time, without seconds and without an offset.
  package static func parseOnce(_ text: String) throws(ScheduleError) -> Schedule {
    func failure(_ reason: String, hint: String? = nil) -> ScheduleError {
      ScheduleError(.invalidSchedule, "once time \(quoted(text)): \(reason)", hint: hint)
    }
    let parts = try DateTimeText(parsing: text)
    guard let time = parts.time else { throw failure("must have a time, YYYY-MM-DDTHH:MM") }
    guard parts.offset == nil else {
      throw failure("must not carry an offset or Z", hint: "the time zone is given separately, with --timezone")
    }
    guard parts.second == nil, text.utf8.dropFirst(10).first == UInt8(ascii: "T") else {
      throw failure("must be YYYY-MM-DDTHH:MM")
    }
    return .once(LocalDateTime(date: parts.date, time: time))
  }

  /// `--daily 2 --at 02:30`.
  package static func parseDaily(_ every: String, at time: String) throws(ScheduleError) -> Schedule {
    guard let count = Word(text: every, column: 1).number, (1...31).contains(count) else {
      throw ScheduleError(.invalidSchedule, "daily interval \(quoted(every)): must be 1-31")
    }
    return .daily(every: count, at: try parseTime(time))
  }

  /// `--weekly mon,thu --at 02:30`; a range of days is accepted too.
  package static func parseWeekly(_ days: String, at time: String) throws(ScheduleError) -> Schedule {
    let set = try WeekdaySet(parsing: Word(text: days, column: 1), allowingAll: false, code: .invalidSchedule)
    return .weekly(on: set, at: try parseTime(time))
  }

  /// `--monthly jan,jul|all --day D|last --at 02:30`; a range of months is accepted too.
  package static func parseMonthly(_ months: String, day: String, at time: String) throws(ScheduleError) -> Schedule {
    let set = try MonthSet(parsing: Word(text: months, column: 1), allowingAll: true, code: .invalidSchedule)
    let dayOfMonth: DayOfMonth
    if day == "last" {
      dayOfMonth = .last
    } else if let number = Word(text: day, column: 1).number, (1...31).contains(number) {
      dayOfMonth = .day(number)
    } else {
      throw ScheduleError(.invalidSchedule, "day \(quoted(day)): must be 1-31 or last")
    }
    return .monthly(in: set, on: dayOfMonth, at: try parseTime(time))
  }

  /// `--cron '0 3 * * 1-5'`.
  package static func parseCron(_ text: String) throws(ScheduleError) -> Schedule {
    .cron(try CronExpression(parsing: text))
  }

  /// Parses what `canonicalText` gives.
  package init(parsing text: String) throws(ScheduleError) {
    let words = Word.split(text)
    let texts = words.map(\.text)
    switch texts.first {
    case "once" where texts.count == 2: self = try .parseOnce(texts[1])
    case "daily" where texts.count == 4 && texts[2] == "at": self = try .parseDaily(texts[1], at: texts[3])
    case "weekly" where texts.count == 4 && texts[2] == "at": self = try .parseWeekly(texts[1], at: texts[3])
    case "monthly" where texts.count == 6 && texts[2] == "day" && texts[4] == "at":
      self = try .parseMonthly(texts[1], day: texts[3], at: texts[5])
    case "cron": self = .cron(try CronExpression(words: Array(words.dropFirst())))
    default:
      throw ScheduleError(
        .invalidSchedule,
        "schedule \(quoted(text)): must be 'once TIME', 'daily N at HH:MM', 'weekly DAYS at HH:MM', "
          + "'monthly MONTHS day D at HH:MM' or 'cron EXPR'")
    }
  }

  private static func parseTime(_ text: String) throws(ScheduleError) -> TimeOfDay { try TimeOfDay(parsing: text) }
}
