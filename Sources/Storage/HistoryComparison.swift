internal import JobModel
internal import Scheduling

/// Compares executions, approval requests and approvals with what the audit log says of them: their rows are in no chain of their
/// own, so one that was altered or put in by hand is found by what was logged when it came about.
///
/// It is worth as much as the log is: follow the chain first.
package enum HistoryComparison {
  private struct Logged {
    /// Of the row `execution.begin`: `job NAME revision N for USER: STATUS`.
    var begin: String?
    /// Of the last row `execution.end`: `STATUS: SUMMARY`.
    var end: String?
    /// Of the same row.
    var devices: DeviceResults?
    var time: Timestamp?
  }

  /// - Returns: a sentence about each one that differs: executions by their number, then requests, then approvals.
  package static func differences(_ sql: any SQLConnection) throws -> [String] {
    var logged: [Int64: Logged] = [:]
    // Of executions that ended before this, rows may have been pruned.
    var pruned: Timestamp?
    let rows = try sql.rows(
      """
      SELECT time, action, object, detail FROM audit WHERE action IN ('execution.begin', 'execution.end', 'history.prune')
      ORDER BY id
      """)
    for row in rows {
      let (action, detail) = (try row.text("action"), try row.text("detail"))
      if action == "history.prune" {
        let word = detail.split(separator: " ").dropFirst(2).first?.dropLast()
        if let time = word.flatMap({ try? Timestamp(parsing: String($0)) }) { pruned = max(pruned ?? time, time) }
        continue
      }
      let object = try row.text("object")
      guard object.hasPrefix("execution "), let id = Int64(object.dropFirst("execution ".count)) else { continue }
      if action == "execution.begin" { logged[id, default: Logged()].begin = detail }
      if action == "execution.end" {
        let (end, devices) = DeviceResults.split(detail)
        logged[id, default: Logged()].end = end
        logged[id]?.devices = devices
      }
      logged[id]?.time = try row.timestamp("time")
    }
    var found: [(id: Int64, text: String)] = []
    for row in try sql.rows("SELECT id, job, revision, user, status, summary FROM execution ORDER BY id") {
      let id = try row.int64("id")
      guard let entry = logged.removeValue(forKey: id), let begin = entry.begin else {
        found.append((id, "execution \(id) is not in the log"))
        continue
      }
      let status = try row.text("status")
      let start = "job \(try row.text("job")) revision \(try row.int("revision")) for \(try row.text("user")): "
      if !begin.hasPrefix(start) {
        found.append((id, "execution \(id) is logged as '\(begin)', the history has '\(start.dropLast(2))'"))
      } else if let end = entry.end {
        let own = "\(status): \(try row.text("summary"))"
        if end != own { found.append((id, "execution \(id) is logged as '\(end)', the history has '\(own)'")) }
        let isPruned = entry.time.flatMap { time in pruned.map { time < $0 } } ?? false
        if let devices = entry.devices, let text = try difference(sql, id, devices, isPruned: isPruned) {
          found.append((id, text))
        }
      } else {
        let first = String(begin.dropFirst(start.count))
        let isActive = ExecutionStatus(rawValue: status)?.isActive ?? false
        // One that waited is running, or was never active at all.
        if !(isActive && ExecutionStatus(rawValue: first)?.isActive ?? false) && first != status {
          found.append((id, "execution \(id) is logged as '\(first)', the history has '\(status)'"))
        }
      }
    }
    for (id, entry) in logged {
      if let time = entry.time, let pruned, time < pruned { continue }
      found.append((id, "execution \(id) is in the log and gone from the history"))
    }
    return found.sorted { $0.id < $1.id }.map(\.text) + (try approvals(sql))
  }

  /// - Parameter isPruned: whether outputs, or devices of an execution that is being pruned, may be gone.
  private static func difference(
    _ sql: any SQLConnection, _ id: Int64, _ logged: DeviceResults, isPruned: Bool
  ) throws -> String? {
    let now = try DeviceResults(sql, execution: id)
    if isPruned, now.count < logged.count { return nil }
    if now.count != logged.count {
      return
        "execution \(id) is logged with \(logged.count) \(logged.count == 1 ? "device" : "devices"), the history has \(now.count)"
    }
    if now.results != logged.results { return "the results of the devices of execution \(id) are not those that were logged" }
    if now.contents == logged.contents || isPruned { return nil }
    return "the outputs or configurations of the devices of execution \(id) are not those that were logged"
  }

  /// Requests that ask for something else, or are of somebody else, than was logged, and approvals that nobody is logged to have given.
  private static func approvals(_ sql: any SQLConnection) throws -> [String] {
    var asked: Set<String> = []
    var given: Set<String> = []
    let rows = try sql.rows("SELECT action, user, detail FROM audit WHERE action IN ('approval.request', 'approval.approve')")
    for row in rows {
      let (user, detail) = (try row.text("user"), try row.text("detail"))
      if try row.text("action") == "approval.request" {
        asked.insert("\(user) \(detail)")
      } else {
        given.insert("\(user) \(detail.prefix { $0 != "," })")
      }
    }
    var found: [String] = []
    for row in try sql.rows("SELECT id, job, revision, digest, requested_by FROM approval_request ORDER BY id") {
      let (id, user, digest) = (try row.int64("id"), try row.text("requested_by"), try row.text("digest"))
      if asked.contains("\(user) request \(id), revision \(try row.int("revision")), \(digest)") { continue }
      found.append(
        "request \(id) for job '\(try row.text("job"))' by \(user) is not in the log with this revision and digest")
    }
    for row in try sql.rows("SELECT request_id, user FROM approval_vote ORDER BY request_id, user") {
      let (id, user) = (try row.int64("request_id"), try row.text("user"))
      if !given.contains("\(user) request \(id)") { found.append("the approval of request \(id) by \(user) is not in the log") }
    }
    return found
  }
}
