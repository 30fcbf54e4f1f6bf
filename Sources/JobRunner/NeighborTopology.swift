private import JobModel
package import Reports
package import Storage

/// Turns what devices say of their neighbours into one picture's nodes and links.
package enum NeighborTopology {
  /// Devices that are no neighbour of any are left out; the same data give the same picture.
  /// - Parameter ownAddresses: devices by further addresses of theirs; asked for where a neighbour is none of the devices otherwise.
  package static func make(
    _ records: [NeighborRecord], devices: [DeviceRecord], ownAddresses: () throws -> [String: DeviceRecord]
  ) rethrows -> Topology {
    var index = Index(devices, records)
    if records.contains(where: { index.device($0.sighting) == nil && $0.sighting.isByAddress }) {
      index.add(try ownAddresses())
    }
    var topology = Topology()
    var positions: [String: Int] = [:]
    func position(_ name: String, isKnown: Bool, detail: String) -> Int {
      if let known = positions[name] { return known }
      topology.nodes.append(Topology.Node(name: name, isKnown: isKnown, detail: detail))
      positions[name] = topology.nodes.count - 1
      return topology.nodes.count - 1
    }
    let byName = Dictionary(devices.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    func detail(_ device: DeviceRecord) -> String {
      [device.address, device.model, device.platform].compactMap { $0 }.joined(separator: ", ")
    }
    for record in records {
      guard let device = byName[record.device] else { continue }
      let from = position(device.name, isKnown: true, detail: detail(device))
      let to: Int
      if let other = index.device(record.sighting) {
        to = position(other.name, isKnown: true, detail: detail(other))
      } else {
        let sighting = record.sighting
        guard let name = sighting.name ?? sighting.routerID ?? sighting.address ?? sighting.mac else { continue }
        to = position(
          name, isKnown: false, detail: [sighting.address, sighting.platform].compactMap { $0 }.joined(separator: ", "))
      }
      if from != to {
        topology.add(
          from: from, record.sighting.localInterface, to: to, record.sighting.neighborInterface, by: record.protocolName)
      }
    }
    return topology.sorted()
  }

  /// Finds a neighbour among the devices by what is said of it.
  fileprivate struct Index {
    private var byName: [String: DeviceRecord] = [:]
    private var byAddress: [String: DeviceRecord] = [:]

    init(_ devices: [DeviceRecord], _ records: [NeighborRecord]) {
      for device in devices {
        for name in [device.name, device.hostname].compactMap({ $0 }) {
          byName[Self.short(name)] = byName[Self.short(name)] ?? device
        }
        let address = Self.canonical(device.address)
        byAddress[address] = byAddress[address] ?? device
        // Fields such as router-id=10.255.0.1 say what a device is called elsewhere.
        for value in device.fields.values.map(Self.canonical) where byAddress[value] == nil { byAddress[value] = device }
      }
      // What LLDP and CDP tell of a neighbour's address serves the protocols that know addresses alone.
      for record in records {
        guard let address = record.sighting.address, let name = record.sighting.name, let device = byName[Self.short(name)] else {
          continue
        }
        byAddress[Self.canonical(address)] = byAddress[Self.canonical(address)] ?? device
      }
    }

    mutating func add(_ owners: [String: DeviceRecord]) { byAddress.merge(owners) { first, _ in first } }

    func device(_ sighting: NeighborSighting) -> DeviceRecord? {
      if let name = sighting.name, let device = byName[Self.short(name)] { return device }
      return [sighting.address, sighting.routerID].compactMap { $0 }.lazy.compactMap { byAddress[Self.canonical($0)] }.first
    }

    /// Devices write IPv6 addresses in many ways.
    private static func canonical(_ text: String) -> String { NetworkAddress(text)?.description ?? text }

    /// A host's name without its domain, in small letters; an address stays whole.
    private static func short(_ name: String) -> String {
      if name.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E || $0 == 0x3A }) { return name }
      // Some write a serial number behind it: core1.example.net(FOC1234).
      return String(name.prefix { $0 != "." && $0 != "(" }).lowercased()
    }
  }
}

extension NeighborSighting {
  /// Whether it says an address, or an identifier that looks like one, by which the neighbour may be known.
  fileprivate var isByAddress: Bool { address != nil || routerID != nil }
}
