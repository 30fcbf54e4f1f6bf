import JobModel
import JobRunner
import Storage
import Testing
import Transports

@Suite(.serialized) struct StopTests {
  private let lines = ["ip route 203.0.113.0/24 10.0.0.1", "ip route 198.51.100.0/24 10.0.0.1"]

  /// A change that is saved at its end.
  private func addSavedRoute(_ site: Site) throws {
    let definition = JobDefinition(
      type: .tool, targets: .allDevices, tool: "static-route-add",
      parameters: ["prefix": "203.0.113.0/24", "next-hop": "10.0.0.1"])
    try site.addJob("route", definition, changes: true, as: "dave") { $0.save = true }
  }

  @Test(.timeLimit(.minutes(1))) func aSignalDropsADeviceThatIsRead() async throws {
    let site = try Site()
    let routers = try site.addRouters(3)
    routers[0].set { $0.holdsAt = "show running-config" }
    try site.addTrigger(try site.addBackup { $0.concurrency = 1 })
    site.pass(60)
    let stop = StopSignal()
    let time = site.now
    async let outcome = site.runner(stop: stop).runDue(at: time)
    try await routers[0].holding()
    stop.stop(.signal)
    let ended = try await outcome
    #expect(ended.isStopped)
    #expect(try site.statuses == [.cancelled])
    #expect(try site.executions[0].summary == "0 of 3 devices succeeded; netjob was told to end")
    #expect(try site.devices(of: try site.executions[0]).map(\.status) == [.cancelled, .notBegun, .notBegun])
    #expect(routers[1].connections + routers[2].connections == 0)
  }

  @Test func aChangeEndsItsLineAndSendsNoOther() async throws {
    let site = try Site()
    let routers = try site.addRouters(2)
    routers[0].set { $0.holdsAt = lines[0] }
    try site.addChange(lines: lines, as: "dave") { $0.concurrency = 1 }
    let stop = StopSignal()
    async let running = site.run("change", as: "dave", stop: stop)
    try await routers[0].holding()
    stop.stop(.signal)
    try await Task.sleep(for: .milliseconds(20))
    #expect(try site.statuses == [.running])
    routers[0].resume()
    let execution = try await running
    #expect(execution.status == .cancelled)
    let devices = try site.devices(of: execution)
    #expect(devices.map(\.status) == [.failed, .notBegun])
    #expect(devices[0].error == "stopped (netjob was told to end); sent before: \(lines[0])")
    #expect(devices[0].changed)
    #expect(routers[0].count(of: lines[1]) == 0)
    #expect(routers[1].connections == 0)
    #expect(try site.count("device_lease") == 0)
  }

  @Test func aLineThatDoesNotEndIsADoubt() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    router.set { $0.holdsAt = lines[0] }
    try site.addChange(lines: lines, as: "dave")
    let stop = StopSignal()
    var pace = Site.quick
    pace.changeGrace = .milliseconds(30)
    async let running = site.run("change", as: "dave", stop: stop, pace: pace)
    try await router.holding()
    stop.stop(.signal)
    let execution = try await running
    #expect(execution.status == .cancelled)
    #expect(try site.devices(of: execution).first?.status == .inDoubt)
    #expect(try site.devices(of: execution).first?.lastCommand == lines[0])
  }

  @Test(.timeLimit(.minutes(1))) func aChangeThatSentNothingIsDroppedAtOnce() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    router.set { $0.holdsAt = "show running-config" }
    try site.addChange(lines: lines, as: "dave")
    let stop = StopSignal()
    let job = try site.job("change")
    async let running = site.runner(stop: stop, as: "dave").run(job, only: nil, queues: false)
    try await router.holding()
    stop.stop(.signal)
    let execution = try await running
    #expect(execution.status == .cancelled)
    #expect(try site.devices(of: execution).first?.status == .cancelled)
    #expect(router.count(of: "configure terminal") == 0)
  }

  @Test func aStopLeavesAChangeUnsavedAndSaysSo() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    try addSavedRoute(site)
    router.set { $0.holdsAt = lines[0] }
    let stop = StopSignal()
    async let running = site.run("route", as: "dave", stop: stop)
    try await router.holding()
    stop.stop(.signal)
    router.resume()
    let device = try #require(try site.devices(of: try await running).first)
    #expect(device.status == .failed)
    #expect(device.error == "the change was made and is not saved: stopped (netjob was told to end)")
    #expect(device.after != nil)
    #expect(router.count(of: "write memory") == 0)
  }

  @Test(.timeLimit(.minutes(1))) func aStopBehindAllWorkStopsNothing() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    try addSavedRoute(site)
    router.set { $0.holdsAt = "write memory" }
    let stop = StopSignal()
    async let running = site.run("route", as: "dave", stop: stop)
    try await router.holding()
    stop.stop(.signal)
    router.resume()
    let execution = try await running
    #expect(execution.status == .succeeded)
    #expect(execution.summary == "1 of 1 device succeeded; too late to stop it: netjob was told to end")
  }

  @Test func aWishInTheDatabaseCancels() async throws {
    let site = try Site()
    let routers = try site.addRouters(2)
    routers[0].set { $0.holdsAt = "show running-config" }
    try site.addBackup { $0.concurrency = 1 }
    async let running = site.run("backup")
    try await routers[0].holding()
    let other = try site.anotherStore()
    try other.change(as: Site.caller("alice")) { try $0.requestCancel(try ExecutionQueries.find($0.sql, 1)) }
    let execution = try await running
    #expect(execution.status == .cancelled)
    #expect(execution.summary == "0 of 2 devices succeeded; cancelled")
    #expect(routers[1].connections == 0)
  }

  @Test func waitingForADeviceIsNotBegun() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    router.set { $0.holdsAt = "show running-config" }
    try site.addChange("first", as: "dave")
    try site.addChange("second", as: "dave")
    async let first = site.run("first", as: "dave")
    try await router.holding()
    let stop = StopSignal()
    async let second = site.run("second", as: "dave", stop: stop)
    try await site.wait { try site.executions.count == 2 }
    stop.stop(.signal)
    let execution = try await second
    #expect(execution.status == .cancelled)
    #expect(try site.devices(of: execution).map(\.status) == [.notBegun])
    router.resume()
    #expect(try await first.status == .succeeded)
  }

  /// The places are taken by another job, which may keep them for long.
  @Test func waitingForAPlaceIsNotBegun() async throws {
    let site = try Site()
    let routers = try site.addRouters(2)
    routers[0].set { $0.holdsAt = "show running-config" }
    for (name, router) in [("first", "r1"), ("second", "r2")] {
      try site.addTrigger(try site.addBackup(name, targets: .devices([router])))
    }
    site.pass(60)
    let time = site.now
    async let outcome = site.runner(sessions: 1).runDue(at: time)
    try await site.wait { try routers[0].isHolding && site.executions.count == 2 }
    try site.change { try $0.requestCancel(try ExecutionQueries.find($0.sql, 2)) }
    try await site.wait { try site.execution(2).status == .cancelled }
    #expect(try site.execution(1).status == .running)
    #expect(try site.devices(of: try site.execution(2)).map(\.status) == [.notBegun])
    routers[0].resume()
    _ = try await outcome
    #expect(try site.execution(1).status == .succeeded)
    #expect(routers[1].connections == 0)
  }

  @Test func aRetryDoesNotOutliveAStop() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    router.set { $0.connectionError = TransportError(.unreachable, "no route to host") }
    let job = try site.addBackup { $0.retries = 5 }
    var pace = Site.quick
    pace.retry = .seconds(60)
    let stop = StopSignal()
    let runner = site.runner(stop: stop, as: "alice", pace: pace)
    async let running = runner.run(job, only: nil, queues: false)
    try await site.wait { try site.store.read { try DeviceQueries.find($0, "r1").status } == .down }
    stop.stop(.signal)
    #expect(try await running.status == .cancelled)
  }

  @Test func afterASignalNothingIsClaimed() async throws {
    let site = try Site()
    try site.addRouters(1)
    let trigger = try site.addTrigger(try site.addBackup())
    site.pass(60)
    let stop = StopSignal()
    stop.stop(.signal)
    #expect(try await site.runner(stop: stop).runDue(at: site.now).isStopped)
    #expect(try site.executions.isEmpty)
    #expect(try site.trigger(trigger.id).nextFire == site.now)
  }

  // MARK: Storage

  private static let full = StorageError(.diskFull, "the disk is full")

  @Test func aCommandThatCannotBeRecordedIsNotSent() async throws {
    let site = try Site()
    let routers = try site.addRouters(3)
    try site.addChange(lines: lines, as: "dave") { $0.concurrency = 1 }
    let (store, database) = site.failingStore()
    routers[0].set { $0.holdsAt = lines[0] }
    let job = try site.job("change")
    async let running = site.runner(store, as: "dave").run(job, only: nil, queues: false)
    try await routers[0].holding()
    database.fail { $0.contains("SET last_command") ? Self.full : nil }
    routers[0].resume()
    let execution = try await running
    #expect(execution.status == .failed)
    #expect(execution.summary.contains("results cannot be written: the disk is full"))
    let devices = try site.devices(of: execution)
    #expect(devices.map(\.status) == [.failed, .notBegun, .notBegun])
    #expect(devices[0].error == "stopped (results cannot be written: the disk is full); sent before: \(lines[0])")
    #expect(routers[0].count(of: lines[1]) == 0)
    #expect(routers[1].connections + routers[2].connections == 0)
  }

  @Test func aResultThatCannotBeRecordedStopsTheRest() async throws {
    let site = try Site()
    let routers = try site.addRouters(2)
    try site.addChange(lines: lines, as: "dave") { $0.concurrency = 1 }
    let (store, database) = site.failingStore()
    let failing = "UPDATE execution_device SET status = ?, end_time = ?, error = ?, changed = ?"
    database.fail { $0.contains(failing) ? Self.full : nil }
    let execution = try await site.runner(store, as: "dave").run(try site.job("change"), only: nil, queues: false)
    #expect(execution.status == .failed)
    #expect(routers[1].connections == 0)
    let devices = try site.devices(of: execution)
    #expect(devices.map(\.status) == [.inDoubt, .notBegun])
    #expect(devices[0].lastCommand == lines[1])
  }

  @Test func anEndThatCannotBeRecordedIsLeftToTheSweep() async throws {
    let site = try Site()
    let routers = try site.addRouters(2)
    try site.addTrigger(try site.addChange(lines: lines, as: "dave") { $0.concurrency = 1 }, as: "dave")
    let (store, database) = site.failingStore()
    site.pass(60)
    database.fail { $0.contains("end_time = ?") ? Self.full : nil }
    let outcome = try await site.runner(store).runDue(at: site.now)
    #expect(outcome.hasFailures)
    #expect(try site.statuses == [.running])
    #expect(site.complaints.first?.contains("its end could not be recorded: the disk is full") == true)
    #expect(routers[1].connections == 0)
    // The process lives on here, so its lease has to run out.
    site.pass(61)
    try await site.runDue()
    #expect(try site.statuses.first == .interrupted)
    #expect(try site.devices(of: try site.executions[0]).map(\.status) == [.inDoubt, .notBegun])
    #expect(routers[0].count(of: lines[0]) == (try site.statuses.count > 1 ? 2 : 1))
  }

  @Test func aDatabaseThatIsLockedForAWhileLosesNoResult() async throws {
    let site = try Site()
    try site.addRouters(1)
    try site.addBackup()
    let (store, database) = site.failingStore()
    let failures = Countdown(2)
    database.fail {
      $0.contains("devices_failed = (SELECT") && failures.next() ? StorageError(.locked, "the database is locked") : nil
    }
    let execution = try await site.runner(store, as: "alice").run(try site.job("backup"), only: nil, queues: false)
    #expect(execution.status == .succeeded)
  }

  @Test func aHeartbeatThatCannotReadGoesOn() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    router.set { $0.holdsAt = "show running-config" }
    let job = try site.addBackup()
    let (store, database) = site.failingStore()
    database.fail {
      $0.contains("SELECT cancel_requested") || $0.contains("SET lease_until")
        ? StorageError(.locked, "the database is locked") : nil
    }
    async let running = site.runner(store, as: "alice").run(job, only: nil, queues: false)
    try await router.holding()
    try await Task.sleep(for: .milliseconds(40))
    router.resume()
    #expect(try await running.status == .succeeded)
  }
}
