package import Arguments
internal import JobModel
package import Storage
internal import Terminal

/// `netjob config`: the configurations of devices as backups stored them.
package enum ConfigCommands {
  package static let group = CommandGroup(
    "config", section: Sections.results, summary: "device configurations as backups stored them", defaultVerb: "list")

  package static let list: [Command] = [listAll, show, diff, log, grep, exportGit]

  /// A revision for `--json`.
  static func document(_ revision: ConfigRevisionRecord, _ context: Context) -> [JSONValue.Member] {
    [
      .init("device", .string(revision.device)), .init("revision", .int(revision.revision)),
      .init("kind", .string(revision.kind.rawValue)), .init("time", context.json(revision.time)),
      .init("execution", .optional(revision.executionID)), .init("added", .int(revision.added)),
      .init("removed", .int(revision.removed)),
    ]
  }

  static let columns = Listing<ConfigRevisionRecord>([
    .init("device"), .init("kind"), .init("revision", .number), .init("time", .time),
    .init("execution", .number, priority: 1), .init("added", .number, priority: 2), .init("removed", .number, priority: 2),
  ])

  /// The revisions of the device with this name or number, newest first within each kind; those of a deleted device too.
  /// - Throws: `.notFound` when there is no such device, `.notPermitted` when the caller may not see its network.
  static func revisions(
    _ sql: any SQLConnection, of name: String, kind: ConfigRevisionRecord.Kind? = nil, _ context: Context
  ) throws -> [ConfigRevisionRecord] {
    let device: DeviceRecord
    do {
      device = try DeviceQueries.find(sql, name)
    } catch let error as ModelError where error.code == .notFound {
      let stored = try ConfigQueries.all(sql, device: name, kind: kind)
      guard let last = stored.map(\.deviceID).max() else { throw error }
      for revision in stored { try context.requireView(of: revision.networkID, in: sql) }
      return stored.filter { $0.deviceID == last }
    }
    try context.requireView(of: device.networkID, in: sql)
    // A deleted device may have had the name before.
    return try ConfigQueries.all(sql, device: device.name, kind: kind).filter { $0.deviceID == device.id }
  }

  /// The revision with this number, the newest where there is none given.
  /// - Throws: `.notFound`.
  static func revision(
    _ number: Int?, among revisions: [ConfigRevisionRecord], of device: String, _ kind: ConfigRevisionRecord.Kind
  ) throws -> ConfigRevisionRecord {
    let device = TextRule.quoted(revisions.first?.device ?? device)
    guard let newest = revisions.first else {
      throw ModelError(
        .notFound, "there is no \(kind.rawValue) configuration of device '\(device)'",
        hint: "a job of type backup stores them")
    }
    guard let number else { return newest }
    guard let found = revisions.first(where: { $0.revision == number }) else {
      throw ModelError(
        .notFound, "device '\(device)' has no revision \(number) of its \(kind.rawValue) configuration",
        hint: "netjob config log \(device) shows them")
    }
    return found
  }
}

extension ConfigRevisionRecord.Kind: ArgumentValue {}
