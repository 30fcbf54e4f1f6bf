internal import JobModel
internal import Scheduling

/// Compares executions, approval requests, approvals and the approval log with what the audit log says of them: their rows are in
/// no chain of their own, so one that was altered or put in by hand is found by what was logged when it came about.
///
/// It is worth as much as the audit log is: follow the chain first. Both sides are read in the order of their numbers, a page in
/// memory at a time.
package enum HistoryComparison {
  /// - Returns: a sentence about each one that differs: executions by their number, then requests, approvals and messages.
  package static func differences(_ sql: any SQLConnection) throws -> [String] {
    try executions(sql) + approvals(sql) + messages(sql)
  }

  /// What the audit log has of one execution.
  private struct Logged {
    let id: Int64
    /// Of the row `execution.begin`: `job NAME revision N for USER: STATUS`.
    var begin: String?
    /// Of the last row `execution.end`: `STATUS: SUMMARY`.
    var end: String?
    /// Of the same row.
    var devices: DeviceResults?
    var time: Timestamp?
  }

  private static func executions(_ sql: any SQLConnection) throws -> [String] {
    let pruned = try lastPruning(sql)
    var pages = NumberedPages { try executions(sql, from: $0) }
    var found: [String] = []
    func compare(_ logged: Logged) throws {
      while let execution = try pages.next(below: logged.id) { found.append("execution \(execution.id) is not in the log") }
      let isPruned = logged.time.flatMap { time in pruned.map { time < $0 } } ?? false
      if let execution = try pages.next(below: logged.id + 1) {
        found += differences(execution, logged, isPruned: isPruned)
      } else if !isPruned {
        found.append("execution \(logged.id) is in the log and gone from the history")
      }
    }
    var current: Logged?
    // Only numbers are sorted: SQLite keeps them in a file where they are many.
    try sql.each(
      """
      SELECT CAST(substr(object, 11) AS INTEGER) AS execution, id FROM audit
      WHERE action IN ('execution.begin', 'execution.end') ORDER BY execution, id
      """, []
    ) { place in
      let id = try place.int64("execution")
      guard
        let row = try sql.row("SELECT time, action, object, detail FROM audit WHERE id = ?", try place.int64("id")),
        try row.text("object") == "execution \(id)", id < .max
      else { return }
      if let finished = current, finished.id != id {
        try compare(finished)
        current = nil
      }
      var logged = current ?? Logged(id: id)
      let detail = try row.text("detail")
      if try row.text("action") == "execution.begin" {
        logged.begin = detail
      } else {
        (logged.end, logged.devices) = DeviceResults.split(detail)
      }
      logged.time = try row.timestamp("time")
      current = logged
    }
    if let current { try compare(current) }
    while let execution = try pages.next(below: nil) { found.append("execution \(execution.id) is not in the log") }
    return found
  }

  /// What the history has of one execution.
  private struct Execution {
    var id: Int64
    var job: String
    var revision: Int
    var user: String
    var status: String
    var summary: String
    var devices: DeviceResults
  }

  private static func executions(_ sql: any SQLConnection, from number: Int64) throws -> [(number: Int64, item: Execution)] {
    let rows = try sql.rows(
      "SELECT id, job, revision, user, status, summary FROM execution WHERE id >= ? ORDER BY id LIMIT 1000", number)
    guard let last = try rows.last?.int64("id") else { return [] }
    var sums: [Int64: DeviceResults.Sum] = [:]
    try sql.each(
      """
      SELECT execution_id, \(DeviceResults.columns) FROM execution_device WHERE execution_id BETWEEN ? AND ?
      ORDER BY execution_id, position
      """, [.integer(number), .integer(last)]
    ) { try sums[try $0.int64("execution_id"), default: DeviceResults.Sum()].add($0) }
    return try rows.map { row in
      let id = try row.int64("id")
      let execution = Execution(
        id: id, job: try row.text("job"), revision: try row.int("revision"), user: try row.text("user"),
        status: try row.text("status"), summary: try row.text("summary"), devices: (sums[id] ?? DeviceResults.Sum()).total)
      return (id, execution)
    }
  }

  /// Of executions that ended before this, rows may have been pruned.
  private static func lastPruning(_ sql: any SQLConnection) throws -> Timestamp? {
    var last: Timestamp?
    try sql.each("SELECT detail FROM audit WHERE action = 'history.prune'", []) { row in
      let word = try row.text("detail").split(separator: " ").dropFirst(2).first?.dropLast()
      if let time = word.flatMap({ try? Timestamp(parsing: String($0)) }) { last = max(last ?? time, time) }
    }
    return last
  }

  /// - Parameter isPruned: whether outputs, or devices of an execution that is being pruned, may be gone.
  private static func differences(_ execution: Execution, _ logged: Logged, isPruned: Bool) -> [String] {
    let id = execution.id
    guard let begin = logged.begin else { return ["execution \(id) is not in the log"] }
    let start = "job \(execution.job) revision \(execution.revision) for \(execution.user): "
    guard begin.hasPrefix(start) else {
      return ["execution \(id) is logged as '\(begin)', the history has '\(start.dropLast(2))'"]
    }
    guard let end = logged.end else {
      let first = String(begin.dropFirst(start.count))
      let isActive = ExecutionStatus(rawValue: execution.status)?.isActive ?? false
      // One that waited is running, or was never active at all.
      if isActive && ExecutionStatus(rawValue: first)?.isActive ?? false || first == execution.status { return [] }
      return ["execution \(id) is logged as '\(first)', the history has '\(execution.status)'"]
    }
    let own = "\(execution.status): \(execution.summary)"
    let outer = end == own ? [] : ["execution \(id) is logged as '\(end)', the history has '\(own)'"]
    return outer + [logged.devices.flatMap { difference(id, $0, execution.devices, isPruned: isPruned) }].compactMap(\.self)
  }

  private static func difference(_ id: Int64, _ logged: DeviceResults, _ now: DeviceResults, isPruned: Bool) -> String? {
    if isPruned, now.count < logged.count { return nil }
    if now.count != logged.count {
      return
        "execution \(id) is logged with \(logged.count) \(logged.count == 1 ? "device" : "devices"), the history has \(now.count)"
    }
    if now.results != logged.results { return "the results of the devices of execution \(id) are not those that were logged" }
    if now.contents == logged.contents || isPruned { return nil }
    return "the outputs or configurations of the devices of execution \(id) are not those that were logged"
  }
}
