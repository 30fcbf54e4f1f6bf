package import Glibc

/// Starts the threads that wait for devices, or do what blocks, with all signals blocked, so that the main thread handles them.
package enum LoopThread {
  private final class Start {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// Starts a thread; the caller joins or detaches it.
  package static func start(_ body: @escaping @Sendable () -> Void) throws(TransportError) -> pthread_t {
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
        let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        start.body()
        return nil
      }, start.toOpaque())
    guard status == 0 else {
      start.release()
      throw TransportError(.system, "cannot start a thread: \(SystemError(status))")
    }
    return thread
  }

  /// Does what blocks on a thread of its own, and returns what it returns.
  /// - Throws: `.system` where there is no thread; what `body` throws.
  package static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
      do {
        pthread_detach(try start { continuation.resume(with: Result(catching: body)) })
      } catch {
        continuation.resume(throwing: error)
      }
    }
  }
}
