import CSSH2
import Glibc
import Synchronization

/// Reaches devices by SSH, the connections spread over event loops in turn.
package final class SSHConnector: DeviceConnector {
  private let loops: [EventLoop]
  private let next = Atomic<Int>(0)

  private let resources: CallerResources
  private let pool: JumpHostPool

  /// How many threads of this process can run at once.
  package static var coreCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// - Parameters:
  ///   - loopCount: how many threads to use, one at least; one serves hundreds of sessions, several share the arithmetic of their
  ///     key exchanges.
  ///   - resources: what of the caller's own may be used.
  /// - Throws: `.system`.
  package init(loopCount: Int = SSHConnector.coreCount, resources: CallerResources = .none) throws(TransportError) {
    Self.shareMemory()
    self.resources = resources
    pool = JumpHostPool(resources: resources)
    var loops: [EventLoop] = []
    for _ in 0..<max(1, loopCount) { loops.append(try EventLoop()) }
    self.loops = loops
  }

  /// Has hundreds of sessions use the same memory one after the other; best called before there are threads.
  package static func shareMemory() { sharedMemory }

  /// Once per process.
  private static let sharedMemory: Void = netjob_share_memory()

  package func connect(_ request: ConnectionRequest) async throws -> ConnectedShell {
    switch request.transport {
    case .libssh2: try await connectByLibrary(request)
    case .openSSH: try await connectByProgram(request)
    }
  }

  private func route(_ request: ConnectionRequest) -> JumpRoute? { request.jump.map { JumpRoute(pool: pool, jump: $0) } }

  /// Logs in by libssh2.
  private func logIn(_ request: ConnectionRequest) async throws -> SSHConnection {
    try await SSHConnection.connect(
      to: request.endpoint, route: route(request), credentials: request.credentials, options: request.options,
      deadlines: request.deadlines, verifier: request.verifier, agentSocket: resources.agentSocket, on: currentLoop())
  }

  package func connectForFiles(_ request: ConnectionRequest) async throws -> SSHConnection {
    guard request.transport == .libssh2 else {
      throw TransportError(
        .sessionRefused, "\(request.endpoint): files are copied by libssh2, and the device is reached by the system's ssh",
        hint: "netjob device edit NAME --transport libssh2, where the library can talk to it")
    }
    return try await logIn(request)
  }

  package func probe(_ endpoint: Endpoint, timeout: Duration) async throws -> PortState {
    try await TCPSocket.probe(endpoint, timeout: timeout, on: currentLoop())
  }

  private func connectByLibrary(_ request: ConnectionRequest) async throws -> ConnectedShell {
    let connection = try await logIn(request)
    do {
      let channel = try await connection.openShell(terminal: request.terminal)
      guard let hostKey = await connection.hostKey else {
        throw TransportError(.negotiationFailed, "\(request.endpoint): the server presents no usable host key")
      }
      return ConnectedShell(
        channel: channel, hostKey: hostKey, credentialIndex: await connection.credentialIndex,
        timings: await connection.timings, serverIdentification: await connection.serverIdentification)
    } catch {
      await connection.close()
      throw error
    }
  }

  package func nextExecutor() -> (any TaskExecutor)? { nextLoop().taskExecutor }

  private func connectByProgram(_ request: ConnectionRequest) async throws -> ConnectedShell {
    try await OpenSSHConnection.connect(request, route: route(request), resources: resources, on: currentLoop())
  }

  /// Fetches the host key of a request's server, on its way and by its transport, without logging in.
  package func scanHostKey(of request: ConnectionRequest) async throws -> HostKey {
    switch request.transport {
    case .libssh2:
      try await HostKeyScan.hostKey(
        of: request.endpoint, route: route(request), allowsLegacyAlgorithms: request.options.allowsLegacyAlgorithms,
        deadlines: request.deadlines, on: nextLoop())
    case .openSSH:
      try await OpenSSHConnection.scanHostKey(of: request, route: route(request), resources: resources, on: nextLoop())
    }
  }

  /// As `HostKeyScan.hostKey`, on one of the connector's loops.
  package func scanHostKey(
    of endpoint: Endpoint, allowsLegacyAlgorithms: Bool = false, deadlines: SessionDeadlines = SessionDeadlines()
  ) async throws -> HostKey {
    try await HostKeyScan.hostKey(
      of: endpoint, allowsLegacyAlgorithms: allowsLegacyAlgorithms, deadlines: deadlines, on: nextLoop())
  }

  /// That of the calling task's executor, where it is one of ours.
  private func currentLoop() -> EventLoop { loops.first { $0.isCurrentThread } ?? nextLoop() }

  private func nextLoop() -> EventLoop {
    let index = next.wrappingAdd(1, ordering: .relaxed).newValue
    return loops[Int(UInt(bitPattern: index) % UInt(loops.count))]
  }
}
