import JobModel
import JobRunner
import Scheduling
import Storage
import Testing

@Suite(.serialized) struct FireTests {
  @Test func firesOnTimeAndOnce() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    let trigger = try site.addTrigger(try site.addBackup())
    #expect((try await site.runDue()).isClean)
    #expect(try site.executions.isEmpty)
    site.pass(60)
    #expect((try await site.runDue()).isClean)
    let execution = try #require(try site.executions.first)
    #expect(execution.status == .succeeded)
    #expect(execution.scheduledTime == Site.start.adding(seconds: 60))
    #expect(execution.user == "alice")
    #expect(execution.trigger == "t")
    #expect(try site.trigger(trigger.id).nextFire == Site.start.adding(seconds: 120))
    #expect(try site.trigger(trigger.id).lastFire == Site.start.adding(seconds: 60))
    #expect(site.reports.map(\.id) == [execution.id])
    #expect((try await site.runDue()).isClean)
    #expect(try site.executions.count == 1)
    #expect(router.connections == 1)
  }

  /// With --at: what was fired ahead of its time is not announced again, and what lies before it still comes.
  @Test func aFireAheadOfItsTimeIsNotToCome() async throws {
    let site = try Site()
    try site.addRouters(1)
    let trigger = try site.addTrigger(try site.addBackup())
    let (first, second, third) = (site.now.adding(seconds: 60), site.now.adding(seconds: 120), site.now.adding(seconds: 180))
    _ = try await site.runner().runDue(at: second)
    #expect(try site.executions.map(\.scheduledTime) == [second])
    #expect(try site.trigger(trigger.id).nextFire == first)
    _ = try await site.runner().runDue(at: first)
    #expect(try site.executions.count == 2)
    #expect(try site.trigger(trigger.id).nextFire == third)
  }

  @Test func aClockSetBackFiresNothingTwice() async throws {
    let site = try Site()
    try site.addRouters(1)
    let trigger = try site.addTrigger(try site.addBackup())
    site.pass(60)
    try await site.runDue()
    site.pass(-3600)
    for _ in 0..<3 {
      try await site.runDue()
      site.pass(60)
    }
    #expect(try site.executions.count == 1)
    // Even a trigger whose next fire was computed anew from the earlier clock.
    try site.change { change in
      let job = try JobQueries.find(change.sql, "backup")
      try change.setJob(job, enabled: false, zones: ZoneDatabase())
      try change.setJob(try JobQueries.find(change.sql, "backup"), enabled: true, zones: ZoneDatabase())
    }
    site.now = Site.start.adding(seconds: 60)
    try await site.runDue()
    #expect(try site.executions.filter { $0.scheduledTime == Site.start.adding(seconds: 60) }.count == 1)
    #expect(try #require(try site.trigger(trigger.id).nextFire) > site.now)
  }

  @Test(
    .timeLimit(.minutes(1)),
    arguments: [
      ("* * * * *", 3600, 3600), ("* * * * *", 50 * 365 * 86_400, 50 * 365 * 86_400), ("* * * * *", 7 * 86_400, 7 * 86_400),
      ("* * * * *", 366 * 86_400, 366 * 86_400),
      ("*/7 3 * * *", 400 * 86_400 + 59, 399 * 86_400 + 15 * 3600 + 56 * 60),
      ("0 0 29 2 *", 5 * 366 * 86_400, 1_835_395_200 - 1_795_348_800),
    ])
  func manyMissedFiresAreOne(cron: String, passed: Int, latest: Int) async throws {
    let site = try Site()
    try site.addRouters(1)
    let trigger = try site.addTrigger(try site.addBackup(), "t", cron)
    site.pass(Int64(passed))
    try await site.runDue()
    let execution = try #require(try site.executions.first)
    #expect(try site.executions.count == 1)
    #expect(execution.scheduledTime == Site.start.adding(seconds: Int64(latest)))
    #expect(execution.status == .succeeded)
    if cron == "* * * * *" { #expect(execution.summary.contains("earlier fires since 2026-11-22T12:01:00Z were missed")) }
    #expect(try #require(try site.trigger(trigger.id).nextFire) > site.now)
    try await site.runDue()
    #expect(try site.executions.count == 1)
  }

  @Test func clockChangesFireOnce() async throws {
    let site = try Site()
    try site.addRouters(1)
    site.now = try Timestamp(parsing: "2027-03-28T00:00:00Z")
    // Skipped in Berlin that day: it fires at the instant of the change.
    let skipped = try site.addTrigger(try site.addBackup("a"), "t", "30 2 * * *", zone: "Europe/Berlin")
    site.now = try Timestamp(parsing: "2027-03-28T01:00:30Z")
    try await site.runDue()
    #expect(try site.executions.map(\.scheduledTime) == [try Timestamp(parsing: "2027-03-28T01:00:00Z")])
    #expect(try site.trigger(skipped.id).nextFire == (try Timestamp(parsing: "2027-03-29T00:30:00Z")))
    // Repeated: the first pass only, also for a host that was down over both.
    site.now = try Timestamp(parsing: "2027-10-30T23:00:00Z")
    try await site.runDue()
    site.now = try Timestamp(parsing: "2027-10-31T02:00:00Z")
    try await site.runDue()
    #expect(try site.executions.last?.scheduledTime == (try Timestamp(parsing: "2027-10-31T00:30:00Z")))
    try await site.runDue()
    #expect(try site.executions.count == 3)
  }

  @Test func lateReadsCatchUpAndLateChangesDoNot() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    try site.addTrigger(try site.addBackup(), "t", "0 13 * * *")
    try site.addTrigger(try site.addChange("change", as: "dave"), "t", "0 13 * * *", as: "dave")
    site.pass(3600 + 7200)
    let outcome = try await site.runDue()
    #expect(!outcome.hasFailures)
    let backup = try #require(try site.executions.first { $0.job == "backup" })
    let change = try #require(try site.executions.first { $0.job == "change" })
    #expect(backup.status == .succeeded)
    #expect(backup.summary.contains("caught up, late by 7200 s"))
    #expect(change.status == .missed)
    #expect(change.summary == "late by 7200 s, the grace is 300 s")
    #expect(router.count(of: "configure terminal") == 0)
    #expect(
      try site.store.read { try TriggerQueries.nextFire($0, job: change.jobID) }
        == (try Timestamp(parsing: "2026-11-23T13:00:00Z")))
  }

  @Test(arguments: [
    (nil, nil, 299, ExecutionStatus.succeeded), (nil, nil, 301, .missed),
    (ExecutionOptions.Missed.runOnce, nil, 4000, .succeeded),
    (nil, 10_000, 9000, .succeeded), (.skip, 60, 61, .missed), (nil, 0, 1, .missed),
  ])
  func graceAndPolicyOfAChange(missed: ExecutionOptions.Missed?, grace: Int?, late: Int, expected: ExecutionStatus) async throws {
    let site = try Site()
    try site.addRouters(1)
    let job = try site.addChange(as: "dave") {
      $0.missed = missed
      $0.grace = grace.map(Int64.init)
    }
    try site.addTrigger(job, "t", "0 13 * * *", as: "dave")
    site.pass(3600 + Int64(late))
    try await site.runDue()
    #expect(try site.statuses == [expected])
  }

  @Test func aReadJobMaySkipWhatItMissed() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    try site.addTrigger(try site.addBackup { $0.missed = .skip }, "t", "0 13 * * *")
    site.pass(3600 + 3601)
    try await site.runDue()
    #expect(try site.statuses == [.missed])
    #expect(router.connections == 0)
  }

  @Test(arguments: ["zone", "schedule", "definition", "option"])
  func oneBrokenTriggerStopsNoOther(what: String) async throws {
    let site = try Site()
    try site.addRouters(1)
    let broken = try site.addTrigger(try site.addBackup("broken"))
    let good = try site.addTrigger(try site.addBackup("good"))
    try site.change { change in
      switch what {
      case "zone": try change.sql.execute("UPDATE job_trigger SET timezone = 'Europe/Atlantis' WHERE id = ?", broken.id)
      case "schedule": try change.sql.execute("UPDATE job_trigger SET schedule = 'cron 61 * * * *' WHERE id = ?", broken.id)
      case "definition":
        try change.sql.execute("UPDATE job_revision SET definition = '{\"type\":' WHERE job_id = ?", broken.jobID)
      default:
        try change.sql.execute(
          "UPDATE job_revision SET definition = replace(definition, '\"options\":{', '\"options\":{\"maxFailures\":\"x\",') WHERE job_id = ?",
          broken.jobID)
      }
    }
    site.pass(60)
    let outcome = try await site.runDue()
    #expect(outcome.hasFailures)
    #expect(try site.executions.map(\.job) == ["good"])
    let off = try site.trigger(broken.id)
    #expect(!off.isEnabled)
    #expect(off.nextFire == nil)
    #expect(off.error?.isEmpty == false)
    #expect(site.complaints.count == 1)
    #expect(site.complaints.first?.hasPrefix("trigger broken/t was switched off: ") == true)
    // It does not come back.
    #expect((try await site.runDue()).isClean)
    #expect(try site.trigger(good.id).isEnabled)
  }

  @Test func aMissingZoneDatabaseSwitchesNothingOff() async throws {
    let site = try Site()
    try site.addRouters(1)
    let trigger = try site.addTrigger(try site.addBackup())
    site.pass(60)
    let outcome = try await site.runner(zones: ZoneDatabase(directory: site.folder + "/none")).runDue(at: site.now)
    #expect(outcome.hasFailures)
    #expect(try site.trigger(trigger.id).isEnabled)
    try await site.runDue()
    #expect(try site.statuses == [.succeeded])
  }

  @Test func whatIsSwitchedOffDoesNotFire() async throws {
    let site = try Site()
    try site.addRouters(1)
    let job = try site.addBackup("off")
    try site.addTrigger(job)
    let other = try site.addBackup("on")
    let trigger = try site.addTrigger(other)
    try site.change { change in
      try change.setJob(job, enabled: false, zones: ZoneDatabase())
      try change.setTrigger(trigger, of: other, enabled: false, zones: ZoneDatabase())
    }
    site.pass(120)
    #expect((try await site.runDue()).isClean)
    #expect(try site.executions.isEmpty)
  }

  @Test func anOwnerWhoLostTheRightRunsNothing() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    try site.addTrigger(try site.addChange(as: "dave"), as: "dave")
    try site.addTrigger(try site.addBackup(as: "dave"), as: "dave")
    try site.change(as: "root") { change in
      let dave = try AccountQueries.find(change.sql, "dave")
      try change.revoke("operator", from: dave, network: nil)
    }
    site.pass(60)
    #expect(try await site.runDue().hasFailures)
    #expect(
      Set(try site.executions.map(\.summary)) == [
        "user 'dave', for whom it runs, lacks run-tool-job", "user 'dave', for whom it runs, lacks run-job",
      ])
    #expect(router.connections == 0)
  }

  @Test func aSearchWithoutMatchesIsVisible() async throws {
    let site = try Site()
    try site.addRouters(1)
    try site.addTrigger(try site.addBackup(targets: .search("name:none*")))
    site.pass(60)
    try await site.runDue()
    #expect(try site.statuses == [.succeeded])
    #expect(try site.executions[0].summary == "no device matched the targets")
  }

  @Test func onlyTheWantedNetworksFire() async throws {
    let site = try Site()
    try site.addRouters(1)
    try site.addTrigger(try site.addBackup())
    site.pass(60)
    let outcome = try await site.runner().runDue(at: site.now, networks: [99])
    #expect(outcome.isClean)
    #expect(try site.executions.isEmpty)
    _ = try await site.runner().runDue(at: site.now, networks: [1])
    #expect(try site.executions.count == 1)
  }
}
