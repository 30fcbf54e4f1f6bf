import JobModel
import Scheduling
import Storage
import Testing

@Suite struct AuditTests {
  private func verdict(_ fixture: Fixture) throws -> AuditLog.Verdict {
    let keys = try fixture.store.keys()
    return try fixture.read { try AuditLog.verify($0, keys: keys) }
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
    try fixture.store.database.write { sql in
      for trigger in ["audit_keep", "audit_stay"] { _ = try sql.execute("DROP TRIGGER \(trigger)") }
      for statement in item.statement.split(separator: ";") { _ = try sql.execute(String(statement)) }
    }
    #expect(try verdict(fixture).firstBad == item.firstBad)
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
