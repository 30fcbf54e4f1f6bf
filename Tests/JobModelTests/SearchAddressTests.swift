import Glibc
import Testing

@testable import JobModel

@Suite struct SearchAddressTests {
  @Test(arguments: [
    ("10.1.2.3", "10.1.2.3"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
    ("2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a"), ("::", "::"), ("::1", "::1"), ("1::", "1::"),
    ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
    ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
    ("::ffff:c000:0201", "::ffff:192.0.2.1"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
    ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
    ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
  ]) func readsAddresses(_ text: String, _ canonical: String) {
    #expect(NetworkAddress(text)?.description == canonical)
  }

  @Test(arguments: [
    "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", "1.2.3.-4", "1..2.3", "0x1.2.3.4", "1.2.3.1000", ":",
    ":::",
    "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::", "::1.2.3", "1.2.3.4::", "::1.2.3.4:5", ":1:2:3:4:5:6:7:8",
    "1:2:3:4:5:6:7:8:", "1:2:3:4:5:6:7:8::", "fe80::1%eth0", "[::1]", "::1/64", "1:2:3:4:5:6:7:1.2.3.4", "٣.1.1.1",
  ]) func refusesOthers(_ text: String) {
    #expect(NetworkAddress(text) == nil)
  }

  /// The C library is the reference, but for its dotted form of `::/96`, which RFC 5952 section 5 leaves to known prefixes.
  @Test func agreesWithTheCLibrary() {
    var random = SystemRandomNumberGenerator()
    let alphabet = Array("0123456789abcf:::::.....")
    for round in 0..<20_000 {
      var text: String
      if round % 2 == 0 {
        text = String((0..<Int.random(in: 1...18, using: &random)).map { _ in alphabet[Int.random(in: 0..<24, using: &random)] })
      } else {
        let groups = (0..<8).map { _ in Bool.random(using: &random) ? 0 : UInt16.random(in: 0...300, using: &random) }
        text = groups.map { String($0, radix: 16) }.joined(separator: ":")
      }
      let address = NetworkAddress(text)
      var ipv4 = in_addr()
      var ipv6 = in6_addr()
      if inet_pton(AF_INET, text, &ipv4) == 1 {
        #expect(address == NetworkAddress(ipv4: UInt32(bigEndian: ipv4.s_addr)), "\(text)")
      } else if inet_pton(AF_INET6, text, &ipv6) == 1 {
        let value = withUnsafeBytes(of: ipv6) { $0.reduce(UInt128(0)) { $0 << 8 | UInt128($1) } }
        #expect(address == NetworkAddress(ipv6: value), "\(text)")
        var buffer = [CChar](repeating: 0, count: 64)
        inet_ntop(AF_INET6, &ipv6, &buffer, 64)
        let theirs = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        if value >> 32 != 0 { #expect(address?.description == theirs) }
        #expect((address?.description).flatMap { NetworkAddress($0) } == address)
      } else {
        #expect(address == nil, "\(text)")
      }
    }
  }

  @Test(arguments: [
    ("10.1.0.0/16", "10.1.255.255", true), ("10.1.0.0/16", "10.2.0.0", false), ("0.0.0.0/0", "255.1.2.3", true),
    ("10.0.0.1/32", "10.0.0.1", true), ("10.0.0.1/32", "10.0.0.2", false), ("0.0.0.0/0", "::1", false),
    ("::/0", "1.2.3.4", false),
    ("::/0", "ffff::1", true), ("2001:db8::/33", "2001:db8:7fff::1", true), ("2001:db8::/33", "2001:db8:8000::1", false),
    ("::1/128", "::1", true), ("::1/128", "::2", false),
  ]) func containment(_ prefix: String, _ address: String, _ isInside: Bool) throws {
    let prefix = try #require(NetworkPrefix(prefix))
    #expect(prefix.contains(try #require(NetworkAddress(address))) == isInside)
  }

  @Test(arguments: [
    "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/08", "::/129", "/8", "10.0.0.0", "10.0.0.0/8/8", "::/1000",
  ])
  func refusesPrefixes(_ text: String) {
    #expect(NetworkPrefix(text) == nil)
  }

  @Test func prefixClearsHostBits() {
    #expect(NetworkPrefix("10.1.2.3/16")?.description == "10.1.0.0/16")
    #expect(NetworkPrefix("2001:DB8::1/32")?.description == "2001:db8::/32")
  }

  @Test func ordersByFamilyThenValue() throws {
    let sorted = ["9.0.0.0", "10.0.0.0", "10.0.0.255", "255.0.0.0", "::", "::1", "1::"].compactMap { NetworkAddress($0) }
    #expect(sorted.count == 7)
    #expect(sorted.reversed().sorted() == sorted)
    #expect(NetworkAddress("::ffff:10.0.0.1")?.unmapped == NetworkAddress("10.0.0.1"))
    #expect(NetworkAddress("::fffe:10.0.0.1")?.unmapped.family == .ipv6)
  }
}
