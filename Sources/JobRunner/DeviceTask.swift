internal import DeviceCLI
internal import ToolCatalog

/// What a job does on one device.
enum DeviceTask: Sendable {
  /// Reads its configurations and facts.
  case backup
  /// Asks for its neighbours.
  case neighbors([NeighborCommand])
  /// Types what a tool says.
  case tool(RenderedTool)
  /// Starts a program for it.
  case agent(AgentTask)

  /// What is masked in all that the device says, besides the secrets of its credential.
  var secrets: [String] {
    switch self {
    case .backup, .neighbors: []
    case .tool(let tool): tool.secrets
    case .agent(let task): Array(task.secrets.values)
    }
  }
}
