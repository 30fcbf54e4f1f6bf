internal import DeviceCLI
internal import JobModel
internal import Storage

/// What an agent does on one device.
struct AgentTask: Sendable {
  let agent: AgentRecord
  let program: AgentProgram
  let parameters: [String: String]
  let secrets: [String: String]
}

extension JobPlan {
  static func agent(
    _ job: JobRecord, _ agent: AgentRecord, _ targets: DeviceQueries.Targets, _ secrets: [String: String], _ catalogs: Catalogs
  ) -> JobPlan {
    let program = AgentProgram(path: agent.path, digest: agent.digest)
    var plan = perDevice(
      job, targets, catalogs, changesDevices: agent.changesDevices, redactor: Redactor(secrets: Array(secrets.values))
    ) { device, platform in
      let parameters = job.definition.parameters.merging(job.definition.values[device.name] ?? [:]) { $1 }
      var commands = ["start agent \(agent.name): \(agent.path) (SHA-256 \(agent.digest))"]
      if agent.passesCredential { commands.append("credential of the device, on standard input") }
      for (name, value) in parameters.sorted(by: { $0.key < $1.key }) { commands.append("parameter \(name)=\(value)") }
      for name in secrets.keys.sorted() { commands.append("parameter \(name)=\(Redactor.mask)") }
      let task = AgentTask(agent: agent, program: program, parameters: parameters, secrets: secrets)
      return Part(device: device, platform: platform, task: .agent(task), commands: commands)
    }
    plan.agent = agent
    return plan
  }
}
