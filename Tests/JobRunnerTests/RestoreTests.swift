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
  private static let confirm = "configure session netjob-N commit"
  private static let abort = "configure session netjob-N abort"

  /// - Returns: how the device ended, when `job` was approved and run.
  private func restore(_ site: Site, _ router: FakeRouter) async throws -> ExecutionDeviceRecord {
    try addRestore(site)
    return try #require(try site.devices(of: try await site.run("restore")).first)
  }

  private func addRestore(_ site: Site) throws {
    try site.change(as: "root") { change in
      _ = try change.addConfigRevision(
        of: try DeviceQueries.find(change.sql, "r1"), .running, text: Self.stored.map { $0 + "\n" }.joined() + "end\n",
        comparable: "x", execution: nil, added: 6, removed: 0)
    }
    try site.addJob(
      "restore", JobDefinition(type: .tool, targets: .allDevices, tool: "restore-config", parameters: ["revision": "1"]),
      changes: true)
    try site.clear("restore")
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
    // The name of the session before is taken: another has its own.
    router.running = ["hostname r1", "!"]
    try site.clear("restore")
    let third = try #require(try site.devices(of: try await site.run("restore")).first)
    #expect(third.status == .succeeded && router.running == Self.stored, "\(third)")
    #expect(router.openSessions == 0)
  }

  @Test(arguments: ["ip route 198.51.100.0/24 10.0.0.1", "rollback clean-config", commit, confirm])
  func whatIsRefusedLeavesAllAsItWas(_ line: String) async throws {
    let site = try Site()
    let router = try site.addRouters(1, platform: "arista_eos")[0]
    let before = router.running
    router.set { $0.refused = [line] }
    let device = try await restore(site, router)
    #expect(device.status == .failed && !device.changed, "\(device)")
    let refusal = "the device refused '\(line)': % Unknown command"
    #expect(device.error.map(FakeRouter.known)?.contains(refusal) == true, "\(device)")
    #expect(device.error?.hasSuffix("; rolled back: the configuration is as before") == (line == Self.confirm), "\(device)")
    #expect(router.running == before && router.openSessions == 0)
    #expect(router.count(of: Self.abort) == (line == Self.confirm ? 2 : 1))
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
    let doubt = "nobody knows whether it took the last command: \(Self.confirm); unless it took that, the device goes back"
    #expect(device.error.map(FakeRouter.known)?.contains(doubt) == true, "\(device)")
    #expect(router.running == Self.stored)
    router.endTrial()
    #expect(router.running == (arrives ? Self.stored : before))
  }

  /// Nothing was in force yet, and nobody has to doubt that.
  @Test(arguments: ["ip route 198.51.100.0/24 10.0.0.1", "rollback clean-config"])
  func aConnectionLostBeforeTheCommitChangesNothing(_ line: String) async throws {
    let site = try Site()
    let router = try site.addRouters(1, platform: "arista_eos")[0]
    let before = router.running
    router.set {
      $0.dropsAt = line
      $0.takesLineBeforeDrop = true
    }
    let device = try await restore(site, router)
    #expect(device.status == .failed && !device.changed, "\(device)")
    #expect(
      device.error?.hasSuffix("; nothing was committed; what was typed may be left in a candidate configuration there") == true,
      "\(device)")
    #expect(router.running == before && router.openSessions == 1)
  }

  /// Where the commit did not arrive, what was typed is in the session still.
  @Test(arguments: [true, false]) func aConnectionLostAtTheCommitMayLeaveASession(_ arrives: Bool) async throws {
    let site = try Site()
    let router = try site.addRouters(1, platform: "arista_eos")[0]
    router.set {
      $0.dropsAt = Self.commit
      $0.takesLineBeforeDrop = arrives
    }
    let device = try await restore(site, router)
    #expect(device.status == .inDoubt, "\(device)")
    let end =
      "; not confirmed: the device goes back by itself within 5 minutes"
      + "; unless it took that, what was typed may be left in a candidate configuration there"
    #expect(device.error?.hasSuffix(end) == true, "\(device)")
    #expect(router.openSessions == (arrives ? 0 : 1))
  }

  /// Whether the change is to stay is looked at while the device would still go back by itself.
  @Test func whatIsNotTheStoredConfigurationIsTakenBack() async throws {
    let site = try Site()
    let router = try site.addRouters(1, platform: "arista_eos")[0]
    let before = router.running
    router.set { $0.forgets = ["ip route 198.51.100.0/24 10.0.0.1"] }
    let device = try await restore(site, router)
    #expect(device.status == .failed && !device.changed, "\(device)")
    #expect(
      device.error
        == "the change was sent and the configuration is not the stored one: +0 -1 lines; rolled back: the configuration is as before"
    )
    #expect(router.running == before && router.openSessions == 0)
    #expect(router.count(of: Self.confirm) == 0)
  }

  /// The session that made the change goes on; nobody could log in any more.
  @Test func whatShutsNetjobOutIsTakenBack() async throws {
    let site = try Site()
    let router = try site.addRouters(1, platform: "arista_eos")[0]
    let before = router.running
    router.set { $0.refusesConnectionsAfter = Self.commit }
    let device = try await restore(site, router)
    #expect(device.status == .failed && !device.changed, "\(device)")
    #expect(
      device.error
        == "the change was sent, and a fresh login failed: connection refused; rolled back: the configuration is as before")
    #expect(router.running == before && router.count(of: Self.confirm) == 0)
  }

  /// Routes take a while to settle.
  @Test func whatIsOutOfReachForAMomentIsTriedAgain() async throws {
    let site = try Site()
    let router = try site.addRouters(1, platform: "arista_eos")[0]
    router.set {
      $0.refusesConnectionsAfter = Self.commit
      $0.refusals = 2
    }
    let device = try await restore(site, router)
    #expect(device.status == .succeeded && device.changed, "\(device)")
    #expect(router.running == Self.stored && router.count(of: Self.confirm) == 1)
  }

  @Test func aConnectionLostWhileItIsLookedAtIsTold() async throws {
    let site = try Site()
    let router = try site.addRouters(1, platform: "arista_eos")[0]
    let before = router.running
    router.set { $0.dropsAfter = Self.commit }
    let device = try await restore(site, router)
    #expect(device.status == .failed && device.changed, "\(device)")
    #expect(device.error?.hasPrefix("every command was sent and answered, then: ") == true, "\(device)")
    #expect(device.error?.hasSuffix("; not confirmed: the device goes back by itself within 5 minutes") == true, "\(device)")
    router.endTrial()
    #expect(router.running == before)
  }

  /// A change that made no difference was not committed: nobody else's commit is undone for it.
  @Test func whatWasNotCommittedIsNotTakenBack() async throws {
    let site = try Site()
    let router = try site.addRouters(1, platform: "arista_eos")[0]
    router.running = Self.stored
    router.set { $0.refusesConnectionsAfter = "show session-config named netjob-N diffs" }
    let device = try await restore(site, router)
    #expect(device.status == .succeeded && !device.changed, "\(device)")
    #expect(router.count(of: Self.commit) == 0 && router.openSessions == 0)
  }

  @Test func whoStopsBeforeTheConfirmationTakesItBack() async throws {
    let site = try Site()
    let router = try site.addRouters(1, platform: "arista_eos")[0]
    let before = router.running
    try addRestore(site)
    router.set { $0.holdsAt = Self.commit }
    let stop = StopSignal()
    async let execution = site.run("restore", stop: stop)
    try await router.holding()
    stop.stop(.signal)
    router.resume()
    let device = try #require(try site.devices(of: try await execution).first)
    #expect(device.status == .failed && !device.changed, "\(device)")
    #expect(router.running == before && router.count(of: Self.abort) >= 1 && router.count(of: Self.confirm) == 0)
    #expect(device.error?.hasSuffix("; taken back at once") == true, "\(device)")
  }

  /// Whoever finds out that the process died knows what it knew.
  @Test(arguments: [
    ("ip route 198.51.100.0/24 10.0.0.1", DeviceStatus.interrupted, "nothing was committed; what was typed may be left in a"),
    (
      commit, .inDoubt,
      "the last command on its way was: \(commit); not confirmed: the device goes back by itself within 5 minutes"
    ),
    (confirm, .inDoubt, "was: \(confirm); unless it took that, the device goes back by itself within 5 minutes"),
  ]) func aProcessThatDies(_ line: String, _ status: DeviceStatus, _ message: String) async throws {
    let site = try Site()
    let router = try site.addRouters(1, platform: "arista_eos")[0]
    try addRestore(site)
    router.set { $0.holdsAt = line }
    async let execution = site.run("restore")
    try await router.holding()
    let running = try #require(try site.executions.first { $0.status == .running })
    _ = try site.change(as: "root") { try $0.interrupt(running) }
    let device = try #require(try site.devices(of: running).first)
    #expect(device.status == status && device.changed == (status == .inDoubt), "\(device)")
    #expect(device.error.map(FakeRouter.known)?.contains(message) == true, "\(device)")
    router.resume()
    _ = try? await execution
  }
}
