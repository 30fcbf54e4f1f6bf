import Commands
import Glibc
import Scheduling
import Storage
import Terminal
import Testing

@Suite struct DoctorCommandTests {
  private func checks(_ bench: CommandBench, as user: String? = nil) async throws -> [(
    name: String, result: String, text: String
  )] {
    let outcome = await bench.run("doctor --json", as: user)
    return try #require(try outcome.json["checks"]?.arrayValue, "\(outcome)").map {
      (
        $0["name"]?.stringValue ?? "", $0["result"]?.stringValue ?? "",
        ($0["detail"]?.stringValue ?? "") + " -> " + ($0["mend"]?.stringValue ?? "nothing")
      )
    }
  }

  /// What does not depend on this machine's cron.
  private static let data = [
    "files", "integrity", "schema", "key", "audit", "clock", "executions", "fires", "triggers", "owners", "credentials",
    "host-keys",
    "notifications", "zones", "disk",
  ]

  private func healthy() async throws -> CommandBench {
    let bench = try await CommandBench()
    for (line, input) in [
      ("credential add c --username u --password-stdin --network default", "secret\n"),
      ("job create j --type backup --all-devices", ""), ("trigger add j t --cron 0_2_*_*_*", ""),
    ] {
      let outcome = await bench.run(line.split(separator: " ").map { String($0).replacing("_", with: " ") }, input: input)
      #expect(outcome.status == .done, "\(outcome)")
    }
    return bench
  }

  @Test func aHealthyOneIsFine() async throws {
    let bench = try await healthy()
    let found = try await checks(bench)
    for name in Self.data { #expect(found.contains { $0.name == name && $0.result == "ok" }, "\(name) in \(found)") }
    // Quiet is only what has to be mended.
    let quiet = await bench.run("doctor -q", as: nil)
    #expect(!quiet.output.contains("integrity"), "\(quiet)")
  }

  static let ills: [(name: String, statement: String, text: String)] = [
    ("audit", "DROP TRIGGER audit_keep; UPDATE audit SET user = 'x' WHERE id = 4", "breaks at row 4 -> netjob audit log"),
    ("schema", "DROP TRIGGER approval_log_keep", "the trigger approval_log_keep is missing -> restore"),
    (
      "triggers", "UPDATE job_trigger SET error = 'no such zone'",
      "trigger 't' of job 'j' was switched off: no such zone -> netjob trigger edit j t"
    ),
    (
      "fires", "UPDATE job_trigger SET next_fire = 1772445200000",
      "was due at 2026-03-02T09:53:20Z: run-due did not come -> look at"
    ),
    (
      "credentials", "DELETE FROM credential",
      "device 'l1' has no credential, nor has its network 'default' -> netjob credential add"
    ),
    (
      "host-keys", "UPDATE network SET host_keys = 'strict'",
      "device 'l1' of the strict network 'default' has no pinned key -> netjob device trust l1"
    ),
    ("owners", "UPDATE job SET owner = 'vera'", "job 'j' fires for 'vera', who lacks run-job -> netjob job edit j"),
    (
      "executions",
      """
      INSERT INTO execution (job_id, job, network_id, network, type, revision, changes_devices, user, status, start_time, lease_until)
      VALUES (1, 'j', 1, 'default', 'backup', 1, 0, 'root', 'running', 5, 6)
      """, "execution 1 of job 'j' is stuck: its process has not been heard of -> netjob run-due"
    ),
    (
      "key", "UPDATE setting SET value = 'x' WHERE key = 'installation.key-check'",
      "is not this database's -> put the key file back"
    ),
  ]

  @Test(arguments: ills) func whatWillNotWorkIsNamedWithItsRemedy(_ item: (name: String, statement: String, text: String))
    async throws
  {
    let bench = try await healthy()
    try SQLiteDatabase(path: bench.installation.databasePath).write { sql in
      for statement in item.statement.split(separator: ";") { _ = try sql.execute(String(statement)) }
    }
    let found = try await checks(bench)
    #expect(
      found.contains { $0.name == item.name && ["warning", "error"].contains($0.result) && $0.text.contains(item.text) },
      "\(found)")
    #expect(await bench.run("doctor", as: nil).status == .failed)
  }

  @Test func aClockThatWentBackIsFound() async throws {
    let bench = try await healthy()
    bench.now = bench.now.adding(seconds: -3600)
    #expect(try await checks(bench).contains { $0.name == "clock" && $0.result == "error" })
  }

  @Test func filesThatOthersReachAreFoundThoughNothingCanBeOpened() async throws {
    let bench = try await healthy()
    let home = bench.folder + "/home"
    for (path, mode, mend) in [
      (bench.installation.keyPath, mode_t(0o640), "chmod 600 '\(bench.installation.keyPath)'"),
      (bench.installation.databasePath, 0o606, "chmod 600 '\(bench.installation.databasePath)'"),
      (home, 0o755, "chmod 700 '\(home)'"),
    ] {
      chmod(path, mode)
      #expect(await bench.run("job list", as: nil).status == .notPermitted)
      let found = try await checks(bench)
      #expect(found.contains { $0.name == "files" && $0.result == "error" && $0.text.hasSuffix(mend) }, "\(found)")
      // What can be looked at is looked at all the same.
      #expect(found.contains { $0.name == "integrity" && $0.result == "ok" })
      chmod(path, path == home ? 0o700 : 0o600)
    }
    mkdir(home + "/tools", 0o777)
    chmod(home + "/tools", 0o777)
    #expect(try await checks(bench).contains { $0.name == "definitions" && $0.result == "error" })
    chmod(home + "/tools", 0o700)
    _ = bench.write("tools/broken.yaml", "name: broken\n")
    let found = try await checks(bench)
    #expect(
      found.contains { $0.name == "definitions" && $0.result == "error" && $0.text.contains("tool 'broken' cannot be used") },
      "\(found)")
    unlink(home + "/tools/broken.yaml")
    _ = bench.write("netjob.db.copy-99", "")
    #expect(try await checks(bench).contains { $0.name == "files" && $0.text.contains("left by a copy") })
    unlink(home + "/netjob.db.copy-99")
  }

  @Test func withoutADatabaseTheRestIsLookedAt() async throws {
    let bench = try await healthy()
    for suffix in ["", "-wal", "-shm"] { unlink(bench.installation.databasePath + suffix) }
    let gone = try await checks(bench)
    #expect(
      gone.contains { $0.name == "database" && $0.text.contains("there is no database") && $0.text.contains("netjob init") })
    #expect(gone.contains { $0.name == "zones" && $0.result == "ok" })
    _ = bench.write("netjob.db", "no database at all, but long enough to be read as one")
    let broken = try await checks(bench)
    #expect(broken.contains { $0.name == "database" && $0.result == "error" && $0.text.contains("damaged") }, "\(broken)")
  }

  @Test func throughSudoItTakesAnAdministrator() async throws {
    let bench = try await healthy()
    for user in ["alice", "vera", "mallory"] {
      let refused = await bench.run("doctor", as: user)
      #expect(refused.status == .notPermitted && refused.output == "", "\(refused)")
    }
    #expect(try await checks(bench, as: "root").contains { $0.name == "integrity" && $0.result == "ok" })
  }
}
