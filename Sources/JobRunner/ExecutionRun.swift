private import DeviceCLI
internal import JobModel
internal import Scheduling
internal import Storage
private import ToolCatalog
private import Transports

/// Carries out one claimed execution: its devices in batches, several at once, each result recorded as it comes.
///
/// A class, as the tasks of all devices share it.
final class ExecutionRun: Sendable {
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
  let progress: RunProgress?
  private let watch = DeviceWatch()

  init(
    store: Store, opener: DeviceOpener, caller: Caller, claimed: ClaimedExecution, budget: SessionBudget, stop: StopSignal,
    maximumSessions: Int, pace: RunnerPace, standardDeviceTime: Duration, progress: RunProgress? = nil
  ) {
    self.store = store
    self.opener = opener
    self.caller = caller
    self.claimed = claimed
    self.budget = budget
    self.stop = stop
    self.maximumSessions = maximumSessions
    self.pace = pace
    self.standardDeviceTime = standardDeviceTime
    self.progress = progress
  }

  private var claim: ExecutionClaim { claimed.claim }
  private var options: ExecutionOptions { claimed.plan.job.definition.options }

  /// Runs to the end and returns the execution as recorded.
  /// - Throws: when the end could not be recorded; the next sweep then tells what is known.
  func run() async throws -> ExecutionRecord {
    let attendants = [Task { await self.beat() }, Task { await self.keepWatch() }]
    defer { for task in attendants { task.cancel() } }
    if let whole = claimed.plan.whole { return try await run(whole) }
    var parts = claimed.plan.parts.compactMap { part in claimed.positions[part.device.id].map { Entry(part, position: $0) } }
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

  private func run(_ whole: any WholeTask) async throws -> ExecutionRecord {
    progress?.begin(claim.id, job: claimed.plan.job.name, devices: 0)
    defer { progress?.end(claim.id) }
    var words = claimed.note.isEmpty ? [] : [claimed.note]
    var status = ExecutionStatus.failed
    do {
      let outcome = try await whole.run(
        WholeRun(
          store: store, opener: opener, caller: caller, claimed: claimed, budget: budget, maximumSessions: maximumSessions,
          stop: stop, pace: pace, progress: progress))
      words.append(outcome.summary)
      status = outcome.isSucceeded ? .succeeded : .failed
    } catch {
      if let error = error as? StorageError, ![.key, .corrupt].contains(error.code) { stop.stop(.storage(error.message)) }
      if stop.current == nil { words.append((error as? ModelError)?.record ?? "\(error)") }
    }
    if let reason = stop.current {
      words.append(reason.text)
      if case .storage = reason { status = .failed } else { status = .cancelled }
    }
    let summary = words.joined(separator: "; ")
    return try await persist { [claim, status] change in
      try change.endExecution(claim, status, summary: summary)
      return try ExecutionQueries.find(change.sql, claim.id)
    }
  }

  /// Writes what must not be lost: a database that is locked for long is asked again.
  /// - Parameter together: in one transaction with what other devices have to write.
  private func persist<Value: Sendable>(
    together: Bool = false, _ body: @escaping @Sendable (Change) throws -> Value
  ) async throws -> Value {
    func once() async throws -> Value {
      if together { return try await store.changeTogether(as: caller, body) }
      return try await store.changeAsync(as: caller, body)
    }
    for _ in 0..<2 {
      do {
        return try await once()
      } catch let error as StorageError where error.code == .locked {
        continue
      }
    }
    return try await once()
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
      if case .storage = reason {
        words.append(reason.text)
        return (.failed, words.joined(separator: "; "))
      }
      // A stop that came when all was done has stopped nothing.
      let isTooLate = total > 0 && succeeded == total
      words.append((isTooLate ? "too late to stop it: " : "") + reason.text)
      return (isTooLate ? .succeeded : .cancelled, words.joined(separator: "; "))
    }
    return (failures > 0 || isEmptyList ? .failed : .succeeded, words.joined(separator: "; "))
  }

  private func batchSize(_ index: Int, total: Int) -> Int {
    guard let last = options.batch.last else { return total }
    let share = index < options.batch.count ? options.batch[index] : last
    return max(1, share.resolved(of: total))
  }

  /// Runs a batch, as many devices at once as the job and the session budget allow. Once the failures pass the job's limit,
  /// no further device is begun; nor while too many results wait to be written, so that devices which answer faster than the
  /// database writes do not fill the memory.
  private func runBatch(_ batch: [Entry], failuresBefore: Int, total: Int) async -> [Ended] {
    var waiting = batch[...]
    var ended: [Ended] = []
    var runningCount = 0
    var unwrittenCount = 0
    var failures = failuresBefore
    let width = max(1, min(options.concurrency ?? maximumSessions, maximumSessions))
    await withTaskGroup(of: Progress.self) { group in
      func beginNext() {
        while runningCount < width, unwrittenCount < pace.unwrittenLimit, stop.current == nil,
          options.maxFailures.map({ failures <= $0.resolved(of: total) }) ?? true, let entry = waiting.popFirst()
        {
          runningCount += 1
          let executor = opener.nextExecutor()
          group.addTask(executorPreference: executor) { await self.runDevice(entry, on: executor) }
        }
      }
      beginNext()
      while let one = await group.next() {
        switch one {
        case .found(let finding, let entry):
          runningCount -= 1
          unwrittenCount += 1
          if finding.status.isFailure { failures += 1 }
          group.addTask { .written(Ended(device: entry.device.name, status: await self.write(finding, entry))) }
        case .written(let device):
          unwrittenCount -= 1
          ended.append(device)
        case .ended(let device):
          runningCount -= 1
          if device.status.isFailure { failures += 1 }
          ended.append(device)
        }
        beginNext()
        // Nothing more comes that could be written along with what waits.
        if runningCount == 0 || unwrittenCount >= pace.unwrittenLimit { store.flushChanges() }
      }
    }
    return ended
  }

  /// A device of the plan and its place in the execution. A class: hundreds of devices wait in functions nested deep, each of which
  /// holds a reference.
  private final class Entry: Sendable {
    let part: JobPlan.Part
    let position: Int

    var device: DeviceRecord { part.device }

    init(_ part: JobPlan.Part, position: Int) { (self.part, self.position) = (part, position) }
  }

  /// How far a device of a batch has got.
  private enum Progress: Sendable {
    /// Its session is over, and what it came to is to be written.
    case found(DeviceFinding, Entry)
    case written(Ended)
    /// Over, and written where there is something to write.
    case ended(Ended)
  }

  /// How a device of a batch ended.
  private struct Ended: Sendable {
    let device: String
    let status: DeviceStatus
  }

  // MARK: One device

  private func runDevice(_ entry: Entry, on executor: (any TaskExecutor)?) async -> Progress {
    func ended(_ status: DeviceStatus) -> Progress { .ended(Ended(device: entry.device.name, status: status)) }
    var deadline: ContinuousClock.Instant?
    // A tool may open a second session beside the first, to copy a file or to prove a login, and start programs; an agent does.
    let isTool = [.tool, .agentD].contains(claimed.plan.job.type)
    let one = await opener.descriptorCount(for: entry.device)
    let descriptors = isTool ? 2 * one + 8 : one
    while true {
      guard await budget.acquire(for: claim.id, descriptors: descriptors) else { return ended(.notBegun) }
      let step = await runWithPlace(entry, executor, mayWait: deadline.map { ContinuousClock.now < $0 } ?? true)
      // A device that waits for another execution keeps no place from devices that could go on.
      await budget.release(descriptors: descriptors)
      switch step {
      case .found(let finding): return .found(finding, entry)
      case .ended(let status): return ended(status)
      case .busy:
        deadline = deadline ?? ContinuousClock.now + deviceTime
        await pause(pace.leasePoll)
      }
    }
  }

  private enum Step {
    case found(DeviceFinding)
    case ended(DeviceStatus)
    /// Another execution changes the device.
    case busy
  }

  private func runWithPlace(
    _ entry: Entry, _ executor: (any TaskExecutor)?, mayWait: Bool
  ) async -> Step {
    if stop.current != nil { return .ended(.notBegun) }
    let changes = claimed.plan.changesDevices
    do {
      if changes {
        if let holder = try await lease(entry.device) {
          if mayWait { return .busy }
          let outcome = DeviceOutcome(status: .failed, error: "busy: execution \(holder) was changing the device all the while")
          try await record(outcome, entry.position, entry.device)
          return .ended(.failed)
        }
        try await store.changeAsync(as: caller) { [claim] change in try change.beginDevice(claim, position: entry.position) }
      } else {
        note { [claim] change in try change.beginDevice(claim, position: entry.position) }
      }
      let activity = DeviceActivity()
      let number = progress?.begin(device: entry.device.name, activity)
      var status = DeviceStatus.failed
      defer { if let number { progress?.end(device: number, status) } }
      let finding = await attempt(entry, executor, activity)
      status = finding.status
      // What was changed is on record before anyone else may change the device.
      guard changes, case .outcome(let outcome) = finding else { return .found(finding) }
      try await record(outcome, entry.position, entry.device)
      return .ended(outcome.status)
    } catch {
      stop.stop(reason(for: error))
      return .ended(.failed)
    }
  }

  /// Hands over a change that comes before the device's result and need not be waited for.
  private func note(_ body: @escaping @Sendable (Change) throws -> Void) {
    store.changeLater(as: caller, body) { error in self.stop.stop(self.reason(for: error)) }
  }

  /// Records what reading a device came to.
  /// - Returns: how the device ended.
  private func write(_ finding: DeviceFinding, _ entry: Entry) async -> DeviceStatus {
    do {
      return try await persist(together: true) { [claim] change in
        let outcome = try finding.outcome(change)
        try change.endDevice(claim, position: entry.position, outcome)
        try change.release(entry.device.id, of: claim)
        return outcome.status
      }
    } catch let error as StorageError where [.key, .corrupt].contains(error.code) {
      do {
        // What is stored of the device is damaged: that is its trouble alone.
        try await record(judged(nil, error, ChangeProgress(), DeviceActivity(), isDeadline: false), entry.position, entry.device)
      } catch {
        stop.stop(reason(for: error))
      }
    } catch {
      stop.stop(reason(for: error))
    }
    return .failed
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
  private func attempt(
    _ entry: Entry, _ executor: (any TaskExecutor)?, _ activity: DeviceActivity
  ) async -> DeviceFinding {
    let deadline = ContinuousClock.now + deviceTime
    var round = 0
    while true {
      let (finding, isUnreachable) = await once(entry, executor, deadline, activity)
      guard isUnreachable, round < options.retries, stop.current == nil, ContinuousClock.now < deadline else { return finding }
      await pause(pace.retry * (1 << min(round, 5)))
      if stop.current != nil { return finding }
      round += 1
    }
  }

  /// - Returns: how it ended, and whether it is of use to try again: the device was not reached and nothing was sent to change it.
  private func once(
    _ entry: Entry, _ executor: (any TaskExecutor)?, _ deadline: ContinuousClock.Instant, _ activity: DeviceActivity
  ) async -> (finding: DeviceFinding, isUnreachable: Bool) {
    let progress = ChangeProgress()
    let work = DeviceWork(
      opener: opener, store: store, caller: caller, claim: claim, position: entry.position, part: entry.part,
      plan: claimed.plan, stop: stop, reach: pace.reach)
    let task = Task(executorPreference: executor) {
      if case .agent(let agent) = entry.part.task {
        activity.current = "running agent \(agent.agent.name)"
        let credentials = agent.agent.passesCredential ? try await self.opener.reach(entry.device).credentials : []
        return try await work.run(agent, credentials: credentials, until: deadline, progress: progress)
      }
      if case .builtIn(let task) = entry.part.task {
        return .outcome(try await work.run(task, until: deadline, progress: progress, activity))
      }
      return try await self.talk(entry, deadline, activity) {
        try await work.run(on: $0, until: deadline, progress: progress, activity)
      }
    }
    let number = watch.add(task, progress, until: deadline)
    let result = await task.result
    let metDeadline = watch.remove(number)
    do {
      return (work.told(try result.get()), false)
    } catch {
      let isDeadline = metDeadline || (error as? TransportError)?.code == .sessionTimedOut
      return (
        work.told(.outcome(judged(entry.part, error, progress, activity, isDeadline: isDeadline))),
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
    _ entry: Entry, _ deadline: ContinuousClock.Instant, _ activity: DeviceActivity,
    _ body: (OpenedDevice) async throws -> DeviceFinding
  ) async throws -> DeviceFinding {
    let opened: OpenedDevice
    do {
      opened = try await opener.open(
        entry.device, for: claim.id, secrets: entry.part.task.secrets, timeout: deadline - .now,
        activity: { activity.current = $0 })
    } catch {
      if let error = error as? TransportError, !error.concernsJumpHost {
        note { change in try change.noteContact(deviceID: entry.device.id, isUp: false, credentialID: nil) }
      }
      throw error
    }
    note { change in try change.noteContact(deviceID: entry.device.id, isUp: true, credentialID: opened.credential?.id) }
    let finding: DeviceFinding
    do {
      finding = try await body(opened)
    } catch {
      await opened.close(because: error)
      throw error
    }
    if let cut = await opened.close() { throw cut }
    return finding
  }

  private func keepWatch() async {
    while !Task.isCancelled {
      try? await Task.sleep(for: pace.poll)
      watch.look(at: .now, isStopping: stop.current != nil, grace: pace.changeGrace)
    }
  }

  /// What an error means for the device: in doubt when a command that changes it was on its way.
  private func judged(
    _ part: JobPlan.Part?, _ error: any Error, _ progress: ChangeProgress, _ activity: DeviceActivity, isDeadline: Bool
  ) -> DeviceOutcome {
    let place = activity.current.isEmpty ? "" : " at \(activity.current)"
    var why: String
    switch error {
    case _ where isDeadline: why = "the time for one device, \(deviceTime.components.seconds) s, ran out\(place)"
    case is CancellationError: why = "stopped: \(stop.current?.text ?? "cancelled")"
    case let error as TransportError: why = error.message
    case let error as DeviceError: why = error.message
    case let error as ModelError: why = error.record
    case let error as StorageError:
      // A damaged row or secret is this device's trouble; a database that cannot be written is everybody's.
      if ![.key, .corrupt].contains(error.code) { stop.stop(.storage(error.message)) }
      why = error.message
    default: why = "\(error)"
    }
    why = claimed.plan.redactor.redacting(why)
    let afterwards = part?.doubt(progress) ?? ""
    if !progress.sent.isEmpty, part?.isUncommitted(progress.sent) ?? false {
      return DeviceOutcome(
        status: .failed, error: "\(why); nothing was committed\(afterwards)", changed: false,
        output: progress.sent.map { "(sent) \($0)\n" }.joined())
    }
    if let command = progress.inFlight {
      return DeviceOutcome(
        status: .inDoubt, error: "\(why); nobody knows whether it took the last command: \(command)\(afterwards)", changed: true,
        output: progress.sent.dropLast().map { "(answered) \($0)\n" }.joined() + "(in doubt) \(command)\n")
    }
    if !progress.sent.isEmpty {
      return DeviceOutcome(
        status: .failed, error: "every command was sent and answered, then: \(why)\(afterwards)", changed: true,
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
      if stop.current != nil { await budget.withdraw(claim.id) }
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
