import Glibc

/// One thread that waits for sockets and deadlines with epoll, and runs the actors that are pinned to it.
///
/// An actor whose `unownedExecutor` is an event loop runs on that thread only, so that what it owns (a libssh2 session) is
/// never touched by two threads. It must not block. Several loops can be made, one per core; a connection stays on its loop.
/// The thread ends when the last reference to the loop goes; whoever waits on a loop holds one.
package final class EventLoop: SerialExecutor {
  /// What a descriptor is waited for; an error or the peer's end counts as both.
  package struct Readiness: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    package static let readable = Readiness(rawValue: 1)
    package static let writable = Readiness(rawValue: 2)
  }

  /// How soon a ready task goes on: urgent ones at once, the others one per turn of the loop, so that the arithmetic of many
  /// key exchanges does not starve open sessions.
  package enum Urgency: Sendable {
    case normal
    case low
  }

  /// Ends one `waitForSignal`; only the first call counts. Any thread may fire it.
  package struct Signal: Sendable {
    fileprivate let core: EventLoopCore
    fileprivate let id: UInt64
    package func fire() { core.finish(id, .success(())) }
  }

  private let core: EventLoopCore
  private let thread: pthread_t
  /// Runs tasks that belong to no actor on the loop's thread; whoever uses it holds the loop.
  package let taskExecutor: any TaskExecutor

  /// Whether the caller runs on the loop's thread.
  package var isCurrentThread: Bool { pthread_equal(pthread_self(), thread) != 0 }

  /// Starts the thread.
  /// - Throws: `.system` when the process is out of descriptors or threads.
  package init() throws(TransportError) {
    let core = try EventLoopCore()
    self.core = core
    taskExecutor = LoopTaskExecutor(core)
    thread = try LoopThread.start { core.run() }
  }

  deinit {
    core.stop()
    // The last reference may go on the loop's own thread, at the end of a job.
    if pthread_equal(pthread_self(), thread) != 0 { pthread_detach(thread) } else { pthread_join(thread, nil) }
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    core.enqueue(UnownedJob(job), executor: .actor(asUnownedSerialExecutor()))
  }

  /// Waits until `descriptor` is ready for one of `readiness`. Call it from an actor of this loop to stay on its thread.
  /// - Throws: `.timedOut` at `deadline`, `.connectionLost` after `abandon`, `CancellationError` when the task was cancelled.
  package func wait(
    for readiness: Readiness, of descriptor: Int32, until deadline: ContinuousClock.Instant, urgency: Urgency = .normal,
    isolation: isolated (any Actor)? = #isolation
  ) async throws {
    let interest = EventLoopCore.Interest(descriptor: descriptor, readiness: readiness, urgency: urgency)
    try await suspend(interest, until: deadline, isolation: isolation) { _ in }
  }

  /// Waits until the signal that `start` is given fires. `start` runs on the caller's actor, which may have done something else
  /// since the call: what fires the signal is to begin in `start`, or to be looked at there once more.
  /// - Throws: `.timedOut` at `deadline`, `CancellationError` when the task was cancelled.
  package func waitForSignal(
    until deadline: ContinuousClock.Instant, isolation: isolated (any Actor)? = #isolation, start: (Signal) -> Void
  ) async throws {
    try await suspend(nil, until: deadline, isolation: isolation, start: start)
  }

  /// Ends every wait for `descriptor` with `.connectionLost`; to be called before it is closed.
  package func abandon(_ descriptor: Int32) { core.abandon(descriptor) }

  private func suspend(
    _ interest: EventLoopCore.Interest?, until deadline: ContinuousClock.Instant, isolation: isolated (any Actor)?,
    start: (Signal) -> Void
  ) async throws {
    let id = core.nextIdentifier()
    let core = core
    try await withTaskCancellationHandler {
      // Only a closure that captures its actor runs there; any other would first go to the runtime's threads.
      _ = isolation
      try await withUnsafeThrowingContinuation { (continuation: EventLoopCore.Continuation) in
        core.register(id, interest, deadline, continuation)
        start(Signal(core: core, id: id))
      }
    } onCancel: {
      core.finish(id, .failure(CancellationError()))
    }
  }
}
