/// What kind of work a job does.
package enum JobType: String, Codable, Sendable, CaseIterable {
  case report, discover, neighbor, backup
  case agentD = "agent-d"
  case tool

  /// The permission that running a job of this type takes.
  package var runPermission: Permission {
    switch self {
    case .tool, .agentD: .runToolJob
    case .report, .discover, .neighbor, .backup: .runJob
    }
  }

  /// Whether a job of this type is for devices that it is given; the others find their own, or need none.
  package var hasTargets: Bool {
    switch self {
    case .report, .discover: false
    case .neighbor, .backup, .agentD, .tool: true
    }
  }
}
