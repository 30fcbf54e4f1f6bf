internal import Arguments
internal import JobModel
internal import Storage
internal import ToolCatalog

extension JobDraft {
  /// Takes the agent and its parameters: whatever it is given a name for is passed on as text; what the agent calls secret is sealed.
  mutating func applyAgent(_ opened: [String: String]) throws {
    guard let name = arguments[JobOptions.agent] ?? definition.agent else {
      throw ModelError(.invalid, "--agent NAME is needed for a job of type agent-d", hint: "netjob agent list shows them")
    }
    let agent = try context.store.read { try AgentQueries.find($0, name) }
    var opened = opened
    if definition.agent != agent.name {
      definition.agent = agent.name
      definition.parameters = [:]
      definition.sealedParameters = [:]
      definition.values = [:]
      opened = [:]
    }
    changesDevices = agent.changesDevices
    let secret = agent.secretParameters.map { ToolParameter($0, .secret, help: "secret of agent \(agent.name)") }
    try applyParameters(secret, &opened)
    _ = try applyValues(of: "agent", agent.name, knowing: nil)
    for name in Set(definition.parameters.keys).union(secrets.keys).union(definition.values.values.flatMap(\.keys)).sorted() {
      try TextRule.name(name, of: "parameter")
    }
  }
}
