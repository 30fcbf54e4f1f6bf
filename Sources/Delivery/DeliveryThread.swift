private import Glibc
internal import Notifications

/// Threads for library calls that block: on the threads of Swift's pool they would hold up everything else.
enum DeliveryThread {
  private final class Start {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// Starts a thread that nobody waits for, with all signals blocked.
  /// - Returns: whether it was started.
  static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
    var all = sigset_t()
    var previous = sigset_t()
    sigfillset(&all)
    // A thread inherits the mask of its maker.
    pthread_sigmask(SIG_SETMASK, &all, &previous)
    defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
    var thread = pthread_t()
    let start = Unmanaged.passRetained(Start(body))
    let status = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
        return nil
      }, start.toOpaque())
    if status == 0 { pthread_detach(thread) } else { start.release() }
    return status == 0
  }

  /// Runs `body` on a thread of its own and waits for it without blocking.
  static func run<Value: Sendable>(_ body: @escaping @Sendable () -> Result<Value, any Error>) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      let isStarted = start { continuation.resume(with: body()) }
      if !isStarted { continuation.resume(throwing: noThread) }
    }
  }

  static let noThread = NotificationError(.unavailable, "no thread can be started")
}
