package import Scheduling

/// One row of the audit log, as stored.
package struct AuditRecord: Equatable, Sendable {
  package var row: Int64
  package var time: Timestamp
  package var user: String
  /// The kernel's login uid, where it was set.
  package var loginUID: Int64?
  /// `delegated` or `own`.
  package var mode: String
  package var action: String
  package var object: String
  package var detail: String
  package var previous: String
  package var hash: String

  package init(
    row: Int64, time: Timestamp, user: String, loginUID: Int64?, mode: String, action: String, object: String, detail: String,
    previous: String, hash: String
  ) {
    self.row = row
    self.time = time
    self.user = user
    self.loginUID = loginUID
    self.mode = mode
    self.action = action
    self.object = object
    self.detail = detail
    self.previous = previous
    self.hash = hash
  }
}

package enum AuditQueries {
  /// Which rows are wanted: those that meet every condition.
  package struct Filter: Equatable, Sendable {
    package var since: Timestamp?
    /// Exclusive.
    package var until: Timestamp?
    package var user: String?
    /// An action such as `job.edit`, or a group of them such as `job`.
    package var action: String?
    package var limit = 50

    package init() {}
  }

  /// The rows, the newest first.
  package static func list(_ sql: any SQLConnection, _ filter: Filter) throws -> [AuditRecord] {
    var conditions: [String] = []
    var arguments: [SQLValue] = []
    func add(_ condition: String, _ values: any SQLConvertible...) {
      conditions.append(condition)
      arguments += values.map(\.sqlValue)
    }
    if let since = filter.since { add("time >= ?", since) }
    if let until = filter.until { add("time < ?", until) }
    if let user = filter.user { add("user = ?", user) }
    if let action = filter.action { add("(action = ? OR substr(action, 1, ?) = ?)", action, action.count + 1, action + ".") }
    let condition = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
    let rows = try sql.rows(
      "SELECT * FROM audit \(condition) ORDER BY id DESC LIMIT ?", arguments + [.integer(Int64(filter.limit))])
    return try rows.map { row in
      AuditRecord(
        row: try row.int64("id"), time: try row.timestamp("time"), user: try row.text("user"),
        loginUID: try row.optionalInt64("login_uid"), mode: try row.text("mode"), action: try row.text("action"),
        object: try row.text("object"), detail: try row.text("detail"), previous: try row.text("previous"),
        hash: try row.text("hash"))
    }
  }

  /// The time of the newest row; nil where there is none.
  package static func lastTime(_ sql: any SQLConnection) throws -> Timestamp? {
    try sql.row("SELECT time FROM audit ORDER BY id DESC LIMIT 1")?.timestamp("time")
  }
}
