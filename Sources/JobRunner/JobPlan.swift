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
    /// What is done on it.
    let task: DeviceTask
    /// What will be sent, in order, secrets masked.
    package let commands: [String]

    /// What takes the change back, secrets masked; empty where the tool does not say.
    package var undo: [String] {
      guard case .tool(let tool) = task else { return [] }
      return tool.maskedUndo ?? []
    }

    /// Of what the platform knows as a secret in the lines that are typed: errors quote them, and are read by everybody. Nil where
    /// there is none.
    var lineRedactor: Redactor? {
      guard case .tool(let tool) = task else { return nil }
      let secrets = platform.secrets(in: tool.commands)
      return secrets.isEmpty ? nil : Redactor(secrets: secrets)
    }

    /// What has to be said of the device when its change ended as far as it had got, to be read behind a sentence.
    func doubt(_ progress: ChangeProgress) -> String {
      afterwards(progress) + (remainder(progress.sent, isTaken: progress.isTaken) ?? "")
    }

    /// What became of a commit for a time, or will, when the change ended as far as it had got; empty where there was none.
    func afterwards(_ progress: ChangeProgress) -> String {
      progress.isTakenBack ? "; taken back at once" : afterwards(progress.sent, isTaken: progress.isTaken) ?? ""
    }

    /// What has to be said of the device when the session ended behind `sent`, to be read behind a sentence.
    /// - Parameter isTaken: whether the last of `sent` is known to have been done.
    func doubt(_ sent: [String], isTaken: Bool) -> String {
      (afterwards(sent, isTaken: isTaken) ?? "") + (remainder(sent, isTaken: isTaken) ?? "")
    }

    /// What may lie on the device when the session ended in the middle, to be read behind a sentence; nil where nothing does.
    /// - Parameter isTaken: whether the last of `sent` is known to have been done.
    private func remainder(_ sent: [String], isTaken: Bool) -> String? {
      guard case .tool(let tool) = task, !sent.isEmpty else { return nil }
      if let upload = tool.upload { return "; \(upload.copy.destination) may be left there" }
      guard let candidate, candidate.outlivesSession, let last = sent.last else { return nil }
      let left = "what was typed may be left in a candidate configuration there"
      if isUncommitted(sent) { return "; " + left }
      return !isTaken && candidate.taking.isTyped(as: last) ? "; unless it took that, " + left : nil
    }

    /// What the device does by itself when nothing comes after `sent`, to be read behind a sentence; nil where it does nothing.
    /// - Parameter isTaken: whether the last of `sent` is known to have been done.
    func afterwards(_ sent: [String], isTaken: Bool) -> String? {
      guard case .tool(let tool) = task else { return nil }
      let isCommit: (String) -> Bool
      let isConfirmation: (String) -> Bool
      let minutes: Int
      if let trial = tool.upload?.trial, let load = tool.maskedCommands.last {
        (isCommit, isConfirmation, minutes) = ({ $0 == load }, { $0 == trial.confirm }, trial.minutes)
      } else if let trial = candidate?.trial {
        (isCommit, isConfirmation, minutes) = (trial.commit.isTyped, trial.confirm.isTyped, trial.minutes)
      } else {
        return nil
      }
      guard let commit = sent.lastIndex(where: isCommit) else { return nil }
      let end = "the device goes back by itself within \(minutes) minutes"
      guard let confirmation = sent[(commit + 1)...].firstIndex(where: isConfirmation) else { return "; not confirmed: \(end)" }
      return confirmation == sent.count - 1 && !isTaken ? "; unless it took that, \(end)" : nil
    }

    /// How lines change the device, where they go to a candidate configuration.
    private var candidate: Platform.Candidate? {
      guard case .tool(let tool) = task, tool.mode == .configure else { return nil }
      return ((tool.wanted != nil ? platform.replacement : nil) ?? platform.change)?.candidate
    }

    /// Whether nothing that was sent has taken effect, and cannot any more, since the session is over.
    func isUncommitted(_ sent: [String]) -> Bool {
      // Saving comes after it, and overwrites something where there was nothing to commit.
      guard let candidate, sent.last != platform.save?.command else { return false }
      return !sent.contains(where: candidate.taking.isTyped)
    }
  }

  /// A device for which no commands can be made, and why.
  package struct Problem: Equatable, Sendable {
    package let device: String
    package let message: String
  }

  package let job: JobRecord
  package var tool: Tool?
  /// The program of an agent-d job.
  package var agent: AgentRecord?
  /// The file that a tool copies.
  package var pushedFile: PushedFile?
  package let changesDevices: Bool
  /// The work of a job that is for no devices given beforehand; nil for all others.
  let whole: (any WholeTask)?
  package let parts: [Part]
  package let leftOut: [DeviceQueries.Targets.LeftOut]
  package let problems: [Problem]

  /// What a job without devices of its own will do, a line each.
  package var steps: [String] { whole?.steps ?? [] }

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
    return try make(sql, job: job, targets: targets, secrets: secrets, catalogs: catalogs)
  }

  /// Makes the plan of a job for given devices.
  /// - Parameter secrets: the job's secret parameters, opened.
  private static func make(
    _ sql: any SQLConnection, job: JobRecord, targets: DeviceQueries.Targets, secrets: [String: String], catalogs: Catalogs
  ) throws -> JobPlan {
    switch job.type {
    case .backup: return backup(job, targets, catalogs)
    case .tool: return try tool(sql, job, targets, secrets, catalogs)
    case .neighbor: return try neighbor(job, targets, catalogs)
    case .agentD:
      guard let name = job.definition.agent else { throw ModelError(.invalid, "job '\(job.name)' names no agent") }
      return agent(job, try AgentQueries.find(sql, name), targets, secrets, catalogs)
    case .report, .discover:
      let whole: any WholeTask = job.type == .report ? try ReportJob(job) : try DiscoverJob(job.definition.parameters)
      return JobPlan(
        job: job, tool: nil, changesDevices: false, whole: whole, parts: [], leftOut: [], problems: [],
        redactor: Redactor(secrets: []), targets: targets)
    }
  }

  /// The types that this netjob runs.
  package static let supportedTypes: [JobType] = [.report, .discover, .neighbor, .backup, .agentD, .tool]

  /// A plan of work on devices: `make` says of each target what is done there.
  /// - Parameter make: its part; or throws `Unplanned`, `DefinitionError` or `ToolError`: why there are no commands for it.
  static func perDevice(
    _ job: JobRecord, _ targets: DeviceQueries.Targets, _ catalogs: Catalogs, tool: Tool? = nil, changesDevices: Bool = false,
    redactor: Redactor = Redactor(secrets: []), _ make: (DeviceRecord, Platform) throws -> Part
  ) -> JobPlan {
    var parts: [Part] = []
    var problems: [Problem] = []
    for device in targets.devices {
      do {
        parts.append(try make(device, try catalogs.platforms.platform(named: device.platform)))
      } catch let error as DefinitionError {
        problems.append(Problem(device: device.name, message: error.description))
      } catch let error as ToolError {
        problems.append(Problem(device: device.name, message: error.message))
      } catch {
        problems.append(Problem(device: device.name, message: "\(error)"))
      }
    }
    return JobPlan(
      job: job, tool: tool, changesDevices: changesDevices, whole: nil, parts: parts, leftOut: targets.leftOut,
      problems: problems, redactor: redactor, targets: targets)
  }

  /// Why a device has no part in the plan.
  struct Unplanned: Error, CustomStringConvertible {
    let description: String
  }

  /// What templates see as `device.NAME`.
  static func facts(of device: DeviceRecord) -> [String: String] {
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
      toolSource: tool.map { String(decoding: $0.source, as: UTF8.self) } ?? agent?.definitionText ?? "",
      platformDigests: digests,
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
