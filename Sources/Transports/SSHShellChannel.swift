/// The bytes of a shell; it holds the connection, and closes it.
final class SSHShellChannel: ByteChannel {
  private let connection: SSHConnection

  init(connection: SSHConnection) { self.connection = connection }

  func read(deadline: ContinuousClock.Instant) async throws -> [UInt8] {
    try await connection.readShell(until: deadline)
  }

  func write(_ bytes: [UInt8], deadline: ContinuousClock.Instant) async throws {
    try await connection.writeShell(bytes, until: deadline)
  }

  func close() async { await connection.close() }
}
