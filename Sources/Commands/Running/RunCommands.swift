private import Arguments
private import Delivery
private import JobModel
private import JobRunner
private import Scheduling
private import Storage
private import Terminal

/// `netjob run-due` and `netjob job run`: what carries executions out.
package enum RunCommands {
  private static let at = Option<String>(
    "at", valueName: "TIME", help: "act as if it were this time: a trigger that is due then fires now; administer is needed")
  private static let dryRun = Flag("dry-run", help: "show what would fire, on which devices, and change nothing")
  private static let networks = RepeatedOption<String>(
    "network", valueName: "NAME", help: "fire triggers of jobs in this network only", completion: .dynamic("network"))
  private static let maximumSessions = DefaultedOption<Int>(
    "max-sessions", valueName: "N",
    help: "hold at most this many sessions with devices at once, and no more than ulimit -n has room for", default: 64,
    conversion: .integer(in: 1...1000))

  package static let runDue = Command(
    ["run-due"], section: Sections.jobs, summary: "fire the triggers that are due and run their jobs",
    discussion: """
      Meant for cron, once a minute. Executions whose process has died are marked interrupted first; then each trigger that is
      due is claimed in one transaction, so that however many run-due overlap, each fire is carried out once.

      Without anything to do it is silent. Otherwise it writes a line for each execution as it ends. A job that lacks an
      approval is recorded as not-approved and not run.

      \(SessionLogs.about)
      """,
    needs: [.ownerOrOneOf([.runJob, .runToolJob])],
    parameters: [at, dryRun, networks, maximumSessions, SessionLogs.folder],
    examples: [
      Example("netjob run-due", "fire what is due; the line for cron is '* * * * * netjob run-due'"),
      Example("netjob run-due --dry-run --at 2026-12-01T02:00", "show what would fire at that time"),
    ],
    exitCodes: [ExitCode(1, "an execution failed, or was found interrupted")], seeAlso: ["history list", "job run", "crontab(5)"]
  ) { context, arguments in
    let time = try arguments[at].map { try requireMayChooseTime(context, $0) } ?? context.clock()
    let ids = try permittedNetworks(context, wanted: arguments[networks])
    if arguments[dryRun] { return try showDue(context, at: time, networks: ids) }
    let logs = try SessionLogs.make(context, folder: arguments[SessionLogs.folder])
    let (outcome, watch) = try await carryOut(
      context, .background, sessions: arguments[maximumSessions], logs: logs, report: { write($0, context) }
    ) { try await $0.runDue(at: time, networks: ids) }
    if let status = watch.exitStatus { return status }
    if let error = outcome.storageError { throw error }
    if outcome.didAnything {
      do {
        try await HistoryCommands.pruneByTheSettings(context)
      } catch {
        // What was to be done is done; the next run-due that does something prunes.
        context.errors.writeLine("netjob: the history was not pruned: \(escapeControls("\(error)"))")
      }
    }
    return outcome.hasFailures ? .failed : .done
  }

  private static let jobName = Operand<String>("NAME", help: "the job's name or number", completion: .dynamic("job"))
  private static let devices = RepeatedOption<String>(
    "device", valueName: "NAME", help: "run it on this one of its targets only", completion: .dynamic("device"))
  private static let noWait = Flag("no-wait", help: "leave the execution to the next run-due and return at once")

  package static let jobRun = Command(
    ["job", "run"], summary: "run a job now",
    discussion: """
      Runs the job for you, as its triggers would: with its approval where it needs one, which is used up by it.

      Without --no-wait it returns when every device is done. An interrupt (Ctrl-C) begins no further device, drops devices that
      are only read and lets one that is being changed finish its step; a second one ends at once.

      On a terminal a line shows how far it has got. \(SessionLogs.about)
      """,
    needs: [.oneOf([.runJob, .runToolJob])],
    parameters: [jobName, devices, noWait, maximumSessions, SessionLogs.folder],
    examples: [
      Example("netjob job run backup-all", "run the job on all its targets"),
      Example("netjob job run backup-all --device r1 --json", "run it on one of them and print the execution as a line of JSON"),
    ],
    exitCodes: [ExitCode(1, "a device failed"), ExitCode(5, "the job changes devices and is not approved")],
    seeAlso: ["run-due", "history show", "approval request"]
  ) { context, arguments in
    let job = try context.store.read { sql in
      let job = try JobQueries.find(sql, arguments[jobName])
      try context.requireView(of: job.networkID, in: sql)
      return job
    }
    let logs = try SessionLogs.make(context, folder: arguments[SessionLogs.folder])
    let only = arguments[devices].isEmpty ? nil : arguments[devices]
    let (execution, watch) = try await carryOut(
      context, .command, sessions: arguments[maximumSessions], logs: logs, report: { _ in }, show: { try show($0, context) }
    ) { try await $0.run(job, only: only, queues: arguments[noWait]) }
    if let status = watch.exitStatus { return status }
    return try status(of: execution, context)
  }

  /// Runs jobs, with signals, progress, session logs and notifications as they are for every command that does.
  /// - Parameter show: gets the result before what is left of the notifications is sent.
  private static func carryOut<Result>(
    _ context: Context, _ budget: OutboxDrain.Budget, sessions: Int, logs: SessionLogs?,
    report: @escaping @Sendable (ExecutionRecord) -> Void, show: (Result) throws -> Void = { _ in },
    _ body: (Runner) async throws -> Result
  ) async throws -> (Result, SignalWatch) {
    let stop = StopSignal()
    let watch = SignalWatch(stop: stop)
    let progress = RunProgress()
    let runner = Runner(
      store: context.store, catalogs: context.catalogs, zones: context.zones, caller: context.caller,
      maximumSessions: sessions, stop: stop, progress: progress, watcher: logs, makeConnector: context.makeConnector,
      report: report, complain: { context.errors.writeLine("netjob: error: " + escapeControls($0)) })
    let display = ProgressDisplay.start(context, progress, stop: stop)
    watch.beforeEnd { display?.endAtOnce() }
    return try await context.delivering(budget, isStopped: { stop.current != nil }) {
      do {
        let result = try await body(runner)
        await display?.end()
        await logs?.finish()
        try show(result)
        return (result, watch)
      } catch {
        await display?.end()
        await logs?.finish()
        throw error
      }
    }
  }

  /// The networks whose triggers are fired; empty is all. Who does not own the database fires only what they may run.
  private static func permittedNetworks(_ context: Context, wanted: [String]) throws -> Set<Int64> {
    try context.store.read { sql in
      let wantedIDs = Set(try wanted.map { try NetworkQueries.find(sql, $0).id })
      if context.caller.ownsDatabase && !context.caller.isDelegated { return wantedIDs }
      let rights = try AccountQueries.rights(sql, of: context.caller.name)
      func may(_ network: Int64?) -> Bool {
        rights.allows(.runJob, network: network) && rights.allows(.runToolJob, network: network)
      }
      if may(nil) { return wantedIDs }
      let permitted = Set(try NetworkQueries.all(sql).map(\.id).filter(may))
      let result = wantedIDs.isEmpty ? permitted : wantedIDs.intersection(permitted)
      if result.isEmpty {
        throw ModelError(
          .notPermitted, "user '\(context.caller.name)' may run no jobs of these networks: run-job and run-tool-job are needed")
      }
      return result
    }
  }

  /// `--at` moves maintenance windows: only those who could do anything anyway may use it.
  private static func requireMayChooseTime(_ context: Context, _ text: String) throws -> Timestamp {
    let time = try context.time(operand: text, of: "--at")
    if context.caller.ownsDatabase && !context.caller.isDelegated { return time }
    let rights = try context.store.read { try AccountQueries.rights($0, of: context.caller.name) }
    if !rights.allows(.administer, network: nil) {
      throw ModelError(
        .notPermitted,
        "user '\(context.caller.name)' may not use --at: it fires triggers outside their times, administer is needed")
    }
    return time
  }

  private static func write(_ execution: ExecutionRecord, _ context: Context) {
    if context.isJSON {
      context.output.writeLine(ExecutionDocument.document(execution).compact)
    } else {
      context.output.writeLine(ExecutionDocument.line(execution, style: context.output.style))
    }
    context.output.flush()
    if context.isVerbose { tellDevices(execution, context) }
  }

  /// With --verbose: how each device ended.
  private static func tellDevices(_ execution: ExecutionRecord, _ context: Context) {
    let devices = (try? context.store.read { try ExecutionQueries.devices($0, of: execution.id) }) ?? []
    for device in devices {
      let result = [device.error, device.summary].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: "; ")
      context.errors.writeLine(
        "netjob: execution \(execution.id) device \(device.name): \(device.status.rawValue)"
          + (result.isEmpty ? "" : ": \(escapeControls(result))"))
    }
  }

  private static func show(_ execution: ExecutionRecord, _ context: Context) throws {
    let devices = try context.store.read { try ExecutionQueries.devices($0, of: execution.id) }
    if context.isJSON {
      let members =
        ExecutionDocument.members(execution) + [.init("devices", .array(devices.map { ExecutionDocument.document($0) }))]
      context.output.writeLine(JSONValue.object(members).compact)
      return
    }
    var table = Table(columns: [.init("DEVICE"), .init("STATUS"), .init("RESULT", priority: 1)])
    for device in devices {
      let result = [device.error, device.summary].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: "; ")
      table.append([
        .text(device.name), .status(device.status.rawValue, ExecutionDocument.role(device.status)), .text(result),
      ])
    }
    table.write(to: context.output)
    context.output.writeLine(ExecutionDocument.line(execution, style: context.output.style))
  }

  private static func status(of execution: ExecutionRecord, _ context: Context) throws -> ExitStatus {
    switch execution.status {
    case .succeeded, .pending, .running: return .done
    case .notApproved:
      throw ModelError(
        .notApproved, "job '\(execution.job)' was not run: \(execution.summary)",
        hint: try context.store.read { sql in
          try ApprovalQueries.latest(sql, job: execution.jobID).first?.status == .requested
            ? "netjob approval show \(execution.job) says who can approve it"
            : "netjob approval request \(execution.job) -m MESSAGE asks for approval"
        })
    case .failed, .cancelled, .interrupted, .missed, .skipped: return .failed
    }
  }

  /// Makes every claim in one transaction and takes them all back: what is shown is what would happen, in that order.
  private static func showDue(_ context: Context, at time: Timestamp, networks: Set<Int64>) throws -> ExitStatus {
    struct TakenBack: Error {
      var fires: [Fire]
    }
    let claims = Claims(catalogs: context.catalogs, zones: context.zones, owner: ProcessIdentity.current())
    var fires: [Fire] = []
    do {
      try context.store.change(as: context.caller) { change in
        let rights = try AccountQueries.rights(change.sql, of: context.caller.name)
        let seesAll = context.caller.ownsDatabase && !context.caller.isDelegated
        var fires: [Fire] = []
        try change.noteZoneData(context.zones)
        for id in try TriggerQueries.due(change.sql, now: time) {
          guard let trigger = try TriggerQueries.get(change.sql, id: id),
            networks.isEmpty || networks.contains(trigger.networkID), seesAll || context.maySee(trigger.networkID, rights)
          else { continue }
          fires.append(foreseen(change, claims, trigger, time))
        }
        throw TakenBack(fires: fires)
      }
    } catch let error as TakenBack {
      fires = error.fires
    }
    for fire in fires { write(fire, context) }
    return .done
  }

  /// What a trigger that is due would come to.
  private struct Fire {
    let trigger: TriggerRecord
    let status: String
    var summary = ""
    var devices: [String] = []
  }

  private static func foreseen(_ change: Change, _ claims: Claims, _ trigger: TriggerRecord, _ time: Timestamp) -> Fire {
    do {
      switch try claims.fire(change, trigger: trigger.id, at: time) {
      case .run(let claimed):
        return Fire(
          trigger: trigger, status: "would-run", summary: claimed.note, devices: claimed.plan.targets.devices.map(\.name))
      case .queued: return Fire(trigger: trigger, status: "would-wait")
      case .settled(let execution):
        return Fire(trigger: trigger, status: execution.status.rawValue, summary: execution.summary)
      case .nothing: return Fire(trigger: trigger, status: "nothing")
      }
    } catch let error as ScheduleError {
      return Fire(trigger: trigger, status: "failed", summary: error.message)
    } catch {
      return Fire(trigger: trigger, status: "failed", summary: "\(error)")
    }
  }

  private static func write(_ fire: Fire, _ context: Context) {
    let trigger = fire.trigger
    if context.isJSON {
      let document = JSONValue.object([
        .init("job", .string(trigger.job)), .init("trigger", .string(trigger.name)),
        .init("scheduledTime", context.json(trigger.nextFire)), .init("status", .string(fire.status)),
        .init("summary", .string(fire.summary)), .init("devices", .strings(fire.devices)),
      ])
      context.output.writeLine(document.compact)
      return
    }
    let reason = fire.summary.isEmpty ? "" : ": \(escapeControls(fire.summary))"
    let names = fire.devices.isEmpty ? "" : "  \(fire.devices.joined(separator: " "))"
    context.output.writeLine("\(trigger.job) (\(trigger.name))  \(fire.status)\(reason)\(names)")
  }
}
