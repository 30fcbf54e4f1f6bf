/// Which days of the calendar a schedule or a rule is about.
struct DayPattern: Hashable, Sendable {
  /// Bits 1 to 12.
  let months: UInt32
  /// Bits 1 to 31.
  private let daysOfMonth: UInt32
  private let isLastDay: Bool
  /// The days 1 to 31 that fall on the wanted days of the week, by the weekday of the 1st.
  private let weekdayDays: [UInt32]
  private let needsBoth: Bool

  /// `weekdays` has Sunday at bit 0; with `needsBoth` a day must satisfy month day and weekday, otherwise either.
  init(months: UInt64, daysOfMonth: UInt64, weekdays: UInt64, needsBoth: Bool, isLastDay: Bool = false) {
    self.months = UInt32(truncatingIfNeeded: months & 0x1ffe)
    self.daysOfMonth = UInt32(truncatingIfNeeded: daysOfMonth & Self.everyDay)
    self.isLastDay = isLastDay
    self.needsBoth = needsBoth
    weekdayDays = (0..<7).map { first in
      (1...31).reduce(0) { weekdays & (1 << UInt64((first + $1 - 1) % 7)) == 0 ? $0 : $0 | 1 << UInt32($1) }
    }
  }

  init(_ expression: CronExpression) {
    self.init(
      months: expression.months, daysOfMonth: expression.daysOfMonth, weekdays: expression.weekdays,
      needsBoth: expression.needsBothDays)
  }

  /// The matching days of a month as bits 1 to 31, `months` left aside.
  func days(ofMonthWith length: Int, first: Weekday) -> UInt32 {
    let ofMonth = isLastDay ? 1 << UInt32(length) : daysOfMonth
    let ofWeek = weekdayDays[first.rawValue]
    return (needsBoth ? ofMonth & ofWeek : ofMonth | ofWeek) & ((1 << UInt32(length + 1)) &- 1)
  }

  func contains(_ date: CivilDate) -> Bool {
    guard months & (1 << UInt32(date.month)) != 0 else { return false }
    let first = Weekday(daysSinceEpoch: date.daysSinceEpoch - date.day + 1)
    let length = CivilDate.length(ofMonth: date.month, year: date.year)
    return days(ofMonthWith: length, first: first) & (1 << UInt32(date.day)) != 0
  }

  static let everyDay: UInt64 = 0xffff_fffe
  static let everyMonth: UInt64 = 0x1ffe
  static let everyWeekday: UInt64 = 0x7f
}
