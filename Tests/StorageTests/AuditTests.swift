import JobModel
import Scheduling
import Storage
import Testing

@Suite struct AuditTests {
  private func verdict(_ fixture: Fixture, anchor: AuditLog.Head? = nil) throws -> AuditLog.Verdict {
    let keys = try fixture.store.keys()
    return try fixture.read { try AuditLog.verify($0, keys: keys, anchor: anchor) }
  }

  private func head(_ fixture: Fixture) throws -> AuditLog.Head { try fixture.read { try AuditLog.head($0) } }

  /// Does what somebody with the file and without the key can do.
  private func tamper(_ fixture: Fixture, _ statements: String) throws {
    try fixture.store.database.write { sql in
      for trigger in ["audit_keep", "audit_stay"] { _ = try sql.execute("DROP TRIGGER IF EXISTS \(trigger)") }
      for statement in statements.split(separator: ";") { _ = try sql.execute(String(statement)) }
    }
  }

  private func filled(_ rows: Int = 0) throws -> Fixture {
    let fixture = try Fixture()
    try fixture.change(as: "ada") { change in
      for number in 0..<rows { try change.audit("test", "object \(number)", "detail, with 3:commas") }
    }
    return fixture
  }

  @Test func theChainHoldsAndGoesOnAfterReopening() throws {
    let fixture = try filled(10)
    #expect(try verdict(fixture).rows == 17)
    #expect(try verdict(fixture).firstBad == nil)
    try fixture.another().change(as: Fixture.caller("rob")) { try $0.audit("test", "again") }
    #expect(try verdict(fixture).rows == 18)
    #expect(try verdict(fixture).firstBad == nil)
    let row = try #require(try fixture.read { try $0.row("SELECT * FROM audit ORDER BY id DESC LIMIT 1") })
    #expect(try (row.text("user"), row.text("mode"), row.int("login_uid")) == ("rob", "delegated", 1000))
  }

  /// A planted trigger that makes SQLite pass over the rows: there is no change without its row.
  @Test func whatIsNotLoggedIsNotDone() throws {
    let fixture = try filled()
    try fixture.store.database.write { sql in
      _ = try sql.execute("CREATE TRIGGER evil BEFORE INSERT ON audit BEGIN SELECT raise(ignore); END")
    }
    #expect(throws: StorageError.self) { try fixture.addDevice("r1") }
    #expect(try fixture.read { try $0.row("SELECT id FROM device WHERE name = 'r1'") } == nil)
  }

  @Test func moreRowsThanOnePageOfThem() throws {
    let verdict = try verdict(try filled(2500))
    #expect(verdict.rows == 2507)
    #expect(verdict.firstBad == nil)
  }

  static let forgeries: [(what: String, statement: String, firstBad: Int64?)] = [
    ("time altered", "UPDATE audit SET time = time + 1 WHERE id = 9", 9),
    ("user altered", "UPDATE audit SET user = 'eve' WHERE id = 9", 9),
    ("login uid altered", "UPDATE audit SET login_uid = NULL WHERE id = 9", 9),
    ("mode altered", "UPDATE audit SET mode = 'own' WHERE id = 9", 9),
    ("action altered", "UPDATE audit SET action = 'x' WHERE id = 9", 9),
    ("object altered", "UPDATE audit SET object = 'x' WHERE id = 9", 9),
    ("detail altered", "UPDATE audit SET detail = '' WHERE id = 9", 9),
    ("detail moved to object", "UPDATE audit SET object = object || detail, detail = '' WHERE id = 9", 9),
    ("hash altered", "UPDATE audit SET hash = '00' WHERE id = 9", 9),
    ("previous altered", "UPDATE audit SET previous = '00' WHERE id = 9", 9),
    ("last row altered", "UPDATE audit SET detail = 'x' WHERE id = 17", 17),
    ("first row altered", "UPDATE audit SET detail = 'x' WHERE id = 1", 1),
    ("text behind a NUL", "UPDATE audit SET detail = detail || char(0) || 'x' WHERE id = 9", 9),
    ("hash with a NUL behind it", "UPDATE audit SET hash = hash || char(0) || 'x' WHERE id = 17", 17),
    ("row deleted", "DELETE FROM audit WHERE id = 9", 10),
    ("first row deleted", "DELETE FROM audit WHERE id = 1", 2),
    ("row deleted and the others renumbered", "DELETE FROM audit WHERE id = 9; UPDATE audit SET id = id - 1 WHERE id > 9", 9),
    (
      "row inserted at the end",
      "INSERT INTO audit SELECT 18, time, user, login_uid, mode, action, object, detail, hash, hash FROM audit WHERE id = 17", 18
    ),
    (
      "row inserted before the first",
      "INSERT INTO audit SELECT -5, time, user, login_uid, mode, action, object, detail, previous, hash FROM audit WHERE id = 1",
      -5
    ),
    (
      "row inserted at zero",
      "INSERT INTO audit SELECT 0, time, user, login_uid, mode, action, object, detail, previous, hash FROM audit WHERE id = 1", 0
    ),
    (
      "row at the last number",
      "INSERT INTO audit SELECT 9223372036854775807, time, user, login_uid, mode, action, object, detail, hash, hash FROM audit WHERE id = 17",
      .max
    ),
    (
      "rows swapped",
      "UPDATE audit SET id = -1 WHERE id = 9; UPDATE audit SET id = 9 WHERE id = 10; UPDATE audit SET id = 10 WHERE id = -1", 9
    ),
    ("everything deleted but the end", "DELETE FROM audit WHERE id < 17", 17),
  ]

  @Test(arguments: forgeries) func forgeriesAreFound(_ item: (what: String, statement: String, firstBad: Int64?)) throws {
    let fixture = try filled(10)
    try tamper(fixture, item.statement)
    #expect(try verdict(fixture).firstBad == item.firstBad)
    #expect(try !verdict(fixture).isGood)
  }

  @Test func whatWasCutOffIsFoundWithTheHead() throws {
    let fixture = try filled(10)
    let anchor = try head(fixture)
    #expect(anchor.row == 17 && anchor.description == "17:\(anchor.hash)")
    let hashOnly = AuditLog.Head(row: nil, hash: anchor.hash)
    for head in [anchor, hashOnly] { #expect(try verdict(fixture, anchor: head).isGood) }
    // The chain may go on; the anchor stays in it.
    try fixture.change(as: "ada") { try $0.audit("test", "later") }
    for head in [anchor, hashOnly] { #expect(try verdict(fixture, anchor: head).isGood) }

    try tamper(fixture, "DELETE FROM audit WHERE id > 12")
    #expect(try verdict(fixture).isGood, "without the head nobody can tell")
    #expect(try verdict(fixture, anchor: anchor) == cut(rows: 12, firstBad: 13))
    #expect(try verdict(fixture, anchor: hashOnly) == cut(rows: 12, firstBad: nil))
    // Others filled the gap, with rows of the true key: the head was another.
    for number in 13...20 { try fixture.change(as: "ada") { try $0.audit("test", "filler \(number)") } }
    #expect(try verdict(fixture).isGood)
    #expect(try verdict(fixture, anchor: anchor) == cut(rows: 20, firstBad: 17))
    #expect(try verdict(fixture, anchor: hashOnly) == cut(rows: 20, firstBad: nil))

    try tamper(fixture, "DELETE FROM audit")
    // The making of the database is a row of every log.
    #expect(try verdict(fixture).firstBad == 1 && head(fixture) == AuditLog.Head(row: 0, hash: AuditLog.origin))
    #expect(try verdict(fixture, anchor: anchor) == cut(rows: 0, firstBad: 1))
    // The head of an empty log is in every log.
    let whole = try filled(3)
    for row: Int64? in [0, nil] { #expect(try verdict(whole, anchor: AuditLog.Head(row: row, hash: AuditLog.origin)).isGood) }
  }

  private func cut(rows: Int64, firstBad: Int64?) -> AuditLog.Verdict {
    var verdict = AuditLog.Verdict(rows: rows, firstBad: firstBad)
    verdict.holdsAnchor = false
    return verdict
  }

  /// A chain that holds in itself, made with a key of the forger's.
  @Test func aChainOfAnotherKeyIsFound() throws {
    let fixture = try filled(3)
    let forger = try filled(5)
    let anchor = try head(fixture)
    let rows = try forger.read { try $0.rows("SELECT * FROM audit ORDER BY id") }
    try tamper(fixture, "DELETE FROM audit")
    try fixture.store.database.write { sql in
      for row in rows {
        _ = try sql.execute(
          "INSERT INTO audit (id, time, user, login_uid, mode, action, object, detail, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
          try row.int64("id"), try row.int64("time"), try row.text("user"), try row.optionalInt64("login_uid"),
          try row.text("mode"), try row.text("action"), try row.text("object"), try row.text("detail"),
          try row.text("previous"), try row.text("hash"))
      }
    }
    #expect(try verdict(fixture).firstBad == 1)
    #expect(try verdict(fixture, anchor: anchor) == cut(rows: 12, firstBad: 1))
    #expect(try verdict(forger).isGood)
  }

  @Test func rowsAreFoundByWhatTheyAre() throws {
    let fixture = try filled(2)
    fixture.clock.advance(seconds: 60)
    try fixture.change(as: "rita") { change in
      try change.audit("job.edit", "job j")
      try change.audit("jobs", "no group of 'job'")
      try change.audit("job", "job k")
    }
    func list(_ set: (inout AuditQueries.Filter) -> Void) throws -> [Int64] {
      var filter = AuditQueries.Filter()
      set(&filter)
      return try fixture.read { try AuditQueries.list($0, filter).map(\.row) }
    }
    #expect(try list { $0.limit = 3 } == [12, 11, 10])
    #expect(try list { $0.user = "rita" } == [12, 11, 10])
    #expect(try list { $0.user = "RITA" } == [])
    #expect(try list { $0.action = "job" } == [12, 10])
    #expect(try list { $0.action = "job.edit" } == [10])
    #expect(try list { $0.action = "%" } == [])
    #expect(try list { $0.since = fixture.clock.now } == [12, 11, 10])
    #expect(try list { ($0.until, $0.limit) = (fixture.clock.now, 2) } == [9, 8])
    let row = try #require(try fixture.read { try AuditQueries.list($0, AuditQueries.Filter()).first })
    #expect((row.user, row.loginUID, row.mode, row.object) == ("rita", 1000, "delegated", "job k"))
  }

  @Test func aPlantedLastNumberStopsChangesAndNotTheProgram() throws {
    let fixture = try filled()
    try fixture.store.database.write {
      _ = try $0.execute(
        """
        INSERT INTO audit SELECT 9223372036854775807, time, user, login_uid, mode, action, object, detail, hash, hash FROM audit
        WHERE id = 1
        """)
    }
    #expect(refusal { try fixture.change(as: "ada") { try $0.audit("test", "x") } } == "storage corrupt")
  }

  @Test func anotherKeyCannotExtendTheChain() throws {
    let fixture = try filled(3)
    let keys = try KeyRing(fileContent: KeyRing.newFileContent(), path: "k")
    #expect(try fixture.read { try AuditLog.verify($0, keys: keys) }.firstBad == 1)
  }

  @Test(arguments: [
    "UPDATE audit SET detail = 'x'", "DELETE FROM audit", "DELETE FROM audit WHERE id = 1", "UPDATE audit SET id = id + 100",
  ])
  func rowsStayAsTheyWereWritten(_ statement: String) throws {
    let fixture = try filled(3)
    let error = #expect(throws: StorageError.self) { try fixture.store.database.write { _ = try $0.execute(statement) } }
    #expect(error?.message.contains("audit rows cannot be") == true)
    #expect(try verdict(fixture).firstBad == nil)
  }
}
