package import JobModel
package import Reports

extension ExecutionStatus {
  /// What it means to who looks at it.
  package var tone: Tone {
    switch self {
    case .succeeded: .good
    case .failed, .interrupted: .bad
    case .cancelled, .missed, .skipped, .notApproved: .warning
    case .pending, .running: .plain
    }
  }
}

extension DeviceStatus {
  /// What it means to who looks at it.
  package var tone: Tone {
    switch self {
    case .succeeded: .good
    case .failed, .interrupted, .inDoubt: .bad
    case .cancelled, .notBegun, .skipped: .warning
    case .pending, .running: .plain
    }
  }
}
