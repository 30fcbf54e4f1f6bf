import JobModel
import JobRunner
import Scheduling
import Storage
import Testing

@Suite(.serialized) struct OverlapTests {
  @Test func aRunningJobIsSkipped() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    try site.addTrigger(try site.addBackup())
    router.set { $0.holdsAt = "show running-config" }
    site.pass(60)
    async let first = site.runDue()
    try await router.holding()
    try await site.pass(60, alive: 1)
    let second = try await site.runner(try site.anotherStore()).runDue(at: site.now)
    #expect(!second.hasFailures)
    router.resume()
    _ = try await first
    #expect(try site.statuses == [.succeeded, .skipped])
    #expect(try site.executions[1].summary == "execution 1 of the job has not ended")
    #expect(router.connections == 1)
  }

  @Test func aQueuedJobWaitsItsTurnAndIsTakenUpLater() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    try site.addTrigger(try site.addBackup { $0.overlap = .queue })
    router.set { $0.holdsAt = "show running-config" }
    site.pass(60)
    async let first = site.runDue()
    try await router.holding()
    try await site.pass(60, alive: 1)
    try await site.runDue()
    #expect(try site.statuses == [.running, .pending])
    // One that waits is enough: a fast trigger piles nothing up.
    try await site.pass(60, alive: 1)
    try await site.runDue()
    #expect(try site.statuses == [.running, .pending, .skipped])
    router.resume()
    _ = try await first
    try await site.runDue()
    #expect(try site.statuses == [.succeeded, .succeeded, .skipped])
    #expect(router.connections == 2)
  }

  @Test func twoThatWaitDoNotWaitForEachOther() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    let job = try site.addBackup { $0.overlap = .queue }
    for _ in 0..<3 { _ = try await site.runner(as: "alice").run(job, only: nil, queues: true) }
    #expect(try site.statuses == [.pending, .pending, .pending])
    for round in 1...3 {
      try await site.runDue()
      #expect(try site.statuses.filter { $0 == .succeeded }.count >= round || round > 1)
    }
    #expect(try site.statuses == [.succeeded, .succeeded, .succeeded])
    #expect(router.connections == 3)
  }

  /// A change of dave's that waits, and was allowed without approval.
  private func waiting(_ site: Site, as user: String) async throws {
    let job = try site.addChange(as: user)
    if user == "alice" { try site.clear("change") }
    let execution = try await site.runner(as: user).run(job, only: nil, queues: true)
    #expect(execution.status == .pending)
  }

  @Test func theRightIsAskedAgain() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    try await waiting(site, as: "dave")
    try site.change(as: "root") { change in
      try change.revoke(
        "run-tool-job-without-approval", from: try AccountQueries.find(change.sql, "dave"), network: nil)
    }
    try await site.runDue()
    #expect(try site.statuses == [.notApproved])
    #expect(try site.executions[0].summary == "user 'dave' may no longer run it without approval")
    #expect(router.connections == 0)
  }

  @Test func theApprovalIsComparedAgain() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    try await waiting(site, as: "alice")
    try site.change(as: "root") { change in
      var edit = DeviceEdit()
      edit.address = "10.9.9.9"
      try change.editDevice(try DeviceQueries.find(change.sql, "r1"), edit)
    }
    try await site.runDue()
    #expect(try site.statuses == [.notApproved])
    #expect(try site.executions[0].summary.contains("device 'r1' has another address or platform"))
    #expect(try site.approvalStatus("change") == .closed)
    #expect(router.connections == 0)
  }

  @Test func anApprovedOneIsTakenUp() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    try await waiting(site, as: "alice")
    try await site.runDue()
    #expect(try site.statuses == [.succeeded])
    #expect(router.count(of: "ip route 203.0.113.0/24 10.0.0.1") == 1)
    #expect(try site.approvalStatus("change") == .closed)
  }

  @Test func aDisabledJobIsNotTakenUp() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    try await waiting(site, as: "dave")
    try site.change { try $0.setJob(try JobQueries.find($0.sql, "change"), enabled: false, zones: ZoneDatabase()) }
    try await site.runDue()
    #expect(try site.statuses == [.skipped])
    #expect(router.connections == 0)
  }

  @Test func theRevisionThatWasClaimedIsRun() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    try await waiting(site, as: "dave")
    try site.change(as: "dave") { change in
      let job = try JobQueries.find(change.sql, "change")
      try change.editJob(
        job, network: try NetworkQueries.find(change.sql, "default"), JobDefinition(type: .backup, targets: .allDevices),
        secrets: [:], changesDevices: false)
    }
    try await site.runDue()
    #expect(try site.statuses == [.succeeded])
    #expect(router.count(of: "ip route 203.0.113.0/24 10.0.0.1") == 1)
  }

  @Test func oneThatCannotBeReadEnds() async throws {
    let site = try Site()
    try site.addRouters(1)
    try await waiting(site, as: "dave")
    try site.change { try $0.sql.execute("UPDATE job_revision SET definition = '{'") }
    #expect(try await site.runDue().hasFailures)
    #expect(try site.statuses == [.failed])
    #expect((try await site.runDue()).isClean)
  }

  @Test func aBusyJobIsRefusedToAPerson() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    try site.addBackup()
    router.set { $0.holdsAt = "show running-config" }
    async let first = site.run("backup")
    try await router.holding()
    await #expect(throws: ModelError(.conflict, "job 'backup' is busy: execution 1 of the job has not ended")) {
      _ = try await site.run("backup")
    }
    router.resume()
    #expect(try await first.status == .succeeded)
  }
}
