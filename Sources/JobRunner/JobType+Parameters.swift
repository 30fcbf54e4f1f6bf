package import JobModel
package import ToolCatalog

extension JobType {
  /// The parameters of jobs of this type; nil where they come from the job's tool or agent.
  package var parameterSet: ParameterSet? {
    let parameters: [ToolParameter]
    switch self {
    case .tool, .agentD: return nil
    case .neighbor: parameters = [NeighborJob.protocolList]
    case .report: parameters = ReportJob.parameters
    case .discover: parameters = DiscoverJob.parameters
    case .backup: parameters = []
    }
    return ParameterSet(owner: "a job of type \(rawValue)", parameters)
  }
}
