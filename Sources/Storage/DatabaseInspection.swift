internal import JobModel

/// Looks a database over: what `db check` and `doctor` find there.
package struct DatabaseInspection {
  private let sql: any SQLConnection
  private let store: Store
  private static let most = 5

  package init(_ sql: any SQLConnection, of store: Store) {
    self.sql = sql
    self.store = store
  }

  /// Everything that can be checked within the database, the whole of it being read. One of another schema is only checked for
  /// being sound: there may be no such tables.
  package func all() -> [Finding] {
    let sound = integrity() + references() + schema() + key()
    if let current = try? Migration.current(sql), current != Migration.newest { return sound }
    return sound + settings() + jobs() + secrets() + contents() + auditChain() + history()
  }

  /// SQLite's own check; the quick one leaves out whether indexes agree with their tables.
  package func integrity(isQuick: Bool = false) -> [Finding] {
    Finding.looking("integrity") {
      let name = isQuick ? "quick_check" : "integrity_check"
      let lines = try sql.rows("PRAGMA \(name)(\(Self.most))").map { try $0.text(name) }
      if lines == ["ok"] { return [Finding("integrity", .ok, "SQLite finds no damage")] }
      return lines.map { Finding("integrity", .error, $0, mend: restore) }
    }
  }

  /// Rows that refer to rows which are not there.
  package func references() -> [Finding] {
    Finding.looking("references") {
      let rows = try sql.rows(
        """
        SELECT "table" AS name, "parent" AS parent, count(*) AS number FROM pragma_foreign_key_check
        GROUP BY "table", "parent" ORDER BY "table"
        """)
      if rows.isEmpty { return [Finding("references", .ok, "every row that others refer to is there")] }
      return try rows.map {
        Finding(
          "references", .error,
          "\(try $0.int("number")) rows of the table \(try $0.text("name")) refer to a missing \(try $0.text("parent"))",
          mend: restore)
      }
    }
  }

  /// The steps of the schema, and that tables, indexes and triggers are those which the steps make.
  package func schema() -> [Finding] {
    Finding.looking("schema") {
      let current = try Migration.current(sql)
      try Migration.check(sql, current: current)
      if current == 0 { throw store.installation.notOurs }
      if current < Migration.newest {
        return [
          Finding(
            "schema", .error, "the database has schema \(current), this netjob needs \(Migration.newest)",
            mend: "netjob db migrate")
        ]
      }
      let expected = try Self.expected()
      let there = try Self.objects(sql)
      var findings: [Finding] = []
      for (name, text) in expected.sorted(by: { $0.key < $1.key }) where there[name] != text {
        findings.append(
          Finding("schema", .error, "the \(name) is \(there[name] == nil ? "missing" : "not as netjob made it")", mend: restore))
      }
      for name in there.keys.sorted() where expected[name] == nil {
        findings.append(
          Finding(
            "schema", name.hasPrefix("index ") ? .note : .error, "the \(name) was not made by netjob",
            mend: "look at it with: sqlite3 '\(store.installation.databasePath)' .schema"))
      }
      return findings.isEmpty ? [Finding("schema", .ok, "schema \(current), as this netjob makes it")] : findings
    }
  }

  /// Triggers that keep changes out of the audit log, or put others in: those that netjob did not make, and its own that are gone
  /// or were altered. Of a schema that is not this program's, none.
  /// - Returns: a sentence about each.
  package func foreignTriggers() throws -> [String] {
    guard try Migration.current(sql) == Migration.newest else { return [] }
    let (expected, there) = (try Self.expected(), try Self.objects(sql))
    return Set(expected.keys).union(there.keys).sorted().compactMap { name in
      guard name.hasPrefix("trigger "), expected[name] != there[name] else { return nil }
      if expected[name] == nil { return "the \(name) was not made by netjob" }
      return "the \(name) is \(there[name] == nil ? "missing" : "not as netjob made it")"
    }
  }

  /// Whether every setting has a value that `setting set` would take.
  package func settings() -> [Finding] {
    Finding.looking("settings") {
      let findings = try sql.rows("SELECT key, value FROM setting ORDER BY key").compactMap { row -> Finding? in
        let (key, value) = (try row.text("key"), try row.text("value"))
        // Others are netjob's own notes, and read by nothing that is not netjob's.
        guard let setting = Setting.all.first(where: { $0.key == key }), !setting.isValid(value) else { return nil }
        return Finding(
          "settings", .error, "setting '\(key)' is '\(TextRule.quoted(value))', which is not allowed: \(setting.allowed)",
          mend: "netjob setting set \(key) \(setting.fallback)")
      }
      return findings.isEmpty ? [Finding("settings", .ok, "every value is one that is allowed")] : findings
    }
  }

  private static func expected() throws -> [String: String] {
    let empty = try SQLiteDatabase(path: ":memory:", create: true)
    try empty.write { _ = try Migration.apply($0, now: 0) }
    return try empty.read(objects)
  }

  private static func objects(_ sql: any SQLConnection) throws -> [String: String] {
    let rows = try sql.rows(
      "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
    return Dictionary(
      try rows.map { ("\(try $0.text("type")) \(try $0.text("name"))", try $0.text("sql")) },
      uniquingKeysWith: { first, _ in first })
  }

  /// Whether the key file is this database's; nothing where there are no tables of netjob's.
  package func key() -> [Finding] {
    Finding.looking("key") {
      if try Migration.current(sql) == 0 { return [] }
      _ = try store.keys(in: sql)
      return [Finding("key", .ok, "\(store.installation.keyPath) is this database's")]
    }
  }

  /// Whether every job, as it is now, is as netjob writes it.
  package func jobs() -> [Finding] {
    Finding.looking("jobs") {
      let (jobs, damaged) = try JobQueries.readable(sql)
      if damaged.isEmpty { return [Finding("jobs", .ok, "every job can be read: \(jobs.count)")] }
      return Self.shortened(damaged) {
        Finding("jobs", .error, $0.error.message, mend: $0.error.hint)
      }
    }
  }

  /// Whether every sealed secret can be opened.
  package func secrets() -> [Finding] {
    Finding.looking("secrets") {
      let keys = try store.keys(in: sql)
      let entries = try SealedSecrets.all(sql)
      let closed = entries.filter { entry in
        guard let bytes = entry.bytes else { return true }
        return (try? keys.open(bytes, place: entry.place)) == nil
      }
      if closed.isEmpty { return [Finding("secrets", .ok, "every secret can be opened: \(entries.count)")] }
      return Self.shortened(closed) {
        Finding(
          "secrets", .error, "a secret of \($0.owner) cannot be opened (\($0.place)): it was altered, or sealed with another key",
          mend: "put the key file back that belongs to the database, or set the secret again")
      }
    }
  }

  /// Whether every stored content is what its hash says.
  package func contents() -> [Finding] {
    Finding.looking("contents") {
      // Configurations in their order: each builds upon the one before it, which was just read.
      var hashes = try sql.rows("SELECT content AS hash FROM config_revision ORDER BY device_id, kind, revision").map {
        try $0.text("hash")
      }
      var known = Set(hashes)
      hashes += try sql.rows("SELECT hash FROM blob ORDER BY depth").map { try $0.text("hash") }.filter {
        known.insert($0).inserted
      }
      var damaged: [String] = []
      var near: (hash: String, bytes: [UInt8])?
      known = []
      for hash in hashes where known.insert(hash).inserted {
        do {
          near = (hash, try Blobs.bytes(sql, hash, near: near))
        } catch {
          damaged.append(hash)
        }
      }
      let count = known.count
      if damaged.isEmpty { return [Finding("contents", .ok, "every stored content is what its hash says: \(count)")] }
      return Self.shortened(damaged) { Finding("contents", .error, "content \($0) is damaged", mend: restore) }
    }
  }

  /// Whether the audit log's chain holds.
  package func auditChain() -> [Finding] {
    Finding.looking("audit") {
      let verdict = try AuditLog.verify(sql, keys: try store.keys(in: sql))
      guard let row = verdict.firstBad else { return [Finding("audit", .ok, "\(verdict.rows) rows, the chain holds")] }
      return [
        Finding(
          "audit", .error, "the chain of the audit log breaks at row \(row)",
          mend: "netjob audit log shows the rows; compare them with a backup")
      ]
    }
  }

  /// Whether executions, requests, approvals and the approval log are as the audit log has them.
  package func history() -> [Finding] {
    Finding.looking("history") {
      let differences = try HistoryComparison.differences(sql)
      if differences.isEmpty { return [Finding("history", .ok, "executions and approvals are as the audit log has them")] }
      return Self.shortened(differences) {
        Finding("history", .error, $0, mend: "believe the audit log where its chain holds; compare with a backup")
      }
    }
  }

  private var restore: String { "restore the database from a backup; 'sqlite3 FILE .recover' may save rows" }

  private static func shortened<Item>(_ items: [Item], _ finding: (Item) -> Finding) -> [Finding] {
    var findings = items.prefix(most).map(finding)
    if items.count > most, let last = findings.last {
      findings.append(Finding(last.name, last.result, "and \(items.count - most) more", mend: last.mend))
    }
    return findings
  }
}
