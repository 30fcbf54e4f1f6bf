private import DeviceCLI
internal import JobModel
internal import Scheduling
internal import Storage
private import ToolCatalog
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
  let pace: RunnerPace
  /// The time for one device, where the job does not say.
  let standardDeviceTime: Duration
  var progress: RunProgress?

  private var claim: ExecutionClaim { claimed.claim }
  private var options: ExecutionOptions { claimed.plan.job.definition.options }

  /// Runs to the end and returns the execution as recorded.
  /// - Throws: when the end could not be recorded; the next sweep then tells what is known.
  func run() async throws -> ExecutionRecord {
    let heartbeat = Task { await beat() }
    defer { heartbeat.cancel() }
    var parts = claimed.plan.parts.filter { claimed.positions[$0.device.id] != nil }
    progress?.begin(claim.id, job: claimed.plan.job.name, devices: claimed.positions.count)
    defer { progress?.end(claim.id) }
    let problems = await recordProblems()
    progress?.skip(failed: problems)
    let total = parts.count + problems
    var failures = problems
    var succeeded = 0
    var inDoubt: [String] = []
    var stoppedBy: String?
    var batchIndex = 0
    while !parts.isEmpty, stop.current == nil, stoppedBy == nil {
      let size = batchSize(batchIndex, total: total)
      let batch = Array(parts.prefix(size))
      parts.removeFirst(min(size, parts.count))
      batchIndex += 1
      let ended = await runBatch(batch, failuresBefore: failures, total: total)
      let statuses = ended.map(\.status)
      inDoubt += ended.filter { $0.status == .inDoubt }.map(\.device)
      failures += statuses.filter(\.isFailure).count
      succeeded += statuses.filter { $0 == .succeeded }.count
      let untouched = parts.count + batch.count - statuses.filter { $0 != .notBegun }.count
      if let limit = options.maxFailures, failures > limit.resolved(of: total), untouched > 0 {
        stoppedBy = "\(failures) failures are more than \(limit) of \(total): \(untouched) devices were not begun"
      }
    }
    let (status, summary) = verdict(
      total: total, failures: failures, succeeded: succeeded, inDoubt: inDoubt.sorted(), stoppedBy: stoppedBy)
    return try await persist { [claim] change in
      try change.endExecution(claim, status, summary: summary)
      return try ExecutionQueries.find(change.sql, claim.id)
    }
  }

  /// Writes what must not be lost: a database that is locked for long is asked again.
  private func persist<Value: Sendable>(_ body: @escaping @Sendable (Change) throws -> Value) async throws -> Value {
    for _ in 0..<2 {
      do {
        return try await store.changeAsync(as: caller, body)
      } catch let error as StorageError where error.code == .locked {
        continue
      }
    }
    return try await store.changeAsync(as: caller, body)
  }

  /// Records the devices for which there are no commands: they fail, and the others go on.
  /// - Returns: how many there are.
  private func recordProblems() async -> Int {
    let messages = Dictionary(claimed.plan.problems.map { ($0.device, $0.message) }, uniquingKeysWith: { first, _ in first })
    var count = 0
    for device in claimed.plan.targets.devices {
      guard let message = messages[device.name], let position = claimed.positions[device.id] else { continue }
      count += 1
      do {
        try await record(DeviceOutcome(status: .failed, error: "nothing was sent: \(message)"), position, device)
      } catch {
        stop.stop(reason(for: error))
      }
    }
    return count
  }

  private func verdict(
    total: Int, failures: Int, succeeded: Int, inDoubt: [String], stoppedBy: String?
  ) -> (ExecutionStatus, String) {
    var words: [String] = []
    if !claimed.note.isEmpty { words.append(claimed.note) }
    let isEmptyList = total == 0 && !claimed.plan.leftOut.isEmpty
    if isEmptyList {
      words.append("no device of the list is left")
    } else if total == 0 {
      words.append("no device matched the targets")
    } else {
      words.append(
        "\(succeeded) of \(total) device\(total == 1 ? "" : "s") succeeded" + (failures > 0 ? ", \(failures) failed" : ""))
    }
    if !inDoubt.isEmpty { words.append("in doubt: \(inDoubt.joined(separator: ", "))") }
    if let stoppedBy { words.append(stoppedBy) }
    if let reason = stop.current {
      words.append(reason.text)
      if case .storage = reason { return (.failed, words.joined(separator: "; ")) }
      return (.cancelled, words.joined(separator: "; "))
    }
    return (failures > 0 || isEmptyList ? .failed : .succeeded, words.joined(separator: "; "))
  }

  private func batchSize(_ index: Int, total: Int) -> Int {
    guard let last = options.batch.last else { return total }
    let share = index < options.batch.count ? options.batch[index] : last
    return max(1, share.resolved(of: total))
  }

  /// Runs a batch, as many devices at once as the job and the session budget allow. Once the failures pass the job's limit,
  /// no further device is begun.
  private func runBatch(_ batch: [JobPlan.Part], failuresBefore: Int, total: Int) async -> [Ended] {
    var waiting = batch[...]
    var ended: [Ended] = []
    let width = max(1, min(options.concurrency ?? maximumSessions, maximumSessions))
    await withTaskGroup(of: Ended.self) { group in
      func beginNext() {
        guard stop.current == nil, let part = waiting.popFirst() else { return }
        group.addTask { Ended(device: part.device.name, status: await runDevice(part)) }
      }
      for _ in 0..<width { beginNext() }
      while let one = await group.next() {
        ended.append(one)
        let failures = failuresBefore + ended.filter(\.status.isFailure).count
        if let limit = options.maxFailures, failures > limit.resolved(of: total) { continue }
        beginNext()
      }
    }
    return ended
  }

  /// How a device of a batch ended.
  private struct Ended: Sendable {
    let device: String
    let status: DeviceStatus
  }

  // MARK: One device

  private func runDevice(_ part: JobPlan.Part) async -> DeviceStatus {
    guard let position = claimed.positions[part.device.id] else { return .notBegun }
    var deadline: ContinuousClock.Instant?
    while true {
      await budget.acquire()
      let step = await runWithPlace(part, position, mayWait: deadline.map { ContinuousClock.now < $0 } ?? true)
      // A device that waits for another execution keeps no place from devices that could go on.
      await budget.release()
      switch step {
      case .ended(let status): return status
      case .busy:
        deadline = deadline ?? ContinuousClock.now + deviceTime
        await pause(pace.leasePoll)
      }
    }
  }

  private enum Step {
    case ended(DeviceStatus)
    /// Another execution changes the device.
    case busy
  }

  private func runWithPlace(_ part: JobPlan.Part, _ position: Int, mayWait: Bool) async -> Step {
    if stop.current != nil { return .ended(.notBegun) }
    do {
      if claimed.plan.changesDevices, let holder = try await lease(part.device) {
        if mayWait { return .busy }
        let outcome = DeviceOutcome(status: .failed, error: "busy: execution \(holder) was changing the device all the while")
        try await record(outcome, position, part.device)
        return .ended(.failed)
      }
      try await store.changeAsync(as: caller) { [claim] change in try change.beginDevice(claim, position: position) }
      let activity = DeviceActivity()
      let number = progress?.begin(device: part.device.name, activity)
      var status = DeviceStatus.failed
      defer { if let number { progress?.end(device: number, status) } }
      let outcome = await attempt(part, position, activity)
      status = outcome.status
      try await record(outcome, position, part.device)
      return .ended(outcome.status)
    } catch {
      stop.stop(reason(for: error))
      return .ended(.failed)
    }
  }

  private func reason(for error: any Error) -> StopSignal.Reason {
    (error as? ModelError)?.code == .conflict ? .lost : .storage("\(error)")
  }

  /// Takes the lease of a device that is to be changed.
  /// - Returns: nil when it was taken; else the execution that holds it.
  private func lease(_ device: DeviceRecord) async throws -> Int64? {
    try await store.changeAsync(as: caller) { [claim] change in try change.lease(device.id, for: claim) }
  }

  private func record(_ outcome: DeviceOutcome, _ position: Int, _ device: DeviceRecord) async throws {
    try await persist { [claim] change in
      try change.endDevice(claim, position: position, outcome)
      try change.release(device.id, of: claim)
    }
  }

  private var deviceTime: Duration { options.timeout.map { .seconds($0) } ?? standardDeviceTime }

  /// Waits, but not beyond a wish to stop.
  private func pause(_ duration: Duration) async {
    let end = ContinuousClock.now + duration
    while stop.current == nil, ContinuousClock.now < end {
      try? await Task.sleep(for: min(pace.poll, end - ContinuousClock.now))
    }
  }

  /// Opens the device and works on it, again as often as the job allows while it cannot be reached and its time lasts.
  private func attempt(_ part: JobPlan.Part, _ position: Int, _ activity: DeviceActivity) async -> DeviceOutcome {
    let deadline = ContinuousClock.now + deviceTime
    var round = 0
    while true {
      let (outcome, isUnreachable) = await once(part, position, deadline, activity)
      guard isUnreachable, round < options.retries, stop.current == nil, ContinuousClock.now < deadline else { return outcome }
      await pause(pace.retry * (1 << min(round, 5)))
      if stop.current != nil { return outcome }
      round += 1
    }
  }

  /// - Returns: how it ended, and whether it is of use to try again: the device was not reached and nothing was sent to change it.
  private func once(
    _ part: JobPlan.Part, _ position: Int, _ deadline: ContinuousClock.Instant, _ activity: DeviceActivity
  ) async -> (outcome: DeviceOutcome, isUnreachable: Bool) {
    let progress = ChangeProgress()
    let work = DeviceWork(
      store: store, caller: caller, claim: claim, position: position, part: part, plan: claimed.plan, stop: stop)
    let task = Task { try await talk(part, deadline, activity) { try await work.run(on: $0, progress: progress) } }
    let watchTask = Task { await watch(task, progress, deadline) }
    do {
      let outcome = try await task.value
      watchTask.cancel()
      return (outcome, false)
    } catch {
      watchTask.cancel()
      let isDeadline = await watchTask.value
      return (
        judged(error, progress, activity, isDeadline: isDeadline),
        !isDeadline && progress.sent.isEmpty && Self.isUnreachable(error)
      )
    }
  }

  /// A refused login is not tried again: it counts against a lock-out.
  private static func isUnreachable(_ error: any Error) -> Bool {
    switch error {
    case let error as TransportError:
      [.nameNotResolved, .unreachable, .timedOut, .sessionRefused, .connectionLost].contains(error.code)
    case let error as DeviceError: [.connectionLost, .timedOut, .promptNotFound].contains(error.code)
    default: false
    }
  }

  private func talk(
    _ part: JobPlan.Part, _ deadline: ContinuousClock.Instant, _ activity: DeviceActivity,
    _ body: (OpenedDevice) async throws -> DeviceOutcome
  ) async throws -> DeviceOutcome {
    let opened: OpenedDevice
    do {
      opened = try await opener.open(
        part.device, for: claim.id, secrets: part.tool?.secrets ?? [], timeout: deadline - .now,
        activity: { activity.current = $0 })
    } catch {
      if let error = error as? TransportError, !error.concernsJumpHost {
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
      let outcome = try await body(opened)
      await opened.close()
      return outcome
    } catch {
      await opened.close(because: error)
      throw error
    }
  }

  /// Ends the work on a device at its deadline, or when work has to stop: a reading device at once, one that is being changed
  /// after the step that is under way, within a limit.
  /// - Returns: whether the deadline was what ended it.
  private func watch(
    _ task: Task<DeviceOutcome, any Error>, _ progress: ChangeProgress, _ deadline: ContinuousClock.Instant
  ) async -> Bool {
    var stopDeadline: ContinuousClock.Instant?
    while !Task.isCancelled {
      let now = ContinuousClock.now
      if now >= deadline {
        task.cancel()
        return true
      }
      if stop.current != nil {
        if progress.giveUp() {
          task.cancel()
          return false
        }
        let limit = stopDeadline ?? now + pace.changeGrace
        stopDeadline = limit
        if now >= limit {
          task.cancel()
          return false
        }
      }
      try? await Task.sleep(for: pace.poll)
    }
    return false
  }

  /// What an error means for the device: in doubt when a command that changes it was on its way.
  private func judged(
    _ error: any Error, _ progress: ChangeProgress, _ activity: DeviceActivity, isDeadline: Bool
  ) -> DeviceOutcome {
    let place = activity.current.isEmpty ? "" : " at \(activity.current)"
    var why: String
    switch error {
    case is CancellationError:
      why =
        isDeadline
        ? "the time for one device, \(deviceTime.components.seconds) s, ran out\(place)"
        : "stopped: \(stop.current?.text ?? "cancelled")"
    case let error as TransportError: why = error.message
    case let error as DeviceError: why = error.message
    case let error as ModelError: why = error.message
    case let error as StorageError:
      // A damaged row or secret is this device's trouble; a database that cannot be written is everybody's.
      if ![.key, .corrupt].contains(error.code) { stop.stop(.storage(error.message)) }
      why = error.message
    default: why = "\(error)"
    }
    why = claimed.plan.redactor.redacting(why)
    if let command = progress.inFlight {
      return DeviceOutcome(
        status: .inDoubt, error: "\(why); nobody knows whether it took the last command: \(command)", changed: true,
        output: progress.sent.dropLast().map { "(answered) \($0)\n" }.joined() + "(in doubt) \(command)\n")
    }
    if !progress.sent.isEmpty {
      return DeviceOutcome(
        status: .failed, error: "every command was sent and answered, then: \(why)", changed: true,
        output: progress.sent.map { "(answered) \($0)\n" }.joined())
    }
    let isCancelled = error is CancellationError && !isDeadline
    return DeviceOutcome(status: isCancelled ? .cancelled : .failed, error: why)
  }

  // MARK: Lease

  /// Keeps the claim alive and listens for a wish to cancel.
  private func beat() async {
    var renewed = ContinuousClock.now
    while !Task.isCancelled {
      try? await Task.sleep(for: pace.heartbeat)
      if Task.isCancelled { return }
      do {
        let isDue = ContinuousClock.now - renewed > pace.renewal
        let wish = try await isDue ? renew() : look()
        if isDue { renewed = .now }
        switch wish {
        case nil: stop.stop(.lost)
        case true?: stop.stop(.cancelled)
        case false?: break
        }
      } catch {
        // A busy moment is no reason to give up: it is tried again at once, and the next result will tell.
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
