package import JobModel
package import Scheduling

/// A request for approval, as stored.
package struct ApprovalRequestRecord: Equatable, Sendable {
  package var id: Int64
  package var jobID: Int64
  package var job: String
  package var network: String
  package var revision: Int
  package var digest: String
  package var manifestText: String
  package var status: ApprovalStatus
  package var requestedBy: String
  package var requestedAt: Timestamp
  /// Who saved the revision that is asked for.
  package var savedBy: String
  /// Everyone who had a hand in what is asked for since something was approved last; none of them can approve it.
  package var authors: [String]
  package var approvedAt: Timestamp?
  /// The execution that consumed it.
  package var executionID: Int64?
  /// Who approved so far, in order.
  package var approvals: [String]

  /// What was asked for.
  package func manifest() throws -> ApprovalManifest {
    do {
      return try CanonicalJSON.value(ApprovalManifest.self, from: manifestText)
    } catch {
      throw StorageError(.corrupt, "what approval request \(id) asked for cannot be read: \(error)")
    }
  }
}

/// One line of a job's approval log.
package struct ApprovalLogRecord: Equatable, Sendable {
  package var id: Int64
  package var requestID: Int64?
  package var jobID: Int64
  package var job: String
  /// The job's network then, which may be gone.
  package var network: String
  package var revision: Int
  package var time: Timestamp
  package var user: String
  package var event: String
  package var message: String
}

package enum ApprovalQueries {
  /// The latest request of each job, newest first; with `job`, of that one.
  package static func latest(_ sql: any SQLConnection, job: Int64? = nil) throws -> [ApprovalRequestRecord] {
    let newest = "SELECT * FROM approval_request WHERE id IN (SELECT max(id) FROM approval_request GROUP BY job_id)"
    let rows =
      if let job {
        try sql.rows("SELECT * FROM approval_request WHERE job_id = ? ORDER BY id DESC LIMIT 1", job)
      } else {
        try sql.rows("\(newest) ORDER BY id DESC")
      }
    return try rows.map { try record($0, sql) }
  }

  /// The request with this number.
  package static func get(_ sql: any SQLConnection, id: Int64) throws -> ApprovalRequestRecord? {
    try sql.row("SELECT * FROM approval_request WHERE id = ?", id).map { try record($0, sql) }
  }

  /// Every request, oldest first.
  package static func all(_ sql: any SQLConnection) throws -> [ApprovalRequestRecord] {
    try sql.rows("SELECT * FROM approval_request ORDER BY id").map { try record($0, sql) }
  }

  /// Who approved the request and may still approve now, in order.
  package static func standing(
    _ sql: any SQLConnection, _ request: ApprovalRequestRecord, network: Int64
  ) throws -> [String] {
    try request.approvals.filter { try AccountQueries.rights(sql, of: $0).allows(.approveToolJob, network: network) }
  }

  /// The users who may approve jobs of the network, by name.
  package static func approvers(_ sql: any SQLConnection, network: Int64) throws -> [String] {
    try sql.rows("SELECT name FROM account WHERE enabled = 1 ORDER BY name").map { try $0.text("name") }.filter {
      try AccountQueries.rights(sql, of: $0).allows(.approveToolJob, network: network)
    }
  }

  /// When an approval that is not used is closed; nil where it is not approved, was used, or never expires.
  package static func expiry(_ sql: any SQLConnection, of request: ApprovalRequestRecord) throws -> Timestamp? {
    guard request.status == .approved, request.executionID == nil, let time = request.approvedAt else { return nil }
    let limit = Int64(try SettingQueries.value(sql, of: "approval.expires-after")) ?? 0
    return limit > 0 ? time.adding(seconds: limit) : nil
  }

  /// The numbers of approved requests that were not used in time.
  package static func expired(_ sql: any SQLConnection, now: Timestamp) throws -> [Int64] {
    let limit = Int64(try SettingQueries.value(sql, of: "approval.expires-after")) ?? 0
    guard limit > 0 else { return [] }
    // Both conditions on the status: the first is that of the index on open requests.
    return try sql.rows(
      """
      SELECT id FROM approval_request
      WHERE status IN ('requested', 'approved') AND status = 'approved' AND execution_id IS NULL AND approved_at < ? ORDER BY id
      """, now.adding(seconds: -limit)
    ).map { try $0.int64("id") }
  }

  /// The last request of the job that was approved and not rejected after all, for the difference to it.
  package static func lastApproved(
    _ sql: any SQLConnection, job: Int64, before request: Int64
  ) throws -> ApprovalRequestRecord? {
    try sql.row(
      """
      SELECT * FROM approval_request WHERE job_id = ? AND id < ? AND approved_at IS NOT NULL AND status <> 'rejected'
      ORDER BY id DESC LIMIT 1
      """, job, request
    ).map { try record($0, sql) }
  }

  /// The job's status: that of its latest request, `not-needed` where the owner or tool needs none.
  package static func status(_ sql: any SQLConnection, of job: JobRecord) throws -> ApprovalStatus {
    guard job.changesDevices else { return .notNeeded }
    let row = try sql.row("SELECT status FROM approval_request WHERE job_id = ? ORDER BY id DESC LIMIT 1", job.id)
    let latest = try row?.choice("status", as: ApprovalStatus.self) ?? .notRequested
    // An open request counts even where the owner needs none: it may be for runs by hand of somebody who does.
    if latest == .requested || latest == .approved { return latest }
    let isNeeded = try isNeeded(sql, changesDevices: true, network: job.networkID, runsFor: job.owner)
    return isNeeded ? latest : .notNeeded
  }

  /// Whether a job that changes devices, or not, needs approval when it runs for `user`.
  package static func isNeeded(
    _ sql: any SQLConnection, changesDevices: Bool, network: Int64, runsFor user: String
  ) throws -> Bool {
    guard changesDevices else { return false }
    return try !AccountQueries.rights(sql, of: user).allows(.runToolJobWithoutApproval, network: network)
  }

  /// The messages and state changes of a job by its number, or of one request, oldest first.
  package static func log(_ sql: any SQLConnection, job: Int64? = nil, request: Int64? = nil) throws -> [ApprovalLogRecord] {
    let rows =
      if let request {
        try sql.rows("SELECT * FROM approval_log WHERE request_id = ? ORDER BY id", request)
      } else {
        try sql.rows("SELECT * FROM approval_log WHERE job_id = ? ORDER BY id", job)
      }
    return try rows.map(logRecord)
  }

  /// The messages and state changes of deleted jobs that had this name or number, oldest first.
  package static func log(_ sql: any SQLConnection, ofDeletedJob name: String) throws -> [ApprovalLogRecord] {
    try sql.rows(
      """
      SELECT * FROM approval_log WHERE (job = ? OR job_id = ?) AND NOT EXISTS (SELECT 1 FROM job j WHERE j.id = job_id)
      ORDER BY id
      """, name, Int64(name)
    ).map(logRecord)
  }

  private static func logRecord(_ row: SQLRow) throws -> ApprovalLogRecord {
    ApprovalLogRecord(
      id: try row.int64("id"), requestID: try row.optionalInt64("request_id"), jobID: try row.int64("job_id"),
      job: try row.text("job"), network: try row.text("network"), revision: try row.int("revision"),
      time: try row.timestamp("time"), user: try row.text("user"),
      event: try row.text("event"), message: try row.text("message"))
  }

  /// How many requests wait for a decision by `user`, for the banner.
  package static func waiting(_ sql: any SQLConnection, for user: String) throws -> Int {
    let rights = try AccountQueries.rights(sql, of: user)
    guard rights.allowsAnywhere(.approveToolJob) else { return 0 }
    // The first condition is that of the index on open requests, which leaves out all that was ever decided.
    let rows = try sql.rows(
      """
      SELECT j.network_id, r.id, r.authors FROM approval_request r JOIN job j ON j.id = r.job_id
      WHERE r.status IN ('requested', 'approved') AND r.status = 'requested' AND r.requested_by <> ? AND r.saved_by <> ?
        AND NOT EXISTS (SELECT 1 FROM approval_vote v WHERE v.request_id = r.id AND v.user = ?)
      """, user, user, user)
    return try rows.filter {
      try rights.allows(.approveToolJob, network: $0.int64("network_id"))
        && !$0.text("authors").split(separator: "\n").contains(user[...])
    }.count
  }

  private static func record(_ row: SQLRow, _ sql: any SQLConnection) throws -> ApprovalRequestRecord {
    let id = try row.int64("id")
    let votes = try sql.rows("SELECT user FROM approval_vote WHERE request_id = ? ORDER BY time, user", id)
    return ApprovalRequestRecord(
      id: id, jobID: try row.int64("job_id"), job: try row.text("job"), network: try row.text("network"),
      revision: try row.int("revision"), digest: try row.text("digest"), manifestText: try row.text("manifest"),
      status: try row.choice("status", as: ApprovalStatus.self), requestedBy: try row.text("requested_by"),
      requestedAt: try row.timestamp("requested_at"), savedBy: try row.text("saved_by"),
      authors: try row.text("authors").split(separator: "\n").map(String.init),
      approvedAt: try row.optionalTimestamp("approved_at"), executionID: try row.optionalInt64("execution_id"),
      approvals: try votes.map { try $0.text("user") })
  }
}
