internal import JobModel

/// Everything in the database that is sealed with the key.
package enum SealedSecrets {
  /// One sealed secret: the place that it is bound to, whose it is, and its bytes; nil where they cannot be read.
  package struct Entry: Sendable {
    package var place: String
    package var owner: String
    package var bytes: [UInt8]?
  }

  /// The secrets of credentials, and the secret parameters of every revision of every job.
  package static func all(_ sql: any SQLConnection) throws -> [Entry] {
    var entries: [Entry] = []
    for row in try sql.rows("SELECT id, name, password, enable, private_key, passphrase FROM credential ORDER BY id") {
      for column in ["password", "enable", "private_key", "passphrase"] {
        guard let bytes = try row.optionalBlob(column) else { continue }
        entries.append(
          Entry(
            place: CredentialQueries.place(try row.int64("id"), column), owner: "credential '\(try row.text("name"))'",
            bytes: bytes))
      }
    }
    let revisions = try sql.rows(
      """
      SELECT r.job_id, r.revision, r.definition, j.name FROM job_revision r JOIN job j ON j.id = r.job_id
      ORDER BY r.job_id, r.revision
      """)
    for row in revisions {
      let definition = try CanonicalJSON.value(JobDefinition.self, from: try row.text("definition"))
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
