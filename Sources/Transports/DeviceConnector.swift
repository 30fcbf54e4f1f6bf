/// All that is needed to reach a device's command line.
package struct ConnectionRequest: Sendable {
  package enum Transport: Sendable {
    case libssh2
    /// The system's `ssh`, a process of its own.
    case openSSH
  }

  package var endpoint: Endpoint
  package var transport: Transport
  /// The way there; nil leads straight to `endpoint`.
  package var jump: JumpHost?
  /// Tried in order.
  package var credentials: [LoginCredential]
  package var options: SSHConnection.Options
  package var deadlines: SessionDeadlines
  package var terminal: TerminalSize
  /// Called after the check against `options.hostKeyPin`.
  package var verifier: HostKeyVerifier

  package init(
    endpoint: Endpoint, transport: Transport = .libssh2, jump: JumpHost? = nil, credentials: [LoginCredential],
    options: SSHConnection.Options = SSHConnection.Options(), deadlines: SessionDeadlines = SessionDeadlines(),
    terminal: TerminalSize = TerminalSize(),
    verifier: @escaping HostKeyVerifier
  ) {
    self.endpoint = endpoint
    self.transport = transport
    self.jump = jump
    self.credentials = credentials
    self.options = options
    self.deadlines = deadlines
    self.terminal = terminal
    self.verifier = verifier
  }
}

/// An open shell on a device, and how it came about.
package struct ConnectedShell: Sendable {
  /// Closing it ends the connection.
  package var channel: any ByteChannel
  package var hostKey: HostKey
  /// Which credential of the request was accepted; nil when the server asked for none.
  package var credentialIndex: Int?
  package var timings: PhaseTimings
  /// As the server names itself: `SSH-2.0-...`; nil when unknown.
  package var serverIdentification: String?

  package init(
    channel: any ByteChannel, hostKey: HostKey, credentialIndex: Int?, timings: PhaseTimings = PhaseTimings(),
    serverIdentification: String? = nil
  ) {
    self.channel = channel
    self.hostKey = hostKey
    self.credentialIndex = credentialIndex
    self.timings = timings
    self.serverIdentification = serverIdentification
  }
}

/// Makes sessions; the seam where tests put replays instead of SSH.
package protocol DeviceConnector: Sendable {
  /// Opens a shell on the device.
  /// - Throws: `TransportError`, what the verifier throws, `CancellationError`; nothing is left open then.
  func connect(_ request: ConnectionRequest) async throws -> ConnectedShell

  /// Logs in without opening a shell, for file transfers; the caller closes the connection.
  /// - Throws: as `connect`; `.sessionRefused` where the request's transport carries no files.
  func connectForFiles(_ request: ConnectionRequest) async throws -> SSHConnection

  /// Sees whether a TCP port takes connections, from this host and through no jump host.
  /// - Throws: `.nameNotResolved`, `.system`, `CancellationError`.
  func probe(_ endpoint: Endpoint, timeout: Duration) async throws -> PortState

  /// Where work with the next device is best done: a task that prefers this executor and connects then stays on one thread with
  /// its connection. Whoever uses it holds the connector until the task has ended.
  func nextExecutor() -> (any TaskExecutor)?
}

extension DeviceConnector {
  package func nextExecutor() -> (any TaskExecutor)? { nil }

  package func connectForFiles(_ request: ConnectionRequest) async throws -> SSHConnection {
    throw TransportError(.sessionRefused, "\(request.endpoint): no files are copied by this transport")
  }

  package func probe(_ endpoint: Endpoint, timeout: Duration) async throws -> PortState {
    throw TransportError(.system, "\(endpoint): ports are not reached by this transport")
  }
}
