private import Synchronization

/// How far the change of one device got: what was sent, and whether a command is on its way whose fate is unknown.
final class ChangeProgress: Sendable {
  private struct State {
    var sent: [String] = []
    var isInFlight = false
    var isTaken = false
    var isTakenBack = false
    var isGivenUp = false
  }

  private let state = Mutex(State())

  /// A command is about to be sent; the one before it was answered.
  /// - Returns: false when the device was given up meanwhile: then nothing may be sent.
  func sending(_ command: String) -> Bool {
    state.withLock {
      if $0.isGivenUp { return false }
      $0.sent.append(command)
      $0.isInFlight = true
      $0.isTaken = false
      return true
    }
  }

  /// Gives the device up unless a command was sent: then it has to come to a clean end.
  /// - Returns: whether it was given up.
  func giveUp() -> Bool {
    state.withLock {
      if $0.sent.isEmpty { $0.isGivenUp = true }
      return $0.isGivenUp
    }
  }

  /// Every command sent was answered.
  func allSent() { state.withLock { $0.isInFlight = false } }

  /// Every command sent was answered, the last one by doing it.
  func allTaken() {
    state.withLock {
      $0.isInFlight = false
      $0.isTaken = true
    }
  }

  /// What the device had committed for a time was taken back before its time.
  func tookBack() { state.withLock { $0.isTakenBack = true } }

  var isTakenBack: Bool { state.withLock { $0.isTakenBack } }

  /// Whether the device is known to have done the last command.
  var isTaken: Bool { state.withLock { $0.isTaken } }

  var sent: [String] { state.withLock { $0.sent } }

  /// The command whose fate is unknown when the connection is lost now.
  var inFlight: String? { state.withLock { $0.isInFlight ? $0.sent.last : nil } }
}
