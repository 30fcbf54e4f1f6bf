internal import JobModel
internal import Storage

/// What work on a device came to, before it is recorded.
enum DeviceFinding: Sendable {
  case outcome(DeviceOutcome)
  /// What was read, which becomes an outcome when it is compared with what is stored, in the transaction that records it.
  case reading(@Sendable (Change) throws -> DeviceOutcome)

  /// How the device counts while that is not known.
  var status: DeviceStatus {
    switch self {
    case .outcome(let outcome): outcome.status
    case .reading: .succeeded
    }
  }

  func outcome(_ change: Change) throws -> DeviceOutcome {
    switch self {
    case .outcome(let outcome): outcome
    case .reading(let settle): try settle(change)
    }
  }
}
