import Definitions
import DeviceCLI
import Foundation
import Testing
import Transports

/// What is made of neighbour commands: `Fixtures/PLATFORM/neighbors.yaml`.
@Suite struct NeighborTests {
  static let file = "neighbors.yaml"

  @Test(arguments: try PlatformCatalog().names()) func neighborsAreFound(_ name: String) throws {
    let platform = try PlatformCatalog().platform(named: name)
    if platform.neighbors.isEmpty { return }
    let path = SessionFixture.folder.appending(path: name).appending(path: Self.file).path
    let items = try YAMLNode.parse(try DefinitionFolder.contents(ofFile: path), file: Self.file).list()
    var covered: Set<NeighborProtocol> = []
    for item in items {
      let fields = try item.mapping(["protocol", "output", "neighbors"])
      let via = try fields.required("protocol").choice(of: NeighborProtocol.self)
      covered.insert(via)
      let command = try #require(platform.neighbors.first { $0.via == via })
      let found = command.neighbors(in: try fields.required("output").string())
      let wanted = try fields.required("neighbors").list().map { node in
        Neighbor(
          via: via,
          fields: Dictionary(
            uniqueKeysWithValues: try node.entries().map { entry in
              (try #require(NeighborField(rawValue: entry.key)), try entry.value.string())
            }))
      }
      #expect(found == wanted, "\(name) \(via)")
    }
    #expect(covered == Set(platform.neighbors.map(\.via)), "every command has an example")
  }

  @Test func aSessionAsksForWhatIsWanted() async throws {
    try await ReplayedSession.run([
      .expect("show bgp summary\n"),
      .send("show bgp summary\r\n192.0.2.2 4 65002 12 14 0 0 0 00:01:02 3 3 N/A\r\nr9# "),
    ]) { session, _ in
      let found = try await session.neighbors([.bgp])
      #expect(found == [Neighbor(via: .bgp, fields: [.address: "192.0.2.2", .asn: "65002", .state: "3"])])
    }
  }

  @Test func aRefusedCommandAddsNone() async throws {
    try await ReplayedSession.run([
      .expect("show ip neigh\n"), .send("show ip neigh\r\n% Unknown command: show ip neigh\r\nr9# "),
      .expect("show ip ospf neighbor\n"), .send("show ip ospf neighbor\r\n% OSPF instance not found\r\nr9# "),
      .expect("show bgp summary\n"), .send("show bgp summary\r\n% BGP instance not found\r\nr9# "),
    ]) { session, _ in
      try await #expect(session.neighbors().isEmpty)
    }
  }

  @Test func hostileTablesAreBounded() throws {
    let command = try #require(try PlatformCatalog().platform(named: "linux").neighbors.first { $0.via == .arp })
    let line = "192.0.2.2 dev eth0 lladdr 00:11:22:33:44:55 REACHABLE\n"
    #expect(command.neighbors(in: String(repeating: line, count: 200_500)).count == 200_000)
    #expect(command.neighbors(in: String(repeating: "\u{1B}[31m", count: 10_000)).isEmpty)
  }

  @Test(
    arguments: [
      (DeviceEvidence(sysObjectID: "1.3.6.1.4.1.30065.1.3011"), "arista_eos"),
      (DeviceEvidence(sysObjectID: ".1.3.6.1.4.1.2636.1.1.1.2.29"), "juniper_junos"),
      (DeviceEvidence(sysDescr: "Cisco IOS Software, C800 Software (C800-UNIVERSALK9-M), Version 15.4(3)M3"), "cisco_ios"),
      (DeviceEvidence(sysDescr: "Cisco IOS Software [Amsterdam], Catalyst L3 Switch Software, Version 17.3.4"), "cisco_xe"),
      (
        DeviceEvidence(
          sysObjectID: "1.3.6.1.4.1.9.1.2068", sysDescr: "Cisco IOS Software [Bengaluru], ISR Software, Version 17.6.5",
          sshBanner: "SSH-2.0-Cisco-1.25"), "cisco_xe"
      ),
      (DeviceEvidence(sysDescr: "Cisco NX-OS(tm) n9000, Software (n9000-dk9), Version 9.3(5)"), "cisco_nxos"),
      (DeviceEvidence(sysDescr: "Cisco IOS XR Software (ASR9K), Version 7.3.2"), "cisco_xr"),
      (DeviceEvidence(sysDescr: "Cisco Adaptive Security Appliance Version 9.12(4)"), "cisco_asa"),
      (DeviceEvidence(sysDescr: "RouterOS RB750Gr3"), "mikrotik_routeros"),
      (DeviceEvidence(sshBanner: "SSH-2.0-ROSSSH"), "mikrotik_routeros"),
      (DeviceEvidence(version: "Cisco Nexus Operating System (NX-OS) Software\nTAC support"), "cisco_nxos"),
      (DeviceEvidence(version: "FRRouting 8.4.4 (r9) on Linux(6.1.0)."), "frr"),
      (DeviceEvidence(version: "Hostname: ex1\nModel: ex4300-48t\nJunos: 20.2R3.9"), "juniper_junos"),
      (DeviceEvidence(version: "TiMOS-C-22.10.R1 cpm/hops64 Nokia 7750 SR"), "nokia_sros"),
      (DeviceEvidence(version: "VRP (R) software, Version 5.170 (S5720 V200R011C10SPC600)"), "huawei_vrp"),
      (DeviceEvidence(sysObjectID: "1.3.6.1.4.1.90.1"), nil),
      (DeviceEvidence(), nil),
    ] as [(DeviceEvidence, String?)]) func platformsAreDetected(_ evidence: DeviceEvidence, _ name: String?) throws
  {
    #expect(try PlatformCatalog().detect(evidence).first == name)
  }
}
