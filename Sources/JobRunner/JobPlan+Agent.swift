internal import DeviceCLI
internal import JobModel
internal import Storage
internal import Terminal

/// What an agent does on one device.
struct AgentTask: Sendable {
  let agent: AgentRecord
  let program: AgentProgram
  let parameters: [String: String]
  let secrets: [String: String]
  /// What the agent is told of the device.
  let device: JSONValue

  init(agent: AgentRecord, program: AgentProgram, parameters: [String: String], secrets: [String: String], device: DeviceRecord) {
    self.agent = agent
    self.program = program
    self.parameters = parameters
    self.secrets = secrets
    self.device = [
      "name": .string(device.name), "address": .string(device.address), "port": .int(device.port),
      "platform": .string(device.platform), "network": .string(device.network), "hostname": .optional(device.hostname),
      "vendor": .optional(device.vendor), "model": .optional(device.model), "version": .optional(device.version),
      "serial": .optional(device.serial), "tags": .strings(device.tags.sorted()), "fields": .texts(device.fields),
    ]
  }
}

extension JSONValue {
  /// An object of texts, by key.
  static func texts(_ pairs: [String: String]) -> JSONValue {
    .object(pairs.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) })
  }
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
      let task = AgentTask(agent: agent, program: program, parameters: parameters, secrets: secrets, device: device)
      // An approval holds for what it acts on, too: facts and tags change without anybody's consent.
      if agent.changesDevices { commands.append("device \(task.device.compact)") }
      return Part(device: device, platform: platform, task: .agent(task), commands: commands)
    }
    plan.agent = agent
    return plan
  }
}
