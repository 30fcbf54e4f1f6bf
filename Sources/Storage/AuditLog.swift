internal import JobModel
internal import Scheduling

/// The append-only record of every state change, each row chained to the one before it by a keyed hash.
package enum AuditLog {
  /// The hash before the first row.
  package static let origin = String(repeating: "0", count: 64)

  @discardableResult
  static func append(
    _ sql: any SQLConnection, keys: KeyRing, caller: Caller, time: Timestamp, action: String, object: String, detail: String
  ) throws -> AuditRecord {
    let last = try sql.row("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1")
    let (id, overflow) = (try last?.int64("id") ?? 0).addingReportingOverflow(1)
    if overflow { throw StorageError(.corrupt, "the audit log ends in a row that netjob did not write") }
    let previous = try last?.text("hash") ?? origin
    let uid = caller.loginUID.map(Int64.init)
    let hash = keys.auditHash(
      link(
        id: id, time: time.milliseconds, user: caller.name, loginUID: uid, mode: caller.mode, action: action, object: object,
        detail: detail, previous: previous))
    let added = try sql.execute(
      """
      INSERT INTO audit (id, time, user, login_uid, mode, action, object, detail, previous, hash)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, id, time, caller.name, uid, caller.mode, action, object, detail, previous, hash)
    // A trigger that somebody planted can make SQLite pass over a row without a word.
    guard added == 1 else {
      throw StorageError(
        .corrupt, "the audit log took no row, so nothing was changed", hint: "netjob db check says what was put into the database"
      )
    }
    return AuditRecord(
      row: id, time: time, user: caller.name, loginUID: uid, mode: caller.mode, action: action, object: object, detail: detail,
      previous: previous, hash: hash)
  }

  /// Each field with its length before it, so that no two rows read the same.
  private static func link(
    id: Int64, time: Int64, user: String, loginUID: Int64?, mode: String, action: String, object: String, detail: String,
    previous: String
  ) -> String {
    ["\(id)", "\(time)", user, loginUID.map(String.init) ?? "-", mode, action, object, detail, previous]
      .map { "\($0.utf8.count):\($0)" }.joined(separator: ",")
  }

  /// A place in the chain that was noted elsewhere: with it, rows that were cut off or replaced are found.
  package struct Head: Equatable, Sendable, CustomStringConvertible {
    /// The row; nil where only its hash was noted.
    package var row: Int64?
    package var hash: String

    package init(row: Int64?, hash: String) {
      self.row = row
      self.hash = hash
    }

    /// `ROW:HASH`.
    package var description: String { (row.map { "\($0):" } ?? "") + hash }
  }

  /// The last row; the origin with row 0 where there is none.
  package static func head(_ sql: any SQLConnection) throws -> Head {
    let last = try sql.row("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1")
    return Head(row: try last?.int64("id") ?? 0, hash: try last?.text("hash") ?? origin)
  }

  /// How many rows there are, and the first one whose link does not hold.
  package struct Verdict: Equatable, Sendable {
    package var rows: Int64
    /// The first row whose link does not hold, or that is missing where the anchor was.
    package var firstBad: Int64?
    /// Whether the anchor is in the chain; true without one.
    package var holdsAnchor = true

    package init(rows: Int64, firstBad: Int64? = nil) {
      self.rows = rows
      self.firstBad = firstBad
    }

    package var isGood: Bool { firstBad == nil && holdsAnchor }
  }

  /// The rows that one key chained, and that key; nil where it cannot be opened, and no row of it holds.
  private struct Period {
    let until: Int64
    let key: String?
  }

  /// What is sealed of an audit key: the key, and the last row that it chained.
  static func sealedText(until: Int64, key: String) -> String { "\(until) \(key)" }
  static func keyPlace(_ id: Int64) -> String { "audit_key/\(id)/key" }

  /// The periods of earlier keys, oldest first.
  private static func periods(_ sql: any SQLConnection, _ keys: KeyRing) throws -> [Period] {
    try sql.rows("SELECT id, until_row, key FROM audit_key ORDER BY until_row, id").map { row in
      let until = try row.int64("until_row")
      let opened = try? keys.open(try row.blob("key"), place: keyPlace(try row.int64("id")))
      let parts = opened.map { String(decoding: $0, as: UTF8.self).split(separator: " ").map(String.init) }
      guard let parts, parts.count == 2, parts[0] == String(until) else { return Period(until: until, key: nil) }
      return Period(until: until, key: parts[1])
    }
  }

  /// Follows the chain from its first row to its last, a page of rows in memory at a time.
  ///
  /// Rows of before a rotation of the key are followed with the key of then, which is kept sealed under the one in force. The
  /// first row after it is chained with the new key and takes up the last hash before it: who knows the old key can rewrite
  /// nothing either, without this row failing.
  /// - Parameter anchor: a head noted earlier, which must still be there.
  package static func verify(_ sql: any SQLConnection, keys: KeyRing, anchor: Head? = nil) throws -> Verdict {
    var verdict = Verdict(rows: 0)
    var previous = origin
    var last: Int64 = 0
    var periods = try periods(sql, keys)[...]
    // What is known to have been there without an anchor: the row of the database's making, and those of each key before.
    let least = max(1, periods.map(\.until).max() ?? 0)
    var isAnchorFound = anchor == nil || anchor?.hash == origin && (anchor?.row ?? 0) == 0
    // From below the first row, so that no inserted row hides there.
    var cursor = Int64.min
    while true {
      // Text is read up to a NUL: what stands behind one is no less altered.
      let rows = try sql.rows(
        """
        SELECT *, instr(user || mode || action || object || detail || previous || hash, char(0)) AS nul
        FROM audit WHERE id >= ? ORDER BY id LIMIT 1000
        """, cursor)
      for row in rows {
        let id = try row.int64("id")
        while let period = periods.first, period.until < id { periods.removeFirst() }
        let text = link(
          id: id, time: try row.int64("time"), user: try row.text("user"), loginUID: try row.optionalInt64("login_uid"),
          mode: try row.text("mode"), action: try row.text("action"), object: try row.text("object"),
          detail: try row.text("detail"), previous: previous)
        let expected =
          if let period = periods.first { period.key.flatMap { KeyRing.auditHash(text, key: $0) } } else { keys.auditHash(text) }
        let hash = try row.text("hash")
        var isGood =
          try row.text("previous") == previous && id == last &+ 1 && hash == expected && row.int("nul") == 0
        if let anchor, anchor.row == nil || anchor.row == id {
          if anchor.hash == hash { isAnchorFound = true } else if anchor.row == id { isGood = false }
        }
        if !isGood && verdict.firstBad == nil { verdict.firstBad = id }
        previous = hash
        last = id
        verdict.rows += 1
      }
      if rows.isEmpty || last == .max { break }
      cursor = last + 1
    }
    verdict.holdsAnchor = isAnchorFound
    // Cut off: the first row that is missing.
    if let row = anchor?.row, row > last, verdict.firstBad == nil { verdict.firstBad = last + 1 }
    if last < least, verdict.firstBad == nil { verdict.firstBad = last + 1 }
    return verdict
  }
}
