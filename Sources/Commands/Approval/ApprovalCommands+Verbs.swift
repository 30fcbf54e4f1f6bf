private import Arguments
private import JobModel
private import JobRunner
private import Scheduling
private import Storage
private import Terminal

extension ApprovalCommands {
  private static let job = Operand<String>("JOB", help: "the job's name or number", completion: .dynamic("job"))
  private static let message = RequiredOption<String>(
    "message", short: "m", valueName: "TEXT", help: "what the others should know; kept in the approval log")
  private static let revision = Option<Int>(
    "revision", valueName: "N", help: "refuse when the job or the request is at another revision than this",
    conversion: .integer(in: 1...Int.max))
  private static let requests = ["approval show", "approval log", "run-due"]

  static let request = Command(
    ["approval", "request"], summary: "ask for approval of a job as it is now",
    discussion: "Freezes what is asked for: the job's definition, its triggers, and the commands for each device that matches now.",
    needs: [.permission(.editJob)], parameters: [job, message],
    examples: [Example("netjob approval request route-lab -m 'CHG-1042: new branch'", "ask for approval")],
    exitCodes: [ExitCode(6, "approval is requested or given already, or is not needed")], seeAlso: requests
  ) { context, arguments in
    let catalogs = context.catalogs
    let (request, required, manifest) = try context.store.change(as: context.caller) { change in
      let job = try JobQueries.find(change.sql, arguments[job])
      try context.requireView(of: job.networkID, in: change.sql)
      let plan = try JobPlan.make(change.sql, job: job, catalogs: catalogs, keys: change.keys, now: change.now)
      try plan.requireNoProblems()
      let manifest = try plan.manifest(change.sql, catalogs: catalogs, keys: change.keys)
      let request = try change.requestApproval(of: job, manifest, message: arguments[message])
      return (request, try SettingQueries.requiredApprovals(change.sql), manifest)
    }
    context.show(document(request, required: required)) {
      context.output.write(escapeControls(ManifestText.text(manifest), .block))
      context.output.writeLine("digest: \(request.digest)")
      context.note(
        "approval of job '\(request.job)' revision \(request.revision) requested; \(required) other \(required == 1 ? "person has" : "people have") to approve it"
      )
      if manifest.devices.isEmpty { context.warn("no device matches the job's targets now") }
    }
    return .done
  }

  static let approve = decision(
    "approve", .approve, summary: "approve a job that asks for it",
    discussion: """
      Neither the person who asked nor the one who saved the revision can approve it. Where two or three approvals are required
      (setting approval.required-count), they are by as many different people.
      """, takesRevision: true)
  static let reject = decision(
    "reject", .reject, summary: "reject a job that asks for approval",
    discussion: "One rejection is enough, also of a job that is approved and has not run.", takesRevision: true)
  static let comment = decision(
    "comment", .comment, summary: "add a message to a job's approval log", discussion: "", takesRevision: false)
  static let close = decision(
    "close", .close, summary: "close a request",
    discussion: "The person who asked can, and an administrator. To run the job then takes a new request.", takesRevision: false)

  private static func decision(
    _ verb: String, _ event: ApprovalEvent, summary: String, discussion: String, takesRevision: Bool
  ) -> Command {
    let needs: Need =
      switch event {
      case .approve, .reject: .permission(.approveToolJob)
      case .comment: .oneOf([.approveToolJob, .editJob])
      default: .oneOf([.editJob, .administer])
      }
    return Command(
      ["approval", verb], summary: summary, discussion: discussion, needs: [needs],
      parameters: takesRevision ? [job, message, revision] : [job, message],
      examples: [Example("netjob approval \(verb) route-lab -m 'looked at it with the carrier'", summary)],
      exitCodes: [ExitCode(6, "the request is in another state, or moved meanwhile")], seeAlso: requests
    ) { context, arguments in
      try decide(event, context, name: arguments[job], message: arguments[message], takesRevision ? arguments[revision] : nil)
    }
  }

  private static func decide(
    _ event: ApprovalEvent, _ context: Context, name: String, message: String, _ revision: Int?
  ) throws -> ExitStatus {
    let (request, required) = try context.store.change(as: context.caller) { change in
      let job = try JobQueries.find(change.sql, name)
      try context.requireView(of: job.networkID, in: change.sql)
      let request = try change.decide(event, on: job, message: message, revision: revision)
      return (request, try SettingQueries.requiredApprovals(change.sql))
    }
    context.show(document(request, required: required)) {
      context.note("job '\(request.job)' revision \(request.revision): \(request.status.rawValue)")
      switch (event, request.status) {
      case (.approve, .requested): context.note("\(request.approvals.count) of \(required) approvals; others have to approve it too")
      case (.approve, .approved): context.note("it runs once: at its next trigger, or with netjob job run \(request.job)")
      default: break
      }
    }
    return .done
  }

  private static let status = Option<ApprovalStatus>(
    "status", valueName: "STATUS", help: "list requests with this status only",
    conversion: .choice(
      [ApprovalStatus.notRequested, .requested, .approved, .rejected, .closed].map { (word: $0.rawValue, value: $0) }))
  private static let mine = Flag("mine", help: "list only what you asked for, or could approve")

  static let listAll = Command(
    ["approval", "list"], summary: "list the latest approval request of each job", needs: [.permission(.view)],
    parameters: [status, mine],
    examples: [
      Example("netjob approval list --status requested", "list what waits for a decision"),
      Example("netjob approval list --mine", "list what concerns you"),
    ], seeAlso: requests
  ) { context, arguments in
    let (requests, required) = try context.store.read { sql in
      let rights = try AccountQueries.rights(sql, of: context.caller.name)
      let networks = Dictionary(try NetworkQueries.all(sql).map { ($0.name, $0.id) }, uniquingKeysWith: { first, _ in first })
      let requests = try ApprovalQueries.latest(sql).filter { request in
        guard rights.allows(.view, network: networks[request.network]) else { return false }
        if let status = arguments[status], request.status != status { return false }
        guard arguments[mine] else { return true }
        let isOwn = request.requestedBy == context.caller.name || request.savedBy == context.caller.name
        return isOwn
          || (request.status == .requested && rights.allows(.approveToolJob, network: networks[request.network])
            && !request.approvals.contains(context.caller.name))
      }
      return (requests, try SettingQueries.requiredApprovals(sql))
    }
    context.show(.array(requests.map { document($0, required: required) })) {
      var table = Table(columns: [
        .init("JOB"), .init("REVISION", alignment: .right, priority: 2), .init("STATUS"), .init("REQUESTED BY"),
        .init("REQUESTED"), .init("APPROVALS"), .init("BY", priority: 1),
      ])
      for request in requests {
        table.append([
          .text(request.job), .int(request.revision), .status(request.status.rawValue, role(request.status)),
          .text(request.requestedBy), context.cell(request.requestedAt), .text("\(request.approvals.count)/\(required)"),
          .list(request.approvals),
        ])
      }
      table.write(to: context.output)
    }
    return .done
  }

  static let show = Command(
    ["approval", "show"], summary: "show what is asked for: definition, triggers, commands for each device",
    discussion: "Shows the request as it was frozen, how it differs from the last one that was approved, and what changed since.",
    needs: [.permission(.view)], parameters: [job],
    examples: [Example("netjob approval show route-lab", "show the request of the job 'route-lab'")], seeAlso: requests
  ) { context, arguments in
    let catalogs = context.catalogs
    let keys = try context.store.keys()
    let view = try context.store.read { sql in
      let job = try JobQueries.find(sql, arguments[job])
      try context.requireView(of: job.networkID, in: sql)
      guard let request = try ApprovalQueries.latest(sql, job: job.id).first else {
        throw ModelError(
          .notFound, "approval of job '\(job.name)' was never requested",
          hint: "netjob approval request \(job.name) -m MESSAGE")
      }
      let before = try ApprovalQueries.lastApproved(sql, job: job.id, before: request.id)
      var stale: [String] = []
      var joined: [String] = []
      if request.status == .requested || request.status == .approved {
        let plan = try JobPlan.make(sql, job: job, catalogs: catalogs, keys: keys, now: context.clock())
        let difference = try plan.manifest(sql, catalogs: catalogs, keys: keys).compared(to: try request.manifest())
        stale = difference.changes + plan.problems.map { "device '\($0.device)': \($0.message)" }
        joined = difference.joined
      }
      return View(
        request: request, manifest: try request.manifest(), before: try before?.manifest(),
        required: try SettingQueries.requiredApprovals(sql), log: try ApprovalQueries.log(sql, request: request.id), stale: stale,
        joined: joined)
    }
    try context.show(view.document) { try view.write(context) }
    return .done
  }

  private struct View {
    let request: ApprovalRequestRecord
    let manifest: ApprovalManifest
    let before: ApprovalManifest?
    let required: Int
    let log: [ApprovalLogRecord]
    let stale: [String]
    let joined: [String]

    private var difference: String? { before.map { ManifestText.difference(from: $0, to: manifest) } }

    var document: JSONValue {
      .object(
        ApprovalCommands.members(request, required: required) + ManifestText.document(manifest) + [
          .init("differenceToLastApproved", .optional(difference)), .init("changedSince", .strings(stale)),
          .init("joinedSince", .strings(joined)), .init("log", .array(log.map { ApprovalCommands.document($0) })),
        ])
    }

    func write(_ context: Context) throws {
      var text = "status: \(request.status.rawValue), \(request.approvals.count) of \(required) approvals"
      if !request.approvals.isEmpty { text += " (\(request.approvals.joined(separator: ", ")))" }
      text += "\nrequested by: \(request.requestedBy) at \(request.requestedAt.rfc3339)\n"
      if request.savedBy != request.requestedBy { text += "revision saved by: \(request.savedBy)\n" }
      for reason in stale { text += "CHANGED SINCE: \(reason)\n" }
      if !joined.isEmpty { text += "joined since: \(joined.joined(separator: ", "))\n" }
      text += "\n" + ManifestText.text(manifest) + "digest: \(request.digest)\n"
      if let difference {
        text += difference.isEmpty ? "\nthe same as was approved last\n" : "\nDifference to what was approved last:\n" + difference
      }
      text += "\nMessages:\n"
      for entry in log { text += "\(entry.time.rfc3339)  \(entry.user)  \(entry.event): \(entry.message)\n" }
      try context.page(escapeControls(text, .block))
    }
  }

  private static let logJob = OptionalOperand<String>("JOB", help: "the job's name or number", completion: .dynamic("job"))
  private static let execution = Option<Int64>(
    "execution", valueName: "ID", help: "show the record of the approval that allowed this execution",
    completion: .dynamic("execution"), conversion: .integer(in: 1...Int64.max))

  static let log = Command(
    ["approval", "log"], summary: "show who asked, approved, rejected and said what", needs: [.permission(.view)],
    parameters: [logJob, execution], constraints: [.exactlyOneOf([logJob, execution])],
    examples: [
      Example("netjob approval log route-lab", "show all messages of a job"),
      Example("netjob approval log --execution 12", "show the approval that allowed execution 12"),
    ], seeAlso: ["approval show", "history show"]
  ) { context, arguments in
    let log = try context.store.read { sql in
      if let id = arguments[execution] {
        let execution = try ExecutionQueries.find(sql, id)
        try context.requireView(of: execution.networkID, in: sql)
        guard let request = execution.requestID else { return [ApprovalLogRecord]() }
        return try ApprovalQueries.log(sql, request: request)
      }
      let job = try JobQueries.find(sql, arguments[logJob] ?? "")
      try context.requireView(of: job.networkID, in: sql)
      return try ApprovalQueries.log(sql, job: job.id)
    }
    context.show(.array(log.map { document($0) })) { table(log, context).write(to: context.output) }
    return .done
  }
}
