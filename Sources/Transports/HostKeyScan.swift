/// Fetches a server's host key without logging in.
package enum HostKeyScan {
  /// Connects, takes the host key that a login would verify, and leaves.
  /// - Parameter allowsLegacyAlgorithms: as in `SSHConnection.Options`; some devices have a key of a legacy type only.
  /// - Throws: as `SSHConnection.connect`, but nothing about credentials.
  package static func hostKey(
    of endpoint: Endpoint, allowsLegacyAlgorithms: Bool = false, deadlines: SessionDeadlines = SessionDeadlines(),
    on loop: EventLoop
  ) async throws -> HostKey {
    try await hostKey(
      of: endpoint, route: nil, allowsLegacyAlgorithms: allowsLegacyAlgorithms, deadlines: deadlines, on: loop)
  }

  /// As above, perhaps through a jump host.
  static func hostKey(
    of endpoint: Endpoint, route: JumpRoute?, allowsLegacyAlgorithms: Bool, deadlines: SessionDeadlines, on loop: EventLoop
  ) async throws -> HostKey {
    let connection = try await SSHConnection.connectWithoutLogin(
      to: endpoint, route: route, options: SSHConnection.Options(allowsLegacyAlgorithms: allowsLegacyAlgorithms),
      deadlines: deadlines, on: loop
    )
    let key = await connection.hostKey
    await connection.close()
    guard let key else { throw TransportError(.negotiationFailed, "\(endpoint): the server presents no usable host key") }
    return key
  }
}
