import JobModel
import Testing

@Suite struct AddressRangesTests {
  private func ranges(_ text: String) throws -> AddressRanges { try AddressRanges(parsing: text, as: "ranges") }

  @Test(arguments: [
    ("10.0.0.0/30", ["10.0.0.1", "10.0.0.2"]), ("10.0.0.0/31", ["10.0.0.0", "10.0.0.1"]), ("10.0.0.7/32", ["10.0.0.7"]),
    ("10.0.0.9", ["10.0.0.9"]), ("10.0.0.254-10.0.1.1", ["10.0.0.254", "10.0.0.255", "10.0.1.0", "10.0.1.1"]),
    ("fd00::/127, fd00::1", ["fd00::", "fd00::1"]), ("255.255.255.254-255.255.255.255", ["255.255.255.254", "255.255.255.255"]),
    ("", []),
  ]) func hosts(_ text: String, _ hosts: [String]) throws {
    let ranges = try ranges(text)
    #expect(ranges.hosts(without: try self.ranges("")).map(\.description) == hosts)
    if !text.contains(",") { #expect(ranges.hostCount == UInt128(hosts.count)) }
  }

  @Test func excludedAddressesAreLeftOut() throws {
    let hosts = try ranges("10.0.0.0/29").hosts(without: try ranges("10.0.0.2-10.0.0.4 10.0.0.6"))
    #expect(hosts.map(\.description) == ["10.0.0.1", "10.0.0.5"])
  }

  @Test(arguments: [
    ("10.0.0.1/24", "the network is 10.0.0.0/24"), ("10.0.0.9-10.0.0.1", "must not be behind the last"),
    ("10.0.0.1-fd00::1", "must not be behind the last"), ("10.0.0", "is no address, prefix or span"),
    ("10.0.0.0/33", "is no address"), ("10.00.0.1", "is no address"), ("core", "ranges: 'core' is no address"),
  ]) func mistakes(_ text: String, _ words: String) {
    let error = #expect(throws: ModelError.self) { try ranges("10.9.9.9, \(text)") }
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test(arguments: [
    ("10.0.0.0/24", "10.0.0.0/8", nil), ("10.0.0.0/23", "10.0.0.0/24, 10.0.1.0/24", nil),
    ("10.0.0.0/23", "10.0.0.0/24, 10.0.1.0-10.0.1.254", "10.0.0.0/23"), ("10.1.0.1, 11.0.0.1", "10.0.0.0/8", "11.0.0.1"),
    ("fd00::/64", "0.0.0.0/0", "fd00::/64"), ("0.0.0.0/0", "0.0.0.0/1, 128.0.0.0/1", nil), ("10.0.0.1", "", "10.0.0.1"),
  ]) func boundaries(_ text: String, _ boundary: String, _ outside: String?) throws {
    #expect(try ranges(text).firstOutside(of: try ranges(boundary))?.description == outside)
  }

  @Test func hugeRangesAreCountedWithoutOverflow() throws {
    #expect(try ranges("::/0").hostCount == .max)
    #expect(try ranges("::/0, ::/0").hostCount == .max)
    #expect(try ranges("10.0.0.0/8").hostCount == 16_777_214)
  }
}
