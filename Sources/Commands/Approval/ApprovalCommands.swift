package import Arguments
package import JobModel
internal import JobRunner
internal import Storage
internal import Terminal

/// `netjob approval`: a second person's consent to jobs that change devices.
package enum ApprovalCommands {
  package static let group = CommandGroup(
    "approval", section: Sections.approval, summary: "a second person's consent to jobs that change devices",
    discussion: """
      A job that changes devices runs only with approval, unless the user that it runs for may run it without. A request freezes \
      what is asked for: the definition, the tool, the triggers and the commands for each device. An edit of any of it takes the \
      request back. An approval allows one execution.
      """, defaultVerb: "list")

  package static let list: [Command] = [request, approve, reject, comment, close, listAll, show, log]

  /// A request for `--json`.
  static func document(_ view: View, _ context: Context) -> [JSONValue.Member] {
    let request = view.request
    return [
      .init("id", .integer(request.id)), .init("job", .string(request.job)), .init("network", .string(request.network)),
      .init("revision", .int(request.revision)), .init("status", .string(request.status.rawValue)),
      .init("requestedBy", .string(request.requestedBy)), .init("requestedTime", context.json(request.requestedAt)),
      .init("savedBy", .string(request.savedBy)), .init("authors", .strings(request.authors)),
      .init("required", .int(view.required)), .init("approvals", .strings(request.approvals)),
      .init("lapsed", .strings(view.lapsed)), .init("missing", .int(view.missing)), .init("eligible", .strings(view.eligible)),
      .init("approvedTime", context.json(request.approvedAt)), .init("expiresTime", context.json(view.expires)),
      .init("execution", .optional(request.executionID)), .init("digest", .string(request.digest)),
    ]
  }

  /// What became of it since, for `--json`.
  static func document(_ drift: ApprovalGate.Drift) -> [JSONValue.Member] {
    [
      .init("changedSince", .strings(drift.changes)), .init("joined", .strings(drift.joined.map(\.name))),
      .init("left", .strings(drift.left)),
    ]
  }

  /// A line of the approval log for `--json`.
  static func document(_ line: ApprovalLogRecord, _ context: Context) -> JSONValue {
    [
      "time": context.json(line.time), "user": .string(line.user), "event": .string(line.event),
      "message": .string(line.message), "job": .string(line.job), "revision": .int(line.revision),
      "request": .optional(line.requestID),
    ]
  }

  static let logColumns = Listing<ApprovalLogRecord>(
    [
      .init("time", .time), .init("user"), .init("event"), .init("revision", .number, priority: 1),
      .init("message", minimumWidth: 20),
    ], more: ["job", "request"])

  static func cell(_ status: ApprovalStatus) -> Cell {
    let role: Style.Role =
      switch status {
      case .approved: .good
      case .rejected: .bad
      case .requested: .warning
      case .notRequested, .closed, .notNeeded: .plain
      }
    return .status(status.rawValue, role)
  }

  /// A few names, and how many more there are.
  static func names(_ names: [String], most: Int = 3) -> String {
    // "and 1 more" is no shorter than the one.
    if names.count <= most + 1 { return names.joined(separator: ", ") }
    return names.prefix(most).joined(separator: ", ") + " and \(names.count - most) more"
  }

  /// The job's latest request.
  /// - Throws: `.conflict` when there is none.
  static func latest(_ sql: any SQLConnection, of job: JobRecord) throws -> ApprovalRequestRecord {
    guard let request = try ApprovalQueries.latest(sql, job: job.id).first else {
      throw ModelError(
        .conflict, "no approval was requested for job '\(job.name)'",
        hint: "netjob approval request \(job.name) -m MESSAGE asks for it")
    }
    return request
  }
}

extension ApprovalStatus: ArgumentValue {}
