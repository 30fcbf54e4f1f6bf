internal import JobModel
package import Storage

/// The addresses and router identifiers that devices have, as their stored configurations say. OSPF, BGP and ARP know neighbours by
/// these alone.
package enum OwnAddresses {
  /// - Parameter devices: those whose configurations may be read.
  /// - Returns: the device by the canonical text of the address. What two devices have (a virtual router's address, say) is nobody's.
  package static func all(_ sql: any SQLConnection, of devices: [DeviceRecord]) throws -> [String: DeviceRecord] {
    let known = Dictionary(devices.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    var owners: [NetworkAddress: Int64?] = [:]
    for revision in try ConfigQueries.newest(sql) where revision.kind == .running && known[revision.deviceID] != nil {
      for address in inConfiguration(try Blobs.get(sql, revision.content)) {
        if let owner = owners[address], owner != revision.deviceID {
          owners[address] = .some(nil)
        } else {
          owners[address] = revision.deviceID
        }
      }
    }
    var found: [String: DeviceRecord] = [:]
    for (address, owner) in owners { found["\(address)"] = owner.flatMap { known[$0] } }
    return found
  }

  /// What interfaces and routing processes are given: `ip address 10.0.0.1/24` and its kin (`ipv4`, `ipv6`, Junos' `family inet
  /// address`, a bare `address` with a prefix), and `router-id 10.255.0.1`.
  static func inConfiguration(_ text: String) -> Set<NetworkAddress> {
    var found: Set<NetworkAddress> = []
    for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
      let words = line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == 13 }
      guard words.count >= 2, !words[0].elementsEqual("no".utf8) else { continue }
      for index in words.indices.dropLast() {
        let isIdentifier = words[index].elementsEqual("router-id".utf8)
        guard isIdentifier || words[index].elementsEqual("address".utf8) else { continue }
        let value = String(decoding: words[index + 1].filter { !quotes.contains($0) }, as: UTF8.self)
        let parts = value.split(separator: "/", maxSplits: 1)
        let isOfInterface = index == 0 ? parts.count == 2 : families.contains { words[index - 1].elementsEqual($0.utf8) }
        guard isIdentifier || isOfInterface, let address = parts.first.flatMap({ NetworkAddress(String($0)) }) else { continue }
        found.insert(address)
      }
    }
    return found
  }

  private static let families = ["ip", "ipv4", "ipv6", "inet", "inet6"]
  /// What stands around values in the languages of Junos and VyOS.
  private static let quotes: [UInt8] = [UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: ";")]
}
