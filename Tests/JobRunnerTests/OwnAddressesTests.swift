import JobModel
import Storage
import Testing

@testable import JobRunner

@Suite struct OwnAddressesTests {
  @Test(arguments: [
    // Cisco IOS, with what is no address of the device
    (
      """
      interface Vlan10
       ip address 10.0.0.1 255.255.255.0
       ip address 10.0.1.1 255.255.255.0 secondary
       ipv6 address 2001:DB8:0:0::1/64
       no ip address 10.9.9.9 255.255.255.0
       ip address dhcp
       standby 1 ip 10.0.0.254
       ip helper-address 10.3.3.3
      router ospf 1
       router-id 10.255.0.1
      ntp server 10.4.4.4
      """, ["10.0.0.1", "10.0.1.1", "10.255.0.1", "2001:db8::1"]
    ),
    ("interface Gi0/0/0/0\n ipv4 address 10.1.0.1 255.255.255.252\n", ["10.1.0.1"]),
    ("interface eth0\n ip ospf router-id 1.1.1.1\n ip address 10.1.0.1/30\n!\n", ["1.1.1.1", "10.1.0.1"]),
    // Junos in both of its forms
    (
      "set interfaces ge-0/0/0 unit 0 family inet address 10.1.0.1/30\nset routing-options router-id 10.255.0.9",
      ["10.1.0.1", "10.255.0.9"]
    ),
    (
      "family inet {\n    address 10.1.0.1/30;\n}\nrouter-id 10.255.0.9;\naddress srv 10.2.2.2/32;\n", ["10.1.0.1", "10.255.0.9"]
    ),
    // VyOS
    ("ethernet eth0 {\n  address '10.1.0.1/24'\n  address dhcp\n}\n", ["10.1.0.1"]),
    ("nat source rule 1 translation address 10.5.5.5\naddress 10.5.5.6\n", []),
    ("", []), ("address", []), ("router-id\r\nip address 1.2.3.4\r\n", ["1.2.3.4"]),
  ])
  func areReadInConfigurations(text: String, addresses: [String]) {
    #expect(OwnAddresses.inConfiguration(text).sorted().map(\.description) == addresses)
  }

  /// The address of a virtual router, which two have, says nothing; nor does a configuration that the caller may not read, nor an old
  /// revision.
  @Test func whatTwoDevicesHaveIsNobodys() throws {
    let site = try Site()
    _ = try site.addRouters(3)
    let texts = [
      ("r1", "ip address 10.7.7.7/24\n"), ("r1", "ip address 10.0.0.1/24\nip address 10.9.9.9/24\n"),
      ("r2", "ip address 10.0.0.2/24\nip address 10.9.9.9/24\n"), ("r3", "ip address 10.0.0.3/24\n"),
    ]
    try site.change(as: "root") { change in
      for (name, text) in texts {
        _ = try change.addConfigRevision(
          of: try DeviceQueries.find(change.sql, name), .running, text: text, comparable: text, execution: nil, added: 1,
          removed: 0)
      }
    }
    let found = try site.store.read { sql in
      try OwnAddresses.all(sql, of: ["r1", "r2"].map { try DeviceQueries.find(sql, $0) })
    }
    #expect(found.mapValues(\.name) == ["10.0.0.1": "r1", "10.0.0.2": "r2"])
  }
}
