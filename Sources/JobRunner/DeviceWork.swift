private import Definitions
internal import DeviceCLI
internal import JobModel
private import Reports
internal import Storage
internal import ToolCatalog

/// What one device of an execution goes through: reads, changes, and what is recorded of it.
struct DeviceWork: Sendable {
  let store: Store
  let caller: Caller
  let claim: ExecutionClaim
  let position: Int
  let part: JobPlan.Part
  let plan: JobPlan
  let stop: StopSignal

  private var options: ExecutionOptions { plan.job.definition.options }

  /// Works on the open device and says how it ended. Thrown errors are for the caller to judge.
  func run(on opened: OpenedDevice, progress: ChangeProgress) async throws -> DeviceOutcome {
    switch (plan.job.type, part.tool) {
    case (.backup, _): return try await backup(opened)
    case (_, let tool?) where plan.changesDevices: return try await change(opened, tool, progress)
    case (_, let tool?): return try await read(opened, tool)
    default: throw JobPlan.unknownType(plan.job.type)
    }
  }

  // MARK: Reading

  private func read(_ opened: OpenedDevice, _ tool: RenderedTool) async throws -> DeviceOutcome {
    var transcript = ""
    for (command, shown) in zip(tool.commands, tool.maskedCommands) {
      let result = try await opened.session.run(command, in: Self.mode(tool.mode), timeout: tool.timeout)
      transcript += "$ \(shown)\n" + opened.redactor.redacting(result.output)
      if !transcript.hasSuffix("\n") { transcript += "\n" }
      if let reason = failure(of: result, tool) {
        return DeviceOutcome(
          status: .failed, error: "'\(shown)': \(opened.redactor.redacting(reason))", output: transcript)
      }
    }
    let count = tool.commands.count
    return DeviceOutcome(status: .succeeded, summary: "\(count) command\(count == 1 ? "" : "s")", output: transcript)
  }

  private func failure(of result: CommandResult, _ tool: RenderedTool) -> String? {
    if let refusal = result.refusal { return "the device refused it: \(refusal)" }
    let lines = result.output.split(separator: "\n").map(String.init)
    if let line = lines.first(where: { line in tool.errors.contains { $0.matches(line) } }) { return line }
    if !tool.success.isEmpty, !lines.contains(where: { line in tool.success.contains { $0.matches(line) } }) {
      return "the output does not show success"
    }
    return nil
  }

  private static func mode(_ mode: ToolMode) -> PlatformMode? {
    switch mode {
    case .any: nil
    case .exec: .exec
    case .enable: .enable
    case .configure: .configure
    }
  }

  // MARK: Backup

  private func backup(_ opened: OpenedDevice) async throws -> DeviceOutcome {
    let session = opened.session
    let running = try await session.configuration(.running)
    var startup: String?
    var notes: [String] = []
    if part.platform.startup != nil {
      do {
        startup = try await session.configuration(.startup)
      } catch let error as DeviceError where error.code == .noConfiguration {
        notes.append("there is no startup configuration")
      } catch let error as DeviceError where error.code == .commandRefused {
        notes.append("the startup configuration was not read: \(error.message)")
      }
    }
    let facts = try await session.inventory()
    let hostname = await session.hostname
    let device = part.device
    let platform = part.platform
    let isUnsaved = startup.map {
      platform.normalizedForComparison($0) != platform.normalizedForComparison(running)
    }
    return try await store.changeAsync(as: caller) { [claim, startup, notes] change in
      try change.check(claim)
      let result = try Self.keep(change, running, .running, of: device, platform, execution: claim.id)
      var parts = [result.text]
      if let startup { _ = try Self.keep(change, startup, .startup, of: device, platform, execution: claim.id) }
      try change.noteFacts(
        deviceID: device.id,
        DeviceFacts(
          hostname: facts[.hostname] ?? hostname, vendor: facts[.vendor] ?? platform.vendor, model: facts[.model],
          version: facts[.version], serial: facts[.serial]))
      if let isUnsaved {
        try change.noteUnsaved(deviceID: device.id, isUnsaved)
        if isUnsaved { parts.append("running differs from startup: unsaved changes") }
      }
      return DeviceOutcome(status: .succeeded, changed: result.isChange, summary: (parts + notes).joined(separator: "; "))
    }
  }

  /// Stores a configuration as a revision where it differs from the one before in more than what the platform ignores.
  private static func keep(
    _ change: Change, _ text: String, _ kind: ConfigRevisionRecord.Kind, of device: DeviceRecord, _ platform: Platform,
    execution: Int64
  ) throws -> (text: String, isChange: Bool) {
    let comparable = sha256(Array(platform.normalizedForComparison(text).utf8))
    guard let last = try ConfigQueries.latest(change.sql, deviceID: device.id, kind: kind) else {
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).count - 1
      _ = try change.addConfigRevision(
        of: device, kind, text: text, comparable: comparable, execution: execution, added: lines, removed: 0)
      return ("new, \(lines) lines", true)
    }
    if last.comparable == comparable { return ("unchanged since revision \(last.record.revision)", false) }
    let diff = UnifiedDiff(
      from: try Blobs.get(change.sql, last.record.content), to: text, comparing: { platform.normalizedForComparison($0) })
    let revision = try change.addConfigRevision(
      of: device, kind, text: text, comparable: comparable, execution: execution, added: diff.addedCount,
      removed: diff.removedCount)
    return ("changed (+\(diff.addedCount) -\(diff.removedCount)), revision \(revision)", true)
  }

  // MARK: Change

  private func change(_ opened: OpenedDevice, _ tool: RenderedTool, _ progress: ChangeProgress) async throws -> DeviceOutcome {
    let session = opened.session
    let before = try await session.configuration(.running)
    try await store.changeAsync(as: caller) { [claim, position] change in
      try change.noteBefore(claim, position: position, before)
    }
    var outcome = DeviceOutcome(status: .succeeded, before: before)
    var transcript = ""
    let masked = Dictionary(zip(tool.commands, tool.maskedCommands), uniquingKeysWith: { first, _ in first })
    let announce: @Sendable (String) async throws -> Void = { [self] line in
      try await announceCommand(masked[line] ?? opened.redactor.redacting(line), progress)
    }
    if tool.mode == .configure {
      let result: ConfigurationResult
      do {
        result = try await session.configure(tool.commands, timeout: tool.timeout, onLine: announce)
      } catch let stopped as ChangeStopped {
        return try await stoppedOutcome(opened, before: before, progress, stopped)
      }
      for line in result.applied { transcript += "(configure) \(masked[line] ?? line)\n" }
      if let refused = result.refused {
        let shown = masked[refused.line] ?? refused.line
        transcript += "(configure) \(shown)\n\(refused.deviceMessage)\n"
        let applied =
          result.applied.isEmpty
          ? "nothing was applied before it"
          : "applied before it: " + result.applied.map { masked[$0] ?? $0 }.joined(separator: " | ")
        outcome.status = .failed
        outcome.error = "the device refused '\(shown)': \(refused.deviceMessage); \(applied)"
      }
    } else {
      for (command, shown) in zip(tool.commands, tool.maskedCommands) {
        do {
          try await announce(command)
        } catch let stopped as ChangeStopped {
          return try await stoppedOutcome(opened, before: before, progress, stopped)
        }
        let result = try await session.run(command, in: Self.mode(tool.mode), timeout: tool.timeout)
        transcript += "$ \(shown)\n" + opened.redactor.redacting(result.output)
        if let reason = failure(of: result, tool) {
          outcome.status = .failed
          outcome.error = "'\(shown)': \(opened.redactor.redacting(reason))"
          break
        }
      }
    }
    progress.allSent()
    if outcome.status == .succeeded, let verification = tool.verification {
      let result = try await session.run(verification.command, in: Self.mode(verification.mode), timeout: tool.timeout)
      let failures =
        result.refusal.map { ["'\(verification.command)' was refused: \($0)"] } ?? verification.failures(in: result.output)
      if failures.isEmpty {
        transcript += "(verified) \(verification.command)\n"
      } else {
        outcome.status = .failed
        outcome.error = "the change was sent and is not verified: \(opened.redactor.redacting(failures.joined(separator: "; ")))"
      }
    }
    if outcome.status == .succeeded && options.save {
      transcript += "(save)\n" + opened.redactor.redacting(try await session.save().output)
    }
    let after = try await session.configuration(.running)
    return try await finished(outcome, transcript, before: before, after: after)
  }

  private func finished(
    _ outcome: DeviceOutcome, _ transcript: String, before: String, after: String
  ) async throws -> DeviceOutcome {
    var outcome = outcome
    let platform = part.platform
    let diff = UnifiedDiff(from: before, to: after, comparing: { platform.normalizedForComparison($0) })
    outcome.after = after
    outcome.changed = !diff.isEmpty
    outcome.output = transcript
    let count =
      diff.isEmpty ? "the configuration is as before" : "configuration changed (+\(diff.addedCount) -\(diff.removedCount))"
    outcome.summary = options.save && outcome.status == .succeeded ? count + ", saved" : count
    if options.backupAfter {
      let device = part.device
      try await store.changeAsync(as: caller) { [claim] change in
        try change.check(claim)
        _ = try Self.keep(change, after, .running, of: device, platform, execution: claim.id)
      }
    }
    return outcome
  }

  /// Records a command before it is sent; nothing is sent that could not be recorded, or after a wish to stop.
  private func announceCommand(_ shown: String, _ progress: ChangeProgress) async throws {
    if let reason = stop.current { throw ChangeStopped(reason: reason) }
    do {
      try await store.changeAsync(as: caller) { [claim, position] change in
        try change.noteCommand(claim, position: position, shown)
      }
    } catch {
      let reason = StopSignal.Reason.storage("\(error)")
      stop.stop(reason)
      throw ChangeStopped(reason: reason)
    }
    progress.sending(shown)
  }

  /// The device was left between two commands because work has to stop.
  private func stoppedOutcome(
    _ opened: OpenedDevice, before: String, _ progress: ChangeProgress, _ stopped: ChangeStopped
  ) async throws -> DeviceOutcome {
    let sent = progress.sent
    progress.allSent()
    let applied = sent.isEmpty ? "nothing was sent" : "sent before: " + sent.joined(separator: " | ")
    return DeviceOutcome(
      status: sent.isEmpty ? .cancelled : .failed, error: "stopped (\(stopped.reason.text)); \(applied)", changed: !sent.isEmpty,
      before: before)
  }
}

/// Work on a device stopped between two commands.
struct ChangeStopped: Error, Equatable {
  let reason: StopSignal.Reason
}

extension StopSignal.Reason {
  /// In a few words.
  var text: String {
    switch self {
    case .signal: "netjob was told to end"
    case .cancelled: "cancelled"
    case .lost: "the execution's lease ran out"
    case .storage(let why): "results cannot be written: \(why)"
    }
  }
}
