import Foundation
import JobModel
import Scheduling
import Storage
import Testing

@Suite struct SchemaUpgradeTests {
  private static let extra = [
    Migration(
      number: Migration.newest + 1, name: "notes",
      statements: [
        "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT", "INSERT INTO note (text) VALUES ('x')",
      ]),
    // A table that others refer to is made anew, as SQLite's manual says.
    Migration(
      number: Migration.newest + 2, name: "rebuild",
      statements: [
        "CREATE TABLE account_new (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, mail TEXT, enabled INTEGER NOT NULL, created_at INTEGER NOT NULL) STRICT",
        "INSERT INTO account_new (id, name, mail, enabled, created_at) SELECT id, name, mail, enabled, created_at FROM account",
        "DROP TABLE account", "ALTER TABLE account_new RENAME TO account",
      ]),
  ]
  private static let owner = Caller(name: "root", isDelegated: false, ownsDatabase: true)
  private static let more = Migration.all + extra

  private func upgrade(_ fixture: Fixture, steps: [Migration] = more, busySeconds: Double = 0.05) -> SchemaUpgrade {
    SchemaUpgrade(of: fixture.installation, clock: { fixture.clock.now }, steps: steps, busySeconds: busySeconds)
  }

  private func files(_ fixture: Fixture) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: fixture.installation.folder)
      .filter { !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm") }.sorted()
  }

  private func schema(_ fixture: Fixture) throws -> Int { try fixture.read { try Migration.current($0) } }

  @Test func missingStepsAreAppliedAfterABackup() throws {
    let fixture = try Fixture()
    let grants = try fixture.read { try $0.rows("SELECT * FROM account_grant").count }
    let outcome = try upgrade(fixture).run(as: Self.owner)
    #expect(outcome.previous == Migration.newest && outcome.schema == Migration.newest + 2)
    #expect(outcome.steps == ["notes", "rebuild"])
    let backup = try #require(outcome.backup)
    #expect(backup == fixture.installation.databasePath + ".schema-\(Migration.newest).20270115T080000Z")
    var information = stat()
    #expect(lstat(backup, &information) == 0 && information.st_mode & 0o7777 == 0o600)
    // The copy is the database as it was, whole.
    let old = try SQLiteDatabase(path: backup)
    #expect(try old.read { try Migration.current($0) } == Migration.newest)
    #expect(try old.read { try $0.row("PRAGMA integrity_check")?.text("integrity_check") } == "ok")
    #expect(try old.read { try AccountQueries.all($0).count } == 7)
    #expect(try old.read { try $0.rows("SELECT 1 AS one FROM audit WHERE action = 'db.migrate'").isEmpty })
    // The database goes on, and what refers to the rebuilt table is still there.
    #expect(try schema(fixture) == Migration.newest + 2)
    #expect(try fixture.read { try $0.rows("SELECT * FROM account_grant").count } == grants)
    let row = try #require(try fixture.read { try $0.row("SELECT * FROM audit ORDER BY id DESC LIMIT 1") })
    #expect(
      try row.text("action") == "db.migrate" && row.text("detail") == "schema \(Migration.newest) -> \(Migration.newest + 2)")
    let keys = try fixture.store.keys()
    #expect(try fixture.read { try AuditLog.verify($0, keys: keys) }.firstBad == nil)
    #expect(try files(fixture).count == 3)
  }

  @Test func theSecondTimeNothingIsDone() throws {
    let fixture = try Fixture()
    _ = try upgrade(fixture).run(as: Self.owner)
    let before = try files(fixture)
    let rows = try fixture.read { try $0.rows("SELECT id FROM audit").count }
    let outcome = try upgrade(fixture).run(as: Self.owner)
    #expect(outcome.steps.isEmpty && outcome.backup == nil && outcome.previous == Migration.newest + 2)
    #expect(try files(fixture) == before)
    #expect(try fixture.read { try $0.rows("SELECT id FROM audit").count } == rows)
    // This program's own schema is older than that.
    #expect(refusal { _ = try upgrade(fixture, steps: Migration.all).run(as: Self.owner) } == "storage newer")
    #expect(refusal { _ = try fixture.another() } == "storage newer")
  }

  @Test func aTrialChangesNothing() throws {
    let fixture = try Fixture()
    let outcome = try upgrade(fixture).run(as: Self.owner, isTrial: true)
    #expect(outcome.steps == ["notes", "rebuild"] && outcome.backup == nil)
    #expect(try schema(fixture) == Migration.newest)
    #expect(try files(fixture) == ["netjob.db", "netjob.key"])
  }

  @Test func onlyTheOwnerAndAdministratorsMay() throws {
    let fixture = try Fixture()
    for name in ["rita", "abe", "vera", "nobody"] {
      #expect(refusal { _ = try upgrade(fixture).run(as: Fixture.caller(name)) } == "notPermitted")
    }
    #expect(try schema(fixture) == Migration.newest)
    #expect(try files(fixture) == ["netjob.db", "netjob.key"])
    #expect(try upgrade(fixture).run(as: Fixture.caller("ada")).steps.count == 2)
    // Also where there is nothing to do.
    #expect(refusal { _ = try upgrade(fixture).run(as: Fixture.caller("rita")) } == "notPermitted")
  }

  static let broken: [(what: String, statement: String, code: String)] = [
    ("no SQL", "CREATE TABLE (", "storage io"),
    ("a reference to nothing", "DELETE FROM network", "storage corrupt"),
  ]

  @Test(arguments: broken) func aStepThatFailsLeavesTheOldSchema(_ item: (what: String, statement: String, code: String)) throws {
    let fixture = try Fixture()
    try fixture.addDevice("r1")
    let steps = Self.more + [Migration(number: Migration.newest + 3, name: "broken", statements: [item.statement])]
    #expect(refusal { _ = try upgrade(fixture, steps: steps).run(as: Self.owner) } == item.code)
    #expect(try schema(fixture) == Migration.newest)
    #expect(try files(fixture) == ["netjob.db", "netjob.key"])
    #expect(refusal { _ = try fixture.another() } == nil)
  }

  @Test func nothingIsDoneWithoutABackup() throws {
    let fixture = try Fixture()
    let taken = fixture.installation.databasePath + ".schema-\(Migration.newest).20270115T080000Z"
    try "mine".write(toFile: taken, atomically: false, encoding: .utf8)
    #expect(refusal { _ = try upgrade(fixture).run(as: Self.owner) } == "storage exists")
    #expect(try schema(fixture) == Migration.newest)
    #expect(try String(contentsOfFile: taken, encoding: .utf8) == "mine")
  }

  /// A disk that fills at any point, the backup being made or the steps being written: the old schema stays, whole, and no part of
  /// a backup. With room enough the same is done.
  @Test(.enabled(if: geteuid() == 0)) func aFullDiskLeavesTheOldSchema() async {
    await #expect(processExitsWith: .success) {
      let folder = try SmallDisk(options: "size=2m").path
      let installation = Installation(databasePath: folder + "/db/netjob.db")
      let now = Timestamp(seconds: 1_800_000_000)
      try installation.create(now: now)
      try Store(opening: installation, clock: { now }).change(as: Self.owner) { try $0.addFirstAdministrator(name: "root") }
      let filler = open(folder + "/filler", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
      // As much as there is room for, then less and less.
      var size: off_t = 2 << 20
      while posix_fallocate(filler, 0, size) != 0 { size -= 4096 }
      var failures = 0
      while true {
        let upgrade = SchemaUpgrade(of: installation, clock: { now }, steps: Self.more, busySeconds: 0.05)
        let code = refusal { _ = try upgrade.run(as: Self.owner) }
        // Without room nothing could be looked at either.
        ftruncate(filler, 0)
        let schema = try SQLiteDatabase(path: installation.databasePath).read { try Migration.current($0) }
        if code == nil {
          guard schema == Self.more.count, failures > 20 else { throw StorageError(.io, "\(schema) after \(failures) failures") }
          break
        }
        failures += 1
        let left = try FileManager.default.contentsOfDirectory(atPath: installation.folder)
          .filter { !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm") }.sorted()
        guard code == "storage diskFull", schema == Migration.newest, left == ["netjob.db", "netjob.key"] else {
          throw StorageError(.io, "\(code ?? ""), schema \(schema), \(left)")
        }
        size -= 4096
        posix_fallocate(filler, 0, size)
      }
    }
  }

  @Test func whoWritesOrRunsIsNotDisturbed() throws {
    let fixture = try Fixture()
    try fixture.store.database.write { _ in
      #expect(refusal { _ = try upgrade(fixture).run(as: Self.owner) } == "storage locked")
    }
    try fixture.addDevice("r1")
    try fixture.addJob("j")
    _ = try fixture.begin("j")
    let error = #expect(throws: StorageError.self) { try upgrade(fixture).run(as: Self.owner) }
    #expect(error?.code == .locked && error?.message.contains("execution 1 of job 'j' is at work") == true)
    #expect(try files(fixture) == ["netjob.db", "netjob.key"])
    // One whose process died is swept later, by this program.
    fixture.clock.advance(seconds: 61)
    #expect(try upgrade(fixture).run(as: Self.owner).steps.count == 2)
  }

  @Test func theKeyMustBeThatOfTheDatabase() throws {
    let fixture = try Fixture()
    try KeyRing.newFileContent().write(toFile: fixture.installation.keyPath, atomically: false, encoding: .utf8)
    chmod(fixture.installation.keyPath, 0o600)
    #expect(refusal { _ = try upgrade(fixture).run(as: Self.owner) } == "storage key")
    #expect(try schema(fixture) == Migration.newest)
  }
}
