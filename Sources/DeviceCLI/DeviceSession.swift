import Definitions
package import Transports

/// A conversation with one device's command line: knows the prompt, the mode and how to get around.
///
/// One task uses a session at a time. Trouble of the connection is thrown as the channel throws it, `CancellationError`
/// likewise; after a failure that leaves the device's state unknown every call throws `.unusable`.
package actor DeviceSession {
  package nonisolated let platform: Platform
  let channel: any ByteChannel
  let options: SessionOptions
  let secrets: SessionSecrets
  let redactor: Redactor
  var prompts: PromptState
  /// Why the session cannot go on.
  var breakage: String?
  /// The configuration of which only its end marker and the prompt behind it say that it is over.
  ///
  /// Both may stand within it, in a banner, and the device may pause there. So all that comes afterwards is looked at for what
  /// would then still follow, see `Inbox.hasLateOutput`.
  var unproven: ConfigurationKind?
  /// The commit for a time that has to be kept from ending: commands that read are typed where it left the session.
  var aside: Platform.Trial?
  /// The mode that the login led to.
  private var loginMode: PlatformMode?
  private var incoming: Redactor
  /// Not before this; a read that timed out proves that its deadline has passed.
  private var latest: ContinuousClock.Instant

  private init(_ channel: any ByteChannel, _ platform: Platform, _ secrets: SessionSecrets, _ options: SessionOptions) {
    self.channel = channel
    self.platform = platform
    self.secrets = secrets
    self.options = options
    redactor = Redactor(secrets: secrets.all)
    incoming = redactor
    prompts = PromptState(platform: platform)
    latest = options.now()
  }

  /// Waits for the prompt of a fresh shell, learns it, and switches off paging and such.
  /// - Throws: `.promptNotFound`, `.connectionLost`, `.timedOut`; the channel stays the caller's to close then.
  package static func open(
    _ channel: any ByteChannel, platform: Platform, secrets: SessionSecrets = SessionSecrets(),
    options: SessionOptions = SessionOptions()
  ) async throws -> DeviceSession {
    let session = DeviceSession(channel, platform, secrets, options)
    try await session.learnPrompt()
    try await session.leaveLoginShell()
    for command in platform.onOpen {
      _ = try await session.exchange(command, timeout: session.timeout(nil), acceptance: Acceptance(isSilent: true))
    }
    return session
  }

  /// The prompt as it is now, without decoration and trailing blanks.
  package var prompt: String { prompts.current?.text ?? "" }
  package var mode: PlatformMode { prompts.mode ?? .exec }
  /// The device's name as its prompt gives it.
  package var hostname: String? { prompts.current?.host }
  /// Whether another command can be sent.
  package var isUsable: Bool { breakage == nil }

  /// Runs one command and returns what it printed; a refusal by the device is part of the result.
  /// - Parameters:
  ///   - mode: the mode to be in, the current one by default.
  ///   - timeout: until the prompt is back.
  /// - Throws: `.badCommand`, `.timedOut`, `.unexpectedQuestion`, `.outputTooLarge`, `.connectionLost`, and as `enter`.
  package func run(
    _ command: String, in mode: PlatformMode? = nil, timeout: Duration? = nil, mayRename: Bool = false
  ) async throws -> CommandResult {
    if let mode { try await enter(mode) }
    let reply = try await exchange(
      command, timeout: self.timeout(timeout),
      acceptance: mayRename ? Acceptance(modes: [self.mode], acceptsAnyHost: true) : Acceptance())
    return result(of: reply)
  }

  func result(of reply: Reply) -> CommandResult {
    CommandResult(
      output: reply.text, rawByteCount: reply.rawByteCount, duration: reply.duration,
      refusal: refusal(of: reply.lines).map(redactor.redacting))
  }

  /// Goes to `target` over the platform's modes, typing secrets where asked.
  /// - Throws: `.modeUnavailable`, `.enableRefused`, and as `run`.
  package func enter(_ target: PlatformMode) async throws {
    if aside != nil, Self.readingModes.contains(target) { return }
    guard platform.modes[target] != nil else {
      let known = platform.modes.keys.sorted().map(\.rawValue).joined(separator: ", ")
      throw DeviceError(
        .modeUnavailable, "platform '\(platform.name)' has no mode '\(target.rawValue)'; it has \(known)")
    }
    // Below root's login shell there is none: what ends it ends the session, and what is for a lower mode can be read in it.
    if target == .exec, mode == loginMode, mode != target, platform.modes[mode]?.leaveCommand == platform.exitCommand { return }
    // Every step goes one mode up or down a tree of four.
    for _ in 0..<2 * PlatformMode.allCases.count where mode != target {
      if let child = stepDown(to: target) { try await descend(to: child) } else { try await leave() }
    }
    guard mode == target else {
      throw DeviceError(.modeUnavailable, "mode '\(target.rawValue)' was not reached, the device stays in '\(mode.rawValue)'")
    }
  }

  /// Goes back to the mode that the current one is entered from.
  /// - Parameter mayRename: leaving may change the device's name.
  /// - Throws: `.modeUnavailable` where there is none or the device stays, and as `run`.
  package func leave(mayRename: Bool = false) async throws {
    let mode = mode
    guard let rules = platform.modes[mode], let parent = rules.entry?.from, let command = rules.leaveCommand else {
      throw DeviceError(.modeUnavailable, "mode '\(mode.rawValue)' is the lowest of platform '\(platform.name)'")
    }
    let reply = try await exchange(
      command, timeout: timeout(nil), acceptance: Acceptance(modes: [parent], acceptsAnyHost: mayRename, isSilent: true))
    guard self.mode == parent else {
      throw DeviceError(
        .modeUnavailable, "the device did not leave mode '\(mode.rawValue)': \(quote(refusal(of: reply.lines) ?? reply.text))")
    }
  }

  /// Ends the session politely, within the close time-out, and closes the channel; safe to call twice.
  /// - Returns: what showed meanwhile that a configuration was cut short; `nil` where nothing did.
  @discardableResult
  package func close() async -> DeviceError? {
    var cut: DeviceError?
    if breakage == nil {
      breakage = "the session is closed"
      let deadline = options.now() + options.closeTimeout
      do {
        if mode == .configure, let command = platform.modes[.configure]?.leaveCommand {
          try await send(Array(command.utf8) + platform.newline, deadline: deadline)
          while let bytes = try await receive(until: min(deadline, clock() + options.settle)), !bytes.isEmpty {}
        }
        try await send(Array(platform.exitCommand.utf8) + platform.newline, deadline: deadline)
        let rest = try await awaitHangUp(deadline: deadline)
        if let kind = unproven, hasPrompt(rest) { cut = Self.cutShort(kind) }
      } catch {
        // The device is free to hang up at any point of this.
      }
    }
    let rest = incoming.finish()
    if !rest.isEmpty { options.observer?(.fromDevice, rest) }
    await channel.close()
    return cut
  }

  // MARK: Modes

  /// Reads until the device hangs up, and answers what it asks before it does.
  /// - Returns: what it said, as far as there is room.
  private func awaitHangUp(deadline: ContinuousClock.Instant) async throws -> [UInt8] {
    var line: [UInt8] = []
    var all: [UInt8] = []
    while let bytes = try await receive(until: deadline), !bytes.isEmpty {
      if all.count < options.outputByteLimit { all += bytes }
      if platform.exitQuestions.isEmpty { continue }
      line += bytes
      if let feed = line.lastIndex(of: 0x0A) { line.removeFirst(feed + 1) }
      let text = prompts.bare(TerminalText.line(line.suffix(512), width: options.terminalWidth))
      guard let question = platform.exitQuestions.first(where: { $0.pattern.matches(text) }) else { continue }
      line = []
      try await send(question.answer, deadline: deadline)
    }
    return all
  }

  /// Some devices give a few users the shell below their command line, from where that is one command away.
  private func leaveLoginShell() async throws {
    if mode == .shell, platform.modes[.exec]?.entry?.from == .shell { try await enter(.exec) }
    loginMode = mode
  }

  /// The next mode on the way from the current one down to `target`; `nil` when the way leads up first.
  private func stepDown(to target: PlatformMode) -> PlatformMode? {
    var child = target
    while let parent = platform.modes[child]?.entry?.from {
      if parent == mode { return child }
      child = parent
    }
    return nil
  }

  private func descend(to child: PlatformMode) async throws {
    guard let entry = platform.modes[child]?.entry else { return }
    guard let command = entry.command else {
      throw DeviceError(.modeUnavailable, "mode '\(child.rawValue)' of platform '\(platform.name)' is entered by no command")
    }
    let acceptance = Acceptance(modes: [child], secretPrompt: entry.secretPrompt, isSilent: true)
    var reply = try await exchange(command, timeout: timeout(nil), acceptance: acceptance)
    if reply.asksForSecret {
      guard let secret = secrets.modeSecrets[child] else {
        breakage = "the device waits for a secret"
        throw DeviceError(
          .enableRefused, "the device asks for the \(child.rawValue) secret and the credential has none",
          hint: "add one to the device's credential")
      }
      reply = try await exchange(
        nil, typing: Array(secret.utf8), timeout: timeout(nil), acceptance: acceptance)
      if reply.asksForSecret {
        // Further attempts would count against a lock-out.
        breakage = "the device waits for a secret"
        throw DeviceError(.enableRefused, "the device did not accept the \(child.rawValue) secret")
      }
    }
    guard mode == child else {
      let said = quote(refusal(of: reply.lines) ?? reply.lines.last { !Self.isBlank($0) } ?? "no reason given")
      throw child == .enable
        ? DeviceError(.enableRefused, "the device refused '\(command)': \(said)")
        : DeviceError(.modeUnavailable, "the device refused '\(command)': \(said)")
    }
  }

  // MARK: Bytes

  func timeout(_ wanted: Duration?) -> Duration { wanted ?? platform.commandTimeout ?? options.commandTimeout }

  func clock() -> ContinuousClock.Instant {
    latest = max(latest, options.now())
    return latest
  }

  /// The next bytes; `nil` when the device is silent until `deadline`, empty when it hung up.
  func receive(until deadline: ContinuousClock.Instant) async throws -> [UInt8]? {
    do {
      let bytes = try await channel.read(deadline: deadline)
      if let observer = options.observer {
        let shown = incoming.redact(bytes)
        if !shown.isEmpty { observer(.fromDevice, shown) }
      }
      return bytes
    } catch let error as TransportError where error.code == .timedOut {
      latest = max(latest, deadline)
      return nil
    } catch {
      breakage = breakage ?? "the connection failed"
      throw error
    }
  }

  func send(_ bytes: [UInt8], deadline: ContinuousClock.Instant) async throws {
    if let observer = options.observer {
      var redactor = redactor
      observer(.toDevice, redactor.redact(bytes) + redactor.finish())
    }
    do {
      try await channel.write(bytes, deadline: deadline)
    } catch {
      breakage = breakage ?? "the connection failed"
      throw error
    }
  }

  /// The device's words for a message: short, printable, without secrets.
  func quote(_ text: String) -> String {
    "'" + PrintableBytes(Array(redactor.redacting(text).utf8), limit: 160).description + "'"
  }

  /// The line by which the device refused a command: errors come first, listings may hold anything.
  func refusal(of lines: some Collection<String>) -> String? {
    platform.errorLine(in: lines.lazy.filter { !$0.isEmpty }.prefix(4))
  }
}
