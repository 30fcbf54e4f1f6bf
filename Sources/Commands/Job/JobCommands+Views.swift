private import Arguments
private import JobModel
private import JobRunner
private import Storage
private import Terminal

extension JobCommands {
  private static let name = Operand<String>("NAME", help: "the job's name or number", completion: .dynamic("job"))
  private static let type = Option<JobType>("type", valueName: "TYPE", help: "only of this type")
  private static let network = Option<String>(
    "network", valueName: "NETWORK", help: "only of this network", completion: .dynamic("network"))
  private static let status = Option<ApprovalStatus>(
    "status", valueName: "STATUS", help: "only with this approval status")
  private static let device = Option<String>(
    "device", valueName: "NAME", help: "only this device", completion: .dynamic("device"))

  private static let columns = Listing<View>(
    [
      .init("name"), .init("type"), .init("network", priority: 2), .init("owner", priority: 3),
      .init("revision", .number, priority: 4),
      .init("approvalStatus", title: "APPROVAL") { view, _ in ApprovalCommands.cell(view.approval) },
      .init("nextFire", .time) { view, context in
        view.job.isEnabled ? context.cell(view.nextFire) : .status("disabled", .muted)
      },
      .init("comment", minimumWidth: 12, priority: 1),
    ], more: ["id", "enabled"])

  static let listAll = Command(
    ["job", "list"], summary: "list the jobs", needs: [.permission(.view)],
    parameters: [status, type, network] + columns.parameters,
    examples: [Example("netjob job list --status requested", "the jobs that wait for approval")], seeAlso: ["job show"]
  ) { context, arguments in
    let (views, damaged) = try context.store.read { sql in
      let rights = try AccountQueries.rights(sql, of: context.caller.name)
      let network = try arguments[network].map { try NetworkQueries.find(sql, $0).id }
      func isWanted(_ id: Int64) -> Bool { context.maySee(id, rights) && (network.map { $0 == id } ?? true) }
      let (jobs, damaged) = try JobQueries.readable(sql)
      let views = try jobs.filter { isWanted($0.networkID) && (arguments[type] ?? $0.type) == $0.type }.map { try View($0, sql) }
      return (views.filter { (arguments[status] ?? $0.approval) == $0.approval }, damaged.filter { isWanted($0.networkID) })
    }
    columns.show(views, context, arguments) { .object(document($0, context)) }
    return context.tell(of: damaged)
  }

  static let show = Command(
    ["job", "show"], summary: "show a job", needs: [.permission(.view)], parameters: [name],
    examples: [Example("netjob job show nightly-backup", "show a job with its triggers and options")],
    seeAlso: ["job targets", "job preview"]
  ) { context, arguments in
    let (view, triggers) = try context.store.read { sql in
      let job = try find(sql, arguments[name], context)
      let shown = try TypedSecrets(TypedSecrets.Reader(context, sql), of: job).hiding(in: job)
      return (try View(shown, sql), try TriggerQueries.all(sql, job: job.id))
    }
    let definition = view.job.definition
    let more: [JSONValue.Member] = [
      .init("tool", .optional(definition.tool)), .init("agent", .optional(definition.agent)),
      .init("report", .optional(definition.report)),
      .init("changesDevices", .bool(view.job.changesDevices)),
      .init("targets", document(definition.targets)),
      .init("parameters", parameters(definition, secrets: definition.sealedParameters.keys)), .init("values", values(definition)),
      .init("triggers", .array(triggers.map { TriggerCommands.document($0, context) })),
      .init("options", OptionText.document(definition.options, changesDevices: view.job.changesDevices)),
      .init("createdTime", context.json(view.job.createdAt)), .init("changedTime", context.json(view.job.updatedAt)),
    ]
    context.show(.object(document(view, context) + more)) { block(view, triggers, context).write(to: context.output) }
    return .done
  }

  private static func block(_ view: View, _ triggers: [TriggerRecord], _ context: Context) -> FieldBlock {
    let job = view.job
    let definition = job.definition
    var block = FieldBlock()
    block.add("Name", key: "name", .text(job.name))
    block.add("Number", key: "id", .number(job.id))
    block.add("Type", key: "type", .text(job.type.rawValue))
    if let tool = definition.tool {
      block.add("Tool", key: "tool", .text(tool))
      block.add("Changes devices", key: "changesDevices", .bool(job.changesDevices))
    }
    if let report = definition.report { block.add("Report", key: "report", .text(report)) }
    if let agent = definition.agent {
      block.add("Agent", key: "agent", .text(agent))
      block.add("Changes devices", key: "changesDevices", .bool(job.changesDevices))
    }
    block.add("Network", key: "network", .text(job.network))
    block.add("Comment", key: "comment", .text(definition.comment))
    block.add("Targets", key: "targets", .text(definition.targets.sentence))
    for (name, value) in definition.parameters.sorted(by: { $0.key < $1.key }) {
      block.add("Parameter \(name)", key: "parameters.\(name)", .text(value))
    }
    for name in definition.sealedParameters.keys.sorted() {
      block.add("Parameter \(name)", key: "parameters.\(name)", .text("******"))
    }
    for (device, values) in definition.values.sorted(by: { $0.key < $1.key }) {
      let pairs = values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      block.add("Values of \(device)", key: "values.\(device)", .list(pairs))
    }
    for (name, value) in OptionText.given(definition.options) {
      block.add("Option \(name)", key: "options.\(name)", .text(value))
    }
    block.add("Owner", key: "owner", .text(job.owner))
    block.add("Revision", key: "revision", .int(job.revision))
    block.add("Changed", key: "changedTime", context.cell(job.updatedAt))
    block.add("Enabled", key: "enabled", .bool(job.isEnabled))
    block.add("Approval", key: "approvalStatus", ApprovalCommands.cell(view.approval))
    block.add("Next fire", key: "nextFire", context.cell(view.nextFire))
    for trigger in triggers {
      let state = trigger.isEnabled ? "" : " (disabled)"
      block.add("Trigger \(trigger.name)", key: "triggers.\(trigger.name)", .text(TriggerCommands.sentence(trigger) + state))
    }
    return block
  }

  private static let targetColumns = Listing<DeviceRecord>([.init("name"), .init("address"), .init("platform")])

  static let targets = Command(
    ["job", "targets"], summary: "show which devices a job would reach now", needs: [.permission(.view)],
    parameters: [name] + targetColumns.parameters,
    examples: [Example("netjob job targets nightly-backup", "show who would be hit now")], seeAlso: ["job preview"]
  ) { context, arguments in
    let (type, targets) = try context.store.read { sql in
      let job = try find(sql, arguments[name], context)
      return (job.type, try DeviceQueries.resolve(sql, job.definition.targets, network: job.networkID, now: context.clock()))
    }
    targetColumns.show(targets.devices, context, arguments) {
      ["name": .string($0.name), "address": .string($0.address), "platform": .string($0.platform)]
    }
    for device in targets.leftOut { context.warn("'\(device.name)' is left out: \(device.reason)") }
    if !type.hasTargets {
      context.note("a job of type \(type.rawValue) has no targets")
    } else if targets.devices.isEmpty {
      context.warn("the job reaches no device now")
    }
    return .done
  }

  static let preview = Command(
    ["job", "preview"], summary: "show the commands that each device would get", needs: [.permission(.view)],
    parameters: [name, device],
    examples: [Example("netjob job preview add-route --device core1", "the exact commands for one device")],
    exitCodes: [ExitCode(1, "for some device no commands can be made")], seeAlso: ["job targets", "tool show"]
  ) { context, arguments in
    let keys = try context.store.keys()
    let catalogs = context.catalogs
    let (plan, typed) = try context.store.read { sql in
      let job = try find(sql, arguments[name], context)
      let plan = try JobPlan.make(sql, job: job, catalogs: catalogs, keys: keys, now: context.clock())
      let lines = plan.parts.flatMap { $0.commands + $0.undo }
      return (plan, try TypedSecrets(TypedSecrets.Reader(context, sql), network: job.networkID, lines: lines))
    }
    var parts = plan.parts
    var problems = plan.problems
    if let name = arguments[device] {
      parts = parts.filter { $0.device.name == name || String($0.device.id) == name }
      problems = problems.filter { $0.device == name }
      if parts.isEmpty && problems.isEmpty {
        throw ModelError(
          .notFound, "device '\(TextRule.quoted(name))' is none of the job's targets now",
          hint: "netjob job targets \(plan.job.name) shows them")
      }
    }
    try context.show(
      .array(parts.map { ["device": .string($0.device.name), "commands": .strings($0.commands.map(typed.hiding))] })
    ) {
      var text = plan.steps.map { escapeControls($0) + "\n" }.joined()
      for part in parts {
        text += context.output.style.apply(.heading, "\(part.device.name) (\(part.device.platform))") + "\n"
        for command in part.commands { text += "    " + escapeControls(typed.hiding(in: command)) + "\n" }
        if !part.undo.isEmpty { text += "  to take it back:\n" }
        for command in part.undo { text += "    " + escapeControls(typed.hiding(in: command)) + "\n" }
      }
      try context.page(text)
    }
    for device in plan.leftOut where !arguments.isGiven(Self.device) {
      context.warn("'\(device.name)' is left out: \(device.reason)")
    }
    for problem in problems { context.warn("device '\(problem.device)': \(problem.message)") }
    return problems.isEmpty ? .done : .failed
  }

  private static let logColumns = Listing<(revision: JobQueries.Revision, changes: [String])>([
    .init("revision", .number), .init("time", .time), .init("user"), .init("changes", minimumWidth: 12),
  ])

  static let log = Command(
    ["job", "log"], summary: "list the revisions of a job", needs: [.permission(.view)],
    parameters: [name] + logColumns.parameters,
    examples: [Example("netjob job log add-route", "who changed what of a job, and when")], seeAlso: ["job edit"]
  ) { context, arguments in
    let revisions = try context.store.read { sql in
      try JobQueries.revisions(sql, of: try find(sql, arguments[name], context).id)
    }
    let entries = revisions.map { revision in
      (
        revision: revision,
        changes: changes(of: revision.definition, since: revisions.first { $0.revision == revision.revision - 1 }?.definition)
      )
    }
    logColumns.show(entries, context, arguments) { revision, changes in
      [
        "revision": .int(revision.revision), "time": context.json(revision.savedAt), "user": .string(revision.savedBy),
        "changes": .strings(changes),
      ]
    }
    return .done
  }

  /// What a revision changed, in a word each.
  private static func changes(of new: JobDefinition, since old: JobDefinition?) -> [String] {
    guard let old else { return ["created"] }
    var changes: [String] = []
    if new.type != old.type { changes.append("type") }
    if new.comment != old.comment { changes.append("comment") }
    if new.targets != old.targets { changes.append("targets") }
    if new.tool != old.tool { changes.append("tool") }
    if new.agent != old.agent { changes.append("agent") }
    if new.report != old.report { changes.append("report") }
    for name in Set(new.parameters.keys).union(old.parameters.keys).sorted() where new.parameters[name] != old.parameters[name] {
      changes.append("parameter \(name)")
    }
    for name in Set(new.sealedParameters.keys).union(old.sealedParameters.keys).sorted()
    where new.sealedParameters[name] != old.sealedParameters[name] {
      changes.append("parameter \(name)")
    }
    if new.values != old.values { changes.append("values") }
    if new.options != old.options { changes.append("options") }
    // Network and tool's nature are the job's, not the revision's.
    return changes.isEmpty ? ["network"] : changes
  }
}
