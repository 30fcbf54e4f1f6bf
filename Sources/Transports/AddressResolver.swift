import Glibc
import Synchronization

/// Resolves names on threads of its own, as `getaddrinfo` blocks: as many as names are being looked up,
/// within a bound, so that dead name servers hold up no other device. They end when there is nothing to do.
package final class AddressResolver: Sendable {
  package static let shared = AddressResolver()

  private struct Request: Sendable {
    var endpoint: Endpoint
    /// A request whose asker has given up is not worth a look-up.
    var deadline: ContinuousClock.Instant
    var reply: @Sendable (Result<[SocketAddress], TransportError>) -> Void
  }

  private struct State {
    var requests: [Request] = []
    var threadCount = 0
  }

  private static let maximumThreadCount = 64
  private let state = Mutex(State())

  package init() {}

  /// Returns the addresses of `endpoint`, at least one; a numeric one at once.
  /// - Throws: `.nameNotResolved`, `.timedOut`, `.system`, `CancellationError`.
  nonisolated(nonsending) func resolve(
    _ endpoint: Endpoint, until deadline: ContinuousClock.Instant, on loop: EventLoop
  ) async throws -> [SocketAddress] {
    // A NUL would cut the name short in C, and resolve another one.
    let isPlausible = !endpoint.host.isEmpty && !endpoint.host.utf8.contains { $0 <= 0x20 || $0 == 0x7F }
    guard isPlausible, endpoint.host.utf8.count <= 1024 else {
      throw TransportError(.nameNotResolved, "'\(PrintableBytes(endpoint.host.utf8))' is no host name or address")
    }
    if let numeric = try SocketAddress.resolve(endpoint, isNumeric: true) { return numeric }
    let box = Box()
    try await loop.waitForSignal(until: deadline) { signal in
      let request = Request(endpoint: endpoint, deadline: deadline) { result in
        box.answer.withLock { $0 = result }
        signal.fire()
      }
      submit(request)
    }
    guard let result = box.answer.withLock({ $0 }) else {
      throw TransportError(.system, "the resolver gave no answer for '\(PrintableBytes(endpoint.host.utf8))'")
    }
    return try result.get()
  }

  private final class Box: Sendable {
    let answer = Mutex<Result<[SocketAddress], TransportError>?>(nil)
  }

  private func submit(_ request: Request) {
    let needsThread = state.withLock { state in
      state.requests.append(request)
      if state.threadCount >= Self.maximumThreadCount { return false }
      state.threadCount += 1
      return true
    }
    guard needsThread else { return }
    do throws(TransportError) {
      pthread_detach(try LoopThread.start { self.work() })
    } catch {
      let stranded = state.withLock { state in
        state.threadCount -= 1
        if state.threadCount > 0 { return [Request]() }
        defer { state.requests.removeAll() }
        return state.requests
      }
      for request in stranded { request.reply(.failure(error)) }
    }
  }

  private func work() {
    while let request = next() {
      if request.deadline <= .now { continue }
      request.reply(
        Result { () throws(TransportError) in
          let addresses = try SocketAddress.resolve(request.endpoint, isNumeric: false)
          if let addresses { return addresses }
          throw TransportError(
            .nameNotResolved, "'\(PrintableBytes(request.endpoint.host.utf8))' has no IPv4 or IPv6 address")
        })
    }
  }

  private func next() -> Request? {
    state.withLock { state in
      if state.requests.isEmpty {
        state.threadCount -= 1
        return nil
      }
      return state.requests.removeFirst()
    }
  }
}
