private import Arguments
internal import JobModel
internal import JobRunner
internal import Storage
private import Terminal

extension JobCommands {
  private static let newName = Operand<String>("NAME", help: "the job's name")
  private static let name = Operand<String>("NAME", help: "the job's name or number", completion: .dynamic("job"))
  private static let type = RequiredOption<JobType>(
    "type", valueName: "TYPE",
    help:
      "what it does: store configurations (backup), ask for neighbours (neighbor), run a tool, start an agent (agent-d), or report"
  )
  private static let newType = Option<JobType>("type", valueName: "TYPE", help: "another type")
  private static let network = Option<String>(
    "network", valueName: "NETWORK", help: "the network of its devices; default where it is left out",
    completion: .dynamic("network"))
  private static let newNetwork = Option<String>(
    "network", valueName: "NETWORK", help: "another network", completion: .dynamic("network"))
  private static let noBackupAfter = Flag("no-backup-after", help: "store no configuration after a change any more")
  private static let noSave = Flag("no-save", help: "do not save on the device any more")
  private static let reset = RepeatedOption<ResettableOption>(
    "reset", valueName: "OPTION", help: "put an option back to its default")

  static let create = Command(
    ["job", "create"], summary: "create a job",
    discussion: """
      A job has a type, the devices that it is for, and options for its execution. A job of type backup reads configurations \
      and stores those that changed. A job of type neighbor asks devices for their neighbours. A job of type report makes a report of what is stored of its network, which \
      'netjob history report' prints. A job of type tool runs one tool with its parameters; 'netjob tool list' shows the tools.

      A report takes the parameters format (html, csv, json or text), since (how far it looks back: 24h, 30d), search (only of \
      devices that match) and mail-to (names of users and mail addresses, with commas between them, who get it as an \
      attachment). A neighbor job takes protocols; what a discover job takes is in netjob-discover(7).

      Everything is checked when the job is saved, as far as it can be: that the devices exist, that the parameters are what \
      the tool wants, and that there are commands for each device.

      A secret parameter is never given with --param: it is asked for, or comes with --param-file from a file or standard input.
      """,
    needs: [.permission(.editJob)],
    parameters: [newName, type, network, JobOptions.comment] + JobOptions.targets + JobOptions.work + JobOptions.execution,
    constraints: [.atMostOneOf(JobOptions.targets)],
    examples: [
      Example("netjob job create nightly-backup --type backup --all-devices", "back up every device of the default network"),
      Example(
        "netjob job create add-route --type tool --tool static-route-add --param prefix=203.0.113.0/24 "
          + "--param next-hop=192.0.2.1 --search 'tag:edge' --batch 1,5",
        "a change on all edge devices, on one of them first"),
      Example(
        "printf 'show version\\nshow clock\\n' | netjob job create versions --type tool --tool command-runner "
          + "--param-file commands=- --device core1 --device core2",
        "read something from two devices"),
    ],
    seeAlso: ["job preview", "trigger add", "approval request"]
  ) { context, arguments in
    let catalogs = context.catalogs
    let base = JobDefinition(type: arguments[type], targets: .none)
    let draft = try JobDraft(base, opened: [:], catalogs: catalogs, context, arguments)
    let (view, problems) = try context.store.change(as: context.caller) { change in
      let network = try NetworkQueries.find(change.sql, arguments[network] ?? "default")
      let job = try change.createJob(
        name: arguments[newName], network: network, draft.definition, secrets: draft.secrets,
        changesDevices: draft.changesDevices)
      return (try View(job, change.sql), try checkRendering(change, job, catalogs))
    }
    warn(of: problems, context)
    context.show(.object(document(view, context))) {
      context.note("job '\(view.job.name)' created")
      if view.approval == .notRequested {
        context.hint("it runs only with approval: netjob approval request \(view.job.name) -m MESSAGE")
      }
    }
    return .done
  }

  private static let changes: [any CommandParameter] =
    [newType, newNetwork, JobOptions.comment] + JobOptions.targets + JobOptions.work + JobOptions.execution
    + [noBackupAfter, noSave, reset]

  static let edit = Command(
    ["job", "edit"], summary: "change a job",
    discussion: """
      Options that are left out stay as they are. A change makes a new revision, whose owner you are; an approval that was \
      requested or given falls back to not-requested. Parameters are changed one by one: an empty value (--param NAME=) takes \
      one out. --values replaces all values per device. Another tool begins without parameters.
      """,
    needs: [.permission(.editJob)],
    parameters: [name] + changes,
    constraints: [
      .atMostOneOf(JobOptions.targets), .atMostOneOf([JobOptions.backupAfter, noBackupAfter]),
      .atMostOneOf([JobOptions.save, noSave]),
    ],
    examples: [
      Example("netjob job edit add-route --param next-hop=192.0.2.9", "change one parameter"),
      Example("netjob job edit nightly-backup --search '-tag:lab' --retries 2", "change targets and an option"),
    ],
    exitCodes: [ExitCode(6, "someone else changed the job meanwhile")], seeAlso: ["job log", "job show"]
  ) { context, arguments in
    if !changes.contains(where: arguments.isGiven) {
      throw ArgumentError(.missingOption, "an option that changes something is needed", hint: "see 'netjob job edit -h'")
    }
    let catalogs = context.catalogs
    let keys = try context.store.keys()
    let (before, opened) = try context.store.read { sql in
      let job = try find(sql, arguments[name], context)
      return (job, try JobQueries.secretParameters(job, keys: keys))
    }
    var base = before.definition
    if let type = arguments[newType] { base.type = type }
    for option in arguments[reset] { option.reset(&base.options) }
    if arguments[noBackupAfter] { base.options.backupAfter = false }
    if arguments[noSave] { base.options.save = false }
    let draft = try JobDraft(base, opened: opened, catalogs: catalogs, context, arguments)
    let (view, problems, hadApproval, armed) = try context.store.change(as: context.caller) {
      change -> (View, [JobPlan.Problem], Bool, [String]) in
      let network = try NetworkQueries.find(change.sql, arguments[newNetwork] ?? before.network)
      let isChanged =
        draft.definition != before.definition || !draft.secrets.isEmpty || network.id != before.networkID
        || draft.changesDevices != before.changesDevices
      guard isChanged else {
        try change.require(.editJob, network: before.networkID)
        return (try View(before, change.sql), [], false, [])
      }
      let approval = try ApprovalQueries.status(change.sql, of: before)
      let job = try change.editJob(
        before, network: network, draft.definition, secrets: draft.secrets, changesDevices: draft.changesDevices)
      return (
        try View(job, change.sql), try checkRendering(change, job, catalogs), approval == .requested || approval == .approved,
        try triggersThatNeedNobody(change.sql, before: before, now: job)
      )
    }
    warn(of: problems, context)
    if !armed.isEmpty {
      context.warn(
        "job '\(view.job.name)' runs for '\(view.job.owner)' now, who needs no approval: all of it fires unread with "
          + armed.joined(separator: ", "))
      context.hint("netjob job preview \(view.job.name) shows what is sent, netjob job disable \(view.job.name) holds it back")
    }
    context.show(.object(document(view, context))) {
      if view.job.revision == before.revision {
        context.note("nothing changed: job '\(view.job.name)' stays at revision \(before.revision)")
      } else {
        context.note("job '\(view.job.name)' changed: revision \(view.job.revision)")
        if hadApproval {
          context.hint("its approval is taken back: netjob approval request \(view.job.name) -m MESSAGE asks again")
        }
      }
    }
    return .done
  }

  /// The triggers of a job that needed approval and, saved by somebody who needs none, fires without it.
  private static func triggersThatNeedNobody(_ sql: any SQLConnection, before: JobRecord, now job: JobRecord) throws -> [String] {
    func isNeeded(_ job: JobRecord) throws -> Bool {
      try ApprovalQueries.isNeeded(sql, changesDevices: job.changesDevices, network: job.networkID, runsFor: job.owner)
    }
    guard job.changesDevices, job.isEnabled, try isNeeded(before), try !isNeeded(job) else { return [] }
    return try TriggerQueries.all(sql).filter { $0.jobID == job.id && $0.isEnabled }.map {
      "trigger '\($0.name)' (\($0.schedule))"
    }
  }

  /// Renders the saved job for all its targets. For devices that are listed by name that must go well; those that a search finds
  /// change, and are only reported.
  static func checkRendering(_ change: Change, _ job: JobRecord, _ catalogs: Catalogs) throws -> [JobPlan.Problem] {
    let plan = try JobPlan.make(change.sql, job: job, catalogs: catalogs, keys: change.keys, now: change.now)
    guard case .devices = job.definition.targets, let first = plan.problems.first else { return plan.problems }
    let all = plan.problems.prefix(5).map { "device '\($0.device)': \($0.message)" }.joined(separator: "; ")
    let more = plan.problems.count > 5 ? "; and \(plan.problems.count - 5) more devices" : ""
    throw ModelError(.invalid, all + more, hint: "leave device '\(first.device)' out, or give it what is missing")
  }

  private static func warn(of problems: [JobPlan.Problem], _ context: Context) {
    for problem in problems.prefix(5) { context.warn("device '\(problem.device)': \(problem.message)") }
    if problems.count > 5 { context.warn("and \(problems.count - 5) more devices without commands") }
  }
}

/// An execution option that can be put back to its default.
private enum ResettableOption: String, CaseIterable, ArgumentValue {
  case concurrency, batch, timeout, retries, overlap, missed, grace
  case maxFailures = "max-failures"

  func reset(_ options: inout ExecutionOptions) {
    let standard = ExecutionOptions()
    switch self {
    case .concurrency: options.concurrency = standard.concurrency
    case .batch: options.batch = standard.batch
    case .timeout: options.timeout = standard.timeout
    case .retries: options.retries = standard.retries
    case .overlap: options.overlap = standard.overlap
    case .missed: options.missed = standard.missed
    case .grace: options.grace = standard.grace
    case .maxFailures: options.maxFailures = standard.maxFailures
    }
  }
}
