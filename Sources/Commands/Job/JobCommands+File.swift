private import Arguments
private import Definitions
private import JobModel
private import JobRunner
private import Scheduling
private import Storage
private import Terminal

extension JobCommands {
  private static let names = RepeatedOperand<String>(
    "NAME", help: "the jobs' names or numbers; all that you may see where none is given", completion: .dynamic("job"))
  private static let network = Option<String>(
    "network", valueName: "NETWORK", help: "only jobs of this network", completion: .dynamic("network"))
  private static let file = RequiredOption<String>(
    "file", short: "f", valueName: "FILE", help: "the file of jobs; - is standard input", completion: .file)
  private static let plan = Flag("plan", help: "only show what would change: exit 0 when nothing, 1 when something would")
  private static let prune = Flag("prune", help: "delete the jobs of the networks in the file that are not in it")
  private static let yes = Flag("yes", short: "y", help: "do not ask before jobs are deleted")

  static let export = Command(
    ["job", "export"], summary: "write jobs as a file that job apply reads",
    discussion: """
      YAML on standard output, with everything that makes a job: its definition and its triggers. Secrets are not in it, only \
      the names of parameters that have one; approvals, numbers and history are not either. netjob-jobs(5) describes it.
      """,
    needs: [.permission(.view)], parameters: [names, network],
    examples: [
      Example("netjob job export > jobs.yaml", "all jobs"),
      Example("netjob job export nightly-backup | netjob job apply -f - --plan", "see that nothing would change"),
    ], seeAlso: ["job apply", "netjob-jobs(5)"]
  ) { context, arguments in
    let (entries, damaged) = try context.store.read { sql -> ([JobFile.Entry], [DamagedJob]) in
      let rights = try AccountQueries.rights(sql, of: context.caller.name)
      let only = try arguments[network].map { try NetworkQueries.find(sql, $0).id }
      func isWanted(_ id: Int64) -> Bool { context.maySee(id, rights) && (only == nil || id == only) }
      var (jobs, damaged) = arguments[names].isEmpty ? try JobQueries.readable(sql) : ([], [])
      for name in arguments[names] { jobs.append(try find(sql, name, context)) }
      var seen: Set<Int64> = []
      let reader = try TypedSecrets.Reader(context, sql)
      let entries = try jobs.filter { seen.insert($0.id).inserted && isWanted($0.networkID) }.map {
        try entry(try TypedSecrets(reader, of: $0).hiding(in: $0), sql)
      }
      return (entries, damaged.filter { isWanted($0.networkID) })
    }
    var document = JobFile()
    document.entries = entries
    context.show(["jobs": .strings(entries.map(\.name)), "yaml": .string(document.yaml)]) {
      context.output.write(document.yaml)
    }
    return context.tell(of: damaged)
  }

  private static func entry(_ job: JobRecord, _ sql: any SQLConnection) throws -> JobFile.Entry {
    var definition = job.definition
    let secrets = definition.sealedParameters.keys.sorted()
    definition.sealedParameters = [:]
    return JobFile.Entry(
      name: job.name, network: job.network, isEnabled: job.isEnabled, definition: definition, secretNames: secrets,
      triggers: try TriggerQueries.all(sql, job: job.id).map(trigger), place: "")
  }

  private static func trigger(_ record: TriggerRecord) throws -> JobFile.Trigger {
    do {
      return JobFile.Trigger(
        name: record.name, schedule: try Schedule(parsing: record.schedule), timezone: record.timezone,
        filters: record.filters.map(\.name).sorted(), isEnabled: record.isEnabled)
    } catch {
      throw StorageError(
        .corrupt, "the schedule of trigger '\(record.name)' of job '\(record.job)' cannot be read: \(error.message)")
    }
  }

  // MARK: Apply

  /// What becomes of a job.
  private struct Step {
    enum Action: String { case create, change, delete, unchanged }
    var job: String
    var action: Action
    var network: String
    /// What differs, one line each.
    var changes: [String] = []
    /// It will not run before somebody approves it.
    var needsApproval = false

    var document: JSONValue {
      [
        "job": .string(job), "action": .string(action.rawValue), "network": .string(network), "changes": .strings(changes),
        "needsApproval": .bool(needsApproval),
      ]
    }
  }

  /// Ends the transaction of a plan.
  private struct TakenBack: Error {
    var steps: [Step]
  }

  static let apply = Command(
    ["job", "apply"], summary: "make the jobs be as a file says",
    discussion: """
      Shows what changes, and changes all of it or, where anything is wrong, nothing. Jobs that are as the file says stay \
      untouched, with their owner and approval; those that change are yours then, and their approval falls back to \
      not-requested: applying a file skips no approval. Without a key 'triggers' a job's triggers stay; 'triggers: []' takes \
      them away.

      A secret parameter is never in the file. Its name among the 'secrets' keeps the one that is stored; a new one is given \
      with 'job edit --param-file'.
      """,
    needs: [.permission(.editJob)], parameters: [file, plan, prune, yes],
    examples: [
      Example("netjob job apply -f jobs.yaml --plan", "what would change; a pipeline looks at the exit code"),
      Example("netjob job apply -f jobs.yaml --prune --yes", "apply it, and delete jobs that are not in it any more"),
    ],
    exitCodes: [ExitCode(1, "with --plan: something would change"), ExitCode(6, "a job to be deleted is running")],
    seeAlso: ["job export", "approval request", "netjob-jobs(5)"]
  ) { context, arguments in
    let path = arguments[file]
    let text = try context.text(ofFile: path, as: "the file of jobs", limit: 64 << 20)
    let jobs: JobFile
    do {
      jobs = try JobFile(parsing: Array(text.utf8), file: Context.name(ofFile: path))
    } catch let error as DefinitionError {
      throw ModelError(.invalid, error.description, hint: error.hint)
    }
    let drafts = try drafts(of: jobs, context)
    func steps(isTrial: Bool) throws -> [Step] {
      do {
        return try context.store.change(as: context.caller) { change in
          let steps = try carryOut(jobs, drafts, prunes: arguments[prune], change, context)
          if isTrial { throw TakenBack(steps: steps) }
          return steps
        }
      } catch let trial as TakenBack {
        return trial.steps
      }
    }
    if arguments[plan] {
      let steps = try steps(isTrial: true)
      show(steps, isPlan: true, context)
      return steps.contains { $0.action != .unchanged } ? .failed : .done
    }
    if arguments[prune] {
      let doomed = try steps(isTrial: true).filter { $0.action == .delete }.map(\.job)
      if !doomed.isEmpty {
        try context.confirm(
          "delete \(doomed.count) job\(doomed.count == 1 ? "" : "s") (\(doomed.joined(separator: ", ")))?", yes: arguments[yes])
      }
    }
    show(try steps(isTrial: false), isPlan: false, context)
    return .done
  }

  private static func show(_ steps: [Step], isPlan: Bool, _ context: Context) {
    context.show(.array(steps.map(\.document))) {
      let style = context.output.style
      for step in steps where step.action != .unchanged {
        let (sign, role): (String, Style.Role) =
          switch step.action {
          case .create: ("+", .good)
          case .change, .unchanged: ("~", .warning)
          case .delete: ("-", .bad)
          }
        context.output.writeLine(style.apply(role, "\(sign) \(step.job)  (network \(step.network))"))
        for change in step.changes { context.output.writeLine("    " + escapeControls(change)) }
        if step.needsApproval {
          context.output.writeLine("    it runs only after approval: netjob approval request \(step.job) -m MESSAGE")
        }
      }
      func count(_ action: Step.Action) -> Int { steps.count { $0.action == action } }
      let verb = isPlan ? "would be " : ""
      context.note(
        "\(count(.create)) \(verb)created, \(count(.change)) \(verb)changed, \(count(.delete)) \(verb)deleted, "
          + "\(count(.unchanged)) unchanged")
    }
  }

  /// Checks every job as its creation and edit on the command line do.
  private static func drafts(of jobs: JobFile, _ context: Context) throws -> [JobDraft] {
    // What no option was given for.
    guard case .command(_, let none) = try AllCommands.table().parse(["job", "edit", "x"]) else {
      preconditionFailure("'job edit NAME' is a command")
    }
    let keys = try context.store.keys()
    return try jobs.entries.map { entry in
      do {
        let (sealed, opened) = try context.store.read { sql -> ([String: String], [String: String]) in
          let job = try existing(sql, entry.name, context)
          try checkNames(entry, job, sql, context)
          // A secret stays with what it was given to: another tool could show it.
          guard let job, job.definition.type == entry.definition.type, job.definition.tool == entry.definition.tool,
            job.definition.agent == entry.definition.agent
          else { return ([:], [:]) }
          return (job.definition.sealedParameters, try JobQueries.secretParameters(job, keys: keys))
        }
        if let name = entry.secretNames.first(where: { sealed[$0] == nil }) {
          throw ModelError(
            .invalid, "parameter '\(name)' is secret and not stored",
            hint: "netjob job create or edit \(entry.name) --param-file \(name)=- gives it")
        }
        var base = entry.definition
        for name in entry.secretNames { base.sealedParameters[name] = sealed[name] }
        var draft = try JobDraft(
          base, opened: opened.filter { entry.secretNames.contains($0.key) }, catalogs: context.catalogs, context, none)
        if let name = entry.secretNames.first(where: { !draft.secretNames.contains($0) }) {
          throw ModelError(.invalid, "parameter '\(name)' is none of the secret ones")
        }
        guard draft.secrets.isEmpty else {
          throw ModelError(
            .invalid, "parameter '\(draft.secrets.keys.sorted()[0])' is secret and must not stand in a file",
            hint:
              "netjob job edit \(entry.name) --param-file \(draft.secrets.keys.sorted()[0])=- gives it; list it among 'secrets'")
        }
        // Options that a type or tool has no use for are mistakes in a file, not leftovers of an edit.
        if draft.definition.parameters != base.parameters || draft.definition.options != base.options {
          throw ModelError(.invalid, "a job of type \(base.type.rawValue) takes no such parameters or options")
        }
        draft.definition.sealedParameters = base.sealedParameters
        return draft
      } catch let error as ModelError {
        throw placed(error, entry)
      }
    }
  }

  /// A mistake of the file; what it names and is not there is one too.
  private static func placed(_ error: ModelError, _ entry: JobFile.Entry) -> ModelError {
    ModelError(
      error.code == .notFound ? .invalid : error.code, "\(entry.place): job '\(entry.name)': \(error.message)",
      hint: error.hint)
  }

  /// Checks the names of time zones, and of devices that get values of their own.
  private static func checkNames(
    _ entry: JobFile.Entry, _ job: JobRecord?, _ sql: any SQLConnection, _ context: Context
  ) throws {
    for trigger in entry.triggers ?? [] {
      do {
        _ = try context.zones.rules(for: trigger.timezone)
      } catch {
        throw ModelError(.invalid, "trigger '\(TextRule.quoted(trigger.name))': \(error.message)", hint: error.hint)
      }
    }
    for device in entry.definition.values.keys.sorted() where job?.definition.values[device] == nil {
      _ = try DeviceQueries.find(sql, device, seenBy: context.caller.name)
    }
  }

  /// The job of this name; numbers are none here.
  private static func existing(_ sql: any SQLConnection, _ name: String, _ context: Context) throws -> JobRecord? {
    do {
      return try find(sql, name, context)
    } catch let error as ModelError where error.code == .notFound {
      return nil
    }
  }

  private static func carryOut(
    _ jobs: JobFile, _ drafts: [JobDraft], prunes: Bool, _ change: Change, _ context: Context
  ) throws -> [Step] {
    var steps: [Step] = []
    for (entry, draft) in zip(jobs.entries, drafts) {
      do {
        steps.append(try carryOut(entry, draft, change, context))
      } catch let error as ModelError {
        throw placed(error, entry)
      }
    }
    var networks = Set(jobs.entries.map(\.network))
    if let network = jobs.network {
      do {
        networks.insert(try NetworkQueries.find(change.sql, network).name)
      } catch let error as ModelError {
        throw ModelError(.invalid, "network: \(error.message)", hint: error.hint)
      }
    }
    guard prunes else { return steps }
    if networks.isEmpty {
      throw ModelError(
        .invalid, "the file names no network, so nothing tells of which one jobs are to be deleted",
        hint: "'network: NAME' at its top says it")
    }
    let kept = Set(jobs.entries.map(\.name))
    for job in try JobQueries.all(change.sql) where networks.contains(job.network) && !kept.contains(job.name) {
      try change.deleteJob(job.id)
      steps.append(Step(job: job.name, action: .delete, network: job.network))
    }
    return steps
  }

  private static func carryOut(
    _ entry: JobFile.Entry, _ draft: JobDraft, _ change: Change, _ context: Context
  ) throws -> Step {
    let sql = change.sql
    let network = try NetworkQueries.find(sql, entry.network)
    var step = Step(job: entry.name, action: .unchanged, network: network.name)
    var job: JobRecord
    if let old = try existing(sql, entry.name, context) {
      job = old
      step.changes = differences(old, network.name, draft.definition)
      if !step.changes.isEmpty || draft.changesDevices != old.changesDevices {
        step.action = .change
        job = try change.editJob(
          old, network: network, draft.definition, secrets: [:], changesDevices: draft.changesDevices)
      }
    } else {
      step.action = .create
      step.changes = ["type \(draft.definition.type.rawValue)", "targets \(draft.definition.targets.sentence)"]
      job = try change.createJob(
        name: entry.name, network: network, draft.definition, secrets: [:], changesDevices: draft.changesDevices)
    }
    if step.action != .unchanged { _ = try checkRendering(change, job, context.catalogs) }
    if let triggers = entry.triggers {
      let changes = try settle(triggers, of: job, change, context)
      if !changes.isEmpty, step.action == .unchanged { step.action = .change }
      step.changes += changes
    }
    if let isEnabled = entry.isEnabled, isEnabled != job.isEnabled {
      try change.setJob(job, enabled: isEnabled, zones: context.zones)
      if step.action == .unchanged { step.action = .change }
      step.changes.append(isEnabled ? "enabled" : "disabled")
    }
    if step.action != .unchanged {
      let now = try JobQueries.find(sql, job.name)
      step.needsApproval = try ApprovalQueries.status(sql, of: now) == .notRequested
    }
    return step
  }

  /// Makes a job's triggers be as the file says.
  /// - Returns: what that changed.
  private static func settle(
    _ wanted: [JobFile.Trigger], of job: JobRecord, _ change: Change, _ context: Context
  ) throws -> [String] {
    var changes: [String] = []
    let present = try TriggerQueries.all(change.sql, job: job.id)
    for record in present where !wanted.contains(where: { $0.name == record.name }) {
      try change.removeTrigger(record, of: job)
      changes.append("trigger \(record.name) removed")
    }
    for trigger in wanted {
      var sorted = trigger
      sorted.filters.sort()
      guard let record = present.first(where: { $0.name == trigger.name }) else {
        // A file outlives the times of its triggers.
        let isPast = try isPast(trigger, context)
        try change.addTrigger(
          trigger.name, to: job, trigger.schedule, timezone: trigger.timezone, filters: trigger.filters,
          enabled: trigger.isEnabled && !isPast, zones: context.zones)
        changes.append("trigger \(trigger.name) added: \(text(sorted))" + (isPast ? ", which is past: disabled" : ""))
        continue
      }
      let old = try self.trigger(record)
      if try isPast(trigger, context) { sorted.isEnabled = old.isEnabled }
      if old == sorted { continue }
      var edit = TriggerEdit()
      edit.schedule = trigger.schedule
      edit.timezone = trigger.timezone
      edit.filters = trigger.filters
      edit.isEnabled = sorted.isEnabled
      _ = try change.editTrigger(record, of: job, edit, zones: context.zones)
      changes.append("trigger \(trigger.name): \(text(old)) -> \(text(sorted))")
    }
    return changes
  }

  /// Whether it fires once, and that time is over.
  private static func isPast(_ trigger: JobFile.Trigger, _ context: Context) throws -> Bool {
    guard case .once = trigger.schedule else { return false }
    let rules = try context.zones.rules(for: trigger.timezone)
    return trigger.schedule.next(after: context.clock(), count: 1, in: rules).isEmpty
  }

  private static func text(_ trigger: JobFile.Trigger) -> String {
    "\(trigger.schedule.canonicalText), \(trigger.timezone)"
      + (trigger.filters.isEmpty ? "" : ", without \(trigger.filters.joined(separator: ", "))")
      + (trigger.isEnabled ? "" : ", disabled")
  }

  /// What differs between a job and what it is to be, one line each.
  private static func differences(_ job: JobRecord, _ network: String, _ new: JobDefinition) -> [String] {
    let old = job.definition
    var lines: [String] = []
    func compare(_ what: String, _ before: String?, _ after: String?) {
      guard before != after else { return }
      lines.append("\(what): \(before.map(TextRule.quoted) ?? "none") -> \(after.map(TextRule.quoted) ?? "none")")
    }
    func compare(_ what: String, _ before: [String: String], _ after: [String: String]) {
      for name in Set(before.keys).union(after.keys).sorted() { compare("\(what) \(name)", before[name], after[name]) }
    }
    compare("network", job.network, network)
    compare("type", old.type.rawValue, new.type.rawValue)
    compare("comment", old.comment, new.comment)
    compare("targets", old.targets.sentence, new.targets.sentence)
    compare("tool", old.tool, new.tool)
    compare("agent", old.agent, new.agent)
    compare("report", old.report, new.report)
    compare("parameter", old.parameters, new.parameters)
    for name in Set(old.sealedParameters.keys).subtracting(new.sealedParameters.keys).sorted() {
      lines.append("parameter \(name): its secret is forgotten")
    }
    for device in Set(old.values.keys).union(new.values.keys).sorted() {
      compare("values of \(device):", old.values[device] ?? [:], new.values[device] ?? [:])
    }
    let options = { (options: ExecutionOptions) in
      Dictionary(OptionText.given(options).map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    }
    compare("option", options(old.options), options(new.options))
    return lines
  }
}
