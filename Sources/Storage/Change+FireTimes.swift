package import Scheduling

/// Next fires are computed when a trigger is stored and when it fires. They hold as long as the zone data does by which they
/// were computed: its version is kept beside the settings.
package enum FireTimes {
  private static let key = "schedule.timezone-data"

  /// Whether they were computed with another version of the zone data: one look at a primary key.
  package static func areOutdated(_ sql: any SQLConnection, zones: ZoneDatabase) throws -> Bool {
    guard let version = zones.version, let stored = try storedVersion(sql) else { return false }
    return stored != version
  }

  /// The version by which they were computed; nil before the first trigger.
  package static func storedVersion(_ sql: any SQLConnection) throws -> String? {
    try sql.row("SELECT value FROM setting WHERE key = ?", key)?.text("value")
  }

  static func store(_ version: String, _ sql: any SQLConnection) throws {
    try sql.execute(
      "INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, version)
  }
}

extension Change {
  /// Computes every next fire anew where the zone data has another version than that by which they were computed.
  /// - Returns: a message for each trigger that could not be evaluated any more and was switched off.
  /// - Throws: `ScheduleError` when there is no zone data.
  @discardableResult
  package func noteZoneData(_ zones: ZoneDatabase) throws -> [String] {
    guard let version = zones.version else { return [] }
    let stored = try FireTimes.storedVersion(sql)
    if stored == version { return [] }
    try FireTimes.store(version, sql)
    guard let stored else { return [] }
    let triggers = try TriggerQueries.all(sql).filter { $0.isEnabled && $0.isJobEnabled }
    var complaints: [String] = []
    for trigger in triggers {
      if let complaint = try reschedule(trigger, zones: zones) { complaints.append(complaint) }
    }
    try audit("schedule.recompute", "\(triggers.count) triggers", "time zone data \(stored) -> \(version)")
    return complaints
  }

  /// Computes and stores when the trigger fires next, after its filters or the zone data changed. A fire that is due and not
  /// yet claimed stays due, unless it is no fire any more.
  /// - Returns: a message when it could not be evaluated any more and was switched off.
  @discardableResult
  func reschedule(_ trigger: TriggerRecord, zones: ZoneDatabase) throws -> String? {
    guard trigger.isEnabled, trigger.isJobEnabled else { return nil }
    let start = trigger.nextFire.map { min(now, $0.adding(milliseconds: -1)) } ?? now
    do {
      let next = try trigger.fires(after: start, count: 1, zones: zones).first
      if next != trigger.nextFire { try store(next, of: trigger) }
      return nil
    } catch let error as ScheduleError where error.code != .missingTimeZoneData {
      try disableBroken(trigger.id, because: error.message)
      return "trigger \(trigger.job)/\(trigger.name) was switched off: \(error.message)"
    }
  }

  /// Computes and stores when the trigger fires next, counted from now.
  func schedule(_ trigger: TriggerRecord, jobEnabled: Bool, zones: ZoneDatabase) throws {
    try noteZoneData(zones)
    try store(
      trigger.isEnabled && jobEnabled ? try trigger.fires(after: now, count: 1, zones: zones).first : nil, of: trigger)
  }

  private func store(_ next: Timestamp?, of trigger: TriggerRecord) throws {
    try sql.execute("UPDATE job_trigger SET next_fire = ? WHERE id = ?", next, trigger.id)
  }
}
