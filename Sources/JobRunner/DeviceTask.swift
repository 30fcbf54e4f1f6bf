internal import DeviceCLI
internal import ToolCatalog

/// What a job does on one device. Indirect: a rendered tool is large, and is held by every suspended function that has a device.
indirect enum DeviceTask: Sendable {
  /// Reads its configurations and facts.
  case backup
  /// Asks for its neighbours.
  case neighbors([NeighborCommand])
  /// Types what a tool says.
  case tool(RenderedTool)
  /// What netjob itself can do for a tool.
  case builtIn(BuiltInTask)
  /// Starts a program for it.
  case agent(AgentTask)

  /// What is masked in all that the device says, besides the secrets of its credential.
  var secrets: [String] {
    switch self {
    case .backup, .neighbors: []
    case .tool(let tool): tool.secrets
    case .builtIn(let task): task.tool.secrets
    case .agent(let task): Array(task.secrets.values)
    }
  }
}

/// What netjob itself does on one device for a tool.
struct BuiltInTask: Sendable {
  let kind: BuiltIn
  let tool: RenderedTool
  /// What is copied, of a `push-file`.
  let file: PushedFile?
  /// That of all devices of the job, of a `port-scan`.
  let pacer: DiscoveryPacer
}
