import Foundation
import Testing

extension LabTests {
  /// Hosts that speak LLDP (IEEE 802.1AB) with each other: `Tests/Lab/lldp-hosts`.
  @Suite struct LLDP {
    private static let program = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Lab/lldp-hosts").path

    /// A netjob in the hosts' network, with the key that they take, and what runs a program among the hosts.
    private func play(_ body: (Netjob, _ inside: [String]) async throws -> Void) async throws {
      try await Story.inFolder { folder in
        let (process, hosts) = try await Self.start(in: folder)
        func end() async throws {
          process.signal(SIGKILL)
          _ = try await process.end()
        }
        do {
          let inside = ["nsenter", "--target", "\(process.pid)", "--net", "--mount"]
          let netjob = Netjob(folder: folder, wrapper: ["nsenter", "--target", "\(process.pid)", "--net"])
          try await netjob("init")
          try await netjob("credential add root --username root --private-key-file \(hosts)/user --network default")
          try await body(netjob, inside)
        } catch {
          try await end()
          throw error
        }
        try await end()
      }
    }

    /// The hosts, and their folder. One time in five lldpd 1.0.16 neither reads nor sends on a port behind its first frame, for as long
    /// as it runs: then they begin anew.
    private static func start(in folder: String) async throws -> (ChildProcess, folder: String) {
      var attempt = 1
      while true {
        let hosts = folder + "/hosts\(attempt)"
        try FileManager.default.createDirectory(atPath: hosts, withIntermediateDirectories: true)
        let process = try ChildProcess([program, hosts], environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
        do {
          try await eventually(within: 15, "the hosts know their neighbours: \(process.errorsSoFar)") {
            FileManager.default.fileExists(atPath: hosts + "/ready")
          }
          return (process, hosts)
        } catch {
          process.signal(SIGKILL)
          _ = try await process.end()
          attempt += 1
          if attempt > 8 { throw error }
        }
      }
    }

    private func links(_ netjob: Netjob) async throws -> [String] {
      try await netjob.json("neighbor map --protocol lldp")["links"].array.map {
        "\($0["from"].string) \($0["fromInterface"].string) \($0["to"].string) \($0["toInterface"].string)"
      }
    }

    @Test func whatTheHostsSayIsTheTrueTopology() async throws {
      try await play { netjob, inside in
        for number in 1...3 { try await netjob("device add node\(number) --address 10.99.0.\(number) --platform linux") }
        try await netjob("job create around --type neighbor --all-devices --param protocols=lldp")
        try await netjob("job run around")
        let rows = try await netjob.json("neighbor list --protocol lldp").array
        #expect(
          rows.map {
            "\($0["device"].string) \($0["localInterface"].string) \($0["neighbor"].string) \($0["neighborInterface"].string) "
              + $0["address"].string
          }.sorted() == [
            "node1 to2 node2 to1 10.99.0.2", "node2 to1 node1 to2 10.99.0.1", "node2 to3 node3 to2 10.99.0.3",
            "node3 to2 node2 to3 10.99.0.2",
          ])
        // Each link once, told by both of its ends.
        #expect(try await links(netjob) == ["node1 to2 node2 to1", "node2 to3 node3 to2"])
        let cut = try await ChildProcess.run(inside + ["ip", "-n", "node2", "link", "set", "to3", "down"])
        try #require(cut.status == 0, "\(cut)")
        try await eventually(within: 30, "the link that was cut is gone") {
          try await netjob("job run around")
          return try await links(netjob) == ["node1 to2 node2 to1"]
        }
        let gone = try await netjob.json("neighbor list node3 --protocol lldp --all").array
        #expect(gone.map { $0["neighbor"].string } == ["node2"] && gone[0]["present"].bool == false, "\(gone)")
      }
    }

    /// From one address, by what each host says of the next.
    @Test func aDiscoveryCrawlsAlongTheLine() async throws {
      try await play { netjob, _ in
        try await netjob("setting set discover.boundary 10.99.0.0/24")
        let job = "--type discover --param ranges=10.99.0.1 --param snmp=false --param"
        // Within what it may crawl to, and no further.
        try await netjob("job create two \(job) crawl=10.99.0.1-10.99.0.2")
        try await netjob("job run two")
        #expect(try await names(netjob) == ["node1 10.99.0.1 linux", "node2 10.99.0.2 linux"])
        try await netjob("job create all \(job) crawl=10.99.0.0/24")
        try await netjob("job run all")
        #expect(try await names(netjob) == ["node1 10.99.0.1 linux", "node2 10.99.0.2 linux", "node3 10.99.0.3 linux"])
        try await netjob("job create around --type neighbor --all-devices --param protocols=lldp")
        try await netjob("job run around")
        #expect(try await links(netjob) == ["node1 to2 node2 to1", "node2 to3 node3 to2"])
      }
    }

    private func names(_ netjob: Netjob) async throws -> [String] {
      try await netjob.json("device list").array.map {
        "\($0["name"].string) \($0["address"].string) \($0["platform"].string)"
      }
    }
  }
}
