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
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw Self.failure(path, errno) }
    close(descriptor)
  }

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
      try Self.write(Array(text.utf8), to: path)
      context.note("the session is in '\(TextRule.quoted(path))'; look through it before you give it away")
    }
  }

  /// Removes the file that was made for nothing.
  func discard() {
    if !isStandardOutput { unlink(path) }
  }

  private static func write(_ bytes: [UInt8], to path: String) throws {
    let descriptor = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw failure(path, errno) }
    defer { close(descriptor) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        throw failure(path, errno)
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
