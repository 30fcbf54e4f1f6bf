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
    /// Work stopped on a signal.
    package var isStopped = false

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
  private let report: @Sendable (ExecutionRecord) -> Void
  private let complain: @Sendable (String) -> Void

  /// - Parameters:
  ///   - makeConnector: called when the first device is to be reached, not before.
  ///   - report: gets each execution as it ends.
  ///   - complain: gets what went wrong outside any execution.
  package init(
    store: Store, catalogs: Catalogs, zones: ZoneDatabase, caller: Caller, maximumSessions: Int = 64, stop: StopSignal,
    owner: ExecutionOwner? = nil, makeConnector: @escaping @Sendable () throws -> any DeviceConnector,
    report: @escaping @Sendable (ExecutionRecord) -> Void, complain: @escaping @Sendable (String) -> Void
  ) {
    self.store = store
    self.catalogs = catalogs
    self.zones = zones
    self.caller = caller
    self.maximumSessions = maximumSessions
    self.stop = stop
    self.owner = owner ?? ProcessIdentity.current()
    self.makeConnector = makeConnector
    self.report = report
    self.complain = complain
  }

  private var claims: Claims { Claims(catalogs: catalogs, zones: zones, owner: owner) }

  /// Sweeps, fires what is due at `time`, and carries it out.
  /// - Parameter networks: only triggers of jobs in these; empty is all.
  package func runDue(at time: Timestamp, networks: Set<Int64> = []) async throws -> Outcome {
    var outcome = Outcome()
    let (due, active) = try store.read { sql in
      (try TriggerQueries.due(sql, now: time), try ExecutionQueries.active(sql))
    }
    if due.isEmpty && active.isEmpty { return outcome }
    for execution in try await sweep(active) {
      outcome.hasFailures = true
      report(execution)
    }
    var work: [ClaimedExecution] = []
    for execution in active where execution.status == .pending {
      if stop.current != nil { break }
      guard networks.isEmpty || networks.contains(execution.networkID) else { continue }
      await attend(of: "execution \(execution.id)", &outcome, &work) { change in try claims.adopt(change, execution) }
    }
    for id in due {
      if stop.current != nil { break }
      await fire(id, at: time, networks, &outcome, &work)
    }
    await carryOut(work, &outcome)
    outcome.isStopped = stop.current == .signal
    return outcome
  }

  /// Runs a job for a person, now.
  /// - Returns: the ended execution, or the queued one.
  package func run(_ job: JobRecord, only: [String]?, queues: Bool) async throws -> ExecutionRecord {
    let claims = claims
    switch try await store.changeAsync(as: caller, { try claims.run($0, job: job, only: only, queues: queues) }) {
    case .queued(let execution), .settled(let execution): return execution
    case .nothing: throw ModelError(.conflict, "job '\(job.name)' could not be claimed")
    case .run(let claimed):
      return try await carryOut(claimed, connector: try makeConnector(), budget: SessionBudget(maximumSessions))
    }
  }

  // MARK: Sweep

  /// Ends executions whose process is dead or whose lease ran out.
  private func sweep(_ active: [ExecutionRecord]) async throws -> [ExecutionRecord] {
    var ended: [ExecutionRecord] = []
    for execution in active where execution.status == .running {
      let now = store.clock()
      let isExpired = execution.leaseUntil.map { $0 < now } ?? true
      let isGone = execution.owner.map { ProcessIdentity.isGone($0, seenFrom: owner) } ?? true
      guard isExpired || isGone else { continue }
      if let record = try await store.changeAsync(as: caller, { try $0.interrupt(execution) }) { ended.append(record) }
    }
    return ended
  }

  // MARK: Claims

  private func fire(
    _ id: Int64, at time: Timestamp, _ networks: Set<Int64>, _ outcome: inout Outcome, _ work: inout [ClaimedExecution]
  ) async {
    if !networks.isEmpty {
      let network = try? store.read { try TriggerQueries.get($0, id: id)?.networkID }
      guard let network = network ?? nil, networks.contains(network) else { return }
    }
    await attend(of: "trigger \(id)", &outcome, &work) { change in
      do {
        return try claims.fire(change, trigger: id, at: time)
      } catch let error as ScheduleError {
        try change.disableBroken(id, because: error.message)
        let trigger = try TriggerQueries.get(change.sql, id: id)
        complain("trigger \(trigger.map { "\($0.job)/\($0.name)" } ?? "\(id)") was switched off: \(error.message)")
        return .nothing
      }
    }
  }

  /// Makes one claim; what goes wrong with it does not stop the others.
  private func attend(
    of what: String, _ outcome: inout Outcome, _ work: inout [ClaimedExecution],
    _ body: @escaping @Sendable (Change) throws -> ClaimResult
  ) async {
    do {
      switch try await store.changeAsync(as: caller, body) {
      case .run(let claimed): work.append(claimed)
      case .settled(let execution):
        if execution.status == .failed { outcome.hasFailures = true }
        report(execution)
      case .queued, .nothing: break
      }
    } catch {
      outcome.hasFailures = true
      complain("\(what): \(error)")
    }
  }

  // MARK: Execution

  private func carryOut(_ work: [ClaimedExecution], _ outcome: inout Outcome) async {
    if work.isEmpty { return }
    let connector: any DeviceConnector
    do {
      connector = try makeConnector()
    } catch {
      outcome.hasFailures = true
      complain("devices cannot be reached: \(error)")
      return
    }
    let budget = SessionBudget(maximumSessions)
    let results = await withTaskGroup(of: (ExecutionRecord?, String?).self) { group in
      for claimed in work {
        group.addTask {
          do {
            let record = try await carryOut(claimed, connector: connector, budget: budget)
            report(record)
            return (record, nil)
          } catch {
            return (nil, "execution \(claimed.claim.id): its end could not be recorded: \(error)")
          }
        }
      }
      var results: [(ExecutionRecord?, String?)] = []
      for await result in group { results.append(result) }
      return results
    }
    for (record, complaint) in results {
      if let complaint { complain(complaint) }
      if record?.status != .succeeded { outcome.hasFailures = true }
    }
  }

  private func carryOut(
    _ claimed: ClaimedExecution, connector: any DeviceConnector, budget: SessionBudget
  ) async throws -> ExecutionRecord {
    try await ExecutionRun(
      store: store, opener: DeviceOpener(store: store, connector: connector, catalogs: catalogs, caller: caller), caller: caller,
      claimed: claimed, budget: budget, stop: StopSignal(parent: stop), maximumSessions: maximumSessions
    ).run()
  }
}
