import CSSH2
import Glibc
private import Synchronization

/// A program in memory that cannot be altered any more: what was looked at is what runs, whatever becomes of its file.
package final class SealedProgram: Sendable {
  let descriptor: Int32

  /// - Throws: `.system`.
  package init(_ bytes: [UInt8]) throws(TransportError) {
    descriptor = netjob_program_file("netjob-agent")
    guard descriptor >= 0 else { throw TransportError(.system, "cannot make a file in memory: \(SystemError(errno))") }
    fchmod(descriptor, 0o500)
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress?.advanced(by: written), bytes.count - written) }
      guard count > 0 else {
        let status = errno
        Glibc.close(descriptor)
        throw TransportError(.system, "cannot write a file in memory: \(SystemError(status))")
      }
      written += count
    }
    let addSeals: Int32 = 1033
    let everything: Int32 = 0xF
    _ = fcntl(descriptor, addSeals, everything)
  }

  deinit { Glibc.close(descriptor) }
}

/// A program that works on one device: it is given a document, says what it has to say, and ends.
///
/// It has a process group of its own, which ends with it or is killed, and dies with this process. A thread looks after it, so that waiting takes none of the
/// threads on which everything else runs.
package struct AgentProcess: Sendable {
  package var program: SealedProgram
  /// What it is called, `argv[0]`.
  package var name: String
  package var environment: [String]
  package var input: [UInt8]
  /// More than this on standard output ends it.
  package var outputLimit: Int
  /// So much of the end of what it complains of is kept.
  package var errorLimit = 1 << 16

  package init(program: SealedProgram, name: String, environment: [String], input: [UInt8], outputLimit: Int) {
    self.program = program
    self.name = name
    self.environment = environment
    self.input = input
    self.outputLimit = outputLimit
  }

  /// How it ended.
  package struct Exit: Sendable {
    package enum Cause: Sendable { case itself, cancelled, timedOut, outputTooLong }

    package var cause: Cause
    /// The exit status (128 and the signal's number for one that was killed).
    package var status: Int32
    package var output: [UInt8]
    package var errors: [UInt8]
  }

  /// The time between being asked to end and being killed.
  private static let grace = Duration.seconds(2)

  /// Runs it to its end, which a cancelled task brings about too.
  /// - Throws: `.system` when it cannot be started.
  package func run(until deadline: ContinuousClock.Instant) async throws -> Exit {
    let isCancelled = Flag()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Exit, any Error>) in
        do {
          let thread = try LoopThread.start {
            continuation.resume(with: Result { try attend(until: deadline) { isCancelled.value.withLock { $0 } } })
          }
          pthread_detach(thread)
        } catch {
          continuation.resume(throwing: error)
        }
      }
    } onCancel: {
      isCancelled.value.withLock { $0 = true }
    }
  }

  private final class Flag: Sendable {
    let value = Mutex(false)
  }

  /// Descriptors of one run; closed with it.
  private final class Pipes {
    var input: Int32 = -1
    var output: Int32 = -1
    var errors: Int32 = -1

    func close(_ descriptor: inout Int32) {
      if descriptor >= 0 { Glibc.close(descriptor) }
      descriptor = -1
    }

    deinit { for descriptor in [input, output, errors] where descriptor >= 0 { Glibc.close(descriptor) } }
  }

  private func attend(until deadline: ContinuousClock.Instant, isCancelled: () -> Bool) throws -> Exit {
    let pipes = Pipes()
    let groupGuard = try GroupGuard()
    let pid = try start(pipes)
    groupGuard.watch(pid)
    defer { withExtendedLifetime(groupGuard) {} }
    let ending = netjob_process_descriptor(pid)
    defer { if ending >= 0 { Glibc.close(ending) } }
    var exit = Exit(cause: .itself, status: 0, output: [], errors: [])
    var rest = input[...]
    var killTime: ContinuousClock.Instant?
    var drainEnd: ContinuousClock.Instant?
    while true {
      var polled = [
        pollfd(fd: pipes.output, events: Int16(POLLIN), revents: 0), pollfd(fd: pipes.errors, events: Int16(POLLIN), revents: 0),
        pollfd(fd: pipes.input, events: Int16(POLLOUT), revents: 0),
        pollfd(fd: drainEnd == nil ? ending : -1, events: Int16(POLLIN), revents: 0),
      ]
      poll(&polled, nfds_t(polled.count), 50)
      if polled[2].revents != 0 { feed(&rest, pipes) }
      if polled[0].revents != 0 { take(&pipes.output, into: &exit.output, pipes) }
      if polled[1].revents != 0 { take(&pipes.errors, into: &exit.errors, pipes) }
      if exit.errors.count > errorLimit { exit.errors.removeFirst(exit.errors.count - errorLimit) }
      let now = ContinuousClock.now
      if drainEnd == nil, killTime == nil {
        if exit.output.count > outputLimit {
          exit.cause = .outputTooLong
        } else if isCancelled() {
          exit.cause = .cancelled
        } else if now >= deadline {
          exit.cause = .timedOut
        }
        if exit.cause != .itself {
          kill(-pid, SIGTERM)
          killTime = now + Self.grace
        }
      }
      if exit.output.count > outputLimit { exit.output.removeLast(exit.output.count - outputLimit) }
      if let time = killTime, now >= time { kill(-pid, SIGKILL) }
      if drainEnd == nil, hasEnded(pid, ending, polled[3].revents != 0, &exit.status) {
        // What it left behind in its group ends with it. What has got away may hold the pipes open: they are not waited for.
        drainEnd = now + .milliseconds(500)
      }
      if let end = drainEnd, (pipes.output < 0 && pipes.errors < 0) || now >= end { return exit }
    }
  }

  /// Whether it has ended; its group is killed and it is reaped then.
  private func hasEnded(_ pid: pid_t, _ ending: Int32, _ isReadable: Bool, _ status: inout Int32) -> Bool {
    if ending >= 0 && !isReadable { return false }
    // Before it is reaped: until then its number is nobody else's.
    if ending >= 0 { kill(-pid, SIGKILL) }
    var number: Int32 = 0
    guard waitpid(pid, &number, ending >= 0 ? 0 : WNOHANG) == pid else { return false }
    status = number & 0x7F == 0 ? number >> 8 & 0xFF : 128 + number & 0x7F
    return true
  }

  private func feed(_ rest: inout ArraySlice<UInt8>, _ pipes: Pipes) {
    if !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(pipes.input, $0.baseAddress, $0.count) }
      if count < 0 && (errno == EAGAIN || errno == EINTR) { return }
      // It may end without having read it all.
      rest = count > 0 ? rest.dropFirst(count) : []
    }
    if rest.isEmpty { pipes.close(&pipes.input) }
  }

  private func take(_ descriptor: inout Int32, into bytes: inout [UInt8], _ pipes: Pipes) {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(descriptor, &buffer, buffer.count)
    if count < 0 && (errno == EAGAIN || errno == EINTR) { return }
    if count > 0 { bytes += buffer.prefix(count) } else { pipes.close(&descriptor) }
  }

  private func start(_ pipes: Pipes) throws(TransportError) -> pid_t {
    var ends: [(reading: Int32, writing: Int32)] = []
    for _ in 0..<3 {
      guard let pair = SystemDescriptors.pipe() else {
        let status = errno
        for end in ends { for descriptor in [end.reading, end.writing] { Glibc.close(descriptor) } }
        throw TransportError(.system, "cannot make a pipe: \(SystemError(status))")
      }
      ends.append(pair)
    }
    (pipes.input, pipes.output, pipes.errors) = (ends[0].writing, ends[1].reading, ends[2].reading)
    for descriptor in [pipes.input, pipes.output, pipes.errors] {
      _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }
    defer { for descriptor in [ends[0].reading, ends[1].writing, ends[2].writing] { Glibc.close(descriptor) } }
    // The interpreter of a script opens it by this name once more.
    let place: Int32 = 3
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[0].reading, 0)
    posix_spawn_file_actions_adddup2(&actions, ends[1].writing, 1)
    posix_spawn_file_actions_adddup2(&actions, ends[2].writing, 2)
    posix_spawn_file_actions_adddup2(&actions, program.descriptor, place)
    netjob_spawn_close_from(&actions, place + 1)
    netjob_spawn_chdir(&actions, "/")
    let attributes = SpawnAttributes()
    var words: [UnsafeMutablePointer<CChar>?] = [strdup(name), nil]
    var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
    defer { for pointer in words + variables { free(pointer) } }
    var pid: pid_t = 0
    let status = posix_spawn(&pid, "/proc/self/fd/\(place)", &actions, &attributes.value, &words, &variables)
    guard status == 0 else { throw TransportError(.system, "cannot start \(name): \(SystemError(status))") }
    return pid
  }
}
