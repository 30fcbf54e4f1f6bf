private import Arguments
private import DeviceCLI
internal import JobModel
private import JobRunner
internal import Reports
internal import Storage
internal import Terminal

extension NeighborCommands {
  private enum Format: String, CaseIterable, ArgumentValue { case svg, dot, json }

  private static let format = DefaultedOption<Format>(
    "format", valueName: "FORMAT", help: "a picture (svg), the language of graphviz (dot), or the nodes and links (json)",
    default: .svg)

  static let map = Command(
    ["neighbor", "map"], summary: "draw how devices are connected",
    discussion: """
      Draws the devices and what they say of each other; what both ends of a link say is one link. Without --protocol it takes LLDP \
      and CDP, which show cables; OSPF and BGP show adjacencies. A neighbour that is no device of netjob's is drawn with a dashed \
      line. Whom an address belongs to is read in the newest stored configurations (interfaces' addresses, router identifiers); where \
      there is none, a device field says it (device edit --field router-id=10.255.0.1). The same data give the same picture. Output is standard output: 'netjob neighbor map > map.svg'.
      """,
    needs: [.permission(.view)], parameters: [format, protocols, network, all],
    examples: [
      Example("netjob neighbor map --format svg", "the picture of all that is plugged together"),
      Example("netjob neighbor map --format dot --protocol ospf", "the OSPF adjacencies, for graphviz"),
    ],
    seeAlso: ["neighbor list"]
  ) { context, arguments in
    let wanted = arguments[protocols].isEmpty ? [.lldp, .cdp] : arguments[protocols]
    let topology = try context.store.read { sql in
      let records = try Self.records(
        sql, device: nil, network: arguments[network], protocols: wanted, all: arguments[all], context)
      // What the others say lends names to addresses.
      let rights = try AccountQueries.rights(sql, of: context.caller.name)
      let devices = try DeviceQueries.all(sql).filter { context.maySee($0.networkID, rights) }
      return try NeighborTopology.make(records, devices: devices) { try OwnAddresses.all(sql, of: devices) }
    }
    switch context.isJSON ? .json : arguments[format] {
    case .svg: context.output.write(TopologyPicture(topology).svg)
    case .dot: context.output.write(topology.dot)
    case .json: context.output.writeLine(document(topology).pretty)
    }
    if topology.nodes.isEmpty {
      context.note(
        "no neighbours are stored by \(wanted.map(\.rawValue).joined(separator: ", ")): a job of type neighbor reads them; --protocol takes others"
      )
    }
    return .done
  }

  static func document(_ topology: Topology) -> JSONValue {
    [
      "nodes": .array(
        topology.nodes.map {
          ["name": .string($0.name), "known": .bool($0.isKnown), "detail": .string($0.detail)]
        }),
      "links": .array(
        topology.links.map { link in
          [
            "from": .string(topology.nodes[link.from].name), "fromInterface": .optional(link.fromPort),
            "to": .string(topology.nodes[link.to].name), "toInterface": .optional(link.toPort),
            "protocols": .strings(link.protocols),
          ]
        }),
    ]
  }
}
