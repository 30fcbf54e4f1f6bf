/// An IPv4 or IPv6 address without port or zone.
///
/// Text forms: IPv4 as four decimal parts without leading zeros (an octal reading elsewhere would be another host), IPv6 as in
/// RFC 4291 section 2.2. `description` is the canonical text of RFC 5952. Order: every IPv4 address before every IPv6 address,
/// then by value. An IPv4-mapped IPv6 address is not equal to its IPv4 address; see `unmapped`.
package struct NetworkAddress: Hashable, Sendable, Comparable, LosslessStringConvertible {
  /// The address family.
  package enum Family: UInt8, Sendable, Comparable {
    case ipv4 = 4
    case ipv6 = 6

    /// The number of bits in an address: 32 or 128.
    package var bitCount: Int { self == .ipv4 ? 32 : 128 }

    package static func < (left: Family, right: Family) -> Bool { left.rawValue < right.rawValue }
  }

  /// The address family.
  package let family: Family

  /// The address as a number, most significant part first; an IPv4 address fills the low 32 bits.
  package let value: UInt128

  fileprivate init(family: Family, value: UInt128) {
    self.family = family
    self.value = value
  }

  /// Makes an IPv4 address from its number in host order.
  package init(ipv4 value: UInt32) {
    self.init(family: .ipv4, value: UInt128(value))
  }

  /// Makes an IPv6 address from its number in host order.
  package init(ipv6 value: UInt128) {
    self.init(family: .ipv6, value: value)
  }

  /// Reads an address; nil for anything else, including brackets, ports, zones (`%eth0`), leading zeros and spaces.
  package init?(_ text: String) {
    let bytes = Array(text.utf8)
    // The longest form is six groups and a dotted quad: 45 bytes.
    guard !bytes.isEmpty, bytes.count <= 45 else { return nil }
    if bytes.contains(UInt8(ascii: ":")) {
      guard let value = Self.ipv6(bytes) else { return nil }
      self.init(ipv6: value)
    } else {
      guard let value = Self.ipv4(bytes[...]) else { return nil }
      self.init(ipv4: value)
    }
  }

  /// The IPv4 address inside `::ffff:0:0/96` (RFC 4291 section 2.5.5.2), else the address itself.
  package var unmapped: NetworkAddress {
    guard isMapped else { return self }
    return NetworkAddress(ipv4: UInt32(truncatingIfNeeded: value))
  }

  private var isMapped: Bool { family == .ipv6 && value >> 32 == 0xffff }

  package static func < (left: NetworkAddress, right: NetworkAddress) -> Bool {
    (left.family, left.value) < (right.family, right.value)
  }

  /// The canonical text: dotted quad, or RFC 5952 (lower case, the first longest run of two or more zero groups as `::`,
  /// IPv4-mapped addresses ending in a dotted quad).
  package var description: String {
    switch family {
    case .ipv4: Self.dottedQuad(UInt32(truncatingIfNeeded: value))
    case .ipv6 where isMapped: "::ffff:" + Self.dottedQuad(UInt32(truncatingIfNeeded: value))
    case .ipv6: Self.groupText(value)
    }
  }

  private static func dottedQuad(_ value: UInt32) -> String {
    "\(value >> 24).\(value >> 16 & 255).\(value >> 8 & 255).\(value & 255)"
  }

  private static func groupText(_ value: UInt128) -> String {
    let groups = (0..<8).map { UInt16(truncatingIfNeeded: value >> UInt128(112 - 16 * $0)) }
    var longest = 0..<0
    var start = 0
    while start < 8 {
      var end = start
      while end < 8, groups[end] == 0 { end += 1 }
      if end - start >= 2, end - start > longest.count { longest = start..<end }
      start = max(end, start + 1)
    }
    func joined(_ part: ArraySlice<UInt16>) -> String {
      part.map { String($0, radix: 16) }.joined(separator: ":")
    }
    guard !longest.isEmpty else { return joined(groups[...]) }
    return joined(groups[..<longest.lowerBound]) + "::" + joined(groups[longest.upperBound...])
  }

  private static func ipv4(_ bytes: ArraySlice<UInt8>) -> UInt32? {
    let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var value: UInt32 = 0
    for part in parts {
      guard let octet = decimal(part, digits: 3), octet <= 255 else { return nil }
      value = value << 8 | UInt32(octet)
    }
    return value
  }

  private static func ipv6(_ bytes: [UInt8]) -> UInt128? {
    var head: [UInt16] = []
    var tail: [UInt16] = []
    var isCompressed = false
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: ":") {
        // Only "::" may stand here: once, and anywhere between groups.
        guard !isCompressed, index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: ":") else { return nil }
        isCompressed = true
        index += 2
        continue
      }
      var end = index
      while end < bytes.count, bytes[end] != UInt8(ascii: ":") { end += 1 }
      let part = bytes[index..<end]
      var groups: [UInt16]
      if part.contains(UInt8(ascii: ".")) {
        guard end == bytes.count, let quad = ipv4(part) else { return nil }
        groups = [UInt16(truncatingIfNeeded: quad >> 16), UInt16(truncatingIfNeeded: quad)]
      } else {
        guard let group = hexadecimal(part) else { return nil }
        groups = [group]
      }
      if isCompressed { tail += groups } else { head += groups }
      index = end
      guard index < bytes.count else { break }
      // A single colon separates two groups; a double one is left for the next turn.
      if index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: ":") { continue }
      index += 1
      guard index < bytes.count else { return nil }
    }
    let count = head.count + tail.count
    // RFC 4291 lets "::" stand for one group or more.
    guard isCompressed ? count <= 7 : count == 8 else { return nil }
    let groups = head + Array(repeating: 0, count: 8 - count) + tail
    return groups.reduce(0) { $0 << 16 | UInt128($1) }
  }

  private static func hexadecimal(_ bytes: ArraySlice<UInt8>) -> UInt16? {
    guard (1...4).contains(bytes.count) else { return nil }
    var value: UInt16 = 0
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt16(byte - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt16(byte - UInt8(ascii: "a") + 10)
      case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt16(byte - UInt8(ascii: "A") + 10)
      default: return nil
      }
    }
    return value
  }

  /// A decimal number of at most `digits` digits without leading zeros.
  fileprivate static func decimal(_ bytes: ArraySlice<UInt8>, digits: Int) -> Int? {
    guard let first = bytes.first, bytes.count <= digits, first != UInt8(ascii: "0") || bytes.count == 1 else { return nil }
    var value = 0
    for byte in bytes {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
    }
    return value
  }
}

/// A CIDR block (RFC 4632): the addresses that share the first `length` bits.
///
/// `address` is the block's first address: host bits are cleared on creation.
package struct NetworkPrefix: Hashable, Sendable, LosslessStringConvertible {
  /// The block's first address.
  package let address: NetworkAddress

  /// The number of leading bits that are fixed: 0 to 32 or 128.
  package let length: Int

  /// Makes the block that contains the address; nil when the length does not suit the family.
  package init?(_ address: NetworkAddress, length: Int) {
    guard (0...address.family.bitCount).contains(length) else { return nil }
    self.address = NetworkAddress(family: address.family, value: address.value & Self.mask(address.family, length))
    self.length = length
  }

  /// Reads `ADDRESS/LENGTH`; nil for anything else. Host bits are cleared; compare `address` to see whether there were any.
  package init?(_ text: String) {
    guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")) else { return nil }
    let length = Array(text.utf8[slash...].dropFirst())
    guard let address = NetworkAddress(String(text[..<slash])), let length = NetworkAddress.decimal(length[...], digits: 3)
    else { return nil }
    self.init(address, length: length)
  }

  /// Whether the block holds the address; never across families.
  package func contains(_ other: NetworkAddress) -> Bool {
    other.family == address.family && other.value & Self.mask(address.family, length) == address.value
  }

  /// `ADDRESS/LENGTH` in canonical text.
  package var description: String { "\(address)/\(length)" }

  private static func mask(_ family: NetworkAddress.Family, _ length: Int) -> UInt128 {
    // A smart shift by the full width gives 0, so that /0 needs no case of its own.
    let hostBits = family.bitCount - length
    let all: UInt128 = family == .ipv4 ? 0xffff_ffff : .max
    return (all >> UInt128(hostBits)) << UInt128(hostBits)
  }
}
