internal import JobModel
internal import Scheduling

/// The append-only record of every state change, each row chained to the one before it by a keyed hash.
package enum AuditLog {
  /// The hash before the first row.
  package static let origin = String(repeating: "0", count: 64)

  static func append(
    _ sql: any SQLConnection, keys: KeyRing, caller: Caller, time: Timestamp, action: String, object: String, detail: String
  ) throws {
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
  }

  /// Each field with its length before it, so that no two rows read the same.
  private static func link(
    id: Int64, time: Int64, user: String, loginUID: Int64?, mode: String, action: String, object: String, detail: String,
    previous: String
  ) -> String {
    ["\(id)", "\(time)", user, loginUID.map(String.init) ?? "-", mode, action, object, detail, previous]
      .map { "\($0.utf8.count):\($0)" }.joined(separator: ",")
  }

  /// How many rows there are, and the first one whose link does not hold.
  package struct Verdict: Equatable, Sendable {
    package var rows: Int64
    package var firstBad: Int64?
  }

  /// Follows the chain from its first row to its last.
  package static func verify(_ sql: any SQLConnection, keys: KeyRing) throws -> Verdict {
    var verdict = Verdict(rows: 0)
    var previous = origin
    var last: Int64 = 0
    // From below the first row, so that no inserted row hides there.
    var cursor = Int64.min
    while true {
      let rows = try sql.rows("SELECT * FROM audit WHERE id >= ? ORDER BY id LIMIT 1000", cursor)
      if rows.isEmpty { return verdict }
      for row in rows {
        let id = try row.int64("id")
        let expected = keys.auditHash(
          link(
            id: id, time: try row.int64("time"), user: try row.text("user"), loginUID: try row.optionalInt64("login_uid"),
            mode: try row.text("mode"), action: try row.text("action"), object: try row.text("object"),
            detail: try row.text("detail"), previous: previous))
        let hash = try row.text("hash")
        let isGood = try row.text("previous") == previous && id == last &+ 1 && hash == expected
        if !isGood && verdict.firstBad == nil { verdict.firstBad = id }
        previous = hash
        last = id
        verdict.rows += 1
      }
      if last == .max { return verdict }
      cursor = last + 1
    }
  }
}
