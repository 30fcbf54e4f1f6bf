package import Transports

/// How commands reach devices; tests put replays here.
package struct DeviceAccess: Sendable {
  package let makeConnector: @Sendable () throws -> any DeviceConnector
  /// Fetches the host key of a server without logging in; the flag allows legacy algorithms.
  package let scanHostKey: @Sendable (Endpoint, Bool) async throws -> HostKey

  package init(
    makeConnector: @escaping @Sendable () throws -> any DeviceConnector,
    scanHostKey: @escaping @Sendable (Endpoint, Bool) async throws -> HostKey
  ) {
    self.makeConnector = makeConnector
    self.scanHostKey = scanHostKey
  }

  /// Over the network.
  package static let ssh = DeviceAccess(
    makeConnector: { try SSHConnector() },
    scanHostKey: { endpoint, legacy in try await SSHConnector().scanHostKey(of: endpoint, allowsLegacyAlgorithms: legacy) })
}
