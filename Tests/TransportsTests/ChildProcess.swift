import Glibc

/// Starts programs of the lab; waits for those that end by themselves.
enum ChildProcess {
  struct Failure: Error, CustomStringConvertible { var description: String }

  /// Runs a program to its end.
  static func run(_ arguments: [String], input: String? = nil) throws {
    var descriptors: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &descriptors) == 0 else {
      throw Failure(description: "socketpair: error \(errno)")
    }
    let pid = try start(arguments, standardInput: descriptors[0])
    close(descriptors[0])
    let bytes = Array((input ?? "").utf8)
    _ = send(descriptors[1], bytes, bytes.count, Int32(MSG_NOSIGNAL))
    close(descriptors[1])
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    guard status == 0 else { throw Failure(description: "\(arguments) ended with status \(status)") }
  }

  /// Starts a program in a process group of its own.
  static func start(_ arguments: [String], standardInput: Int32, standardOutput: Int32? = nil) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, standardInput, 0)
    if let standardOutput {
      posix_spawn_file_actions_adddup2(&actions, standardOutput, 1)
    } else {
      posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    }
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
    var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    let path = strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin")
    defer { free(path) }
    var environment: [UnsafeMutablePointer<CChar>?] = [path, nil]
    var pid: pid_t = 0
    let status = posix_spawnp(&pid, arguments[0], &actions, &attributes, &pointers, &environment)
    guard status == 0 else { throw Failure(description: "cannot start \(arguments[0]): error \(status)") }
    return pid
  }
}
