/// How an execution stands or ended.
package enum ExecutionStatus: String, Codable, Sendable, CaseIterable {
  /// Claimed, waiting for its turn.
  case pending
  case running
  case succeeded, failed, cancelled
  /// Its process died; what was done until then is recorded per device.
  case interrupted
  /// The host was down or late, and the job's policy is not to catch up.
  case missed
  /// The previous execution of the job was still running.
  case skipped
  case notApproved = "not-approved"

  /// Whether it can still change.
  package var isActive: Bool { self == .pending || self == .running }
}

/// How one device of an execution stands or ended.
package enum DeviceStatus: String, Codable, Sendable, CaseIterable {
  case pending, running, succeeded, failed, cancelled
  /// Its process died before the device was changed, or while it was only read.
  case interrupted
  /// Its process died while commands that change the device were on their way: nobody knows how far it got.
  case inDoubt = "in-doubt"
  /// Never begun: the execution ended before its turn.
  case notBegun = "not-begun"
  /// Left out on purpose: disabled, or gone.
  case skipped

  package var isActive: Bool { self == .pending || self == .running }
  /// Whether it counts among an execution's failed devices.
  package var isFailure: Bool { [.failed, .interrupted, .inDoubt].contains(self) }
}
