internal import JobModel

/// Everything in the database that is sealed with the key.
package enum SealedSecrets {
  /// One sealed secret: the place that it is bound to, whose it is, and its bytes; nil where they cannot be read.
  package struct Entry: Sendable {
    package var place: String
    package var owner: String
    package var bytes: [UInt8]?
  }

  /// The columns of `SealedColumn.all` that hold blobs, whose places are `TABLE/ID/COLUMN`.
  private static let blobs = [
    ("credential", ["password", "enable", "private_key", "passphrase"]),
    ("trap_receiver", ["community", "auth_secret", "priv_secret"]), ("audit_key", ["key"]),
  ]

  /// The secrets of credentials, trap receivers and settings, the earlier keys of the audit log, and the secret parameters of
  /// every revision of every job.
  package static func all(_ sql: any SQLConnection) throws -> [Entry] {
    var entries: [Entry] = []
    for (table, columns) in blobs {
      for row in try sql.rows("SELECT * FROM \(table) ORDER BY id") {
        let id = try row.int64("id")
        let name = table == "audit_key" ? "\(id)" : "'\(try row.text("name"))'"
        for column in columns {
          guard let bytes = try row.optionalBlob(column) else { continue }
          let owner = "\(table.replacing("_", with: " ")) \(name)"
          entries.append(Entry(place: "\(table)/\(id)/\(column)", owner: owner, bytes: bytes))
        }
      }
    }
    for row in try sql.rows("SELECT key, value FROM setting_secret ORDER BY key") {
      let key = try row.text("key")
      entries.append(Entry(place: SettingQueries.secretPlace(key), owner: "setting '\(key)'", bytes: try row.blob("value")))
    }
    let revisions = try sql.rows(
      """
      SELECT r.job_id, r.revision, r.definition, j.name FROM job_revision r JOIN job j ON j.id = r.job_id
      ORDER BY r.job_id, r.revision
      """)
    for row in revisions {
      let definition = try JobRecord.definition(row, of: try row.text("name"), revision: try row.int("revision"))
      for (name, text) in definition.sealedParameters.sorted(by: { $0.key < $1.key }) {
        entries.append(
          Entry(
            place: JobQueries.secretPlace(try row.int64("job_id"), name),
            owner: "job '\(try row.text("name"))' revision \(try row.int("revision"))", bytes: Base64.decoded(text)))
      }
    }
    return entries
  }
}
