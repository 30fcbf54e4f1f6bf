import Glibc

/// A shell on a device over the system's `ssh`: one process for each session, driven through pseudo-terminals on an event loop.
///
/// The program asks about the host key, which gives the same judgement as for libssh2: pin, then verifier. It is answered with
/// the fingerprint, which `ssh` itself compares with the key, and only then asked for a password. What is written to it never
/// stands on a command line or in the environment.
actor OpenSSHConnection {
  nonisolated let loop: EventLoop
  nonisolated let request: ConnectionRequest
  let deviceDeadline: ContinuousClock.Instant
  private let route: JumpRoute?
  private let resources: CallerResources

  private var process: SSHProcess?
  private var keyFile: MemoryFile?
  private var keyPath: String?
  /// The public keys of which the agent may be asked; nil for all it has.
  private var agentKeyFiles: [MemoryFile]?
  private var agentRemark: String?
  /// How many keys and passwords the server may be shown.
  private let maximumAttemptCount: Int
  /// There was more to try than that.
  private var isCapped: Bool { isStopped || (isAgentCut && attemptCount >= maximumAttemptCount) }
  private var isStopped = false
  private var isAgentCut = false
  /// The login ended before the credential's password was asked for, and not because the server does not want one.
  private var isCutShort = false
  private var hasForeignKey = false
  /// How many keys the agent has, and how many of them the server has seen on another connection.
  private var agentKeyCount = 0
  private let seenAgentKeyCount: Int
  private var carrier: CarrierState?
  private var relay: Task<Void, Never>?
  private var log = OpenSSHLog()
  /// What was said beside the log: no more than words for a message.
  private var remarks = OpenSSHLog()
  private var question = OpenSSHQuestion()
  private var responder: KeyboardResponder?
  private var gavePassphrase = false
  /// What the session sent before anybody read it.
  private var early: [UInt8] = []
  private var sessionEnded = false
  private var isClosed = false
  private(set) var hostKey: HostKey?
  private(set) var timings = PhaseTimings()
  private var loginDeadline: ContinuousClock.Instant
  private var phaseStart = ContinuousClock.now

  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
  private nonisolated var endpoint: Endpoint { request.endpoint }

  /// How far a login is to go.
  private enum Goal { case hostKey, shell }

  private init(
    _ request: ConnectionRequest, route: JumpRoute?, resources: CallerResources, deviceDeadline: ContinuousClock.Instant,
    maximumAttemptCount: Int, seenAgentKeyCount: Int = 0, loop: EventLoop
  ) {
    self.maximumAttemptCount = maximumAttemptCount
    self.seenAgentKeyCount = seenAgentKeyCount
    self.request = request
    self.route = route
    self.resources = resources
    self.deviceDeadline = deviceDeadline
    loginDeadline = deviceDeadline
    self.loop = loop
  }

  /// Opens a shell with the first of the request's credentials that the server accepts, each on a connection of its own.
  /// - Throws: as `SSHConnector.connect`.
  static func connect(
    _ request: ConnectionRequest, route: JumpRoute?, resources: CallerResources, on loop: EventLoop
  ) async throws -> ConnectedShell {
    let deviceDeadline = ContinuousClock.now + request.deadlines.device
    var attemptCount = 0
    var lastRefusal = TransportError(
      .authenticationFailed, "\(request.endpoint): there is no credential for this device", hint: "give the device a credential")
    var waiting = request.credentials.enumerated().map { Turn(index: $0.offset, credential: $0.element) }[...]
    // Without a credential it goes as far as the server lets it, which gets the verifier its host key.
    if waiting.isEmpty { waiting = [Turn(index: nil, credential: nil)] }
    while let turn = waiting.popFirst() {
      let rest = request.options.maximumLoginAttempts - attemptCount
      guard rest > 0 else {
        lastRefusal.hint = SSHConnection.capHint(attemptCount)
        break
      }
      let connection = OpenSSHConnection(
        request, route: route, resources: resources, deviceDeadline: deviceDeadline, maximumAttemptCount: rest,
        seenAgentKeyCount: turn.agentKeyCount, loop: loop)
      do {
        try await connection.establish(turn.credential, .shell)
        return try await connection.shell(credentialIndex: turn.index)
      } catch let error as TransportError where error.code == .authenticationFailed || error.code == .badKey {
        if turn.credential != nil { lastRefusal = error }
        await connection.close()
        attemptCount += await connection.attemptCount
        if await connection.isCapped {
          lastRefusal.hint = SSHConnection.capHint(attemptCount)
          break
        }
        // What the server has not seen is no reason to give a credential up.
        if let next = await connection.remainder(of: turn) { waiting = [next] + waiting }
      } catch let error as TransportError where attemptCount > 0 && SSHConnection.isPassing(error.code) {
        // That the server refused before is what whoever runs this has to know.
        await connection.close()
        lastRefusal.message += "; no further connection: \(error.message)"
        break
      } catch {
        await connection.close()
        throw error
      }
    }
    lastRefusal.attemptCount = attemptCount
    throw lastRefusal
  }

  /// A credential, or what is left of it behind a connection on which the server has not seen all of it.
  private struct Turn {
    var index: Int?
    var credential: LoginCredential?
    /// How many keys of the agent it has seen.
    var agentKeyCount = 0
  }

  /// What the server has not seen is no reason to give a credential up.
  private func remainder(of turn: Turn) -> Turn? {
    guard isCutShort, var credential = turn.credential else { return nil }
    if let path = keyPath, log.offeredKeys.contains(where: { $0.hasPrefix(path + " ") }) { credential.privateKey = nil }
    if log.passphraseTrouble != nil { credential.privateKey = nil }
    let agentKeys = log.offeredAgentKeyCount
    let seen = seenAgentKeyCount + agentKeys
    if seen >= agentKeyCount { credential.usesAgent = false }
    // Behind a key of ssh's own configuration, or without a key that is new, it would be the same once more.
    if hasForeignKey || (credential == turn.credential && agentKeys == 0) {
      credential.privateKey = nil
      credential.usesAgent = false
    }
    guard credential.privateKey != nil || credential.usesAgent || credential.password != nil,
      credential != turn.credential || agentKeys > 0
    else { return nil }
    return Turn(index: turn.index, credential: credential, agentKeyCount: credential.usesAgent ? seen : 0)
  }

  /// Fetches the host key that a login would verify, without logging in.
  /// - Throws: as `HostKeyScan.hostKey`.
  static func scanHostKey(
    of request: ConnectionRequest, route: JumpRoute?, resources: CallerResources, on loop: EventLoop
  ) async throws -> HostKey {
    let connection = OpenSSHConnection(
      request, route: route, resources: resources, deviceDeadline: .now + request.deadlines.device, maximumAttemptCount: 0,
      loop: loop)
    do {
      try await connection.establish(nil, .hostKey)
    } catch {
      await connection.close()
      throw error
    }
    await connection.close()
    guard let key = await connection.hostKey else {
      throw TransportError(.negotiationFailed, "\(request.endpoint): the server presents no usable host key")
    }
    return key
  }

  private func shell(credentialIndex: Int?) throws -> ConnectedShell {
    guard let hostKey else { throw lost() }
    return ConnectedShell(
      channel: OpenSSHShellChannel(connection: self), hostKey: hostKey, credentialIndex: credentialIndex, timings: timings,
      serverIdentification: log.serverIdentification)
  }

  // MARK: Login

  private func establish(_ credential: LoginCredential?, _ goal: Goal) async throws {
    if let password = credential?.password, password.utf8.contains(where: { $0 == 0 || $0 == 0x0A }) {
      throw TransportError(.badKey, "\(endpoint): a password with a line feed cannot be typed")
    }
    responder = credential.map {
      KeyboardResponder(user: $0.user, password: $0.password ?? "", answersAnyPrompt: false)
    }
    let destination = try await destination()
    keyFile = try credential?.privateKey.map { key throws(TransportError) in try MemoryFile(key.text) }
    keyPath = keyFile?.path
    try await limitAgent(credential)
    let command = try OpenSSHCommand(
      destination: destination, isRelayed: route != nil, credential: credential, keyPath: keyPath,
      agentKeyPaths: agentKeyFiles?.map(\.path), options: request.options,
      deadlines: request.deadlines, terminal: request.terminal, resources: resources)
    phaseStart = .now
    let connectDeadline = min(phaseStart + request.deadlines.connect, deviceDeadline)
    process = try SSHProcess(
      program: command.program, arguments: command.arguments, environment: command.environment, terminal: request.terminal)
    var progress = OpenSSHLog()
    while true {
      guard let process else { throw lost() }
      drain(process)
      note(from: progress)
      if log.isConnected, !progress.isConnected {
        loginDeadline = min(.now + request.deadlines.login, deviceDeadline)
      }
      progress = log
      if goal == .shell { try checkKeys(credential) }
      if let text = question.complete(isHidden: process.questions.hidesInput) {
        try await answer(text, credential, goal)
        if goal == .hostKey, hostKey != nil { return }
        continue
      }
      if log.refusesTerminal || log.refusesShell {
        throw TransportError(
          .sessionRefused, "\(endpoint): the server refused \(log.refusesTerminal ? "a terminal" : "a shell")")
      }
      if log.isInShell, hostKey != nil {
        // The keys have served.
        keyFile = nil
        agentKeyFiles = nil
        return
      }
      if process.reap() != nil {
        drain(process)
        throw failure(credential)
      }
      let deadline = log.isConnected ? loginDeadline : connectDeadline
      do {
        // A question that nothing marks as complete is one when nothing follows.
        let quiet = question.isPending ? min(deadline, .now + .milliseconds(200)) : deadline
        try await loop.wait(for: .readable, of: process.events.descriptor, until: quiet)
        question.isQuiet = false
      } catch let error as TransportError where error.code == .timedOut {
        if .now < deadline { question.isQuiet = true } else { throw timedOut() }
      }
    }
  }

  /// How many keys and passwords the server was shown, without what it accepted as the first of several factors: for that no
  /// account is locked.
  private var attemptCount: Int {
    max(0, log.offeredKeys.count + (responder?.gavePassword == true ? 1 : 0) - log.partialSuccessCount)
  }

  /// Left alone, `ssh` shows the server all keys of the agent: where there are more than may be tried, it is told which.
  private func limitAgent(_ credential: LoginCredential?) async throws {
    guard let credential, credential.usesAgent, let path = resources.agentSocket else { return }
    let rest = maximumAttemptCount - (credential.privateKey == nil ? 0 : 1)
    let agent = try? SSHAgent(path: path, on: loop)
    // One that does not answer is ssh's business, with messages of its own.
    guard let identities = try? await agent?.identities(until: min(.now + .seconds(5), deviceDeadline)) else { return }
    agentKeyCount = identities.count
    if identities.isEmpty { agentRemark = "the SSH agent has no key" }
    let unseen = identities.dropFirst(seenAgentKeyCount)
    isAgentCut = unseen.count > rest
    guard isAgentCut || seenAgentKeyCount > 0 else { return }
    agentKeyFiles = try unseen.prefix(max(rest, 0)).map { identity throws(TransportError) in
      try MemoryFile("\(identity.algorithm) \(Base64.encode(identity.blob))")
    }
  }

  /// `ssh` goes on to keys that its own configuration names; those are not the credential's, and the server counts them.
  private func checkKeys(_ credential: LoginCredential?) throws(TransportError) {
    guard let credential, !log.offeredKeys.isEmpty else { return }
    if !credential.usesAgent, let path = keyPath, let key = log.offeredKeys.first(where: { !$0.hasPrefix(path + " ") }) {
      isCutShort = true
      hasForeignKey = true
      throw refusal(credential, "ssh went on to a key of its own configuration, which is not the credential's: \(key)")
    }
    if attemptCount > maximumAttemptCount {
      isStopped = true
      throw refusal(credential, nil)
    }
  }

  /// Where `ssh` is to connect: to the device, or to a relay of the stream through the jump host.
  private func destination() async throws -> Endpoint {
    guard let route else { return endpoint }
    let stream = try await route.open(endpoint, deadlines: request.deadlines, until: deviceDeadline, on: loop)
    timings.jump = stream.jumpDuration
    timings.connect = stream.connectDuration
    carrier = stream.carrier
    let relay = try StreamRelay(stream, on: loop)
    let deadline = ContinuousClock.now + request.deadlines.connect
    self.relay = Task { await relay.run(until: deadline) }
    return relay.endpoint
  }

  /// Takes what the process has written; nothing of it waits for anything.
  private func drain(_ process: SSHProcess) {
    while let bytes = Self.read(process.log) { log.append(bytes) }
    while let bytes = Self.read(process.errors) { remarks.append(bytes) }
    while let bytes = Self.read(process.questions.master) { question.append(bytes) }
    while early.count < 64 * 1024, !sessionEnded {
      let bytes = Self.read(process.session.master)
      if let bytes { early += bytes } else { break }
    }
  }

  /// The next bytes; nil when there are none now, or none any more.
  private static func read(_ descriptor: Int32) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 32 * 1024)
    let count = Glibc.read(descriptor, &buffer, buffer.count)
    return count > 0 ? Array(buffer.prefix(count)) : nil
  }

  /// Adds up the phases as the log tells them.
  private func note(from before: OpenSSHLog) {
    func end(_ isReached: Bool, _ wasReached: Bool, _ phase: WritableKeyPath<PhaseTimings, Duration>) {
      guard isReached, !wasReached else { return }
      let now = ContinuousClock.now
      timings[keyPath: phase] += now - phaseStart
      phaseStart = now
    }
    end(log.isResolved, before.isResolved, \.resolve)
    end(log.isConnected, before.isConnected, \.connect)
    end(log.hostKey != nil, before.hostKey != nil, \.keyExchange)
    end(log.isAuthenticated, before.isAuthenticated, \.login)
    end(log.isInShell, before.isInShell, \.shell)
  }

  // MARK: Questions

  private func answer(_ text: String, _ credential: LoginCredential?, _ goal: Goal) async throws {
    guard let process else { throw lost() }
    if OpenSSHQuestion.isAboutHostKey(text) {
      let key = try judged()
      let start = ContinuousClock.now
      if goal == .shell { try await request.verifier(key) }
      hostKey = key
      let spent = ContinuousClock.now - start
      loginDeadline = min(loginDeadline + spent, deviceDeadline)
      phaseStart += spent
      // The fingerprint instead of a yes: the program compares it with the key that it has.
      if goal == .shell { try await type(text.contains("[fingerprint]") ? key.fingerprint : "yes", process) }
      return
    }
    guard hostKey != nil else {
      throw TransportError(
        log.usesProxyCommand ? .unreachable : .hostKeyUnknown,
        "\(endpoint): ssh asks '\(PrintableBytes(text.utf8))' before the device's host key was judged",
        hint: log.usesProxyCommand
          ? "its own configuration puts a host on the way that asks for a secret: use a key or an agent there, or have netjob go "
            + "through it: netjob network edit -h"
          : nil)
    }
    try await type(try reply(to: text, credential, isEchoed: !process.questions.hidesInput), process)
  }

  /// The host key that the program found, after the check against the pin.
  private func judged() throws(TransportError) -> HostKey {
    if log.hostKey == nil, log.usesProxyCommand {
      throw TransportError(
        .hostKeyUnknown,
        "\(endpoint): ssh asks about the host key of a host that its own configuration puts on the way, which is in no "
          + "known_hosts",
        hint: "log in to that host by ssh once and compare its key; or have netjob go through it: netjob network edit -h")
    }
    guard let (algorithm, fingerprint) = log.hostKey, fingerprint.hasPrefix("SHA256:") else {
      throw TransportError(.hostKeyUnknown, "\(endpoint): ssh does not tell which host key the server presents")
    }
    if let pin = request.options.hostKeyPin, pin != HostKeyPin(algorithm: algorithm, fingerprint: fingerprint) {
      throw TransportError(
        .hostKeyChanged,
        "\(endpoint): the host key has changed: pinned is \(pin.algorithm) \(pin.fingerprint), "
          + "presented is \(algorithm) \(fingerprint)",
        hint: "find out why the key changed; then pin the new one")
    }
    return HostKey(algorithm: algorithm, fingerprint: fingerprint, blob: [])
  }

  private func reply(
    to text: String, _ credential: LoginCredential?, isEchoed: Bool
  ) throws(TransportError) -> String {
    if text.contains("Enter passphrase for key") {
      defer { gavePassphrase = true }
      // An empty one lets ssh leave the key alone.
      return gavePassphrase ? "" : credential?.privateKey?.passphrase ?? ""
    }
    guard let before = responder?.gavePassword else { return "" }
    // Where there is another method for the password, a prompt of any other words is for something else, such as a code.
    responder?.answersAnyPrompt = !log.offeredMethods.isEmpty && !log.offeredMethods.contains("password")
    let reply = responder?.answer(OpenSSHQuestion.prompt(in: text), isEchoed: isEchoed) ?? ""
    if responder?.wantsNewPassword == true {
      throw refusal(credential, SSHConnection.passwordIsToBeChanged, hint: SSHConnection.passwordHint)
    }
    if before, !isEchoed {
      // The same password by another method would only count against the account twice.
      throw refusal(credential, "ssh asked '\(PrintableBytes(text.utf8))' again")
    }
    if !before, responder?.gavePassword == true, attemptCount > maximumAttemptCount {
      responder = nil
      isStopped = true
      throw refusal(credential, nil)
    }
    return reply
  }

  private func type(_ text: String, _ process: SSHProcess) async throws {
    try await write(Array(text.utf8) + [0x0A], to: process.questions.master, until: loginDeadline)
  }

  private func write(_ bytes: [UInt8], to descriptor: Int32, until deadline: ContinuousClock.Instant) async throws {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress?.advanced(by: sent), min(4096, bytes.count - sent))
      }
      if count > 0 {
        sent += count
      } else if errno == EAGAIN {
        try await loop.wait(for: .writable, of: descriptor, until: min(deadline, deviceDeadline))
        guard process != nil else { throw lost() }
      } else if errno != EINTR {
        throw lost()
      }
    }
  }

  // MARK: Errors

  private func timedOut() -> TransportError {
    if ContinuousClock.now >= deviceDeadline {
      return TransportError(
        .timedOut, "\(endpoint): timed out: the device's time is used up (\(request.deadlines.device))")
    }
    let phase: SSHConnection.Phase =
      !log.isResolved
      ? .resolve : !log.isConnected ? .connect : hostKey == nil ? .keyExchange : log.isAuthenticated ? .shell : .login
    let isByProxy = phase == .connect && log.usesProxyCommand
    return TransportError(
      .timedOut,
      "\(endpoint): timed out during \(phase.rawValue)\(isByProxy ? ", by the ProxyCommand of ssh's configuration" : "")",
      hint: phase == .connect && !isByProxy ? "the device is down, or a firewall drops packets to port \(endpoint.port)" : nil)
  }

  private func lost() -> TransportError {
    carrier?.failure
      ?? TransportError(
        .connectionLost, "\(endpoint): the connection is closed" + (log.complaints.last.map { ": ssh: \($0)" } ?? ""))
  }

  private func refusal(_ credential: LoginCredential?, _ why: String?, hint: String? = nil) -> TransportError {
    let user = PrintableBytes((credential?.user ?? "").utf8).description
    let methods = log.offeredMethods.isEmpty ? "no method" : log.offeredMethods.joined(separator: ", ")
    var message = "\(endpoint): the server accepts no credential of user '\(user)'; it offers \(methods)"
    if let why { message += "; \(why)" }
    if let agentRemark { message += "; \(agentRemark)" }
    if credential?.usesAgent == true, resources.agentSocket == nil {
      message += "; there is no SSH agent: SSH_AUTH_SOCK is not set, or not netjob's caller's own"
    }
    return TransportError(.authenticationFailed, message, hint: hint)
  }

  /// Why the program ended before there was a shell.
  private func failure(_ credential: LoginCredential?) -> TransportError {
    if let failure = carrier?.failure { return failure }
    if let signal = process?.endingSignal {
      return TransportError(.connectionLost, "\(endpoint): ssh was ended by signal \(signal)")
    }
    // Beside the log there are the banner's words once there is a connection, which the server chose.
    let complaints = (log.isConnected ? [] : remarks.complaints) + log.complaints
    func line(_ words: String...) -> String? {
      complaints.last { line in words.contains { line.contains($0) } }
    }
    if let line = line("Could not resolve hostname") {
      return TransportError(
        .nameNotResolved, "\(endpoint): \(line)", hint: "check the device's address, or give it as an IP address")
    }
    if let line = line("Unable to negotiate") {
      let offer = line.split(separator: ":", maxSplits: 1).last.map { String($0.drop { $0 == " " }) } ?? line
      if let pin = request.options.hostKeyPin, line.contains("host key type") {
        return TransportError(
          .hostKeyChanged, "\(endpoint): the server has no \(pin.algorithm) host key any more, which is the pinned one: \(offer)",
          hint: "find out why the key changed; then pin the new one")
      }
      return TransportError(
        .negotiationFailed, "\(endpoint): \(disagreement(offer))",
        hint: request.options.allowsLegacyAlgorithms
          ? nil : "where the device offers only weak algorithms, mark it as legacy: true")
    }
    let trouble = log.passphraseTrouble ?? line("Load key")
    if let trouble, !log.isAuthenticated, credential?.password == nil {
      return TransportError(
        .badKey,
        "\(endpoint): the private key of user '\(PrintableBytes((credential?.user ?? "").utf8))' cannot be used: \(trouble)",
        hint: "it must be an unencrypted OpenSSH or PEM private key, or come with its passphrase")
    }
    if line("Permission denied (", "Too many authentication failures") != nil {
      isCutShort = line("Too many authentication failures") != nil && responder?.gavePassword != true
      return refusal(credential, trouble.map { "a private key cannot be used: \($0)" })
    }
    if let line = line("Bad owner or permissions", "Bad configuration option", "terminating", "unsupported option") {
      return TransportError(.system, "\(endpoint): ssh: \(line)", hint: "mend the configuration of ssh")
    }
    for (words, code) in [
      ("Connection refused", TransportError.Code.unreachable), ("No route to host", .unreachable),
      ("Network is unreachable", .unreachable), ("timed out", .timedOut),
    ] where !log.isConnected {
      if line(words) != nil {
        let hint =
          words == "Connection refused" ? "nothing listens on port \(endpoint.port): check the port and that SSH is on" : nil
        return TransportError(code, "\(endpoint): \(words.lowercased())", hint: hint)
      }
    }
    if !log.isConnected, log.usesProxyCommand {
      let why = (remarks.complaints.last ?? log.complaints.last).map { ": \($0)" } ?? ""
      return TransportError(
        .unreachable, "\(endpoint): the ProxyCommand of ssh's configuration did not connect\(why)",
        hint: "try the same by hand: ssh -v \(endpoint.host)")
    }
    if !log.isConnected, let line = line("connect to host ") {
      return TransportError(
        .unreachable, "\(endpoint): \(line)", hint: line.hasSuffix("Invalid argument") ? endpoint.scopeHint : nil)
    }
    let phase = hostKey == nil ? SSHConnection.Phase.keyExchange : log.isAuthenticated ? .shell : .login
    if phase == .login, attemptCount > 0 {
      isCutShort = responder?.gavePassword != true
      return refusal(credential, "it then ended the connection" + (complaints.last.map { ": ssh: \($0)" } ?? ""))
    }
    if phase == .keyExchange, log.serverIdentification == nil, let greeting = log.greeting {
      return TransportError(
        .connectionLost, "\(endpoint): no SSH server: it sent '\(greeting)'", hint: "check the port")
    }
    // ssh has a deadline of its own, which may come first.
    if line("timed out") != nil { return TransportError(.timedOut, "\(endpoint): timed out during \(phase.rawValue)") }
    let why = complaints.last.map { ": ssh: \($0)" } ?? ""
    return TransportError(.connectionLost, "\(endpoint): the server ended the connection during \(phase.rawValue)\(why)")
  }

  /// ssh's words for algorithms that do not match, which name the server's alone, with its own beside them.
  private func disagreement(_ offer: String) -> String {
    let kinds: [(words: String, category: AlgorithmCategory)] = [
      ("key exchange method", .keyExchange), ("host key type", .hostKey), ("cipher", .cipher), ("MAC", .mac),
    ]
    guard let kind = kinds.first(where: { offer.contains("no matching \($0.words) found") }),
      let theirs = offer.firstRange(of: "Their offer: "), let own = log.ownOffer[kind.category]
    else { return offer }
    let server = offer[theirs.upperBound...].split(separator: ",").joined(separator: " ")
    return "no common algorithm for \(kind.category.rawValue) (server: \(server); ssh: \(own.joined(separator: " ")))"
  }

  // MARK: Shell

  func read(until deadline: ContinuousClock.Instant) async throws -> [UInt8] {
    let deadline = min(deadline, deviceDeadline)
    while true {
      if !early.isEmpty {
        defer { early = [] }
        return early
      }
      guard let process, !isClosed else { throw lost() }
      drain(process)
      question.discard()
      if !early.isEmpty { continue }
      if process.reap() != nil {
        // What it wrote before it ended is here by now.
        drain(process)
        if !early.isEmpty { continue }
        try checkEnd(process)
        return []
      }
      do {
        try await loop.wait(for: .readable, of: process.events.descriptor, until: deadline)
      } catch let error as TransportError where error.code == .timedOut {
        throw timedOutInSession()
      }
      // A terminal whose other side has hung up stays readable: the end of the process is what is waited for then.
      if early.isEmpty, Self.hasHungUp(process.session.master) {
        do {
          try await process.waitForEnd(until: min(deadline, .now + .seconds(2)), on: loop)
        } catch let error as TransportError where error.code == .timedOut {
          throw lost()
        }
      }
    }
  }

  private static func hasHungUp(_ descriptor: Int32) -> Bool {
    var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return Glibc.poll(&poll, 1, 0) == 1 && poll.revents & Int16(POLLHUP) != 0 && poll.revents & Int16(POLLIN) == 0
  }

  /// 255 is ssh's own failure; anything else is how the shell ended.
  private func checkEnd(_ process: SSHProcess) throws(TransportError) {
    if let signal = process.endingSignal {
      throw TransportError(.connectionLost, "\(endpoint): ssh was ended by signal \(signal)")
    }
    guard process.exitStatus == 255 else { return }
    if let failure = carrier?.failure { throw failure }
    throw TransportError(
      .connectionLost,
      "\(endpoint): the server ended the connection during the session"
        + (log.complaints.last.map { ": ssh: \($0)" } ?? ""))
  }

  private func timedOutInSession() -> TransportError {
    if ContinuousClock.now >= deviceDeadline { return timedOut() }
    return TransportError(.timedOut, "\(endpoint): timed out during the session")
  }

  func write(_ bytes: [UInt8], until deadline: ContinuousClock.Instant) async throws {
    guard let process, !isClosed, process.reap() == nil else { throw lost() }
    do {
      try await write(bytes, to: process.session.master, until: deadline)
    } catch let error as TransportError where error.code == .timedOut {
      throw timedOutInSession()
    }
  }

  /// Ends the program: politely within a second, then not.
  func close() async {
    guard !isClosed else { return }
    isClosed = true
    keyFile = nil
    agentKeyFiles = nil
    if let process {
      process.signal(SIGTERM)
      let deadline = ContinuousClock.now + .seconds(1)
      // The wait is not to be cut short by the cancellation that may have led here.
      await Task { try? await process.waitForEnd(until: deadline, on: loop) }.value
      process.signal(SIGKILL)
      process.abandon(on: loop)
    }
    process = nil
    relay?.cancel()
    relay = nil
  }
}
