internal import JobModel
internal import Reports
internal import Scheduling
internal import Storage

extension ReportJob {
  /// Pictures of the rows, where they say more than the rows do.
  func charts(of table: ReportTable, since: Timestamp, now: Timestamp) -> [Chart] {
    let days = Self.days(from: since, to: now)
    let results: [ReportTable.Part] = ExecutionStatus.allCases.map { status in
      .init(status.rawValue, status.tone, [status.rawValue])
    }
    switch kind {
    case .inventory:
      return [
        table.bars(
          "Devices by platform and status", of: "platform", by: "status",
          DeviceRecord.Status.allCases.map { .init($0.rawValue, Self.tone($0), [$0.rawValue]) })
      ]
    case .backupSummary:
      return [
        table.bars(
          "Devices by platform and result of the last backup", of: "platform", by: "result",
          [
            .init("succeeded", .good, [DeviceStatus.succeeded.rawValue]), .init("never", .muted, [Self.never]),
            .init("not succeeded", .bad, nil),
          ])
      ]
    case .configChanges:
      let kinds = ConfigRevisionRecord.Kind.allCases.map { kind in
        ReportTable.Part("\(kind.rawValue) configurations", kind == .running ? .plain : .muted, [kind.rawValue])
      }
      return [
        table.timeline("Revisions", of: "time", by: "kind", kinds, days: days),
        table.bars("Revisions by device", of: "device", by: "kind", kinds),
      ]
    case .jobHistory:
      return [
        table.timeline("Executions", of: "startTime", by: "status", results, days: days),
        table.bars("Executions by job", of: "job", by: "status", results),
      ]
    case .approvalAudit:
      return [
        table.bars(
          "Entries by job", of: "job", by: "event",
          [
            .init("approved", .good, ["approved"]), .init("rejected", .bad, ["rejected"]),
            .init("requested", .plain, ["requested"]), .init("others", .muted, nil),
          ])
      ]
    case .credentialsUsed:
      return [table.bars("Devices by the credential that they accepted last", of: "lastUsed", [.init("devices", .plain, nil)])]
    case .neighbors:
      return [
        table.bars(
          "Neighbours by protocol", of: "protocol", by: "present",
          [.init("present", .plain, ["yes"]), .init("gone", .muted, ["no"])])
      ]
    case .unsavedChanges:
      return [table.bars("Devices with unsaved changes by platform", of: "platform", [.init("devices", .warning, nil)])]
    }
  }

  /// More of them make a picture in which nobody finds anything.
  private static let nodeLimit = 120

  /// How devices are connected: by cable where LLDP or CDP tell of it, else by adjacency; nil where there is nothing to draw.
  static func map(
    of records: [NeighborRecord], _ devices: [DeviceRecord], ownAddresses: () throws -> [String: DeviceRecord]
  ) rethrows -> (title: String, topology: Topology)? {
    let present = records.filter(\.isPresent)
    for (title, protocols) in [("Cables, by LLDP and CDP", ["lldp", "cdp"]), ("Adjacencies, by OSPF and BGP", ["ospf", "bgp"])] {
      let topology = try NeighborTopology.make(
        present.filter { protocols.contains($0.protocolName) }, devices: devices, ownAddresses: ownAddresses)
      if !topology.links.isEmpty { return topology.nodes.count <= nodeLimit ? (title, topology) : nil }
    }
    return nil
  }

  /// What stands for the result of a device that was never backed up.
  static let never = "never"

  /// Every day that the time touches, in UTC.
  private static func days(from start: Timestamp, to end: Timestamp) -> [String] {
    let first = CivilDate(daysSinceEpoch: Int(start.seconds / 86_400)).daysSinceEpoch
    let last = CivilDate(daysSinceEpoch: Int(end.seconds / 86_400)).daysSinceEpoch
    return (first...max(first, last)).map { CivilDate(daysSinceEpoch: $0).description }
  }

  static func tone(_ status: DeviceRecord.Status) -> Tone {
    switch status {
    case .up: .good
    case .down: .bad
    case .unknown: .muted
    }
  }

  /// Of an entry in the log of approvals.
  static func tone(ofEvent event: String) -> Tone {
    switch event {
    case "approved": .good
    case "rejected": .bad
    default: .plain
    }
  }
}
