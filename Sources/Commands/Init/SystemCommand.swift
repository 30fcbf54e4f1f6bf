private import Glibc
internal import Storage

/// Runs one of the system's administration programs, with nothing of the caller's environment.
enum SystemCommand {
  private static let folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"]

  /// Where the program is; nil when it is not installed.
  static func path(of name: String) -> String? { folders.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 } }

  /// How it is typed.
  static func text(_ words: [String]) -> String { words.joined(separator: " ") }

  /// Runs it to its end.
  /// - Throws: `.io` with what it said when it is missing or ends with another code than 0.
  static func run(_ words: [String]) throws(StorageError) {
    guard let name = words.first, let program = path(of: name) else {
      throw StorageError(.io, "the program '\(words.first ?? "")' is not installed")
    }
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw StorageError(.io, "no pipe: \(String(cString: strerror(errno)))") }
    defer { close(ends[0]) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
    let arguments: [UnsafeMutablePointer<CChar>?] = ([program] + words.dropFirst()).map { (word: String) in strdup(word) } + [nil]
    let environment = ["PATH=" + folders.joined(separator: ":"), "LC_ALL=C"]
    let variables: [UnsafeMutablePointer<CChar>?] = environment.map { (word: String) in strdup(word) } + [nil]
    defer { for pointer in arguments + variables { free(pointer) } }
    var pid: pid_t = 0
    let started = posix_spawn(&pid, program, &actions, nil, arguments, variables)
    close(ends[1])
    guard started == 0 else { throw StorageError(.io, "\(program) cannot be started: \(String(cString: strerror(started)))") }
    let output = everything(ends[0])
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    guard status == 0 else { throw StorageError(.io, "'\(text(words))' failed: \(output)") }
  }

  private static func everything(_ descriptor: Int32) -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { break }
      if bytes.count < 8192 { bytes += buffer.prefix(count) }
    }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").joined(separator: "; ")
  }
}
