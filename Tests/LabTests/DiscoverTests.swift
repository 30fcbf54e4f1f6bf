import Foundation
import Testing

extension LabTests {
  /// Discovery of real routers on a network of loopback.
  @Suite struct Discover {
    @Test func everyRouterIsFoundOnceAndTheSecondTimeNothingIsNew() async throws {
      try await Story.play(routers: 3) { story in
        let netjob = story.netjob
        let port = try await story.lab.subnet()
        // r1 is known by another address; the others are to be found.
        try await netjob("device delete r2 --yes")
        try await netjob("device delete r3 --yes")
        try await netjob("device test r1")
        try await netjob("credential edit lab --network default --priority 20")
        try await netjob(
          "credential add old --username \(story.lab.user) --password-stdin --network default --priority 10",
          input: "no longer right\n")

        // An administrator's boundary holds, whatever the job says.
        let job =
          "--param ranges=127.77.0.0/26,127.77.1.0/26 --param exclude=127.77.1.1,127.77.0.40-127.77.0.62 --param ports=\(port)"
        try await netjob("job create find --type discover \(job)", exits: 2)
        try await netjob("setting set discover.boundary 127.77.0.0/16")
        try await netjob(
          "job create find --type discover \(job) --param rate=1000 --param dry-run=true --param format=json --param tag=found,lab"
        )
        try await netjob("setting set discover.boundary 127.77.0.0/24")
        try await netjob("job run find", exits: 1)
        #expect(try await netjob.lastExecution(of: "find")["summary"].string.contains("not within setting discover.boundary"))
        try await netjob("setting set discover.boundary 127.77.0.0/16")

        try await netjob("job run find")
        #expect(try await netjob.json("device list").array.count == 1)
        let listed = try await report(netjob)
        #expect(
          listed.map { "\($0["address"].string) \($0["result"].string) \($0["device"].string)" } == [
            "127.77.0.1 known r1", "127.77.0.2 would-add r2", "127.77.0.3 would-add r3", "127.77.1.2 same-device r2",
            "127.77.1.3 same-device r3",
          ], "\(listed)")

        try await netjob("job edit find --param dry-run=false")
        try await netjob("job run find")
        let devices = try await netjob.json("device list").array
        #expect(
          devices.map { "\($0["name"].string) \($0["address"].string) \($0["platform"].string)" } == [
            "r1 127.0.0.1 frr", "r2 127.77.0.2 frr", "r3 127.77.0.3 frr",
          ], "\(devices)")
        let found = try await netjob.json("device show r2")
        #expect(found["hostname"].string == "r2" && found["vendor"].string == "FRRouting", "\(found)")
        #expect(found["tags"].array.map(\.string) == ["found", "lab"])
        #expect("\(found)".contains(story.lab.routers[1].hostKey))
        // The wrong credential was tried at few of them only.
        let summary = try await netjob.lastExecution(of: "find")["summary"].string
        #expect(
          summary.contains("2 added, 1 updated, 2 further addresses") && summary.contains("not tried any more: old"), "\(summary)"
        )

        try await netjob("job run find")
        #expect(try await netjob.json("device list").array.count == 3)
        #expect(try await netjob.lastExecution(of: "find")["summary"].string.contains("5 answer, 3 known, 2 further"))
        // What was found is a device like any other.
        try await netjob("job create keep --type backup --search tag:found")
        try await netjob("job run keep")
        #expect(try await netjob.lastExecution(of: "keep")["devices"].array.count == 2)

        // Another key at a known address: nothing is sent to it.
        try await netjob(
          "device trust r3 --fingerprint SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA --key-type ssh-ed25519 --yes")
        try await netjob("job run find")
        let third = try #require(try await report(netjob).first { $0["address"].string == "127.77.0.3" })
        #expect(third["result"].string == "not-entered" && third["note"].string.contains("host key"), "\(third)")
      }
    }

    @Test func connectionsKeepToTheRate() async throws {
      try await Story.play { story in
        let netjob = story.netjob
        try await netjob("setting set discover.boundary 127.0.0.0/8")
        try await netjob("credential edit lab --network default")
        try await netjob("job create slow --type discover --param ranges=127.78.0.0/26 --param rate=20 --param ports=9")
        let began = ContinuousClock.now
        try await netjob("job run slow")
        // 62 connections, the first at once.
        #expect(ContinuousClock.now - began >= .seconds(3))
        #expect(try await netjob.lastExecution(of: "slow")["summary"].string == "62 looked at, 0 answer")
      }
    }

    /// What SNMP says names a device that lets nobody in; a strict network's devices are asked nothing before their keys are known.
    @Test func devicesThatAreNotEnteredAreToldOf() async throws {
      try await Story.play { story in
        let netjob = story.netjob
        let port = try await story.lab.subnet()
        let agent = try SNMPAgent(netjob.folder, address: "127.77.0.1", community: "lab-read")
        defer { agent.end() }
        try await netjob("setting set discover.boundary 127.77.0.0/16")
        try await netjob(
          "credential add wrong --username nobody --password-stdin --snmp-community-stdin --network default",
          input: "x\nlab-read\n")
        try await netjob(
          "job create find --type discover --param ranges=127.77.0.1 --param ports=\(port) --param format=json")
        try await netjob("job run find")
        let row = try #require(try await report(netjob).first)
        #expect(row["result"].string == "not-entered" && row["note"].string == "it refused wrong", "\(row)")
        #expect(row["hostname"].string == "core-7" && row["device"].isNull, "\(row)")

        try await netjob("network edit default --host-keys strict")
        try await netjob("job run find")
        let strict = try #require(try await report(netjob).first)
        #expect(strict["note"].string.contains("is not pinned") && strict["hostname"].isNull, "\(strict)")
        // Who may not add devices cannot have secrets sent to addresses of their choice either.
        try await netjob("job edit find --comment mine", as: "alice", exits: 4)
      }
    }

    /// Connections go the network's way, and addresses of either kind are looked at.
    @Test func throughAJumpHostAndByIPv6() async throws {
      try await Story.play(routers: 2) { story in
        let netjob = story.netjob
        let port = try await story.lab.subnet()
        let bastion = try await story.lab.server(
          "bastion", hostKeyType: "ed25519", algorithms: "ssh-ed25519", ["AllowTcpForwarding yes"])
        let six = try await story.lab.server(
          "six", hostKeyType: "ed25519", algorithms: "ssh-ed25519", ["ListenAddress ::1"])
        try await netjob("credential edit lab --network default")
        try await netjob("device test r1")
        try await netjob("device delete r2 --yes")
        try await netjob("setting set discover.boundary 127.77.0.0/16,::1/128")
        try await netjob("network edit default --jump 127.0.0.1:\(bastion.port) --jump-credential lab")
        try await netjob(
          "job create find --type discover --param ranges=127.77.0.0/29 --param ports=\(port) --param format=json")
        try await netjob("job run find")
        let rows = try await report(netjob)
        let listed = rows.map { "\($0["address"].string) \($0["result"].string) \($0["device"].string)" }
        #expect(listed == ["127.77.0.1 updated r1", "127.77.0.2 added r2"], "\(rows)")
        #expect(try await netjob.json("device test r2")["jump"].string == "127.0.0.1:\(bastion.port)")

        // A jump host that cannot be reached is told once, and nothing is said of what lies behind it.
        let hole = try await story.lab.blackHole("accept")
        try await netjob("network edit default --jump 127.0.0.1:\(hole) --login-timeout 1s")
        try await netjob("job run find", exits: 1)
        let failed = try await netjob.lastExecution(of: "find")["summary"].string
        #expect(failed.contains("jump host 127.0.0.1:\(hole)"), "\(failed)")

        try await netjob("network edit default --no-jump --login-timeout 20s")
        try await netjob("job edit find --param ranges=::1 --param ports=\(six.port)")
        try await netjob("job run find")
        let row = try #require(try await report(netjob).first)
        // The server has a key of its own, and the router's name is taken.
        #expect(row["address"].string == "::1" && row["result"].string == "added", "\(row)")
        #expect(row["device"].string == "r1---1", "\(row)")
        try await netjob("device test r1---1")
      }
    }

    private func report(_ netjob: Netjob) async throws -> [JSON] {
      let id = try await netjob.lastExecution(of: "find")["id"].integer ?? 0
      let report = try await netjob.json("history report \(id)")
      return try JSON(parsing: report["content"].string)["rows"].array
    }
  }
}
