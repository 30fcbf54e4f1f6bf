import Commands
import Glibc
import Scheduling
import Storage
import Terminal
import Testing

@Suite struct DatabaseCommandTests {
  private func findings(_ outcome: CommandBench.Outcome) throws -> [String] {
    (try outcome.json["checks"]?.arrayValue ?? []).filter { !["ok", "note"].contains($0["result"]?.stringValue) }.map {
      ($0["name"]?.stringValue ?? "") + ": " + ($0["detail"]?.stringValue ?? "") + " -> " + ($0["mend"]?.stringValue ?? "nothing")
    }
  }

  @Test func aSoundDatabaseIsSound() async throws {
    let bench = try await CommandBench()
    _ = await bench.run("credential add c --username u --password-stdin", input: "secret\n")
    let outcome = await bench.run("db check --json")
    #expect(outcome.status == .done, "\(outcome)")
    let checks = try outcome.json["checks"]?.arrayValue ?? []
    #expect(
      checks.map { $0["name"]?.stringValue } == [
        "integrity", "references", "schema", "key", "settings", "jobs", "secrets", "contents", "audit", "history",
      ])
    #expect(try outcome.json["ok"]?.boolValue == true && findings(outcome).isEmpty)
    #expect(outcome.output.contains("every secret can be opened: 1"))
    #expect(await bench.run("db check -q").output == "")
  }

  static let damages: [(what: String, statements: [String], finding: String)] = [
    (
      "reference", ["PRAGMA foreign_keys = OFF", "DELETE FROM network"],
      "references: 3 rows of the table device refer to a missing network"
    ),
    ("table altered", ["ALTER TABLE device ADD COLUMN spy TEXT"], "schema: the table device is not as netjob made it"),
    ("trigger gone", ["DROP TRIGGER audit_keep"], "schema: the trigger audit_keep is missing"),
    (
      "trigger planted", ["CREATE TRIGGER evil AFTER INSERT ON job BEGIN DELETE FROM approval_vote; END"],
      "schema: the trigger evil was not made by netjob"
    ),
    ("step altered", ["UPDATE migration SET checksum = 'x' WHERE number = 1"], "schema: schema step 1 of the database differs"),
    ("schema older", ["DELETE FROM migration WHERE number > 0"], "schema: "),
    (
      "secret altered", ["UPDATE credential SET password = randomblob(60)"],
      "secrets: a secret of credential 'c' cannot be opened (credential/1/password)"
    ),
    ("content altered", ["UPDATE blob SET content = x'00'"], "contents: content "),
    (
      "audit altered", ["DROP TRIGGER audit_keep", "UPDATE audit SET detail = 'x' WHERE id = 5"],
      "audit: the chain of the audit log breaks at row 5"
    ),
    (
      "setting altered", ["INSERT INTO setting (key, value) VALUES ('approval.required-count', '0')"],
      "settings: setting 'approval.required-count' is '0', which is not allowed: 1, 2 or 3 -> "
        + "netjob setting set approval.required-count 1"
    ),
    ("key check altered", ["UPDATE setting SET value = 'x' WHERE key = 'installation.key-check'"], "key: the key file"),
  ]

  @Test(arguments: damages) func damageIsFoundWithWhatToDo(_ item: (what: String, statements: [String], finding: String))
    async throws
  {
    let bench = try await CommandBench()
    _ = await bench.run("credential add c --username u --password-stdin", input: "secret\n")
    try bench.store().change(as: CommandBench.root) { _ = try Blobs.put($0.sql, "the configuration") }
    let raw = try SQLiteDatabase(path: bench.installation.databasePath, enforcesForeignKeys: false)
    try raw.write { sql in for statement in item.statements { _ = try sql.execute(statement) } }
    let outcome = await bench.run("db check --json", as: nil)
    #expect(outcome.status == .failed, "\(outcome)")
    let found = try findings(outcome)
    #expect(found.contains { $0.hasPrefix(item.finding) && !$0.hasSuffix("nothing") }, "\(found)")
  }

  @Test func aDatabaseThatCannotBeReadIsReportedToItsOwner() async throws {
    let bench = try await CommandBench()
    unlink(bench.installation.keyPath)
    let keyless = await bench.run("db check --json", as: nil)
    #expect(keyless.status == .failed)
    #expect(try findings(keyless).map { $0.prefix { $0 != ":" } } == ["key", "secrets", "audit"])
    // The middle of the file is overwritten.
    let descriptor = open(bench.installation.databasePath, O_WRONLY | O_CLOEXEC)
    _ = pwrite(descriptor, Array(repeating: UInt8(0xAA), count: 40_000), 40_000, 8192)
    close(descriptor)
    for suffix in ["-wal", "-shm"] { unlink(bench.installation.databasePath + suffix) }
    let damaged = await bench.run("db check", as: nil)
    #expect(damaged.status == .failed && damaged.output.contains("integrity"), "\(damaged)")
  }

  /// What is no netjob database, and one of whose tables is gone, is told in netjob's words.
  @Test(arguments: [
    ("", "is empty: it is no netjob database"), ("CREATE TABLE other (x)", "is no netjob database: it has none of its tables"),
  ]) func whatIsNoDatabaseOfOursIsNamed(_ item: (statement: String, words: String)) async throws {
    let bench = try await CommandBench()
    let path = bench.installation.databasePath
    for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
    if item.statement.isEmpty {
      close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600))
    } else {
      try SQLiteDatabase(path: path, create: true).write { _ = try $0.execute(item.statement) }
      chmod(path, 0o600)
    }
    for line in ["db check", "doctor", "job list", "db migrate"] {
      let outcome = await bench.run(line, as: nil)
      #expect(outcome.status == .failed && (outcome.output + outcome.errors).contains(item.words), "\(line): \(outcome)")
      #expect(!outcome.output.contains("no such table"), "\(line): \(outcome)")
    }
    #expect(try findings(await bench.run("db check --json", as: nil)).count == 1)
  }

  @Test func aTableThatIsGoneIsToldOnce() async throws {
    let bench = try await CommandBench()
    try SQLiteDatabase(path: bench.installation.databasePath, enforcesForeignKeys: false).write { sql in
      _ = try sql.execute("DROP TABLE schedule_filter")
      _ = try sql.execute("DROP TABLE config_revision")
    }
    let outcome = await bench.run("db check", as: nil)
    let lines = outcome.output.split(separator: "\n").filter { !$0.hasPrefix("ok") }
    #expect(lines.contains { $0.hasPrefix("error\tschema\tthe table config_revision is missing") }, "\(outcome)")
    #expect(!outcome.output.contains("SELECT"), "\(outcome)")
  }

  @Test func aCopyIsWholeAndOverwritesNothing() async throws {
    let bench = try await CommandBench()
    let path = bench.folder + "/home/copy.db"
    defer { unlink(path) }
    let outcome = await bench.run(["db", "backup", path, "--json"], as: nil)
    #expect(outcome.status == .done && outcome.errors.contains("the key is not in it"), "\(outcome)")
    var information = stat()
    #expect(lstat(path, &information) == 0 && information.st_mode & 0o7777 == 0o600)
    #expect(try outcome.json["bytes"]?.integerValue == Int64(information.st_size))
    let copy = try SQLiteDatabase(path: path)
    #expect(try copy.read { try AccountQueries.all($0).count } == 6)
    #expect(try copy.read { try AuditLog.head($0).description } == (try outcome.json["head"]?.stringValue))
    #expect(try copy.read { try AuditQueries.list($0, AuditQueries.Filter()).first?.action } == "db.backup")
    #expect(await bench.run(["db", "backup", path], as: nil).status == .conflict)
    #expect(await bench.run(["db", "backup", bench.folder + "/no/where.db"], as: nil).status == .failed)
    #expect(await bench.run(["db", "backup", ""], as: nil).status == .usage)
    // Through sudo no file, only the pipe.
    #expect(await bench.run(["db", "backup", bench.folder + "/other.db"]).status == .notPermitted)
    #expect(access(bench.folder + "/other.db", F_OK) != 0)
    #expect(await bench.run("db backup - --json").status == .usage)
    let piped = await bench.run("db backup -")
    #expect(piped.status == .done && piped.output.hasPrefix("SQLite format 3\0"))
  }
}
