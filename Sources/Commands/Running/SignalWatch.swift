private import Glibc
package import JobRunner
private import Synchronization

/// Turns SIGINT, SIGTERM and SIGHUP into a wish to stop; the second one ends the process at once. A change must not be torn by
/// a terminal that goes away. SIGINT and SIGHUP stay ignored where they are, as under nohup(1).
///
/// The handler only writes a byte to a pipe, the one thing of use that signal-safety(7) allows; a thread of its own reads it.
package final class SignalWatch: Sendable {
  private static let pipeEnd = Atomic<Int32>(-1)
  private let received = Atomic<Int32>(0)

  private let lastWill = Mutex<(@Sendable () -> Void)?>(nil)

  /// What is to be done, without waiting, before the second signal ends the process.
  package func beforeEnd(_ will: (@Sendable () -> Void)?) { lastWill.withLock { $0 = will } }

  /// Starts watching.
  package init(stop: StopSignal) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    Self.pipeEnd.store(ends[1], ordering: .sequentiallyConsistent)
    let reader = ends[0]
    Self.startThread { [self] in
      var byte: UInt8 = 0
      while true {
        let count = read(reader, &byte, 1)
        if count < 0 && errno == EINTR { continue }
        guard count == 1 else { return }
        let number = Int32(byte)
        if received.exchange(number, ordering: .sequentiallyConsistent) != 0 {
          lastWill.withLock { $0 }?()
          _exit(128 + number)
        }
        stop.stop(.signal)
      }
    }
    for number in [SIGINT, SIGTERM, SIGHUP] {
      var action = sigaction()
      if number != SIGTERM, sigaction(number, nil, &action) == 0, Self.isIgnoring(action) { continue }
      action = sigaction()
      action.__sigaction_handler.sa_handler = { number in
        var byte = UInt8(truncatingIfNeeded: number)
        let saved = errno
        _ = write(SignalWatch.pipeEnd.load(ordering: .sequentiallyConsistent), &byte, 1)
        errno = saved
      }
      action.sa_flags = SA_RESTART
      sigaction(number, &action, nil)
    }
  }

  private static func isIgnoring(_ action: sigaction) -> Bool {
    // SIG_IGN is a function pointer of value 1, which Swift has no name for.
    action.sa_flags & SA_SIGINFO == 0 && unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
  }

  /// How the program ends after the signal: 130 or 143; nil when there was none.
  package var exitStatus: ExitStatus? {
    switch received.load(ordering: .sequentiallyConsistent) {
    case SIGINT: .interrupted
    case SIGTERM, SIGHUP: .terminated
    default: nil
    }
  }

  private static func startThread(_ body: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    let box = Unmanaged.passRetained(ThreadBody(body))
    let status = pthread_create(
      &thread, nil,
      { pointer in
        guard let pointer else { return nil }
        Unmanaged<ThreadBody>.fromOpaque(pointer).takeRetainedValue().run()
        return nil
      }, box.toOpaque())
    if status == 0 { pthread_detach(thread) } else { box.release() }
  }
}

private final class ThreadBody {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
