import Foundation

/// A program that a test has started, in a process group of its own; what it writes goes to files that nobody else sees.
final class ChildProcess: Sendable {
  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  /// How a program ended.
  struct Outcome: Sendable, CustomStringConvertible {
    var command: String
    /// The exit code; 128 + N when signal N ended it.
    var status: Int32
    var output: String
    var errors: String
    /// The most memory that it held, bytes.
    var peakMemory = 0

    var description: String { "`\(command)` ended with \(status)\n--- output\n\(output)--- errors\n\(errors)" }
  }

  let pid: pid_t
  private let command: String
  private let output: Int32
  private let errors: Int32

  init(_ arguments: [String], environment: [String: String], input: String = "") throws {
    command = arguments.joined(separator: " ")
    let input = try Self.temporaryFile(content: input)
    defer { close(input) }
    output = try Self.temporaryFile()
    errors = try Self.temporaryFile()
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, errors, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    // Whoever runs the tests may ignore some of these.
    var usual = sigset_t()
    sigemptyset(&usual)
    for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE] { sigaddset(&usual, number) }
    posix_spawnattr_setsigdefault(&attributes, &usual)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    let words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    let variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { for pointer in words + variables { free(pointer) } }
    var started: pid_t = 0
    let status = posix_spawnp(&started, arguments[0], &actions, &attributes, words, variables)
    guard status == 0 else {
      throw Failure(description: "\(arguments[0]) cannot be started: \(String(cString: strerror(status)))")
    }
    pid = started
  }

  deinit {
    close(output)
    close(errors)
  }

  func signal(_ number: Int32) { kill(pid, number) }

  /// As Ctrl-C does it: all of its processes.
  func signalGroup(_ number: Int32) { kill(-pid, number) }

  /// What it has written to standard error so far.
  var errorsSoFar: String { Self.content(errors) }

  /// What it has written so far.
  var outputSoFar: String { Self.content(output) }

  /// Waits for its end; one that does not come in time is a failure.
  func end(within seconds: Double = 60) async throws -> Outcome {
    let deadline = ContinuousClock.now + .seconds(seconds)
    var status: Int32 = 0
    var usage = rusage()
    while wait4(pid, &status, WNOHANG, &usage) == 0 {
      if ContinuousClock.now >= deadline {
        kill(-pid, SIGKILL)
        waitpid(pid, &status, 0)
        throw Failure(description: "`\(command)` did not end within \(seconds) s\n\(Self.content(output))\(Self.content(errors))")
      }
      try await Task.sleep(for: .milliseconds(5))
    }
    let signal = status & 0x7F
    return Outcome(
      command: command, status: signal == 0 ? (status >> 8) & 0xFF : 128 + signal, output: Self.content(output),
      errors: Self.content(errors), peakMemory: usage.ru_maxrss * 1024)
  }

  static func run(
    _ arguments: [String], environment: [String: String] = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"], input: String = ""
  ) async throws -> Outcome {
    try await ChildProcess(arguments, environment: environment, input: input).end()
  }

  private static func temporaryFile(content: String = "") throws -> Int32 {
    let path = "/tmp/netjob-lab-test-\(UUID().uuidString)"
    let file = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw Failure(description: "no temporary file: \(String(cString: strerror(errno)))") }
    unlink(path)
    let bytes = Array(content.utf8)
    guard pwrite(file, bytes, bytes.count, 0) == bytes.count else {
      throw Failure(description: "temporary file: \(String(cString: strerror(errno)))")
    }
    return file
  }

  private static func content(_ file: Int32) -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = pread(file, &buffer, buffer.count, off_t(bytes.count))
      if count <= 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += buffer.prefix(count)
    }
  }
}

/// Looks again and again until it is so.
func eventually(within seconds: Double = 15, _ what: String, _ condition: () async throws -> Bool) async throws {
  let deadline = ContinuousClock.now + .seconds(seconds)
  while try await !condition() {
    if ContinuousClock.now >= deadline { throw ChildProcess.Failure(description: "not within \(seconds) s: \(what)") }
    try await Task.sleep(for: .milliseconds(20))
  }
}
