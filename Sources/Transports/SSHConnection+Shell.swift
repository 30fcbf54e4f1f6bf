import CSSH2
import Glibc

extension SSHConnection {
  /// How much a server may send ahead of our reading. libssh2 opens the window anew when a quarter of it is used, with a packet that
  /// costs us and the device as much as one with data; what it holds in memory is bounded by the slice (`SessionContext`).
  private static let windowByteCount: UInt32 = 1024 * 1024
  /// How much is read at once: all that a slice can have brought.
  private static let chunkByteCount = SessionContext.sliceSize
  /// How much libssh2 is asked for: it wants the window open by so much more.
  private static let pieceByteCount = 32 * 1024

  /// Opens a shell on a pseudo-terminal. A connection carries one.
  /// - Returns: its bytes; closing it closes the connection.
  /// - Throws: `.sessionRefused` when the server refuses the session, the terminal or the shell; else as `connect`.
  package func openShell(terminal: TerminalSize = TerminalSize()) async throws -> any ByteChannel {
    guard let session, session.channel == nil else {
      throw TransportError(.system, "\(endpoint): the connection is closed or has a shell already")
    }
    let start = ContinuousClock.now
    defer { timings.shell += .now - start }
    let deadline = ContinuousClock.now + deadlines.login
    try await openChannel(until: deadline)
    try await request("a terminal", until: deadline) { channel in
      let type = terminal.type.utf8CString
      return type.withUnsafeBufferPointer { type in
        libssh2_channel_request_pty_ex(
          channel, type.baseAddress, UInt32(type.count - 1), nil, 0, Int32(clamping: terminal.width),
          Int32(clamping: terminal.height), 0, 0)
      }
    }
    try await request("a shell", until: deadline) { channel in
      libssh2_channel_process_startup(channel, "shell", 5, nil, 0)
    }
    return SSHShellChannel(connection: self)
  }

  func openChannel(until deadline: ContinuousClock.Instant) async throws {
    let status = try await perform(.shell, until: deadline) { session in
      let channel = libssh2_channel_open_ex(session.handle, "session", 7, Self.windowByteCount, 32 * 1024, nil, 0)
      guard let channel else { return Int(session.lastStatus) }
      session.channel = channel
      libssh2_channel_handle_extended_data2(channel, LIBSSH2_CHANNEL_EXTENDED_DATA_MERGE)
      return 0
    }
    if status != 0 { throw refusal("a session", Int32(status)) }
  }

  func request(
    _ what: String, until deadline: ContinuousClock.Instant, _ call: (OpaquePointer) -> Int32
  ) async throws {
    let status = try await perform(.shell, until: deadline) { session in
      session.channel.map { Int(call($0)) } ?? Int(LIBSSH2_ERROR_CHANNEL_CLOSED)
    }
    if status != 0 { throw refusal(what, Int32(status)) }
  }

  func refusal(_ what: String, _ status: Int32) -> TransportError {
    guard let session else { return TransportError(.connectionLost, "\(endpoint): the connection is closed") }
    switch status {
    case LIBSSH2_ERROR_CHANNEL_FAILURE, LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED, LIBSSH2_ERROR_CHANNEL_CLOSED,
      LIBSSH2_ERROR_CHANNEL_UNKNOWN:
      return TransportError(.sessionRefused, "\(endpoint): the server refused \(what)")
    default:
      return error(status, .shell, session)
    }
  }

  /// As `ByteChannel.read`.
  func readShell(until deadline: ContinuousClock.Instant) async throws -> [UInt8] {
    while true {
      let keepalive = options.keepaliveInterval > .zero ? ContinuousClock.now + options.keepaliveInterval : deadline
      do {
        return try await readOnce(until: min(deadline, keepalive))
      } catch let error as TransportError where error.code == .timedOut && .now < min(deadline, deviceDeadline) {
        try sendKeepalive()
      }
    }
  }

  private func readOnce(until deadline: ContinuousClock.Instant) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    let status = try await perform(.session, until: deadline, isResumable: true) { session in
      guard let channel = session.channel else { return Int(LIBSSH2_ERROR_CHANNEL_CLOSED) }
      var status = 0
      // Memory of its own for a moment only: a session waits most of the time, and what it gets is mostly a line.
      bytes = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Self.chunkByteCount) { memory in
        var count = 0
        // libssh2 returns what it has received: all that has come is taken at once.
        while count < memory.count, let start = memory.baseAddress {
          status = libssh2_channel_read_ex(
            channel, 0, start + count, min(memory.count - count, Self.pieceByteCount))
          if status <= 0 { break }
          count += status
        }
        return Array(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[..<count]))
      }
      // An error behind some bytes comes again at the next call.
      return bytes.isEmpty ? status : bytes.count
    }
    guard let session else { throw TransportError(.connectionLost, "\(endpoint): the connection is closed") }
    if status < 0 {
      let error = error(Int32(clamping: status), .session, session)
      session.isBroken = true
      throw error
    }
    // Packets of one byte of data take up to 100; beyond that, it is something that nobody asked for.
    session.context.receivableByteCount += status * 128
    return bytes
  }

  private func sendKeepalive() throws(TransportError) {
    guard let session, !session.isBroken else { return }
    var poll = pollfd(fd: session.socket.descriptor, events: Int16(POLLOUT), revents: 0)
    // A full socket has no room for more, and its bytes tell as much.
    guard Glibc.poll(&poll, 1, 0) == 1, poll.revents & Int16(POLLOUT) != 0 else { return }
    var seconds: Int32 = 0
    libssh2_keepalive_config(session.handle, 0, 1)
    let status = libssh2_keepalive_send(session.handle, &seconds)
    if status != 0 { throw error(status, .session, session) }
  }

  /// As `ByteChannel.write`.
  func writeShell(_ bytes: [UInt8], until deadline: ContinuousClock.Instant) async throws {
    // libssh2 wants the same memory at each call.
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { memory.deallocate() }
    memory.copyBytes(from: bytes)
    var sent = 0
    while sent < bytes.count {
      let status = try await perform(.session, until: deadline) { session in
        guard let channel = session.channel, let start = memory.baseAddress?.assumingMemoryBound(to: CChar.self) else {
          return Int(LIBSSH2_ERROR_CHANNEL_CLOSED)
        }
        let count = libssh2_channel_write_ex(channel, 0, start + sent, memory.count - sent)
        // Nothing sent: the window is full until the server reads on.
        return count == 0 ? Int(LIBSSH2_ERROR_EAGAIN) : count
      }
      if status < 0 {
        guard let session else { throw TransportError(.connectionLost, "\(endpoint): the connection is closed") }
        session.isBroken = true
        throw writeError(Int32(clamping: status), session)
      }
      sent += status
    }
  }

  private func writeError(_ status: Int32, _ session: SSHSession) -> TransportError {
    switch status {
    case LIBSSH2_ERROR_CHANNEL_CLOSED, LIBSSH2_ERROR_CHANNEL_EOF_SENT:
      TransportError(.connectionLost, "\(endpoint): the device closed the shell")
    default: error(status, .session, session)
    }
  }
}
