import Commands
import JobModel
import JobRunner
import Scheduling
import Storage
import Terminal
import Testing

@Suite struct HistoryCommandTests {
  /// A backup of r1 and l1 (execution 1, l1 failed), and a change on r1 and r2 (execution 2) whose process died at r2.
  private func recorded() async throws -> CommandBench {
    let bench = try await CommandBench()
    _ = await bench.run("job create b --type backup --device r1 --device l1", as: "alice")
    _ = await bench.run(
      "job create route --type tool --tool static-route-add --param prefix=203.0.113.0/24 --param next-hop=192.0.2.9 --search tag:edge",
      as: "alice")
    _ = await bench.run("approval request route -m please", as: "alice")
    _ = await bench.run("approval approve route -m fine", as: "bob")
    let store = try bench.store()
    try store.change(as: CommandBench.root) { change in
      let claim = try begin(change, "b", user: "alice")
      let device = try DeviceQueries.find(change.sql, "r1")
      for text in ["hostname r1\npassword old\n", "hostname r1\npassword new\nend\n"] {
        let execution = text.contains("old") ? nil : claim.id
        _ = try change.addConfigRevision(
          of: device, .running, text: text, comparable: sha256(Array(text.utf8)), execution: execution, added: 2, removed: 1)
      }
      try change.endDevice(claim, position: 0, DeviceOutcome(status: .succeeded, summary: "changed", output: "ok\u{1B}[31m\n"))
      try change.endDevice(claim, position: 1, DeviceOutcome(status: .failed, error: "no route to host"))
      try change.endExecution(claim, .failed, summary: "1 of 2 devices failed")
    }
    bench.now = bench.now.adding(seconds: 3600)
    try store.change(as: CommandBench.root) { change in
      let claim = try begin(change, "route", user: "alice")
      let request = try #require(try ApprovalQueries.latest(change.sql).first)
      try change.consume(request, by: claim.id, noting: [])
      try change.setRequest(request.id, of: claim.id)
      try change.beginDevice(claim, position: 0)
      try change.endDevice(
        claim, position: 0,
        DeviceOutcome(
          status: .succeeded, changed: true, before: "hostname r1\n", after: "hostname r1\nip route 203.0.113.0/24 192.0.2.9\n"))
      try change.beginDevice(claim, position: 1)
      try change.noteCommand(claim, position: 1, "ip route 203.0.113.0/24 192.0.2.9")
      _ = try change.interrupt(try ExecutionQueries.find(change.sql, claim.id))
    }
    return bench
  }

  private func begin(_ change: Change, _ name: String, user: String) throws -> ExecutionClaim {
    let job = try JobQueries.find(change.sql, name)
    let targets = try DeviceQueries.resolve(change.sql, job.definition.targets, network: job.networkID, now: change.now)
    return try change.beginExecution(
      ExecutionStart(
        job: job, changesDevices: job.changesDevices, user: user, status: .running, targets: targets,
        owner: ProcessIdentity.current(), leaseUntil: change.now.adding(seconds: 60)))
  }

  @Test func executionsAreListed() async throws {
    let bench = try await recorded()
    let list = await bench.run("history --json", as: "vera")
    let newest = try #require(try list.json.arrayValue?.first)
    for key in [
      "id", "job", "network", "type", "startTime", "endTime", "user", "status", "trigger", "scheduledTime", "devicesTotal",
      "devicesFailed", "summary",
    ] {
      #expect(newest[key] != nil, "\(key)")
    }
    #expect(newest["status"] == "interrupted")
    #expect(newest["startTime"] == "2026-03-02T11:00:00Z")
    #expect(newest["trigger"] == .null)
    #expect(try list.strings("job") == ["route", "b"])
  }

  @Test(arguments: [
    ("--job b", ["b"]), ("--job 2", ["route"]), ("--type backup", ["b"]), ("--status failed", ["b"]),
    ("--user alice", ["route", "b"]),
    ("--user bob", []), ("--network default", ["route", "b"]), ("--since 2026-03-02T11:00", ["route"]),
    ("--since 2026-03-02", ["route", "b"]), ("--until 2026-03-02T12:00:00+01:00", ["b"]), ("--limit 1", ["route"]),
    ("--status succeeded", []),
  ])
  func filters(options: String, jobs: [String]) async throws {
    #expect(try await recorded().run("history list \(options) --json").strings("job") == jobs)
  }

  @Test func showTellsDoubtsFirstAndTheApproval() async throws {
    let bench = try await recorded()
    let json = try (await bench.run("history show 2 --json", as: "vera")).json
    let devices = try #require(json["devices"]?.arrayValue)
    for key in ["name", "status", "startTime", "endTime", "error", "changed"] { #expect(devices[0][key] != nil) }
    #expect(devices.map { $0["status"] } == ["succeeded", "in-doubt"])
    #expect(devices[0]["changed"] == true)
    #expect(json["approval"]?.arrayValue?.map { $0["event"] } == ["requested", "approved", "executed", "closed"])
    let text = (await bench.run("history show 2")).output
    #expect(text.contains("IN DOUBT: r2"))
    #expect(text.contains("the last command on its way was: ip route 203.0.113.0/24 192.0.2.9"))
    #expect(text.contains("approved\t1\tfine"))
    #expect(try (await bench.run("approval log --execution 2 --json")).strings("user").prefix(2) == ["alice", "bob"])
  }

  @Test func outputIsEscaped() async throws {
    let bench = try await recorded()
    let text = await bench.run("history output 1 r1", as: "vera")
    #expect(text.output == "ok\\x1b[31m\n")
    let all = await bench.run("history output 1")
    #expect(all.output == "==> r1 <==\nok\\x1b[31m\n")
    #expect(try (await bench.run("history output 1 r1 --json")).json["output"] == "ok\u{1B}[31m\n")
    #expect(try (await bench.run("history output 1 --json")).strings("device") == ["r1", "l1"])
    let none = await bench.run("history output 1 l1")
    #expect(none.status == .done)
    #expect(none.output.isEmpty)
    #expect(none.errors.contains("no output"))
  }

  /// A line that was typed stands behind a label.
  @Test func secretsOfTypedLinesAreMasked() async throws {
    let bench = try await recorded()
    let output = """
      (configure) password LeakMe1
      $ password LeakMe2\r
      (in doubt)  enable password LeakMe3
      (undo) hostname r1
      (a Label) as it is
      password LeakMe4
      % Unknown command: say LeakMe1

      """
    try bench.store().change(as: CommandBench.root) { change in
      let claim = try begin(change, "b", user: "alice")
      try change.endDevice(claim, position: 0, DeviceOutcome(status: .succeeded, summary: "", output: output))
    }
    let text = await bench.run("history output 3 r1", as: "vera")
    #expect(
      text.output
        == """
        (configure) password ******
        $ password ******
        (in doubt)  enable password ******
        (undo) hostname r1
        (a Label) as it is
        password ******
        % Unknown command: say ******

        """)
    #expect(try (await bench.run("history output 3 r1 --json")).json["output"] == .string(output))
    #expect(!(await bench.run("history show 3 --output html")).output.contains("LeakMe"))
  }

  /// The page for a ticket is for whoever gets it: of the lines of the job, too, no secret is on it.
  @Test func aPageTellsNoSecretOfTheJobsLines() async throws {
    let bench = try await recorded()
    let words = "job create lines --type tool --tool config-commands --device r1 --param".split(separator: " ").map(String.init)
    _ = await bench.run(words + ["commands= neighbor 192.0.2.1 password LeakMe5"], as: "alice")
    try bench.store().change(as: CommandBench.root) { change in
      let claim = try begin(change, "lines", user: "alice")
      try change.endDevice(claim, position: 0, DeviceOutcome(status: .succeeded, summary: "done"))
    }
    let page = await bench.run("history show 3 --output html").output
    #expect(page.contains("neighbor 192.0.2.1 password ******") && !page.contains("LeakMe"), "\(page)")
  }

  /// Nobody read what the configuration was after it, or it was deleted: that is no equality.
  @Test func aDifferenceThatIsNotKnownIsSaidToBe() async throws {
    let bench = try await recorded()
    try bench.store().change(as: CommandBench.root) { change in
      let claim = try begin(change, "route", user: "alice")
      try change.beginDevice(claim, position: 0)
      try change.noteBefore(claim, position: 0, "hostname r1\n")
      try change.endDevice(claim, position: 0, DeviceOutcome(status: .inDoubt, error: "lost", changed: true))
    }
    let unknown = await bench.run("history diff 3 r1")
    #expect(unknown.output.isEmpty && unknown.errors.contains("what it changed on r1 was not read, or is not kept"), "\(unknown)")
    #expect(try (await bench.run("history diff 3 --json")).json == .array([]))
    let none = await bench.run("history diff 1 l1")
    #expect(none.errors.contains("shows no difference"), "\(none)")
  }

  @Test func differencesOfChangesAndOfBackups() async throws {
    let bench = try await recorded()
    let change = await bench.run("history diff 2 r1", as: "vera")
    #expect(change.output.contains("\n+ip route 203.0.113.0/24 192.0.2.9\n"))
    let backup = await bench.run("history diff 1", as: "vera")
    #expect(backup.output.contains("\n-password ******\n+password ******\n+end\n"), "\(backup.output)")
    let unmasked = try (await bench.run("history diff 1 r1 --json")).json.arrayValue?.first
    #expect(unmasked?["diff"]?.stringValue?.contains("-password old\n+password new\n") == true)
    #expect(unmasked?["added"] == 2)
  }

  @Test func aPageForATicketTellsAllAndNoSecret() async throws {
    let bench = try await recorded()
    let page = await bench.run("history show 2 --output html", as: "vera")
    for part in [
      "<h1>Execution 2: route</h1>", "<span class=\"bad\">interrupted</span>",
      "In doubt: nobody knows how far the change of r2 got; the last command on its way was: ip route 203.0.113.0/24 192.0.2.9",
      "<dt>Approved by</dt><dd>bob, 2026-03-02T", "<div class=\"message\">fine</div>",
      "<dt>Parameter prefix</dt><dd>203.0.113.0/24</dd>",
      "<span class=\"good\">succeeded</span>", "<span class=\"plus\">+ip route 203.0.113.0/24 192.0.2.9</span>",
      "<dt>Tool</dt><dd>static-route-add</dd>", "prefers-color-scheme: dark",
    ] {
      #expect(page.output.contains(part), "\(part)")
    }
    #expect(page.output.hasPrefix("<!DOCTYPE html>") && page.output.hasSuffix("</html>\n") && page.errors.isEmpty)
    for active in ["<script", "http://", "https://", "<img", "<link"] { #expect(!page.output.contains(active), "\(active)") }
    // Also of those who may see them: others will read it.
    let backup = await bench.run("history show 1 --output=html")
    #expect(backup.output.contains("<span class=\"minus\">-password ******</span>\n<span class=\"plus\">+password ******</span>"))
    #expect(backup.output.contains("ok\\x1b[31m") && !backup.output.contains("password old"))
    for (line, status) in [
      ("history show 2 --output html --json", Commands.ExitStatus.usage), ("history show 2 --output pdf", .usage),
      ("history show 99 --output html", .notFound),
    ] {
      let refused = await bench.run(line, as: "vera")
      #expect(refused.status == status && refused.output.isEmpty)
    }
  }

  @Test func runningExecutionsAreCancelled() async throws {
    let bench = try await recorded()
    #expect(await bench.run("cancel 1", as: "alice").status == .conflict)
    let id = try bench.store().change(as: CommandBench.root) { try begin($0, "b", user: "alice").id }
    #expect(await bench.run("cancel \(id)", as: "vera").status == .notPermitted)
    let cancelled = await bench.run("cancel \(id)", as: "alice")
    #expect(cancelled.status == .done)
    #expect(cancelled.errors.contains("asked to stop"))
    #expect(try (await bench.run("history show \(id) --json")).json["cancelRequested"] == true)
  }

  /// Who may let a change happen may stop it, and nothing else.
  @Test func approversCancelChanges() async throws {
    let bench = try await recorded()
    let (change, backup) = try bench.store().change(as: CommandBench.root) {
      (try begin($0, "route", user: "alice").id, try begin($0, "b", user: "alice").id)
    }
    let refused = await bench.run("cancel \(backup)", as: "bob")
    #expect(refused.status == .notPermitted)
    #expect(refused.errors.contains("run-job"), "\(refused.errors)")
    #expect(await bench.run("cancel \(change)", as: "bob").status == .done)
  }

  @Test(arguments: [
    ("vera", "history show 99", Commands.ExitStatus.notFound, "99"), ("vera", "history show x", .usage, "'x'"),
    ("vera", "history output 99", .notFound, "99"), ("vera", "history output 1 r9", .notFound, "'r9'"),
    ("vera", "history diff 99", .notFound, "99"), ("vera", "history list --job nowhere", .notFound, "'nowhere'"),
    ("vera", "history list --network nowhere", .notFound, "'nowhere'"), ("vera", "history --status done", .usage, "'done'"),
    ("vera", "history --since tomorrow", .usage, "tomorrow"), ("vera", "history --limit 0", .usage, "'0'"),
    ("luke", "history show 1", .notPermitted, "view"), ("nobody", "history", .notPermitted, "is unknown here"),
    ("alice", "cancel 99", .notFound, "99"),
  ])
  func refusals(user: String, line: String, status: Commands.ExitStatus, message: String) async throws {
    let bench = try await recorded()
    _ = await bench.run("network add lab")
    _ = await bench.run("user add luke")
    _ = await bench.run("user grant luke viewer --network lab")
    let outcome = await bench.run(line, as: user)
    #expect(outcome.status == status)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
    #expect(try (await bench.run("history --json", as: "luke")).json == [])
  }
}
