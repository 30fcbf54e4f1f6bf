internal import JobModel

extension Caller {
  /// The user ids behind the caller, as the columns hold them.
  var uidText: String { Set(uids).sorted().map(String.init).joined(separator: " ") }
}

extension Change {
  /// The user ids behind a new request: the requester's, and those of everyone who had a hand in what is asked for since what an
  /// execution was last allowed for.
  func uidsBehindRequest(for job: JobRecord) throws -> String {
    try uids(behind: job).union(caller.uidText.split(separator: " ").map(String.init)).sorted().joined(separator: " ")
  }

  private func uids(behind job: JobRecord) throws -> Set<String> {
    let approved = try sql.row(
      "SELECT revision, requested_at FROM approval_request WHERE job_id = ? AND execution_id IS NOT NULL ORDER BY id DESC LIMIT 1",
      job.id)
    let rows = try sql.rows(
      """
      SELECT saved_uids AS uids FROM job_revision WHERE job_id = ? AND revision > ?
      UNION SELECT saved_uids FROM job_trigger WHERE job_id = ? AND saved_at > ?
      """, job.id, try approved?.int("revision") ?? 0, job.id, try approved?.int64("requested_at") ?? 0)
    return Set(try rows.flatMap { try $0.text("uids").split(separator: " ") }.map(String.init))
  }

  /// Notes with the first revision of a copy who had a hand in what it was copied from.
  func noteOrigin(_ origin: JobRecord, of copy: Int64) throws {
    let uids = try uids(behind: origin).union(caller.uidText.split(separator: " ").map(String.init)).sorted()
    try sql.execute(
      "UPDATE job_revision SET origin_authors = ?, saved_uids = ? WHERE job_id = ? AND revision = 1",
      try authors(of: origin).joined(separator: "\n"), uids.joined(separator: " "), copy)
  }

  /// Checks that the caller is nobody who had a hand in the request, or approved it already, under another name: by way of an
  /// account that they may become, of a second account with the same user id, or of a name in other letters.
  /// - Throws: `.notPermitted`, `.conflict` for a second approval.
  func requireSomebodyElse(than request: ApprovalRequestRecord) throws {
    let own = Set(caller.uidText.split(separator: " ").map(String.init))
    func isSame(_ uids: String) -> Bool { !own.isDisjoint(with: uids.split(separator: " ").map(String.init)) }
    func isSame(name: String) -> Bool { name.lowercased() == caller.name.lowercased() }
    let uids = try sql.row("SELECT uids FROM approval_request WHERE id = ?", request.id)?.text("uids") ?? ""
    if isSame(uids) || ([request.requestedBy, request.savedBy] + request.authors).contains(where: isSame(name:)) {
      throw ModelError(
        .notPermitted,
        "user '\(caller.name)' cannot approve this request: the same login\(loginText) asked for it or saved what it asks for",
        hint: "somebody who logged in as themselves has to approve it")
    }
    for vote in try sql.rows("SELECT user, uids FROM approval_vote WHERE request_id = ?", request.id) {
      let name = try vote.text("user")
      if try isSame(vote.text("uids")) || isSame(name: name) {
        throw ModelError(
          .conflict, "the same login\(loginText) has approved this request already, as user '\(name)'",
          hint: "somebody else has to, who logged in as themselves")
      }
    }
  }

  private var loginText: String { caller.loginUID.map { " (uid \($0))" } ?? "" }
}
