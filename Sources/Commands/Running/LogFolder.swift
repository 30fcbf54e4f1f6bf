private import Glibc
internal import JobModel
internal import Terminal

/// A folder of its owner's for log files, which nobody else can write to.
final class LogFolder: Sendable {
  /// One file stays below this, bytes.
  static let fileLimit = 16 << 20

  private let path: String
  private let descriptor: Int32

  /// Opens the folder; makes it where it is missing.
  /// - Throws: `.invalid` where it cannot be, `.notPermitted` where others may write to it.
  init(_ path: String) throws(ModelError) {
    self.path = path
    func failure(_ what: String) -> ModelError {
      ModelError(.invalid, "--log-dir '\(TextRule.quoted(path))': \(what)")
    }
    if mkdir(path, 0o700) != 0, errno != EEXIST { throw failure("it cannot be made: \(errorText(errno))") }
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(errorText(errno)) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let number = errno
      close(descriptor)
      throw failure(errorText(number))
    }
    guard status.st_uid == geteuid(), status.st_mode & 0o022 == 0 else {
      close(descriptor)
      throw ModelError(
        .notPermitted, "--log-dir '\(TextRule.quoted(path))': others can write to this folder, or it is another user's",
        hint: "take a folder of your own: mkdir -m 700 DIR")
    }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// A new file for its owner alone, never one that is there already; a number is put behind the name where need be.
  func makeFile(_ name: String) throws(TerminalError) -> LogFile {
    for attempt in 1...1000 {
      let file = attempt == 1 ? "\(name).log" : "\(name)-\(attempt).log"
      let opened = openat(descriptor, file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
      if opened >= 0 { return LogFile(opened, "\(path)/\(file)") }
      if errno != EEXIST { throw TerminalError(.writeFailed, "\(path)/\(file): \(errorText(errno))") }
    }
    throw TerminalError(.writeFailed, "\(path)/\(name).log: there are a thousand of them already")
  }
}

/// A log file; what comes beyond its limit is left out. Used by one thread.
final class LogFile: @unchecked Sendable {
  // Unchecked: only the background writer's thread touches it, one call after the other.
  private let descriptor: Int32
  let path: String
  private var byteCount = 0
  private var isFull = false

  fileprivate init(_ descriptor: Int32, _ path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  deinit { close(descriptor) }

  /// - Throws: the first failure; nothing is written after one.
  func writeLine(_ text: String) throws(TerminalError) {
    guard !isFull else { return }
    var line = text + "\n"
    if byteCount + line.utf8.count > LogFolder.fileLimit {
      isFull = true
      line = "... the log ends here: it has reached \(LogFolder.fileLimit >> 20) MiB\n"
    }
    byteCount += line.utf8.count
    let status = writeAll(Array(line.utf8), to: descriptor)
    guard status != 0 else { return }
    isFull = true
    throw TerminalError(.writeFailed, "\(path): \(errorText(status))")
  }
}
