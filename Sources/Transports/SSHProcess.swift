import CSSH2
import Glibc

/// A running `ssh` with its terminals; killed and reaped with its last reference at the latest.
///
/// What it asks its person (the host key, a password) goes over the controlling terminal, `questions`, and is kept apart from
/// the session's bytes, which a device controls. It is the leader of a session and process group of its own, so that what it
/// starts in turn ends with it; when netjob dies, its terminals hang up, and so does it. It belongs to one actor.
final class SSHProcess {
  let session: PseudoTerminal
  let questions: PseudoTerminal
  /// Non-blocking; where it logs, and nobody else writes.
  let log: Int32
  /// Non-blocking; what is said beside the log: a server's banner, complaints about options.
  let errors: Int32
  /// All four, and its end.
  let events: ReadinessSet
  private let pid: pid_t
  private let ending: Int32
  /// By which it opens the log.
  private let logEnd: Int32
  private(set) var exitStatus: Int32?
  /// The signal that ended it, where one did.
  private(set) var endingSignal: Int32?

  /// - Throws: `.system` when it cannot be started.
  init(
    program: String, arguments: [String], environment: [String], terminal: TerminalSize
  ) throws(TransportError) {
    session = try PseudoTerminal(.standard, size: terminal, staysOpen: false)
    questions = try PseudoTerminal(.lines, staysOpen: true)
    events = try ReadinessSet()
    var logEnds: [Int32] = [-1, -1]
    guard netjob_pipe(&logEnds) == 0 else {
      throw TransportError(.system, "cannot make a pipe: \(SystemError(errno))")
    }
    _ = fcntl(logEnds[0], F_SETFL, O_NONBLOCK)
    var ends: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
      let number = errno
      Glibc.close(logEnds[0])
      Glibc.close(logEnds[1])
      throw TransportError(.system, "cannot make a socket pair: \(SystemError(number))")
    }
    _ = fcntl(ends[0], F_SETFL, O_RDWR | O_NONBLOCK)
    defer { Glibc.close(ends[1]) }
    let (status, pid) = Self.spawn(
      program, ["-E", "/proc/\(getpid())/fd/\(logEnds[1])"] + arguments, environment, session: session.path,
      questions: questions.path, errors: ends[1])
    guard status == 0 else {
      for descriptor in [ends[0], logEnds[0], logEnds[1]] { Glibc.close(descriptor) }
      throw TransportError(.system, "cannot start \(program): \(SystemError(status))")
    }
    log = logEnds[0]
    logEnd = logEnds[1]
    errors = ends[0]
    self.pid = pid
    ending = netjob_process_descriptor(pid)
    events.insert(log)
    events.insert(errors)
    events.insert(session.master)
    events.insert(questions.master)
    if ending >= 0 { events.insert(ending) }
  }

  deinit {
    if reap() == nil {
      kill(-pid, SIGKILL)
      kill(pid, SIGKILL)
      if reap() == nil { Self.reapLater(pid) }
    }
    for descriptor in [log, logEnd, errors] { Glibc.close(descriptor) }
    if ending >= 0 { Glibc.close(ending) }
  }

  /// The exit status (128 and the signal's number for one that was killed); nil while it runs.
  @discardableResult
  func reap() -> Int32? {
    if let exitStatus { return exitStatus }
    var status: Int32 = 0
    guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
    if status & 0x7F != 0 { endingSignal = status & 0x7F }
    let code = status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    exitStatus = code
    if ending >= 0 { events.remove(ending) }
    return code
  }

  /// Asks it, and what it started, to end.
  func signal(_ number: Int32) {
    if exitStatus == nil { kill(-pid, number) }
  }

  /// Waits until it has ended.
  /// - Throws: `.timedOut`, `CancellationError`.
  nonisolated(nonsending) func waitForEnd(until deadline: ContinuousClock.Instant, on loop: EventLoop) async throws {
    while reap() == nil {
      if ending >= 0 {
        try await loop.wait(for: .readable, of: ending, until: deadline)
      } else {
        // A kernel without pidfd_open.
        if ContinuousClock.now >= deadline { throw TransportError(.timedOut, "timed out") }
        try? await loop.waitForSignal(until: min(deadline, .now + .milliseconds(20))) { _ in }
      }
    }
  }

  /// To be called before the last reference goes.
  func abandon(on loop: EventLoop) {
    for descriptor in [events.descriptor, session.master, ending] where descriptor >= 0 { loop.abandon(descriptor) }
  }

  /// One that was killed ends soon; a thread waits for it.
  private static func reapLater(_ pid: pid_t) {
    guard
      let thread = try? LoopThread.start({
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
      })
    else { return }
    pthread_detach(thread)
  }

  private static func spawn(
    _ program: String, _ arguments: [String], _ environment: [String], session: String, questions: String, errors: Int32
  ) -> (status: Int32, pid: pid_t) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // The first terminal that the leader of a session opens becomes its controlling one.
    posix_spawn_file_actions_addopen(&actions, 0, questions, O_RDWR, 0)
    posix_spawn_file_actions_addopen(&actions, 0, session, O_RDWR | O_NOCTTY, 0)
    posix_spawn_file_actions_adddup2(&actions, 0, 1)
    posix_spawn_file_actions_adddup2(&actions, errors, 2)
    let attributes = SpawnAttributes()
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
    defer { for pointer in words + variables { free(pointer) } }
    var pid: pid_t = 0
    let status = posix_spawn(&pid, program, &actions, &attributes.value, &words, &variables)
    return (status, pid)
  }
}
