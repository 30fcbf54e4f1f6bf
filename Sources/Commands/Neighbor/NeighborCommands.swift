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

  private static let columns = Listing<NeighborRecord>(
    [
      .init("device"), .init("protocol"), .init("localInterface", title: "INTERFACE"), .init("neighbor"),
      .init("neighborInterface", priority: 1), .init("address"),
      .init("state", priority: 2) { record, _ in
        record.isPresent ? .optional(record.sighting.state) : .status("gone", .muted)
      },
      .init("firstSeen", .time, priority: 3), .init("lastSeen", .time), .init("vlan", place: .wide), .init("mac", place: .wide),
      .init("platform", place: .wide),
    ], more: ["capabilities", "routerId", "asn", "network", "present"])

  static let listAll = Command(
    ["neighbor", "list"], summary: "list the neighbours of devices",
    discussion: """
      Shows what the last neighbor job read of each device: by LLDP, CDP, ARP, the MAC address table, OSPF and BGP, as far as the \
      device's platform has them. A neighbour that is gone keeps the time at which it was last seen, and is shown with --all.
      """,
    needs: [.permission(.view)], parameters: [onlyDevice, protocols, network, all] + columns.parameters,
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
    columns.show(records, context, arguments) { .object(document($0, context)) }
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
