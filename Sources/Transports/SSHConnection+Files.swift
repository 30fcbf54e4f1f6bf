import CSSH2
import Glibc

/// Files over SFTP (draft-ietf-secsh-filexfer-02, version 3). A connection has one SFTP session with one open file at a time.
extension SSHConnection {
  /// What a file is opened for.
  package enum FileUse: Sendable {
    case reading
    /// It is made where it is not there.
    case writing(truncates: Bool)
  }

  /// How much is asked for at once.
  private static let readByteCount = 128 * 1024

  /// Starts the SFTP subsystem.
  /// - Throws: `.sessionRefused` where the server has none, or one that says nothing; else as `connect`.
  package func openSFTP() async throws {
    let deadline = ContinuousClock.now + deadlines.login
    let status: Int
    do {
      status = try await perform(.transfer, until: deadline) { session in
        if session.sftp != nil { return 0 }
        guard let sftp = libssh2_sftp_init(session.handle) else { return Int(session.lastStatus) }
        session.sftp = sftp
        return 0
      }
    } catch let error as TransportError where error.code == .timedOut {
      // Where the subsystem's program is missing some servers start it all the same, and libssh2 waits for what it says.
      throw TransportError(.sessionRefused, "\(endpoint): the server's SFTP does not answer")
    }
    guard status != 0 else { return }
    guard let session else { throw closed }
    let error = refusal("SFTP", Int32(clamping: status))
    session.isBroken = true
    if error.code == .system {
      throw TransportError(.sessionRefused, "\(endpoint): the server's SFTP does not work: \(session.lastMessage)")
    }
    throw error
  }

  /// The size of a file in bytes; nil where there is none of that name.
  /// - Throws: `.fileRefused`; else as `ByteChannel.read`.
  package func fileSize(_ path: String) async throws -> UInt64? {
    let attributes = UnsafeMutablePointer<LIBSSH2_SFTP_ATTRIBUTES>.allocate(capacity: 1)
    attributes.initialize(to: LIBSSH2_SFTP_ATTRIBUTES())
    defer { attributes.deallocate() }
    let status = try await sftp([path]) { sftp, names in
      Int(libssh2_sftp_stat_ex(sftp, names[0], UInt32(strlen(names[0])), LIBSSH2_SFTP_STAT, attributes))
    }
    if status == Int(LIBSSH2_ERROR_SFTP_PROTOCOL), lastSFTPStatus == LIBSSH2_FX_NO_SUCH_FILE { return nil }
    try check(status, "look at '\(PrintableBytes(path.utf8))'")
    let value = attributes.pointee
    guard value.flags & UInt(LIBSSH2_SFTP_ATTR_SIZE) != 0 else {
      throw TransportError(.fileRefused, "\(endpoint): the server does not tell the size of '\(PrintableBytes(path.utf8))'")
    }
    if value.flags & UInt(LIBSSH2_SFTP_ATTR_PERMISSIONS) != 0, value.permissions & 0o170000 == 0o040000 {
      throw TransportError(.fileRefused, "\(endpoint): '\(PrintableBytes(path.utf8))' is a folder")
    }
    return value.filesize
  }

  /// How many bytes may still be written in a folder; nil where the server does not tell (`statvfs@openssh.com`).
  package func freeSpace(in folder: String) async throws -> UInt64? {
    let answer = UnsafeMutablePointer<LIBSSH2_SFTP_STATVFS>.allocate(capacity: 1)
    answer.initialize(to: LIBSSH2_SFTP_STATVFS())
    defer { answer.deallocate() }
    let status = try await sftp([folder]) { sftp, names in
      Int(libssh2_sftp_statvfs(sftp, names[0], strlen(names[0]), answer))
    }
    if status == Int(LIBSSH2_ERROR_SFTP_PROTOCOL) { return nil }
    try check(status, "look at '\(PrintableBytes(folder.utf8))'")
    let product = answer.pointee.f_bavail.multipliedReportingOverflow(by: answer.pointee.f_frsize)
    return product.overflow ? .max : product.partialValue
  }

  /// Opens a file; the one that was open is closed.
  /// - Throws: `.fileRefused`; else as `ByteChannel.read`.
  package func openFile(_ path: String, for use: FileUse) async throws {
    try await closeFile()
    var flags = UInt(LIBSSH2_FXF_READ)
    if case .writing(let truncates) = use {
      flags = UInt(LIBSSH2_FXF_WRITE | LIBSSH2_FXF_CREAT) | (truncates ? UInt(LIBSSH2_FXF_TRUNC) : 0)
    }
    let status = try await sftp([path]) { [self] sftp, names in
      let file = libssh2_sftp_open_ex(sftp, names[0], UInt32(strlen(names[0])), flags, 0o644, LIBSSH2_SFTP_OPENFILE)
      guard let session, let file else { return Int(self.session?.lastStatus ?? LIBSSH2_ERROR_CHANNEL_CLOSED) }
      session.file = file
      return 0
    }
    try check(status, "open '\(PrintableBytes(path.utf8))'")
  }

  /// Where the open file is read or written next.
  package func seekFile(to offset: UInt64) throws {
    guard let file = session?.file else { throw closed }
    libssh2_sftp_seek64(file, offset)
  }

  /// The next bytes of the open file; empty at its end.
  /// - Throws: `.fileRefused`, `.timedOut` where nothing comes for the time of a command; else as `ByteChannel.read`.
  package func readFile() async throws -> [UInt8] {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.readByteCount, alignment: 1)
    defer { memory.deallocate() }
    let status = try await perform(.transfer, until: .now + deadlines.command) { session in
      guard let file = session.file, let start = memory.baseAddress else { return Int(LIBSSH2_ERROR_CHANNEL_CLOSED) }
      return libssh2_sftp_read(file, start.assumingMemoryBound(to: CChar.self), memory.count)
    }
    try check(min(status, 0), "read the file")
    // Packets and their frames; libssh2 asks ahead.
    session?.context.receivableByteCount += status * 2 + 4096
    return Array(memory.prefix(status))
  }

  /// Writes bytes to the open file; the server has taken them all when it returns.
  /// - Throws: as `readFile`.
  package func writeFile(_ bytes: [UInt8]) async throws {
    // libssh2 sends ahead of the answers, and wants what was not answered yet at the same place again.
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { memory.deallocate() }
    memory.copyBytes(from: bytes)
    var written = 0
    while written < bytes.count {
      let status = try await perform(.transfer, until: .now + deadlines.command) { session in
        guard let file = session.file, let start = memory.baseAddress?.assumingMemoryBound(to: CChar.self) else {
          return Int(LIBSSH2_ERROR_CHANNEL_CLOSED)
        }
        return libssh2_sftp_write(file, start + written, memory.count - written)
      }
      try check(min(status, 0), "write the file")
      session?.context.receivableByteCount += status + 4096
      written += status
    }
  }

  /// Closes the open file, if there is one.
  /// - Throws: `.fileRefused` where the server could not keep what was written; else as `ByteChannel.read`.
  package func closeFile() async throws {
    guard session?.file != nil else { return }
    let status = try await perform(.transfer, until: .now + deadlines.command) { session in
      guard let file = session.file else { return 0 }
      let status = libssh2_sftp_close_handle(file)
      if status != LIBSSH2_ERROR_EAGAIN { session.file = nil }
      return Int(status)
    }
    try check(status, "close the file")
  }

  /// Renames a file; there must be none of the new name.
  /// - Throws: `.fileRefused`; else as `ByteChannel.read`.
  package func renameFile(_ path: String, to newPath: String) async throws {
    let status = try await sftp([path, newPath]) { sftp, names in
      Int(
        libssh2_sftp_rename_ex(
          sftp, names[0], UInt32(strlen(names[0])), names[1], UInt32(strlen(names[1])), Int(LIBSSH2_SFTP_RENAME_ATOMIC)))
    }
    try check(status, "rename '\(PrintableBytes(path.utf8))' to '\(PrintableBytes(newPath.utf8))'")
  }

  /// Deletes a file.
  /// - Throws: `.fileRefused`; else as `ByteChannel.read`.
  package func removeFile(_ path: String) async throws {
    let status = try await sftp([path]) { sftp, names in
      Int(libssh2_sftp_unlink_ex(sftp, names[0], UInt32(strlen(names[0]))))
    }
    try check(status, "delete '\(PrintableBytes(path.utf8))'")
  }

  /// Calls into the SFTP session until it no longer asks to wait.
  /// - Parameter texts: what the call needs at the same place each time.
  private func sftp(
    _ texts: [String], _ call: (OpaquePointer, [UnsafeMutablePointer<CChar>]) -> Int
  ) async throws -> Int {
    let names = texts.compactMap { strdup($0) }
    defer { for name in names { free(name) } }
    guard names.count == texts.count else { throw TransportError(.system, "out of memory") }
    return try await perform(.transfer, until: .now + deadlines.command) { session in
      session.context.receivableByteCount += 4096
      return session.sftp.map { call($0, names) } ?? Int(LIBSSH2_ERROR_CHANNEL_CLOSED)
    }
  }

  private var closed: TransportError { TransportError(.connectionLost, "\(endpoint): the connection is closed") }

  private var lastSFTPStatus: UInt { session?.sftp.map { libssh2_sftp_last_error($0) } ?? 0 }

  /// - Parameter what: what was tried, as in "could not ...".
  private func check(_ status: Int, _ what: String) throws(TransportError) {
    guard status < 0 else { return }
    guard let session else { throw closed }
    guard status == Int(LIBSSH2_ERROR_SFTP_PROTOCOL) else {
      let error = error(Int32(clamping: status), .transfer, session)
      session.isBroken = true
      throw error
    }
    throw TransportError(.fileRefused, "\(endpoint): could not \(what): \(Self.words(lastSFTPStatus))")
  }

  /// What a status of SFTP means; those above 8 are of later versions, and used all the same.
  private static func words(_ status: UInt) -> String {
    switch status {
    case LIBSSH2_FX_NO_SUCH_FILE, LIBSSH2_FX_NO_SUCH_PATH: "there is no such file or folder"
    case LIBSSH2_FX_PERMISSION_DENIED: "permission denied"
    case LIBSSH2_FX_WRITE_PROTECT: "the file system is read-only"
    case LIBSSH2_FX_NO_SPACE_ON_FILESYSTEM, LIBSSH2_FX_QUOTA_EXCEEDED: "no space is left"
    case LIBSSH2_FX_FILE_ALREADY_EXISTS: "there is such a file already"
    case LIBSSH2_FX_OP_UNSUPPORTED: "the server cannot do that"
    // What servers of version 3 say of a full disk, and of a name that is taken.
    case LIBSSH2_FX_FAILURE: "the server failed (is the disk full, or the name taken?)"
    default: "SFTP status \(status)"
    }
  }
}
