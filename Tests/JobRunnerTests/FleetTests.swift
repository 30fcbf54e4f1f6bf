import JobModel
import JobRunner
import Storage
import Testing
import Transports

/// Many devices at once.
@Suite struct FleetTests {
  @Test func oneThatHangsHoldsUpNoOther() async throws {
    let site = try Site()
    let routers = try site.addRouters(50)
    routers[17].set { $0.holdsAt = "show running-config" }
    routers[31].set { $0.connectionError = TransportError(.unreachable, "no route to host") }
    try site.addBackup { $0.timeout = 3 }
    let stop = StopSignal()
    async let execution = site.run("backup", stop: stop)
    try await site.wait { try site.store.read { try ConfigQueries.newest($0).count } == 48 }
    #expect(try site.executions[0].status == .running)
    let ended = try await execution
    #expect(ended.status == .failed)
    #expect(ended.devicesFailed == 2)
    #expect(ended.summary == "48 of 50 devices succeeded, 2 failed")
    let devices = try site.devices(of: ended)
    #expect(devices.filter { $0.status == .succeeded }.count == 48)
    #expect(devices.first { $0.name == "r18" }?.error == "the time for one device, 3 s, ran out at 'show running-config'")
    #expect(devices.first { $0.name == "r32" }?.error == "no route to host")
  }

  @Test func aDeadlineInALineOfAChangeIsADoubt() async throws {
    let site = try Site()
    let router = try site.addRouters(2)[0]
    router.set { $0.holdsAt = "ip route 203.0.113.0/24 10.0.0.1" }
    try site.addChange(as: "dave") { $0.timeout = 3 }
    let execution = try await site.run("change", as: "dave")
    let devices = try site.devices(of: execution)
    #expect(devices.map(\.status) == [.inDoubt, .succeeded])
    #expect(
      devices[0].error?.hasPrefix("the time for one device, 3 s, ran out at 'ip route 203.0.113.0/24 10.0.0.1'; nobody knows")
        == true)
    #expect(try site.count("device_lease") == 0)
  }

  @Test(arguments: [1, 3])
  func noMoreAtOnceThanAllowed(width: Int) async throws {
    let site = try Site()
    let routers = try site.addRouters(6)
    for router in routers { router.set { $0.holdsAt = "show running-config" } }
    try site.addBackup { $0.concurrency = width }
    async let execution = site.run("backup")
    for _ in 0..<(6 / width) {
      try await site.wait { routers.filter(\.isHolding).count == width }
      try await Task.sleep(for: .milliseconds(10))
      #expect(routers.filter(\.isHolding).count == width)
      for router in routers where router.isHolding { router.resume() }
    }
    #expect(try await execution.status == .succeeded)
  }

  @Test func theSessionsOfAllJobsTogetherAreBounded() async throws {
    let site = try Site()
    let routers = try site.addRouters(6)
    for router in routers { router.set { $0.holdsAt = "show running-config" } }
    for name in ["a", "b", "c"] {
      try site.addTrigger(
        try site.addBackup(name, targets: .devices(name == "a" ? ["r1", "r2"] : name == "b" ? ["r3", "r4"] : ["r5", "r6"])))
    }
    site.pass(60)
    let time = site.now
    async let outcome = site.runner(sessions: 2).runDue(at: time)
    for _ in 0..<3 {
      try await site.wait { routers.filter(\.isHolding).count == 2 }
      try await Task.sleep(for: .milliseconds(10))
      #expect(routers.filter(\.isHolding).count == 2)
      for router in routers where router.isHolding { router.resume() }
    }
    #expect(try await outcome.isClean)
    #expect(try site.statuses == [.succeeded, .succeeded, .succeeded])
  }

  @Test(
    arguments: [
      // width, batches, limit, failing devices, begun
      (1, [], Share.count(0), [1], 1), (1, [], .count(1), [1, 2], 2), (1, [], .percent(20), [1, 2, 3], 3),
      (10, [Share.count(1), .count(3)], .count(0), [1], 1), (10, [.count(1), .count(3)], .count(0), [2, 3], 4),
      (10, [.percent(50)], .count(5), [1, 2, 3, 4, 5], 10),
    ] as [(Int, [Share], Share, [Int], Int)])
  func tooManyFailuresEndIt(width: Int, batch: [Share], limit: Share, failing: [Int], begun: Int) async throws {
    let site = try Site()
    let routers = try site.addRouters(10)
    for index in failing { routers[index - 1].set { $0.connectionError = TransportError(.unreachable, "no route to host") } }
    let names = (1...10).map { "r\($0)" }
    try site.addBackup(targets: .devices(names)) {
      $0.concurrency = width
      $0.batch = batch
      $0.maxFailures = limit
    }
    let execution = try await site.run("backup")
    let statuses = try site.devices(of: execution).map(\.status)
    #expect(execution.status == .failed)
    #expect(statuses.filter { $0 == .failed }.count == failing.count)
    #expect(statuses.filter { $0 == .notBegun }.count == 10 - begun)
    #expect(statuses.suffix(10 - begun).allSatisfy { $0 == .notBegun })
    if begun < 10 { #expect(execution.summary.contains("\(10 - begun) devices were not begun")) }
  }

  @Test func aDeviceWithoutCommandsFailsAloneWhereItIsRead() async throws {
    let site = try Site()
    let routers = try site.addRouters(2)
    try site.change(as: "root") { try $0.sql.execute("UPDATE device SET platform = 'nonesuch' WHERE name = 'r1'") }
    try site.addBackup()
    let execution = try await site.run("backup")
    #expect(execution.status == .failed)
    #expect(execution.summary == "1 of 2 devices succeeded, 1 failed")
    let devices = try site.devices(of: execution)
    #expect(devices.map(\.status) == [.failed, .succeeded])
    #expect(devices[0].error?.contains("nonesuch") == true)
    #expect(routers[0].connections == 0)
    // A change is for all of them or none.
    try site.addTrigger(try site.addChange(as: "dave"), as: "dave")
    site.pass(60)
    try await site.runDue()
    #expect(try site.executions[1].summary.hasPrefix("nothing was sent: device 'r1': "))
    #expect(routers[1].count(of: "configure terminal") == 0)
  }

  @Test func twoChangesOfOneDeviceNeverOverlap() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    for name in ["a", "b", "c"] {
      try site.addTrigger(
        try site.addChange(name, lines: ["ip route 203.0.113.\(name.utf8.first ?? 0)/32 10.0.0.1"], as: "dave"), as: "dave")
    }
    router.set { $0.holdsAt = "show running-config" }
    site.pass(60)
    // Two of them in one process, one in another.
    let other = try site.anotherStore()
    let time = site.now
    async let here = site.runner(sessions: 3).runDue(at: time)
    async let there = site.runner(other).runDue(at: time)
    try await router.holding()
    try await Task.sleep(for: .milliseconds(20))
    #expect(router.connections == 1)
    router.resume()
    _ = try await (here, there)
    #expect(try site.statuses == [.succeeded, .succeeded, .succeeded])
    #expect(router.maximumChanging == 1)
    #expect(router.running.filter { $0.contains("203.0.113.") }.count == 3)
  }

  @Test func whoWaitsForADeviceKeepsNoPlace() async throws {
    let site = try Site()
    let routers = try site.addRouters(2)
    routers[0].set { $0.holdsAt = "show running-config" }
    try site.addChange("first", targets: .devices(["r1"]), as: "dave")
    for (name, device) in [("second", "r1"), ("third", "r2")] {
      try site.addTrigger(try site.addChange(name, targets: .devices([device]), as: "dave"), as: "dave")
    }
    async let first = site.run("first", as: "dave")
    try await routers[0].holding()
    site.pass(60)
    let time = site.now
    // There is one place, and the device of the second job is taken: the third goes on meanwhile.
    async let others = site.runner(sessions: 1).runDue(at: time)
    try await site.wait { routers[1].count(of: "end") == 1 }
    routers[0].resume()
    #expect(try await first.status == .succeeded)
    #expect(try await others.isClean)
    #expect(routers[0].maximumChanging == 1)
  }

  @Test func aDeviceThatStaysTakenIsBusy() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    router.set { $0.holdsAt = "show running-config" }
    try site.addChange("first", as: "dave")
    try site.addChange("second", as: "dave") { $0.timeout = 0 }
    async let first = site.run("first", as: "dave")
    try await router.holding()
    let second = try await site.run("second", as: "dave")
    #expect(second.status == .failed)
    #expect(try site.devices(of: second).first?.error == "busy: execution 1 was changing the device all the while")
    router.resume()
    #expect(try await first.status == .succeeded)
  }
}
