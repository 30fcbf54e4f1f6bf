import Commands
import JobModel
import Scheduling
import Storage
import Terminal
import Testing

/// It is Monday 2026-03-02, 10:00 UTC.
@Suite struct FilterCommandTests {
  private func bench() async throws -> CommandBench {
    let bench = try await CommandBench()
    for (words, user) in [
      (["job", "create", "b", "--type", "backup", "--all-devices"], "alice"),
      (["filter", "add", "office", "--rule", "window mon-fri 08:00-18:00", "--timezone", "Europe/Berlin"], "root"),
    ] {
      let outcome = await bench.run(words, as: user)
      guard outcome.status == .done else { throw TerminalError(.invalidInput, outcome.errors) }
    }
    return bench
  }

  @Test func filtersAreAddedListedAndShown() async throws {
    let bench = try await bench()
    let office: JSONValue = [
      "id": 1, "name": "office", "timezone": "Europe/Berlin", "rules": ["window mon-fri 08:00-18:00"], "triggers": [],
    ]
    let added = await bench.run(["filter", "add", "freeze", "--rule", "dates 2026-12-24", "--rule", "dates 2027-01-01", "--json"])
    let freeze: JSONValue = [
      "id": 2, "name": "freeze", "timezone": nil, "rules": ["dates 2026-12-24", "dates 2027-01-01"], "triggers": [],
    ]
    #expect(try added.json == freeze)
    #expect(try (await bench.run("filter list --json", as: "vera")).json == [freeze, office])
    #expect(try (await bench.run("filter --json", as: "vera")).json == [freeze, office])
    let shown = try (await bench.run("filter show 1 --json", as: "vera")).json
    #expect(shown.objectValue == (office.objectValue ?? []) + [.init("upcoming", nil)])
    #expect(
      (await bench.run("filter list", as: "vera")).output.contains("office\twindow mon-fri 08:00-18:00\tEurope/Berlin\t0\n"))
    let words = ["trigger", "add", "b", "t", "--cron", "0 12 * * *", "--filter", "office", "--filter", "freeze", "--json"]
    let trigger = try (await bench.run(words, as: "alice")).json
    #expect(trigger["filters"] == ["freeze", "office"])
    #expect(trigger["nextFire"] == "2026-03-07T12:00:00Z")
    #expect(try (await bench.run("trigger list b --json")).json.arrayValue?.first?["filters"] == ["freeze", "office"])
    #expect(try (await bench.run("filter show office --json")).json["triggers"] == [["job": "b", "name": "t"]])
  }

  @Test(arguments: [
    ("root", ["filter", "add", "f"], Commands.ExitStatus.usage, "--rule"),
    ("root", ["filter", "add", "f", "--rule", "cron 61 * * * *"], .usage, "minute '61': must be 0-59, at column 6"),
    ("root", ["filter", "add", "f", "--rule", "dates 2026-02-30"], .usage, "2026-02-30"),
    ("root", ["filter", "add", "f", "--rule", "window mon 08:00-08:00"], .usage, "must differ"),
    (
      "root", ["filter", "add", "f", "--rule", "dates 2026-02-03", "--rule", "often"], .usage, "rule 2 of 2: filter rule 'often'"
    ),
    ("root", ["filter", "add", "f", "--rule", "dates 2026-02-03", "--timezone", "CEST"], .usage, "'CEST'"),
    ("root", ["filter", "add", "f", "--rule", "dates 2026-02-03 CEST"], .usage, "'CEST'"),
    ("root", ["filter", "add", "-f", "--rule", "dates 2026-02-03"], .usage, "-f"),
    ("root", ["filter", "add", "office", "--rule", "dates 2026-02-03"], .conflict, "exists already"),
    ("alice", ["filter", "add", "f", "--rule", "dates 2026-02-03"], .notPermitted, "manage-filters"),
    ("vera", ["filter", "show", "f"], .notFound, "'f'"), ("nobody", ["filter", "list"], .notPermitted, "no rights"),
    ("root", ["filter", "edit", "office"], .usage, "--rule"),
    ("root", ["filter", "edit", "f", "--timezone", "UTC"], .notFound, "'f'"),
    ("alice", ["filter", "edit", "office", "--timezone", "UTC"], .notPermitted, "manage-filters"),
    ("root", ["filter", "delete", "office"], .usage, "--yes"), ("root", ["filter", "delete", "f", "--yes"], .notFound, "'f'"),
    ("alice", ["filter", "delete", "office", "--yes"], .notPermitted, "manage-filters"),
    ("vera", ["filter", "test", "office"], .usage, "--at"),
    ("vera", ["filter", "test", "office", "--at", "noon"], .usage, "'noon'"),
    ("vera", ["filter", "test", "f", "--at", "2026-03-02"], .notFound, "'f'"),
    ("alice", ["trigger", "add", "b", "t", "--cron", "@daily", "--filter", "f"], .notFound, "'f'"),
    ("alice", ["trigger", "add", "b", "t", "--weekly", "mon", "--at", "10:00", "--filter", "office"], .usage, "(office)"),
    ("vera", ["trigger", "preview", "--cron", "@daily", "--filter", "f"], .notFound, "'f'"),
    ("nobody", ["trigger", "preview", "--cron", "@daily", "--filter", "office"], .notPermitted, "no rights"),
  ])
  func refusals(user: String, words: [String], status: Commands.ExitStatus, message: String) async throws {
    let bench = try await bench()
    let before = try (await bench.run("filter list --json")).json
    let outcome = await bench.run(words, as: user)
    #expect(outcome.status == status)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
    #expect(try (await bench.run("filter list --json")).json == before)
    #expect(try (await bench.run("trigger list --json")).json == [])
  }

  @Test func filtersAreEditedAndDeleted() async throws {
    let bench = try await bench()
    let add = "trigger add b t --daily 1 --at 12:00 --filter office"
    _ = await bench.run(add, as: "alice")
    let edited = await bench.run(["filter", "edit", "office", "--rule", "window all 00:00-24:00", "--json"])
    #expect(try edited.json["rules"] == ["window all 00:00-24:00"])
    #expect(try edited.json["triggers"] == [["job": "b", "name": "t"]])
    #expect(edited.errors.contains("trigger 't' of job 'b' never fires any more"))
    #expect(try (await bench.run("trigger show b t --json")).json["nextFire"] == .null)
    #expect((await bench.run(["filter", "edit", "office", "--timezone", "Europe/Berlin"])).errors.contains("already"))
    #expect(try (await bench.run(["filter", "edit", "office", "--timezone", "", "--json"])).json["timezone"] == .null)
    let kept = await bench.run("filter delete office --yes")
    #expect(kept.status == .conflict)
    #expect(kept.errors.contains("netjob trigger edit b t --no-filter"))
    #expect(try (await bench.run("trigger edit b t --no-filter --json", as: "alice")).json["nextFire"] == "2026-03-02T12:00:00Z")
    #expect(try (await bench.run("filter delete office --yes --json")).json["name"] == "office")
    #expect(try (await bench.run("filter list --json")).json == [])
  }

  /// The clock is read in the rule's zone, else the filter's, else the one given.
  @Test(arguments: [
    ("office", "2026-03-02T07:00:00Z", "removed", "window mon-fri 08:00-18:00"), ("office", "2026-03-02T06:59:00Z", "kept", nil),
    ("office", "2026-03-02T17:00:00Z", "kept", nil), ("office", "2026-03-01T07:00:00Z", "kept", nil),
    ("free", "2026-03-02T15:00", "removed", "window all 15:00-15:01"),
    ("free", "2026-03-02T15:00:00+09:00 --timezone Asia/Tokyo", "removed", "window all 15:00-15:01"),
    ("free", "2026-03-02T15:00 --timezone Asia/Tokyo", "kept", nil),
    ("free", "2026-03-02T14:00:00Z", "removed", "dates 2026-03-02..2026-03-03 Etc/GMT+12"),
  ])
  func aTimeIsTried(filter: String, time: String, result: String, rule: String?) async throws {
    let bench = try await bench()
    _ = await bench.run(
      ["filter", "add", "free", "--rule", "window all 15:00-15:01", "--rule", "dates 2026-03-02..2026-03-03 Etc/GMT+12"])
    let document = try (await bench.run("filter test \(filter) --at \(time) --json", as: "vera")).json
    #expect(document["result"]?.stringValue == result)
    #expect(document["rule"] == .optional(rule))
    #expect((await bench.run("filter test \(filter) --at \(time)", as: "vera")).output == "\(result)\n")
  }

  @Test func upcomingRemovalsAreListed() async throws {
    let bench = try await bench()
    _ = await bench.run("trigger add b noon --daily 1 --at 12:00 --timezone Europe/Berlin --filter office", as: "alice")
    _ = await bench.run("trigger add b night --daily 1 --at 02:00 --timezone Europe/Berlin --filter office", as: "alice")
    _ = await bench.run("trigger add b off --daily 1 --at 12:00 --filter office --disabled", as: "alice")
    let removed = try #require(try (await bench.run("filter show office --upcoming --json")).json["upcoming"]?.arrayValue)
    #expect(removed.count == 22)
    #expect(
      removed.first == [
        "time": "2026-03-02T11:00:00Z", "job": "b", "trigger": "noon", "rule": "window mon-fri 08:00-18:00",
      ])
    // Summer time began meanwhile.
    #expect(removed.last?["time"] == "2026-03-31T10:00:00Z")
    let text = await bench.run("filter show office --upcoming")
    #expect(text.output.contains("2026-03-02T11:00:00Z\tb\tnoon\twindow mon-fri 08:00-18:00\n"))
  }

  @Test func triggersArePreviewedWithFilters() async throws {
    let bench = try await bench()
    _ = await bench.run("trigger add b t --daily 1 --at 12:00 --filter office", as: "alice")
    let stored = await bench.run(["trigger", "preview", "b", "t", "--count", "2", "--exclude", "dates 2026-03-08", "--json"])
    #expect(try stored.json == ["2026-03-07T12:00:00Z", "2026-03-14T12:00:00Z"])
    let tried = await bench.run("trigger preview --daily 1 --at 12:00 --filter office --count 2 --json", as: "vera")
    #expect(try tried.json == ["2026-03-07T12:00:00Z", "2026-03-08T12:00:00Z"])
  }

  @Test func anEditedFilterTakesTheApprovalBack() async throws {
    let bench = try await bench()
    let create =
      "job create c --type tool --tool static-route-add --param prefix=10.0.0.0/8 --param next-hop=192.0.2.9 --device r1"
    _ = await bench.run(create, as: "alice")
    _ = await bench.run("trigger add c t --daily 1 --at 12:00 --filter office", as: "alice")
    _ = await bench.run("approval request c -m please", as: "alice")
    #expect(await bench.run("approval approve c -m fine", as: "bob").status == .done)
    let shown = await bench.run("approval show c", as: "bob")
    #expect(shown.output.contains("filter      office: window mon-fri 08:00-18:00 Europe/Berlin"))
    _ = await bench.run(["filter", "edit", "office", "--rule", "window mon-fri 08:00-17:00"])
    #expect(try (await bench.run("job show c --json")).json["approvalStatus"] == "not-requested")
    #expect((await bench.run("approval log c", as: "bob")).output.contains("schedule filter 'office' was changed by root"))
  }

  @Test func namesComplete() async throws {
    let bench = try await bench()
    #expect((await bench.run("__complete filter off", as: "vera")).output == "office\n")
    #expect((await bench.run("__complete filter off", as: "nobody")).output.isEmpty)
  }
}
