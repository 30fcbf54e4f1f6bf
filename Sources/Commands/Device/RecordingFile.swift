internal import DeviceCLI
private import Glibc
private import JobModel
private import Terminal

/// Where a recorded session goes: a new file, or standard output.
struct RecordingFile {
  let recorder = SessionRecorder()
  let isStandardOutput: Bool
  private let path: String
  private let context: Context
  /// The file while it has no name yet: one that is interrupted leaves nothing behind. Nil where the file system cannot do that,
  /// and the file has its name from the beginning.
  private var unnamed: Int32?

  /// Makes the file, so that nobody logs in for a recording that cannot be kept.
  /// - Throws: `.notPermitted` for files of a caller who came in through sudo, `.invalid`.
  init(_ path: String, _ context: Context) throws {
    self.path = path
    self.context = context
    isStandardOutput = path == "-"
    if isStandardOutput {
      guard !context.isJSON else {
        throw ModelError(.invalid, "--record - and --json both write to standard output", hint: "record into a file")
      }
      return
    }
    try context.requireOwnFiles(path, as: "recording")
    var information = stat()
    if lstat(path, &information) == 0 { throw Self.failure(path, EEXIST) }
    let folder = path.contains("/") ? String(path[...(path.lastIndex(of: "/") ?? path.startIndex)]) : "."
    let made = open(folder, Self.temporaryFile | O_WRONLY | O_CLOEXEC, 0o600)
    if made >= 0 {
      unnamed = made
      return
    }
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw Self.failure(path, errno) }
    close(descriptor)
  }

  /// O_TMPFILE, which Swift's Glibc does not name: see open(2).
  private static let temporaryFile: Int32 = 0o20000000 | O_DIRECTORY

  /// Writes what was recorded.
  /// - Parameter failure: why the session ended early.
  /// - Throws: `.invalid` where the file cannot be written, `DeviceError` where the recording cannot be masked.
  func write(failure: String?) async throws {
    guard let recording = recorder.recording else { return discard() }
    let text: String
    do {
      text = try await recording.fixture(failure: failure)
    } catch {
      discard()
      throw error
    }
    if isStandardOutput {
      context.output.write(text)
    } else {
      try keep(Array(text.utf8))
      context.note("the session is in '\(TextRule.quoted(path))'; look through it before you give it away")
    }
  }

  /// Removes the file that was made for nothing.
  func discard() {
    if let unnamed { close(unnamed) } else if !isStandardOutput { unlink(path) }
  }

  private func keep(_ bytes: [UInt8]) throws {
    let descriptor = unnamed ?? open(path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw Self.failure(path, errno) }
    defer { close(descriptor) }
    try write(bytes, to: descriptor)
    guard unnamed != nil else { return }
    guard linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0 else {
      throw Self.failure(path, errno)
    }
  }

  private func write(_ bytes: [UInt8], to descriptor: Int32) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        throw Self.failure(path, errno)
      }
      rest = rest.dropFirst(count)
    }
  }

  private static func failure(_ path: String, _ status: Int32) -> ModelError {
    ModelError(
      .invalid, "the recording '\(TextRule.quoted(path))' cannot be written: \(String(cString: strerror(status)).lowercased())",
      hint: status == EEXIST ? "a recording never replaces a file" : nil)
  }
}
