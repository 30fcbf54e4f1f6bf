import Commands
import Scheduling
import Terminal
import Testing

@Suite struct TriggerCommandTests {
  private func bench() async throws -> CommandBench {
    let bench = try await CommandBench()
    _ = await bench.run("job create b --type backup --all-devices", as: "alice")
    return bench
  }

  @Test func triggersAreAddedListedAndShown() async throws {
    let bench = try await bench()
    let words = ["trigger", "add", "b", "night", "--cron", "30 2 * * *", "--timezone", "Europe/Berlin", "--json"]
    let added = await bench.run(words, as: "alice")
    #expect(added.status == .done)
    let list = await bench.run("trigger list b --json", as: "vera")
    let trigger = try #require(try list.json.arrayValue?.first)
    for key in ["job", "name", "kind", "schedule", "timezone", "filters", "enabled", "nextFire", "lastFire"] {
      #expect(trigger[key] != nil, "\(key)")
    }
    #expect(trigger["schedule"] == "cron 30 2 * * *")
    #expect(trigger["nextFire"] == "2026-03-03T01:30:00Z")
    #expect(trigger["lastFire"] == .null)
    #expect(try added.json == trigger)
    #expect(try (await bench.run("trigger show b night --json")).json == trigger)
    #expect(try (await bench.run("job show b --json")).json["triggers"] == .array([trigger]))
    #expect(try (await bench.run("job list --json")).strings("nextFire") == ["2026-03-03T01:30:00Z"])
    #expect(await bench.run(words, as: "alice").status == .conflict)
  }

  @Test(arguments: [
    ("--daily 2 --at 02:30", "daily", "daily 2 at 02:30"), ("--weekly mon,thu --at 02:30", "weekly", "weekly mon,thu at 02:30"),
    ("--monthly all --day last --at 23:30", "monthly", "monthly all day last at 23:30"),
    ("--once 2026-12-01T02:00", "once", "once 2026-12-01T02:00"), ("--cron @daily", "cron", "cron @daily"),
  ])
  func everyKind(options: String, kind: String, schedule: String) async throws {
    let added = try await bench().run("trigger add b t \(options) --json", as: "alice")
    #expect(try added.json["kind"]?.stringValue == kind)
    #expect(try added.json["schedule"]?.stringValue == schedule)
    // The system's zone at creation.
    #expect(try added.json["timezone"] == "UTC")
  }

  @Test(arguments: [
    ("alice", "trigger add b t", Commands.ExitStatus.usage, "--cron"),
    ("alice", "trigger add b t --daily 1", .usage, "--at"),
    ("alice", "trigger add b t --monthly all --at 10:00", .usage, "--day"),
    ("alice", "trigger add b t --cron @daily --at 10:00", .usage, "--at"),
    ("alice", "trigger add b t --daily 1 --at 10:00 --day 3", .usage, "--day"),
    ("alice", "trigger add b t --cron @daily --daily 1 --at 10:00", .usage, "exclude each other"),
    ("alice", "trigger add b t --cron @reboot", .usage, "@reboot"),
    ("alice", "trigger add b t --cron @daily --timezone CEST", .usage, "CEST"),
    ("alice", "trigger add b t --once 2026-12-01T02:00Z", .usage, "offset"),
    ("alice", "trigger add b t --once 2026-01-01T02:00", .usage, "never fire"),
    ("alice", "trigger add b t --monthly feb --day 30 --at 10:00", .usage, "never fire"),
    ("alice", "trigger add nowhere t --cron @daily", .notFound, "'nowhere'"),
    ("alice", "trigger add b 12 --cron @daily", .usage, "'12'"),
    ("vera", "trigger add b t --cron @daily", .notPermitted, "edit-job"),
    ("vera", "trigger list nowhere", .notFound, "'nowhere'"),
    ("vera", "trigger show b nothing", .notFound, "'nothing'"),
    ("alice", "trigger enable b nothing", .notFound, "'nothing'"),
    ("alice", "trigger remove b nothing --yes", .notFound, "'nothing'"),
    ("vera", "trigger preview b nothing", .notFound, "'nothing'"),
    ("vera", "trigger preview b", .usage, "NAME"),
    ("vera", "trigger preview", .usage, "--once"),
    ("nobody", "trigger list", .notPermitted, "is unknown here"),
  ])
  func refusals(user: String, line: String, status: Commands.ExitStatus, message: String) async throws {
    let bench = try await bench()
    let outcome = await bench.run(line, as: user)
    #expect(outcome.status == status)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
    #expect(try (await bench.run("trigger list --json")).json == [])
  }

  @Test func whatNeverFiresIsStoredSwitchedOff() async throws {
    let bench = try await bench()
    let words = ["trigger", "add", "b", "t", "--cron", "0 0 30 2 *"]
    #expect(await bench.run(words, as: "alice").status == .usage)
    let added = await bench.run(words + ["--disabled", "--json"], as: "alice")
    #expect(try added.json["enabled"] == false)
    #expect(await bench.run("trigger enable b t", as: "alice").status == .usage)
    let preview = await bench.run("trigger preview b t --json")
    #expect(preview.output == "[]\n" || preview.output == "[]")
    #expect(preview.errors.contains("never fires"))
  }

  @Test func triggersAreSwitchedAndRemoved() async throws {
    let bench = try await bench()
    _ = await bench.run("trigger add b t --cron @daily", as: "alice")
    #expect(try (await bench.run("trigger disable b t --json", as: "alice")).json["nextFire"] == .null)
    #expect((await bench.run("trigger disable b t", as: "alice")).errors.contains("already"))
    #expect(await bench.run("trigger enable b t", as: "vera").status == .notPermitted)
    #expect(try (await bench.run("trigger enable b t --json", as: "alice")).json["nextFire"] == "2026-03-03T00:00:00Z")
    #expect(await bench.run("trigger remove b t", as: "alice").status == .usage)
    #expect(await bench.run("trigger remove b t --yes", as: "vera").status == .notPermitted)
    #expect(try (await bench.run("trigger remove b t --yes --json", as: "alice")).json["name"] == "t")
    #expect(try (await bench.run("trigger list --json")).json == [])
  }

  /// Neither a database nor a right is needed for a schedule; the zone of the machine does not matter where one is given.
  @Test(arguments: [
    (
      ["--cron", "30 2 * * *", "--timezone", "Europe/Berlin", "--after", "2026-03-28T00:00:00Z", "--count", "3"],
      ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]
    ),
    (["--cron", "0 0 30 2 *", "--timezone", "UTC", "--after", "2026-03-28T00:00Z"], []),
    (
      [
        "--daily", "1", "--at", "12:00", "--timezone", "UTC", "--after", "2026-03-06T13:00Z", "--count", "1", "--exclude",
        "window sat,sun 00:00-24:00",
      ], ["2026-03-09T12:00:00Z"]
    ),
  ])
  func previewOfASchedule(options: [String], times: [String]) async throws {
    let output = TextOutput()
    let program = Program(environment: ["TZ": "Nowhere/AtAll"], clock: { Timestamp(seconds: 0) })
    let status = await program.run(
      ["trigger", "preview", "--json"] + options, output: output, errors: TextOutput(), input: TextInput([UInt8]()),
      prompt: Prompt(isAllowed: false))
    #expect(status == .done)
    #expect(try JSONValue(parsing: output.text) == .strings(times))
  }

  @Test func previewOfAStoredTrigger() async throws {
    let bench = try await bench()
    _ = await bench.run("trigger add b t --daily 1 --at 02:30 --timezone Europe/Berlin", as: "alice")
    let text = await bench.run("trigger preview b t --count 1", as: "vera")
    #expect(text.output == "2026-03-03T02:30:00+01:00\tTuesday\tEurope/Berlin\t2026-03-03T01:30:00Z\n")
    #expect(await bench.run("trigger preview b t --cron @daily", as: "vera").status == .usage)
    #expect(await bench.run("trigger preview b t", as: "nobody").status == .notPermitted)
  }
}
