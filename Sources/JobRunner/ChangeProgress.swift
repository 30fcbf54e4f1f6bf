private import Synchronization

/// How far the change of one device got: what was sent, and whether a command is on its way whose fate is unknown.
final class ChangeProgress: Sendable {
  private struct State {
    var sent: [String] = []
    var isInFlight = false
  }

  private let state = Mutex(State())

  /// A command is about to be sent; the one before it was answered.
  func sending(_ command: String) {
    state.withLock {
      $0.sent.append(command)
      $0.isInFlight = true
    }
  }

  /// Every command sent was answered.
  func allSent() { state.withLock { $0.isInFlight = false } }

  var sent: [String] { state.withLock { $0.sent } }

  /// The command whose fate is unknown when the connection is lost now.
  var inFlight: String? { state.withLock { $0.isInFlight ? $0.sent.last : nil } }
}
