/// What carries a session to a device.
package enum TransportKind: String, Sendable, CaseIterable {
  /// The SSH library that netjob is linked with: hundreds of sessions in one process.
  case libssh2
  /// The system's `ssh` program, a process for each session: for what the library cannot negotiate.
  case openssh
}
