import Glibc
import Synchronization

/// Why what carries a stream failed, for the messages of those that use the stream; set once by the carrier.
final class CarrierState: Sendable {
  private let error = Mutex<TransportError?>(nil)

  var failure: TransportError? { error.withLock { $0 } }

  func fail(_ failure: TransportError) {
    error.withLock { if $0 == nil { $0 = failure } }
  }
}

/// A byte stream to a device through a jump host: one end of a socket pair, of which the jump host's connection has the other.
struct JumpStream: Sendable {
  /// Non-blocking, close-on-exec; whoever gets it closes it.
  var descriptor: Int32
  var carrier: CarrierState
  /// How long it took to be at the jump host, and from there at the device.
  var jumpDuration: Duration
  var connectDuration: Duration
}

/// The way to a device that is behind a jump host.
struct JumpRoute: Sendable {
  var pool: JumpHostPool
  var jump: JumpHost

  /// - Throws: `TransportError`, of which those that the jump host is to blame for say so; `CancellationError`.
  nonisolated(nonsending) func open(
    _ target: Endpoint, deadlines: SessionDeadlines, until limit: ContinuousClock.Instant, on loop: EventLoop
  ) async throws -> JumpStream {
    try await pool.open(target, through: jump, deadlines: deadlines, until: limit, on: loop)
  }
}
