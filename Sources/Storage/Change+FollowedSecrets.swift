internal import JobModel

extension Change {
  /// Stores the secrets that a device is now opened with, after a login has shown that they work.
  ///
  /// A credential that others use too stays as it is: for them it is still right. The device then gets one of its own, which
  /// those of the same execution share; as a credential of its network it is tried there last.
  /// - Returns: the credential's name, and whether it is the device's from now on instead of the one before.
  /// - Throws: `.conflict` when the execution is not the caller's any more.
  package func followSecrets(
    _ claim: ExecutionClaim, of used: CredentialRecord, on device: DeviceRecord, _ secrets: CredentialSecrets
  ) throws -> (name: String, isAnother: Bool) {
    try check(claim)
    guard try isShared(used, besides: device) else {
      try store(secrets, in: used.id)
      try sql.execute("UPDATE credential SET updated_at = ? WHERE id = ?", now, used.id)
      try audit(
        "credential.follow", "credential \(used.name)",
        "secrets replaced by execution \(claim.id) after a login to \(device.name)")
      return (used.name, false)
    }
    let (id, name) = try ownCredential(like: used, device, secrets, claim)
    try sql.execute("UPDATE device SET credential_id = ?, last_credential_id = ? WHERE id = ?", id, id, device.id)
    try audit(
      "credential.follow", "credential \(name)",
      "of device \(device.name) instead of \(used.name), by execution \(claim.id) after a login")
    return (name, true)
  }

  private func isShared(_ credential: CredentialRecord, besides device: DeviceRecord) throws -> Bool {
    try sql.row(
      """
      SELECT 1 AS n FROM device WHERE id <> ? AND (credential_id = ? OR (credential_id IS NULL AND network_id = ?))
      UNION SELECT 1 FROM network WHERE jump_credential_id = ? LIMIT 1
      """, device.id, credential.id, credential.networkID, credential.id) != nil
  }

  /// The credential that devices of the execution share, made where there is none with these secrets.
  private func ownCredential(
    like used: CredentialRecord, _ device: DeviceRecord, _ secrets: CredentialSecrets, _ claim: ExecutionClaim
  ) throws -> (id: Int64, name: String) {
    let base = String(used.name.prefix(40)) + "-e\(claim.id)"
    for number in 1...100 {
      let name = number == 1 ? base : "\(base)-\(number)"
      guard let row = try sql.row("SELECT id, username, network_id FROM credential WHERE name = ?", name) else {
        let id = try sql.insert(
          """
          INSERT INTO credential (name, username, network_id, priority, uses_agent, created_at, updated_at)
          VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id
          """, name, used.username, device.networkID, 1000, used.usesAgent, now, now)
        try store(secrets, in: id)
        return (id, name)
      }
      let id = try row.int64("id")
      if try row.text("username") == used.username, try row.optionalInt64("network_id") == device.networkID,
        try CredentialQueries.secrets(sql, of: id, keys: keys) == secrets
      {
        return (id, name)
      }
    }
    throw ModelError(.conflict, "there are too many credentials called '\(base)'")
  }
}
