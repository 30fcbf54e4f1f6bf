import CSSH2
import Glibc

/// An SSH connection to a device (RFC 4251 to 4254), on an event loop: host key verified, logged in, at most one shell.
///
/// It runs on its loop's thread only; libssh2 is used in non-blocking mode. Close it, or drop it, to free everything.
package actor SSHConnection {
  package struct Options: Sendable, Equatable {
    /// The host key that the device must present; nil leaves the judgement to the verifier.
    package var hostKeyPin: HostKeyPin?
    /// Offer weak algorithms, too: SHA-1, CBC, DSS, and RSA host keys where libssh2 verifies them by SHA-1 only.
    package var allowsLegacyAlgorithms: Bool
    /// After how many refused keys and passwords to stop, so that accounts are not locked.
    package var maximumLoginAttempts: Int
    /// How often to tell an idle server that we live; zero for never.
    package var keepaliveInterval: Duration

    package init(
      hostKeyPin: HostKeyPin? = nil, allowsLegacyAlgorithms: Bool = false, maximumLoginAttempts: Int = 4,
      keepaliveInterval: Duration = .seconds(30)
    ) {
      self.hostKeyPin = hostKeyPin
      self.allowsLegacyAlgorithms = allowsLegacyAlgorithms
      self.maximumLoginAttempts = maximumLoginAttempts
      self.keepaliveInterval = keepaliveInterval
    }
  }

  /// The phases that messages name.
  enum Phase: String {
    case resolve = "name resolution"
    case connect
    case keyExchange = "key exchange"
    case login
    case shell = "opening the shell"
    case session = "the session"
    case transfer = "the file transfer"
  }

  package nonisolated let loop: EventLoop
  package nonisolated let endpoint: Endpoint
  package nonisolated let options: Options
  package nonisolated let deadlines: SessionDeadlines
  private let verifier: HostKeyVerifier
  private let route: JumpRoute?
  /// The socket of the SSH agent, for credentials that use it.
  nonisolated let agentSocket: String?
  private let policy: AlgorithmPolicy
  let deviceDeadline: ContinuousClock.Instant

  private var addresses: [SocketAddress] = []
  var session: SSHSession?
  private var isClosed = false
  private var operationCount = 0
  /// The SSH agent, while its keys are tried.
  var agent: SSHAgent?
  /// The streams to devices behind this server, when it is a jump host.
  var forwarding: Forwarding?
  /// When key exchange, authentication and shell must be done.
  var loginDeadline: ContinuousClock.Instant

  package internal(set) var timings = PhaseTimings()
  /// The verified host key; nil before key exchange.
  package private(set) var hostKey: HostKey?
  /// The server's identification: `SSH-2.0-...`.
  package private(set) var serverIdentification: String?
  /// Which of the credentials was accepted; nil when the server asked for none.
  package internal(set) var credentialIndex: Int?

  var isClosedOrBroken: Bool { isClosed || session?.isBroken ?? true }

  package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  private init(
    endpoint: Endpoint, options: Options, deadlines: SessionDeadlines, verifier: @escaping HostKeyVerifier, route: JumpRoute?,
    agentSocket: String?, loop: EventLoop
  ) {
    self.route = route
    self.agentSocket = agentSocket
    self.loop = loop
    self.endpoint = endpoint
    self.options = options
    self.deadlines = deadlines
    self.verifier = verifier
    policy = AlgorithmPolicy(
      allowsLegacy: options.allowsLegacyAlgorithms, pinnedKeyType: options.hostKeyPin?.algorithm)
    deviceDeadline = .now + deadlines.device
    loginDeadline = deviceDeadline
  }

  /// Connects, verifies the host key and logs in with the first of `credentials` that the server accepts.
  /// - Parameters:
  ///   - verifier: judges the host key before anything is sent to authenticate, after the check against the pin.
  ///   - loop: the thread that the connection stays on.
  /// - Throws: every code of `TransportError` but `.sessionRefused`; what the verifier throws; `CancellationError`.
  package static func connect(
    to endpoint: Endpoint, credentials: [LoginCredential], options: Options = Options(),
    deadlines: SessionDeadlines = SessionDeadlines(), verifier: @escaping HostKeyVerifier, agentSocket: String? = nil,
    on loop: EventLoop
  ) async throws -> SSHConnection {
    try await connect(
      to: endpoint, route: nil, credentials: credentials, options: options, deadlines: deadlines, verifier: verifier,
      agentSocket: agentSocket, on: loop)
  }

  /// As above, perhaps through a jump host.
  static func connect(
    to endpoint: Endpoint, route: JumpRoute?, credentials: [LoginCredential], options: Options, deadlines: SessionDeadlines,
    verifier: @escaping HostKeyVerifier, agentSocket: String?, on loop: EventLoop
  ) async throws -> SSHConnection {
    let connection = SSHConnection(
      endpoint: endpoint, options: options, deadlines: deadlines, verifier: verifier, route: route, agentSocket: agentSocket,
      loop: loop)
    do {
      try await connection.establish()
      try await connection.logIn(with: credentials)
      return connection
    } catch {
      await connection.close()
      throw error
    }
  }

  /// As `connect`, without a verdict on the host key, and without logging in.
  static func connectWithoutLogin(
    to endpoint: Endpoint, route: JumpRoute?, options: Options, deadlines: SessionDeadlines, on loop: EventLoop
  ) async throws -> SSHConnection {
    let connection = SSHConnection(
      endpoint: endpoint, options: options, deadlines: deadlines, verifier: { _ in }, route: route, agentSocket: nil, loop: loop)
    do {
      try await connection.establish()
      return connection
    } catch {
      await connection.close()
      throw error
    }
  }

  /// Ends the connection: says goodbye within two seconds where that is possible, then frees everything.
  ///
  /// What another task does with the connection meanwhile ends with `.connectionLost`.
  package func close() async {
    guard !isClosed else { return }
    isClosed = true
    guard let session else { return }
    let isMidPacket = forwarding?.isMidPacket ?? false
    forwarding?.wake()
    if !session.isBroken, operationCount == 0, !isMidPacket {
      session.context.beginSlice()
      let deadline = ContinuousClock.now + .seconds(2)
      while libssh2_session_disconnect_ex(session.handle, SSH_DISCONNECT_BY_APPLICATION, "closed", "")
        == LIBSSH2_ERROR_EAGAIN
      {
        guard (try? await loop.wait(for: .writable, of: session.socket.descriptor, until: deadline)) != nil else { break }
      }
    }
    loop.abandon(session.socket.descriptor)
    session.socket.shutDown()
    self.session = nil
  }

  // MARK: Connection and key exchange

  /// Connects, exchanges keys and has the host key verified.
  /// - Parameter limit: a login deadline that holds already.
  private func establish(until limit: ContinuousClock.Instant? = nil) async throws {
    try SSHLibrary.start()
    let socket = try await connectSocket()
    let session = try SSHSession(socket: socket, policy: policy)
    self.session = session
    loginDeadline = min(limit ?? .now + deadlines.login, deviceDeadline)
    let key = try await exchangeKeys(session)
    let start = ContinuousClock.now
    try checkPin(key)
    if let hostKey, hostKey != key {
      throw TransportError(.hostKeyChanged, "\(endpoint): the server presents another host key at each connection")
    }
    if hostKey == nil { try await verifier(key) }
    hostKey = key
    loginDeadline = min(loginDeadline + (.now - start), deviceDeadline)
  }

  /// Drops the connection and makes a new one to the same address, with the same host key.
  func reestablish() async throws {
    session?.isBroken = true
    session = nil
    try await establish(until: loginDeadline)
  }

  private func connectSocket() async throws -> TCPSocket {
    if let route {
      let stream = try await route.open(endpoint, deadlines: deadlines, until: loginDeadline, on: loop)
      timings.jump += stream.jumpDuration
      timings.connect += stream.connectDuration
      return TCPSocket(adopting: stream, on: loop)
    }
    let deadline = min(.now + deadlines.connect, loginDeadline)
    let start = ContinuousClock.now
    if addresses.isEmpty {
      do {
        addresses = try await AddressResolver.shared.resolve(endpoint, until: deadline, on: loop)
      } catch let error as TransportError where error.code == .timedOut {
        throw timedOut(.resolve)
      }
    }
    let resolved = ContinuousClock.now
    timings.resolve += resolved - start
    defer { timings.connect += .now - resolved }
    return try await TCPSocket.connect(to: addresses, of: endpoint, until: deadline, on: loop)
  }

  private func exchangeKeys(_ session: SSHSession) async throws -> HostKey {
    let start = ContinuousClock.now
    defer { timings.keyExchange += .now - start }
    if let pin = options.hostKeyPin, policy.algorithms(.hostKey).isEmpty {
      var error = TransportError(
        .negotiationFailed, "\(endpoint): the pinned host key is of type \(pin.algorithm), which is not allowed here",
        hint: "libssh2 \(SSHLibrary.version) verifies such keys by weak signatures at best: mark the device as legacy: true, "
          + "or give it an Ed25519 or ECDSA host key and pin that")
      error.suggestsOpenSSH = pin.algorithm == "ssh-rsa"
      throw error
    }
    // Before the identification libssh2 reads byte by byte: a flood of lines there costs the loop more than it looks.
    session.context.receivableByteCount = 256 * 1024
    let descriptor = session.socket.descriptor
    let status = try await perform(.keyExchange, until: loginDeadline, urgency: .low) { session in
      Int(libssh2_session_handshake(session.handle, descriptor))
    }
    serverIdentification = session.serverIdentification
    if status != 0 { throw handshakeError(Int32(status), session) }
    guard let key = session.hostKey else {
      throw TransportError(.negotiationFailed, "\(endpoint): the server presents no usable host key")
    }
    session.context.receivableByteCount += 4 << 20
    session.context.forgetPrelude()
    return key
  }

  private func checkPin(_ key: HostKey) throws(TransportError) {
    guard let pin = options.hostKeyPin, pin != key.pin else { return }
    throw TransportError(
      .hostKeyChanged,
      "\(endpoint): the host key has changed: pinned is \(pin.algorithm) \(pin.fingerprint), "
        + "presented is \(key.algorithm) \(key.fingerprint)",
      hint: "find out why the key changed; then pin the new one")
  }

  // MARK: Driving libssh2

  /// Calls into libssh2 until it no longer asks to wait, and returns its status.
  /// - Parameters:
  ///   - isResumable: the operation can be given up between two calls without harm, as reading can.
  ///   - call: one call; must pass the same pointers each time.
  /// - Throws: `.timedOut` naming the phase, `.connectionLost` when the connection was closed meanwhile, `CancellationError`.
  func perform(
    _ phase: Phase, until deadline: ContinuousClock.Instant, urgency: EventLoop.Urgency = .normal, isResumable: Bool = false,
    _ call: (SSHSession) -> Int
  ) async throws -> Int {
    operationCount += 1
    defer { operationCount -= 1 }
    while true {
      guard let session, !isClosed, !session.isBroken else {
        throw TransportError(.connectionLost, "\(endpoint): the connection is closed")
      }
      if Task.isCancelled {
        if !isResumable { session.isBroken = true }
        throw CancellationError()
      }
      session.context.beginSlice()
      let status = call(session)
      if status != Int(LIBSSH2_ERROR_EAGAIN) { return status }
      do {
        if session.context.signing?.isAsked == true {
          try await sign(session, until: min(deadline, deviceDeadline))
          continue
        }
        // After a used-up slice there is more to read at once, and others get their turn before.
        let readiness = session.context.sliceIsUsedUp ? .readable : session.readiness
        try await loop.wait(
          for: readiness, of: session.socket.descriptor, until: min(deadline, deviceDeadline), urgency: urgency)
      } catch {
        if !isResumable { session.isBroken = true }
        throw (error as? TransportError)?.code == .timedOut ? timedOut(phase) : error
      }
    }
  }

  func timedOut(_ phase: Phase) -> TransportError {
    if ContinuousClock.now >= deviceDeadline {
      // Waiting on, as after a read that timed out, is of no use then.
      return TransportError(
        phase == .session ? .sessionTimedOut : .timedOut,
        "\(endpoint): timed out during \(phase.rawValue): the device's time is used up (\(deadlines.device))")
    }
    return TransportError(.timedOut, "\(endpoint): timed out during \(phase.rawValue)")
  }

  private func handshakeError(_ status: Int32, _ session: SSHSession) -> TransportError {
    if session.context.exceededLimit {
      return TransportError(
        .outputTooLarge, "\(endpoint): the server sent \(session.context.receivedByteCount) bytes without finishing key exchange")
    }
    if case .offer(let offer) = AlgorithmOffer.read(session.context.prelude),
      let disagreement = policy.disagreement(with: offer, at: endpoint)
    {
      return disagreement
    }
    // libssh2 calls it a failed key exchange, too, when the server hangs up in the middle of one.
    switch session.context.hasEnded ? LIBSSH2_ERROR_SOCKET_DISCONNECT : status {
    case LIBSSH2_ERROR_KEX_FAILURE, LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE, LIBSSH2_ERROR_HOSTKEY_INIT, LIBSSH2_ERROR_HOSTKEY_SIGN,
      LIBSSH2_ERROR_METHOD_NONE:
      return TransportError(.negotiationFailed, "\(endpoint): key exchange failed: \(session.lastMessage)")
    default:
      let first = session.context.prelude
      if !first.isEmpty, !first.starts(with: Array("SSH-".utf8)) {
        return TransportError(
          .connectionLost, "\(endpoint): no SSH server: it sent '\(PrintableBytes(first, limit: 40))'",
          hint: "check the port")
      }
      return error(status, .keyExchange, session)
    }
  }

  /// Turns a status of libssh2 into an error.
  func error(_ status: Int32, _ phase: Phase, _ session: SSHSession) -> TransportError {
    if session.context.exceededLimit {
      return TransportError(.outputTooLarge, "\(endpoint): the server sent too much that was not asked for")
    }
    switch status {
    case LIBSSH2_ERROR_SOCKET_NONE, LIBSSH2_ERROR_SOCKET_SEND, LIBSSH2_ERROR_SOCKET_DISCONNECT, LIBSSH2_ERROR_SOCKET_RECV,
      LIBSSH2_ERROR_BANNER_RECV, LIBSSH2_ERROR_BANNER_SEND, LIBSSH2_ERROR_BAD_SOCKET:
      if let failure = session.socket.carrier?.failure { return failure }
      // libssh2 hangs up itself where it cannot make sense of what it got.
      if !session.context.hasEnded, !session.socket.hasHungUp {
        return TransportError(
          .connectionLost, "\(endpoint): the server sent something that is no SSH during \(phase.rawValue)")
      }
      return ended(phase, session)
    case LIBSSH2_ERROR_TIMEOUT, LIBSSH2_ERROR_SOCKET_TIMEOUT:
      return timedOut(phase)
    case _ where session.context.hasEnded:
      return ended(phase, session)
    default:
      return TransportError(.system, "\(endpoint): \(phase.rawValue) failed: \(session.lastMessage) (libssh2 error \(status))")
    }
  }

  private func ended(_ phase: Phase, _ session: SSHSession) -> TransportError {
    TransportError(
      .connectionLost, "\(endpoint): the server ended the connection during \(phase.rawValue)\(session.goodbye)")
  }
}
