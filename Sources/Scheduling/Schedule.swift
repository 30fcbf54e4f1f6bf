/// When a job is due, in wall clock terms; the zone is kept beside it.
///
/// Only the parsers make values, so every number is in range.
package enum Schedule: Hashable, Sendable {
  /// One timing.
  case once(LocalDateTime)
  /// Days 1, 1+n, 1+2n.. of each month, n from 1 to 31.
  case daily(every: Int, at: TimeOfDay)
  case weekly(on: WeekdaySet, at: TimeOfDay)
  case monthly(in: MonthSet, on: DayOfMonth, at: TimeOfDay)
  case cron(CronExpression)

  /// The day of a monthly schedule; a month without that day is skipped.
  package enum DayOfMonth: Hashable, Sendable {
    /// 1 to 31.
    case day(Int)
    /// The month's last day.
    case last
  }

  /// `once`, `daily`, `weekly`, `monthly` or `cron`.
  package var kind: String {
    switch self {
    case .once: "once"
    case .daily: "daily"
    case .weekly: "weekly"
    case .monthly: "monthly"
    case .cron: "cron"
    }
  }
}
