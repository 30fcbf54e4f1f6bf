internal import JobModel

/// A column whose values are sealed with the installation's key.
///
/// `all` is the one list of them: `KeyRing.seal` seals for no place that is not on it, so that what `credential rekey` has to
/// seal anew cannot be forgotten.
package struct SealedColumn: Sendable {
  package let table: String
  package let column: String
  /// Whether a place belongs to the column.
  let owns: @Sendable (String) -> Bool
  /// Seals every value of the column with another key; answers how many there were.
  let reseal: @Sendable (_ sql: any SQLConnection, _ old: KeyRing, _ new: KeyRing) throws -> Int

  /// Every sealed column. A new one is a line here.
  package static let all: [SealedColumn] = [
    .blob("credential", "password"), .blob("credential", "enable"), .blob("credential", "private_key"),
    .blob("credential", "passphrase"), .blob("credential", "snmp_community"), .blob("trap_receiver", "community"),
    .blob("trap_receiver", "auth_secret"),
    .blob("trap_receiver", "priv_secret"), .settingSecrets, .jobParameters, .blob("audit_key", "key"),
  ]

  /// Whether something may be sealed for the place.
  static func covers(_ place: String) -> Bool { all.contains { $0.owns(place) } }

  /// A column that holds what `seal` made, in a table with numbered rows. Its places are `TABLE/ID/COLUMN`.
  static func blob(_ table: String, _ column: String) -> SealedColumn {
    SealedColumn(table: table, column: column) { place in
      let parts = place.split(separator: "/", omittingEmptySubsequences: false)
      return parts.count == 3 && parts[0] == table && Int64(parts[1]) != nil && parts[2] == column
    } reseal: { sql, old, new in
      let rows = try sql.rows("SELECT id, \(column) AS sealed FROM \(table) WHERE \(column) IS NOT NULL ORDER BY id")
      for row in rows {
        let id = try row.int64("id")
        let place = "\(table)/\(id)/\(column)"
        let sealed = try new.seal(try old.open(try row.blob("sealed"), place: place), place: place)
        try sql.execute("UPDATE \(table) SET \(column) = ? WHERE id = ?", sealed, id)
      }
      return rows.count
    }
  }

  /// The settings that are secrets. Their places are those of `SettingQueries.secretPlace`.
  private static let settingSecrets = SealedColumn(table: "setting_secret", column: "value") { place in
    let parts = place.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count == 3 && parts[0] == "setting_secret" && parts[2] == "value"
  } reseal: { sql, old, new in
    let rows = try sql.rows("SELECT key, value FROM setting_secret ORDER BY key")
    for row in rows {
      let key = try row.text("key")
      let place = SettingQueries.secretPlace(key)
      let sealed = try new.seal(try old.open(try row.blob("value"), place: place), place: place)
      try sql.execute("UPDATE setting_secret SET value = ? WHERE key = ?", sealed, key)
    }
    return rows.count
  }

  /// The secret parameters in the definitions of every revision, in base64. Their places are those of `JobQueries.secretPlace`.
  private static let jobParameters = SealedColumn(table: "job_revision", column: "definition") { place in
    let parts = place.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "job" && Int64(parts[1]) != nil && parts[2] == "parameter"
  } reseal: { sql, old, new in
    var count = 0
    // Most revisions have none: they are not even read.
    let rows = try sql.rows(
      """
      SELECT job_id, revision FROM job_revision WHERE definition NOT LIKE '%"sealedParameters":{}%' ORDER BY job_id, revision
      """)
    for row in rows {
      let (job, revision) = (try row.int64("job_id"), try row.int("revision"))
      guard
        let text = try sql.row("SELECT definition FROM job_revision WHERE job_id = ? AND revision = ?", job, revision)?
          .text("definition")
      else { continue }
      var definition = try CanonicalJSON.value(JobDefinition.self, from: text)
      for (name, sealed) in definition.sealedParameters {
        let place = JobQueries.secretPlace(job, name)
        guard let bytes = Base64.decoded(sealed) else {
          throw StorageError(.corrupt, "the secret parameter '\(name)' of job \(job), revision \(revision), is damaged")
        }
        definition.sealedParameters[name] = Base64.encoded(try new.seal(try old.open(bytes, place: place), place: place))
        count += 1
      }
      try sql.execute(
        "UPDATE job_revision SET definition = ? WHERE job_id = ? AND revision = ?", try CanonicalJSON.text(definition), job,
        revision)
    }
    return count
  }
}
