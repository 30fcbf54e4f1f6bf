internal import JobModel
package import Scheduling

/// One stored configuration of a device.
package struct ConfigRevisionRecord: Equatable, Sendable {
  package enum Kind: String, Sendable, CaseIterable { case running, startup }

  package var id: Int64
  package var deviceID: Int64
  package var device: String
  package var networkID: Int64
  package var kind: Kind
  package var revision: Int
  package var content: String
  package var time: Timestamp
  package var executionID: Int64?
  /// Lines added and removed against the revision before.
  package var added: Int
  package var removed: Int

  init(_ row: SQLRow) throws {
    id = try row.int64("id")
    deviceID = try row.int64("device_id")
    device = try row.text("device")
    networkID = try row.int64("network_id")
    kind = try row.choice("kind", as: Kind.self)
    revision = try row.int("revision")
    content = try row.text("content")
    time = try row.timestamp("time")
    executionID = try row.optionalInt64("execution_id")
    added = try row.int("added")
    removed = try row.int("removed")
  }
}

package enum ConfigQueries {
  /// The revisions of a device by its name, newest first; those of a deleted device too.
  package static func all(
    _ sql: any SQLConnection, device: String, kind: ConfigRevisionRecord.Kind? = nil
  ) throws -> [ConfigRevisionRecord] {
    try sql.rows(
      """
      SELECT * FROM config_revision WHERE device = ? AND (? IS NULL OR kind = ?) ORDER BY kind, revision DESC
      """, device, kind?.rawValue, kind?.rawValue
    ).map(ConfigRevisionRecord.init)
  }

  /// The newest revision of every device and kind, by device.
  package static func newest(_ sql: any SQLConnection) throws -> [ConfigRevisionRecord] {
    try sql.rows(
      """
      SELECT c.* FROM config_revision c
      JOIN (SELECT device_id, kind, max(revision) AS revision FROM config_revision GROUP BY device_id, kind) m
        ON m.device_id = c.device_id AND m.kind = c.kind AND m.revision = c.revision
      ORDER BY c.device, c.kind
      """
    ).map(ConfigRevisionRecord.init)
  }

  package static func latest(
    _ sql: any SQLConnection, deviceID: Int64, kind: ConfigRevisionRecord.Kind
  ) throws -> (record: ConfigRevisionRecord, comparable: String)? {
    guard
      let row = try sql.row(
        "SELECT * FROM config_revision WHERE device_id = ? AND kind = ? ORDER BY revision DESC LIMIT 1", deviceID, kind.rawValue)
    else { return nil }
    return (try ConfigRevisionRecord(row), try row.text("comparable"))
  }
}

extension Change {
  /// Stores a configuration as a new revision of its device.
  /// - Parameters:
  ///   - hash: the SHA-256 of `text`, where it is known.
  ///   - comparable: the hash of its text with the parts masked that the platform ignores in comparisons.
  package func addConfigRevision(
    of device: DeviceRecord, _ kind: ConfigRevisionRecord.Kind, text: String, hash: String? = nil, comparable: String,
    execution: Int64?, added: Int,
    removed: Int
  ) throws -> Int {
    let last = try sql.row(
      "SELECT revision, content FROM config_revision WHERE device_id = ? AND kind = ? ORDER BY revision DESC LIMIT 1", device.id,
      kind.rawValue)
    let revision = (try last?.int("revision") ?? 0) + 1
    let content = try Blobs.put(sql, text, hash: hash, after: try last?.text("content"))
    try sql.execute(
      """
      INSERT INTO config_revision
        (device_id, device, network_id, kind, revision, content, comparable, time, execution_id, added, removed)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, device.id, device.name, device.networkID, kind.rawValue, revision, content, comparable, now, execution, added, removed)
    try sql.execute("UPDATE device SET changed_at = ? WHERE id = ?", now, device.id)
    return revision
  }
}

/// A revision with what a log of changes says of it.
package struct ConfigChangeRecord: Equatable, Sendable {
  package var revision: ConfigRevisionRecord
  /// The network's name; nil when it is gone.
  package var network: String?
  /// Who the execution that stored it ran for, and of which job it was; nil when nothing is known of it any more.
  package var user: String?
  package var mail: String?
  package var job: String?
}

extension ConfigQueries {
  /// The revisions of all devices that were stored after the one with the number `id`, in the order in which they were stored.
  package static func changes(_ sql: any SQLConnection, after id: Int64, limit: Int) throws -> [ConfigChangeRecord] {
    try sql.rows(
      """
      SELECT c.*, n.name AS network_name, e.user AS user_name, e.job AS job_name, a.mail AS user_mail FROM config_revision c
      LEFT JOIN network n ON n.id = c.network_id LEFT JOIN execution e ON e.id = c.execution_id
      LEFT JOIN account a ON a.name = e.user
      WHERE c.id > ? ORDER BY c.id LIMIT ?
      """, id, limit
    ).map { row in
      ConfigChangeRecord(
        revision: try ConfigRevisionRecord(row), network: try row.optionalText("network_name"),
        user: try row.optionalText("user_name"), mail: try row.optionalText("user_mail"), job: try row.optionalText("job_name"))
    }
  }
}

extension AuditQueries {
  /// What tells this database from all others, its copies aside, for as long as it lives: the hash of its first audit row.
  package static func databaseMark(_ sql: any SQLConnection) throws -> String {
    guard let row = try sql.row("SELECT hash FROM audit ORDER BY id LIMIT 1") else { return "none" }
    return String(try row.text("hash").prefix(16))
  }
}
