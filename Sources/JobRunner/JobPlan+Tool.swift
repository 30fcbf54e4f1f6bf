private import Definitions
internal import DeviceCLI
internal import JobModel
internal import Storage
internal import ToolCatalog

extension JobPlan {
  static func tool(
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
      values = try tool.parameterSet.validate(
        parameters: job.definition.parameters.merging(secrets) { $1 }, perDevice: perDevice)
    } catch {
      throw ModelError(.invalid, "tool '\(name)': \(error.message)", hint: error.hint)
    }
    return Self.perDevice(
      job, targets, catalogs, tool: tool, changesDevices: tool.changesDevices, redactor: Redactor(secrets: Array(secrets.values))
    ) { device, platform in
      if tool.changesDevices, let missing = missing(forChangesOn: platform) { throw Unplanned(description: missing) }
      let rendered = try tool.render(
        platform: device.platform, facts: facts(of: device), values: values, own: job.definition.values[device.name] ?? [:],
        refusal: platform.readOnly.refusal)
      return Part(device: device, platform: platform, task: .tool(rendered), commands: rendered.maskedCommands)
    }
  }

  /// Why nothing can be changed on a platform's devices.
  private static func missing(forChangesOn platform: Platform) -> String? {
    let how = platform.change == nil ? "change the configuration" : platform.running == nil ? "read the configuration" : nil
    return how.map { "platform '\(platform.name)' does not say how to \($0), so there are no changes on it" }
  }
}
