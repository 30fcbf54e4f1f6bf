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
    try sql.execute(
      """
      INSERT INTO audit (id, time, user, login_uid, mode, action, object, detail, previous, hash)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, id, time, caller.name, uid, caller.mode, action, object, detail, previous, hash)
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

  /// Follows the chain from its first row to its last, a page of rows in memory at a time.
  /// - Parameter anchor: a head noted earlier, which must still be there.
  package static func verify(_ sql: any SQLConnection, keys: KeyRing, anchor: Head? = nil) throws -> Verdict {
    var verdict = Verdict(rows: 0)
    var previous = origin
    var last: Int64 = 0
    var isAnchorFound = anchor == nil || anchor?.hash == origin && (anchor?.row ?? 0) == 0
    // From below the first row, so that no inserted row hides there.
    var cursor = Int64.min
    while true {
      let rows = try sql.rows("SELECT * FROM audit WHERE id >= ? ORDER BY id LIMIT 1000", cursor)
      for row in rows {
        let id = try row.int64("id")
        let expected = keys.auditHash(
          link(
            id: id, time: try row.int64("time"), user: try row.text("user"), loginUID: try row.optionalInt64("login_uid"),
            mode: try row.text("mode"), action: try row.text("action"), object: try row.text("object"),
            detail: try row.text("detail"), previous: previous))
        let hash = try row.text("hash")
        var isGood = try row.text("previous") == previous && id == last &+ 1 && hash == expected
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
    return verdict
  }
}
