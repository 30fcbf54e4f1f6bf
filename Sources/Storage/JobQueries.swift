package import JobModel
package import Scheduling

/// A job with its current revision.
package struct JobRecord: Equatable, Sendable {
  package var id: Int64
  package var name: String
  package var networkID: Int64
  package var network: String
  package var type: JobType
  /// Its tool (or agent) changes devices, as of when the revision was saved.
  package var changesDevices: Bool
  /// Who saved the current revision; triggers run it for them.
  package var owner: String
  package var isEnabled: Bool
  package var revision: Int
  package var definition: JobDefinition
  package var createdAt: Timestamp
  package var updatedAt: Timestamp

  init(_ row: SQLRow) throws {
    id = try row.int64("id")
    name = try row.text("name")
    networkID = try row.int64("network_id")
    network = try row.text("network")
    do {
      type = try row.choice("type", as: JobType.self)
    } catch let error as StorageError {
      throw StorageError(error.code, "job '\(name)': \(error.message)", hint: Self.hint)
    }
    changesDevices = try row.bool("changes_devices")
    owner = try row.text("owner")
    isEnabled = try row.bool("enabled")
    revision = try row.int("revision")
    definition = try Self.definition(row, of: name, revision: revision)
    createdAt = try row.timestamp("created_at")
    updatedAt = try row.timestamp("updated_at")
  }

  /// - Throws: `.corrupt` for what netjob did not write.
  static func definition(_ row: SQLRow, of job: String, revision: Int) throws -> JobDefinition {
    do {
      return try CanonicalJSON.value(JobDefinition.self, from: try row.text("definition"))
    } catch {
      // What Foundation says of it helps nobody.
      let why = error is DecodingError ? "" : ": \(error)"
      throw StorageError(
        .corrupt, "the definition of job '\(job)', revision \(revision), in the database is not as netjob writes it\(why)",
        hint: Self.hint)
    }
  }

  private static let hint = "restore the database from a backup, or delete the job and make it anew"
}

/// A job that is not as netjob writes it.
package struct DamagedJob: Sendable {
  package var id: Int64
  package var name: String
  package var networkID: Int64
  package var network: String
  /// What is wrong with it; it names the job.
  package var error: StorageError
}

package enum JobQueries {
  private static let select = """
    SELECT j.*, n.name AS network, r.definition FROM job j JOIN network n ON n.id = j.network_id
    LEFT JOIN job_revision r ON r.job_id = j.id AND r.revision = j.revision
    """

  /// By name.
  /// - Throws: `.corrupt` for the first that netjob did not write.
  package static func all(_ sql: any SQLConnection) throws -> [JobRecord] {
    try sql.rows("\(select) ORDER BY j.name").map(JobRecord.init)
  }

  /// By name, those apart that cannot be read: one that was damaged must not hide the others.
  package static func readable(_ sql: any SQLConnection) throws -> (jobs: [JobRecord], damaged: [DamagedJob]) {
    var jobs: [JobRecord] = []
    var damaged: [DamagedJob] = []
    for row in try sql.rows("\(select) ORDER BY j.name") {
      do {
        jobs.append(try JobRecord(row))
      } catch let error as StorageError where error.code == .corrupt {
        damaged.append(
          DamagedJob(
            id: try row.int64("id"), name: try row.text("name"), networkID: try row.int64("network_id"),
            network: try row.text("network"), error: error))
      }
    }
    return (jobs, damaged)
  }

  /// The job with this name or number, where it cannot be read; else nil.
  package static func damaged(_ sql: any SQLConnection, _ name: String) throws -> DamagedJob? {
    try readable(sql).damaged.first { $0.name == name || $0.id == Int64(name) }
  }

  /// The names of the jobs, of one owner's or of all: of damaged ones, too.
  package static func names(
    _ sql: any SQLConnection, ownedBy owner: String? = nil
  ) throws -> [(name: String, networkID: Int64)] {
    try sql.rows("SELECT name, network_id FROM job WHERE owner = ? OR ? ORDER BY name", owner, owner == nil).map {
      (try $0.text("name"), try $0.int64("network_id"))
    }
  }

  /// The job with this name or number.
  package static func find(_ sql: any SQLConnection, _ name: String) throws -> JobRecord {
    guard let row = try sql.row("\(select) WHERE j.name = ? OR j.id = ?", name, Int64(name)) else {
      throw ModelError(.notFound, "there is no job '\(TextRule.quoted(name))'", hint: "netjob job list shows them")
    }
    return try JobRecord(row)
  }

  package static func get(_ sql: any SQLConnection, id: Int64) throws -> JobRecord? {
    try sql.row("\(select) WHERE j.id = ?", id).map(JobRecord.init)
  }

  /// One stored revision of a job.
  package struct Revision: Equatable, Sendable {
    package var revision: Int
    package var definition: JobDefinition
    package var savedBy: String
    package var savedAt: Timestamp
  }

  private static let selectRevision =
    "SELECT r.*, j.name FROM job_revision r JOIN job j ON j.id = r.job_id WHERE r.job_id = ?"

  /// The revisions of a job, newest first.
  package static func revisions(_ sql: any SQLConnection, of id: Int64) throws -> [Revision] {
    try sql.rows("\(selectRevision) ORDER BY r.revision DESC", id).map(record)
  }

  /// One revision of a job; nil where there is none.
  package static func revision(_ sql: any SQLConnection, of id: Int64, _ number: Int) throws -> Revision? {
    try sql.row("\(selectRevision) AND r.revision = ?", id, number).map(record)
  }

  private static func record(_ row: SQLRow) throws -> Revision {
    let revision = try row.int("revision")
    return Revision(
      revision: revision, definition: try JobRecord.definition(row, of: try row.text("name"), revision: revision),
      savedBy: try row.text("saved_by"), savedAt: try row.timestamp("saved_at"))
  }

  /// Opens the secret parameters of a job.
  package static func secretParameters(_ job: JobRecord, keys: KeyRing) throws -> [String: String] {
    var opened: [String: String] = [:]
    for (name, sealed) in job.definition.sealedParameters {
      guard let bytes = Base64.decoded(sealed) else {
        throw StorageError(.corrupt, "the secret parameter '\(name)' of job '\(job.name)' is damaged")
      }
      opened[name] = String(decoding: try keys.open(bytes, place: secretPlace(job.id, name)), as: UTF8.self)
    }
    return opened
  }

  static func secretPlace(_ id: Int64, _ name: String) -> String { "job/\(id)/parameter/\(name)" }
}

extension Change {
  /// Creates a job; its owner is the caller.
  /// - Parameters:
  ///   - secrets: secret parameters in the clear; they are sealed here.
  ///   - origin: the job that it is a copy of: whoever had a hand in that has one in the copy.
  @discardableResult
  package func createJob(
    name: String, network: NetworkRecord, _ definition: JobDefinition, secrets: [String: String], changesDevices: Bool,
    copyOf origin: JobRecord? = nil
  ) throws -> JobRecord {
    try require(.editJob, network: network.id)
    try requireTool(definition.tool, network: network.id)
    try TextRule.name(name, of: "job")
    try validate(definition, network: network)
    guard try sql.row("SELECT id FROM job WHERE name = ?", name) == nil else {
      throw ModelError(.conflict, "job '\(name)' exists already", hint: "netjob job edit \(name) changes it")
    }
    let id = try sql.insert(
      """
      INSERT INTO job (name, network_id, type, changes_devices, owner, revision, created_at, updated_at)
      VALUES (?, ?, ?, ?, ?, 1, ?, ?) RETURNING id
      """, name, network.id, definition.type.rawValue, changesDevices, caller.name, now, now)
    try insertRevision(1, of: id, definition, secrets: secrets)
    if let origin { try noteOrigin(origin, of: id) }
    let copied = origin.map { ", copy of \($0.name) revision \($0.revision)" } ?? ""
    try audit("job.create", "job \(name)", "revision 1, \(definition.type.rawValue), network \(network.name)\(copied)")
    return try JobQueries.find(sql, name)
  }

  /// Stores a new revision of a job; its owner is then the caller, and an open approval falls back to not-requested.
  /// - Parameter expectedRevision: the revision that the edit began from.
  /// - Throws: `.conflict` when the job moved meanwhile.
  @discardableResult
  package func editJob(
    _ job: JobRecord, network: NetworkRecord, _ definition: JobDefinition, secrets: [String: String], changesDevices: Bool
  ) throws -> JobRecord {
    try require(.editJob, network: job.networkID)
    try require(.editJob, network: network.id)
    try requireTool(definition.tool, network: network.id)
    try validate(definition, network: network)
    let revision = job.revision + 1
    let changed = try sql.execute(
      """
      UPDATE job SET network_id = ?, type = ?, changes_devices = ?, owner = ?, revision = ?, updated_at = ?
      WHERE id = ? AND revision = ?
      """, network.id, definition.type.rawValue, changesDevices, caller.name, revision, now, job.id, job.revision)
    if changed == 0 {
      throw ModelError(.conflict, "job '\(job.name)' was changed by someone else meanwhile", hint: "look at it again")
    }
    try insertRevision(revision, of: job.id, definition, secrets: secrets)
    try audit("job.edit", "job \(job.name)", "revision \(revision)")
    try resetApproval(of: job.id, because: "revision \(revision) was saved by \(caller.name)")
    return try JobQueries.find(sql, job.name)
  }

  package func setJob(_ job: JobRecord, enabled: Bool, zones: ZoneDatabase) throws {
    if enabled { try requireMaySetOff(job) } else { try require(.editJob, network: job.networkID) }
    if job.isEnabled == enabled { return }
    try sql.execute("UPDATE job SET enabled = ?, updated_at = ? WHERE id = ?", enabled, now, job.id)
    for trigger in try TriggerQueries.all(sql, job: job.id) { try schedule(trigger, jobEnabled: enabled, zones: zones) }
    try audit(enabled ? "job.enable" : "job.disable", "job \(job.name)")
  }

  /// Deletes a job with its revisions and triggers, a damaged one, too. Its history and approval log stay.
  /// - Returns: false where there is none of that number.
  @discardableResult
  package func deleteJob(_ id: Int64) throws -> Bool {
    guard let job = try sql.row("SELECT name, network_id, revision FROM job WHERE id = ?", id) else { return false }
    try require(.deleteJob, network: try job.int64("network_id"))
    let name = try job.text("name")
    let running = try sql.row(
      "SELECT id FROM execution WHERE job_id = ? AND status IN ('pending', 'running') ORDER BY id LIMIT 1", id)
    if let running {
      throw ModelError(
        .conflict, "job '\(name)' is running: execution \(try running.int64("id"))", hint: "wait for it, or cancel it first")
    }
    try resetApproval(of: id, because: "the job was deleted by \(caller.name)")
    try sql.execute("DELETE FROM job WHERE id = ?", id)
    try audit("job.delete", "job \(name)", "revision \(try job.int("revision"))")
    return true
  }

  private func insertRevision(_ revision: Int, of id: Int64, _ definition: JobDefinition, secrets: [String: String]) throws {
    var stored = definition
    for (name, secret) in secrets {
      stored.sealedParameters[name] = Base64.encoded(
        try keys.seal(Array(secret.utf8), place: JobQueries.secretPlace(id, name)))
    }
    try sql.execute(
      "INSERT INTO job_revision (job_id, revision, definition, saved_by, saved_at, saved_uids) VALUES (?, ?, ?, ?, ?, ?)", id,
      revision, try CanonicalJSON.text(stored), caller.name, now, caller.uidText)
  }

  private func validate(_ definition: JobDefinition, network: NetworkRecord) throws {
    try TextRule.prose(definition.comment, as: "comment")
    if definition.type.hasTargets == (definition.targets == .none) {
      let problem = definition.type.hasTargets ? "needs targets" : "has no targets"
      throw ModelError(.invalid, "a job of type \(definition.type.rawValue) \(problem)")
    }
    // It has the network's secrets sent to whatever answers there, as adding a device would.
    if definition.type == .discover { try require(.manageDevices, network: network.id) }
    switch definition.targets {
    case .none, .allDevices: break
    case .search(let text):
      _ = try DeviceQueries.parse(text, fields: try DeviceQueries.fieldNames(sql, seenBy: caller.name))
    case .devices(let names):
      if names.isEmpty { throw ModelError(.invalid, "the list of devices is empty") }
      if let twice = Dictionary(grouping: names, by: { $0 }).first(where: { $0.value.count > 1 }) {
        throw ModelError(.invalid, "device '\(twice.key)' is listed twice")
      }
      for name in names {
        let device = try DeviceQueries.find(sql, name, seenBy: caller.name)
        // A number finds the device here and not when the job runs: the list is kept, and looked up, by name.
        if device.name != name {
          throw ModelError(.invalid, "device '\(device.name)' must be listed by its name, not by '\(name)'")
        }
        guard device.networkID == network.id else {
          throw ModelError(.invalid, "device '\(name)' is in network '\(device.network)', not in '\(network.name)'")
        }
      }
    }
  }
}
