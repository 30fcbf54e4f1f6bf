package import JobModel
internal import Scheduling

extension Change {
  /// Asks for approval of the job as it is now.
  /// - Parameters:
  ///   - manifest: what is asked for, made from the job within this transaction.
  ///   - shownDigest: of what the person was shown; nil asks for what is there.
  /// - Throws: `.conflict` when something is asked for already, nothing need be, or what was shown is not what is there.
  package func requestApproval(
    of job: JobRecord, _ manifest: ApprovalManifest, message: String, shownDigest: String? = nil
  ) throws -> ApprovalRequestRecord {
    try TextRule.message(message)
    // Triggers run it for its owner, a run by hand is for the person at the keyboard: either may need the approval.
    let isNeeded = try [job.owner, caller.name].contains {
      try ApprovalQueries.isNeeded(sql, changesDevices: job.changesDevices, network: job.networkID, runsFor: $0)
    }
    guard isNeeded else {
      throw ModelError(
        .conflict,
        job.changesDevices
          ? "job '\(job.name)' needs no approval: its owner '\(job.owner)' and you may run it without"
          : "job '\(job.name)' needs no approval: it does not change devices")
    }
    let refusals = try [job.owner, caller.name].map { try AccountQueries.refusal(sql, of: $0, toRun: job) }
    if let refusal = refusals[0], refusals[1] != nil {
      throw ModelError(
        .notPermitted, "nothing would come of the approval: neither the job's owner nor you may run it; \(refusal)",
        hint: "netjob job edit \(job.name) by somebody who may run it makes it theirs")
    }
    guard manifest.job == job.name, manifest.revision == job.revision else {
      throw ModelError(.conflict, "job '\(job.name)' was changed by someone else meanwhile", hint: "look at it again")
    }
    let digest = try manifest.digest()
    if let shownDigest, shownDigest != digest {
      throw ModelError(
        .conflict, "what job '\(job.name)' would do changed while you looked at it", hint: "look at it again, and ask then")
    }
    if let open = try ApprovalQueries.latest(sql, job: job.id).first { try expireIfOld(open) }
    // A request for what would not run any more is in nobody's way.
    if let open = try ApprovalQueries.latest(sql, job: job.id).first, open.digest != digest {
      try resetApproval(of: job.id, because: "what it asked for changed, and \(caller.name) asked anew")
    }
    let latest = try ApprovalQueries.latest(sql, job: job.id).first
    _ = try ApprovalRules.next(latest?.status ?? .notRequested, .request, by: try actor(for: job, latest), of: job.name)
    let authors = try authors(of: job)
    let id = try sql.insert(
      """
      INSERT INTO approval_request
        (job_id, job, network, revision, digest, manifest, status, requested_by, requested_at, saved_by, authors, uids)
      VALUES (?, ?, ?, ?, ?, ?, 'requested', ?, ?, ?, ?, ?) RETURNING id
      """, job.id, job.name, job.network, job.revision, digest, try CanonicalJSON.text(manifest), caller.name, now, job.owner,
      authors.joined(separator: "\n"), try uidsBehindRequest(for: job))
    let request = try request(id)
    try record(
      "requested", message, of: request, action: "approval.request", "request \(id), revision \(job.revision), \(digest)")
    try notify(.requested, of: request, message: message)
    return request
  }

  /// Approves, rejects, comments or closes the job's latest request.
  /// - Parameter shownRequest: the request and revision that the person looked at; nil acts on what is there.
  /// - Throws: `.conflict` when the request moved meanwhile, or its state does not allow the event.
  package func decide(
    _ event: ApprovalEvent, on job: JobRecord, message: String, revision: Int? = nil, digest: String? = nil,
    shownRequest: Int64? = nil
  ) throws -> ApprovalRequestRecord {
    try TextRule.message(message)
    // A requester whose rights were taken away is a stranger like any other.
    try require(.view, network: job.networkID)
    guard let latest = try currentRequest(of: job) else {
      // The rules name what is refused and what to do; nobody's request is nobody's own.
      var actor = try actor(for: job, nil)
      if event == .approve { actor.isAuthor = false }
      _ = try ApprovalRules.next(job.changesDevices ? .notRequested : .notNeeded, event, by: actor, of: job.name)
      throw ModelError(.conflict, "the approval of job '\(job.name)' is not-requested")
    }
    if let revision, revision != job.revision || revision != latest.revision {
      throw ModelError(
        .conflict, "job '\(job.name)' is at revision \(job.revision), the request is for \(latest.revision), not for \(revision)",
        hint: "netjob approval show \(job.name) shows what is asked")
    }
    if let digest, digest != latest.digest {
      throw ModelError(
        .conflict, "what is asked for job '\(job.name)' has the digest \(latest.digest), not '\(TextRule.quoted(digest))'",
        hint: "netjob approval show \(job.name) shows what is asked")
    }
    if let shownRequest, shownRequest != latest.id {
      throw ModelError(.conflict, "the request moved meanwhile", hint: "netjob approval show \(job.name) shows what is asked now")
    }
    let actor = try actor(for: job, latest)
    if event == .approve && latest.approvals.contains(caller.name) {
      throw ModelError(
        .conflict, "user '\(caller.name)' has approved this request already",
        hint: "someone else has to, or nobody: see approval list")
    }
    let required = try SettingQueries.requiredApprovals(sql)
    // The votes of those who lost the right since do not count.
    let standing = try ApprovalQueries.standing(sql, latest, network: job.networkID)
    let status = try ApprovalRules.next(
      latest.status, event, by: actor, of: job.name, approvals: standing.count + 1, required: required)
    // A consumed approval belongs to its execution until that ends.
    if latest.executionID != nil && event != .comment {
      throw ModelError(.conflict, "the approval was used by an execution that still runs: it is closed when that ends")
    }
    if event == .approve {
      try requireSomebodyElse(than: latest)
      try sql.execute(
        "INSERT INTO approval_vote (request_id, user, time, uids) VALUES (?, ?, ?, ?)", latest.id, caller.name, now,
        caller.uidText)
    }
    try sql.execute(
      "UPDATE approval_request SET status = ?, approved_at = CASE WHEN ? = 'approved' THEN coalesce(approved_at, ?) ELSE approved_at END WHERE id = ?",
      status.rawValue, status.rawValue, now, latest.id)
    let request = try request(latest.id)
    try record(
      ApprovalLogWord.past(of: event), message, of: request, action: "approval.\(event.rawValue)",
      "request \(latest.id), now \(status.rawValue)")
    if let told = ApprovalLogWord.notification(of: event) { try notify(told, of: request, message: message) }
    return request
  }

  /// Puts an open request back to not-requested, because what it asked for was changed.
  package func resetApproval(of jobID: Int64, because reason: String) throws {
    guard let latest = try ApprovalQueries.latest(sql, job: jobID).first,
      latest.status == .requested || latest.status == .approved, latest.executionID == nil
    else { return }
    try sql.execute("UPDATE approval_request SET status = 'not-requested' WHERE id = ?", latest.id)
    try record("reset", reason, of: latest, action: "approval.reset", "request \(latest.id): \(reason)")
    try notify(.reset, of: try request(latest.id), message: reason)
  }

  /// Reopens approved requests that their approvals no longer cover, unless their execution began: more are needed now, or
  /// somebody may no longer approve.
  func reopenUncoveredApprovals() throws {
    // Both conditions on the status: the first is that of the index on open requests.
    let rows = try sql.rows(
      """
      SELECT id FROM approval_request
      WHERE status IN ('requested', 'approved') AND status = 'approved' AND execution_id IS NULL ORDER BY id
      """)
    for row in rows {
      let request = try request(try row.int64("id"))
      guard let job = try JobQueries.get(sql, id: request.jobID) else { continue }
      try reopenIfUncovered(request, network: job.networkID)
    }
  }

  /// Reopens an approved request that its approvals no longer cover.
  /// - Returns: whether it did.
  @discardableResult
  package func reopenIfUncovered(_ request: ApprovalRequestRecord, network: Int64) throws -> Bool {
    let required = try SettingQueries.requiredApprovals(sql)
    let standing = try ApprovalQueries.standing(sql, request, network: network)
    guard request.status == .approved, request.executionID == nil, standing.count < required else { return false }
    try sql.execute("UPDATE approval_request SET status = 'requested', approved_at = NULL WHERE id = ?", request.id)
    let lapsed = request.approvals.filter { !standing.contains($0) }
    // Who may approve again later is asked again: what they said then is in the log.
    for user in lapsed {
      try sql.execute("DELETE FROM approval_vote WHERE request_id = ? AND user = ?", request.id, user)
    }
    let why = lapsed.isEmpty ? "" : "; \(lapsed.joined(separator: ", ")) may no longer approve"
    let reason = "\(required) \(required == 1 ? "approval is" : "approvals are") needed, it has \(standing.count)\(why)"
    try record("reopened", reason, of: request, action: "approval.reopen", "request \(request.id)")
    try notify(.requested, of: try self.request(request.id), message: reason)
    return true
  }

  /// The job's latest request, after what time and lost rights have done to it.
  private func currentRequest(of job: JobRecord) throws -> ApprovalRequestRecord? {
    guard let latest = try ApprovalQueries.latest(sql, job: job.id).first else { return nil }
    try expireIfOld(latest)
    try reopenIfUncovered(try request(latest.id), network: job.networkID)
    return try request(latest.id)
  }

  /// Closes the approved requests that are older than the setting allows.
  package func expireApprovals() throws {
    for id in try ApprovalQueries.expired(sql, now: now) { try expireIfOld(try request(id)) }
  }

  private func expireIfOld(_ request: ApprovalRequestRecord) throws {
    guard let end = try ApprovalQueries.expiry(sql, of: request), end < now else { return }
    try expire(request, after: Int(try SettingQueries.value(sql, of: "approval.expires-after")) ?? 0)
  }

  /// Binds an approval to the one execution that it allows.
  /// - Throws: `.notApproved` when it was used or withdrawn meanwhile.
  package func consume(_ request: ApprovalRequestRecord, by execution: Int64, noting notes: [String]) throws {
    let changed = try sql.execute(
      "UPDATE approval_request SET execution_id = ? WHERE id = ? AND status = 'approved' AND execution_id IS NULL", execution,
      request.id)
    guard changed == 1 else { throw ModelError(.notApproved, "the approval was used or withdrawn meanwhile") }
    let message = (["execution \(execution)"] + notes).joined(separator: "; ")
    try record("executed", message, of: request, action: "approval.use", "request \(request.id), \(message)")
  }

  /// Closes the request whose execution ended.
  package func closeAfterExecution(requestID: Int64, execution: Int64, status: ExecutionStatus) throws {
    let changed = try sql.execute(
      "UPDATE approval_request SET status = 'closed' WHERE id = ? AND status = 'approved' AND execution_id = ?", requestID,
      execution)
    if changed == 1 {
      let request = try request(requestID)
      let reason = "execution \(execution) ended: \(status.rawValue)"
      try record("closed", reason, of: request, action: "approval.end", "request \(requestID), \(reason)")
      try notify(.closed, of: request, message: reason, execution: execution)
    }
  }

  /// Closes an approved request that is older than the setting allows.
  package func expire(_ request: ApprovalRequestRecord, after seconds: Int) throws {
    let changed = try sql.execute(
      "UPDATE approval_request SET status = 'closed' WHERE id = ? AND status = 'approved' AND execution_id IS NULL", request.id)
    guard changed == 1 else { return }
    let reason = "not used within \(seconds) seconds"
    try record("closed", reason, of: request, action: "approval.expire", "request \(request.id)")
    try notify(.closed, of: try self.request(request.id), message: reason)
  }

  private func request(_ id: Int64) throws -> ApprovalRequestRecord {
    guard let request = try ApprovalQueries.get(sql, id: id) else {
      throw StorageError(.corrupt, "approval request \(id) is missing")
    }
    return request
  }

  /// Everyone who had a hand in what is asked for since what an execution was last allowed for: in
  /// revisions and in triggers. What was approved and then withdrawn was read by nobody who stands for it.
  func authors(of job: JobRecord) throws -> [String] {
    let approved = try sql.row(
      "SELECT revision, requested_at FROM approval_request WHERE job_id = ? AND execution_id IS NOT NULL ORDER BY id DESC LIMIT 1",
      job.id)
    let revisions = try sql.rows(
      "SELECT DISTINCT saved_by, origin_authors FROM job_revision WHERE job_id = ? AND revision > ?", job.id,
      try approved?.int("revision") ?? 0)
    let triggers = try sql.rows(
      "SELECT DISTINCT saved_by FROM job_trigger WHERE job_id = ? AND saved_at > ? AND saved_by <> ''", job.id,
      try approved?.int64("requested_at") ?? 0)
    let origins = try revisions.flatMap { try $0.text("origin_authors").split(separator: "\n").map(String.init) }
    return Set(try (revisions + triggers).map { try $0.text("saved_by") } + origins).union([job.owner]).sorted()
  }

  /// Puts back the open requests that name a device which was changed.
  func resetApprovals(inNetwork network: String, because reason: String) throws {
    let rows = try sql.rows(
      "SELECT job_id FROM approval_request WHERE status IN ('requested', 'approved') AND execution_id IS NULL AND network = ?",
      network)
    for row in rows { try resetApproval(of: try row.int64("job_id"), because: reason) }
  }

  func resetApprovals(naming device: String, because reason: String) throws {
    let rows = try sql.rows("SELECT id FROM approval_request WHERE status IN ('requested', 'approved') AND execution_id IS NULL")
    for row in rows {
      let request = try request(try row.int64("id"))
      // One that cannot be read any more is in nobody's interest.
      let names = (try? request.manifest())?.devices.map(\.name)
      guard names?.contains(device) ?? true else { continue }
      try resetApproval(of: request.jobID, because: reason)
    }
  }

  private func actor(for job: JobRecord, _ request: ApprovalRequestRecord?) throws -> ApprovalActor {
    let rights = try AccountQueries.rights(sql, of: caller.name)
    return ApprovalActor(
      name: caller.name,
      isRequester: request?.requestedBy == caller.name,
      isAuthor: request.map { $0.savedBy == caller.name || $0.authors.contains(caller.name) } ?? (job.owner == caller.name),
      mayRequest: rights.allows(.editJob, network: job.networkID),
      mayApprove: rights.allows(.approveToolJob, network: job.networkID),
      isAdministrator: rights.allows(.administer, network: job.networkID))
  }

  /// Writes a line of the approval log, and the row of the audit log that vouches for it.
  private func record(
    _ event: String, _ message: String, of request: ApprovalRequestRecord, action: String, _ detail: String
  ) throws {
    let row = try sql.rows(
      """
      INSERT INTO approval_log (request_id, job_id, job, network, revision, time, user, event, message)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *
      """,
      [
        request.id.sqlValue, request.jobID.sqlValue, request.job.sqlValue, request.network.sqlValue, request.revision.sqlValue,
        now.sqlValue, caller.name.sqlValue, event.sqlValue, message.sqlValue,
      ]
    ).first
    guard let row else { throw StorageError(.corrupt, "the approval log took no row, so nothing was changed") }
    try audit(action, "job \(request.job)", detail + LoggedMessage(row).logged)
  }
}

/// The words of the approval log, which are those of the notifications.
enum ApprovalLogWord {
  static func past(of event: ApprovalEvent) -> String {
    switch event {
    case .request: "requested"
    case .approve: "approved"
    case .reject: "rejected"
    case .comment: "commented"
    case .close: "closed"
    case .reset: "reset"
    case .execute: "executed"
    }
  }

  /// What is told of a person's decision.
  static func notification(of event: ApprovalEvent) -> NotificationEvent? {
    switch event {
    case .approve: .approved
    case .reject: .rejected
    case .comment: .commented
    case .close: .closed
    // These are told where they are recorded.
    case .request, .reset, .execute: nil
    }
  }
}
