internal import JobModel
package import Scheduling

/// A trigger of a job, as stored.
package struct TriggerRecord: Equatable, Sendable {
  package var id: Int64
  package var jobID: Int64
  package var job: String
  package var networkID: Int64
  package var name: String
  package var kind: String
  /// The schedule's canonical text.
  package var schedule: String
  package var timezone: String
  /// By name.
  package var filters: [FilterRecord]
  package var isEnabled: Bool
  package var isJobEnabled: Bool
  package var nextFire: Timestamp?
  package var lastFire: Timestamp?
  /// Why the program switched it off.
  package var error: String?

  init(_ row: SQLRow, filters: [FilterRecord]) throws {
    id = try row.int64("id")
    jobID = try row.int64("job_id")
    job = try row.text("job")
    networkID = try row.int64("network_id")
    name = try row.text("name")
    kind = try row.text("kind")
    schedule = try row.text("schedule")
    timezone = try row.text("timezone")
    self.filters = filters
    isEnabled = try row.bool("enabled")
    isJobEnabled = try row.bool("job_enabled")
    nextFire = try row.optionalTimestamp("next_fire")
    lastFire = try row.optionalTimestamp("last_fire")
    error = try row.optionalText("error")
  }

  /// The first `count` times after `after` that its filters leave.
  /// - Throws: `ScheduleError` when the stored schedule, zone or a filter is no longer understood.
  package func fires(after: Timestamp, count: Int, zones: ZoneDatabase) throws(ScheduleError) -> [Timestamp] {
    try TriggerTimes(self, zones: zones).fires(after: after, count: count)
  }
}

package enum TriggerQueries {
  private static let select = """
    SELECT t.*, j.name AS job, j.network_id, j.enabled AS job_enabled FROM job_trigger t JOIN job j ON j.id = t.job_id
    """

  /// The triggers of one job, or of all, by job and name.
  package static func all(_ sql: any SQLConnection, job: Int64? = nil) throws -> [TriggerRecord] {
    if let job { return try records(sql, try sql.rows("\(select) WHERE t.job_id = ? ORDER BY t.name", job)) }
    return try records(sql, try sql.rows("\(select) ORDER BY j.name, t.name"))
  }

  /// The triggers that use a filter, by job and name.
  package static func all(_ sql: any SQLConnection, filter: Int64) throws -> [TriggerRecord] {
    let rows = try sql.rows(
      "\(select) JOIN job_trigger_filter l ON l.trigger_id = t.id WHERE l.filter_id = ? ORDER BY j.name, t.name", filter)
    return try records(sql, rows)
  }

  private static func records(_ sql: any SQLConnection, _ rows: [SQLRow]) throws -> [TriggerRecord] {
    // A job has few triggers; from some number on, all the filters at once are cheaper.
    if rows.count <= 20 { return try rows.map { try record(sql, $0) } }
    let used = try FilterQueries.used(sql)
    return try rows.map { try TriggerRecord($0, filters: used[try $0.int64("id")] ?? []) }
  }

  package static func find(_ sql: any SQLConnection, job: JobRecord, _ name: String) throws -> TriggerRecord {
    guard let row = try sql.row("\(select) WHERE t.job_id = ? AND (t.name = ? OR t.id = ?)", job.id, name, Int64(name)) else {
      throw ModelError(
        .notFound, "job '\(job.name)' has no trigger '\(TextRule.quoted(name))'",
        hint: "netjob trigger list \(job.name) shows them")
    }
    return try record(sql, row)
  }

  package static func get(_ sql: any SQLConnection, id: Int64) throws -> TriggerRecord? {
    try sql.row("\(select) WHERE t.id = ?", id).map { try record(sql, $0) }
  }

  private static func record(_ sql: any SQLConnection, _ row: SQLRow) throws -> TriggerRecord {
    let id = try row.int64("id")
    return try TriggerRecord(row, filters: try FilterQueries.used(sql, trigger: id)[id] ?? [])
  }

  /// The numbers of the triggers that are due at `now`, the longest due first: one look at one index.
  package static func due(_ sql: any SQLConnection, now: Timestamp) throws -> [Int64] {
    try sql.rows("SELECT id FROM job_trigger WHERE next_fire <= ? ORDER BY next_fire, id", now).map { try $0.int64("id") }
  }

  /// The earliest next fire of a job.
  package static func nextFire(_ sql: any SQLConnection, job: Int64) throws -> Timestamp? {
    try sql.row("SELECT min(next_fire) AS next FROM job_trigger WHERE job_id = ?", job)?.optionalTimestamp("next")
  }
}

/// What `trigger edit` changes; nil keeps what is there.
package struct TriggerEdit: Sendable {
  package var schedule: Schedule?
  package var timezone: String?
  /// Names or numbers of filters, in place of those that are there.
  package var filters: [String]?
  package var isEnabled: Bool?

  package init() {}
}

extension Change {
  /// Adds a trigger to a job; an open approval falls back to not-requested.
  /// - Parameter filters: names or numbers.
  @discardableResult
  package func addTrigger(
    _ name: String, to job: JobRecord, _ schedule: Schedule, timezone: String, filters: [String] = [], enabled: Bool,
    zones: ZoneDatabase
  ) throws -> TriggerRecord {
    try requireMaySetOff(job)
    try TextRule.name(name, of: "trigger")
    guard try sql.row("SELECT id FROM job_trigger WHERE job_id = ? AND name = ?", job.id, name) == nil else {
      throw ModelError(
        .conflict, "job '\(job.name)' has a trigger '\(name)' already", hint: "netjob trigger edit \(job.name) \(name) changes it"
      )
    }
    try noteZoneData(zones)
    let id = try sql.insert(
      """
      INSERT INTO job_trigger (job_id, name, kind, schedule, timezone, enabled, saved_by, saved_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id
      """, job.id, name, schedule.kind, schedule.canonicalText, timezone, enabled, caller.name, now)
    try setFilters(of: id, try FilterQueries.find(sql, filters))
    let trigger = try get(trigger: id)
    try requireFires(trigger, zones: zones)
    try self.schedule(trigger, jobEnabled: job.isEnabled, zones: zones)
    try audit("trigger.add", "trigger \(job.name)/\(name)", Self.detail(trigger))
    try resetApproval(of: job.id, because: "trigger '\(name)' was added by \(caller.name)")
    return try get(trigger: id)
  }

  /// Changes a trigger; an open approval falls back to not-requested.
  package func editTrigger(
    _ trigger: TriggerRecord, of job: JobRecord, _ edit: TriggerEdit, zones: ZoneDatabase
  ) throws -> TriggerRecord {
    try requireMaySetOff(job)
    var changed = trigger
    if let schedule = edit.schedule { (changed.kind, changed.schedule) = (schedule.kind, schedule.canonicalText) }
    changed.timezone = edit.timezone ?? trigger.timezone
    if let names = edit.filters { changed.filters = try FilterQueries.find(sql, names) }
    changed.isEnabled = edit.isEnabled ?? trigger.isEnabled
    // What was wrong with it may be mended now; that it is switched on again is said by the one who mends it.
    changed.error = nil
    if changed == trigger { return trigger }
    let isTimed =
      changed.schedule != trigger.schedule || changed.timezone != trigger.timezone || changed.filters != trigger.filters
    if isTimed || changed.isEnabled { try requireFires(changed, zones: zones) }
    try noteZoneData(zones)
    try sql.execute(
      """
      UPDATE job_trigger SET kind = ?, schedule = ?, timezone = ?, enabled = ?, error = NULL, saved_by = ?, saved_at = ?
      WHERE id = ?
      """, changed.kind, changed.schedule, changed.timezone, changed.isEnabled, caller.name, now, trigger.id)
    try setFilters(of: trigger.id, changed.filters)
    let isSameSchedule =
      changed.schedule == trigger.schedule && changed.timezone == trigger.timezone && changed.isEnabled == trigger.isEnabled
    if isSameSchedule {
      try reschedule(changed, zones: zones)
    } else {
      try schedule(changed, jobEnabled: job.isEnabled, zones: zones)
    }
    try audit("trigger.edit", "trigger \(job.name)/\(trigger.name)", Self.detail(changed))
    try resetApproval(of: job.id, because: "trigger '\(trigger.name)' was changed by \(caller.name)")
    return try get(trigger: trigger.id)
  }

  package func setTrigger(_ trigger: TriggerRecord, of job: JobRecord, enabled: Bool, zones: ZoneDatabase) throws {
    if enabled { try requireMaySetOff(job) } else { try require(.editJob, network: job.networkID) }
    if trigger.isEnabled == enabled && trigger.error == nil { return }
    var changed = trigger
    changed.isEnabled = enabled
    if enabled { try requireFires(changed, hint: nil, zones: zones) }
    try sql.execute(
      "UPDATE job_trigger SET enabled = ?, error = NULL, saved_by = ?, saved_at = ? WHERE id = ?", enabled, caller.name, now,
      trigger.id)
    try schedule(changed, jobEnabled: job.isEnabled, zones: zones)
    try audit(enabled ? "trigger.enable" : "trigger.disable", "trigger \(job.name)/\(trigger.name)")
    try resetApproval(
      of: job.id, because: "trigger '\(trigger.name)' was \(enabled ? "enabled" : "disabled") by \(caller.name)")
  }

  package func removeTrigger(_ trigger: TriggerRecord, of job: JobRecord) throws {
    try require(.editJob, network: job.networkID)
    try sql.execute("DELETE FROM job_trigger WHERE id = ?", trigger.id)
    try audit("trigger.remove", "trigger \(job.name)/\(trigger.name)", Self.detail(trigger))
    try resetApproval(of: job.id, because: "trigger '\(trigger.name)' was removed by \(caller.name)")
  }

  /// Checks that the caller may make the job fire. It fires with the rights of its owner: nobody may set off with them what they
  /// could not run themselves.
  func requireMaySetOff(_ job: JobRecord) throws {
    try require(.editJob, network: job.networkID)
    try requireTool(job.definition.tool, network: job.networkID)
    if caller.name == job.owner { return }
    try require(job.type.runPermission, network: job.networkID)
    func needsApproval(_ user: String) throws -> Bool {
      try ApprovalQueries.isNeeded(sql, changesDevices: job.changesDevices, network: job.networkID, runsFor: user)
    }
    guard try needsApproval(caller.name), try !needsApproval(job.owner) else { return }
    throw ModelError(
      .notPermitted,
      "job '\(job.name)' fires for '\(job.owner)', who needs no approval; user '\(caller.name)' needs one and cannot make it fire",
      hint: "netjob job edit makes it your own, which then asks for approval")
  }

  /// Stores the result of a fire: when it fired, and when it fires next.
  package func advance(_ trigger: TriggerRecord, fired: Timestamp, next: Timestamp?) throws {
    try sql.execute("UPDATE job_trigger SET last_fire = ?, next_fire = ? WHERE id = ?", fired, next, trigger.id)
  }

  /// Switches off a trigger that cannot be evaluated, so that the others go on.
  package func disableBroken(_ triggerID: Int64, because reason: String) throws {
    try sql.execute(
      "UPDATE job_trigger SET enabled = 0, next_fire = NULL, error = ? WHERE id = ?", reason, triggerID)
    try audit("trigger.broken", "trigger \(triggerID)", reason)
  }

  /// An enabled trigger must fire; whether a disabled one does is not asked, but its zones must be there.
  private func requireFires(
    _ trigger: TriggerRecord, hint: String? = "--disabled stores it all the same", zones: ZoneDatabase
  ) throws {
    let times = try TriggerTimes(trigger, zones: zones)
    guard trigger.isEnabled, times.fires(after: now, count: 1).isEmpty else { return }
    let isFiltered = !times.timings(after: now, count: 1).isEmpty
    let names = trigger.filters.map(\.name).joined(separator: ", ")
    throw ModelError(
      .invalid,
      "the trigger '\(trigger.name)' would never fire: "
        + (isFiltered
          ? "its filters (\(names)) remove every timing of \(trigger.schedule) in \(trigger.timezone)"
          : "\(trigger.schedule) in \(trigger.timezone) has no timing after now"),
      hint: hint)
  }

  private func setFilters(of trigger: Int64, _ filters: [FilterRecord]) throws {
    try sql.execute("DELETE FROM job_trigger_filter WHERE trigger_id = ?", trigger)
    for filter in filters {
      try sql.execute("INSERT INTO job_trigger_filter (trigger_id, filter_id) VALUES (?, ?)", trigger, filter.id)
    }
  }

  private func get(trigger id: Int64) throws -> TriggerRecord {
    guard let trigger = try TriggerQueries.get(sql, id: id) else { throw StorageError(.corrupt, "trigger \(id) is missing") }
    return trigger
  }

  private static func detail(_ trigger: TriggerRecord) -> String {
    let filters = trigger.filters.isEmpty ? "" : " without \(trigger.filters.map(\.name).joined(separator: ", "))"
    return "\(trigger.schedule) \(trigger.timezone)\(filters)\(trigger.isEnabled ? "" : ", disabled")"
  }
}
