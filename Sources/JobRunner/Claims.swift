internal import JobModel
package import Scheduling
package import Storage

/// What became of a fire or of a wish to run a job.
package enum ClaimResult: Sendable {
  /// This process owns the execution and carries it out.
  case run(ClaimedExecution)
  /// The execution waits for its turn.
  case queued(ExecutionRecord)
  /// The execution was recorded and is not carried out: not approved, missed, skipped, failed.
  case settled(ExecutionRecord)
  /// Another process was faster, or nothing is due any more.
  case nothing
}

/// An execution that this process owns, with all that is needed to carry it out.
package struct ClaimedExecution: Sendable {
  package let claim: ExecutionClaim
  package let plan: JobPlan
  /// Position in the execution by device number.
  package let positions: [Int64: Int]
  /// What the summary begins with: that it caught up, that fires were missed.
  package let note: String
}

/// Turns what is due into executions: each claim is one transaction, so that two processes never own the same.
package struct Claims: Sendable {
  /// How long a claim is good without a sign of life.
  package static let leaseSeconds: Int64 = 60

  private let catalogs: Catalogs
  private let zones: ZoneDatabase
  private let owner: ExecutionOwner

  package init(catalogs: Catalogs, zones: ZoneDatabase, owner: ExecutionOwner) {
    self.catalogs = catalogs
    self.zones = zones
    self.owner = owner
  }

  /// Claims the fire of a trigger that is due at `time`.
  /// - Throws: `ScheduleError` when the trigger cannot be evaluated any more.
  package func fire(_ change: Change, trigger id: Int64, at time: Timestamp) throws -> ClaimResult {
    guard let trigger = try TriggerQueries.get(change.sql, id: id), let stored = trigger.nextFire, stored <= time,
      let job = try JobQueries.get(change.sql, id: trigger.jobID), job.isEnabled, trigger.isEnabled
    else { return .nothing }
    let times = try TriggerTimes(trigger, zones: zones)
    var due = stored
    while try isRecorded(change.sql, trigger, due), let following = times.fires(after: due, count: 1).first, following <= time {
      due = following
    }
    let latest = lastFire(of: times, from: due, to: time)
    let missedBefore = latest > due
    // A time that was asked for and is still to come must not swallow the fires until then; itself it does not come again.
    var next = times.fires(after: min(time, change.now), count: 1).first
    // After a clock that was set back far there are more of them than are worth a look: those that come find it themselves.
    for _ in 0..<100 {
      guard let candidate = next, try candidate == latest || isRecorded(change.sql, trigger, candidate) else { break }
      next = times.fires(after: candidate, count: 1).first
    }
    let user = job.owner
    func settle(_ status: ExecutionStatus, _ summary: String, changes: Bool) throws -> ClaimResult {
      try settled(
        change,
        ExecutionStart(
          job: job, changesDevices: changes, user: user, trigger: trigger, scheduledTime: latest, status: status, summary: summary
        ))
    }
    if try isRecorded(change.sql, trigger, latest) {
      try change.advance(trigger, fired: latest, next: next)
      return .nothing
    }
    let result: ClaimResult
    let plan: JobPlan
    do {
      plan = try JobPlan.make(change.sql, job: job, catalogs: catalogs, keys: change.keys, now: change.now)
    } catch let error as ModelError {
      let result = try settle(.failed, "nothing was sent: \(error.record)", changes: job.changesDevices)
      try change.advance(trigger, fired: latest, next: next)
      return result
    } catch let error as StorageError where error.code == .key {
      // A secret parameter that cannot be opened concerns this job alone.
      let result = try settle(.failed, "nothing was sent: \(error.message)", changes: job.changesDevices)
      try change.advance(trigger, fired: latest, next: next)
      return result
    }
    let grace = job.definition.options.graceSeconds(changesDevices: plan.changesDevices)
    let late = time.milliseconds(since: latest) / 1000
    var note = missedBefore ? "earlier fires since \(due) were missed" : ""
    if late > grace {
      func missed(_ reason: String?) throws -> ClaimResult {
        let summary = ["late by \(late) s, the grace is \(grace) s", missedBefore ? "since \(due)" : nil, reason]
        let result = try settle(.missed, summary.compactMap { $0 }.joined(separator: ", "), changes: plan.changesDevices)
        try change.advance(trigger, fired: latest, next: next)
        return result
      }
      switch job.definition.options.missedPolicy(changesDevices: plan.changesDevices) {
      case .skip: return try missed(nil)
      case .runOnce:
        // It would run now, so it is now that no filter may be in its way.
        if let removal = times.removal(at: time) { return try missed("not caught up now: \(removal.text)") }
        note = ["caught up, late by \(late) s", note].filter { !$0.isEmpty }.joined(separator: "; ")
      }
    }
    result = try begin(
      change, plan: plan, user: user, trigger: trigger, scheduledTime: latest, note: note, only: nil, queues: false)
    try change.advance(trigger, fired: latest, next: next)
    return result
  }

  /// Claims a run that a person asked for.
  /// - Parameters:
  ///   - only: names of devices among the targets; nil is all.
  ///   - queues: leaves the execution to the next `run-due`.
  package func run(_ change: Change, job seen: JobRecord, only: [String]?, queues: Bool) throws -> ClaimResult {
    guard let job = try JobQueries.get(change.sql, id: seen.id) else {
      throw ModelError(.notFound, "there is no job '\(seen.name)' any more")
    }
    try change.require(job.type.runPermission, network: job.networkID)
    try change.requireTool(job.definition.tool, network: job.networkID)
    guard job.isEnabled else {
      throw ModelError(.conflict, "job '\(job.name)' is disabled", hint: "netjob job enable \(job.name)")
    }
    let plan = try JobPlan.make(change.sql, job: job, catalogs: catalogs, keys: change.keys, now: change.now)
    if plan.changesDevices { try plan.requireNoProblems() }
    for name in only ?? [] where !plan.targets.devices.contains(where: { $0.name == name }) {
      throw ModelError(
        .notFound, "device '\(TextRule.quoted(name))' is not among the targets of job '\(job.name)'",
        hint: "netjob job targets \(job.name) shows them")
    }
    return try begin(
      change, plan: plan, user: change.caller.name, trigger: nil, scheduledTime: nil, note: "", only: only, queues: queues)
  }

  /// Takes over an execution that waits for its turn.
  package func adopt(_ change: Change, _ execution: ExecutionRecord) throws -> ClaimResult {
    // Only what was there before it is waited for: two that wait must not wait for each other.
    guard try activeExecution(change.sql, job: execution.jobID, before: execution.id) == nil,
      let claim = try change.adopt(
        execution, owner: owner, leaseUntil: change.now.adding(seconds: Self.leaseSeconds))
    else { return .nothing }
    func end(_ status: ExecutionStatus, _ summary: String) throws -> ClaimResult {
      try change.endExecution(claim, status, summary: summary)
      return .settled(try ExecutionQueries.find(change.sql, execution.id))
    }
    guard var job = try JobQueries.get(change.sql, id: execution.jobID),
      let revision = try JobQueries.revision(change.sql, of: job.id, execution.revision)
    else { return try end(.failed, "nothing was sent: revision \(execution.revision) of the job no longer exists") }
    if !job.isEnabled { return try end(.skipped, "the job was disabled while it waited") }
    // What waits is the job as it was when it was claimed, of its network then.
    job.revision = revision.revision
    job.definition = revision.definition
    job.type = revision.definition.type
    job.networkID = execution.networkID
    job.network = execution.network
    let plan: JobPlan
    do {
      plan = try JobPlan.make(change.sql, job: job, catalogs: catalogs, keys: change.keys, now: change.now)
      if plan.changesDevices { try plan.requireNoProblems() }
    } catch let error as ModelError {
      return try end(.failed, "nothing was sent: \(error.record)")
    } catch let error as StorageError where error.code == .key {
      return try end(.failed, "nothing was sent: \(error.message)")
    }
    if let reason = try AccountQueries.refusal(change.sql, of: execution.user, toRun: job) { return try end(.failed, reason) }
    var notes: [String] = []
    if let id = execution.requestID, let request = try ApprovalQueries.get(change.sql, id: id) {
      switch try ApprovalGate.compare(change, plan, request, catalogs) {
      case .refused(let reason): return try end(.notApproved, reason)
      case .allowed(_, let joined): notes = joined
      case .notNeeded: break
      }
    } else if try ApprovalQueries.isNeeded(
      change.sql, changesDevices: plan.changesDevices, network: job.networkID, runsFor: execution.user)
    {
      return try end(.notApproved, "user '\(execution.user)' may no longer run it without approval")
    }
    notes.insert(contentsOf: execution.summary.isEmpty ? [] : [execution.summary], at: 0)
    return .run(
      ClaimedExecution(
        claim: claim, plan: plan, positions: try positions(change.sql, of: execution.id), note: notes.joined(separator: "; ")))
  }

  /// Ends a waiting execution that cannot be understood any more, so that it does not wait for ever.
  package func fail(_ change: Change, _ execution: ExecutionRecord, because reason: String) throws -> ClaimResult {
    guard
      let claim = try change.adopt(
        execution, owner: owner, leaseUntil: change.now.adding(seconds: Self.leaseSeconds))
    else { return .nothing }
    try change.endExecution(claim, .failed, summary: "nothing was sent: \(reason)")
    return .settled(try ExecutionQueries.find(change.sql, execution.id))
  }

  private func begin(
    _ change: Change, plan: JobPlan, user: String, trigger: TriggerRecord?, scheduledTime: Timestamp?, note: String,
    only: [String]?, queues: Bool
  ) throws -> ClaimResult {
    let job = plan.job
    var start = ExecutionStart(
      job: job, changesDevices: plan.changesDevices, user: user, trigger: trigger, scheduledTime: scheduledTime, status: .running,
      summary: note, owner: owner, leaseUntil: change.now.adding(seconds: Self.leaseSeconds))
    func settle(_ status: ExecutionStatus, _ summary: String) throws -> ClaimResult {
      start.status = status
      start.summary = summary
      start.owner = nil
      start.leaseUntil = nil
      return try settled(change, start)
    }
    if let reason = try AccountQueries.refusal(change.sql, of: user, toRun: job) { return try settle(.failed, reason) }
    // A device that is only read fails alone; a change is for all of them or none.
    if plan.changesDevices, let problem = plan.problems.first {
      return try settle(.failed, "nothing was sent: device '\(problem.device)': \(problem.message)")
    }
    let active = try activeExecution(change.sql, job: job.id, before: nil)
    let mayQueue = job.definition.options.overlap == .queue && (trigger != nil || queues)
    if let active, trigger == nil, !mayQueue {
      throw ModelError(.conflict, "job '\(job.name)' is busy: execution \(active) of the job has not ended")
    }
    // The gate comes before the overlap: where two triggers share one approval, the second is not approved, rather than skipped.
    let verdict = try ApprovalGate.verdict(change, plan: plan, user: user, catalogs: catalogs)
    if case .refused(let reason) = verdict { return try settle(.notApproved, reason) }
    if let active {
      if !mayQueue { return try settle(.skipped, "execution \(active) of the job has not ended") }
      // A trigger that fires faster than its job ends must not pile up work without bound.
      if let trigger, let waiting = try waitingExecution(change.sql, of: trigger) {
        return try settle(.skipped, "execution \(waiting) of the same trigger still waits its turn")
      }
      start.status = .pending
    }
    if queues { start.status = .pending }
    if start.status == .pending {
      start.owner = nil
      start.leaseUntil = nil
    }
    if plan.changesDevices && plan.parts.isEmpty {
      return try settle(.skipped, "no device matches the targets; nothing was changed, and no approval used")
    }
    start.targets = plan.targets
    var notes = note.isEmpty ? [] : [note]
    if let only {
      notes.append("only \(only.joined(separator: ", ")) of \(plan.targets.devices.count) targets")
    } else if !plan.leftOut.isEmpty {
      notes.append("left out: " + plan.leftOut.map { "\($0.name) (\($0.reason))" }.joined(separator: ", "))
    }
    if case .allowed(_, let joined) = verdict { notes += joined }
    start.summary = notes.joined(separator: "; ")
    if let only {
      start.targets.devices.removeAll { !only.contains($0.name) }
      start.targets.leftOut = []
    }
    if case .allowed(let request, _) = verdict { start.requestID = request.id }
    let claim = try change.beginExecution(start)
    if case .allowed(let request, let notes) = verdict {
      try change.setRequest(request.id, of: claim.id)
      try change.consume(request, by: claim.id, noting: notes)
    }
    if start.status == .pending { return .queued(try ExecutionQueries.find(change.sql, claim.id)) }
    return .run(
      ClaimedExecution(claim: claim, plan: plan, positions: try positions(change.sql, of: claim.id), note: start.summary))
  }

  private func settled(_ change: Change, _ start: ExecutionStart) throws -> ClaimResult {
    let claim = try change.beginExecution(start)
    return .settled(try ExecutionQueries.find(change.sql, claim.id))
  }

  private func positions(_ sql: any SQLConnection, of execution: Int64) throws -> [Int64: Int] {
    var positions: [Int64: Int] = [:]
    for device in try ExecutionQueries.devices(sql, of: execution) {
      if let id = device.deviceID { positions[id] = device.position }
    }
    return positions
  }

  /// An execution of the job that runs, or that waits and has a lower number than `before`.
  private func activeExecution(_ sql: any SQLConnection, job: Int64, before: Int64?) throws -> Int64? {
    try sql.row(
      """
      SELECT id FROM execution WHERE job_id = ? AND (status = 'running' OR (status = 'pending' AND id < ?)) ORDER BY id LIMIT 1
      """, job, before ?? Int64.max)?.int64("id")
  }

  private func waitingExecution(_ sql: any SQLConnection, of trigger: TriggerRecord) throws -> Int64? {
    try sql.row("SELECT id FROM execution WHERE status = 'pending' AND trigger_id = ? LIMIT 1", trigger.id)?.int64("id")
  }

  private func isRecorded(_ sql: any SQLConnection, _ trigger: TriggerRecord, _ time: Timestamp) throws -> Bool {
    try sql.row("SELECT id FROM execution WHERE trigger_id = ? AND scheduled_at = ?", trigger.id, time) != nil
  }

  /// The latest timing not after `time`, `first` being one: looked for in widening windows, so that years of missed fires cost
  /// no more than an hour of them.
  private func lastFire(of times: TriggerTimes, from first: Timestamp, to time: Timestamp) -> Timestamp {
    for seconds: Int64 in [3600, 86_400, 32 * 86_400, 366 * 86_400] {
      let start = time.adding(seconds: -seconds)
      if start <= first { break }
      if let found = lastFire(of: times, after: start, to: time) { return found }
    }
    return lastFire(of: times, after: first, to: time) ?? first
  }

  private func lastFire(of times: TriggerTimes, after start: Timestamp, to time: Timestamp) -> Timestamp? {
    var last: Timestamp?
    var cursor = start
    // One timing at first: that a rare schedule is on time must not cost a look at the next centuries.
    var count = 1
    while true {
      let fires = times.fires(after: cursor, count: count)
      guard let latest = fires.last(where: { $0 <= time }) else { return last }
      last = latest
      guard latest == fires.last, fires.count == count else { return last }
      cursor = latest
      count = min(count * 4, 1024)
    }
  }
}
