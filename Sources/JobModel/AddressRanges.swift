/// Addresses to look at or to stay away from: `10.0.0.0/24, 10.1.0.7, 10.2.0.10-10.2.0.20`, also of IPv6.
package struct AddressRanges: Equatable, Sendable {
  /// One item as it was written.
  package struct Item: Equatable, Sendable, CustomStringConvertible {
    package let range: ClosedRange<NetworkAddress>
    /// Those that a device can have: of an IPv4 prefix all but the first and the last address.
    package let hosts: ClosedRange<NetworkAddress>
    package let description: String
  }

  package let items: [Item]

  /// - Parameter what: whose value it is, for the message: `parameter 'ranges'`.
  /// - Throws: `.invalid`, naming the item.
  package init(parsing text: String, as what: String) throws(ModelError) {
    var items: [Item] = []
    for part in text.split(whereSeparator: { $0 == "," || $0.isWhitespace }).map(String.init) {
      items.append(try Self.item(part, what))
    }
    self.items = items
  }

  private static func item(_ text: String, _ what: String) throws(ModelError) -> Item {
    let quoted = "\(what): '\(TextRule.quoted(text))'"
    if let address = NetworkAddress(text) { return Item(range: address...address, hosts: address...address, description: text) }
    if let prefix = NetworkPrefix(text) {
      let written = text.split(separator: "/").first.flatMap { NetworkAddress(String($0)) }
      guard written == prefix.address else {
        throw ModelError(.invalid, "\(quoted) is an address within a network: the network is \(prefix)")
      }
      let hostBits = prefix.address.family.bitCount - prefix.length
      let size: UInt128 = hostBits == 128 ? .max : (1 << UInt128(hostBits)) - 1
      guard let last = prefix.address.advanced(by: size) else { throw ModelError(.invalid, "\(quoted) is too large") }
      var hosts = prefix.address...last
      if prefix.address.family == .ipv4, hostBits >= 2, let first = prefix.address.advanced(by: 1),
        let end = prefix.address.advanced(by: size - 1)
      {
        hosts = first...end
      }
      return Item(range: prefix.address...last, hosts: hosts, description: text)
    }
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { NetworkAddress(String($0)) }
    if ends.count == 2, let first = ends[0], let last = ends[1] {
      guard first.family == last.family, first <= last else {
        throw ModelError(.invalid, "\(quoted): the first address of a span must not be behind the last")
      }
      return Item(range: first...last, hosts: first...last, description: text)
    }
    throw ModelError(
      .invalid, "\(quoted) is no address, prefix or span: 10.0.0.7, 10.0.0.0/24 and 10.0.0.10-10.0.0.20 are")
  }

  package func contains(_ address: NetworkAddress) -> Bool { items.contains { $0.range.contains(address) } }

  /// The first item that does not lie in one of these ranges, or in several that join.
  package func firstOutside(of other: AddressRanges) -> Item? {
    let allowed = other.items.map(\.range).sorted { $0.lowerBound < $1.lowerBound }
    return items.first { item in
      var next = item.range.lowerBound
      for range in allowed where range.contains(next) {
        if range.contains(item.range.upperBound) { return false }
        guard let after = range.upperBound.advanced(by: 1) else { return false }
        next = after
      }
      return true
    }
  }

  /// How many addresses devices can have; each counts once per item.
  package var hostCount: UInt128 {
    items.reduce(UInt128(0)) { sum, item in
      let (count, overflows) = sum.addingReportingOverflow(item.hosts.upperBound.value - item.hosts.lowerBound.value)
      let (more, again) = count.addingReportingOverflow(1)
      return overflows || again ? .max : more
    }
  }

  /// Those addresses, in order and each once; to be asked for where `hostCount` is small.
  package func hosts(without excluded: AddressRanges) -> [NetworkAddress] {
    var seen: Set<NetworkAddress> = []
    var hosts: [NetworkAddress] = []
    for item in items {
      var address: NetworkAddress? = item.hosts.lowerBound
      while let current = address, current <= item.hosts.upperBound {
        if !excluded.contains(current), seen.insert(current).inserted { hosts.append(current) }
        address = current.advanced(by: 1)
      }
    }
    return hosts
  }
}

extension NetworkAddress {
  /// The address so many behind this one; nil beyond the end of its family.
  package func advanced(by count: UInt128) -> NetworkAddress? {
    let (sum, overflows) = value.addingReportingOverflow(count)
    if overflows || (family == .ipv4 && sum > UInt128(UInt32.max)) { return nil }
    return family == .ipv4 ? NetworkAddress(ipv4: UInt32(truncatingIfNeeded: sum)) : NetworkAddress(ipv6: sum)
  }
}
