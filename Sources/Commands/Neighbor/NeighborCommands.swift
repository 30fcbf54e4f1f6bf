package import Arguments
internal import DeviceCLI
private import JobModel
internal import Storage
internal import Terminal

/// `netjob neighbor`: what devices say of the devices beside them, as neighbor jobs stored it.
package enum NeighborCommands {
  package static let group = CommandGroup(
    "neighbor", section: Sections.results, summary: "what devices say of the devices beside them", defaultVerb: "list")

  package static let list: [Command] = [listAll, map]

  private static let onlyDevice = OptionalOperand<String>(
    "DEVICE", help: "only what this device says", completion: .dynamic("device"))
  static let protocols = RepeatedOption<NeighborProtocol>(
    "protocol", valueName: "P", help: "only by this protocol")
  static let network = Option<String>(
    "network", valueName: "NETWORK", help: "only of this network", completion: .dynamic("network"))
  static let all = Flag("all", help: "also those that the last reading did not show any more")

  static let listAll = Command(
    ["neighbor", "list"], summary: "list the neighbours of devices",
    discussion: """
      Shows what the last neighbor job read of each device: by LLDP, CDP, ARP, the MAC address table, OSPF and BGP, as far as the \
      device's platform has them. A neighbour that is gone keeps the time at which it was last seen, and is shown with --all.
      """,
    needs: [.permission(.view)], parameters: [onlyDevice, protocols, network, all],
    examples: [
      Example("netjob neighbor list core1 --protocol lldp", "what is plugged into 'core1'"),
      Example("netjob neighbor list --protocol bgp --all", "all BGP neighbours, also those that are gone"),
    ],
    seeAlso: ["neighbor map", "job create"]
  ) { context, arguments in
    let records = try context.store.read { sql in
      try Self.records(
        sql, device: arguments[onlyDevice], network: arguments[network], protocols: arguments[protocols], all: arguments[all],
        context)
    }
    context.show(.array(records.map { .object(document($0, context)) })) {
      var table = Table(columns: [
        .init("DEVICE"), .init("PROTOCOL"), .init("INTERFACE"), .init("NEIGHBOR"), .init("NEIGHBOR INTERFACE", priority: 1),
        .init("ADDRESS"), .init("STATE", priority: 2), .init("FIRST SEEN", priority: 3), .init("LAST SEEN"),
      ])
      for record in records {
        let sighting = record.sighting
        table.append([
          .text(record.device), .text(record.protocolName), .optional(sighting.localInterface), .optional(name(of: sighting)),
          .optional(sighting.neighborInterface), .optional(sighting.address),
          record.isPresent ? .optional(sighting.state) : .status("gone", .muted), context.cell(record.firstSeen),
          context.cell(record.lastSeen),
        ])
      }
      table.write(to: context.output)
    }
    return .done
  }

  /// The records that the caller may see and asks for.
  static func records(
    _ sql: any SQLConnection, device: String?, network: String?, protocols: [NeighborProtocol], all: Bool, _ context: Context
  ) throws -> [NeighborRecord] {
    let device = try device.map { try DeviceQueries.find(sql, $0, seenBy: context.caller.name) }
    let network = try network.map { name in
      let network = try NetworkQueries.find(sql, name)
      try context.requireView(of: network.id, in: sql)
      return network.id
    }
    let rights = try AccountQueries.rights(sql, of: context.caller.name)
    return try NeighborQueries.all(sql, deviceID: device?.id).filter { record in
      context.maySee(record.networkID, rights) && (network.map { $0 == record.networkID } ?? true)
        && (all || record.isPresent)
        && (protocols.isEmpty || protocols.contains { $0.rawValue == record.protocolName })
    }
  }

  /// What the neighbour is known by: its name, else its router identifier.
  static func name(of sighting: NeighborSighting) -> String? { sighting.name ?? sighting.routerID }

  static func document(_ record: NeighborRecord, _ context: Context) -> [JSONValue.Member] {
    let sighting = record.sighting
    return [
      .init("device", .string(record.device)), .init("protocol", .string(record.protocolName)),
      .init("localInterface", .optional(sighting.localInterface)), .init("neighbor", .optional(name(of: sighting))),
      .init("neighborInterface", .optional(sighting.neighborInterface)), .init("address", .optional(sighting.address)),
      .init("mac", .optional(sighting.mac)), .init("platform", .optional(sighting.platform)),
      .init("capabilities", .optional(sighting.capabilities)), .init("routerId", .optional(sighting.routerID)),
      .init("asn", .optional(sighting.asn)), .init("vlan", .optional(sighting.vlan)), .init("state", .optional(sighting.state)),
      .init("network", .string(record.network)), .init("present", .bool(record.isPresent)),
      .init("firstSeen", context.json(record.firstSeen)), .init("lastSeen", context.json(record.lastSeen)),
    ]
  }
}

extension NeighborProtocol: ArgumentValue {}
