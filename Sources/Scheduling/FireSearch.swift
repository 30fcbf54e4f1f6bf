/// Walks a zone's stretches of constant offset and maps a schedule's wall clock minutes to instants.
///
/// Everything is in whole minutes. A wall minute starts at a whole UTC minute only where the offset is whole, so offsets with
/// seconds (before about 1972) are rounded down and instants of change up: whole UTC minutes then read just as they really do.
struct FireSearch {
  private let zone: TimeZoneRules
  private let isWildcard: Bool
  private var search: WallClockSearch
  /// Without exclusions: whether a skipped minute was due is asked before any filter.
  private var skippedSearch: WallClockSearch
  private var sameZone: DayExclusions?
  private var otherZones: [DayExclusions] = []
  private var noExclusions: DayExclusions?

  private var fires: [Int64] = []
  private let count: Int
  private var last = Int64.min
  private var deadline: Int64
  private var denseDeadline: Int64
  private var removedCount = 0

  init(_ schedule: Schedule, in zone: TimeZoneRules, excluding rules: [BoundFilterRule], count: Int) {
    self.zone = zone
    self.count = count
    if case .cron(let expression) = schedule { isWildcard = expression.isWildcard } else { isWildcard = false }
    search = WallClockSearch(schedule)
    skippedSearch = search
    for rule in rules {
      if rule.zone == zone {
        if sameZone == nil { sameZone = DayExclusions(zone: zone) }
        sameZone?.add(rule)
      } else if let index = otherZones.firstIndex(where: { $0.zone == rule.zone }) {
        otherZones[index].add(rule)
      } else {
        var exclusions = DayExclusions(zone: rule.zone)
        exclusions.add(rule)
        otherZones.append(exclusions)
      }
    }
    deadline = 0
    denseDeadline = 0
  }

  /// The instants from a UTC minute on, in minutes since the epoch, ascending.
  mutating func run(from start: Int64) -> [Int64] {
    var start = max(start, Self.earliest)
    if let single = search.single { start = max(start, single - Self.furthestOffset) }
    guard count > 0, start <= Self.latest else { return [] }
    setDeadlines(from: start)

    // From here on `now` is the start of a stretch. Beginning early shows which wall minutes have had their first pass.
    var now = start - 2 * Self.furthestOffset
    var passed = Int64.min
    var period = zone.minutePeriod(at: now)
    while now <= deadline {
      let end = min(period.end, Self.latest + 1)
      let offset = Int64(period.offset)
      var from = max(now, start) + offset
      if !isWildcard { from = max(from, passed) }
      while let minute = search.first(from: from, through: min(end - 1, deadline) + offset, except: &sameZone) {
        let next = take(minute - offset)
        guard fires.count < count else { return fires }
        from = next + offset
      }
      guard period.end <= min(deadline, Self.latest) else { break }

      let next = zone.minutePeriod(at: period.end)
      if !isWildcard {
        passed = max(passed, period.end + offset)
        let jump = next.offset - period.offset
        if jump > 0, jump < Self.correction, period.end >= start,
          skippedSearch.first(from: passed, through: period.end + Int64(next.offset) - 1, except: &noExclusions) != nil
        {
          takeMadeUp(period.end, offset: Int64(next.offset))
          guard fires.count < count else { return fires }
        }
      }
      (now, period) = (period.end, next)
    }
    return fires
  }

  /// Keeps the timing at a UTC minute unless another zone's rule removes it; gives the minute to go on from.
  private mutating func take(_ minute: Int64) -> Int64 {
    guard minute > last else { return minute + 1 }
    for index in otherZones.indices {
      if let next = otherZones[index].removal(at: minute) {
        removedCount += 1
        if removedCount > Self.mostRemoved { deadline = min(deadline, denseDeadline) }
        return next
      }
    }
    last = minute
    fires.append(minute)
    setDeadlines(from: minute)
    return minute + 1
  }

  /// A timing at the instant of a change is asked of every rule, by what the clock shows then.
  private mutating func takeMadeUp(_ minute: Int64, offset: Int64) {
    if sameZone?.contains(wallMinute: minute + offset) == true { return }
    _ = take(minute)
  }

  private mutating func setDeadlines(from minute: Int64) {
    let end = search.single.map { $0 + Self.furthestOffset } ?? minute + Self.searchedMinutes
    deadline = min(end, Self.latest)
    denseDeadline = min(minute + Self.leastSearchedMinutes, Self.latest)
    removedCount = 0
  }

  /// A jump of three hours or more is a correction of the calendar, after which nothing is made up (cron(8)).
  private static let correction = 180
  /// More than any offset, in minutes.
  private static let furthestOffset: Int64 = 2 * 1440
  /// The calendar repeats after 400 years: what has not happened by then never does.
  private static let searchedMinutes = Int64(CivilDate.daysPerCycle) * 1440
  /// Where filters remove this many timings one by one, the search ends after 60 years without one that stays.
  private static let mostRemoved = 2_000_000
  private static let leastSearchedMinutes: Int64 = 60 * 366 * 1440
  /// The years 0000 to 9999, which RFC 3339 can write.
  private static let earliest = Int64(CivilDate.daysSinceEpoch(year: 0, month: 1)) * 1440
  private static let latest = Int64(CivilDate.daysSinceEpoch(year: 10_000, month: 1)) * 1440 - 1
}

extension TimeZoneRules {
  /// `period(at:)` in whole minutes: the offset rounded down, the end rounded up.
  func minutePeriod(at minute: Int64) -> (offset: Int, end: Int64) {
    let period = period(at: minute * 60)
    let (quotient, remainder) = period.end.flooredDivision(by: 60)
    return (period.offset.flooredDivision(by: 60).quotient, period.end == .max ? .max : remainder == 0 ? quotient : quotient + 1)
  }
}
