import Foundation
import Testing

extension LabTests {
  /// A real router's session as a fixture. netjob itself plays it before it writes it, secrets masked.
  @Suite struct Recordings {
    @Test func aRecordedSessionPlaysAndHoldsNoSecret() async throws {
      try await Story.inFolder { folder in
        let lab = try await Lab.up(folder + "/lab", routers: 1)
        do {
          try await record(lab, Netjob(folder: folder), folder)
        } catch {
          try await lab.down()
          throw error
        }
        try await lab.down()
      }
    }

    private func record(_ lab: Lab, _ netjob: Netjob, _ folder: String) async throws {
      let router = lab.routers[0]
      try await netjob("init")
      try await netjob("credential add lab --username \(lab.user) --password-stdin", input: lab.password + "\n")
      try await netjob("device add r1 --address 127.0.0.1 --port \(router.port) --platform frr --credential lab")
      try await netjob("device trust r1 --fingerprint \(router.hostKey)")
      try await netjob("device test r1 --record \(folder)/r1.yaml")
      let text = try String(contentsOfFile: folder + "/r1.yaml", encoding: .utf8)
      #expect(text.contains("covers: [login, show, inventory, config, neighbors]\n"))
      #expect(text.contains("  - open: enable\n    hostname: \"r1\"\n"))
      #expect(text.contains("  - expect: \"show running-config\\n\"\n"))
      #expect(!text.contains(lab.password))
      // A recording that exists is not replaced, and one of a device out of reach leaves nothing.
      try await netjob("device test r1 --record \(folder)/r1.yaml", exits: 2)
      try await lab.stopSSH()
      try await netjob("device test r1 --record \(folder)/r2.yaml", exits: 1)
      #expect(!FileManager.default.fileExists(atPath: folder + "/r2.yaml"))
      // Nor does one that is interrupted.
      let hole = try await lab.blackHole("silent")
      try await netjob("device add r3 --address 127.0.0.1 --port \(hole) --platform frr --credential lab")
      let child = try netjob.start("device test r3 --record \(folder)/r3.yaml")
      try await Task.sleep(for: .milliseconds(500))
      child.signal(SIGINT)
      #expect(try await child.end().status != 0)
      let left = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("r3") }
      #expect(left == [])
    }
  }
}
