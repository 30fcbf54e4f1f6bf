private import DeviceCLI
package import JobModel
package import Scheduling
package import Storage
package import Transports

/// Fires what is due and runs jobs: sweep, claim, gate, execute, record.
package struct Runner: Sendable {
  /// What a run of `run-due` came to.
  package struct Outcome: Equatable, Sendable {
    /// An execution failed, or was found interrupted.
    package var hasFailures = false
    /// There was something to fire, to go on with or to end.
    package var didAnything = false
    /// Work stopped on a signal.
    package var isStopped = false
    /// Why the database could not be written: nothing further was claimed then.
    package var storageError: StorageError?

    package init() {}
  }

  private let store: Store
  private let catalogs: Catalogs
  private let zones: ZoneDatabase
  private let caller: Caller
  private let makeConnector: @Sendable () throws -> any DeviceConnector
  private let maximumSessions: Int
  private let stop: StopSignal
  private let owner: ExecutionOwner
  private let pace: RunnerPace
  private let report: @Sendable (ExecutionRecord) -> Void
  private let complain: @Sendable (String) -> Void
  private let progress: RunProgress?
  private let watcher: (any SessionWatcher)?
  private let outputBudget = OutputBudget()

  /// - Parameters:
  ///   - makeConnector: called when the first device is to be reached, not before.
  ///   - progress: is told how far the executions have got.
  ///   - watcher: looks on at the sessions.
  ///   - report: gets each execution as it ends; several tasks call it.
  ///   - complain: gets what went wrong outside any execution; several tasks call it.
  package init(
    store: Store, catalogs: Catalogs, zones: ZoneDatabase, caller: Caller, maximumSessions: Int = 64, stop: StopSignal,
    owner: ExecutionOwner? = nil, pace: RunnerPace = RunnerPace(),
    progress: RunProgress? = nil, watcher: (any SessionWatcher)? = nil,
    makeConnector: @escaping @Sendable () throws -> any DeviceConnector,
    report: @escaping @Sendable (ExecutionRecord) -> Void, complain: @escaping @Sendable (String) -> Void
  ) {
    self.store = store
    self.catalogs = catalogs
    self.zones = zones
    self.caller = caller
    self.maximumSessions = maximumSessions
    self.stop = stop
    self.owner = owner ?? ProcessIdentity.current()
    self.pace = pace
    self.progress = progress
    self.watcher = watcher
    self.makeConnector = makeConnector
    self.report = report
    self.complain = complain
  }

  private var claims: Claims { Claims(catalogs: catalogs, zones: zones, owner: owner) }

  /// Sweeps, fires what is due at `time`, and carries it out.
  /// - Parameter networks: only triggers of jobs in these; empty is all.
  package func runDue(at time: Timestamp, networks: Set<Int64> = []) async throws -> Outcome {
    var outcome = Outcome()
    let (stored, active, isOutdated, hasExpired) = try store.read { sql in
      (
        try Self.due(sql, time, networks), try ExecutionQueries.active(sql), try FireTimes.areOutdated(sql, zones: zones),
        try !ApprovalQueries.expired(sql, now: store.clock()).isEmpty
      )
    }
    let due = try isOutdated ? await renewedDue(at: time, networks, &outcome) : stored
    if due.isEmpty && active.isEmpty {
      if hasExpired { try await store.changeAsync(as: caller) { try $0.expireApprovals() } }
      return outcome
    }
    outcome.didAnything = true
    if await sweep(active, reporting: true) { outcome.hasFailures = true }
    let waiting = active.filter { $0.status == .pending && (networks.isEmpty || networks.contains($0.networkID)) }
    let (hasFailures, storageError) = await carryOut(waiting, due, at: time)
    outcome.hasFailures = outcome.hasFailures || hasFailures
    outcome.storageError = storageError
    outcome.isStopped = stop.current == .signal
    // Last, so that a fire which comes too late is told how old its approval is.
    if hasExpired && storageError == nil { try await store.changeAsync(as: caller) { try $0.expireApprovals() } }
    return outcome
  }

  /// Runs a job for a person, now.
  /// - Returns: the ended execution, or the queued one.
  package func run(_ job: JobRecord, only: [String]?, queues: Bool) async throws -> ExecutionRecord {
    // What a dead process left would keep the job busy, and its devices.
    _ = await sweep(try await store.readAsync { try ExecutionQueries.active($0) }, reporting: false)
    // Before the claim: an execution that cannot begin must not use up an approval.
    let connector = try queues ? nil : makeConnector()
    let claims = claims
    await readPinned(job.definition)
    switch try await store.changeAsync(as: caller, { try claims.run($0, job: job, only: only, queues: queues) }) {
    case .queued(let execution), .settled(let execution): return execution
    case .nothing: throw ModelError(.conflict, "job '\(job.name)' could not be claimed")
    case .run(let claimed):
      return try await carryOut(
        claimed, connector: try connector ?? makeConnector(),
        budget: SessionBudget(maximumSessions, descriptors: SystemDescriptors.sessionCapacity))
    }
  }

  /// Ends executions whose process is dead, as `run-due` does first.
  package func sweep() async throws {
    _ = await sweep(try await store.readAsync { try ExecutionQueries.active($0) }, reporting: true)
  }

  /// What is due by the zone data that is there now, after an update of it.
  private func renewedDue(at time: Timestamp, _ networks: Set<Int64>, _ outcome: inout Outcome) async throws -> [Int64] {
    let (due, complaints) = try await store.changeAsync(as: caller) { change in
      let complaints = try change.noteZoneData(zones)
      return (try Self.due(change.sql, time, networks), complaints)
    }
    for complaint in complaints { complain(complaint) }
    if !complaints.isEmpty { outcome.hasFailures = true }
    return due
  }

  private static func due(_ sql: any SQLConnection, _ time: Timestamp, _ networks: Set<Int64>) throws -> [Int64] {
    let due = try TriggerQueries.due(sql, now: time)
    if networks.isEmpty { return due }
    return try due.filter { id in
      let row = try sql.row("SELECT j.network_id FROM job_trigger t JOIN job j ON j.id = t.job_id WHERE t.id = ?", id)
      return try row.map { networks.contains(try $0.int64("network_id")) } ?? false
    }
  }

  // MARK: Sweep

  /// Ends executions whose process is dead or whose lease ran out.
  /// - Returns: whether there were any, or one could not be ended.
  private func sweep(_ active: [ExecutionRecord], reporting: Bool) async -> Bool {
    var isFound = false
    for execution in active where execution.status == .running {
      let now = store.clock()
      let isExpired = execution.leaseUntil.map { $0 < now } ?? true
      let isGone = execution.owner.map { ProcessIdentity.isGone($0, seenFrom: owner) } ?? true
      guard isExpired || isGone else { continue }
      do {
        guard let record = try await store.changeAsync(as: caller, { try $0.interrupt(execution, isGone: isGone) }) else {
          continue
        }
        isFound = true
        if reporting { report(record) }
      } catch {
        isFound = true
        complain("execution \(execution.id) could not be marked interrupted: \(Self.text(of: error))")
      }
    }
    return isFound
  }

  // MARK: Claims

  /// Claims what waits and what is due, one after the other, and carries each out from its claim on: a claim is only good while
  /// its execution gives signs of life.
  /// - Returns: whether something failed, and why the database could not be written.
  private func carryOut(
    _ waiting: [ExecutionRecord], _ due: [Int64], at time: Timestamp
  ) async -> (hasFailures: Bool, storageError: StorageError?) {
    let budget = SessionBudget(maximumSessions, descriptors: SystemDescriptors.sessionCapacity)
    return await withTaskGroup(of: Bool.self) { group in
      var hasFailures = false
      var storageError: StorageError?
      var connector: (any DeviceConnector)?
      for claim in waiting.map(adoption(of:)) + due.map({ fire($0, at: time) }) {
        if stop.current != nil { break }
        let result: ClaimResult?
        do throws(StorageError) {
          result = try await make(claim)
        } catch {
          // The next claim would wait for the same lock, or the same full disk.
          storageError = error
          break
        }
        switch result {
        case nil: hasFailures = true
        case .run(let claimed)?:
          do {
            let made = try connector ?? makeConnector()
            connector = made
            group.addTask { await carryOut(claimed, made, budget) }
          } catch {
            hasFailures = true
            await abandon(claimed, because: "devices cannot be reached: \(Self.text(of: error))")
          }
        case .settled(let execution)?:
          if execution.status == .failed { hasFailures = true }
          report(execution)
        case .queued?, .nothing?: break
        }
      }
      for await isFailed in group where isFailed { hasFailures = true }
      return (hasFailures, storageError)
    }
  }

  /// One claim to make.
  private struct Attempt: Sendable {
    let what: String
    /// What the claim is for, as far as it can be told beforehand.
    let definition: @Sendable (any SQLConnection) throws -> JobDefinition?
    let claim: @Sendable (Change) throws -> ClaimResult
    /// What is done instead when the claim can never succeed, so that it does not come back for ever.
    let giveUp: @Sendable (Change, String) throws -> ClaimResult
  }

  private func fire(_ id: Int64, at time: Timestamp) -> Attempt {
    let claims = claims
    return Attempt(what: "trigger \(id)") { sql in
      try TriggerQueries.get(sql, id: id).flatMap { try JobQueries.get(sql, id: $0.jobID)?.definition }
    } claim: {
      try claims.fire($0, trigger: id, at: time)
    } giveUp: { change, reason in
      try change.disableBroken(id, because: reason)
      return .nothing
    }
  }

  private func adoption(of execution: ExecutionRecord) -> Attempt {
    let claims = claims
    return Attempt(what: "execution \(execution.id)") { sql in
      try JobQueries.revision(sql, of: execution.jobID, execution.revision)?.definition
    } claim: {
      try claims.adopt($0, execution)
    } giveUp: { change, reason in
      try claims.fail(change, execution, because: reason)
    }
  }

  /// Reads files that the claim compares with what was pinned, which takes seconds where they are large: nobody can write to the
  /// database meanwhile, so the claim itself finds that it was done. What is wrong is for the claim to say.
  private func readPinned(_ definition: JobDefinition?) async {
    guard let file = definition.flatMap({ JobPlan.pushedFile(of: $0, catalogs) }) else { return }
    try? await LoopThread.run { try file.check() }
  }

  /// Makes one claim in its transaction; what goes wrong with it does not stop the others.
  /// - Returns: nil when it went wrong.
  /// - Throws: when the database cannot be written by anyone now.
  private func make(_ attempt: Attempt) async throws(StorageError) -> ClaimResult? {
    await readPinned(try? await store.readAsync(attempt.definition))
    do {
      return try await store.changeAsync(as: caller, attempt.claim)
    } catch let error as StorageError where [.locked, .diskFull, .readOnly, .io].contains(error.code) {
      throw error
    } catch {
      guard let reason = Self.permanentReason(error) else {
        complain("\(attempt.what): \(Self.text(of: error))")
        return nil
      }
      do {
        let result = try await store.changeAsync(as: caller) { try attempt.giveUp($0, reason) }
        guard case .nothing = result else { return result }
        complain("\(await name(of: attempt)) was switched off: \(reason)")
      } catch {
        complain("\(attempt.what): \(reason); and it could not be switched off: \(Self.text(of: error))")
      }
      return nil
    }
  }

  private func name(of attempt: Attempt) async -> String {
    guard attempt.what.hasPrefix("trigger "), let id = Int64(attempt.what.dropFirst(8)),
      let trigger = try? await store.readAsync({ try TriggerQueries.get($0, id: id) })
    else { return attempt.what }
    return "trigger \(trigger.job)/\(trigger.name)"
  }

  /// Why trying again is of no use; nil where it may be.
  private static func permanentReason(_ error: any Error) -> String? {
    switch error {
    // Without the zone database no trigger can be evaluated: that mends itself when it is installed.
    case let error as ScheduleError: error.code == .missingTimeZoneData ? nil : error.message
    case let error as StorageError: error.code == .corrupt ? error.message : nil
    default: nil
    }
  }

  private static func text(of error: any Error) -> String { (error as? ScheduleError)?.message ?? "\(error)" }

  // MARK: Execution

  /// - Returns: whether it failed.
  private func carryOut(_ claimed: ClaimedExecution, _ connector: any DeviceConnector, _ budget: SessionBudget) async -> Bool {
    do {
      let record = try await carryOut(claimed, connector: connector, budget: budget)
      report(record)
      return record.status != .succeeded
    } catch {
      complain("execution \(claimed.claim.id): its end could not be recorded: \(Self.text(of: error))")
      return true
    }
  }

  private func carryOut(
    _ claimed: ClaimedExecution, connector: any DeviceConnector, budget: SessionBudget
  ) async throws -> ExecutionRecord {
    let limits = try await store.readAsync { try SessionLimits($0) }
    return try await ExecutionRun(
      store: store,
      opener: DeviceOpener(
        store: store, connector: connector, catalogs: catalogs, caller: caller, budget: outputBudget, watcher: watcher),
      caller: caller, claimed: claimed, budget: budget, stop: StopSignal(parent: stop), maximumSessions: maximumSessions,
      pace: pace, standardDeviceTime: limits.device, progress: progress
    ).run()
  }

  /// Ends an execution of which nothing was begun.
  private func abandon(_ claimed: ClaimedExecution, because reason: String) async {
    do {
      report(
        try await store.changeAsync(as: caller) { change in
          try change.endExecution(claimed.claim, .failed, summary: "nothing was sent: \(reason)")
          return try ExecutionQueries.find(change.sql, claimed.claim.id)
        })
    } catch {
      complain("execution \(claimed.claim.id): \(reason); its end could not be recorded: \(Self.text(of: error))")
    }
  }
}
