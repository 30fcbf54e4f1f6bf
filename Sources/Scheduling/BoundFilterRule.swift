/// A filter rule with the zone in which it reads the clock.
package struct BoundFilterRule: Sendable {
  package let rule: FilterRule
  package let zone: TimeZoneRules
  /// The rule as pairs of days and minutes: a minute matches if both do in any pair.
  let parts: [Part]

  struct Part: Sendable {
    let days: Days
    let minutes: MinuteSet
  }

  enum Days: Sendable {
    case pattern(DayPattern)
    /// Days since 1970-01-01.
    case range(ClosedRange<Int>)
    /// Days of the week on that day or, for what runs past midnight, on the day before.
    case weekdays(WeekdaySet, isDayAfter: Bool)

    func contains(_ day: Int) -> Bool {
      switch self {
      case .pattern(let pattern): pattern.contains(CivilDate(daysSinceEpoch: day))
      case .range(let range): range.contains(day)
      case .weekdays(let set, let isDayAfter):
        set.contains(Weekday(daysSinceEpoch: isDayAfter ? day - 1 : day).rawValue)
      }
    }
  }

  /// Whether the wall clock at an instant is within the rule.
  package func matches(_ instant: Timestamp) -> Bool {
    let local = instant.seconds.flooredDivision(by: 60).quotient + Int64(zone.wholeMinutes(at: instant.seconds))
    let (day, minute) = local.flooredDivision(by: 1440)
    return parts.contains { $0.days.contains(Int(day)) && $0.minutes.contains(Int(minute)) }
  }
}

extension FilterRule {
  /// The rule in its own zone or, where it names none, in `fallback`: the filter's zone, else the trigger's.
  ///
  /// Throws what `ZoneDatabase.rules(for:)` throws.
  package func bound(in zones: ZoneDatabase, fallback: TimeZoneRules) throws(ScheduleError) -> BoundFilterRule {
    var zone = fallback
    if let zoneName, zoneName != fallback.name { zone = try zones.rules(for: zoneName) }
    return BoundFilterRule(rule: self, zone: zone, parts: parts)
  }

  private var parts: [BoundFilterRule.Part] {
    switch condition {
    case .cron(let expression):
      let minutes = MinuteSet(hours: expression.hours, minutes: expression.minutes)
      return [BoundFilterRule.Part(days: .pattern(DayPattern(expression)), minutes: minutes)]
    case .dates(let dates):
      let days = dates.lowerBound.daysSinceEpoch...dates.upperBound.daysSinceEpoch
      return [BoundFilterRule.Part(days: .range(days), minutes: MinuteSet(0..<1440))]
    case .window(let days, let from, let to):
      let today = BoundFilterRule.Part(
        days: .weekdays(days, isDayAfter: false), minutes: MinuteSet(from..<(from < to ? to : 1440)))
      guard to < from else { return [today] }
      return [today, BoundFilterRule.Part(days: .weekdays(days, isDayAfter: true), minutes: MinuteSet(0..<to))]
    }
  }
}

extension TimeZoneRules {
  /// The offset at a UTC second in whole minutes, rounded towards minus infinity.
  ///
  /// At a whole UTC minute a wall clock that is off by seconds shows the hour and minute that this offset gives.
  func wholeMinutes(at second: Int64) -> Int { period(at: second).offset.flooredDivision(by: 60).quotient }
}
