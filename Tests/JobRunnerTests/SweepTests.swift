import JobModel
import JobRunner
import Scheduling
import Storage
import Synchronization
import Testing

/// Counts down, from several tasks.
final class Countdown: Sendable {
  private let left: Atomic<Int>
  init(_ count: Int) { left = Atomic(count) }
  /// Whether it was not yet at zero.
  func next() -> Bool { left.subtract(1, ordering: .relaxed).oldValue > 0 }
}

@Suite(.serialized) struct SweepTests {
  private let line = "ip route 203.0.113.0/24 10.0.0.1"

  private static var dead: ExecutionOwner {
    var owner = ProcessIdentity.current()
    owner.startTicks -= 1
    return owner
  }

  private static var rebooted: ExecutionOwner {
    var owner = ProcessIdentity.current()
    owner.boot = "00000000-0000-0000-0000-000000000000"
    return owner
  }

  /// Claims the change for `owner`, and leaves r1 done, r2 in a line, r3 reading, r4 not begun.
  private func left(_ site: Site, by owner: ExecutionOwner) throws -> ExecutionClaim {
    try site.addRouters(4)
    let job = try site.addChange()
    try site.addTrigger(job)
    try site.clear("change")
    site.pass(60)
    let claims = Claims(catalogs: site.catalogs, zones: ZoneDatabase(), owner: owner)
    return try site.change(as: "root") { change in
      let id = try #require(try TriggerQueries.due(change.sql, now: change.now).first)
      guard case .run(let claimed) = try claims.fire(change, trigger: id, at: change.now) else {
        throw ModelError(.invalid, "not claimed")
      }
      for (index, name) in ["r1", "r2", "r3"].enumerated() {
        _ = try change.lease(try DeviceQueries.find(change.sql, name).id, for: claimed.claim)
        try change.beginDevice(claimed.claim, position: index)
      }
      try change.noteCommand(claimed.claim, position: 0, line)
      try change.endDevice(claimed.claim, position: 0, DeviceOutcome(status: .succeeded, changed: true))
      try change.noteCommand(claimed.claim, position: 1, line)
      return claimed.claim
    }
  }

  @Test(arguments: ["dead", "rebooted", "expired"])
  func whatADeadProcessLeftIsInterrupted(how: String) async throws {
    let site = try Site()
    let claim = try left(site, by: how == "dead" ? Self.dead : how == "rebooted" ? Self.rebooted : ProcessIdentity.current())
    if how == "expired" { site.pass(61) }
    let connections = try site.store.read { try DeviceQueries.all($0) }.count
    #expect(connections == 4)
    let outcome = try await site.runner().runDue(at: Site.start.adding(seconds: 61))
    #expect(outcome.hasFailures)
    let execution = try site.execution(claim.id)
    #expect(execution.status == .interrupted)
    let why = how == "expired" ? "the process that ran it gave no sign of life" : "the process that ran it died"
    #expect(execution.summary == "\(why); in doubt: r2")
    #expect(execution.devicesFailed == 2)
    #expect(execution.endTime != nil)
    let devices = try site.devices(of: execution)
    #expect(devices.map(\.status) == [.succeeded, .inDoubt, .interrupted, .notBegun])
    #expect(devices[1].error?.contains(line) == true)
    #expect(try site.count("device_lease") == 0)
    #expect(try site.approvalStatus("change") == .closed)
    #expect(site.reports.map(\.id) == [claim.id])
    // It is never run again, also when its time has long passed.
    site.pass(3600)
    try await site.runDue()
    #expect(try site.executions.filter { $0.status == .succeeded }.isEmpty)
    #expect(try site.executions.dropFirst().allSatisfy { $0.status == .notApproved })
  }

  /// Junos takes back what nobody confirms: who reads the history need not hurry there, or must not count on what was typed.
  @Test(arguments: [
    ("commit confirmed 5", "; not confirmed: the device goes back by itself within 5 minutes"),
    ("commit", "; unless it took that, the device goes back by itself within 5 minutes"),
    ("set system host-name x", ""),
  ]) func whatADeviceDoesByItselfIsTold(_ item: (command: String, afterwards: String)) async throws {
    let site = try Site()
    _ = try site.addRouters(2, platform: "juniper_junos")
    let job = try site.addChange(lines: ["set system host-name x"])
    try site.addTrigger(job)
    try site.clear("change")
    site.pass(60)
    let claims = Claims(catalogs: site.catalogs, zones: ZoneDatabase(), owner: Self.dead)
    let claim = try site.change(as: "root") { change in
      let id = try #require(try TriggerQueries.due(change.sql, now: change.now).first)
      guard case .run(let claimed) = try claims.fire(change, trigger: id, at: change.now) else {
        throw ModelError(.invalid, "not claimed")
      }
      try change.beginDevice(claimed.claim, position: 0)
      try change.noteCommand(claimed.claim, position: 0, item.command)
      return claimed.claim
    }
    // Another revision since tells nothing of what was sent.
    try site.change(as: "alice") { change in
      let job = try JobQueries.find(change.sql, "change")
      var definition = job.definition
      definition.targets = .devices(["r2"])
      try change.editJob(
        job, network: try NetworkQueries.find(change.sql, job.network), definition, secrets: [:], changesDevices: true)
    }
    try await site.runDue()
    let devices = try site.devices(of: try site.execution(claim.id))
    #expect(devices.map(\.status) == [.inDoubt, .notBegun])
    #expect(
      devices[0].error
        == "netjob died while it worked on the device; the last command on its way was: \(item.command)\(item.afterwards)")
  }

  @Test func aLivingProcessIsLeftAlone() async throws {
    let site = try Site()
    let claim = try left(site, by: ProcessIdentity.current())
    site.pass(59)
    try await site.runDue()
    #expect(try site.execution(claim.id).status == .running)
    var elsewhere = ProcessIdentity.current()
    elsewhere.host = "elsewhere"
    elsewhere.pid = 1
    let other = try Site()
    let foreign = try left(other, by: elsewhere)
    _ = try await other.runner().runDue(at: other.now)
    #expect(try other.execution(foreign.id).status == .running)
  }

  @Test func theFormerOwnerCanWriteNothing() async throws {
    let site = try Site()
    let claim = try left(site, by: Self.dead)
    _ = try await site.runner().runDue(at: site.now)
    let before = try site.devices(of: try site.execution(claim.id))
    let writes: [(Change) throws -> Void] = [
      { try $0.beginDevice(claim, position: 3) }, { try $0.noteCommand(claim, position: 2, "late") },
      { try $0.noteBefore(claim, position: 2, "late") },
      { try $0.endDevice(claim, position: 1, DeviceOutcome(status: .succeeded)) },
      { try $0.endExecution(claim, .succeeded, summary: "late") },
      { _ = try $0.lease(try DeviceQueries.find($0.sql, "r2").id, for: claim) },
    ]
    for write in writes {
      #expect(throws: ModelError.self) { try site.change(as: "root", write) }
    }
    #expect(try site.change { try $0.renew(claim, until: $0.now.adding(seconds: 60)) } == nil)
    #expect(try site.devices(of: try site.execution(claim.id)) == before)
    #expect(try site.execution(claim.id).status == .interrupted)
  }

  @Test func aProcessWhoseLeaseRanOutSendsNothingMore() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    let lines = [line, "ip route 198.51.100.0/24 10.0.0.1"]
    try site.addTrigger(try site.addChange(lines: lines, as: "dave"), "t", "1 12 * * *", as: "dave")
    router.set { $0.holdsAt = lines[0] }
    site.pass(60)
    var pace = Site.quick
    // As if it had been stopped for long: no heartbeat.
    pace.heartbeat = .seconds(600)
    let time = site.now
    async let running = site.runner(pace: pace).runDue(at: time)
    try await router.holding()
    site.pass(61)
    let other = try site.anotherStore()
    #expect(try await site.runner(other).runDue(at: site.now).hasFailures)
    #expect(try site.statuses == [.interrupted])
    router.resume()
    #expect(try await running.hasFailures)
    #expect(router.count(of: lines[1]) == 0)
    #expect(try site.statuses == [.interrupted])
    #expect(try site.devices(of: try site.executions[0]).map(\.status) == [.inDoubt])
    #expect(site.complaints.contains { $0.contains("was taken away from this process") })
  }

  @Test func aHeartbeatKeepsTheLease() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    router.set { $0.holdsAt = "show running-config" }
    try site.addBackup()
    async let running = site.run("backup")
    try await router.holding()
    let other = try site.anotherStore()
    for _ in 0..<4 {
      try await site.pass(40, alive: 1)
      _ = try await site.runner(other).runDue(at: site.now)
    }
    router.resume()
    #expect(try await running.status == .succeeded)
  }

  @Test func aHeartbeatNoticesThatTheExecutionIsGone() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    router.set { $0.holdsAt = "show running-config" }
    let job = try site.addBackup()
    let running = Task { try await site.runner(as: "alice").run(job, only: nil, queues: false) }
    try await router.holding()
    try site.change { change in _ = try change.interrupt(try ExecutionQueries.find(change.sql, 1)) }
    // It drops the device that it reads and can record nothing.
    await #expect(throws: ModelError.self) { _ = try await running.value }
    #expect(try site.statuses == [.interrupted])
  }

  @Test func aPersonNeedNotWaitForCronToSweep() async throws {
    let site = try Site()
    try site.addRouters(1)
    let job = try site.addBackup()
    let claims = Claims(catalogs: site.catalogs, zones: ZoneDatabase(), owner: Self.dead)
    _ = try site.change { try claims.run($0, job: job, only: nil, queues: false) }
    #expect(try await site.run("backup").status == .succeeded)
    #expect(try site.statuses == [.interrupted, .succeeded])
  }

  @Test func anExecutionThatCannotBeSweptStopsNoFire() async throws {
    let site = try Site()
    try site.addRouters(1)
    let job = try site.addBackup("other")
    let claims = Claims(catalogs: site.catalogs, zones: ZoneDatabase(), owner: Self.dead)
    _ = try site.change { try claims.run($0, job: job, only: nil, queues: false) }
    try site.addTrigger(try site.addBackup())
    try site.change { try $0.sql.execute("UPDATE execution_device SET status = 'nonsense'") }
    site.pass(60)
    #expect(try await site.runDue().hasFailures)
    #expect(site.complaints.count == 1)
    #expect(try site.statuses == [.running, .succeeded])
  }

  @Test func tenAtOnceFireEverythingOnce() async throws {
    let site = try Site()
    let routers = try site.addRouters(8)
    for index in 1...8 {
      let target = TargetSpecification.devices(["r\(index)"])
      try site.addTrigger(try site.addChange("c\(index)", lines: [line], targets: target, as: "dave"), as: "dave")
      try site.addTrigger(try site.addBackup("b\(index)", targets: target))
    }
    try site.addTrigger(try site.addChange("approved", lines: ["ip route 198.51.100.0/24 10.0.0.1"], targets: .devices(["r1"])))
    try site.clear("approved")
    site.pass(60)
    let time = site.now
    let stores = try (0..<10).map { _ in try site.anotherStore() }
    let outcomes = try await withThrowingTaskGroup(of: Runner.Outcome.self) { group in
      for store in stores { group.addTask { try await site.runner(store).runDue(at: time) } }
      var all: [Runner.Outcome] = []
      for try await outcome in group { all.append(outcome) }
      return all
    }
    #expect(outcomes.count == 10 && outcomes.allSatisfy(\.isClean))
    #expect(site.complaints.isEmpty)
    let executions = try site.executions
    #expect(executions.count == 17)
    #expect(executions.allSatisfy { $0.status == .succeeded })
    for router in routers {
      #expect(router.count(of: line) == 1)
      #expect(router.maximumChanging == 1)
    }
    #expect(routers[0].count(of: "ip route 198.51.100.0/24 10.0.0.1") == 1)
    #expect(site.reports.count == 17)
  }
}
