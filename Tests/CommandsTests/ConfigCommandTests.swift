import Commands
import JobModel
import Scheduling
import Storage
import Terminal
import Testing

@Suite struct ConfigCommandTests {
  /// Three running configurations and one startup configuration of r1.
  private func stored() async throws -> CommandBench {
    let bench = try await CommandBench()
    for (kind, text) in [
      (ConfigRevisionRecord.Kind.running, "hostname r1\npassword first\n"), (.running, "hostname r1\npassword second\n"),
      (.running, "hostname r1\npassword second\nbanner \u{1B}[2J\n"), (.startup, "hostname r1\n"),
    ] {
      try bench.store().change(as: CommandBench.root) { change in
        _ = try change.addConfigRevision(
          of: try DeviceQueries.find(change.sql, "r1"), kind, text: text, comparable: sha256(Array(text.utf8)), execution: 7,
          added: 1, removed: 0)
      }
      bench.now = bench.now.adding(seconds: 60)
    }
    return bench
  }

  @Test func revisionsAreListed() async throws {
    let bench = try await stored()
    let log = try (await bench.run("config log r1 --json", as: "vera")).json
    #expect(
      log.arrayValue?.first?.objectValue?.map(\.name) == ["device", "revision", "kind", "time", "execution", "added", "removed"])
    #expect(log.arrayValue?.map { $0["revision"] } == [3, 2, 1, 1])
    #expect(log.arrayValue?.map { $0["kind"] } == ["running", "running", "running", "startup"])
    #expect(log.arrayValue?.first?["time"] == "2026-03-02T10:02:00Z")
    let newest = try (await bench.run("config list --json", as: "vera")).json
    #expect(newest.arrayValue?.map { $0["revision"] } == [3, 1])
    #expect(try (await bench.run("config list r1 --json")).json == newest)
    #expect(try (await bench.run("config log r2 --json")).json == [])
  }

  @Test func configurationsAreMaskedAndEscaped() async throws {
    let bench = try await stored()
    #expect(await bench.run("config show r1", as: "vera").output == "hostname r1\npassword ******\nbanner \\x1b[2J\n")
    #expect(await bench.run("config show r1").output.contains("password second"))
    let json = try (await bench.run("config show r1 --json")).json
    #expect(json["text"] == "hostname r1\npassword second\nbanner \u{1B}[2J\n")
    #expect(json["revision"] == 3)
    #expect(await bench.run("config show r1 --kind startup").output == "hostname r1\n")
    #expect(await bench.run("config show r1 --revision 1").output.contains("password first"))
  }

  /// What a configuration was stored with is masked for ever, whatever the device is said to be afterwards.
  @Test func anotherPlatformShowsNoSecret() async throws {
    let bench = try await stored()
    #expect(await bench.run("device edit r1 --platform linux").status == .done)
    #expect(await bench.run("config show r1", as: "vera").output.contains("password ******"))
    #expect(await bench.run("config diff r1 1 2", as: "vera").output.contains("+password ******"))
    #expect(await bench.run("audit log").output.contains("platform frr -> linux"))
  }

  @Test func revisionsAreCompared() async throws {
    let bench = try await stored()
    #expect(await bench.run("config diff r1").output.contains("\n+banner \\x1b[2J\n"))
    let masked = await bench.run("config diff r1 1 2", as: "vera")
    #expect(masked.output.contains("\n-password ******\n+password ******\n"))
    #expect(!masked.output.contains("first"))
    let json = try (await bench.run("config diff r1 1 --json")).json
    #expect([json["from"], json["to"], json["added"], json["removed"]] == [1, 3, 2, 1])
    let same = await bench.run("config diff r1 2 2")
    #expect(same.status == .done)
    #expect(same.output.isEmpty)
  }

  /// Swift takes CR LF for one character: lines are told apart by their bytes.
  @Test func secretsAfterCarriageReturnsAreMaskedToo() async throws {
    let bench = try await stored()
    let text = "password one\r\nhostname r1\r\npassword two\r\n"
    try bench.store().change(as: CommandBench.root) { change in
      _ = try change.addConfigRevision(
        of: try DeviceQueries.find(change.sql, "r1"), .running, text: text, comparable: "x", execution: nil, added: 1, removed: 0)
    }
    for line in ["config show r1", "config diff r1", "config show r1 --json", "config diff r1 1 4"] {
      let outcome = await bench.run(line, as: "vera")
      #expect(outcome.output.contains("password ******"))
      #expect(!outcome.output.contains("one") && !outcome.output.contains("two"), "\(outcome.output)")
    }
  }

  /// Of a deleted device nobody knows the platform: every platform's masks are taken.
  @Test func configurationsOutliveTheirDevice() async throws {
    let bench = try await stored()
    #expect(await bench.run("device delete r1 --yes").status == .done)
    #expect(await bench.run("config show r1 --revision 1", as: "vera").output == "hostname r1\npassword ******\n")
    _ = await bench.run("device add r1 --address 192.0.2.77 --platform frr")
    // Another box under the old name.
    #expect(try (await bench.run("config log r1 --json")).json == [])
  }

  @Test(arguments: [
    ("vera", "config show nowhere", Commands.ExitStatus.notFound, "'nowhere'"),
    ("vera", "config log nowhere", .notFound, "'nowhere'"),
    ("vera", "config list nowhere", .notFound, "'nowhere'"), ("vera", "config show r2", .notFound, "backup"),
    ("vera", "config show r1 --revision 9", .notFound, "9"), ("vera", "config show r1 --kind old", .usage, "'old'"),
    ("vera", "config diff r1 1 9", .notFound, "9"), ("vera", "config diff r1 x", .usage, "'x'"),
    ("luke", "config show r1", .notPermitted, "view"), ("luke", "config log r1", .notPermitted, "view"),
    ("nobody", "config list", .notPermitted, "is unknown here"),
  ])
  func refusals(user: String, line: String, status: Commands.ExitStatus, message: String) async throws {
    let bench = try await stored()
    _ = await bench.run("network add lab")
    _ = await bench.run("user add luke")
    _ = await bench.run("user grant luke viewer --network lab")
    let outcome = await bench.run(line, as: user)
    #expect(outcome.status == status)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
    #expect(try (await bench.run("config list --json", as: "luke")).json == [])
  }
}
