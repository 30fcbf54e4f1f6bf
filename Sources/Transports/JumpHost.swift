/// An SSH server through which a device is reached (RFC 4254 section 7.2, `direct-tcpip`).
package struct JumpHost: Sendable {
  package var endpoint: Endpoint
  /// Tried in order.
  package var credentials: [LoginCredential]
  package var options: SSHConnection.Options
  /// Called after the check against `options.hostKeyPin`.
  package var verifier: HostKeyVerifier

  package init(
    endpoint: Endpoint, credentials: [LoginCredential], options: SSHConnection.Options = SSHConnection.Options(),
    verifier: @escaping HostKeyVerifier
  ) {
    self.endpoint = endpoint
    self.credentials = credentials
    self.options = options
    self.verifier = verifier
  }
}
