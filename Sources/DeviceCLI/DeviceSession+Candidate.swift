import Definitions

/// Changes by way of a candidate configuration: nothing is in force before the commit, and nothing uncommitted stays behind.
extension DeviceSession {
  func configure(
    _ entries: [ConfigurationEntry], _ change: Platform.Change, _ candidate: Platform.Candidate, timeout: Duration?,
    onLine: (@Sendable (String) async throws -> Void)?
  ) async throws -> ConfigurationResult {
    let before = mode
    try await open(change, candidate)
    let (foreign, pending) = try await comparison(candidate)
    if let pending {
      try await close(candidate, before)
      throw DeviceError(
        .commandRefused, "somebody's commit waits for its confirmation: \(quote(pending))",
        hint: "another commit would confirm it; nothing was typed")
    }
    if let foreign {
      try await close(candidate, before)
      throw DeviceError(
        .commandRefused,
        "somebody's uncommitted changes are in the candidate configuration: \(quote(foreign.first { !Self.isBlank($0) } ?? ""))",
        hint: "commit or discard them on the device; nothing was typed")
    }
    do {
      let result = try await commit(entries, change, candidate, timeout: timeout, onLine: onLine)
      if result.refused != nil { try await discard(candidate, of: change) }
      try await close(candidate, before)
      return result
    } catch let stop as AnnouncementFailure {
      try await discard(candidate, of: change)
      try await close(candidate, before)
      throw stop.error
    }
  }

  /// Makes the configuration before the last commit the one in force again. Whether it took is for the caller to see: by
  /// reading the configuration.
  /// - Throws: `.notSupported`, `.commandRefused`, and as `run`.
  package func rollBack() async throws {
    guard let candidate = platform.change?.candidate, let rollback = candidate.rollback else {
      throw DeviceError(.notSupported, "platform '\(platform.name)' does not say how to roll a change back")
    }
    let before = mode
    if rollback.mode == platform.change?.mode, let change = platform.change {
      try await open(change, candidate)
    } else {
      try await enter(rollback.mode)
    }
    var failure = try await self.failure(ofAll: rollback.commands.dropLast(), candidate)
    if failure == nil, !rollback.whenSame.isEmpty, try await difference(candidate) == nil {
      failure = try await self.failure(ofAll: rollback.whenSame.dropLast(), candidate)
      if failure == nil, try await difference(candidate) == nil { failure = "what it kept is what is in force" }
    }
    if failure == nil, let last = rollback.commands.last {
      failure = try await self.failure(
        of: Platform.ConfirmedCommand(command: last, success: rollback.success), candidate)
    }
    if rollback.mode == platform.change?.mode, let change = platform.change {
      if failure != nil { try await discard(candidate, of: change) }
      try await close(candidate, before)
    } else {
      try await enter(before)
    }
    if let failure { throw DeviceError(.commandRefused, "the device did not roll back: \(failure)") }
  }

  /// Whether `rollBack` can do anything.
  package nonisolated var canRollBack: Bool { platform.change?.candidate?.rollback != nil }

  // MARK: Steps

  private func commit(
    _ entries: [ConfigurationEntry], _ change: Platform.Change, _ candidate: Platform.Candidate, timeout: Duration?,
    onLine: (@Sendable (String) async throws -> Void)?
  ) async throws -> ConfigurationResult {
    let typed = try await type(entries, in: change, timeout: timeout, onLine: onLine)
    // What stays in the candidate is not in force.
    if let refused = typed.refused { return ConfigurationResult(applied: [], refused: refused) }
    guard mode == change.mode else {
      return ConfigurationResult(
        applied: [],
        refused: .init(
          line: entries.last?.last ?? "", deviceMessage: "the lines left the mode '\(change.mode.rawValue)' before the commit"))
    }
    try await goToTop(candidate)
    guard let difference = try await difference(candidate) else {
      return ConfigurationResult(applied: typed.applied, refused: nil, difference: "")
    }
    let text = redactor.redacting(difference.joined(separator: "\n") + "\n")
    var steps: [Platform.ConfirmedCommand] = []
    if let check = candidate.check { steps.append(check) }
    steps += candidate.trial.map { [$0.commit, $0.confirm] } ?? [candidate.commit]
    for (index, step) in steps.enumerated() {
      do {
        try await onLine?(step.command)
      } catch {
        throw AnnouncementFailure(error: error)
      }
      if var message = try await failure(of: step, candidate) {
        if let trial = candidate.trial, index == steps.count - 1 {
          message += " (not confirmed: the device goes back by itself within \(trial.minutes) minutes)"
        }
        return ConfigurationResult(
          applied: [], refused: .init(line: step.command, deviceMessage: message), difference: text)
      }
    }
    return ConfigurationResult(applied: typed.applied, refused: nil, difference: text)
  }

  private func failure(
    ofAll commands: some Sequence<String>, _ candidate: Platform.Candidate
  ) async throws -> String? {
    for command in commands {
      let step = Platform.ConfirmedCommand(command: command, success: [])
      if let failure = try await self.failure(of: step, candidate) { return failure }
    }
    return nil
  }

  /// What takes effect, or no longer does, may be the device's name, and leave the mode.
  private var afterCommit: Acceptance { Acceptance(modes: platform.modes.keys.sorted(by: >), acceptsAnyHost: true) }

  /// Types a command and returns what the device has against it.
  private func failure(of step: Platform.ConfirmedCommand, _ candidate: Platform.Candidate) async throws -> String? {
    let lines = try await exchange(step.command, timeout: timeout(candidate.timeout), acceptance: afterCommit).lines
    if let error = platform.errorLine(in: lines) { return redactor.redacting(error) }
    if step.success.isEmpty || lines.contains(where: { line in step.success.contains { $0.matches(line) } }) { return nil }
    return redactor.redacting(lines.last { !Self.isBlank($0) } ?? "the device does not say that it did")
  }

  private func open(_ change: Platform.Change, _ candidate: Platform.Candidate) async throws {
    if let command = change.enter, let parent = platform.modes[change.mode]?.entry?.from {
      try await enter(parent)
      let reply = try await exchange(
        command, timeout: timeout(nil), acceptance: Acceptance(modes: [change.mode], isSilent: true))
      guard mode == change.mode else {
        throw DeviceError(
          .modeUnavailable, "the device refused '\(command)': \(quote(refusal(of: reply.lines) ?? reply.text))")
      }
    } else {
      try await enter(change.mode)
    }
    guard let open = candidate.open else { return }
    let lines = try await exchange(open, timeout: timeout(nil)).lines
    if let error = platform.errorLine(in: lines) {
      throw DeviceError(.modeUnavailable, "the device refused '\(open)': \(quote(error))")
    }
  }

  private func close(_ candidate: Platform.Candidate, _ before: PlatformMode) async throws {
    if let close = candidate.close {
      let lines = try await exchange(close, timeout: timeout(nil)).lines
      if let error = platform.errorLine(in: lines) {
        breakage = "the candidate configuration was not closed"
        throw DeviceError(.commandRefused, "the device refused '\(close)': \(quote(error))")
      }
    }
    try await enter(before)
  }

  private func goToTop(_ candidate: Platform.Candidate) async throws {
    if let top = candidate.top { _ = try await exchange(top, timeout: timeout(nil)) }
  }

  /// How the candidate differs from what is in force; `nil` where it does not.
  private func difference(_ candidate: Platform.Candidate) async throws -> [String]? {
    try await comparison(candidate).difference
  }

  /// - Returns: also what says that a commit waits for its confirmation.
  private func comparison(
    _ candidate: Platform.Candidate
  ) async throws -> (difference: [String]?, pending: String?) {
    let lines = try await exchange(candidate.compare, timeout: timeout(candidate.timeout)).lines
    let pending = lines.first { line in candidate.pending.contains { $0.matches(line) } }
    let telling = lines.filter { line in
      !Self.isBlank(line) && !(candidate.same + candidate.pending).contains { $0.matches(line) }
    }
    if telling.isEmpty { return (nil, pending) }
    if let error = platform.errorLine(in: telling.prefix(4)) {
      throw DeviceError(.commandRefused, "the device refused '\(candidate.compare)': \(quote(error))")
    }
    return (Array(lines), pending)
  }

  /// Empties the candidate and checks that it is.
  private func discard(_ candidate: Platform.Candidate, of change: Platform.Change) async throws {
    guard breakage == nil else { return }
    let place = change.enter == nil ? change.mode : platform.modes[change.mode]?.entry?.from ?? change.mode
    if mode != place { try await enter(place) }
    if change.enter == nil { try await goToTop(candidate) }
    _ = try await exchange(candidate.discard, timeout: timeout(candidate.timeout), acceptance: afterCommit)
    guard let left = try await difference(candidate) else { return }
    breakage = "the candidate configuration could not be discarded"
    throw DeviceError(
      .commandRefused, "the candidate configuration could not be discarded: \(quote(left.first { !Self.isBlank($0) } ?? ""))",
      hint: "look at the device: uncommitted changes are left there")
  }
}
