/// The bytes of a shell over the system's `ssh`; it holds the connection, and closes it.
final class OpenSSHShellChannel: ByteChannel {
  private let connection: OpenSSHConnection

  init(connection: OpenSSHConnection) { self.connection = connection }

  func read(deadline: ContinuousClock.Instant) async throws -> [UInt8] { try await connection.read(until: deadline) }

  func write(_ bytes: [UInt8], deadline: ContinuousClock.Instant) async throws {
    try await connection.write(bytes, until: deadline)
  }

  func close() async { await connection.close() }
}
