private import Foundation
package import JobModel
package import Scheduling

/// Brings the database of an older netjob up to this one's schema: a backup, then all missing steps in one transaction.
package struct SchemaUpgrade: Sendable {
  /// What was done, or would be.
  package struct Outcome: Equatable, Sendable {
    /// The schema before.
    package var previous: Int
    /// The schema after.
    package var schema: Int
    /// The names of the steps, in order; none where nothing was missing.
    package var steps: [String]
    /// The copy of the database as it was before; nil where nothing was changed.
    package var backup: String?
  }

  private let installation: Installation
  private let clock: @Sendable () -> Timestamp
  private let steps: [Migration]
  private let busySeconds: Double

  /// - Parameters:
  ///   - steps: the schema's steps; tests have more of them, or fewer.
  ///   - busySeconds: how long it waits for other processes that write.
  package init(
    of installation: Installation, clock: @escaping @Sendable () -> Timestamp, steps: [Migration] = Migration.all,
    busySeconds: Double = 10
  ) {
    self.installation = installation
    self.clock = clock
    self.steps = steps
    self.busySeconds = busySeconds
  }

  /// Applies the missing steps for the owner of the database or somebody who holds `administer`.
  ///
  /// The rights are looked up after the steps, within their transaction: so the question is always the one of this program's
  /// schema. The backup is taken there too, by a second connection, which sees the last commit: exactly what the steps began with.
  /// - Parameter isTrial: undoes everything at the end, and takes no backup.
  /// - Throws: `.newer`; `.locked` when another process writes, or an execution is at work; `.notPermitted`. Nothing is changed
  ///   and no backup left then.
  package func run(as caller: Caller, isTrial: Bool = false) throws -> Outcome {
    try installation.checkPermissions()
    let database = try SQLiteDatabase(
      path: installation.databasePath, busySeconds: busySeconds, enforcesForeignKeys: false)
    let previous = try database.read { sql in
      let current = try Migration.current(sql)
      try Migration.check(sql, current: current, steps: steps)
      return current
    }
    guard previous > 0 else {
      throw installation.notOurs
    }
    let store = Store(installation: installation, database: database, clock: clock)
    var outcome = Outcome(previous: previous, schema: steps.count, steps: [], backup: nil)
    do {
      try store.change(as: caller) { change in
        // Somebody else may have been quicker.
        outcome.previous = try Migration.current(change.sql)
        let applied = try Migration.apply(change.sql, now: change.now.milliseconds, steps: steps)
        if !caller.ownsDatabase || caller.isDelegated { try change.require(.administer, network: nil) }
        outcome.steps = applied.map(\.name)
        if applied.isEmpty { return }
        try checkReferences(change.sql)
        try checkNobodyWorks(change)
        if isTrial { throw Undone() }
        let backup = backupPath(schema: outcome.previous, at: change.now)
        try SQLiteDatabase(path: installation.databasePath).copy(to: backup)
        outcome.backup = backup
        try change.audit("db.migrate", "database", "schema \(outcome.previous) -> \(steps.count)")
      }
    } catch is Undone {
    } catch {
      if let backup = outcome.backup { unlink(backup) }
      throw error
    }
    return outcome
  }

  /// Ends a trial.
  private struct Undone: Error {}

  private func backupPath(schema: Int, at time: Timestamp) -> String {
    let digits = time.rfc3339.filter { $0.isNumber || $0 == "T" || $0 == "Z" }
    return "\(installation.databasePath).schema-\(schema).\(digits)"
  }

  private func checkReferences(_ sql: any SQLConnection) throws {
    if let row = try sql.rows("SELECT \"table\" AS name FROM pragma_foreign_key_check LIMIT 1").first {
      throw StorageError(
        .corrupt, "rows of the table \(try row.text("name")) refer to rows that are not there: the schema was left as it is",
        hint: "netjob db check shows more; restore the database from a backup")
    }
  }

  /// An older netjob that is at work would write its results by the old schema.
  private func checkNobodyWorks(_ change: Change) throws {
    let row = try change.sql.row(
      "SELECT id, job, lease_until FROM execution WHERE status = 'running' AND lease_until > ? ORDER BY id LIMIT 1", change.now)
    guard let row else { return }
    throw StorageError(
      .locked, "execution \(try row.int64("id")) of job '\(try row.text("job"))' is at work: the schema stays until it has ended",
      hint: "wait, or end it with the netjob that started it: netjob cancel \(try row.int64("id"))")
  }
}
