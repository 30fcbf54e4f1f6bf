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

  /// What a device said, the secrets of its credential and of the job masked.
  private func clean(_ text: String, _ opened: OpenedDevice) -> String {
    plan.redactor.redacting(opened.redactor.redacting(text))
  }

  /// Works on the open device and says how it ended. Thrown errors are for the caller to judge.
  func run(on opened: OpenedDevice, progress: ChangeProgress) async throws -> DeviceFinding {
    switch (plan.job.type, part.tool) {
    case (.backup, _): return try await backup(opened)
    case (_, let tool?) where plan.changesDevices: return .outcome(try await change(opened, tool, progress))
    case (_, let tool?): return .outcome(try await read(opened, tool))
    default: throw JobPlan.unknownType(plan.job.type)
    }
  }

  // MARK: Reading

  private func read(_ opened: OpenedDevice, _ tool: RenderedTool) async throws -> DeviceOutcome {
    var transcript = ""
    for (command, shown) in zip(tool.commands, tool.maskedCommands) {
      let result = try await opened.session.read(command, in: Self.mode(tool.mode), timeout: tool.timeout)
      transcript += "$ \(shown)\n" + clean(result.output, opened)
      if transcript.utf8.last != 0x0A { transcript += "\n" }
      if let reason = failure(of: result, tool) {
        return DeviceOutcome(
          status: .failed, error: "'\(shown)': \(clean(reason, opened))", output: transcript)
      }
    }
    let count = tool.commands.count
    return DeviceOutcome(status: .succeeded, summary: "\(count) command\(count == 1 ? "" : "s")", output: transcript)
  }

  private func failure(of result: CommandResult, _ tool: RenderedTool) -> String? {
    if let refusal = result.refusal { return "the device refused it: \(refusal)" }
    let lines = TextLines.split(result.output)
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

  private func backup(_ opened: OpenedDevice) async throws -> DeviceFinding {
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
    let runningText = ConfigurationText(running, platform)
    let startupText = startup.map { ConfigurationText($0, platform) }
    let isUnsaved = startupText.map { $0.comparable != runningText.comparable }
    return .reading { [claim, notes] change in
      try change.check(claim)
      let result = try Self.keep(change, runningText, .running, of: device, platform, execution: claim.id)
      var parts = [result.text]
      if let startupText { _ = try Self.keep(change, startupText, .startup, of: device, platform, execution: claim.id) }
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

  /// A configuration with the hashes that it is stored and compared by.
  private struct ConfigurationText: Sendable {
    let text: String
    let hash: String
    /// Of the text as it is compared.
    let comparable: String

    init(_ text: String, _ platform: Platform) {
      self.text = text
      hash = sha256(text)
      let normalized = platform.normalizedForComparison(text)
      comparable = normalized == text ? hash : sha256(normalized)
    }
  }

  /// Stores a configuration as a revision where it differs from the one before in more than what the platform ignores.
  private static func keep(
    _ change: Change, _ configuration: ConfigurationText, _ kind: ConfigRevisionRecord.Kind, of device: DeviceRecord,
    _ platform: Platform,
    execution: Int64
  ) throws -> (text: String, isChange: Bool) {
    let (text, comparable) = (configuration.text, configuration.comparable)
    guard let last = try ConfigQueries.latest(change.sql, deviceID: device.id, kind: kind) else {
      let lines = TextLines.lineFeedCount(text)
      _ = try change.addConfigRevision(
        of: device, kind, text: text, hash: configuration.hash, comparable: comparable, execution: execution, added: lines,
        removed: 0)
      return ("new, \(lines) lines", true)
    }
    if last.comparable == comparable { return ("unchanged since revision \(last.record.revision)", false) }
    let diff = UnifiedDiff(
      from: try Blobs.get(change.sql, last.record.content), to: text, comparing: { platform.normalizedForComparison($0) })
    let revision = try change.addConfigRevision(
      of: device, kind, text: text, hash: configuration.hash, comparable: comparable, execution: execution,
      added: diff.addedCount,
      removed: diff.removedCount)
    return ("changed (+\(diff.addedCount) -\(diff.removedCount)), revision \(revision)", true)
  }

  // MARK: Change

  /// What has been made of a change so far.
  private struct Changing {
    var outcome: DeviceOutcome
    var transcript = ""

    mutating func fail(_ error: String) {
      outcome.status = .failed
      outcome.error = error
    }
  }

  private func change(_ opened: OpenedDevice, _ tool: RenderedTool, _ progress: ChangeProgress) async throws -> DeviceOutcome {
    let before = try await opened.session.configuration(.running)
    try await store.changeAsync(as: caller) { [claim, position] change in
      try change.noteBefore(claim, position: position, before)
    }
    var state = Changing(outcome: DeviceOutcome(status: .succeeded, before: before))
    do {
      if tool.mode == .configure {
        try await configure(opened, tool, progress, &state)
      } else {
        try await type(opened, tool, progress, &state)
      }
    } catch let stopped as ChangeStopped {
      return try await stoppedOutcome(opened, state, progress, stopped)
    }
    progress.allSent()
    if state.outcome.status == .succeeded { try await verify(opened, tool, &state) }
    if state.outcome.status == .succeeded && options.save { try await save(opened, progress, &state) }
    let after = try await opened.session.configuration(.running)
    return try await finished(state.outcome, state.transcript, before: before, after: after)
  }

  private func configure(
    _ opened: OpenedDevice, _ tool: RenderedTool, _ progress: ChangeProgress, _ state: inout Changing
  ) async throws {
    let masked = Dictionary(zip(tool.commands, tool.maskedCommands), uniquingKeysWith: { first, _ in first })
    let show: @Sendable (String) -> String = { [self] in masked[$0] ?? clean($0, opened) }
    let result = try await opened.session.configure(tool.commands, timeout: tool.timeout) { line in
      try await announce(show(line), progress)
    }
    for line in result.applied { state.transcript += "(configure) \(show(line))\n" }
    guard let refused = result.refused else { return }
    let message = clean(refused.deviceMessage, opened)
    state.transcript += "(configure) \(show(refused.line))\n\(message)\n"
    let applied =
      result.applied.isEmpty
      ? "nothing was applied before it" : "applied before it: " + result.applied.map(show).joined(separator: " | ")
    state.fail("the device refused '\(show(refused.line))': \(message); \(applied)")
  }

  private func type(
    _ opened: OpenedDevice, _ tool: RenderedTool, _ progress: ChangeProgress, _ state: inout Changing
  ) async throws {
    for (command, shown) in zip(tool.commands, tool.maskedCommands) {
      try await announce(shown, progress)
      let result = try await opened.session.run(command, in: Self.mode(tool.mode), timeout: tool.timeout)
      state.transcript += "$ \(shown)\n" + clean(result.output, opened)
      if let reason = failure(of: result, tool) { return state.fail("'\(shown)': \(clean(reason, opened))") }
    }
  }

  private func verify(_ opened: OpenedDevice, _ tool: RenderedTool, _ state: inout Changing) async throws {
    guard let verification = tool.verification else { return }
    let result = try await opened.session.read(verification.command, in: Self.mode(verification.mode), timeout: tool.timeout)
    let failures =
      result.refusal.map { ["'\(verification.command)' was refused: \($0)"] } ?? verification.failures(in: result.output)
    if failures.isEmpty {
      state.transcript += "(verified) \(clean(verification.command, opened))\n"
    } else {
      state.fail("the change was sent and is not verified: \(clean(failures.joined(separator: "; "), opened))")
    }
  }

  /// Saves the running configuration. That changes the device too: it is announced like every other command.
  private func save(_ opened: OpenedDevice, _ progress: ChangeProgress, _ state: inout Changing) async throws {
    let why: String
    do {
      try await announce(part.platform.save?.command ?? "save", progress)
      state.transcript += "(save)\n" + clean(try await opened.session.save().output, opened)
      progress.allSent()
      return
    } catch let stopped as ChangeStopped {
      why = "stopped (\(stopped.reason.text))"
    } catch let error as DeviceError where [.commandRefused, .notSupported].contains(error.code) {
      why = clean(error.message, opened)
    }
    progress.allSent()
    state.fail("the change was made and is not saved: \(why)")
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
        _ = try Self.keep(change, ConfigurationText(after, platform), .running, of: device, platform, execution: claim.id)
      }
    }
    return outcome
  }

  /// Records a command before it is sent; nothing is sent that could not be recorded, or after a wish to stop.
  private func announce(_ shown: String, _ progress: ChangeProgress) async throws {
    if let reason = stop.current { throw ChangeStopped(reason: reason) }
    do {
      try await store.changeAsync(as: caller) { [claim, position] change in
        try change.noteCommand(claim, position: position, shown)
      }
    } catch let error as CancellationError {
      throw error
    } catch {
      let isTaken = (error as? ModelError)?.code == .conflict
      let reason: StopSignal.Reason = isTaken ? .lost : .storage("\(error)")
      stop.stop(reason)
      throw ChangeStopped(reason: reason)
    }
    // The write may have waited for long.
    if let reason = stop.current { throw ChangeStopped(reason: reason) }
    if !progress.sending(shown) { throw CancellationError() }
  }

  /// The device was left between two commands because work has to stop. What its configuration is now is read, as far as there
  /// is time, unless it could not be recorded.
  private func stoppedOutcome(
    _ opened: OpenedDevice, _ state: Changing, _ progress: ChangeProgress, _ stopped: ChangeStopped
  ) async throws -> DeviceOutcome {
    let sent = progress.sent
    progress.allSent()
    let applied = sent.isEmpty ? "nothing was sent" : "sent before: " + sent.joined(separator: " | ")
    var outcome = state.outcome
    outcome.status = sent.isEmpty ? .cancelled : .failed
    outcome.error = "stopped (\(stopped.reason.text)); \(applied)"
    outcome.changed = !sent.isEmpty
    let transcript = state.transcript.isEmpty ? sent.map { "(sent) \($0)\n" }.joined() : state.transcript
    outcome.output = transcript.isEmpty ? nil : transcript
    switch stopped.reason {
    case .lost, .storage: return outcome
    case .signal, .cancelled: break
    }
    guard !sent.isEmpty, let before = outcome.before, let after = try? await opened.session.configuration(.running) else {
      return outcome
    }
    return try await finished(outcome, transcript, before: before, after: after)
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
