package import JobModel
package import Scheduling

/// A report as it is kept with its execution.
package struct ReportRecord: Equatable, Sendable {
  package var executionID: Int64
  /// What it tells: a `ReportKind`, or `discovery`.
  package var kind: String
  package var format: ReportFormat
  package var text: String
}

package enum ReportQueries {
  /// The report of an execution; nil where it made none.
  package static func find(_ sql: any SQLConnection, execution: Int64) throws -> ReportRecord? {
    guard let row = try sql.row("SELECT * FROM execution_report WHERE execution_id = ?", execution) else { return nil }
    return ReportRecord(
      executionID: execution, kind: try row.text("kind"),
      format: try row.choice("format", as: ReportFormat.self), text: try Blobs.get(sql, try row.text("content")))
  }

  /// The last backup of each device of a network, by the device's number: how it ended and when.
  package static func lastBackups(
    _ sql: any SQLConnection, network: Int64
  ) throws -> [Int64: (status: DeviceStatus, time: Timestamp?, error: String?)] {
    let rows = try sql.rows(
      """
      SELECT d.device_id, d.status, d.end_time, d.error FROM execution_device d
      JOIN (
        SELECT x.device_id, max(x.execution_id) AS execution_id FROM execution_device x
        JOIN execution e ON e.id = x.execution_id
        WHERE e.type = 'backup' AND e.network_id = ? AND x.device_id IS NOT NULL AND x.status <> 'pending' GROUP BY x.device_id
      ) m ON m.device_id = d.device_id AND m.execution_id = d.execution_id
      """, network)
    var last: [Int64: (status: DeviceStatus, time: Timestamp?, error: String?)] = [:]
    for row in rows {
      last[try row.int64("device_id")] = (
        try row.choice("status", as: DeviceStatus.self), try row.optionalTimestamp("end_time"), try row.optionalText("error")
      )
    }
    return last
  }

  /// The configuration revisions of a network since a time, newest first, with who had the job run that stored them.
  package static func configChanges(
    _ sql: any SQLConnection, network: Int64, since: Timestamp, limit: Int
  ) throws -> [(revision: ConfigRevisionRecord, user: String?)] {
    try sql.rows(
      """
      SELECT c.*, e.user AS user_name FROM config_revision c LEFT JOIN execution e ON e.id = c.execution_id
      WHERE c.network_id = ? AND c.time >= ? ORDER BY c.time DESC, c.id DESC LIMIT ?
      """, network, since, limit
    ).map { (try ConfigRevisionRecord($0), try $0.optionalText("user_name")) }
  }

  /// What was said and decided in a network's requests since a time, oldest first.
  package static func approvals(
    _ sql: any SQLConnection, network: String, since: Timestamp, limit: Int
  ) throws -> [(time: Timestamp, job: String, revision: Int, user: String, event: String, message: String, request: Int64?)] {
    try sql.rows(
      "SELECT * FROM approval_log WHERE network = ? AND time >= ? ORDER BY id LIMIT ?", network, since, limit
    ).map { row in
      (
        try row.timestamp("time"), try row.text("job"), try row.int("revision"), try row.text("user"), try row.text("event"),
        try row.text("message"), try row.optionalInt64("request_id")
      )
    }
  }
}

extension Change {
  /// Keeps a report with its execution.
  package func keepReport(_ claim: ExecutionClaim, _ kind: String, _ format: ReportFormat, text: String) throws {
    try check(claim)
    try sql.execute(
      """
      INSERT INTO execution_report (execution_id, kind, format, content) VALUES (?, ?, ?, ?)
      ON CONFLICT (execution_id) DO UPDATE SET kind = excluded.kind, format = excluded.format, content = excluded.content
      """, claim.id, kind, format.rawValue, try Blobs.put(sql, text))
  }
}
