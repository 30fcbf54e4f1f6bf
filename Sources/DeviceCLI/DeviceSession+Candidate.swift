import Definitions

/// Changes by way of a candidate configuration: nothing is in force before the commit, and nothing uncommitted stays behind. Where
/// the device commits for a time, the commit is confirmed once it is found to be good, and else taken back at once.
extension DeviceSession {
  func configure(
    _ entries: [ConfigurationEntry], _ change: Platform.Change, timeout: Duration?,
    onLine: (@Sendable (String) async throws -> Void)?, onTaken: (@Sendable () -> Void)?,
    isGood: (@Sendable () async throws -> Bool)?
  ) async throws -> ConfigurationResult {
    let change = change.naming(options.configurationSession())
    guard let candidate = change.candidate else { return ConfigurationResult(applied: [], refused: nil) }
    let before = mode
    try await open(change, candidate)
    let (foreign, pending): ([String]?, String?)
    do {
      (foreign, pending) = try await comparison(candidate)
    } catch let error as DeviceError where error.code == .commandRefused {
      // A candidate of one's own is not left behind; in another nothing was typed.
      if change.enter != nil { try await discard(candidate, of: change) }
      try await close(candidate, before)
      throw error
    }
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
    let result: ConfigurationResult
    do {
      result = try await commit(
        entries, change, candidate, timeout: timeout, onLine: onLine, onTaken: onTaken, isGood: isGood)
    } catch {
      // Where the session is still good, what was typed is not left to whoever comes next.
      guard breakage == nil else { throw (error as? AnnouncementFailure)?.error ?? error }
      try await discard(candidate, of: change)
      try await close(candidate, before)
      throw (error as? AnnouncementFailure)?.error ?? error
    }
    let isLeft = candidate.outlivesSession && result.difference == ""
    if result.refused != nil || result.takenBack != nil || isLeft { try await discard(candidate, of: change) }
    try await close(candidate, before)
    return result
  }

  // MARK: Steps

  private func commit(
    _ entries: [ConfigurationEntry], _ change: Platform.Change, _ candidate: Platform.Candidate, timeout: Duration?,
    onLine: (@Sendable (String) async throws -> Void)?, onTaken: (@Sendable () -> Void)?,
    isGood: (@Sendable () async throws -> Bool)?
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
    guard let difference = try await difference(candidate, by: candidate.review) else {
      return ConfigurationResult(applied: typed.applied, refused: nil, difference: "")
    }
    let text = redactor.redacting(platform.mask(difference: difference).joined(separator: "\n") + "\n")
    var sent = clock()
    for step in [candidate.check, candidate.taking].compactMap(\.self) {
      try await announce(step, onLine)
      sent = clock()
      if let message = try await failure(of: step, candidate) {
        return ConfigurationResult(
          applied: [], refused: .init(line: step.command, deviceMessage: message), difference: text)
      }
    }
    onTaken?()
    guard let trial = candidate.trial else { return ConfigurationResult(applied: typed.applied, refused: nil, difference: text) }
    // The device counts from when it took the commit, which may have been long before it answered.
    let end = sent + .seconds(60 * trial.minutes) - Self.margin
    do {
      guard let refused = try await conclude(trial, candidate, until: end, onLine, isGood) else {
        onTaken?()
        return ConfigurationResult(applied: typed.applied, refused: nil, difference: text)
      }
      let takenBack = try await takeBack(trial, candidate, difference, until: end)
      return ConfigurationResult(applied: typed.applied, refused: refused.refusal, difference: text, takenBack: takenBack)
    } catch {
      guard breakage == nil else { throw error }
      throw TrialStopped(
        cause: (error as? AnnouncementFailure)?.error ?? error,
        takenBack: try await takeBack(trial, candidate, difference, until: end))
    }
  }

  /// How long before its end a trial is given up: the device could be going back while the confirmation is on its way.
  private static let margin = Duration.seconds(20)

  /// Why a trial was not confirmed.
  private struct Unconfirmed {
    /// `nil` where it was found not to be good.
    let refusal: ConfigurationResult.Refusal?
  }

  /// Confirms what is in force for a time, where it is good.
  /// - Returns: why it is not confirmed; `nil` when it is.
  private func conclude(
    _ trial: Platform.Trial, _ candidate: Platform.Candidate, until end: ContinuousClock.Instant,
    _ onLine: (@Sendable (String) async throws -> Void)?, _ isGood: (@Sendable () async throws -> Bool)?
  ) async throws -> Unconfirmed? {
    if let isGood {
      aside = trial
      defer { aside = nil }
      guard try await isGood() else { return Unconfirmed(refusal: nil) }
    }
    let late = Unconfirmed(
      refusal: .init(
        line: trial.confirm.command, deviceMessage: "the \(trial.minutes) minutes of the commit are nearly over", wasSent: false))
    guard clock() < end else { return late }
    try await announce(trial.confirm, onLine)
    // It may have had to wait until it could be recorded.
    guard clock() < end else { return late }
    guard let message = try await failure(of: trial.confirm, candidate) else { return nil }
    return Unconfirmed(refusal: .init(line: trial.confirm.command, deviceMessage: message))
  }

  /// Takes a commit for a time back without waiting for the device to do so. Whether it took is for the caller to see, by reading
  /// the configuration.
  private func takeBack(
    _ trial: Platform.Trial, _ candidate: Platform.Candidate, _ difference: [String], until end: ContinuousClock.Instant
  ) async throws -> ConfigurationResult.TakenBack {
    guard let last = trial.cancel.last else { return .done }
    // Once the device has gone back, what it has kept is the change itself.
    if trial.cancel.count > 1, clock() >= end { return .refused("the \(trial.minutes) minutes of the commit are nearly over") }
    for step in trial.cancel.dropLast() {
      if let message = try await failure(of: step, candidate) { return .refused("'\(step.command)': \(message)") }
    }
    // Nobody's work but this change may be undone by what the device has kept.
    if trial.cancel.count > 1 {
      let now = try await self.difference(candidate) ?? []
      guard Self.changes(now) == Self.changes(difference, swapped: true) else {
        return .refused("what the device has kept is not what was in force before")
      }
    }
    return try await failure(of: last, candidate).map { .refused("'\(last.command)': \($0)") } ?? .done
  }

  /// The lines that a comparison shows to be added or removed, each behind its place, in an order of their own.
  private static func changes(_ difference: [String], swapped: Bool = false) -> [String] {
    let signs: [Character: String] = swapped ? ["+": "-", "-": "+"] : ["+": "+", "-": "-"]
    var place = ""
    return difference.compactMap { line in
      let text = line.drop { $0 == " " }
      if text.hasPrefix("[") { place = String(text) }
      return text.first.flatMap { signs[$0] }.map { place + $0 + text.dropFirst() }
    }.sorted()
  }

  private func announce(
    _ step: Platform.ConfirmedCommand, _ onLine: (@Sendable (String) async throws -> Void)?
  ) async throws {
    do {
      try await onLine?(step.command)
    } catch {
      throw AnnouncementFailure(error: error)
    }
  }

  /// What takes effect, or no longer does, may be the device's name, and leave the mode.
  private var afterCommit: Acceptance { Acceptance(modes: platform.modes.keys.sorted(by: >), acceptsAnyHost: true) }

  /// Types a command and returns what the device has against it.
  private func failure(of step: Platform.ConfirmedCommand, _ candidate: Platform.Candidate) async throws -> String? {
    var acceptance = afterCommit
    acceptance.questions = step.questions
    let lines = try await exchange(step.command, timeout: timeout(candidate.timeout), acceptance: acceptance).lines
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
      let lines = try await exchange(close, timeout: timeout(nil), acceptance: afterCommit).lines
      if let error = platform.errorLine(in: lines) {
        breakage = "the candidate configuration was not closed"
        throw DeviceError(.commandRefused, "the device refused '\(close)': \(quote(error))")
      }
    }
    // Where leaving takes a commit back, the name that it gave the device goes with it.
    if let trial = candidate.trial, trial.cancel.isEmpty, mode != before { try await leave(mayRename: true) }
    try await enter(before)
  }

  private func goToTop(_ candidate: Platform.Candidate) async throws {
    if let top = candidate.top { _ = try await exchange(top, timeout: timeout(nil)) }
  }

  /// How the candidate differs from what is in force; `nil` where it does not.
  private func difference(_ candidate: Platform.Candidate, by command: String? = nil) async throws -> [String]? {
    try await comparison(candidate, by: command).difference
  }

  /// - Returns: also what says that a commit waits for its confirmation.
  /// - Parameter isDiscarded: there need not be a candidate any more.
  private func comparison(
    _ candidate: Platform.Candidate, by command: String? = nil, isDiscarded: Bool = false
  ) async throws -> (difference: [String]?, pending: String?) {
    let command = command ?? candidate.compare
    let reply = try await exchange(command, timeout: timeout(candidate.timeout))
    let lines = reply.lines
    let pending = (lines + reply.promptLines).first { line in candidate.pending.contains { $0.matches(line) } }
    let silent = candidate.same + candidate.pending + (isDiscarded ? candidate.absent : [])
    let telling = lines.filter { line in !Self.isBlank(line) && !silent.contains { $0.matches(line) } }
    if telling.isEmpty { return (nil, pending) }
    if let error = platform.errorLine(in: telling.prefix(4)) {
      throw DeviceError(.commandRefused, "the device refused '\(command)': \(quote(error))")
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
    let why: String
    do {
      guard let left = try await comparison(candidate, isDiscarded: true).difference else { return }
      why = "could not be discarded: \(quote(left.first { !Self.isBlank($0) } ?? ""))"
    } catch let error as DeviceError where error.code == .commandRefused {
      why = "may not be empty: \(error.message)"
    }
    breakage = "the candidate configuration \(why)"
    throw DeviceError(
      .commandRefused, "the candidate configuration \(why)", hint: "look at the device: uncommitted changes are left there")
  }
}
