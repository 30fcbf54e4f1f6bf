import Commands
import JobModel
import Scheduling
import Storage
import Terminal
import Testing

/// It is Monday 2026-03-02, 10:00 UTC.
@Suite struct UpcomingCommandTests {
  private func bench() async throws -> CommandBench {
    let bench = try await CommandBench()
    let route = ["--type", "tool", "--tool", "static-route-add", "--param", "prefix=10.0.0.0/8", "--param", "next-hop=192.0.2.9"]
    for (words, user) in [
      (["filter", "add", "f", "--rule", "dates 2026-03-02..2026-03-04"], "root"),
      (["job", "create", "b", "--type", "backup", "--all-devices"], "alice"),
      (["trigger", "add", "b", "t", "--cron", "0 12 * * *", "--filter", "f"], "alice"),
      (["job", "create", "c", "--device", "r1"] + route, "alice"),
      (["trigger", "add", "c", "one", "--cron", "0 13 * * *"], "alice"),
      (["trigger", "add", "c", "two", "--cron", "0 14 * * *"], "alice"),
      (["trigger", "add", "c", "off", "--cron", "0 14 * * *", "--disabled"], "alice"),
    ] {
      let outcome = await bench.run(words, as: user)
      guard outcome.status == .done else { throw TerminalError(.invalidInput, outcome.errors) }
    }
    return bench
  }

  /// `time job/trigger status: reasons` of each row.
  private func rows(_ bench: CommandBench, _ line: String = "upcoming --json", as user: String = "vera") async throws -> [String]
  {
    try (await bench.run(line, as: user)).json.arrayValue?.map { row in
      let texts = ["time", "job", "trigger", "status"].map { row[$0]?.stringValue ?? "?" }
      let reasons = row["reasons"]?.arrayValue?.compactMap(\.stringValue).joined(separator: "; ") ?? "?"
      return "\(texts[0].dropFirst(5).dropLast(4)) \(texts[1])/\(texts[2]) \(texts[3]): \(reasons)"
    } ?? []
  }

  @Test func eachFireSaysWhatItMeets() async throws {
    let bench = try await bench()
    let removed = "03-02T12:00 b/t removed: filter 'f' (dates 2026-03-02..2026-03-04)"
    #expect(
      try await rows(bench) == [
        removed, "03-02T13:00 c/one not-approved: approval was not requested",
        "03-02T14:00 c/two not-approved: approval was not requested", "03-05T12:00 b/t would-run: ",
      ])
    #expect(try await rows(bench, "upcoming --hours 2 --json") == [removed])
    #expect(
      (await bench.run("upcoming --hours 2", as: "vera")).output
        == "2026-03-02T12:00:00Z\tb\tt\tremoved\tfilter 'f' (dates 2026-03-02..2026-03-04)\n")
    _ = await bench.run("approval request c -m please", as: "alice")
    #expect(try await rows(bench)[1] == "03-02T13:00 c/one not-approved: approval is requested and not given yet")
    _ = await bench.run("approval approve c -m fine", as: "bob")
    #expect(
      try await rows(bench)[1...2] == [
        "03-02T13:00 c/one would-run: ",
        "03-02T14:00 c/two not-approved: the approval is used by the fire at 2026-03-02T13:00:00Z",
      ])
    // What the approval was given for, changed past netjob.
    try bench.store().database.write { _ = try $0.execute("UPDATE device SET address = '192.0.2.77' WHERE name = 'r1'") }
    #expect(
      try await rows(bench)[1]
        == "03-02T13:00 c/one not-approved: what was approved is not what would run: device 'r1' has another address or platform")
  }

  @Test func anApprovalThatWillBeTooOldIsForeseen() async throws {
    let bench = try await bench()
    _ = await bench.run("setting set approval.expires-after 7200")
    _ = await bench.run("approval request c -m please", as: "alice")
    _ = await bench.run("approval approve c -m fine", as: "bob")
    #expect(try await rows(bench)[1] == "03-02T13:00 c/one not-approved: the approval is older than 7200 seconds")
    // Looking changes nothing.
    #expect(try (await bench.run("job show c --json")).json["approvalStatus"] == "approved")
  }

  @Test func disabledJobsAndOwnersWithoutRights() async throws {
    let bench = try await bench()
    _ = await bench.run("job disable b", as: "alice")
    _ = await bench.run("user revoke alice operator")
    let reason = "user 'alice', for whom it runs, lacks"
    #expect(
      try await rows(bench) == [
        "03-02T12:00 b/t removed: filter 'f' (dates 2026-03-02..2026-03-04)",
        "03-02T13:00 c/one failed: \(reason) run-tool-job; approval was not requested",
        "03-02T14:00 c/two failed: \(reason) run-tool-job; approval was not requested",
        "03-05T12:00 b/t disabled: the job is disabled; \(reason) run-job",
      ])
  }

  @Test func overdueFiresMeetTheGrace() async throws {
    let bench = try await bench()
    // Thursday 13:00:01: the backup is late by an hour and a second, its grace is an hour.
    bench.now = try Timestamp(parsing: "2026-03-05T13:00:01Z")
    let all = try await rows(bench)
    #expect(all.contains("03-05T12:00 b/t would-run: caught up, late by 3601 s, the grace is 3600 s"))
    #expect(all.contains("03-02T13:00 c/one missed: late by 259201 s, the grace is 300 s; approval was not requested"))
    _ = await bench.run(["filter", "edit", "f", "--rule", "window thu 12:30-14:00"])
    #expect(
      try await rows(bench).contains(
        "03-05T12:00 b/t missed: late by 3601 s, the grace is 3600 s, not caught up now: filter 'f' (window thu 12:30-14:00)"))
  }

  @Test func onlyNetworksThatTheCallerMaySee() async throws {
    let bench = try await bench()
    _ = await bench.run("network add other")
    _ = await bench.run("user add olga")
    _ = await bench.run("user grant olga view --network other")
    #expect(try await rows(bench, as: "olga") == [])
    #expect(try (await bench.run("filter show f --json", as: "olga")).json["triggers"] == [])
    #expect(await bench.run("upcoming", as: "nobody").status == .notPermitted)
    #expect(await bench.run("upcoming --hours 0", as: "vera").status == .usage)
  }

  @Test func aZoneThatIsGoneIsShown() async throws {
    let bench = try await bench()
    try bench.store().database.write { _ = try $0.execute("UPDATE job_trigger SET timezone = 'Mars/Olympus' WHERE name = 't'") }
    let row = try #require(try await rows(bench).last)
    #expect(row.hasPrefix("03-05T12:00 b/t failed: time zone 'Mars/Olympus'"))
  }
}
