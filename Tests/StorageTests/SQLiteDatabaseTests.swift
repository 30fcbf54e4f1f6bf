import Foundation
import JobModel
import Scheduling
import Storage
import Testing

@Suite struct SQLiteDatabaseTests {
  @Test func aLockHeldByAnotherEndsInAClearError() throws {
    let fixture = try Fixture()
    let path = fixture.installation.databasePath
    let other = try SQLiteDatabase(path: path, busySeconds: 0.05)
    try fixture.store.database.write { sql in
      _ = try sql.execute("INSERT INTO setting (key, value) VALUES ('x', '1')")
      let error = #expect(throws: StorageError.self) {
        try other.write { _ = try $0.execute("INSERT INTO setting (key, value) VALUES ('x', '2')") }
      }
      #expect(error?.code == .locked)
      #expect(error?.message.contains(path) == true)
      // A reader is not held up, and sees nothing that is not committed.
      #expect(try other.read { try $0.row("SELECT value FROM setting WHERE key = 'x'") } == nil)
    }
    #expect(try other.read { try $0.row("SELECT value FROM setting WHERE key = 'x'")?.text("value") } == "1")
    try other.write { _ = try $0.execute("UPDATE setting SET value = '3' WHERE key = 'x'") }
  }

  @Test func aThrownErrorTakesTheWholeTransactionBack() async throws {
    let fixture = try Fixture()
    let before = try fixture.read { try $0.row("SELECT count(*) AS n FROM audit")?.int("n") }
    let failing: @Sendable (Change) throws -> Void = { change in
      try change.set("approval.required-count", to: "3")
      throw ModelError(.invalid, "on purpose")
    }
    #expect(refusal { try fixture.change(as: "ada", failing) } == "invalid")
    await #expect(throws: ModelError.self) { try await fixture.store.changeAsync(as: Fixture.caller("ada"), failing) }
    #expect(try fixture.read { try SettingQueries.requiredApprovals($0) } == 1)
    #expect(try fixture.read { try $0.row("SELECT count(*) AS n FROM audit")?.int("n") } == before)
    #expect(try await fixture.store.readAsync { try SettingQueries.requiredApprovals($0) } == 1)
    // A reading transaction writes nothing.
    #expect(refusal { try fixture.read { _ = try $0.execute("DELETE FROM setting") } }?.hasPrefix("storage") == true)
  }

  /// SQLite's own limit of pages stands in for a disk that is full.
  @Test func aFullDiskLosesNothingThatWasCommitted() throws {
    let fixture = try Fixture()
    try fixture.addDevice("r1")
    try fixture.addJob("route")
    let claim = try fixture.begin("route")
    let pages = try fixture.read { try $0.row("PRAGMA page_count")?.int("page_count") ?? 0 }
    _ = try fixture.read { try $0.rows("PRAGMA max_page_count = \(pages + 4)") }
    let noise = (0..<20_000).map { _ in String(UInt64.random(in: 0 ... .max), radix: 36) }.joined()
    let error = #expect(throws: StorageError.self) {
      try fixture.change(as: "rita") { change in
        try change.noteCommand(claim, position: 0, "ip route 192.0.2.0/24 null0")
        try change.endDevice(claim, position: 0, DeviceOutcome(status: .succeeded, output: noise))
      }
    }
    #expect(error?.code == .diskFull)
    #expect(error?.hint?.contains("free some space") == true)
    let device = try #require(try fixture.devices(claim.id).first)
    #expect((device.status, device.lastCommand, device.output) == (.pending, nil, nil))
    #expect(try fixture.read { try $0.row("SELECT count(*) AS n FROM blob")?.int("n") } == 0)
    _ = try fixture.read { try $0.rows("PRAGMA max_page_count = 100000") }
    try fixture.change(as: "rita") {
      try $0.endDevice(claim, position: 0, DeviceOutcome(status: .succeeded, output: noise))
    }
    #expect(try fixture.read { try $0.rows("PRAGMA integrity_check").first?.text("integrity_check") } == "ok")
  }

  @Test(.enabled(if: geteuid() == 0)) func aReallyFullDisk() async {
    await #expect(processExitsWith: .success) {
      let folder = try SmallDisk(options: "size=1m").path
      let installation = Installation(databasePath: folder + "/db/netjob.db")
      let now = Timestamp(seconds: 1_800_000_000)
      try installation.create(now: now)
      let store = try Store(opening: installation, clock: { now })
      let ada = Fixture.caller("ada")
      try store.change(as: ada) { try $0.addFirstAdministrator(name: "ada") }
      var written = 0
      var code: String?
      while code == nil, written < 500 {
        let noise = (0..<1500).map { _ in String(UInt64.random(in: 0 ... .max), radix: 36) }.joined()
        code = refusal {
          try store.change(as: ada) {
            _ = try Blobs.put($0.sql, noise); try $0.audit("test", "\(written)")
          }
        }
        if code == nil { written += 1 }
      }
      guard code == "storage diskFull", written > 3 else { throw StorageError(.io, "\(code ?? "no error") after \(written)") }
      // All that was committed is there, and the chain ends with the last of it.
      let again = try Store(opening: installation, clock: { now })
      let keys = try again.keys()
      let verdict = try again.read { try AuditLog.verify($0, keys: keys) }
      let blobs = try again.read { try $0.row("SELECT count(*) AS n FROM blob")?.int("n") }
      guard verdict.firstBad == nil, verdict.rows == Int64(written + 1), blobs == written else {
        throw StorageError(.io, "\(verdict) and \(blobs ?? 0) blobs after \(written)")
      }
      let health = try again.read { try $0.rows("PRAGMA integrity_check").first?.text("integrity_check") }
      guard health == "ok" else { throw StorageError(.corrupt, health ?? "") }
    }
  }

  /// A disk that was full before the command began: the files beside the database cannot even be made.
  @Test(.enabled(if: geteuid() == 0)) func openingOnAFullDisk() async {
    await #expect(processExitsWith: .success) {
      let folder = try SmallDisk(options: "size=1m").path
      let installation = Installation(databasePath: folder + "/db/netjob.db")
      let now = Timestamp(seconds: 1_800_000_000)
      try installation.create(now: now)
      let filler = open(folder + "/filler", O_WRONLY | O_CREAT, 0o600)
      let zeros = [UInt8](repeating: 0, count: 4096)
      while write(filler, zeros, zeros.count) > 0 {}
      close(filler)
      let code = refusal {
        let store = try Store(opening: installation, clock: { now })
        try store.change(as: Fixture.caller("ada")) { try $0.addFirstAdministrator(name: "ada") }
      }
      guard code == "storage diskFull" else { throw StorageError(.io, "opening ended with \(code ?? "success")") }
      unlink(folder + "/filler")
      let store = try Store(opening: installation, clock: { now })
      try store.change(as: Fixture.caller("ada")) { try $0.addFirstAdministrator(name: "ada") }
    }
  }

  struct Damage: Sendable, CustomTestStringConvertible {
    var what: String
    var code: String
    var word: String
    var damage: @Sendable (String) throws -> Void
    var testDescription: String { what }
  }

  private static func overwrite(_ path: String, at offset: UInt64, _ bytes: [UInt8]) throws {
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try handle.seek(toOffset: offset)
    try handle.write(contentsOf: Data(bytes))
    try handle.close()
  }

  private static func run(_ path: String, _ statement: String) throws {
    try SQLiteDatabase(path: path).write { _ = try $0.execute(statement) }
  }

  static let damages: [Damage] = [
    Damage(what: "empty file", code: "corrupt", word: "no netjob database") { path in
      for suffix in ["-wal", "-shm"] { unlink(path + suffix) }
      truncate(path, 0)
    },
    Damage(what: "text", code: "corrupt", word: "no netjob database") { path in
      for suffix in ["-wal", "-shm"] { unlink(path + suffix) }
      try String(repeating: "no database ", count: 1000).write(toFile: path, atomically: false, encoding: .utf8)
    },
    Damage(what: "damaged first page", code: "corrupt", word: "damaged") { path in
      try overwrite(path, at: 100, [UInt8](repeating: 0xA5, count: 4096 - 100))
    },
    Damage(what: "another program's database", code: "corrupt", word: "no netjob database") { path in
      for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
      let other = try SQLiteDatabase(path: path, create: true)
      try other.write { _ = try $0.execute("CREATE TABLE x (y)") }
      chmod(path, 0o600)
    },
    Damage(what: "newer schema", code: "newer", word: "schema 99") { path in
      try run(path, "INSERT INTO migration (number, name, checksum, applied_at) VALUES (99, 'x', 'y', 0)")
    },
    Damage(what: "altered step", code: "corrupt", word: "schema step 1") { path in
      try run(path, "UPDATE migration SET checksum = 'x'")
    },
    Damage(what: "step before the first", code: "corrupt", word: "schema step 0") { path in
      try run(path, "INSERT INTO migration (number, name, checksum, applied_at) VALUES (0, 'x', 'y', 0)")
    },
  ]

  @Test(arguments: damages) func whatIsNoSoundDatabaseIsNotOpened(_ item: Damage) throws {
    let folder = try TemporaryFolder()
    let installation = Installation(databasePath: folder.path + "/netjob.db")
    let now = Timestamp(seconds: 1_800_000_000)
    try installation.create(now: now)
    try item.damage(installation.databasePath)
    let error = #expect(throws: StorageError.self) { try Store(opening: installation, clock: { now }) }
    #expect(error.map { $0.code.rawValue } == item.code)
    #expect(error?.message.contains(item.word) == true, "\(error?.message ?? "")")
  }

  @Test func damageInTheMiddleIsFoundWhenItIsRead() throws {
    let fixture = try Fixture()
    for number in 0..<200 { try fixture.change(as: "ada") { try $0.audit("test", "row \(number)") } }
    let copy = fixture.folder.path + "/copy.db"
    try SQLiteDatabase(path: fixture.installation.databasePath).copy(to: copy)
    let size = try #require(try FileManager.default.attributesOfItem(atPath: copy)[.size] as? UInt64)
    for page in stride(from: UInt64(4096), to: size, by: 4096) {
      try Self.overwrite(copy, at: page, [UInt8](repeating: 0xFF, count: 64))
    }
    #expect(refusal { _ = try SQLiteDatabase(path: copy).read { try $0.rows("SELECT * FROM audit") } } == "storage corrupt")
  }

  @Test func copiesAreCompleteAndNeverOverwrite() throws {
    let fixture = try Fixture()
    let database = try SQLiteDatabase(path: fixture.installation.databasePath)
    let copy = fixture.folder.path + "/copy.db"
    try database.copy(to: copy)
    let opened = try SQLiteDatabase(path: copy, readOnly: true)
    #expect(try opened.read { try AccountQueries.all($0).map(\.name) } == fixture.read { try AccountQueries.all($0).map(\.name) })
    #expect(refusal { try database.copy(to: copy) } == "storage exists")
    #expect(refusal { try database.copy(to: fixture.folder.path + "/no/copy.db") } == "storage io")
  }

  @Test func aReadOnlyConnectionWritesNothing() throws {
    let fixture = try Fixture()
    let database = try SQLiteDatabase(path: fixture.installation.databasePath, readOnly: true)
    #expect(try database.read { try AccountQueries.all($0).count } == 7)
    #expect(refusal { try database.write { _ = try $0.execute("DELETE FROM setting") } } == "storage readOnly")
    #expect(refusal { _ = try SQLiteDatabase(path: fixture.folder.path + "/none.db") } == "storage notFound")
  }

  @Test func rowsSayWhenTheyHoldSomethingElse() throws {
    let row = SQLRow(columns: ["i": .integer(2), "t": .text("x"), "b": .blob([1]), "n": .null])
    #expect(try (row.int("i"), row.text("t"), row.blob("b"), row.bool("i")) == (2, "x", [1], true))
    #expect(try (row.optionalInt("n"), row.optionalText("n"), row.optionalTimestamp("n")) == (nil, nil, nil))
    for body: () throws -> Void in [
      { _ = try row.int("t") }, { _ = try row.text("i") }, { _ = try row.int("n") }, { _ = try row.int("absent") },
      { _ = try row.optionalInt("absent") }, { _ = try row.optionalText("i") }, { _ = try row.blob("t") },
      { _ = try row.choice("t", as: ExecutionStatus.self) },
    ] { #expect(refusal(body) == "storage corrupt") }
    let database = try Fixture().store.database
    #expect(refusal { _ = try database.read { try $0.rows("SELECT 0.5 AS x") } } == "storage corrupt")
  }
}
