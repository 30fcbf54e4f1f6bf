package import Arguments
package import JobModel
internal import Storage
internal import Terminal

/// `netjob history`: what was run, when, for whom, and with which result.
package enum HistoryCommands {
  package static let group = CommandGroup(
    "history", section: Sections.results, summary: "what was run, for whom and with which result", defaultVerb: "list")

  package static let list: [Command] = [listAll, show, output, diff, report, prune]

  static func cell(_ status: ExecutionStatus) -> Cell { .status(status.rawValue, ExecutionDocument.role(status)) }
  static func cell(_ status: DeviceStatus) -> Cell { .status(status.rawValue, ExecutionDocument.role(status)) }

  /// The execution, when the caller may see it.
  static func find(_ sql: any SQLConnection, _ id: Int64, _ context: Context) throws -> ExecutionRecord {
    let execution = try ExecutionQueries.find(sql, id)
    try context.requireView(of: execution.networkID, in: sql)
    return execution
  }

  /// The devices of an execution, or the one with this name.
  /// - Throws: `.notFound`.
  static func devices(
    _ sql: any SQLConnection, of execution: ExecutionRecord, named name: String?
  ) throws -> [ExecutionDeviceRecord] {
    let devices = try ExecutionQueries.devices(sql, of: execution.id)
    guard let name else { return devices }
    guard
      let device = devices.first(where: { $0.name == name })
        ?? devices.first(where: { $0.deviceID == Int64(name) && $0.deviceID != nil })
    else {
      throw ModelError(
        .notFound, "execution \(execution.id) has no device '\(TextRule.quoted(name))'",
        hint: "netjob history show \(execution.id) lists its devices")
    }
    return [device]
  }
}

extension ExecutionStatus: ArgumentValue {}
