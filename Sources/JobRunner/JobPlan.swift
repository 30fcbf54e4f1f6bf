private import Definitions
package import DeviceCLI
package import JobModel
package import Scheduling
package import Storage
package import ToolCatalog

/// What a job would do now: its devices and the commands that each would get.
package struct JobPlan: Sendable {
  /// One device's part.
  package struct Part: Sendable {
    package let device: DeviceRecord
    package let platform: Platform
    /// What a tool types; nil for a backup.
    package let tool: RenderedTool?
    /// What will be sent, in order, secrets masked.
    package let commands: [String]
  }

  /// A device for which no commands can be made, and why.
  package struct Problem: Equatable, Sendable {
    package let device: String
    package let message: String
  }

  package let job: JobRecord
  package let tool: Tool?
  package let changesDevices: Bool
  package let parts: [Part]
  package let leftOut: [DeviceQueries.Targets.LeftOut]
  package let problems: [Problem]

  /// Masks the job's secret parameters in what devices and errors say.
  package let redactor: Redactor

  /// Every device that the targets name now, those with problems included.
  package var targets: DeviceQueries.Targets

  /// Makes the plan of a job as it is stored.
  /// - Throws: `.invalid` when the job's type, tool or parameters are not understood, which concerns every device.
  package static func make(
    _ sql: any SQLConnection, job: JobRecord, catalogs: Catalogs, keys: KeyRing, now: Timestamp
  ) throws -> JobPlan {
    let targets = try DeviceQueries.resolve(sql, job.definition.targets, network: job.networkID, now: now)
    let secrets = try JobQueries.secretParameters(job, keys: keys)
    return try make(job: job, targets: targets, secrets: secrets, catalogs: catalogs)
  }

  /// Makes the plan of a job for given devices.
  /// - Parameter secrets: the job's secret parameters, opened.
  package static func make(
    job: JobRecord, targets: DeviceQueries.Targets, secrets: [String: String], catalogs: Catalogs
  ) throws -> JobPlan {
    switch job.type {
    case .backup: return try backup(job, targets, catalogs)
    case .tool: return try tool(job, targets, secrets, catalogs)
    case .report, .discover, .neighbor, .agentD: throw unknownType(job.type)
    }
  }

  /// The types that this netjob runs.
  package static let supportedTypes: [JobType] = [.backup, .tool]

  package static func unknownType(_ type: JobType) -> ModelError {
    ModelError(
      .invalid,
      "jobs of type '\(type.rawValue)' are not run by this netjob: it has \(supportedTypes.map(\.rawValue).joined(separator: ", "))"
    )
  }

  private static func backup(
    _ job: JobRecord, _ targets: DeviceQueries.Targets, _ catalogs: Catalogs
  ) throws -> JobPlan {
    var parts: [Part] = []
    var problems: [Problem] = []
    for device in targets.devices {
      do throws(DefinitionError) {
        let platform = try catalogs.platforms.platform(named: device.platform)
        let commands =
          [platform.running?.command, platform.startup?.command].compactMap { $0 } + platform.inventory.map(\.command)
        if platform.running == nil {
          problems.append(
            Problem(device: device.name, message: "platform '\(platform.name)' does not say how to read a configuration"))
        } else {
          parts.append(Part(device: device, platform: platform, tool: nil, commands: commands))
        }
      } catch {
        problems.append(Problem(device: device.name, message: error.description))
      }
    }
    return JobPlan(
      job: job, tool: nil, changesDevices: false, parts: parts, leftOut: targets.leftOut, problems: problems,
      redactor: Redactor(secrets: []), targets: targets)
  }

  private static func tool(
    _ job: JobRecord, _ targets: DeviceQueries.Targets, _ secrets: [String: String], _ catalogs: Catalogs
  ) throws -> JobPlan {
    guard let name = job.definition.tool else { throw ModelError(.invalid, "job '\(job.name)' names no tool") }
    let tool: Tool
    let values: ToolValues
    do {
      tool = try catalogs.tools.tool(named: name)
    } catch {
      throw ModelError(.invalid, error.description, hint: error.hint)
    }
    let perDevice = Set(job.definition.values.values.flatMap(\.keys))
    do {
      values = try tool.validate(parameters: job.definition.parameters.merging(secrets) { $1 }, perDevice: perDevice)
    } catch {
      throw ModelError(.invalid, "tool '\(name)': \(error.message)", hint: error.hint)
    }
    var parts: [Part] = []
    var problems: [Problem] = []
    for device in targets.devices {
      do {
        let platform = try catalogs.platforms.platform(named: device.platform)
        if tool.changesDevices, let missing = Self.missing(forChangesOn: platform) {
          problems.append(Problem(device: device.name, message: missing))
          continue
        }
        let rendered = try tool.render(
          platform: device.platform, facts: facts(of: device), values: values, own: job.definition.values[device.name] ?? [:],
          refusal: platform.readOnly.refusal)
        parts.append(Part(device: device, platform: platform, tool: rendered, commands: rendered.maskedCommands))
      } catch let error as DefinitionError {
        problems.append(Problem(device: device.name, message: error.description))
      } catch let error as ToolError {
        problems.append(Problem(device: device.name, message: error.message))
      }
    }
    return JobPlan(
      job: job, tool: tool, changesDevices: tool.changesDevices, parts: parts, leftOut: targets.leftOut, problems: problems,
      redactor: Redactor(secrets: Array(secrets.values)), targets: targets)
  }

  /// Why nothing can be changed on a platform's devices.
  private static func missing(forChangesOn platform: Platform) -> String? {
    let how = platform.change == nil ? "change the configuration" : platform.running == nil ? "read the configuration" : nil
    return how.map { "platform '\(platform.name)' does not say how to \($0), so there are no changes on it" }
  }

  /// What templates see as `device.NAME`.
  private static func facts(of device: DeviceRecord) -> [String: String] {
    var facts = device.fields
    facts["name"] = device.name
    facts["address"] = device.address
    facts["platform"] = device.platform
    facts["network"] = device.network
    facts["hostname"] = device.hostname ?? device.name
    return facts
  }

  /// One error that names every device without commands, for those who must have commands for all.
  /// - Throws: `.invalid`.
  package func requireNoProblems() throws {
    guard let first = problems.first else { return }
    let more = problems.count > 1 ? " (and \(problems.count - 1) more)" : ""
    throw ModelError(
      .invalid, "device '\(first.device)': \(first.message)\(more)",
      hint: "nothing is sent to any device while one has no commands; netjob job preview \(job.name) shows them all")
  }

  /// Everything that an approval of this plan is bound to.
  package func manifest(_ sql: any SQLConnection, catalogs: Catalogs, keys: KeyRing) throws -> ApprovalManifest {
    var digests: [String: String] = [:]
    for part in parts where digests[part.platform.name] == nil {
      digests[part.platform.name] = sha256(try catalogs.platforms.source(of: part.platform.name).bytes)
    }
    let secrets = try JobQueries.secretParameters(job, keys: keys)
    var definition = job.definition
    // Sealing is random: the same secret reads differently each time. Its keyed hash stands for it.
    definition.sealedParameters = [:]
    let triggers = try TriggerQueries.all(sql, job: job.id)
    var filters: [String: [String]] = [:]
    for filter in triggers.flatMap(\.filters) where filters[filter.name] == nil {
      filters[filter.name] = try filter.effectiveRules()
    }
    return ApprovalManifest(
      job: job.name, network: job.network, jumpHost: try NetworkQueries.get(sql, id: job.networkID).jump?.address,
      revision: job.revision, definition: definition,
      toolSource: tool.map { String(decoding: $0.source, as: UTF8.self) } ?? "", platformDigests: digests,
      secretDigests: secrets.mapValues(keys.keyedHash),
      triggers: triggers.map { trigger in
        ApprovalManifest.Trigger(
          name: trigger.name, kind: trigger.kind, schedule: trigger.schedule, timezone: trigger.timezone,
          filters: trigger.filters.map(\.name), enabled: trigger.isEnabled)
      },
      filters: filters,
      devices: parts.map { part in
        ApprovalManifest.Device(
          name: part.device.name, address: part.device.address, port: part.device.port, platform: part.device.platform,
          commands: part.commands)
      })
  }
}
