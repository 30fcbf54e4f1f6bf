/// The filter rules of one zone, as the set of minutes that they remove from each of its days.
struct DayExclusions {
  let zone: TimeZoneRules
  private var parts: [BoundFilterRule.Part] = []
  // The day that was looked at last.
  private var day = Int.min
  private var removed = MinuteSet()
  private var removesWholeDay = false
  // The stretch of one offset that was looked at last.
  private var periodStart = Int64.max
  private var periodEnd = Int64.min
  private var offset: Int64 = 0

  init(zone: TimeZoneRules) { self.zone = zone }

  mutating func add(_ rule: BoundFilterRule) { parts += rule.parts }

  /// The removed minutes of an hour of a local day, as bits.
  mutating func minutes(ofHour hour: Int, day: Int) -> UInt64 {
    enter(day)
    return removed[hour: hour]
  }

  /// Whether a rule removes a wall clock minute.
  mutating func contains(wallMinute: Int64) -> Bool {
    let (day, reading) = wallMinute.flooredDivision(by: 1440)
    enter(Int(day))
    return removed.contains(Int(reading))
  }

  /// Nil if the timing at that UTC minute stays, otherwise a later UTC minute before which every timing is removed.
  mutating func removal(at minute: Int64) -> Int64? {
    if minute < periodStart || minute >= periodEnd {
      let period = zone.minutePeriod(at: minute)
      (periodStart, periodEnd, offset) = (minute, period.end, Int64(period.offset))
    }
    let wallMinute = minute + offset
    guard contains(wallMinute: wallMinute) else { return nil }
    return removesWholeDay ? min((Int64(day) + 1) * 1440 - offset, periodEnd) : minute + 1
  }

  private mutating func enter(_ day: Int) {
    guard day != self.day else { return }
    self.day = day
    removed = MinuteSet()
    for index in parts.indices where parts[index].days.contains(day) { removed.formUnion(parts[index].minutes) }
    removesWholeDay = removed.isWholeDay
  }
}
