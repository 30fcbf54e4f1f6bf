/// What a job does, as one revision of it is stored: everything but its name, its network and its triggers.
package struct JobDefinition: Codable, Equatable, Sendable {
  package var type: JobType
  package var comment: String
  package var targets: TargetSpecification
  /// The tool of a tool job.
  package var tool: String?
  /// The agent of an agent-d job.
  package var agent: String?
  /// What a report job reports.
  package var report: String?
  /// Parameters as they were typed, by name; secret ones are in `sealedParameters`.
  package var parameters: [String: String]
  /// Secret parameters by name: AES-256-GCM ciphertext in base64.
  package var sealedParameters: [String: String]
  /// Parameters that differ per device: device name, then parameter name.
  package var values: [String: [String: String]]
  package var options: ExecutionOptions

  package init(
    type: JobType, comment: String = "", targets: TargetSpecification, tool: String? = nil,
    agent: String? = nil, report: String? = nil,
    parameters: [String: String] = [:], sealedParameters: [String: String] = [:], values: [String: [String: String]] = [:],
    options: ExecutionOptions = ExecutionOptions()
  ) {
    self.type = type
    self.comment = comment
    self.targets = targets
    self.tool = tool
    self.agent = agent
    self.report = report
    self.parameters = parameters
    self.sealedParameters = sealedParameters
    self.values = values
    self.options = options
  }
}
