import Foundation
import Testing

extension LabTests {
  /// What real routers say of each other, by the protocols that they speak.
  @Suite struct Neighbors {
    @Test func equalTheTrueTopologyAndAreRemembered() async throws {
      try await Story.play(routers: 3) { story in
        let netjob = story.netjob
        try await story.lab.connect()
        // Their configurations say who has which address, of which OSPF and BGP speak.
        try await netjob("job create keep --type backup --all-devices")
        try await netjob("job run keep")
        try await netjob("job create around --type neighbor --all-devices")
        try await netjob("job run around")
        #expect(
          try await pairs(netjob, "ospf") == [
            "r1-10.255.0.2", "r1-10.255.0.3", "r2-10.255.0.1", "r2-10.255.0.3", "r3-10.255.0.1", "r3-10.255.0.2",
          ])
        let bgp = try await netjob.json("neighbor list r1 --protocol bgp")
        #expect(
          Set(bgp.array.map { "\($0["address"].string) AS\($0["asn"].string)" }) == [
            "10.200.12.2 AS65002", "10.200.13.2 AS65003",
          ])
        let first = try await netjob.json("neighbor list r1 --protocol ospf")[0]
        #expect(first["localInterface"].string == "to2" && first["address"].string == "10.200.12.2", "\(first)")
        // Drawn, the three are one triangle, each link told by both of its ends.
        let map = try await netjob.json("neighbor map --protocol ospf")
        #expect(map["nodes"].array.map { $0["name"].string } == ["r1", "r2", "r3"])
        #expect(
          map["links"].array.map {
            "\($0["from"].string) \($0["fromInterface"].string) \($0["to"].string) \($0["toInterface"].string)"
          } == ["r1 to2 r2 to1", "r1 to3 r3 to1", "r2 to3 r3 to2"])
        let sessions = try await netjob.json("neighbor map --protocol bgp")
        #expect(sessions["nodes"].array.map { $0["name"].string } == ["r1", "r2", "r3"])
        #expect(sessions["links"].array.count == 3, "\(sessions)")
        try await story.lab.leave(3)
        try await netjob("job run around")
        #expect(try await pairs(netjob, "ospf") == ["r1-10.255.0.2", "r2-10.255.0.1"])
        let all = try await netjob.json("neighbor list r1 --protocol ospf --all").array
        let gone = try #require(all.first { $0["neighbor"].string == "10.255.0.3" })
        let there = try #require(all.first { $0["neighbor"].string == "10.255.0.2" })
        #expect(gone["present"].bool == false && there["present"].bool == true)
        #expect(gone["lastSeen"].string < there["lastSeen"].string)
        #expect(there["firstSeen"].string == first["firstSeen"].string)
        let arp = try await netjob.json("neighbor list r1 --protocol arp")
        #expect(Set(arp.array.map { $0["address"].string }) == ["10.200.12.2", "10.200.13.2"])
        let last = try await netjob.lastExecution(of: "around")
        #expect(last["status"].string == "succeeded")
        let left = try #require(last["devices"].array.first { $0["name"].string == "r3" })
        #expect(left["summary"].string.contains("ospf 0 (2 gone)"), "\(left)")
      }
    }

    private func pairs(_ netjob: Netjob, _ protocolName: String) async throws -> [String] {
      try await netjob.json("neighbor list --protocol \(protocolName)").array.map {
        "\($0["device"].string)-\($0["neighbor"].string)"
      }.sorted()
    }
  }
}
