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

  /// Why a report of a network cannot be mailed to somebody; nil where it can.
  package static func problem(
    _ sql: any SQLConnection, ofMailingTo recipient: String, network: Int64
  ) throws -> String? {
    if recipient.contains("@") {
      do throws(ModelError) { try MailAddress.check(recipient) } catch { return error.message }
    } else if let problem = try AccountQueries.problem(sql, ofMailing: recipient, network: network) {
      return problem
    }
    return try SettingQueries.value(sql, of: "mail.server").isEmpty ? "there is no mail server (setting mail.server)" : nil
  }
}

extension ReportRecord {
  /// What the report is called as a file: `inventory-branches-42.html`.
  package func fileName(network: String) -> String {
    "\(kind)-\(network)-\(executionID).\(format == .text ? "txt" : format.rawValue)"
  }
}

extension Change {
  /// Keeps a report with its execution and puts it into the outbox, once for each of `recipients`.
  /// - Parameter recipients: names of users and mail addresses.
  /// - Returns: those it cannot be mailed to, each with the reason.
  package func keepReport(
    _ claim: ExecutionClaim, _ kind: String, _ format: ReportFormat, text: String, mailTo recipients: [String] = []
  ) throws -> [String] {
    try check(claim)
    try sql.execute(
      """
      INSERT INTO execution_report (execution_id, kind, format, content) VALUES (?, ?, ?, ?)
      ON CONFLICT (execution_id) DO UPDATE SET kind = excluded.kind, format = excluded.format, content = excluded.content
      """, claim.id, kind, format.rawValue, try Blobs.put(sql, text))
    let execution = try ExecutionQueries.find(sql, claim.id)
    var notice = Notice(.completed, time: now, actor: execution.user)
    notice.name(execution)
    notice.report = ReportRecord(executionID: claim.id, kind: kind, format: format, text: "").fileName(network: execution.network)
    var problems: [String] = []
    for recipient in recipients {
      if let problem = try ReportQueries.problem(sql, ofMailingTo: recipient, network: execution.networkID) {
        problems.append("\(recipient): \(problem)")
        continue
      }
      // An execution that another process took over makes its report anew, and mails it once all the same.
      let topic = "report-\(claim.id)-\(recipient)"
      if try sql.row("SELECT 1 AS one FROM outbox WHERE topic = ?", topic) != nil { continue }
      try post(notice, [(.mail, recipient)], network: execution.networkID, topic: topic, report: claim.id)
    }
    return problems
  }
}
