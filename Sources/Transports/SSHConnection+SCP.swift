import CSSH2
import Glibc

/// Files over SCP: the program `scp` at the other end, which reads or writes one file. There is no document for its protocol but
/// the program; each side answers with a byte 0, or with 1 or 2 and a line that says what is wrong. One file per connection.
extension SSHConnection {
  /// Characters that no shell acts on, so that a path needs no quotes: command lines that are no shell would keep them.
  package static func isPlainPath(_ path: String) -> Bool {
    !path.isEmpty && !path.hasPrefix("-")
      && path.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "/._-+:=@,%".utf8.contains(byte)
        }
      }
  }

  /// Begins to write a file.
  /// - Parameters:
  ///   - path: see `isPlainPath`.
  ///   - byteCount: how much will be written.
  /// - Throws: `.sessionRefused` where the server does not run `scp`; `.fileRefused`; else as `connect`.
  package func beginSCP(writing path: String, byteCount: Int) async throws {
    try await startSCP("-t", path)
    try await expectAnswer(starting: true)
    let name = path.split(whereSeparator: { $0 == "/" || $0 == ":" }).last.map(String.init) ?? path
    try await writeShell(Array("C0644 \(byteCount) \(name)\n".utf8), until: .now + deadlines.command)
    try await expectAnswer()
  }

  /// Writes the next bytes of the file.
  /// - Throws: `.fileRefused` where the server complains meanwhile; else as `ByteChannel.write`.
  package func writeSCP(_ bytes: [UInt8]) async throws {
    let complaint = try await arrivedBytes()
    if !complaint.isEmpty { try judge(complaint) }
    try await writeShell(bytes, until: .now + deadlines.command)
  }

  /// Ends the file; the server has it all when it returns.
  /// - Throws: as `writeSCP`.
  package func endSCP() async throws {
    try await writeShell([0], until: .now + deadlines.command)
    try await expectAnswer()
  }

  /// Begins to read a file.
  /// - Parameter path: see `isPlainPath`.
  /// - Returns: its size in bytes, which `readSCP` gives in pieces.
  /// - Throws: as `beginSCP(writing:)`.
  package func beginSCP(reading path: String) async throws -> UInt64 {
    try await startSCP("-f", path)
    try await writeShell([0], until: .now + deadlines.command)
    var buffer: [UInt8] = []
    while !buffer.contains(0x0A) && buffer.count < 4096 {
      let more = try await readShell(until: .now + deadlines.command)
      guard !more.isEmpty else { throw ended(buffer) }
      buffer += more
    }
    guard buffer.first == UInt8(ascii: "C"), let end = buffer.firstIndex(of: 0x0A) else {
      try judge(buffer)
      throw unexpected(buffer)
    }
    // `C0644 299 NAME`
    let words = buffer[..<end].split(separator: 0x20)
    guard words.count >= 3, let byteCount = UInt64(String(decoding: words[1], as: UTF8.self)) else { throw unexpected(buffer) }
    try await writeShell([0], until: .now + deadlines.command)
    return byteCount
  }

  /// The next bytes of the file; behind its last one comes a byte 0.
  /// - Throws: as `ByteChannel.read`.
  package func readSCP() async throws -> [UInt8] {
    let bytes = try await readShell(until: .now + deadlines.command)
    guard !bytes.isEmpty else { throw TransportError(.connectionLost, "\(endpoint): the server ended the file before its end") }
    return bytes
  }

  private func startSCP(_ direction: String, _ path: String) async throws {
    precondition(Self.isPlainPath(path), "a path that a shell would act on")
    guard let session, session.channel == nil else {
      throw TransportError(.system, "\(endpoint): the connection is closed or in use")
    }
    let deadline = ContinuousClock.now + deadlines.login
    try await openChannel(until: deadline)
    let command = Array("scp \(direction) \(path)".utf8CString)
    let memory = UnsafeMutableBufferPointer<CChar>.allocate(capacity: command.count)
    defer { memory.deallocate() }
    _ = memory.initialize(from: command)
    try await request("scp", until: deadline) { channel in
      libssh2_channel_process_startup(channel, "exec", 4, memory.baseAddress, UInt32(memory.count - 1))
    }
  }

  /// Waits for the byte 0.
  private func expectAnswer(starting: Bool = false) async throws {
    var answer: [UInt8] = []
    while answer.first != 0 {
      let more = try await readShell(until: .now + deadlines.command)
      guard !more.isEmpty else {
        if starting { throw TransportError(.sessionRefused, "\(endpoint): the server runs no scp\(Self.quoted(answer))") }
        throw ended(answer)
      }
      answer += more
      // What is no answer at all is a shell's complaint, of which more may come.
      if answer[0] > 2 && starting { continue }
      if answer[0] == 0 || answer.contains(0x0A) || answer.count > 4096 { break }
    }
    try judge(answer)
  }

  /// - Throws: `.fileRefused` for what is no agreement.
  private func judge(_ answer: [UInt8]) throws(TransportError) {
    switch answer.first {
    case 0: return
    case 1?, 2?:
      var words = answer.dropFirst().prefix { $0 != 0x0A }
      if words.starts(with: Array("scp: ".utf8)) { words = words.dropFirst(5) }
      throw TransportError(.fileRefused, "\(endpoint): scp: \(PrintableBytes(words, limit: 200))")
    default: throw unexpected(answer)
    }
  }

  private func unexpected(_ answer: [UInt8]) -> TransportError {
    TransportError(.fileRefused, "\(endpoint): scp said something else than expected\(Self.quoted(answer))")
  }

  private func ended(_ answer: [UInt8]) -> TransportError {
    TransportError(.connectionLost, "\(endpoint): scp ended before its time\(Self.quoted(answer))")
  }

  private static func quoted(_ bytes: [UInt8]) -> String {
    bytes.isEmpty ? "" : ": '\(PrintableBytes(bytes.prefix { $0 != 0x0A }, limit: 200))'"
  }

  /// What has come, without waiting.
  private func arrivedBytes() async throws -> [UInt8] {
    guard let session, session.channel != nil, !isClosedOrBroken else {
      throw TransportError(.connectionLost, "\(endpoint): the connection is closed")
    }
    var bytes = [UInt8](repeating: 0, count: 4096)
    session.context.beginSlice()
    let status = bytes.withUnsafeMutableBytes { memory in
      libssh2_channel_read_ex(session.channel, 0, memory.bindMemory(to: CChar.self).baseAddress, memory.count)
    }
    // Anything else than bytes shows at the next write.
    return Array(bytes.prefix(max(0, status)))
  }
}
