internal import JobModel
package import Scheduling

/// A schedule filter: a named set of rules that remove timings from the triggers that use it.
package struct FilterRecord: Equatable, Sendable {
  package var id: Int64
  package var name: String
  /// The zone of rules that name none; nil is that of the trigger.
  package var timezone: String?
  /// Canonical text, in the order in which they were given.
  package var rules: [String]

  init(_ row: SQLRow) throws {
    id = try row.int64("id")
    name = try row.text("name")
    timezone = try row.optionalText("timezone")
    rules = try row.text("rules").split(separator: "\n").map(String.init)
  }

  /// The rules as they count: the filter's zone stands behind each that names none.
  /// - Throws: `ScheduleError` when a rule is no longer understood.
  package func effectiveRules() throws(ScheduleError) -> [String] {
    guard let timezone else { return rules }
    var effective: [String] = []
    for text in rules { effective.append(try FilterRule(parsing: text).zoneName == nil ? "\(text) \(timezone)" : text) }
    return effective
  }

  /// The rules, each with the zone in which it reads the clock: its own, the filter's, else `fallback`, the trigger's.
  /// - Throws: `ScheduleError` when a rule or a zone is no longer understood.
  package func bound(in zones: ZoneDatabase, fallback: TimeZoneRules) throws(ScheduleError) -> [BoundFilterRule] {
    var zone = fallback
    if let timezone { zone = try zones.rules(for: timezone) }
    var bound: [BoundFilterRule] = []
    for text in rules { bound.append(try FilterRule(parsing: text).bound(in: zones, fallback: zone)) }
    return bound
  }
}

package enum FilterQueries {
  /// Every filter, by name.
  package static func all(_ sql: any SQLConnection) throws -> [FilterRecord] {
    try sql.rows("SELECT * FROM schedule_filter ORDER BY name").map(FilterRecord.init)
  }

  /// The filter with this name or number.
  /// - Throws: `.notFound`.
  package static func find(_ sql: any SQLConnection, _ name: String) throws -> FilterRecord {
    guard let row = try sql.row("SELECT * FROM schedule_filter WHERE name = ? OR id = ?", name, Int64(name)) else {
      throw ModelError(
        .notFound, "there is no schedule filter '\(TextRule.quoted(name))'", hint: "netjob filter list shows them")
    }
    return try FilterRecord(row)
  }

  /// The filters with these names or numbers, each once, by name.
  /// - Throws: `.notFound`.
  package static func find(_ sql: any SQLConnection, _ names: [String]) throws -> [FilterRecord] {
    var found: [Int64: FilterRecord] = [:]
    for name in names {
      let filter = try find(sql, name)
      found[filter.id] = filter
    }
    return found.values.sorted { $0.name < $1.name }
  }

  /// The filters of each trigger by its number, by name; with `trigger`, of that one.
  static func used(_ sql: any SQLConnection, trigger: Int64? = nil) throws -> [Int64: [FilterRecord]] {
    let select = """
      SELECT l.trigger_id, f.* FROM job_trigger_filter l JOIN schedule_filter f ON f.id = l.filter_id
      """
    let rows =
      if let trigger {
        try sql.rows("\(select) WHERE l.trigger_id = ? ORDER BY f.name", trigger)
      } else {
        try sql.rows("\(select) ORDER BY f.name")
      }
    var used: [Int64: [FilterRecord]] = [:]
    for row in rows { used[try row.int64("trigger_id"), default: []].append(try FilterRecord(row)) }
    return used
  }
}

extension Change {
  /// The most rules that a filter may have.
  package static let mostFilterRules = 1000

  @discardableResult
  package func addFilter(
    name: String, rules: [FilterRule], timezone: String?, zones: ZoneDatabase
  ) throws -> FilterRecord {
    try require(.manageFilters, network: nil)
    try TextRule.name(name, of: "filter")
    try check(rules, timezone: timezone, zones: zones)
    guard try sql.row("SELECT id FROM schedule_filter WHERE name = ?", name) == nil else {
      throw ModelError(.conflict, "schedule filter '\(name)' exists already", hint: "netjob filter edit \(name) changes it")
    }
    try sql.execute(
      "INSERT INTO schedule_filter (name, timezone, rules) VALUES (?, ?, ?)", name, timezone, Self.text(rules))
    try audit("filter.add", "filter \(name)", Self.detail(rules, timezone))
    return try FilterQueries.find(sql, name)
  }

  /// What the change of a filter came to.
  package struct FilterEffect: Sendable {
    package var filter: FilterRecord
    /// The triggers that use it, as they are now.
    package var triggers: [TriggerRecord]
  }

  /// Changes a filter. The triggers that use it get their next fire anew, and the approvals of their jobs fall back.
  /// - Parameters:
  ///   - rules: nil keeps them.
  ///   - timezone: nil keeps it; `.some(nil)` leaves the rules to the zones of the triggers.
  package func editFilter(
    _ filter: FilterRecord, rules: [FilterRule]?, timezone: String??, zones: ZoneDatabase
  ) throws -> FilterEffect {
    try require(.manageFilters, network: nil)
    let newRules = try rules ?? filter.rules.map { text throws(ScheduleError) in try FilterRule(parsing: text) }
    let newZone = timezone ?? filter.timezone
    try check(newRules, timezone: newZone, zones: zones)
    let triggers = try TriggerQueries.all(sql, filter: filter.id)
    if newRules.map(\.canonicalText) == filter.rules && newZone == filter.timezone {
      return FilterEffect(filter: filter, triggers: triggers)
    }
    try noteZoneData(zones)
    try sql.execute(
      "UPDATE schedule_filter SET timezone = ?, rules = ? WHERE id = ?", newZone, Self.text(newRules), filter.id)
    try audit("filter.edit", "filter \(filter.name)", Self.detail(newRules, newZone))
    for trigger in try TriggerQueries.all(sql, filter: filter.id) { try reschedule(trigger, zones: zones) }
    for job in Set(triggers.map(\.jobID)).sorted() {
      try resetApproval(of: job, because: "schedule filter '\(filter.name)' was changed by \(caller.name)")
    }
    return FilterEffect(
      filter: try FilterQueries.find(sql, filter.name), triggers: try TriggerQueries.all(sql, filter: filter.id))
  }

  /// - Throws: `.conflict` while a trigger uses it.
  package func deleteFilter(_ filter: FilterRecord) throws {
    try require(.manageFilters, network: nil)
    let users = try TriggerQueries.all(sql, filter: filter.id)
    if let first = users.first {
      let more = users.count > 1 ? " and \(users.count - 1) more" : ""
      throw ModelError(
        .conflict, "schedule filter '\(filter.name)' is used by trigger '\(first.name)' of job '\(first.job)'\(more)",
        hint: "netjob trigger edit \(first.job) \(first.name) --no-filter takes it from there")
    }
    try sql.execute("DELETE FROM schedule_filter WHERE id = ?", filter.id)
    try audit("filter.delete", "filter \(filter.name)", Self.detail(filter.rules, filter.timezone))
  }

  private func check(_ rules: [FilterRule], timezone: String?, zones: ZoneDatabase) throws {
    guard (1...Self.mostFilterRules).contains(rules.count) else {
      throw ModelError(.invalid, "a schedule filter has 1 to \(Self.mostFilterRules) rules, not \(rules.count)")
    }
    let zone = try zones.rules(for: timezone ?? "UTC")
    for rule in rules { _ = try rule.bound(in: zones, fallback: zone) }
  }

  /// No rule's text has a line break.
  private static func text(_ rules: [FilterRule]) -> String { rules.map(\.canonicalText).joined(separator: "\n") }

  private static func detail(_ rules: [FilterRule], _ timezone: String?) -> String {
    detail(rules.map(\.canonicalText), timezone)
  }

  private static func detail(_ rules: [String], _ timezone: String?) -> String {
    rules.joined(separator: "; ") + (timezone.map { " in \($0)" } ?? "")
  }
}
