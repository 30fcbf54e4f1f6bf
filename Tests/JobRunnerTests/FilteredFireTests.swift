import JobModel
import JobRunner
import Scheduling
import Storage
import Testing

/// What filters remove does not fire, and a catch-up obeys them too. The clock begins on Sunday 2026-11-22 at 12:00 UTC.
@Suite struct FilteredFireTests {
  private func addFilter(_ site: Site, _ name: String, _ rules: [String]) throws {
    try site.change(as: "root") {
      try $0.addFilter(
        name: name, rules: try rules.map { try FilterRule(parsing: $0) }, timezone: nil, zones: ZoneDatabase())
    }
  }

  private func addTrigger(
    _ site: Site, _ job: JobRecord, _ cron: String, _ rules: [String], as user: String = "alice"
  ) throws -> TriggerRecord {
    try addFilter(site, "f", rules)
    return try site.change(as: user) {
      try $0.addTrigger(
        "t", to: job, try Schedule(parsing: "cron \(cron)"), timezone: "UTC", filters: ["f"], enabled: true, zones: ZoneDatabase()
      )
    }
  }

  /// Runs run-due each minute for an hour and a half, the filter covering the half hour in the middle.
  @Test func whatIsRemovedNeverFires() async throws {
    let site = try Site()
    try site.addRouters(1)
    let trigger = try addTrigger(site, try site.addBackup(), "*/10 * * * *", ["window all 12:30-13:00"])
    for _ in 0..<90 {
      site.pass(60)
      try await site.runDue()
    }
    let minutes = try site.executions.map { try #require($0.scheduledTime).milliseconds(since: Site.start) / 60_000 }
    #expect(minutes == [10, 20, 60, 70, 80, 90])
    #expect(try site.statuses.allSatisfy { $0 == .succeeded })
    #expect(try site.trigger(trigger.id).lastFire == Site.start.adding(seconds: 5400))
  }

  struct Absence: Sendable, CustomTestStringConvertible {
    let name: String
    var cron = "* * * * *"
    var rules: [String] = []
    /// How long nobody called run-due.
    let seconds: Int64
    /// When the fire that is recorded was due, in seconds from the start; nil where there is none.
    let fire: Int64?
    var status = ExecutionStatus.succeeded
    /// What the summary says.
    var says: [String] = []

    var testDescription: String { name }
  }

  static let absences = [
    Absence(name: "on time", seconds: 60, fire: 60),
    Absence(name: "late by 59 s", cron: "0 13 * * *", seconds: 3659, fire: 3600),
    Absence(name: "within the grace of a reading job", cron: "0 13 * * *", seconds: 7200, fire: 3600),
    Absence(
      name: "within the grace, where a filter began meanwhile", cron: "0 13 * * *", rules: ["window all 13:30-14:30"],
      seconds: 7200, fire: 3600),
    Absence(
      name: "caught up", cron: "0 13 * * *", seconds: 7201, fire: 3600, says: ["caught up, late by 3601 s"]),
    Absence(
      name: "a catch-up in a blackout", cron: "0 13 * * *", rules: ["window all 14:00-15:00"], seconds: 7201, fire: 3600,
      status: .missed,
      says: ["late by 3601 s, the grace is 3600 s, not caught up now: filter 'f' (window all 14:00-15:00)"]),
    Absence(
      name: "a catch-up after the blackout", cron: "0 13 * * *", rules: ["window all 14:00-15:00"], seconds: 3 * 3600,
      fire: 3600, says: ["caught up, late by 7200 s"]),
    Absence(name: "removed, however late", cron: "0 13 22 11 *", rules: ["dates 2026-11-22"], seconds: 7 * 86_400, fire: nil),
    Absence(
      name: "down an hour", rules: ["window all 12:31-13:30"], seconds: 3600, fire: 1800, says: ["earlier fires since"]),
    Absence(
      name: "down a week", rules: ["window all 08:00-13:00"], seconds: 7 * 86_400, fire: 7 * 86_400 - 4 * 3600 - 60,
      status: .missed, says: ["not caught up now", "since 2026-11-22T13:00:00Z"]),
    Absence(
      name: "down a week, at a free hour", rules: ["window all 08:00-13:00"], seconds: 7 * 86_400 + 3600,
      fire: 7 * 86_400 + 3600, says: ["earlier fires since 2026-11-22T13:00:00Z were missed"]),
    Absence(
      name: "down a year, but for a minute all removed", rules: ["dates 2026-11-23..2027-12-31", "window all 12:02-12:00"],
      seconds: 366 * 86_400, fire: 60, status: .missed, says: ["not caught up now: filter 'f' (dates 2026-11-23..2027-12-31)"]),
    Absence(
      name: "down a year, removed in another zone", rules: ["window all 00:00-23:58 Asia/Tokyo"], seconds: 366 * 86_400,
      fire: 365 * 86_400 + 2 * 3600 + 59 * 60, status: .missed, says: ["not caught up now"]),
    Absence(name: "clock set back an hour", seconds: -3600, fire: nil),
  ]

  @Test(.timeLimit(.minutes(5)), arguments: absences)
  func absence(_ absence: Absence) async throws {
    let site = try Site()
    try site.addRouters(1)
    let job = try site.addBackup()
    let trigger: TriggerRecord
    if absence.rules.isEmpty {
      trigger = try site.addTrigger(job, "t", absence.cron)
    } else {
      trigger = try addTrigger(site, job, absence.cron, absence.rules)
    }
    site.pass(absence.seconds)
    let outcome = try await site.runDue()
    #expect(!outcome.hasFailures)
    let execution = try site.executions.first
    #expect(try site.executions.count == (absence.fire == nil ? 0 : 1))
    #expect(execution?.scheduledTime == absence.fire.map { Site.start.adding(seconds: $0) })
    if let execution {
      #expect(execution.status == absence.status)
      for text in absence.says { #expect(execution.summary.contains(text), "\(execution.summary)") }
      if absence.says.isEmpty { #expect(!execution.summary.contains("late") && !execution.summary.contains("missed")) }
    }
    if let next = try site.trigger(trigger.id).nextFire { #expect(next > site.now) }
    try await site.runDue()
    #expect(try site.executions.count == (absence.fire == nil ? 0 : 1), "it fires once")
  }

  @Test func runDueOverlappingItselfRecordsOneMissedFire() async throws {
    let site = try Site()
    try site.addRouters(1)
    _ = try addTrigger(site, try site.addBackup(), "0 13 * * *", ["window all 14:00-16:00"])
    site.pass(3 * 3600)
    let now = site.now
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<6 {
        let store = try site.anotherStore()
        group.addTask { _ = try await site.runner(store).runDue(at: now) }
      }
      try await group.waitForAll()
    }
    #expect(try site.statuses == [.missed])
  }

  @Test func whatAFilterRemovesIsPartOfTheApproval() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    _ = try addTrigger(site, try site.addChange(), "0 13 * * *", ["dates 2027-01-01"])
    try site.clear("change")
    let manifest = try #require(try site.store.read { try ApprovalQueries.latest($0).first?.manifest() })
    #expect(manifest.triggers.map(\.filters) == [["f"]])
    #expect(manifest.filters == ["f": ["dates 2027-01-01"]])
    // Past netjob, so that nothing falls back: the digest alone has to notice.
    try site.store.database.write { _ = try $0.execute("UPDATE schedule_filter SET rules = 'dates 2027-01-02'") }
    site.pass(3600)
    try await site.runDue()
    let execution = try #require(try site.executions.first)
    #expect(execution.status == .notApproved)
    #expect(execution.summary == "what was approved is not what would run: a schedule filter changed")
    #expect(router.count(of: "configure terminal") == 0)
  }

  @Test func theZoneOfAFilterIsPartOfTheApproval() async throws {
    let site = try Site()
    try site.addRouters(1)
    _ = try addTrigger(site, try site.addChange(), "0 13 * * *", ["dates 2027-01-01"])
    try site.clear("change")
    try site.store.database.write { _ = try $0.execute("UPDATE schedule_filter SET timezone = 'Asia/Tokyo'") }
    site.pass(3600)
    try await site.runDue()
    #expect(try site.statuses == [.notApproved])
  }

  @Test func anApprovedChangeWithFiltersRuns() async throws {
    let site = try Site()
    try site.addRouters(1)
    _ = try addTrigger(site, try site.addChange(), "0 13 * * *", ["dates 2027-01-01"])
    try site.clear("change")
    site.pass(3600)
    try await site.runDue()
    #expect(try site.statuses == [.succeeded])
  }

  /// By the old data the trigger was due tomorrow only.
  @Test func anUpdateOfTheZoneDataIsNoticed() async throws {
    let site = try Site()
    try site.addRouters(1)
    let trigger = try site.addTrigger(try site.addBackup(), "t", "0 13 * * *")
    try site.store.database.write { sql in
      _ = try sql.execute("UPDATE job_trigger SET next_fire = ?", Site.start.adding(seconds: 86_400))
      _ = try sql.execute("UPDATE setting SET value = '1999z' WHERE key = 'schedule.timezone-data'")
    }
    try await site.runDue()
    #expect(try site.executions.isEmpty)
    #expect(try site.trigger(trigger.id).nextFire == Site.start.adding(seconds: 3600))
    site.pass(3600)
    try await site.runDue()
    #expect(try site.statuses == [.succeeded])
    let audit = try site.store.read {
      try $0.rows("SELECT detail FROM audit WHERE action = 'schedule.recompute'").map { try $0.text("detail") }
    }
    #expect(audit.count == 1)
    #expect(audit.first?.hasPrefix("time zone data 1999z -> ") == true)
  }

  @Test func aZoneThatIsGoneIsReported() async throws {
    let site = try Site()
    try site.addTrigger(try site.addBackup(), "t", "0 13 * * *")
    try site.store.database.write { sql in
      _ = try sql.execute("UPDATE job_trigger SET timezone = 'Mars/Olympus'")
      _ = try sql.execute("UPDATE setting SET value = '1999z' WHERE key = 'schedule.timezone-data'")
    }
    #expect(try await site.runDue().hasFailures)
    #expect(site.complaints.count == 1)
    #expect(site.complaints.first?.contains("trigger backup/t was switched off: time zone 'Mars/Olympus'") == true)
    #expect((try await site.runDue()).isClean)
  }
}
