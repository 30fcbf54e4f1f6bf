import Glibc

/// The connections to jump hosts, shared by the streams that go through them.
///
/// A jump host gets one login at a time, and none after it refused one; several connections serve it once one has worked, as
/// libssh2 opens one channel at a time and a device that does not answer would hold up all others.
actor JumpHostPool {
  private final class Line {
    enum State {
      case opening
      case idle(SSHConnection)
      /// A stream is being opened.
      case busy(SSHConnection)
      /// Its streams go on; no more are opened.
      case full(SSHConnection)
      case ended
    }

    let id: Int
    let endpoint: Endpoint
    let credentials: [LoginCredential]
    var state: State
    var streamCount = 0
    /// Streams that nobody waits for any more, while the jump host still tries to reach their device.
    var abandonedCount = 0

    init(_ id: Int, _ jump: JumpHost, _ state: State) {
      self.id = id
      endpoint = jump.endpoint
      credentials = jump.credentials
      self.state = state
    }

    func serves(_ jump: JumpHost) -> Bool { endpoint == jump.endpoint && credentials == jump.credentials }
  }

  private struct Failure {
    var endpoint: Endpoint
    var credentials: [LoginCredential]
    var pin: HostKeyPin?
    var error: TransportError
  }

  private static let maximumLineCount = 8
  private static let maximumStreamCount = 64

  private let resources: CallerResources
  private var lines: [Int: Line] = [:]
  private var lastLine = 0
  private var failures: [Failure] = []
  private var waiting: [EventLoop.Signal] = []
  /// How often something changed that others may wait for.
  private var changeCount = 0

  init(resources: CallerResources) { self.resources = resources }

  /// Opens a stream to `target`.
  /// - Parameters:
  ///   - deadlines: what the jump host's connection and login, and then the device's connection, may take.
  ///   - loop: what to wait on, and where a new connection to the jump host lives.
  func open(
    _ target: Endpoint, through jump: JumpHost, deadlines: SessionDeadlines, until limit: ContinuousClock.Instant,
    on loop: EventLoop
  ) async throws -> JumpStream {
    let start = ContinuousClock.now
    let deadline = min(limit, start + deadlines.connect + deadlines.login + deadlines.connect)
    while true {
      let (line, isFresh) = try await line(for: jump, deadlines, until: deadline, on: loop)
      guard case .busy(let connection) = line.state else { continue }
      let jumpDuration = ContinuousClock.now - start
      let connectStart = ContinuousClock.now
      do {
        try await check(connection, jump)
        line.streamCount += 1
        let limit = min(deadline, connectStart + deadlines.connect)
        let id = line.id
        let stream = try await connection.openStream(to: target, until: limit) { isAbandoned in
          Task { await self.streamEnded(on: id, isAbandoned) }
        }
        guard let stream else {
          line.state = .full(connection)
          changed()
          if !isFresh { continue }
          throw TransportError(
            .unreachable, "\(target): jump host \(jump.endpoint) does not forward connections to it",
            hint: "allow it there: in OpenSSH by AllowTcpForwarding and PermitOpen", concernsJumpHost: true)
        }
        line.state = line.streamCount < Self.maximumStreamCount ? .idle(connection) : .full(connection)
        changed()
        return JumpStream(
          descriptor: stream.descriptor, carrier: stream.carrier, jumpDuration: jumpDuration,
          connectDuration: .now - connectStart)
      } catch {
        let code = (error as? TransportError)?.code
        if error is CancellationError || code == .timedOut { line.abandonedCount += 1 }
        // A channel that is still being opened blocks the next one.
        if case .busy = line.state { line.state = code == .unreachable ? .idle(connection) : .full(connection) }
        await closeIfUnused(line)
        changed()
        throw error
      }
    }
  }

  /// Judges the jump host's key for every request: another network may hold another opinion of it.
  private func check(_ connection: SSHConnection, _ jump: JumpHost) async throws {
    guard let key = await connection.hostKey else { throw Self.closed(jump) }
    if let pin = jump.options.hostKeyPin, pin != key.pin {
      throw TransportError(
        .hostKeyChanged,
        "jump host \(jump.endpoint): the host key has changed: pinned is \(pin.algorithm) \(pin.fingerprint), "
          + "presented is \(key.algorithm) \(key.fingerprint)", concernsJumpHost: true)
    }
    if jump.options.hostKeyPin == nil { try await jump.verifier(key) }
  }

  /// A line on which a stream can be opened now, marked busy; and whether it was made for this request.
  private func line(
    for jump: JumpHost, _ deadlines: SessionDeadlines, until deadline: ContinuousClock.Instant, on loop: EventLoop
  ) async throws -> (Line, isFresh: Bool) {
    while true {
      let seen = changeCount
      if let failure = failures.first(where: { failure in
        failure.endpoint == jump.endpoint && failure.credentials == jump.credentials && failure.pin == jump.options.hostKeyPin
      }) {
        throw failure.error
      }
      let mine = lines.values.filter { $0.serves(jump) }
      for line in mine {
        guard case .idle(let connection) = line.state else { continue }
        guard await connection.carriesStreams else {
          if case .idle = line.state { end(line) }
          continue
        }
        guard case .idle = line.state else { continue }
        line.state = .busy(connection)
        return (line, false)
      }
      // The connections may have changed while the last loop asked them.
      let now = lines.values.filter { $0.serves(jump) }
      let isLoggingIn = now.contains { if case .opening = $0.state { true } else { false } }
      let usable = now.count { if case .full = $0.state { false } else { true } }
      if !isLoggingIn, usable < Self.maximumLineCount {
        return (try await newLine(jump, deadlines, on: loop), true)
      }
      do {
        try await loop.waitForSignal(until: deadline) { signal in
          if changeCount == seen { waiting.append(signal) } else { signal.fire() }
        }
      } catch let error as TransportError where error.code == .timedOut {
        throw TransportError(
          .timedOut, "jump host \(jump.endpoint): timed out waiting for a connection", concernsJumpHost: true)
      }
    }
  }

  /// Logs in to the jump host. Nobody else does meanwhile.
  private func newLine(_ jump: JumpHost, _ deadlines: SessionDeadlines, on loop: EventLoop) async throws -> Line {
    let own = SessionDeadlines(
      connect: deadlines.connect, login: deadlines.login, command: deadlines.command,
      device: min(deadlines.device, deadlines.connect + deadlines.login))
    let agentSocket = resources.agentSocket
    let task = Task {
      try await SSHConnection.connect(
        to: jump.endpoint, credentials: jump.credentials, options: jump.options, deadlines: own, verifier: jump.verifier,
        agentSocket: agentSocket, on: loop)
    }
    lastLine += 1
    let line = Line(lastLine, jump, .opening)
    lines[line.id] = line
    defer { changed() }
    do {
      let connection = try await withTaskCancellationHandler {
        try await task.value
      } onCancel: {
        task.cancel()
      }
      line.state = .busy(connection)
      return line
    } catch {
      end(line)
      guard var error = error as? TransportError else { throw error }
      if !error.concernsJumpHost { error.message = "jump host \(error.message)" }
      error.concernsJumpHost = true
      error.suggestsOpenSSH = false
      switch error.code {
      case .authenticationFailed, .badKey, .hostKeyChanged, .hostKeyUnknown, .negotiationFailed:
        // Every further device would only repeat it, and the login counts against the account.
        failures.append(
          Failure(endpoint: jump.endpoint, credentials: jump.credentials, pin: jump.options.hostKeyPin, error: error))
      default: break
      }
      throw error
    }
  }

  private func streamEnded(on id: Int, _ isAbandoned: Bool) async {
    guard let line = lines[id] else { return }
    line.streamCount -= 1
    if isAbandoned { line.abandonedCount -= 1 }
    await closeIfUnused(line)
    changed()
  }

  private func closeIfUnused(_ line: Line) async {
    guard line.streamCount - line.abandonedCount <= 0 else { return }
    switch line.state {
    case .idle(let connection), .full(let connection):
      end(line)
      await connection.close()
    case .opening, .busy, .ended: break
    }
  }

  private func end(_ line: Line) {
    line.state = .ended
    lines[line.id] = nil
  }

  private func changed() {
    changeCount += 1
    let signals = waiting
    waiting = []
    for signal in signals { signal.fire() }
  }

  private static func closed(_ jump: JumpHost) -> TransportError {
    TransportError(.connectionLost, "jump host \(jump.endpoint): the connection was closed", concernsJumpHost: true)
  }
}
