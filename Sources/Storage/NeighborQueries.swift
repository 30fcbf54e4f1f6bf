internal import JobModel
package import Scheduling

/// What a device says of one neighbour; nil where it says nothing of the kind.
package struct NeighborSighting: Equatable, Sendable {
  package var localInterface: String?
  /// Its name, as it gives it.
  package var name: String?
  package var neighborInterface: String?
  package var address: String?
  package var mac: String?
  package var platform: String?
  package var capabilities: String?
  package var routerID: String?
  package var asn: String?
  package var vlan: String?
  package var state: String?

  package init() {}

  /// What makes a neighbour the same one at the next reading: where it is seen, and the name or address that its protocol knows it
  /// by. What comes and goes, a state or a port's description, is no part of it.
  func identity(in protocolName: String) -> String {
    let parts: [String?] =
      switch protocolName {
      case "arp": [localInterface, address]
      case "mac": [vlan, mac]
      case "ospf": [localInterface, routerID ?? address]
      case "bgp": [address ?? localInterface]
      default: [localInterface, name ?? mac ?? address, name == nil ? neighborInterface : nil]
      }
    return parts.map { ($0 ?? "").lowercased() }.joined(separator: "\n")
  }
}

/// A neighbour of a device, as stored.
package struct NeighborRecord: Equatable, Sendable {
  package var device: String
  package var networkID: Int64
  package var network: String
  package var protocolName: String
  package var sighting: NeighborSighting
  /// Whether the last reading of the device by this protocol showed it.
  package var isPresent: Bool
  package var firstSeen: Timestamp
  package var lastSeen: Timestamp

  init(_ row: SQLRow) throws {
    device = try row.text("device")
    networkID = try row.int64("network_id")
    network = try row.text("network")
    protocolName = try row.text("protocol")
    sighting = NeighborSighting()
    sighting.localInterface = try row.optionalText("local_interface")
    sighting.name = try row.optionalText("neighbor")
    sighting.neighborInterface = try row.optionalText("neighbor_interface")
    sighting.address = try row.optionalText("address")
    sighting.mac = try row.optionalText("mac")
    sighting.platform = try row.optionalText("platform")
    sighting.capabilities = try row.optionalText("capabilities")
    sighting.routerID = try row.optionalText("router_id")
    sighting.asn = try row.optionalText("asn")
    sighting.vlan = try row.optionalText("vlan")
    sighting.state = try row.optionalText("state")
    isPresent = try row.bool("present")
    firstSeen = try row.timestamp("first_seen")
    lastSeen = try row.timestamp("last_seen")
  }
}

package enum NeighborQueries {
  /// The neighbours of all devices, or of one, by device, protocol and interface.
  package static func all(_ sql: any SQLConnection, deviceID: Int64? = nil) throws -> [NeighborRecord] {
    try sql.rows(
      """
      SELECT n.*, d.name AS device, d.network_id, w.name AS network FROM neighbor n
      JOIN device d ON d.id = n.device_id JOIN network w ON w.id = d.network_id
      WHERE ? IS NULL OR n.device_id = ? ORDER BY d.name, n.protocol, n.local_interface, n.identity
      """, deviceID, deviceID
    ).map(NeighborRecord.init)
  }
}

/// What a reading changed.
package struct NeighborCount: Equatable, Sendable {
  package var total: Int
  /// Seen for the first time, or again.
  package var new: Int
  /// Seen by the reading before, and not any more.
  package var gone: Int

  package init(total: Int, new: Int, gone: Int) {
    self.total = total
    self.new = new
    self.gone = gone
  }
}

extension Change {
  /// Stores what a device says of its neighbours by one protocol: all that it says, so that what is missing is gone.
  package func noteNeighbors(
    _ claim: ExecutionClaim, deviceID: Int64, protocolName: String, _ sightings: [NeighborSighting]
  ) throws -> NeighborCount {
    try check(claim)
    let before = Set(
      try sql.rows(
        "SELECT identity FROM neighbor WHERE device_id = ? AND protocol = ? AND present = 1", deviceID, protocolName
      ).map { try $0.text("identity") })
    try sql.execute("UPDATE neighbor SET present = 0 WHERE device_id = ? AND protocol = ?", deviceID, protocolName)
    var now: Set<String> = []
    for sighting in sightings {
      let identity = sighting.identity(in: protocolName)
      now.insert(identity)
      try sql.execute(
        """
        INSERT INTO neighbor (device_id, protocol, identity, local_interface, neighbor, neighbor_interface, address, mac, platform,
          capabilities, router_id, asn, vlan, state, present, first_seen, last_seen)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?)
        ON CONFLICT (device_id, protocol, identity) DO UPDATE SET local_interface = excluded.local_interface,
          neighbor = excluded.neighbor, neighbor_interface = excluded.neighbor_interface, address = excluded.address,
          mac = excluded.mac, platform = excluded.platform, capabilities = excluded.capabilities,
          router_id = excluded.router_id, asn = excluded.asn, vlan = excluded.vlan, state = excluded.state, present = 1,
          last_seen = excluded.last_seen
        """, deviceID, protocolName, identity, sighting.localInterface, sighting.name, sighting.neighborInterface,
        sighting.address, sighting.mac, sighting.platform, sighting.capabilities, sighting.routerID, sighting.asn, sighting.vlan,
        sighting.state, self.now, self.now)
    }
    return NeighborCount(total: now.count, new: now.subtracting(before).count, gone: before.subtracting(now).count)
  }
}
