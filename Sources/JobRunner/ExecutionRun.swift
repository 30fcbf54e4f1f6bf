private import DeviceCLI
internal import JobModel
internal import Scheduling
internal import Storage
private import Transports

/// Carries out one claimed execution: its devices in batches, several at once, each result recorded as it comes.
struct ExecutionRun: Sendable {
  let store: Store
  let opener: DeviceOpener
  let caller: Caller
  let claimed: ClaimedExecution
  let budget: SessionBudget
  let stop: StopSignal
  let maximumSessions: Int

  /// How long a device that is being changed may take to finish its step after a wish to stop, in seconds.
  static let changeGraceSeconds = 30

  private var claim: ExecutionClaim { claimed.claim }
  private var options: ExecutionOptions { claimed.plan.job.definition.options }

  /// Runs to the end and returns the execution as recorded.
  /// - Throws: when the end could not be recorded; the next sweep then tells what is known.
  func run() async throws -> ExecutionRecord {
    let heartbeat = Task { await beat() }
    defer { heartbeat.cancel() }
    var parts = claimed.plan.parts.filter { claimed.positions[$0.device.id] != nil }
    let total = parts.count
    var failures = 0
    var succeeded = 0
    var other = 0
    var stoppedBy: String?
    var batchIndex = 0
    while !parts.isEmpty, stop.current == nil, stoppedBy == nil {
      let size = batchSize(batchIndex, total: total)
      let batch = Array(parts.prefix(size))
      parts.removeFirst(min(size, parts.count))
      batchIndex += 1
      let statuses = await runBatch(batch, failuresBefore: failures, total: total)
      failures += statuses.filter(\.isFailure).count
      succeeded += statuses.filter { $0 == .succeeded }.count
      other += statuses.filter { !$0.isFailure && $0 != .succeeded }.count
      let untouched = parts.count + batch.count - statuses.count
      if let limit = options.maxFailures, failures > limit.resolved(of: total), untouched > 0 {
        stoppedBy = "\(failures) failures are more than \(limit) of \(total): \(untouched) devices were not begun"
      }
    }
    let (status, summary) = verdict(total: total, failures: failures, succeeded: succeeded, stoppedBy: stoppedBy)
    return try await store.changeAsync(as: caller) { [claim] change in
      try change.endExecution(claim, status, summary: summary)
      return try ExecutionQueries.find(change.sql, claim.id)
    }
  }

  private func verdict(
    total: Int, failures: Int, succeeded: Int, stoppedBy: String?
  ) -> (ExecutionStatus, String) {
    var words: [String] = []
    if !claimed.note.isEmpty { words.append(claimed.note) }
    if total == 0 {
      words.append("no device matched the targets")
    } else {
      words.append(
        "\(succeeded) of \(total) device\(total == 1 ? "" : "s") succeeded" + (failures > 0 ? ", \(failures) failed" : ""))
    }
    if let stoppedBy { words.append(stoppedBy) }
    if let reason = stop.current {
      words.append(reason.text)
      if case .storage = reason { return (.failed, words.joined(separator: "; ")) }
      return (.cancelled, words.joined(separator: "; "))
    }
    return (failures > 0 ? .failed : .succeeded, words.joined(separator: "; "))
  }

  private func batchSize(_ index: Int, total: Int) -> Int {
    guard let last = options.batch.last else { return total }
    let share = index < options.batch.count ? options.batch[index] : last
    return max(1, share.resolved(of: total))
  }

  /// Runs a batch, as many devices at once as the job and the session budget allow. Once the failures pass the job's limit,
  /// no further device is begun.
  private func runBatch(_ batch: [JobPlan.Part], failuresBefore: Int, total: Int) async -> [DeviceStatus] {
    var waiting = batch[...]
    var statuses: [DeviceStatus] = []
    let width = max(1, min(options.concurrency ?? maximumSessions, maximumSessions))
    await withTaskGroup(of: DeviceStatus.self) { group in
      func beginNext() {
        guard stop.current == nil, let part = waiting.popFirst() else { return }
        group.addTask { await runDevice(part) }
      }
      for _ in 0..<width { beginNext() }
      while let status = await group.next() {
        statuses.append(status)
        let failures = failuresBefore + statuses.filter(\.isFailure).count
        if let limit = options.maxFailures, failures > limit.resolved(of: total) { continue }
        beginNext()
      }
    }
    return statuses
  }

  // MARK: One device

  private func runDevice(_ part: JobPlan.Part) async -> DeviceStatus {
    guard let position = claimed.positions[part.device.id] else { return .notBegun }
    await budget.acquire()
    let status = await runWithPlace(part, position)
    await budget.release()
    return status
  }

  private func runWithPlace(_ part: JobPlan.Part, _ position: Int) async -> DeviceStatus {
    if stop.current != nil { return .notBegun }
    do {
      if claimed.plan.changesDevices, let holder = try await leased(part.device) {
        return try await record(
          DeviceOutcome(status: .failed, error: "busy: execution \(holder) was changing the device all the while"), position, part
        )
      }
      // The wish to stop may have come while another execution held the device.
      if stop.current != nil { return .notBegun }
      try await store.changeAsync(as: caller) { [claim] change in try change.beginDevice(claim, position: position) }
      let outcome = await attempt(part, position)
      return try await record(outcome, position, part)
    } catch {
      stop.stop(isLost(error) ? .lost : .storage("\(error)"))
      return .failed
    }
  }

  private func isLost(_ error: any Error) -> Bool { (error as? ModelError)?.code == .conflict }

  /// Takes the lease of a device that is to be changed; waits while another execution changes it.
  /// - Returns: nil when it was taken; else the execution that held it to the end of the device's time.
  private func leased(_ device: DeviceRecord) async throws -> Int64? {
    let deadline = ContinuousClock.now + deviceTime
    while true {
      let holder = try await store.changeAsync(as: caller) { [claim] change in try change.lease(device.id, for: claim) }
      guard let holder else { return nil }
      if stop.current != nil || ContinuousClock.now >= deadline { return holder }
      try? await Task.sleep(for: .milliseconds(250))
    }
  }

  private func record(_ outcome: DeviceOutcome, _ position: Int, _ part: JobPlan.Part) async throws -> DeviceStatus {
    try await store.changeAsync(as: caller) { [claim] change in
      try change.endDevice(claim, position: position, outcome)
      try change.release(part.device.id, of: claim)
    }
    return outcome.status
  }

  private var deviceTime: Duration { .seconds(options.timeout ?? 600) }

  /// Opens the device and works on it, again as often as the job allows while it cannot be reached.
  private func attempt(_ part: JobPlan.Part, _ position: Int) async -> DeviceOutcome {
    var outcome = DeviceOutcome(status: .failed)
    for round in 0...max(0, options.retries) {
      let progress = ChangeProgress()
      outcome = await once(part, position, progress)
      // A change is never repeated: only a device that nothing was sent to is tried again.
      guard outcome.status == .failed, stop.current == nil, progress.sent.isEmpty, outcome.output == nil else { break }
      if round < options.retries { try? await Task.sleep(for: .seconds(1 << min(round, 5))) }
    }
    return outcome
  }

  private func once(_ part: JobPlan.Part, _ position: Int, _ progress: ChangeProgress) async -> DeviceOutcome {
    let work = DeviceWork(
      store: store, caller: caller, claim: claim, position: position, part: part, plan: claimed.plan, stop: stop)
    let task = Task { try await talk(part, work, progress) }
    let guardTask = Task { await watch(task, progress) }
    defer { guardTask.cancel() }
    do {
      return try await task.value
    } catch {
      return await judged(error, part, progress, timedOut: guardTask)
    }
  }

  private func talk(_ part: JobPlan.Part, _ work: DeviceWork, _ progress: ChangeProgress) async throws -> DeviceOutcome {
    var deadlines = SessionDeadlines()
    deadlines.device = deviceTime
    let opened: OpenedDevice
    do {
      opened = try await opener.open(part.device, deadlines: deadlines)
    } catch {
      if error is TransportError {
        try? await store.changeAsync(as: caller) { change in
          try change.noteContact(deviceID: part.device.id, isUp: false, credentialID: nil)
        }
      }
      throw error
    }
    do {
      try await store.changeAsync(as: caller) { change in
        try change.noteContact(deviceID: part.device.id, isUp: true, credentialID: opened.credential?.id)
      }
      let outcome = try await work.run(on: opened, progress: progress)
      await opened.session.close()
      return outcome
    } catch {
      await opened.session.close()
      throw error
    }
  }

  /// Ends the work on a device at its deadline, or when work has to stop: a reading device at once, one that is being changed
  /// after the step that is under way, within a limit.
  /// - Returns: whether the deadline was what ended it.
  private func watch(_ task: Task<DeviceOutcome, any Error>, _ progress: ChangeProgress) async -> Bool {
    let deadline = ContinuousClock.now + deviceTime
    var stopDeadline: ContinuousClock.Instant?
    while !Task.isCancelled {
      let now = ContinuousClock.now
      if now >= deadline {
        task.cancel()
        return true
      }
      if stop.current != nil {
        if !claimed.plan.changesDevices || progress.sent.isEmpty {
          task.cancel()
          return false
        }
        let limit = stopDeadline ?? now + .seconds(Self.changeGraceSeconds)
        stopDeadline = limit
        if now >= limit {
          task.cancel()
          return false
        }
      }
      try? await Task.sleep(for: .milliseconds(100))
    }
    return false
  }

  /// What an error means for the device: in doubt when a command that changes it was on its way.
  private func judged(
    _ error: any Error, _ part: JobPlan.Part, _ progress: ChangeProgress, timedOut guardTask: Task<Bool, Never>
  ) async -> DeviceOutcome {
    guardTask.cancel()
    let isDeadline = await guardTask.value
    let why: String
    switch error {
    case is CancellationError:
      why =
        isDeadline
        ? "the time for one device, \(deviceTime.components.seconds) s, ran out" : "stopped: \(stop.current?.text ?? "cancelled")"
    case let error as TransportError: why = error.message
    case let error as DeviceError: why = error.message
    case let error as ModelError: why = error.message
    case let error as StorageError:
      stop.stop(.storage(error.message))
      why = error.message
    default: why = "\(error)"
    }
    if let command = progress.inFlight {
      return DeviceOutcome(
        status: .inDoubt, error: "\(why); nobody knows whether it took the last command: \(command)", changed: true)
    }
    if !progress.sent.isEmpty {
      return DeviceOutcome(
        status: .failed, error: "every command was sent and answered, then: \(why)", changed: true)
    }
    let isCancelled = error is CancellationError && !isDeadline
    return DeviceOutcome(status: isCancelled ? .cancelled : .failed, error: why)
  }

  // MARK: Lease

  /// Keeps the claim alive and listens for a wish to cancel.
  private func beat() async {
    var renewed = ContinuousClock.now
    while !Task.isCancelled {
      try? await Task.sleep(for: .seconds(1))
      if Task.isCancelled { return }
      do {
        let isDue = ContinuousClock.now - renewed > .seconds(10)
        let wish = try await isDue ? renew() : look()
        if isDue { renewed = .now }
        switch wish {
        case nil: stop.stop(.lost)
        case true?: stop.stop(.cancelled)
        case false?: break
        }
      } catch {
        // A busy moment is no reason to give up: the lease has minutes, and the next result will tell.
        continue
      }
    }
  }

  private func renew() async throws -> Bool? {
    try await store.changeAsync(as: caller) { [claim] change in
      try change.renew(claim, until: change.now.adding(seconds: Claims.leaseSeconds))
    }
  }

  private func look() async throws -> Bool? {
    try await store.readAsync { [claim] sql in
      try sql.row(
        "SELECT cancel_requested FROM execution WHERE id = ? AND generation = ? AND status = 'running'", claim.id,
        claim.generation)?.bool("cancel_requested")
    }
  }
}
