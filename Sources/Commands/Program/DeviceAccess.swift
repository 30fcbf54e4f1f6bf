package import Transports

/// How commands reach devices; tests put replays here.
package struct DeviceAccess: Sendable {
  package let makeConnector: @Sendable (CallerResources) throws -> any DeviceConnector
  /// Fetches the host key of a server without logging in.
  package let scanHostKey: @Sendable (ConnectionRequest, CallerResources) async throws -> HostKey

  package init(
    makeConnector: @escaping @Sendable (CallerResources) throws -> any DeviceConnector,
    scanHostKey: @escaping @Sendable (ConnectionRequest, CallerResources) async throws -> HostKey
  ) {
    self.makeConnector = makeConnector
    self.scanHostKey = scanHostKey
  }

  /// Over the network.
  package static let ssh = DeviceAccess(
    makeConnector: { try SSHConnector(resources: $0) },
    scanHostKey: { try await SSHConnector(resources: $1).scanHostKey(of: $0) })
}
