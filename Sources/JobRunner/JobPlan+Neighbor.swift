internal import DeviceCLI
internal import JobModel
internal import Storage
internal import ToolCatalog

extension JobPlan {
  static func neighbor(_ job: JobRecord, _ targets: DeviceQueries.Targets, _ catalogs: Catalogs) throws -> JobPlan {
    let wanted = try NeighborJob.protocols(of: job.definition)
    return perDevice(job, targets, catalogs) { device, platform in
      let commands = platform.neighbors.filter { wanted.contains($0.via) }
      if commands.isEmpty {
        let known = NeighborProtocol.allCases.filter { via in platform.neighbors.contains { $0.via == via } }
        throw Unplanned(
          description: "platform '\(platform.name)' does not say how to read neighbours"
            + (known.isEmpty ? "" : " by these protocols; it knows \(known.map(\.rawValue).joined(separator: ", "))"))
      }
      return Part(device: device, platform: platform, task: .neighbors(commands), commands: commands.map(\.command))
    }
  }
}

/// The parameters of a job of type neighbor.
enum NeighborJob {
  static let protocolList = ToolParameter(
    "protocols", .string,
    help:
      "How devices know of neighbours: lldp, cdp, arp, mac, ospf, bgp, parted by commas; all that the platform knows where left out"
  )

  static func protocols(of definition: JobDefinition) throws -> Set<NeighborProtocol> {
    guard let text = definition.parameters[protocolList.name] else { return Set(NeighborProtocol.allCases) }
    return Set(
      try text.split(separator: ",").map { word in
        guard let via = NeighborProtocol(rawValue: String(word)) else {
          throw ModelError(
            .invalid,
            "parameter 'protocols': '\(TextRule.quoted(String(word)))' is none of \(NeighborProtocol.allCases.map(\.rawValue).joined(separator: ", "))"
          )
        }
        return via
      })
  }
}
