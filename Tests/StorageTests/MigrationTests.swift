import JobModel
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
    "6f64e9ebd76d2b127d5ec62eb4e9f6938b793f9a87b4c020672f72e6df5c83c8",
    "32ba0598fcb861a646204ab60f15539643155258318a31a45026b3ac9f737f26",
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

  /// SHA-256 of `a`.
  private static let hash = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"

  /// A row in each table of the first schema.
  private static func rows() throws -> [String] {
    let definition = try CanonicalJSON.text(JobDefinition(type: .backup, targets: .devices(["r1"])))
    return [
      "INSERT INTO setting VALUES ('approval.required-count', '2')",
      "INSERT INTO account VALUES (1, 'ada', 'ada@example.net', 1, 10)",
      "INSERT INTO account_grant VALUES (1, 1, 'role', 'administrator', NULL)",
      "INSERT INTO network VALUES (7, 'branch', 'far away', 'strict')",
      "INSERT INTO credential VALUES (3, 'c', 'netjob', 7, 5, x'01', NULL, NULL, NULL, 11, 12)",
      """
      INSERT INTO device VALUES (4, 'r1', '192.0.2.1', 2222, 'frr', 7, 3, 3, 1, 0, 'edge', '{"site":"x"}', 'ssh-ed25519',
        'SHA256:a', 'r1', 'FRR', 'm', '8.4', 's', 'up', 1, 20, 21, 22)
      """,
      "INSERT INTO device_tag VALUES (4, 'core')",
      "INSERT INTO job VALUES (5, 'j', 7, 'backup', 0, 'ada', 1, 2, 30, 31)",
      "INSERT INTO job_revision VALUES (5, 1, '\(definition)', 'ada', 30)",
      "INSERT INTO job_revision VALUES (5, 2, '\(definition)', 'ada', 31)",
      "INSERT INTO job_trigger VALUES (6, 5, 't', 'cron', '0 3 * * *', 'Etc/UTC', 1, 40, 39, NULL, 'ada', 31)",
      "INSERT INTO schedule_filter VALUES (1, 'f', 'Europe/Berlin', 'not sat,sun')",
      "INSERT INTO job_trigger_filter VALUES (6, 1)",
      """
      INSERT INTO approval_request VALUES (8, 5, 'j', 'branch', 2, 'd', '{}', 'closed', 'ada', 50, 'ada', 'ada', 51, 9)
      """,
      "INSERT INTO approval_vote VALUES (8, 'bob', 51)",
      "INSERT INTO approval_log VALUES (1, 8, 5, 'j', 'branch', 2, 50, 'ada', 'requested', 'please')",
      """
      INSERT INTO execution VALUES (9, 5, 'j', 7, 'branch', 'backup', 2, 0, 'ada', 6, 't', 40, 'succeeded', 60, 61, 1, 0, 'well', 8,
        1, 'h', 'b', 99, 1, NULL, 0)
      """,
      "INSERT INTO blob VALUES ('\(hash)', 1, 'plain', x'61')",
      """
      INSERT INTO execution_device VALUES (9, 0, 4, 'r1', '192.0.2.1', 'succeeded', 60, 61, NULL, 1, 'new', NULL, '\(hash)', NULL, NULL)
      """,
      "INSERT INTO config_revision VALUES (1, 4, 'r1', 7, 'running', 1, '\(hash)', 'h', 61, 9, 1, 0)",
      "INSERT INTO audit VALUES (1, 10, 'root', NULL, 'owner', 'init', 'database', '', '', 'x')",
    ]
  }

  /// Rows as text, each column by its name.
  private func content(_ sql: any SQLConnection, of table: String, _ columns: [String]) throws -> [String] {
    let fields = columns.map { "quote(\($0))" }.joined(separator: " || ',' || ")
    return try sql.rows("SELECT \(fields) AS line FROM \(table)").map { try $0.text("line") }.sorted()
  }

  /// A database that has gone through every version since the first holds what it held, and is read.
  @Test func rowsOfTheFirstSchemaAreReadToday() throws {
    let fixture = try Fixture()
    let database = try SQLiteDatabase(path: fixture.installation.folder + "/old.db", create: true, enforcesForeignKeys: false)
    try database.write { sql in
      _ = try Migration.apply(sql, now: 1, steps: Array(Migration.all.prefix(1)))
      for row in try Self.rows() { _ = try sql.execute(row) }
    }
    var kept: [(table: String, columns: [String], rows: [String])] = []
    try database.read { sql in
      // What was waiting to be sent is dropped on the way, and its table made anew.
      let tables = try sql.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('outbox', 'migration')")
      for table in try tables.map({ try $0.text("name") }) where !table.hasPrefix("sqlite_") {
        let columns = try sql.rows("SELECT name FROM pragma_table_info('\(table)')").map { try $0.text("name") }
        let rows = try content(sql, of: table, columns)
        if table != "device_lease" { #expect(!rows.isEmpty, "\(table) has no row here") }
        kept.append((table, columns, rows))
      }
    }
    for number in 2...Migration.newest {
      let done = try database.write { try Migration.apply($0, now: 2, steps: Array(Migration.all.prefix(number))) }
      #expect(done.map(\.number) == [number])
    }
    try database.read { sql in
      for (table, columns, rows) in kept { #expect(try content(sql, of: table, columns) == rows, "\(table)") }
      #expect(try sql.rows("PRAGMA foreign_key_check").isEmpty)
      #expect(try sql.row("PRAGMA integrity_check")?.text("integrity_check") == "ok")
      #expect(try SettingQueries.requiredApprovals(sql) == 2)
      #expect(try AccountQueries.find(sql, "ada").mail == "ada@example.net")
      #expect(try CredentialQueries.find(sql, "c").username == "netjob")
      let device = try DeviceQueries.find(sql, "r1")
      #expect(device.port == 2222 && device.fields == ["site": "x"] && device.tags == ["core"] && device.network == "branch")
      let job = try JobQueries.find(sql, "j")
      #expect(job.revision == 2 && job.definition.targets == .devices(["r1"]))
      let trigger = try TriggerQueries.find(sql, job: job, "t")
      #expect(trigger.schedule == "0 3 * * *" && trigger.filters.map(\.name) == ["f"])
      #expect(try ApprovalQueries.all(sql).map(\.approvals) == [["bob"]])
      #expect(try ExecutionQueries.find(sql, 9).summary == "well")
      #expect(try ConfigQueries.all(sql, device: "r1", kind: .running).map(\.revision) == [1])
      #expect(try Blobs.get(sql, Self.hash) == "a")
    }
  }
}
