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
  private static let execution = Option<Int64>(
    "execution", valueName: "ID", help: "the log of the request that allowed this execution",
    conversion: .integer(in: 1...Int64.max))

  static let listAll = Command(
    ["approval", "list"], summary: "list the latest request of each job", needs: [.permission(.view)],
    parameters: [status, mine],
    examples: [Example("netjob approval list --status requested", "what waits for a decision")], seeAlso: ["approval show"]
  ) { context, arguments in
    let views = try context.store.read { sql in
      let rights = try AccountQueries.rights(sql, of: context.caller.name)
      let networks = Dictionary(try NetworkQueries.all(sql).map { ($0.name, $0.id) }, uniquingKeysWith: { first, _ in first })
      let required = try SettingQueries.requiredApprovals(sql)
      return try ApprovalQueries.latest(sql).filter { request in
        // Those of a deleted network are for people who may see all.
        rights.allows(.view, network: networks[request.network])
          && (arguments[status].map { $0 == request.status } ?? true)
          && (!arguments[mine] || [request.requestedBy, request.savedBy].contains(context.caller.name))
      }.map { View(request: $0, required: required) }
    }
    context.show(.array(views.map { .object(document($0, context)) })) {
      var table = Table(columns: [
        .init("JOB"), .init("REVISION", alignment: .right), .init("STATUS"), .init("REQUESTED BY"), .init("REQUESTED"),
        .init("APPROVALS"), .init("NETWORK", priority: 1),
      ])
      for view in views {
        let request = view.request
        let names = request.approvals.isEmpty ? "" : ": " + request.approvals.joined(separator: ", ")
        table.append([
          .text(request.job), .int(request.revision), cell(request.status), .text(request.requestedBy),
          context.cell(request.requestedAt), .text("\(request.approvals.count)/\(view.required)\(names)"),
          .text(request.network),
        ])
      }
      table.write(to: context.output)
    }
    return .done
  }

  static let show = Command(
    ["approval", "show"], summary: "show what is asked for",
    discussion: """
      Shows the definition, the targets, the triggers, the commands for each device, the tool's definition, the approvals so \
      far, and the difference to what was approved last.
      """,
    needs: [.permission(.view)], parameters: [job],
    examples: [Example("netjob approval show add-route", "read what is asked before approving it")],
    seeAlso: ["approval approve", "approval log"]
  ) { context, arguments in
    let catalogs = context.catalogs
    let keys = try context.store.keys()
    let (view, log, approvedBefore, stale) = try context.store.read { sql in
      let job = try JobQueries.find(sql, arguments[job])
      try context.requireView(of: job.networkID, in: sql)
      let view = try latest(sql, of: job)
      return (
        view, try ApprovalQueries.log(sql, request: view.request.id),
        try ApprovalQueries.lastApproved(sql, job: job.id, before: view.request.id),
        try ApprovalGate.staleness(
          sql, job: job, request: view.request, catalogs: catalogs, keys: keys, now: context.clock())
      )
    }
    let manifest = try view.request.manifest()
    let difference = try approvedBefore.map { try Self.difference(from: $0, to: view.request) }
    let more: [JSONValue.Member] = [
      .init("manifest", document(manifest)),
      .init("lastApproved", .optional(approvedBefore.map { Int64($0.revision) })), .init("difference", .optional(difference)),
      .init("changedSince", .strings(stale)), .init("log", .array(log.map { document($0, context) })),
    ]
    try context.show(.object(document(view, context) + more)) {
      try context.page(text(view, manifest, log, approvedBefore, difference, stale, context))
    }
    return .done
  }

  static let log = Command(
    ["approval", "log"], summary: "show who asked, decided and said what", needs: [.permission(.view)],
    parameters: [logJob, execution], constraints: [.exactlyOneOf([logJob, execution])],
    examples: [
      Example("netjob approval log add-route", "everything about a job's approvals"),
      Example("netjob approval log --execution 42", "who allowed an execution"),
    ],
    seeAlso: ["approval show", "history show"]
  ) { context, arguments in
    let lines = try context.store.read { sql in
      if let id = arguments[execution] {
        let execution = try HistoryCommands.find(sql, id, context)
        return try execution.requestID.map { try ApprovalQueries.log(sql, request: $0) } ?? []
      }
      let name = arguments[logJob] ?? ""
      do {
        let job = try JobQueries.find(sql, name)
        try context.requireView(of: job.networkID, in: sql)
        return try ApprovalQueries.log(sql, job: job.id)
      } catch let error as ModelError where error.code == .notFound {
        let lines = try ApprovalQueries.log(sql, ofDeletedJob: name)
        if lines.isEmpty { throw error }
        // Its network may be gone as well: for people who may see all.
        let rights = try AccountQueries.rights(sql, of: context.caller.name)
        if !rights.allows(.view, network: nil) { throw try AccountQueries.denied(sql, context.caller.name, .view) }
        return lines
      }
    }
    context.show(.array(lines.map { document($0, context) })) { table(lines, context).write(to: context.output) }
    return .done
  }

  // MARK: what is asked

  private static func difference(from old: ApprovalRequestRecord, to new: ApprovalRequestRecord) throws -> String {
    UnifiedDiff(
      from: ManifestText.render(try old.manifest(), .whole), to: ManifestText.render(try new.manifest(), .whole)
    ).text(oldLabel: "approved, revision \(old.revision)", newLabel: "asked for, revision \(new.revision)")
  }

  private static func text(
    _ view: View, _ manifest: ApprovalManifest, _ log: [ApprovalLogRecord], _ before: ApprovalRequestRecord?,
    _ difference: String?, _ stale: [String], _ context: Context
  ) -> String {
    let request = view.request
    let style = context.output.style
    func heading(_ text: String) -> String { "\n" + style.apply(.heading, escapeControls(text)) + "\n" }
    let names = request.approvals.isEmpty ? "" : " (\(request.approvals.joined(separator: ", ")))"
    var text = escapeControls("status      \(request.status.rawValue)") + "\n"
    text += escapeControls("asked by    \(request.requestedBy), \(request.requestedAt.rfc3339)") + "\n"
    text += escapeControls("approvals   \(request.approvals.count) of \(view.required)\(names)") + "\n"
    text += "digest      \(request.digest)\n"
    for reason in stale { text += style.apply(.bad, escapeControls("changed     \(reason)")) + "\n" }
    text += heading("What is asked for") + ManifestText.render(manifest, .whole)
    if let before, let difference {
      text += heading("Difference to revision \(before.revision), approved \((before.approvedAt ?? before.requestedAt).rfc3339)")
      text += difference.isEmpty ? "none\n" : escapeControls(difference, .block)
    }
    text += heading("Log")
    for line in log {
      text += escapeControls("\(line.time.rfc3339)  \(line.user)  \(line.event)") + "\n"
      for row in line.message.split(whereSeparator: \.isNewline) { text += "    " + escapeControls(String(row)) + "\n" }
    }
    return text
  }

  private static func document(_ manifest: ApprovalManifest) -> JSONValue {
    let definition = manifest.definition
    return [
      "type": .string(definition.type.rawValue), "comment": .string(definition.comment), "tool": .optional(definition.tool),
      "targets": JobCommands.document(definition.targets),
      "parameters": JobCommands.parameters(definition, secrets: manifest.secretDigests.keys),
      "values": JobCommands.values(definition),
      "options": OptionText.document(definition.options, changesDevices: true),
      "triggers": .array(
        manifest.triggers.map {
          [
            "name": .string($0.name), "kind": .string($0.kind), "schedule": .string($0.schedule),
            "timezone": .string($0.timezone), "filters": .strings($0.filters), "enabled": .bool($0.enabled),
          ]
        }),
      "devices": .array(
        manifest.devices.map {
          [
            "name": .string($0.name), "address": .string($0.address), "port": .int($0.port), "platform": .string($0.platform),
            "commands": .strings($0.commands),
          ]
        }), "toolSource": .string(manifest.toolSource),
    ]
  }
}
