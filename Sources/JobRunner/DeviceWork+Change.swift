internal import DeviceCLI
internal import JobModel
private import Reports
internal import Storage
private import Synchronization
internal import ToolCatalog

extension DeviceWork {
  /// What has been made of a change so far.
  struct Changing {
    var outcome: DeviceOutcome
    var transcript = ""
    /// What else the summary says.
    var remarks: [String] = []

    /// What came of looking at the change while it is in force; nil where there was nothing to look at.
    var judgement: Judgement?
    /// What was loaded from a file has to be taken back.
    var isToBeReverted = false
    /// Whether the device had the configuration already.
    var isInForce = false
    /// Whether it was tried to take it back.
    var isRolledBack = false
    /// Whether the device has something against the commit; some devices take a part of it nevertheless.
    var isCommitRefused = false
    /// Whether the device was told to keep what it had committed for a time.
    var isConfirmed = false
    /// Whether a file may lie on the device.
    var isUploaded = false

    mutating func fail(_ error: String) {
      outcome.status = .failed
      outcome.error = error
    }

    /// Says what came of a rollback; whether it took shows in the configuration alone.
    /// - Parameter otherwise: what the device does by itself where it did not.
    mutating func checkRollback(before: String, after: String, _ platform: Platform, otherwise: String?) {
      let took = platform.normalizedForComparison(before) == platform.normalizedForComparison(after)
      outcome.error =
        (outcome.error ?? "")
        + (took
          ? "; rolled back: the configuration is as before"
          : "; the rollback did not take: the configuration differs" + (otherwise ?? ""))
    }

    /// A confirmation that comes after the end of a trial confirms nothing, and not every device says so.
    mutating func checkConfirmation(before: String, after: String, _ platform: Platform) {
      guard platform.normalizedForComparison(before) == platform.normalizedForComparison(after) else { return }
      fail("the change was confirmed and is not in force: the device has gone back before that")
    }

    /// Says what came of a commit that was refused.
    /// - Parameter otherwise: what the device does by itself where it took effect nevertheless.
    mutating func checkRefusal(before: String, after: String, _ platform: Platform, otherwise: String?) {
      let isAsBefore = platform.normalizedForComparison(before) == platform.normalizedForComparison(after)
      outcome.error =
        (outcome.error ?? "")
        + (isAsBefore ? "; the configuration is as before" : "; a part of it took effect" + (otherwise ?? ""))
    }

    mutating func take(_ judgement: Judgement) {
      self.judgement = judgement
      transcript += judgement.transcript
      if let error = judgement.error { fail(error) }
    }
  }

  /// Whether a change did what it was meant to.
  struct Judgement: Sendable {
    var transcript = ""
    /// Why it is not to stay.
    var error: String?
    /// The login that has proven itself, where the change is of the one in use.
    var login: CredentialFollower.Proof?
  }

  /// - Parameter deadline: of the device.
  func change(
    _ opened: OpenedDevice, _ tool: RenderedTool, until deadline: ContinuousClock.Instant, _ progress: ChangeProgress,
    _ activity: DeviceActivity
  ) async throws -> DeviceOutcome {
    if let refusal = refusal(toChange: opened, tool) { return DeviceOutcome(status: .failed, error: refusal) }
    let before = try await opened.session.wholeConfiguration(.running)
    try await store.changeAsync(as: caller) { [claim, position] change in
      try change.noteBefore(claim, position: position, before)
    }
    var state = Changing(outcome: DeviceOutcome(status: .succeeded, before: before))
    let trial = tool.upload?.trial
    do {
      if let upload = tool.upload {
        try await load(upload, opened, tool, until: deadline, progress, activity, &state)
      } else if tool.mode == .configure {
        try await configure(opened, tool, progress, &state)
      } else {
        try await type(opened, tool, progress, &state)
      }
    } catch let stopped as ChangeStopped {
      return try await stoppedOutcome(opened, tool, state, progress, stopped)
    } catch let error as DeviceError {
      // The file that lies there has secrets in it, and can still be deleted.
      guard state.isUploaded, await opened.session.isUsable else { throw error }
      state.fail(clean(error.message, opened))
    }
    progress.allSent()
    if state.outcome.status == .cancelled { return state.outcome }
    if state.outcome.status == .succeeded, state.judgement == nil {
      state.take(try await judge(opened, tool, isTrial: trial != nil && !state.isInForce))
      state.isToBeReverted = trial != nil && state.outcome.status != .succeeded
    }
    if let trial, state.outcome.status == .succeeded { try await confirm(trial, opened, progress, &state) }
    // What is confirmed too late is in force no more: nothing follows it then.
    var after: String?
    if state.isConfirmed, state.outcome.status == .succeeded {
      after = try await opened.session.wholeConfiguration(.running)
      state.checkConfirmation(before: before, after: after ?? "", part.platform)
    }
    if state.outcome.status == .succeeded, let login = state.judgement?.login { try await keep(login, &state) }
    if state.outcome.status == .succeeded && options.save { try await save(opened, progress, &state) }
    if let trial, state.isToBeReverted { try await revert(trial, opened, progress, &state) }
    if let upload = tool.upload { await remove(upload, opened, &state) }
    let now: String
    if let after { now = after } else { now = try await opened.session.wholeConfiguration(.running) }
    let otherwise = trial == nil ? part.afterwards(progress.sent, isTaken: progress.isTaken) : nil
    if state.isRolledBack { state.checkRollback(before: before, after: now, part.platform, otherwise: otherwise) }
    if state.isCommitRefused { state.checkRefusal(before: before, after: now, part.platform, otherwise: otherwise) }
    // Where the device goes back by itself, nobody has to.
    let undo = state.isRolledBack || !part.afterwards(progress).isEmpty ? nil : tool.maskedUndo
    return try await finished(
      state.outcome, state.transcript, before: before, after: now, undo: undo, remarks: state.remarks)
  }

  /// Looks whether the change, which is in force, did what it was meant to. It only reads.
  /// - Parameter isTrial: the device goes back unless it is told that all is well: then netjob logs in once more, since a session
  ///   that lasts says nothing of the next one.
  private func judge(_ opened: OpenedDevice, _ tool: RenderedTool, isTrial: Bool) async throws -> Judgement {
    do {
      return try await look(opened, tool, isTrial: isTrial)
    } catch let error as DeviceError {
      guard await opened.session.isUsable else { throw error }
      return Judgement(error: "the change was sent and could not be looked at: \(clean(error.message, opened))")
    }
  }

  private func look(_ opened: OpenedDevice, _ tool: RenderedTool, isTrial: Bool) async throws -> Judgement {
    var judgement = Judgement()
    try await verify(opened, tool, &judgement)
    if judgement.error == nil { try await verifyRestored(opened, tool, &judgement) }
    guard judgement.error == nil, let used = opened.credential else { return judgement }
    let follower = CredentialFollower(work: self, used: used, change: tool.credentialChange, secrets: tool.secrets)
    switch try await follower.prove() {
    case .notConcerned where isTrial:
      if let why = try await follower.failureOfLogin() {
        judgement.error = "the change was sent, and a fresh login failed: \(clean(why, opened))"
      } else {
        judgement.transcript += "(login) a fresh login succeeded\n"
      }
    case .notConcerned: break
    case .proven(let proof): judgement.login = proof
    case .failed(let why):
      judgement.error = clean(why, opened)
      judgement.transcript += "(login) \(clean(why, opened))\n"
    }
    return judgement
  }

  /// Lets the stored credential follow what was changed, once it has proven itself.
  private func keep(_ login: CredentialFollower.Proof, _ state: inout Changing) async throws {
    let remark: String
    do {
      remark = try await login.keep()
    } catch let error as CancellationError {
      throw error
    } catch {
      return state.fail(
        "the change is in force, and the stored credential could not follow it: \((error as? ModelError)?.record ?? "\(error)")")
    }
    state.transcript += "(login) \(remark)\n"
    state.remarks.append(remark)
  }

  /// Why nothing may be sent to the device at all: it would shut netjob out.
  private func refusal(toChange opened: OpenedDevice, _ tool: RenderedTool) -> String? {
    guard case .removal(let user)? = tool.credentialChange, let used = opened.credential, used.username == user else {
      return nil
    }
    return "nothing was sent: '\(user)' is the user that netjob logs in with (credential '\(used.name)')"
  }

  func configure(
    _ opened: OpenedDevice, _ tool: RenderedTool, _ progress: ChangeProgress, _ state: inout Changing
  ) async throws {
    let masked = Dictionary(zip(tool.commands, tool.maskedCommands), uniquingKeysWith: { first, _ in first })
    // What is not among the tool's lines is the platform's own, and has no secret in it that could be taken for one.
    let show: @Sendable (String) -> String = { masked[$0] ?? $0 }
    let judgement = Mutex<Judgement?>(nil)
    let result: ConfigurationResult
    do {
      result = try await opened.session.configure(
        tool.commands, replacing: tool.wanted != nil, timeout: tool.timeout
      ) { line in
        try await announce(show(line), progress)
      } onTaken: {
        progress.allTaken()
      } isGood: {
        let made = try await judge(opened, tool, isTrial: true)
        judgement.withLock { $0 = made }
        return made.error == nil
      }
    } catch let stopped as TrialStopped {
      if stopped.takenBack == .done { progress.tookBack() }
      throw stopped.cause
    }
    for line in result.applied { state.transcript += "(configure) \(show(line))\n" }
    if let difference = result.difference {
      state.transcript += difference.isEmpty ? "(commit) there was nothing to commit\n" : "(commit)\n" + clean(difference, opened)
    }
    if let judgement = judgement.withLock({ $0 }) { state.take(judgement) }
    if let refused = result.refused {
      let message = clean(refused.deviceMessage, opened)
      state.transcript += "(configure) \(show(refused.line))\n\(message)\n"
      let what = refused.wasSent ? "the device refused '\(show(refused.line))'" : "'\(show(refused.line))' was not sent"
      let applied =
        result.applied.isEmpty
        ? "; nothing was applied before it" : "; applied before it: " + result.applied.map(show).joined(separator: " | ")
      // What a refused commit has left is seen in the configuration.
      state.isCommitRefused = result.difference != nil && result.takenBack == nil
      state.fail("\(what): \(message)\(result.difference == nil ? applied : "")")
    }
    state.isConfirmed = judgement.withLock { $0 != nil } && result.refused == nil && result.takenBack == nil
    switch result.takenBack {
    case nil: return
    case .done: state.transcript += "(rolled back)\n"
    case .refused(let why): state.transcript += "(not rolled back) \(clean(why, opened))\n"
    }
    state.isRolledBack = true
  }

  func type(
    _ opened: OpenedDevice, _ tool: RenderedTool, _ progress: ChangeProgress, _ state: inout Changing
  ) async throws {
    for (command, shown) in zip(tool.commands, tool.maskedCommands) {
      try await announce(shown, progress)
      let result = try await opened.session.run(
        command, in: Self.mode(tool.mode), timeout: tool.timeout, mayRename: tool.upload != nil)
      state.transcript += "$ \(shown)\n" + clean(result.output, opened)
      if let reason = failure(of: result, tool) { return state.fail("'\(shown)': \(clean(reason, opened))") }
    }
  }

  private func verify(_ opened: OpenedDevice, _ tool: RenderedTool, _ judgement: inout Judgement) async throws {
    guard let verification = tool.verification else { return }
    // Where there is no enable mode, the one there is reads everything.
    let mode = Self.mode(verification.mode).flatMap { part.platform.modes[$0] == nil ? nil : $0 }
    let result = try await opened.session.read(verification.command, in: mode, timeout: tool.timeout)
    let failures =
      result.refusal.map { ["'\(verification.command)' was refused: \($0)"] } ?? verification.failures(in: result.output)
    if failures.isEmpty {
      judgement.transcript += "(verified) \(clean(verification.command, opened))\n"
    } else {
      judgement.error = "the change was sent and is not verified: \(clean(failures.joined(separator: "; "), opened))"
    }
  }

  /// Compares the configuration with the stored one that was to be in force again.
  private func verifyRestored(_ opened: OpenedDevice, _ tool: RenderedTool, _ judgement: inout Judgement) async throws {
    guard let wanted = tool.wanted else { return }
    let now = try await opened.session.wholeConfiguration(.running)
    let platform = part.platform
    let difference = UnifiedDiff(from: wanted, to: now, comparing: { platform.normalizedForComparison($0) })
    if difference.isEmpty {
      judgement.transcript += "(verified) the configuration is the stored one\n"
    } else {
      judgement.error =
        "the change was sent and the configuration is not the stored one: +\(difference.addedCount) -\(difference.removedCount) lines"
    }
  }

  /// Takes what was loaded from a file back.
  private func revert(
    _ trial: RenderedUpload.Trial, _ opened: OpenedDevice, _ progress: ChangeProgress, _ state: inout Changing
  ) async throws {
    do {
      try await announce(trial.revert, progress)
    } catch is ChangeStopped {
      state.outcome.error =
        (state.outcome.error ?? "") + "; not rolled back: stopped" + (part.afterwards(progress.sent, isTaken: false) ?? "")
      progress.allSent()
      return
    }
    let answer = try await type(trial.revert, trial, opened, &state)
    state.transcript += answer.refusal.map { "(not rolled back) '\(trial.revert)': \(clean($0, opened))\n" } ?? "(rolled back)\n"
    progress.allSent()
    state.isRolledBack = true
  }

  /// Saves the running configuration. That changes the device too: it is announced like every other command.
  private func save(_ opened: OpenedDevice, _ progress: ChangeProgress, _ state: inout Changing) async throws {
    if part.platform.keepsChanges {
      state.transcript += "(save) there is nothing to save: the device keeps what takes effect\n"
      return
    }
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
    _ outcome: DeviceOutcome, _ transcript: String, before: String, after: String, undo: [String]? = nil,
    remarks: [String] = []
  ) async throws -> DeviceOutcome {
    var outcome = outcome
    let platform = part.platform
    let diff = UnifiedDiff(from: before, to: after, comparing: { platform.normalizedForComparison($0) })
    outcome.after = after
    outcome.changed = !diff.isEmpty
    outcome.output = transcript
    let count =
      diff.isEmpty ? "the configuration is as before" : "configuration changed (+\(diff.addedCount) -\(diff.removedCount))"
    // Where nothing changed, taking it back would take away what was there before.
    if let undo, outcome.changed {
      let extent = outcome.status == .succeeded ? "" : ", as far as it was made"
      outcome.output = transcript + "To take it back\(extent):\n" + undo.map { "(undo) \($0)\n" }.joined()
      if diff.removedCount > 0 {
        outcome.output?.append(
          "This does not bring back the lines that were there before (netjob history diff \(claim.id)).\n")
      }
    }
    let words = [options.save && outcome.status == .succeeded ? count + ", saved" : count] + remarks
    outcome.summary = words.joined(separator: "; ")
    let isUnsaved = isUnsaved(outcome)
    if options.backupAfter || isUnsaved != nil {
      let device = part.device
      try await store.changeAsync(as: caller) { [claim, options] change in
        try change.check(claim)
        if let isUnsaved { try change.noteUnsaved(deviceID: device.id, isUnsaved) }
        guard options.backupAfter else { return }
        _ = try Self.keep(change, ConfigurationText(after, platform), .running, of: device, platform, execution: claim.id)
      }
    }
    return outcome
  }

  /// Whether the device would lose something at its next start; nil where that is as it was, or cannot be told.
  private func isUnsaved(_ outcome: DeviceOutcome) -> Bool? {
    // A backup looks whether it is so still; where there is nothing to compare with, it would stay for good.
    guard part.platform.startup != nil, case .tool(let tool) = part.task else { return nil }
    let saves = options.save || tool.commands == [part.platform.save?.command]
    if outcome.status == .succeeded, saves { return false }
    return outcome.changed ? true : nil
  }

  /// Records a command before it is sent; nothing is sent that could not be recorded, or after a wish to stop.
  func announce(_ shown: String, _ progress: ChangeProgress) async throws {
    if let reason = stop.current { throw ChangeStopped(reason: reason) }
    let sent = progress.sent + [shown]
    let doubt = part.doubt(sent, isTaken: false)
    let told = told(shown)
    do {
      try await store.changeAsync(as: caller) { [claim, position, part] change in
        try change.noteCommand(
          claim, position: position, told, doubt: doubt.isEmpty ? nil : doubt,
          isUncommitted: part.isUncommitted(sent))
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
    _ opened: OpenedDevice, _ tool: RenderedTool, _ state: Changing, _ progress: ChangeProgress, _ stopped: ChangeStopped
  ) async throws -> DeviceOutcome {
    var state = state
    let sent = progress.sent
    progress.allSent()
    let applied = sent.isEmpty ? "nothing was sent" : "sent before: " + sent.joined(separator: " | ")
    var outcome = state.outcome
    outcome.status = sent.isEmpty ? .cancelled : .failed
    let stop = "stopped (\(stopped.reason.text)); \(applied)"
    outcome.error = stop + part.afterwards(progress)
    outcome.changed = !sent.isEmpty
    // Who has lost the claim could delete the file of whoever works on the device now: the file has the same name there.
    if let upload = tool.upload, !sent.isEmpty, stopped.reason != .lost { await remove(upload, opened, &state) }
    let transcript = state.transcript.isEmpty ? sent.map { "(sent) \($0)\n" }.joined() : state.transcript
    outcome.output = transcript.isEmpty ? nil : transcript
    switch stopped.reason {
    case .lost, .storage: return outcome
    case .signal, .cancelled: break
    }
    guard !sent.isEmpty, let before = outcome.before, let after = try? await opened.session.wholeConfiguration(.running) else {
      return outcome
    }
    outcome = try await finished(outcome, transcript, before: before, after: after, remarks: state.remarks)
    // What it does by itself concerns nobody where there is nothing to be taken back.
    if !outcome.changed, !progress.isTakenBack { outcome.error = stop }
    return outcome
  }
}
