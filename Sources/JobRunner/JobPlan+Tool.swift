private import Definitions
internal import DeviceCLI
internal import JobModel
internal import Storage
internal import ToolCatalog
private import Transports

extension JobPlan {
  static func tool(
    _ sql: any SQLConnection, _ job: JobRecord, _ targets: DeviceQueries.Targets, _ secrets: [String: String],
    _ catalogs: Catalogs
  ) throws -> JobPlan {
    guard let name = job.definition.tool else { throw ModelError(.invalid, "job '\(job.name)' names no tool") }
    var tool: Tool
    let values: ToolValues
    do {
      tool = try catalogs.tools.tool(named: name)
    } catch {
      throw ModelError(.invalid, error.description, hint: error.hint)
    }
    let perDevice = Set(job.definition.values.values.flatMap(\.keys))
    do {
      tool = try tool.specialized(for: job.definition.parameters)
      values = try tool.parameterSet.validate(
        parameters: job.definition.parameters.merging(secrets) { $1 }, perDevice: perDevice)
    } catch {
      throw ModelError(.invalid, "tool '\(name)': \(error.message)", hint: error.hint)
    }
    let specialized = tool
    let file = try tool.builtIn == .pushFile ? pushedFile(values.texts, catalogs) : nil
    if tool.builtIn == .portScan { _ = try DeviceWork.ports(values.texts["ports"] ?? "") }
    let pacer = DiscoveryPacer(values.texts["rate"].flatMap(Int.init) ?? 1)
    var plan = Self.perDevice(
      job, targets, catalogs, tool: specialized, changesDevices: specialized.changesDevices,
      redactor: Redactor(secrets: Array(secrets.values))
    ) { device, platform in
      if specialized.changesDevices, specialized.builtIn == nil, let missing = missing(forChangesOn: platform) {
        throw Unplanned(description: missing)
      }
      let rendered = try specialized.render(
        platform: device.platform, facts: facts(of: device), values: values, own: job.definition.values[device.name] ?? [:],
        refusal: platform.readOnly.refusal,
        stored: { number throws(ToolError) in try stored(number, of: device, platform, catalogs, sql) })
      if let kind = rendered.builtIn {
        if let copy = rendered.copy, !SSHConnection.isPlainPath(copy.destination) {
          throw Unplanned(description: "destination '\(copy.destination)' has a character in it that command lines act on")
        }
        let task = BuiltInTask(kind: kind, tool: rendered, file: file, pacer: pacer)
        return Part(
          device: device, platform: platform, task: .builtIn(task),
          commands: rendered.maskedCommands + (rendered.copy?.commands.map(\.text) ?? []))
      }
      if let (index, reason) = platform.untypable(
        rendered.commands, isConfiguration: rendered.mode == .configure, replacing: rendered.wanted != nil)
      {
        throw Unplanned(description: "'\(rendered.maskedCommands[index])' \(reason)")
      }
      if rendered.mode == .configure, let index = platform.leaving(rendered.commands) {
        throw Unplanned(
          description: "line \(index + 1) '\(rendered.maskedCommands[index])' leaves the configuration, and more lines follow it")
      }
      if let upload = rendered.upload, !SSHConnection.isPlainPath(upload.copy.destination) {
        throw Unplanned(description: "'\(upload.copy.destination)' has a character in it that command lines act on")
      }
      return Part(
        device: device, platform: platform, task: .tool(rendered),
        commands: rendered.upload?.steps(around: rendered.maskedCommands) ?? rendered.maskedCommands)
    }
    plan.pushedFile = file
    return plan
  }

  /// The file that the job copies, as it was pinned when the job was saved; nil where it copies none, or what it says is not understood.
  static func pushedFile(of definition: JobDefinition, _ catalogs: Catalogs) -> PushedFile? {
    guard let name = definition.tool, let tool = try? catalogs.tools.tool(named: name), tool.builtIn == .pushFile else {
      return nil
    }
    return try? pushedFile(definition.parameters, catalogs)
  }

  private static func pushedFile(_ values: [String: String], _ catalogs: Catalogs) throws -> PushedFile {
    guard let name = values["file"], let digest = values["sha256"], let size = values["size"].flatMap(Int.init) else {
      throw ModelError(
        .invalid, "the job has no file that is pinned", hint: "netjob job edit JOB --param file=FILE pins it as it is now")
    }
    return PushedFile(name, digest: digest, byteCount: size, in: catalogs.files)
  }

  private static func stored(
    _ number: Int, of device: DeviceRecord, _ platform: Platform, _ catalogs: Catalogs, _ sql: any SQLConnection
  ) throws(ToolError) -> StoredConfiguration {
    do {
      let revisions = try ConfigQueries.all(sql, device: device.name, kind: .running)
      guard let revision = revisions.first(where: { $0.revision == number && $0.deviceID == device.id }) else {
        throw ToolError(
          .badParameters, "device '\(device.name)' has no stored running configuration with the number \(number)",
          hint: "netjob config log \(device.name) shows them")
      }
      let text = try Blobs.get(sql, revision.content)
      let masks = try catalogs.masks(sql, device: device.id)
      return StoredConfiguration(
        text: text, maskedText: masks.reduce(text) { $1.mask(configuration: $0) }, fileText: platform.fileText(of: text),
        leaveCommand: platform.modes[.configure]?.leaveCommand)
    } catch let error as ToolError {
      throw error
    } catch {
      throw ToolError(.badRendering, "\(error)")
    }
  }

  /// Why nothing can be changed on a platform's devices.
  private static func missing(forChangesOn platform: Platform) -> String? {
    let how = platform.change == nil ? "change the configuration" : platform.running == nil ? "read the configuration" : nil
    return how.map { "platform '\(platform.name)' does not say how to \($0), so there are no changes on it" }
  }
}
