/// Finds the wall clock minutes that a schedule names, in order, by months and days rather than minute by minute.
struct WallClockSearch {
  /// The only minute of a schedule that names just one; `days`, `hours` and `minutes` are empty then.
  let single: Int64?
  private let days: DayPattern
  /// As bits.
  private let hours, minutes: UInt64
  // The month that was looked at last.
  private var year = 0
  private var month = 0
  private var monthStart = 0
  private var monthLength = 0
  private var matchingDays: UInt32 = 0

  init(_ schedule: Schedule) {
    switch schedule {
    case .once(let moment): self.init(single: moment.minutesSinceEpoch)
    case .daily(let every, let time):
      let days = stride(from: 1, through: 31, by: max(every, 1)).reduce(UInt64(0)) { $0 | 1 << UInt64($1) }
      self.init(time, daysOfMonth: days)
    case .weekly(let days, let time): self.init(time, weekdays: UInt64(days.bits))
    case .monthly(let months, .day(let day), let time):
      self.init(time, months: UInt64(months.bits), daysOfMonth: (1...31).contains(day) ? 1 << UInt64(day) : 0)
    case .monthly(let months, .last, let time):
      self.init(time, months: UInt64(months.bits), isLastDay: true)
    case .cron(let expression):
      self.init(days: DayPattern(expression), hours: expression.hours, minutes: expression.minutes)
    }
  }

  private init(
    _ time: TimeOfDay, months: UInt64 = DayPattern.everyMonth, daysOfMonth: UInt64 = DayPattern.everyDay,
    weekdays: UInt64 = DayPattern.everyWeekday, isLastDay: Bool = false
  ) {
    let days = DayPattern(
      months: months, daysOfMonth: daysOfMonth, weekdays: weekdays, needsBoth: true, isLastDay: isLastDay)
    self.init(days: days, hours: 1 << UInt64(time.hour), minutes: 1 << UInt64(time.minute))
  }

  private init(
    single: Int64? = nil, days: DayPattern = DayPattern(months: 0, daysOfMonth: 0, weekdays: 0, needsBoth: true),
    hours: UInt64 = 0, minutes: UInt64 = 0
  ) {
    self.single = single
    self.days = days
    self.hours = hours
    self.minutes = minutes
  }

  /// The first matching wall minute within a range that `exclusions`, in the same zone, leave standing.
  ///
  /// Both bounds are inclusive, in wall clock minutes past 1970-01-01T00:00; nil if there is none.
  mutating func first(from start: Int64, through end: Int64, except exclusions: inout DayExclusions?) -> Int64? {
    guard start <= end else { return nil }
    if let single {
      return (start...end).contains(single) && exclusions?.contains(wallMinute: single) != true ? single : nil
    }
    guard days.months != 0 else { return nil }
    var (day, reading) = start.flooredDivision(by: 1440)
    let (lastDay, lastReading) = end.flooredDivision(by: 1440)
    while day <= lastDay {
      if Int(day) < monthStart || Int(day) >= monthStart + monthLength { enterMonth(of: Int(day)) }
      // A month left out is entered at its following one, perhaps beyond the day.
      if Int(day) < monthStart { (day, reading) = (Int64(monthStart), 0) }
      let left = matchingDays >> UInt32(Int(day) - monthStart + 1)
      guard left != 0 else {
        (day, reading) = (Int64(monthStart + monthLength), 0)
        continue
      }
      if left & 1 == 0 { (day, reading) = (day + Int64(left.trailingZeroBitCount), 0) }
      guard day <= lastDay else { return nil }
      if let found = time(from: Int(reading), day: Int(day), &exclusions) {
        return day < lastDay || found <= lastReading ? day * 1440 + Int64(found) : nil
      }
      (day, reading) = (day + 1, 0)
    }
    return nil
  }

  private func time(from reading: Int, day: Int, _ exclusions: inout DayExclusions?) -> Int? {
    let firstHour = reading / 60
    var hoursLeft = hours & (~0 << UInt64(firstHour))
    while hoursLeft != 0 {
      let hour = hoursLeft.trailingZeroBitCount
      var minutesLeft = minutes
      if let removed = exclusions?.minutes(ofHour: hour, day: day) { minutesLeft &= ~removed }
      if hour == firstHour { minutesLeft &= ~0 << UInt64(reading % 60) }
      if minutesLeft != 0 { return hour * 60 + minutesLeft.trailingZeroBitCount }
      hoursLeft &= hoursLeft - 1
    }
    return nil
  }

  /// Enters the month of a day or, if the schedule leaves that month out, the next one that it names.
  private mutating func enterMonth(of day: Int) {
    if monthLength > 0, day == monthStart + monthLength {
      (year, month) = month == 12 ? (year + 1, 1) : (year, month + 1)
    } else {
      let date = CivilDate(daysSinceEpoch: day)
      (year, month) = (date.year, date.month)
    }
    let left = days.months & (~0 << UInt32(month))
    if left == 0 {
      (year, month) = (year + 1, days.months.trailingZeroBitCount)
    } else {
      month = left.trailingZeroBitCount
    }
    monthStart = CivilDate.daysSinceEpoch(year: year, month: month)
    monthLength = CivilDate.length(ofMonth: month, year: year)
    matchingDays = days.days(ofMonthWith: monthLength, first: Weekday(daysSinceEpoch: monthStart))
  }
}
