internal import Arguments
internal import Scheduling

/// The options that say when: one kind of schedule, with what that kind needs.
enum ScheduleOptions {
  static let once = Option<String>(
    "once", valueName: "TIME", help: "once, at this date and time of the trigger's zone: 2026-12-01T02:00")
  static let daily = Option<String>(
    "daily", valueName: "N", help: "every N days from the 1st of each month (with --at); 1 is every day")
  static let weekly = Option<String>("weekly", valueName: "DAYS", help: "on these days of the week (with --at): mon,thu")
  static let monthly = Option<String>(
    "monthly", valueName: "MONTHS", help: "in these months, or all (with --day and --at): jan,jul")
  static let cron = Option<String>("cron", valueName: "EXPR", help: "a crontab(5) expression of five fields: '0 3 * * 1-5'")
  static let at = Option<String>("at", valueName: "HH:MM", help: "the time of day")
  static let day = Option<String>(
    "day", valueName: "D", help: "the day of the month, 1 to 31 or last; months without it are left out")
  static let timezone = Option<String>(
    "timezone", valueName: "TZ", help: "the IANA time zone of the schedule, Europe/Berlin; the system's where it is left out",
    completion: .dynamic("timezone"))

  static let filters = RepeatedOption<String>(
    "filter", valueName: "FILTER", help: "leave out the times that this schedule filter matches", completion: .dynamic("filter"))

  static let kinds: [any CommandParameter] = [once, daily, weekly, monthly, cron]
  static let parameters: [any CommandParameter] = kinds + [at, day, timezone]

  /// What goes together, whichever kind it is.
  static let constraints: [Constraint] = [
    .atMostOneOf(kinds), .requires(daily, [at]), .requires(weekly, [at]), .requires(monthly, [day, at]),
    .requiresOneOf(at, [daily, weekly, monthly]), .requires(day, [monthly]),
  ]

  /// The schedule; nil where no kind is given.
  static func schedule(_ arguments: ParsedArguments) throws(ScheduleError) -> Schedule? {
    let time = arguments[at] ?? ""
    if let text = arguments[once] {
      return try hinting("--once takes a local date and time, as in 2026-12-01T02:00") { () throws(ScheduleError) in
        try .parseOnce(text)
      }
    }
    if let text = arguments[daily] {
      return try hinting("--daily takes 1 to 31, --at a time of day, as in 02:30") { () throws(ScheduleError) in
        try .parseDaily(text, at: time)
      }
    }
    if let text = arguments[weekly] {
      return try hinting("--weekly takes days, as in mon,thu or mon-fri, --at a time of day, as in 02:30") {
        () throws(ScheduleError) in try .parseWeekly(text, at: time)
      }
    }
    if let text = arguments[monthly] {
      return try hinting(
        "--monthly takes months, as in jan,jul, or all, --day 1 to 31 or last, --at a time of day, as in 02:30"
      ) { () throws(ScheduleError) in try .parseMonthly(text, day: arguments[day] ?? "", at: time) }
    }
    if let text = arguments[cron] {
      return try hinting("--cron takes minute, hour, day of month, month, day of week, as in '30 2 * * mon-fri'") {
        () throws(ScheduleError) in try .parseCron(text)
      }
    }
    return nil
  }

  /// What `parse` answers, or its error with what is allowed where it has no hint of its own.
  private static func hinting(
    _ allowed: String, _ parse: () throws(ScheduleError) -> Schedule
  ) throws(ScheduleError) -> Schedule {
    do {
      return try parse()
    } catch {
      throw ScheduleError(error.code, error.message, hint: error.hint ?? allowed, column: error.column)
    }
  }
}
