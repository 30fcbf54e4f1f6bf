import CSSH2
import Glibc
import Synchronization

/// Reaches devices by SSH, the connections spread over event loops in turn.
package final class SSHConnector: DeviceConnector {
  private let loops: [EventLoop]
  private let next = Atomic<Int>(0)

  /// How many threads of this process can run at once.
  package static var coreCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// - Parameter loopCount: how many threads to use, one at least; one serves hundreds of sessions, several share the arithmetic
  ///   of their key exchanges.
  /// - Throws: `.system`.
  package init(loopCount: Int = SSHConnector.coreCount) throws(TransportError) {
    Self.shareMemory
    var loops: [EventLoop] = []
    for _ in 0..<max(1, loopCount) { loops.append(try EventLoop()) }
    self.loops = loops
  }

  /// Once per process.
  private static let shareMemory: Void = netjob_share_memory()

  package func connect(_ request: ConnectionRequest) async throws -> ConnectedShell {
    let connection = try await SSHConnection.connect(
      to: request.endpoint, credentials: request.credentials, options: request.options, deadlines: request.deadlines,
      verifier: request.verifier, on: loops.first { $0.isCurrentThread } ?? nextLoop())
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

  /// As `HostKeyScan.hostKey`, on one of the connector's loops.
  package func scanHostKey(
    of endpoint: Endpoint, allowsLegacyAlgorithms: Bool = false, deadlines: SessionDeadlines = SessionDeadlines()
  ) async throws -> HostKey {
    try await HostKeyScan.hostKey(
      of: endpoint, allowsLegacyAlgorithms: allowsLegacyAlgorithms, deadlines: deadlines, on: nextLoop())
  }

  private func nextLoop() -> EventLoop {
    let index = next.wrappingAdd(1, ordering: .relaxed).newValue
    return loops[Int(UInt(bitPattern: index) % UInt(loops.count))]
  }
}
