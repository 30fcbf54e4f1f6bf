/// A day of the proleptic Gregorian calendar.
package struct CivilDate: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Astronomical: 0 is 1 BC.
  package let year: Int
  /// 1 to 12.
  package let month: Int
  /// 1 to 31.
  package let day: Int

  /// Nil for a day that does not exist, or a year beyond any `Timestamp`.
  package init?(year: Int, month: Int, day: Int) {
    guard (-300_000_000...300_000_000).contains(year), (1...12).contains(month), day >= 1,
      day <= Self.length(ofMonth: month, year: year)
    else { return nil }
    self.init(unchecked: year, month, day)
  }

  private init(unchecked year: Int, _ month: Int, _ day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  /// The day that many days after 1970-01-01; the count is at most 2^40 either way.
  package init(daysSinceEpoch days: Int) {
    // Years start in March here, so that the leap day is a year's last and month lengths follow one formula.
    let (cycle, dayOfCycle) = (days + Self.daysFromMarchZeroToEpoch).flooredDivision(by: Self.daysPerCycle)
    let leapDaysBefore = dayOfCycle / 1460 - dayOfCycle / 36524 + dayOfCycle / 146_096
    let yearOfCycle = (dayOfCycle - leapDaysBefore) / 365
    let dayOfYear = dayOfCycle - (yearOfCycle * 365 + yearOfCycle / 4 - yearOfCycle / 100)
    let monthFromMarch = (dayOfYear * 5 + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    let year = cycle * 400 + yearOfCycle + (month <= 2 ? 1 : 0)
    self.init(unchecked: year, month, dayOfYear - Self.daysBefore(monthFromMarch: monthFromMarch) + 1)
  }

  /// Days from 1970-01-01, negative before it.
  package var daysSinceEpoch: Int {
    Self.daysSinceEpoch(year: year, month: month) + day - 1
  }

  package var weekday: Weekday { Weekday(daysSinceEpoch: daysSinceEpoch) }

  /// ISO 8601, with a sign where the year has not four digits.
  package var description: String {
    let digits = padded(abs(year), 4)
    let sign = year < 0 ? "-" : year > 9999 ? "+" : ""
    return "\(sign)\(digits)-\(padded(month, 2))-\(padded(day, 2))"
  }

  package static func < (left: CivilDate, right: CivilDate) -> Bool {
    (left.year, left.month, left.day) < (right.year, right.month, right.day)
  }

  /// The number of days of a month from 1 to 12.
  package static func length(ofMonth month: Int, year: Int) -> Int {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  package static func isLeap(_ year: Int) -> Bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  }

  /// The first day of a month, in days from 1970-01-01.
  static func daysSinceEpoch(year: Int, month: Int) -> Int {
    let (cycle, yearOfCycle) = (month <= 2 ? year - 1 : year).flooredDivision(by: 400)
    let daysBeforeYear = yearOfCycle * 365 + yearOfCycle / 4 - yearOfCycle / 100
    let monthFromMarch = month <= 2 ? month + 9 : month - 3
    return cycle * daysPerCycle + daysBeforeYear + daysBefore(monthFromMarch: monthFromMarch) - daysFromMarchZeroToEpoch
  }

  /// The calendar repeats, days of the week included, every 400 years.
  static let daysPerCycle = 146_097
  /// From 0000-03-01 to 1970-01-01.
  private static let daysFromMarchZeroToEpoch = 719_468

  /// Days of a year that starts in March before its given month, 0 for March.
  private static func daysBefore(monthFromMarch month: Int) -> Int { (month * 153 + 2) / 5 }
}

extension FixedWidthInteger {
  /// Quotient rounded towards minus infinity and a remainder that is never negative, for a positive divisor.
  func flooredDivision(by divisor: Self) -> (quotient: Self, remainder: Self) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
