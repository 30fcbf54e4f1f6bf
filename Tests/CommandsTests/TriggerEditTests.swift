import Commands
import Scheduling
import Terminal
import Testing

/// It is Monday 2026-03-02, 10:00 UTC.
@Suite struct TriggerEditTests {
  private func bench() async throws -> CommandBench {
    let bench = try await CommandBench()
    for words in [
      ["job", "create", "b", "--type", "backup", "--all-devices"],
      ["trigger", "add", "b", "t", "--daily", "1", "--at", "12:00", "--timezone", "Europe/Berlin"],
    ] {
      let outcome = await bench.run(words, as: "alice")
      guard outcome.status == .done else { throw TerminalError(.invalidInput, outcome.errors) }
    }
    _ = await bench.run(["filter", "add", "f", "--rule", "dates 2026-03-02..2026-03-04"])
    return bench
  }

  struct Edit: Sendable {
    let words: [String]
    var schedule = "daily 1 at 12:00"
    var zone = "Europe/Berlin"
    var filters: [String] = []
    let next: String?
  }

  static let edits: [Edit] = [
    Edit(words: ["--cron", "30 3 * * 1-5"], schedule: "cron 30 3 * * 1-5", next: "2026-03-03T02:30:00Z"),
    Edit(words: ["--weekly", "thu", "--at", "03:00"], schedule: "weekly thu at 03:00", next: "2026-03-05T02:00:00Z"),
    Edit(
      words: ["--monthly", "all", "--day", "last", "--at", "03:00"], schedule: "monthly all day last at 03:00",
      next: "2026-03-31T01:00:00Z"),
    Edit(words: ["--once", "2026-03-29T02:30"], schedule: "once 2026-03-29T02:30", next: "2026-03-29T01:00:00Z"),
    Edit(words: ["--timezone", "UTC"], zone: "UTC", next: "2026-03-02T12:00:00Z"),
    Edit(words: ["--filter", "f"], filters: ["f"], next: "2026-03-05T11:00:00Z"),
    Edit(
      words: ["--filter", "1", "--filter", "f", "--timezone", "UTC"], zone: "UTC", filters: ["f"],
      next: "2026-03-05T12:00:00Z"),
    Edit(words: ["--disabled"], next: nil),
    Edit(words: ["--disabled", "--cron", "0 0 30 2 *"], schedule: "cron 0 0 30 2 *", next: nil),
  ]

  @Test(arguments: edits) func whatIsGivenChanges(_ edit: Edit) async throws {
    let bench = try await bench()
    let edited = try (await bench.run(["trigger", "edit", "b", "t", "--json"] + edit.words, as: "alice")).json
    #expect(edited["schedule"]?.stringValue == edit.schedule)
    #expect(edited["kind"]?.stringValue == String(edit.schedule.prefix { $0 != " " }))
    #expect(edited["timezone"]?.stringValue == edit.zone)
    #expect(edited["filters"] == .strings(edit.filters))
    #expect(edited["enabled"] == .bool(edit.next != nil))
    #expect(edited["nextFire"] == .optional(edit.next))
    #expect(try (await bench.run("trigger show b t --json")).json == edited)
    let back = [
      "trigger", "edit", "b", "t", "--daily", "1", "--at", "12:00", "--timezone", "Europe/Berlin", "--no-filter", "--enabled",
    ]
    #expect(try (await bench.run(back + ["--json"], as: "alice")).json["nextFire"] == "2026-03-02T11:00:00Z")
    #expect((await bench.run(back, as: "alice")).errors.contains("is that already"))
  }

  @Test(arguments: [
    ("alice", [], Commands.ExitStatus.usage, "needed"), ("alice", ["--at", "12:00"], .usage, "--at"),
    ("alice", ["--cron", "0 0 30 2 *"], .usage, "never fire"),
    ("alice", ["--cron", "0 25 * * *"], .usage, "hour '25': must be 0-23, at column 3"),
    ("alice", ["--timezone", "CEST"], .usage, "'CEST'"), ("alice", ["--filter", "g"], .notFound, "'g'"),
    ("alice", ["--filter", "f", "--no-filter"], .usage, "exclude each other"),
    ("alice", ["--enabled", "--disabled"], .usage, "exclude each other"),
    ("alice", ["--cron", "@daily", "--daily", "1", "--at", "12:00"], .usage, "exclude each other"),
    ("vera", ["--timezone", "UTC"], .notPermitted, "edit-job"),
  ])
  func refusals(user: String, words: [String], status: Commands.ExitStatus, message: String) async throws {
    let bench = try await bench()
    let before = try (await bench.run("trigger show b t --json")).json
    let outcome = await bench.run(["trigger", "edit", "b", "t"] + words, as: user)
    #expect(outcome.status == status)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
    #expect(try (await bench.run("trigger show b t --json")).json == before)
    #expect(await bench.run("trigger edit b nothing --timezone UTC", as: "alice").status == .notFound)
  }
}
