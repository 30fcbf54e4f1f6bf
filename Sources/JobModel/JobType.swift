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
}
