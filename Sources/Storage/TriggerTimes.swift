package import Scheduling

/// A trigger made ready to compute with: its schedule, its zone and the rules of its filters.
package struct TriggerTimes: Sendable {
  /// A rule of a filter that removes a timing.
  package struct Removal: Equatable, Sendable {
    package let filter: String
    /// The rule's canonical text.
    package let rule: String

    /// For reasons: `filter 'office' (window mon-fri 08:00-18:00)`.
    package var text: String { "filter '\(filter)' (\(rule))" }
  }

  private let schedule: Schedule
  private let zone: TimeZoneRules
  private let rules: [(filter: String, bound: BoundFilterRule)]

  /// - Throws: `ScheduleError` when the schedule, a rule or a zone is no longer understood.
  package init(_ trigger: TriggerRecord, zones: ZoneDatabase) throws(ScheduleError) {
    try self.init(
      Schedule(parsing: trigger.schedule), zone: zones.rules(for: trigger.timezone), filters: trigger.filters, zones: zones)
  }

  /// As a trigger with these parts would be.
  /// - Throws: `ScheduleError`.
  package init(
    _ schedule: Schedule, zone: TimeZoneRules, filters: [FilterRecord], zones: ZoneDatabase
  ) throws(ScheduleError) {
    self.schedule = schedule
    self.zone = zone
    var rules: [(filter: String, bound: BoundFilterRule)] = []
    for filter in filters {
      for rule in try filter.bound(in: zones, fallback: zone) { rules.append((filter.name, rule)) }
    }
    self.rules = rules
  }

  /// The first `count` times at which the trigger fires, later than `after`.
  package func fires(after: Timestamp, count: Int) -> [Timestamp] {
    schedule.next(after: after, count: count, in: zone, excluding: rules.map(\.bound))
  }

  /// The first `count` timings of the schedule, later than `after`, those that filters remove included.
  package func timings(after: Timestamp, count: Int) -> [Timestamp] {
    schedule.next(after: after, count: count, in: zone)
  }

  /// The first `count` of them up to an instant.
  package func timings(after: Timestamp, until end: Timestamp, count: Int) -> [Timestamp] {
    var found: [Timestamp] = []
    var cursor = after
    // A few at first: a schedule that is rarely due would be looked for through centuries.
    var step = 1
    while found.count < count {
      let next = timings(after: cursor, count: min(step, count - found.count))
      guard let last = next.last else { break }
      found += next.prefix { $0 <= end }
      if last > end { break }
      cursor = last
      step = min(step * 4, 1024)
    }
    return found
  }

  /// The first rule that removes what is due at an instant; nil when none does.
  package func removal(at instant: Timestamp) -> Removal? {
    rules.first { $0.bound.matches(instant) }.map { Removal(filter: $0.filter, rule: $0.bound.rule.canonicalText) }
  }
}
