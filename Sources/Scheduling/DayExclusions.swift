/// The filter rules of one zone, as the set of minutes that they remove from each of its days.
struct DayExclusions {
  let zone: TimeZoneRules
  private var parts: [BoundFilterRule.Part] = []
  private var cachedDay = Int.min
  private var cached = MinuteSet()
  private var periodStart = Int64.max
  private var periodEnd = Int64.min
  private var offset = 0

  init(zone: TimeZoneRules) { self.zone = zone }

  mutating func add(_ rule: BoundFilterRule) { parts += rule.parts }

  /// The removed minutes of a local day, nil if none are.
  mutating func minutes(ofDay day: Int) -> MinuteSet {
    if day != cachedDay {
      cachedDay = day
      cached = MinuteSet()
      for part in parts where part.days.contains(day) { cached.formUnion(part.minutes) }
    }
    return cached
  }

  /// Nil if the timing at that UTC minute stays, otherwise a later UTC minute up to which every timing is removed.
  mutating func removal(at minute: Int64) -> Int64? {
    if minute < periodStart || minute >= periodEnd {
      let period = zone.minutePeriod(at: minute)
      (periodStart, periodEnd, offset) = (minute, period.end, period.offset)
    }
    let (day, reading) = (minute + Int64(offset)).flooredDivision(by: 1440)
    let removed = minutes(ofDay: Int(day))
    guard removed.contains(Int(reading)) else { return nil }
    return removed.isWholeDay ? min(minute + 1440 - reading, periodEnd) : minute + 1
  }
}
