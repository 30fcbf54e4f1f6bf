import Glibc

/// An IPv4 or IPv6 address, as 4 or 16 bytes.
struct IPAddress: Equatable, Sendable, CustomStringConvertible {
  var bytes: [UInt8]

  /// Takes the textual forms of RFC 4291 and dotted quads without leading zeros; no zone, no prefix.
  init?(_ text: String) {
    guard !text.utf8.contains(0) else { return nil }
    var four = in_addr()
    var six = in6_addr()
    if inet_pton(AF_INET, text, &four) == 1 {
      bytes = withUnsafeBytes(of: &four) { Array($0) }
    } else if inet_pton(AF_INET6, text, &six) == 1 {
      bytes = withUnsafeBytes(of: &six) { Array($0) }
    } else {
      return nil
    }
  }

  init(bytes: [UInt8]) { self.bytes = bytes }

  var isIPv6: Bool { bytes.count == 16 }

  /// The form of RFC 5952, which devices show too.
  var description: String {
    var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let written = bytes.withUnsafeBytes { raw in
      raw.baseAddress.flatMap { inet_ntop(isIPv6 ? AF_INET6 : AF_INET, $0, &buffer, socklen_t(buffer.count)) } != nil
    }
    guard written else { return "" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// A prefix: an address and how many of its bits count.
struct IPNetwork: Equatable, Sendable, CustomStringConvertible {
  var address: IPAddress
  var length: Int

  /// Takes `ADDRESS/LENGTH`; host bits may be set.
  init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = IPAddress(String(parts[0])), let length = Int(parts[1]), String(length) == parts[1],
      (0...address.bytes.count * 8).contains(length)
    else { return nil }
    self.address = address
    self.length = length
  }

  /// One bit for each that counts.
  var mask: IPAddress {
    IPAddress(
      bytes: address.bytes.indices.map { index in
        let bits = min(8, max(0, length - index * 8))
        return UInt8(truncatingIfNeeded: 0xFF00 >> bits)
      })
  }

  var wildcard: IPAddress { IPAddress(bytes: mask.bytes.map { ~$0 }) }
  var base: IPAddress { IPAddress(bytes: zip(address.bytes, mask.bytes).map { $0 & $1 }) }
  var description: String { "\(address)/\(length)" }
}
