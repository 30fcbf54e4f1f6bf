package import JobModel

/// What a rotation of the key did.
package struct KeyRotation: Equatable, Sendable {
  /// How many secrets were sealed anew.
  package var secrets: Int
  /// The last audit row that the old key chained.
  package var auditRows: Int64
  /// Jobs whose open approval request fell back, as their secret parameters cannot be compared any more.
  package var resetApprovals: [String]

  /// How far it has got; each is a point where a process can die.
  package enum Step: CaseIterable, Sendable {
    /// The new key file is written beside the old one; the database does not know it.
    case written
    /// Everything is sealed anew, and not committed.
    case resealed
    /// The database is the new key's; the old key file is still in its place.
    case committed
  }
}

extension Store {
  /// Makes a new key and seals every secret anew, in one transaction.
  ///
  /// The new key file is written beside the old one before the transaction commits, and takes its place after that: whenever the
  /// process dies, one of the two is the database's, and the next change finds out which. Other processes look at the database's
  /// key in each of their transactions, so none writes with the old one.
  /// - Parameter reached: told of each step; tests die there.
  /// - Throws: `.notPermitted` without `administer` for all networks; nothing is changed when it throws before the commit.
  package func rotateKey(as caller: Caller, reached: (KeyRotation.Step) -> Void = { _ in }) throws -> KeyRotation {
    let rotation: KeyRotation
    do {
      rotation = try database.write { sql in
        let old = try keys(in: sql, mayFinish: true)
        let change = Change(sql: sql, caller: caller, now: clock(), keys: old)
        try change.require(.administer, network: nil)
        let content = KeyRing.newFileContent()
        let new = try KeyRing(fileContent: content, path: installation.nextKeyPath)
        try installation.writeNextKey(content)
        reached(.written)
        let rotation = try change.seal(with: new)
        reached(.resealed)
        return rotation
      }
    } catch {
      // With the write lock, as another process may be at it by now.
      try? database.write { sql in
        _ = try keys(in: sql, mayFinish: true)
        installation.discardNextKey()
      }
      throw error
    }
    reached(.committed)
    try database.write { sql in _ = try keys(in: sql, mayFinish: true) }
    return rotation
  }
}

extension Change {
  /// Seals every secret with another key and goes on chaining the audit log with it.
  fileprivate func seal(with new: KeyRing) throws -> KeyRotation {
    // What a keyed hash was compared by is gone with the key: what waits for an approval, or has it, would never match again.
    let waiting = try sql.rows(
      """
      SELECT DISTINCT job_id FROM approval_request WHERE status IN ('requested', 'approved') AND execution_id IS NULL
      """)
    var reset: [String] = []
    for row in waiting {
      guard let job = try JobQueries.get(sql, id: try row.int64("job_id")), !job.definition.sealedParameters.isEmpty else {
        continue
      }
      try resetApproval(of: job.id, because: "the key was rotated: whether a secret parameter changed can no longer be told")
      reset.append(job.name)
    }
    let last = try sql.row("SELECT max(id) AS id FROM audit")?.optionalInt64("id") ?? 0
    var secrets = 0
    for column in SealedColumn.all {
      let count = try column.reseal(sql, keys, new)
      if column.table != "audit_key" { secrets += count }
    }
    let id = try sql.insert("INSERT INTO audit_key (until_row, key) VALUES (?, ?) RETURNING id", last, [UInt8]())
    let text = AuditLog.sealedText(until: last, key: keys.auditKey)
    try sql.execute(
      "UPDATE audit_key SET key = ? WHERE id = ?", try new.seal(Array(text.utf8), place: AuditLog.keyPlace(id)), id)
    try sql.execute(
      "UPDATE setting SET value = ? WHERE key = ?", new.keyedHash(Store.keyCheckName), Store.keyCheckName)
    try Change(sql: sql, caller: caller, now: now, keys: new).audit(
      "credential.rekey", "key", "\(secrets) secrets sealed anew; rows up to \(last) are of the key before")
    return KeyRotation(secrets: secrets, auditRows: last, resetApprovals: reset.sorted())
  }
}
