private import Arguments
private import JobModel
private import JobRunner
private import Reports
private import Scheduling
private import Storage
private import Terminal

extension ApprovalCommands {
  private static let job = Operand<String>("JOB", help: "the job's name or number", completion: .dynamic("job"))
  private static let logJob = OptionalOperand<String>(
    "JOB", help: "the job's name or number, a deleted one's too", completion: .dynamic("job"))
  private static let status = Option<ApprovalStatus>(
    "status", valueName: "STATUS", help: "only with this status",
    conversion: .choice(
      [.notRequested, .requested, .approved, .rejected, .closed].map { (word: ($0 as ApprovalStatus).rawValue, value: $0) }))
  private static let mine = Flag("mine", help: "only those that you asked for, or whose revision you saved")
  private static let waiting = Flag("waiting-for-me", help: "only those that wait for a decision and that you may approve")
  private static let all = Flag("all", help: "every request, not only the latest of each job; deleted jobs' too")
  private static let execution = Option<Int64>(
    "execution", valueName: "ID", help: "the log of the request that allowed this execution",
    conversion: .integer(in: 1...Int64.max))
  private static let shownJob = OptionalOperand<String>(
    "JOB", help: "the job's name or number: its latest request", completion: .dynamic("job"))
  private static let shownRequest = Option<Int64>(
    "request", valueName: "N", help: "the request with this number, an earlier one or a deleted job's",
    conversion: .integer(in: 1...Int64.max))
  private static let output = Option<String>(
    "output", valueName: "FORMAT", help: "html: a page on its own that prints on A4", conversion: .oneOf(["html"]))

  static let listAll = Command(
    ["approval", "list"], summary: "list the latest request of each job, the oldest first",
    discussion: """
      With who may still approve what waits for a decision, and what makes an open request stale: where something that was asked \
      for changed since, it will not run.
      """,
    needs: [.permission(.view)],
    parameters: [status, mine, waiting, all] + columns.parameters,
    examples: [
      Example("netjob approval list --status requested", "what waits for a decision"),
      Example("netjob approval list --waiting-for-me", "what waits for yours"),
    ], seeAlso: ["approval show"]
  ) { context, arguments in
    let catalogs = context.catalogs
    let caller = context.caller.name
    let rows = try context.store.read { sql -> [(view: View, drift: ApprovalGate.Drift)] in
      let rights = try AccountQueries.rights(sql, of: caller)
      var reader = try RequestReader(sql)
      var rows: [(View, ApprovalGate.Drift)] = []
      let requests = arguments[all] ? try ApprovalQueries.all(sql) : try ApprovalQueries.latest(sql).reversed()
      for request in requests {
        let job = try JobQueries.get(sql, id: request.jobID)
        // Those of a deleted network are for people who may see all.
        guard job != nil || arguments[all], rights.allows(.view, network: try reader.network(of: request)),
          arguments[status].map({ $0 == request.status }) ?? true,
          !arguments[mine] || [request.requestedBy, request.savedBy].contains(caller)
        else { continue }
        let view = try reader.view(request)
        if arguments[waiting] && !view.eligible.contains(caller) { continue }
        let isOpen = request.executionID == nil && (request.status == .requested || request.status == .approved)
        guard let job, isOpen else {
          rows.append((view, ApprovalGate.Drift()))
          continue
        }
        let keys = try context.store.keys()
        rows.append(
          (
            view,
            try ApprovalGate.drift(sql, job: job, request: request, catalogs: catalogs, keys: keys, now: context.clock())
          ))
      }
      return rows
    }
    columns.show(rows, context, arguments) {
      .object(
        document($0.view, context) + document($0.drift) + [.init("remark", .string(remark($0.view, $0.drift, context)))])
    }
    return .done
  }

  private static let columns = Listing<(view: View, drift: ApprovalGate.Drift)>(
    [
      .init("job"), .init("revision", .number, priority: 3), .init("status") { row, _ in cell(row.view.request.status) },
      .init("requestedBy", priority: 5), .init("requestedTime", .time, title: "REQUESTED"),
      .init("approvals", priority: 6) { row, _ in
        let standing = row.view.request.approvals.filter { !row.view.lapsed.contains($0) }
        return .text("\(standing.count)/\(row.view.required)" + (standing.isEmpty ? "" : ": " + names(standing)))
      },
      .init("network", priority: 1),
      .init("eligible", title: "MAY APPROVE", minimumWidth: 10, priority: 4) { row, _ in
        row.view.missing > 0 && row.view.eligible.isEmpty ? .status("nobody", .bad) : .text(names(row.view.eligible))
      },
      .init("remark", minimumWidth: 12, priority: 2) { row, context in .text(remark(row.view, row.drift, context)) },
      .init("approvedTime", .time, place: .onRequest), .init("expiresTime", .time, place: .onRequest),
    ],
    more: [
      "id", "savedBy", "authors", "required", "lapsed", "missing", "execution", "digest", "changedSince", "joined", "left",
    ])

  /// What is not as it was when it was asked for.
  private static func remark(_ view: View, _ drift: ApprovalGate.Drift, _ context: Context) -> String {
    var remarks: [String] = []
    if let first = drift.changes.first {
      remarks.append("stale: \(first)" + (drift.changes.count > 1 ? " and \(drift.changes.count - 1) more" : ""))
    }
    if view.isExpired(at: context.clock()) { remarks.append("expired") }
    if view.request.executionID != nil && view.request.status == .approved {
      remarks.append("used by execution \(view.request.executionID ?? 0)")
    }
    if !view.lapsed.isEmpty { remarks.append("\(names(view.lapsed)) may no longer approve") }
    if !drift.joined.isEmpty { remarks.append("joined: \(names(drift.joined.map(\.name)))") }
    if !drift.left.isEmpty { remarks.append("left: \(names(drift.left))") }
    return remarks.joined(separator: "; ")
  }

  static let show = Command(
    ["approval", "show"], summary: "show what is asked for",
    discussion: """
      Shows who asked, who approved and who may, what changed since, the next fires, the definition, the targets, the triggers \
      with their filters, the commands for each device, the tool's definition, the difference to what was approved last, and the \
      log.

      With --output html the same goes to standard output as one page that needs nothing else, for the file of a change board.
      """,
    needs: [.permission(.view)], parameters: [shownJob, shownRequest, output],
    constraints: [.exactlyOneOf([shownJob, shownRequest])],
    examples: [
      Example("netjob approval show add-route", "read what is asked before approving it"),
      Example("netjob approval show add-route --output html > request.html", "put it on paper"),
    ],
    seeAlso: ["approval approve", "approval log"]
  ) { context, arguments in
    if arguments.isGiven(output) && context.isJSON {
      throw ModelError(.invalid, "--output and --json exclude each other")
    }
    let keys = try context.store.keys()
    let sheet = try context.store.read { sql in
      if let number = arguments[shownRequest] { return try RequestSheet(sql, find(sql, number, context), keys: keys, context) }
      let job = try JobQueries.find(sql, arguments[shownJob] ?? "")
      try context.requireView(of: job.networkID, in: sql)
      return try RequestSheet(sql, try latest(sql, of: job), keys: keys, context)
    }
    if arguments.isGiven(output) {
      context.output.write(sheet.page(context).text)
      return .done
    }
    try context.show(sheet.document(context)) { try context.page(sheet.text(context)) }
    return .done
  }

  /// The request with this number, when the caller may see it.
  private static func find(_ sql: any SQLConnection, _ number: Int64, _ context: Context) throws -> ApprovalRequestRecord {
    guard let request = try ApprovalQueries.get(sql, id: number) else {
      throw ModelError(.notFound, "there is no approval request \(number)", hint: "netjob approval list --all shows them")
    }
    let network = try RequestReader(sql).network(of: request)
    let rights = try AccountQueries.rights(sql, of: context.caller.name)
    if !rights.allows(.view, network: network) {
      throw try AccountQueries.denied(sql, context.caller.name, .view, network: network)
    }
    return request
  }

  static let log = Command(
    ["approval", "log"], summary: "show who asked, decided and said what",
    discussion: """
      Everything that happened to the requests of a job, in order. It stays when the job is deleted: then its name finds the log, \
      or its number where a new job has taken the name.
      """,
    needs: [.permission(.view)],
    parameters: [logJob, execution] + logColumns.parameters, constraints: [.exactlyOneOf([logJob, execution])],
    examples: [
      Example("netjob approval log add-route", "everything about a job's approvals"),
      Example("netjob approval log --execution 42", "who allowed an execution"),
    ],
    seeAlso: ["approval show", "history show"]
  ) { context, arguments in
    let (lines, remark) = try context.store.read { sql -> ([ApprovalLogRecord], String?) in
      if let id = arguments[execution] {
        let execution = try HistoryCommands.find(sql, id, context)
        guard let request = execution.requestID else { return ([], "no request allowed execution \(id)") }
        return (try ApprovalQueries.log(sql, request: request), nil)
      }
      let name = arguments[logJob] ?? ""
      let rights = try AccountQueries.rights(sql, of: context.caller.name)
      let deleted = try ApprovalQueries.log(sql, ofDeletedJob: name)
      do {
        let job = try JobQueries.find(sql, name)
        try context.requireView(of: job.networkID, in: sql)
        let numbers = Set(deleted.filter { $0.job == job.name }.map(\.jobID)).sorted().map { "\($0)" }
        let remark =
          numbers.isEmpty || !rights.allows(.view, network: nil)
          ? nil : "deleted jobs had this name: netjob approval log \(names(numbers)) shows theirs"
        return (try ApprovalQueries.log(sql, job: job.id), remark)
      } catch let error as ModelError where error.code == .notFound {
        if deleted.isEmpty { throw error }
        // Their network may be gone as well: then it is for people who may see all.
        let networks = Dictionary(try NetworkQueries.all(sql).map { ($0.name, $0.id) }, uniquingKeysWith: { first, _ in first })
        let visible = deleted.filter { rights.allows(.view, network: networks[$0.network]) }
        if visible.isEmpty { throw try AccountQueries.denied(sql, context.caller.name, .view) }
        return (visible, nil)
      }
    }
    logColumns.show(lines, context, arguments) { document($0, context) }
    if let remark, !context.isJSON { context.note(remark) }
    return .done
  }
}
