import JobModel
import JobRunner
import Storage
import Testing

/// A stored configuration that becomes the one in force again, by a configuration session.
@Suite(.serialized) struct RestoreTests {
  private static let stored = [
    "hostname r1", "!", "ip route 198.51.100.0/24 10.0.0.1", "username netjob secret sha512 $6$abc", "!",
  ]
  private static let commit = "commit timer 00:05:00"
  private static let confirm = "configure session netjob commit"

  /// - Returns: how the device ended, when `job` was approved and run.
  private func restore(_ site: Site, _ router: FakeRouter) async throws -> ExecutionDeviceRecord {
    try site.change(as: "root") { change in
      _ = try change.addConfigRevision(
        of: try DeviceQueries.find(change.sql, "r1"), .running, text: Self.stored.map { $0 + "\n" }.joined() + "end\n",
        comparable: "x", execution: nil, added: 6, removed: 0)
    }
    try site.addJob(
      "restore", JobDefinition(type: .tool, targets: .allDevices, tool: "restore-config", parameters: ["revision": "1"]),
      changes: true)
    try site.clear("restore")
    return try #require(try site.devices(of: try await site.run("restore")).first)
  }

  @Test func whatWasStoredIsInForceAgain() async throws {
    let site = try Site()
    let router = try site.addRouters(1, platform: "arista_eos")[0]
    let device = try await restore(site, router)
    #expect(device.status == .succeeded && device.changed, "\(device)")
    #expect(router.running == Self.stored)
    #expect(router.count(of: Self.commit) == 1 && router.count(of: Self.confirm) == 1)
    // Confirmed: no time takes it back.
    router.endTrial()
    #expect(router.running == Self.stored)
    // In force already, nothing is committed.
    try site.clear("restore")
    let again = try #require(try site.devices(of: try await site.run("restore")).first)
    #expect(again.status == .succeeded && !again.changed, "\(again)")
    #expect(router.count(of: Self.commit) == 1)
  }

  @Test(arguments: ["ip route 198.51.100.0/24 10.0.0.1", "rollback clean-config", commit, confirm])
  func whatIsRefusedLeavesAllAsItWas(_ line: String) async throws {
    let site = try Site()
    let router = try site.addRouters(1, platform: "arista_eos")[0]
    let before = router.running
    router.set { $0.refused = [line] }
    let device = try await restore(site, router)
    #expect(device.status == .failed && !device.changed, "\(device)")
    #expect(device.error?.contains("the device refused '\(line)': % Unknown command") == true, "\(device)")
    #expect(router.running == before)
    #expect(router.count(of: "configure session netjob abort") == 1)
    #expect(!(device.error ?? "").contains("$6$abc"))
  }

  /// Nobody knows whether the confirmation arrived; where it did not, the device goes back by itself.
  @Test(arguments: [true, false]) func aConnectionLostBeforeTheConfirmationIsInDoubt(_ arrives: Bool) async throws {
    let site = try Site()
    let router = try site.addRouters(1, platform: "arista_eos")[0]
    let before = router.running
    router.set {
      $0.dropsAt = Self.confirm
      $0.takesLineBeforeDrop = arrives
    }
    let device = try await restore(site, router)
    #expect(device.status == .inDoubt, "\(device)")
    #expect(device.error?.contains("nobody knows whether it took the last command: \(Self.confirm)") == true, "\(device)")
    #expect(router.running == Self.stored)
    router.endTrial()
    #expect(router.running == (arrives ? Self.stored : before))
  }
}
