/// What kind of work a job does.
package enum JobType: String, Codable, Sendable, CaseIterable {
  case report, discover, neighbor, backup
  case agentD = "agent-d"
  case tool
}
