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
  package var isEnabled: Bool
  package var nextFire: Timestamp?
  package var lastFire: Timestamp?
  /// Why the program switched it off.
  package var error: String?

  init(_ row: SQLRow) throws {
    id = try row.int64("id")
    jobID = try row.int64("job_id")
    job = try row.text("job")
    networkID = try row.int64("network_id")
    name = try row.text("name")
    kind = try row.text("kind")
    schedule = try row.text("schedule")
    timezone = try row.text("timezone")
    isEnabled = try row.bool("enabled")
    nextFire = try row.optionalTimestamp("next_fire")
    lastFire = try row.optionalTimestamp("last_fire")
    error = try row.optionalText("error")
  }

  /// The first `count` timings after `after`.
  /// - Throws: `ScheduleError` when the stored schedule or zone is no longer understood.
  package func fires(after: Timestamp, count: Int, zones: ZoneDatabase) throws -> [Timestamp] {
    try Schedule(parsing: schedule).next(after: after, count: count, in: try zones.rules(for: timezone))
  }
}

package enum TriggerQueries {
  private static let select = """
    SELECT t.*, j.name AS job, j.network_id FROM job_trigger t JOIN job j ON j.id = t.job_id
    """

  /// The triggers of one job, or of all, by job and name.
  package static func all(_ sql: any SQLConnection, job: Int64? = nil) throws -> [TriggerRecord] {
    if let job { return try sql.rows("\(select) WHERE t.job_id = ? ORDER BY t.name", job).map(TriggerRecord.init) }
    return try sql.rows("\(select) ORDER BY j.name, t.name").map(TriggerRecord.init)
  }

  package static func find(_ sql: any SQLConnection, job: JobRecord, _ name: String) throws -> TriggerRecord {
    guard let row = try sql.row("\(select) WHERE t.job_id = ? AND (t.name = ? OR t.id = ?)", job.id, name, Int64(name)) else {
      throw ModelError(
        .notFound, "job '\(job.name)' has no trigger '\(TextRule.quoted(name))'",
        hint: "netjob trigger list \(job.name) shows them")
    }
    return try TriggerRecord(row)
  }

  package static func get(_ sql: any SQLConnection, id: Int64) throws -> TriggerRecord? {
    try sql.row("\(select) WHERE t.id = ?", id).map(TriggerRecord.init)
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

extension Change {
  /// Adds a trigger to a job; an open approval falls back to not-requested.
  @discardableResult
  package func addTrigger(
    _ name: String, to job: JobRecord, _ schedule: Schedule, timezone: String, enabled: Bool, zones: ZoneDatabase
  ) throws -> TriggerRecord {
    try require(.editJob, network: job.networkID)
    try TextRule.name(name, of: "trigger")
    let rules = try zones.rules(for: timezone)
    guard try sql.row("SELECT id FROM job_trigger WHERE job_id = ? AND name = ?", job.id, name) == nil else {
      throw ModelError(.conflict, "job '\(job.name)' has a trigger '\(name)' already")
    }
    let next = schedule.next(after: now, count: 1, in: rules).first
    if enabled && next == nil {
      throw ModelError(
        .invalid, "the trigger '\(name)' would never fire: \(schedule.canonicalText) in \(timezone) has no timing after now",
        hint: "--disabled stores it all the same")
    }
    let id = try sql.insert(
      """
      INSERT INTO job_trigger (job_id, name, kind, schedule, timezone, enabled, next_fire) VALUES (?, ?, ?, ?, ?, ?, ?)
      RETURNING id
      """, job.id, name, schedule.kind, schedule.canonicalText, timezone, enabled, enabled && job.isEnabled ? next : nil)
    try audit("trigger.add", "trigger \(job.name)/\(name)", "\(schedule.canonicalText) \(timezone)")
    try resetApproval(of: job.id, because: "trigger '\(name)' was added by \(caller.name)")
    guard let trigger = try TriggerQueries.get(sql, id: id) else { throw StorageError(.corrupt, "trigger \(id) is missing") }
    return trigger
  }

  package func setTrigger(_ trigger: TriggerRecord, of job: JobRecord, enabled: Bool, zones: ZoneDatabase) throws {
    try require(.editJob, network: job.networkID)
    if trigger.isEnabled == enabled && trigger.error == nil { return }
    if enabled, try trigger.fires(after: now, count: 1, zones: zones).isEmpty {
      throw ModelError(.invalid, "the trigger '\(trigger.name)' would never fire: \(trigger.schedule) has no timing after now")
    }
    try sql.execute("UPDATE job_trigger SET enabled = ?, error = NULL WHERE id = ?", enabled, trigger.id)
    var changed = trigger
    changed.isEnabled = enabled
    try schedule(changed, jobEnabled: job.isEnabled, zones: zones)
    try audit(enabled ? "trigger.enable" : "trigger.disable", "trigger \(job.name)/\(trigger.name)")
    try resetApproval(
      of: job.id, because: "trigger '\(trigger.name)' was \(enabled ? "enabled" : "disabled") by \(caller.name)")
  }

  package func removeTrigger(_ trigger: TriggerRecord, of job: JobRecord) throws {
    try require(.editJob, network: job.networkID)
    try sql.execute("DELETE FROM job_trigger WHERE id = ?", trigger.id)
    try audit("trigger.remove", "trigger \(job.name)/\(trigger.name)", "\(trigger.schedule) \(trigger.timezone)")
    try resetApproval(of: job.id, because: "trigger '\(trigger.name)' was removed by \(caller.name)")
  }

  /// Computes and stores when the trigger fires next.
  func schedule(_ trigger: TriggerRecord, jobEnabled: Bool, zones: ZoneDatabase) throws {
    let next = trigger.isEnabled && jobEnabled ? try trigger.fires(after: now, count: 1, zones: zones).first : nil
    try sql.execute("UPDATE job_trigger SET next_fire = ? WHERE id = ?", next, trigger.id)
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
}
