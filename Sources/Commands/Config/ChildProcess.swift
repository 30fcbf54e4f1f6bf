private import Glibc
internal import Storage
private import Transports

/// A program that is fed through its standard input; what it says goes into files in memory, so that neither waits for the other.
final class ChildProcess {
  /// It reads no more.
  struct Ended: Error {}

  private let name: String
  private let pid: pid_t
  private var input: Int32
  private let output: Int32
  private let errors: Int32

  /// - Throws: `.io` when it cannot be started.
  init(_ program: String, _ arguments: [String], environment: [String]) throws(StorageError) {
    name = arguments.first { !$0.hasPrefix("-") && !$0.contains("=") }.map { "git \($0)" } ?? program
    guard let ends = SystemDescriptors.pipe() else {
      throw StorageError(.io, "no pipe: \(String(cString: strerror(errno)))")
    }
    input = ends.writing
    output = SystemDescriptors.memoryFile("netjob-output")
    errors = SystemDescriptors.memoryFile("netjob-errors")
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends.reading, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, errors, 2)
    let words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    let variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
    defer { for pointer in words + variables { free(pointer) } }
    var child: pid_t = 0
    let status = posix_spawn(&child, program, &actions, nil, words, variables)
    pid = child
    close(ends.reading)
    if status != 0 {
      for descriptor in [ends.writing, output, errors] { close(descriptor) }
      input = -1
      throw StorageError(.io, "\(program) cannot be started: \(String(cString: strerror(status)))")
    }
  }

  /// - Throws: `Ended`.
  func write(_ bytes: [UInt8]) throws {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(input, $0.baseAddress?.advanced(by: written), bytes.count - written) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw Ended() }
      written += count
    }
  }

  /// Ends its input, waits for it, and answers what it wrote.
  /// - Throws: `.io` with what it complained of when it ends with another code than 0.
  func end() throws(StorageError) -> String {
    if input >= 0 { close(input) }
    input = -1
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    let said = Self.everything(output)
    let complaints = Self.everything(errors)
    close(output)
    close(errors)
    guard status == 0 else {
      throw StorageError(.io, "'\(name)' failed: \(complaints.split(whereSeparator: \.isNewline).joined(separator: "; "))")
    }
    return said
  }

  private static func everything(_ descriptor: Int32) -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 14)
    while bytes.count < 1 << 20 {
      let count = pread(descriptor, &buffer, buffer.count, bytes.count)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { break }
      bytes += buffer.prefix(count)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
