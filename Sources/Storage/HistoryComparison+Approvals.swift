internal import Scheduling

extension HistoryComparison {
  /// Requests that ask for something else, or are of somebody else, than was logged, and approvals that nobody is logged to have given.
  static func approvals(_ sql: any SQLConnection) throws -> [String] {
    var asked: Set<String> = []
    var given: Set<String> = []
    try sql.each("SELECT action, user, detail FROM audit WHERE action IN ('approval.request', 'approval.approve')", []) { row in
      let user = try row.text("user")
      let detail = LoggedMessage.split(try row.text("detail")).detail
      if try row.text("action") == "approval.request" {
        asked.insert("\(user) \(detail)")
      } else {
        given.insert("\(user) \(detail.prefix { $0 != "," })")
      }
    }
    var found: [String] = []
    try sql.each("SELECT id, job, revision, digest, requested_by FROM approval_request ORDER BY id", []) { row in
      let (id, user, digest) = (try row.int64("id"), try row.text("requested_by"), try row.text("digest"))
      if asked.contains("\(user) request \(id), revision \(try row.int("revision")), \(digest)") { return }
      found.append(
        "request \(id) for job '\(try row.text("job"))' by \(user) is not in the log with this revision and digest")
    }
    try sql.each("SELECT request_id, user FROM approval_vote ORDER BY request_id, user", []) { row in
      let (id, user) = (try row.int64("request_id"), try row.text("user"))
      if !given.contains("\(user) request \(id)") { found.append("the approval of request \(id) by \(user) is not in the log") }
    }
    return found
  }

  /// Lines of the approval log that are not as they were logged.
  ///
  /// Both logs only grow, so their numbers go the same way. Versions before this logged no digests: what stands before the first
  /// line that has one cannot be compared.
  static func messages(_ sql: any SQLConnection) throws -> [String] {
    var found: [String] = []
    var pages = NumberedPages { number in
      try sql.rows("SELECT * FROM approval_log WHERE id >= ? ORDER BY id LIMIT 1000", number).map { (try $0.int64("id"), $0) }
    }
    var isFirst = true
    // Who did something when, by rows without a digest since the last one with one: an earlier netjob may have been at work still.
    var byEarlier: Set<String> = []
    func judge(_ row: SQLRow) throws {
      let id = try row.int64("id")
      if isFirst && id > 0 { return }
      let isKnown = try byEarlier.contains("\(row.int64("time")) \(row.text("user"))") || isClosingByEarlier(row, sql)
      if isFirst || !isKnown { found.append("message \(id) of the approval log\(try place(row)) is not in the audit log") }
    }
    try sql.each("SELECT time, user, detail FROM audit WHERE action LIKE 'approval.%' ORDER BY id", []) { row in
      guard let logged = LoggedMessage.split(try row.text("detail")).message else {
        if !isFirst { byEarlier.insert("\(try row.int64("time")) \(try row.text("user"))") }
        return
      }
      while let row = try pages.next(below: logged.id) { try judge(row) }
      if let row = try pages.next(below: logged.id + 1) {
        if try LoggedMessage(row) != logged {
          found.append("message \(logged.id) of the approval log\(try place(row)) is not the one that was logged")
        }
      } else {
        found.append("message \(logged.id) is in the audit log and gone from the approval log")
      }
      isFirst = false
      byEarlier = []
    }
    while let row = try pages.next(below: nil) { try judge(row) }
    return found
  }

  private static func place(_ row: SQLRow) throws -> String {
    " (job '\(try row.text("job"))', \(try row.text("event")) by \(try row.text("user")))"
  }

  /// Whether an earlier netjob may have written the line when an execution ended, which it did without a row of its own in the
  /// audit log. It says no more than what the execution, which is compared, says itself.
  private static func isClosingByEarlier(_ row: SQLRow, _ sql: any SQLConnection) throws -> Bool {
    let words = try row.text("message").split(separator: " ", omittingEmptySubsequences: false)
    guard try row.text("event") == "closed", words.count == 4, words[0] == "execution", words[2] == "ended:",
      let id = Int64(words[1])
    else { return false }
    guard let execution = try sql.row("SELECT status FROM execution WHERE id = ?", id) else { return true }
    return try execution.text("status") == words[3]
  }
}
