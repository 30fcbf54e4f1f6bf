internal import DeviceCLI
internal import JobModel
internal import Storage
internal import ToolCatalog

/// A whole configuration that goes to the device as a file, is loaded for a time, and confirmed.
extension DeviceWork {
  /// Copies the file and loads it. A device that has the configuration already is left alone.
  func load(
    _ upload: RenderedUpload, _ opened: OpenedDevice, _ tool: RenderedTool, until deadline: ContinuousClock.Instant,
    _ progress: ChangeProgress, _ activity: DeviceActivity, _ state: inout Changing
  ) async throws {
    let platform = part.platform
    let before = platform.normalizedForComparison(state.outcome.before ?? "")
    if let wanted = tool.wanted, before == platform.normalizedForComparison(wanted) {
      state.isInForce = true
      return
    }
    let push = FilePush(
      work: self, copy: upload.copy, file: try PushedFile("the stored configuration", content: upload.content), replaces: true,
      timeout: nil, secrets: tool.secrets, session: opened, deadline: deadline, progress: progress, activity: activity)
    let copied = try await push.run()
    state.transcript += copied.output ?? ""
    state.isUploaded = !progress.sent.isEmpty || copied.status == .succeeded
    guard copied.status == .succeeded else {
      state.outcome.status = copied.status
      state.outcome.error = "nothing was loaded: \(copied.error ?? "the file could not be copied")"
      return
    }
    if upload.trial == nil { return try await configure(opened, tool, progress, &state) }
    try await type(opened, tool, progress, &state)
    progress.allSent()
    guard state.outcome.status != .succeeded else { return }
    // A device that takes back by itself what it could not load as a whole has nothing more to be taken back.
    let now = platform.normalizedForComparison(try await opened.session.wholeConfiguration(.running))
    state.isToBeReverted = now != before
  }

  /// Keeps what was loaded and seen to be in force.
  func confirm(
    _ trial: RenderedUpload.Trial, _ opened: OpenedDevice, _ progress: ChangeProgress, _ state: inout Changing
  ) async throws {
    if state.isInForce { return }
    var refusal: String?
    do {
      try await announce(trial.confirm, progress)
      refusal = try await type(trial.confirm, trial, opened, &state).refusal.map { clean($0, opened) }
    } catch let stopped as ChangeStopped {
      refusal = "not sent, stopped (\(stopped.reason.text))"
    }
    progress.allSent()
    guard let refusal else { return }
    state.fail(
      "'\(trial.confirm)': \(refusal); not confirmed: the device goes back by itself within \(trial.minutes) minutes")
  }

  /// Types one of the commands around those of the tool.
  func type(
    _ command: String, _ trial: RenderedUpload.Trial, _ opened: OpenedDevice, _ state: inout Changing
  ) async throws -> CommandResult {
    let result = try await opened.session.run(command, in: Self.mode(trial.mode), timeout: .seconds(180), mayRename: true)
    state.transcript += "$ \(command)\n" + clean(result.output, opened)
    if state.transcript.utf8.last != 0x0A { state.transcript += "\n" }
    return result
  }

  /// Deletes the file, which has secrets in it, however the change ended; says so where it could not.
  func remove(_ upload: RenderedUpload, _ opened: OpenedDevice, _ state: inout Changing) async {
    guard state.isUploaded else { return }
    let why: String
    do {
      let command = upload.remove
      let result = try await opened.session.run(command.text, in: Self.mode(command.mode))
      state.transcript += "$ \(command.text)\n" + clean(result.output, opened)
      guard let refusal = result.refusal else { return }
      why = refusal
    } catch {
      why = (error as? DeviceError)?.message ?? "\(error)"
    }
    state.remarks.append("\(upload.copy.destination) is left on the device: \(clean(why, opened))")
  }
}
