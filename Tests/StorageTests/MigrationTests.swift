import Storage
import Testing

@Suite struct MigrationTests {
  /// The checksum of each step. A step that was released never changes: make a new one instead.
  private static let frozen = [
    "5fcddea116e18d9180a1c9fe1b9c225bc8b8ce9e85b4ab4f2e87816ddef6cbaf",
    "a52e1a3321ed25015d38d69dcedda55bdf009fc2c3d3c73415ef040ee13b992b",
    "bd702237709f0ac66b632c1a228cc6351c8c529e53682df9b8c4f7c8d3435581",
    "22366e05b4ae59ab8cf04347c05fa9c91671293b8cf0eb883dc5878fa4ddd815",
    "7483bbd4942a9f86902e87968105db82e9c54cb597de5c56ed9f368537883f84",
    "86514fb75e55f518823d7d6b28a939d777fc1e801d3335a4de0f25ad5d6a0289",
    "217bf4f4e0de9749a62873d8206ba149b83070986695c59ded704d3f1d66e46e",
    "20e08c9061369efb1e99d35d7cc833276ad117e7319be97fd32f36de5d1bc87f",
    "43adc9af4d75ffb8764e70faf08425c5d31ead4f497bc5ecff9e7ccc308d2d66",
    "2cccccaf6e7c8a6f298857213debd0701f7c0eee0498dc0fe02ae57e76618bf2",
    "7502efcd6b2c6eadb9ce81d59682fe77be9c1e8c6de869b1a81c1e0da9276cb3",
    "19ec022f4bae88c84d41570bb61042cc6c04faeb0bc86edaaabb8db43b6d7e94",
    "b12721bb7099e904fecbad83bc454c4560a7e69e1192f6788ada9acb7fb27b99",
  ]

  @Test func stepsAreFrozen() {
    #expect(Migration.all.map(\.checksum) == Self.frozen)
    #expect(Migration.all.map(\.number) == Array(1...Migration.newest))
  }

  @Test func applyingTwiceChangesNothing() throws {
    let fixture = try Fixture()
    let schema = "SELECT group_concat(sql, ';') AS sql FROM (SELECT sql FROM sqlite_master ORDER BY name)"
    let before = try fixture.read { try $0.row(schema)?.text("sql") }
    #expect(try fixture.store.database.write { try Migration.apply($0, now: 1) }.isEmpty)
    #expect(try fixture.read { try $0.row(schema)?.text("sql") } == before)
    #expect(try fixture.read { try Migration.current($0) } == Migration.newest)
  }

  @Test func everyTableIsStrict() throws {
    let fixture = try Fixture()
    let loose = try fixture.read {
      try $0.rows(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND sql NOT LIKE '%STRICT%'"
      ).map { try $0.text("name") }
    }
    #expect(loose.isEmpty)
    #expect(try fixture.read { try $0.rows("PRAGMA foreign_key_check").count } == 0)
    #expect(try fixture.read { try $0.row("PRAGMA foreign_keys")?.int("foreign_keys") } == 1)
    #expect(try fixture.read { try $0.row("PRAGMA journal_mode")?.text("journal_mode") } == "wal")
    #expect(try fixture.read { try $0.row("PRAGMA synchronous")?.int("synchronous") } == 2)
  }
}
