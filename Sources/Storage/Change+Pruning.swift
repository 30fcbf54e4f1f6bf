internal import JobModel
package import Scheduling

/// What of the history is to go.
package struct PruneRequest: Equatable, Sendable {
  /// What ended before this goes.
  package var before: Timestamp
  /// Only what devices said and reports go; that there was an execution, and how it ended, stays.
  package var isOutputsOnly: Bool

  package init(before: Timestamp, isOutputsOnly: Bool) {
    self.before = before
    self.isOutputsOnly = isOutputsOnly
  }
}

/// How far pruning has got.
package struct PruneProgress: Equatable, Sendable {
  package var executions = 0
  /// Whose outputs or results they were.
  var devices = 0
  /// Of devices, and reports.
  package var outputs = 0
  /// Contents that nothing else refers to.
  package var contents = 0
  /// Bytes that they took.
  package var bytes: Int64 = 0
  /// The last execution that was looked at.
  package var lastID: Int64 = 0
  package var isDone = false

  package init() {}
}

package enum PruneQueries {
  /// How many executions a request is about.
  package static func count(_ sql: any SQLConnection, _ request: PruneRequest) throws -> Int {
    try sql.row("SELECT count(*) AS count FROM execution e WHERE \(condition(request))", request.before, request.before)?.int(
      "count")
      ?? 0
  }

  /// What the settings ask for now; a setting of 0 keeps for ever.
  package static func standing(_ sql: any SQLConnection, now: Timestamp) throws -> [PruneRequest] {
    try [("history.keep", false), ("history.keep-outputs", true)].compactMap { key, isOutputsOnly in
      let seconds = try SettingQueries.number(sql, of: key)
      if seconds == 0 { return nil }
      return PruneRequest(before: now.adding(seconds: -Int64(seconds)), isOutputsOnly: isOutputsOnly)
    }
  }

  /// Two times are asked for: an execution that began long ago may have ended late.
  static func condition(_ request: PruneRequest) -> String {
    let over = "e.start_time < ? AND coalesce(e.end_time, e.start_time) < ? AND e.status NOT IN ('pending', 'running')"
    guard request.isOutputsOnly else { return over }
    return """
      \(over) AND (EXISTS (SELECT 1 FROM execution_report r WHERE r.execution_id = e.id) OR EXISTS (
        SELECT 1 FROM execution_device d WHERE d.execution_id = e.id
        AND (d.output IS NOT NULL OR d.before IS NOT NULL OR d.after IS NOT NULL)))
      """
  }
}

extension Change {
  private static let deviceChunk = 200

  /// Deletes a part of what a request is about, as much as `budget` has time for: others wait for the database meanwhile. Call it
  /// again with what it returns until that is done.
  ///
  /// The audit log, approvals and device configurations stay. An execution with many devices goes in parts, its devices first.
  package func prune(
    _ request: PruneRequest, after progress: PruneProgress, budget: Duration
  ) throws -> PruneProgress {
    try require(.administer, network: nil)
    return try pruneStanding(request, after: progress, budget: budget)
  }

  /// The same on behalf of the settings, which an administrator has made.
  package func pruneStanding(
    _ request: PruneRequest, after progress: PruneProgress, budget: Duration
  ) throws -> PruneProgress {
    let deadline = ContinuousClock.now + budget
    var progress = progress
    let before = progress
    repeat {
      guard
        let row = try sql.row(
          "SELECT e.id FROM execution e WHERE e.id > ? AND \(PruneQueries.condition(request)) ORDER BY e.id LIMIT 1",
          progress.lastID, request.before, request.before)
      else {
        progress.isDone = true
        break
      }
      try prune(try row.int64("id"), request, until: deadline, &progress)
    } while ContinuousClock.now < deadline
    if progress.executions > before.executions || progress.outputs > before.outputs || progress.devices > before.devices {
      try audit(
        "history.prune", "history",
        "ended before \(request.before.rfc3339): \(progress.executions - before.executions) executions, "
          + "\(progress.outputs - before.outputs) outputs, up to execution \(progress.lastID)")
    }
    return progress
  }

  private func prune(
    _ id: Int64, _ request: PruneRequest, until deadline: ContinuousClock.Instant, _ progress: inout PruneProgress
  ) throws {
    repeat {
      let filter = request.isOutputsOnly ? "AND (output IS NOT NULL OR before IS NOT NULL OR after IS NOT NULL)" : ""
      let rows = try sql.rows(
        "SELECT position, output, before, after FROM execution_device WHERE execution_id = ? \(filter) ORDER BY position LIMIT ?",
        id,
        Self.deviceChunk)
      if rows.isEmpty {
        try pruneRest(of: id, request, &progress)
        progress.lastID = id
        return
      }
      var hashes: Set<String> = []
      for row in rows {
        let own = try ["output", "before", "after"].compactMap { try row.optionalText($0) }
        if try row.optionalText("output") != nil { progress.outputs += 1 }
        hashes.formUnion(own)
        let position = try row.int("position")
        progress.devices += 1
        if request.isOutputsOnly {
          try sql.execute(
            "UPDATE execution_device SET output = NULL, before = NULL, after = NULL WHERE execution_id = ? AND position = ?", id,
            position)
        } else {
          try sql.execute("DELETE FROM execution_device WHERE execution_id = ? AND position = ?", id, position)
        }
      }
      for hash in hashes.sorted() { try dropUnused(hash, &progress) }
    } while ContinuousClock.now < deadline
  }

  private func pruneRest(of id: Int64, _ request: PruneRequest, _ progress: inout PruneProgress) throws {
    if let report = try sql.row("SELECT content FROM execution_report WHERE execution_id = ?", id) {
      let hash = try report.text("content")
      try sql.execute("DELETE FROM execution_report WHERE execution_id = ?", id)
      progress.outputs += 1
      try dropUnused(hash, &progress)
    }
    if request.isOutputsOnly { return }
    try sql.execute("DELETE FROM execution WHERE id = ?", id)
    progress.executions += 1
  }

  /// Deletes a content that nothing refers to, and then those that only it was built upon.
  private func dropUnused(_ hash: String, _ progress: inout PruneProgress) throws {
    var next: String? = hash
    while let hash = next {
      guard
        let row = try sql.row(
          """
          SELECT base, length(content) AS size FROM blob b WHERE hash = ?
          AND NOT EXISTS (SELECT 1 FROM config_revision WHERE content = b.hash)
          AND NOT EXISTS (SELECT 1 FROM execution_device WHERE output = b.hash)
          AND NOT EXISTS (SELECT 1 FROM execution_device WHERE before = b.hash)
          AND NOT EXISTS (SELECT 1 FROM execution_device WHERE after = b.hash)
          AND NOT EXISTS (SELECT 1 FROM execution_report WHERE content = b.hash)
          AND NOT EXISTS (SELECT 1 FROM blob o WHERE o.base = b.hash)
          """, hash)
      else { return }
      try sql.execute("DELETE FROM blob WHERE hash = ?", hash)
      progress.contents += 1
      progress.bytes += try row.int64("size")
      next = try row.optionalText("base")
    }
  }
}
