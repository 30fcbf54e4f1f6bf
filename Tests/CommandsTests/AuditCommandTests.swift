import Commands
import Glibc
import Scheduling
import Storage
import Terminal
import Testing

@Suite struct AuditCommandTests {
  @Test func theLogTellsWhoDidWhat() async throws {
    let bench = try await CommandBench()
    bench.now = bench.now.adding(seconds: 60)
    _ = await bench.run("job create j --type backup --all-devices", as: "alice")
    let rows = try #require(try await bench.run("audit log --json").json.arrayValue)
    #expect(
      rows[0].objectValue?.map(\.name) == [
        "row", "time", "user", "loginUid", "mode", "action", "object", "detail", "previous", "hash",
      ])
    #expect(rows[0]["user"]?.stringValue == "alice" && rows[0]["action"]?.stringValue == "job.create")
    #expect(rows[0]["time"]?.stringValue == "2026-03-02T10:01:00Z" && rows[0]["mode"]?.stringValue == "delegated")
    #expect(rows[0]["previous"] == rows[1]["hash"])
    for (line, count) in [
      ("audit log --user alice --json", 1), ("audit log --action job --json", 1), ("audit log --action job.edit --json", 0),
      ("audit --limit 3 --json", 3), ("audit log --since 2026-03-02T10:01 --json", 1),
      ("audit log --until 2026-03-02T10:01 --json", rows.count - 1),
    ] {
      #expect(try await bench.run(line).json.arrayValue?.count == count, "\(line)")
    }
    #expect(await bench.run("audit log --since never").status == .usage)
    #expect(await bench.run("audit log --head --user alice").status == .usage)
  }

  @Test func onlyTheOwnerAndAdministratorsOfAllNetworksRead() async throws {
    let bench = try await CommandBench()
    for line in ["network add lab", "user add half --role viewer", "user grant half administer --network lab"] {
      #expect(await bench.run(line).status == .done)
    }
    for line in ["audit log", "audit log --head", "audit verify", "db check", "db backup -", "db migrate"] {
      for user in ["half", "alice", "vera", "mallory"] {
        let outcome = await bench.run(line, as: user)
        #expect(outcome.status == .notPermitted && outcome.output == "", "\(line) as \(user): \(outcome)")
      }
      #expect(await bench.run(line).status == .done, "\(line)")
    }
    // Its owner in person, who can read the file anyway.
    #expect(await bench.run("audit verify", as: nil).status == .done)
  }

  @Test func theHeadFindsWhatWasCutOff() async throws {
    let bench = try await CommandBench()
    let head = await bench.run("audit log --head").output.split(separator: "\n").joined()
    let rows = try #require(try await bench.run("audit verify --json").json["rows"]?.integerValue)
    #expect(head.hasPrefix("\(rows):") && head.count == "\(rows):".count + 64)
    #expect(try await bench.run("audit log --head --json").json["head"]?.stringValue == head)
    let hash = String(head.suffix(64))
    for anchor in [head, hash, hash.uppercased()] {
      let outcome = await bench.run(["audit", "verify", "--head", anchor, "--json"])
      #expect(try outcome.status == .done && outcome.json["headFound"]?.boolValue == true, "\(outcome)")
    }
    // Whoever knows what they do puts the trigger back.
    try bench.store().database.write { sql in
      let trigger = try sql.rows("SELECT sql FROM sqlite_master WHERE name = 'audit_stay'")[0].text("sql")
      for line in ["DROP TRIGGER audit_stay", "DELETE FROM audit WHERE id > 3", trigger] { _ = try sql.execute(line) }
    }
    let silent = await bench.run("audit verify")
    #expect(silent.status == .done && silent.output == "ok: 3 rows, the chain holds\n")
    let cut = await bench.run(["audit", "verify", "--head", head, "--json"])
    #expect(cut.status == .failed)
    let document = try cut.json
    #expect(document["rows"]?.integerValue == 3 && document["ok"]?.boolValue == false)
    #expect(document["firstBad"]?.integerValue == 4 && document["headFound"]?.boolValue == false)
    let byHash = await bench.run(["audit", "verify", "--head", hash])
    #expect(byHash.status == .failed && byHash.output.contains("cut off or replaced"), "\(byHash)")
  }

  @Test(arguments: [
    "", "x", "17", "17:", ":" + String(repeating: "0", count: 64), "-1:" + String(repeating: "0", count: 64),
    "1:2:" + String(repeating: "0", count: 64), "1:" + String(repeating: "g", count: 64), String(repeating: "0", count: 63),
  ]) func whatIsNoHeadIsRefused(_ text: String) async throws {
    let bench = try await CommandBench()
    #expect(await bench.run(["audit", "verify", "--head", text]).status == .usage)
  }

  /// The chain holds, and yet the log cannot be trusted.
  @Test(arguments: [
    ("CREATE TRIGGER evil AFTER INSERT ON job BEGIN DELETE FROM device; END", "the trigger evil was not made by netjob"),
    ("DROP TRIGGER audit_keep", "the trigger audit_keep is missing"),
  ])
  func triggersThatAreNotNetjobsAreNamed(statement: String, sentence: String) async throws {
    let bench = try await CommandBench()
    #expect(try await bench.run("audit verify --json").json["triggers"]?.arrayValue?.isEmpty == true)
    try SQLiteDatabase(path: bench.installation.databasePath).write { _ = try $0.execute(statement) }
    let verified = await bench.run("audit verify")
    #expect(verified.status == .failed && verified.output == "bad: \(sentence)\n", "\(verified)")
    #expect(verified.errors.contains("sqlite3 FILE .schema"))
    let json = try await bench.run("audit verify --json").json
    #expect(json["ok"]?.boolValue == false && json["firstBad"] == .null)
  }

  @Test func aHistoryThatWasAlteredIsNamed() async throws {
    let bench = try await CommandBench()
    #expect(await bench.run("job create all --type report --report inventory -q").status == .done)
    #expect(await bench.run("job run all -q").status == .done)
    #expect(try await bench.run("audit verify --json").json["history"]?.arrayValue?.isEmpty == true)
    try SQLiteDatabase(path: bench.installation.databasePath).write {
      _ = try $0.execute("UPDATE execution SET status = 'failed'")
    }
    let verified = await bench.run("audit verify")
    #expect(verified.status == .failed && verified.output.hasPrefix("bad: execution 1 is logged as 'succeeded: "), "\(verified)")
    #expect(verified.errors.contains("believe the log"))
    let json = try await bench.run("audit verify --json").json
    #expect(json["ok"]?.boolValue == false && json["firstBad"] == .null && json["history"]?.arrayValue?.count == 1)
    #expect(await bench.run("db check").output.contains("error\thistory\texecution 1 is logged as"))
  }

  @Test func theWrongKeyIsNamed() async throws {
    let bench = try await CommandBench()
    _ = bench.write("netjob.key", KeyRing.newFileContent())
    let outcome = await bench.run("audit verify")
    #expect(outcome.status == .failed && outcome.errors.contains("is not this database's"), "\(outcome)")
    #expect(outcome.output.contains("breaks at row 1"))
  }
}
