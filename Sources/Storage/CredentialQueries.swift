internal import JobModel
package import Scheduling

/// A way to log in, without its secrets.
package struct CredentialRecord: Equatable, Sendable {
  package var id: Int64
  package var name: String
  package var username: String
  package var networkID: Int64?
  package var network: String?
  /// Lower is tried first.
  package var priority: Int
  package var hasPassword: Bool
  package var hasEnable: Bool
  package var hasPrivateKey: Bool
  package var hasPassphrase: Bool
  package var hasSNMPCommunity: Bool
  /// Logs in with the keys of the caller's SSH agent.
  package var usesAgent: Bool
  package var updatedAt: Timestamp

  /// Whether it can log in to a command line; one with an SNMP community alone cannot.
  package var logsIn: Bool { hasPassword || hasPrivateKey || usesAgent }

  init(_ row: SQLRow) throws {
    id = try row.int64("id")
    name = try row.text("name")
    username = try row.text("username")
    networkID = try row.optionalInt64("network_id")
    network = try row.optionalText("network")
    priority = try row.int("priority")
    hasPassword = !row.isNull("password")
    hasEnable = !row.isNull("enable")
    hasPrivateKey = !row.isNull("private_key")
    hasPassphrase = !row.isNull("passphrase")
    hasSNMPCommunity = !row.isNull("snmp_community")
    usesAgent = try row.bool("uses_agent")
    updatedAt = try row.timestamp("updated_at")
  }
}

/// The secrets of one credential, opened. Never printed: it has no description of its content.
package struct CredentialSecrets: Equatable, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
  package var password: String?
  package var enable: String?
  /// OpenSSH or PEM text.
  package var privateKey: String?
  package var passphrase: String?
  package var snmpCommunity: String?

  package init(
    password: String? = nil, enable: String? = nil, privateKey: String? = nil, passphrase: String? = nil,
    snmpCommunity: String? = nil
  ) {
    self.password = password
    self.enable = enable
    self.privateKey = privateKey
    self.passphrase = passphrase
    self.snmpCommunity = snmpCommunity
  }

  package var description: String { "CredentialSecrets(******)" }
  package var debugDescription: String { description }

  /// Every secret text, for redaction.
  package var all: [String] { [password, enable, privateKey, passphrase, snmpCommunity].compactMap { $0 } }
}

package enum CredentialQueries {
  private static let columns = "c.*, n.name AS network FROM credential c LEFT JOIN network n ON n.id = c.network_id"

  package static func all(_ sql: any SQLConnection) throws -> [CredentialRecord] {
    try sql.rows("SELECT \(columns) ORDER BY c.name").map(CredentialRecord.init)
  }

  package static func find(_ sql: any SQLConnection, _ name: String) throws -> CredentialRecord {
    guard let row = try sql.row("SELECT \(columns) WHERE c.name = ? OR c.id = ?", name, Int64(name)) else {
      throw ModelError(.notFound, "there is no credential '\(TextRule.quoted(name))'", hint: "netjob credential list shows them")
    }
    return try CredentialRecord(row)
  }

  /// The credentials to try for a device, in order: its own alone, else what worked last, then its network's by priority.
  package static func candidates(_ sql: any SQLConnection, for device: DeviceRecord) throws -> [CredentialRecord] {
    if let own = device.credentialID {
      return try sql.rows("SELECT \(columns) WHERE c.id = ?", own).map(CredentialRecord.init)
    }
    return try sql.rows(
      "SELECT \(columns) WHERE c.network_id = ? ORDER BY (c.id = ?) DESC, c.priority, c.id", device.networkID,
      device.lastCredentialID ?? 0
    ).map(CredentialRecord.init).filter(\.logsIn)
  }

  /// The credentials of a network, in the order in which they are tried.
  package static func all(_ sql: any SQLConnection, network: Int64) throws -> [CredentialRecord] {
    try sql.rows("SELECT \(columns) WHERE c.network_id = ? ORDER BY c.priority, c.id", network).map(CredentialRecord.init)
  }

  /// Opens the secrets of a credential.
  package static func secrets(_ sql: any SQLConnection, of id: Int64, keys: KeyRing) throws -> CredentialSecrets {
    guard let row = try sql.row("SELECT * FROM credential WHERE id = ?", id) else {
      throw ModelError(.notFound, "there is no credential \(id)")
    }
    func opened(_ column: String) throws -> String? {
      guard let sealed = try row.optionalBlob(column) else { return nil }
      return String(decoding: try keys.open(sealed, place: place(id, column)), as: UTF8.self)
    }
    return CredentialSecrets(
      password: try opened("password"), enable: try opened("enable"), privateKey: try opened("private_key"),
      passphrase: try opened("passphrase"), snmpCommunity: try opened("snmp_community"))
  }

  static func place(_ id: Int64, _ column: String) -> String { "credential/\(id)/\(column)" }
}

extension Change {
  @discardableResult
  package func addCredential(
    name: String, username: String, secrets: CredentialSecrets, network: NetworkRecord?, priority: Int, usesAgent: Bool = false
  ) throws -> Int64 {
    try require(.manageCredentials, network: network?.id)
    try TextRule.name(name, of: "credential")
    try TextRule.line(username, as: "user name")
    guard try sql.row("SELECT id FROM credential WHERE name = ?", name) == nil else {
      throw ModelError(.conflict, "credential '\(name)' exists already", hint: "netjob credential edit \(name) changes it")
    }
    let id = try sql.insert(
      """
      INSERT INTO credential (name, username, network_id, priority, uses_agent, created_at, updated_at)
      VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id
      """, name, username, network?.id, priority, usesAgent, now, now)
    try store(secrets, in: id)
    try audit("credential.add", "credential \(name)", "username \(username)\(usesAgent ? "; logs in with the agent" : "")")
    return id
  }

  /// Changes what is not nil; a secret that is nil stays.
  package func editCredential(
    _ credential: CredentialRecord, username: String?, secrets: CredentialSecrets, network: NetworkRecord?, priority: Int?,
    usesAgent: Bool? = nil
  ) throws {
    try require(.manageCredentials, network: credential.networkID)
    if let network { try require(.manageCredentials, network: network.id) }
    if let username { try TextRule.line(username, as: "user name") }
    if let network,
      let user = try sql.row(
        "SELECT name FROM device WHERE credential_id = ? AND network_id <> ? ORDER BY name LIMIT 1", credential.id, network.id)
    {
      throw ModelError(
        .conflict, "credential '\(credential.name)' is used by device '\(try user.text("name"))' of another network")
    }
    if let network,
      let user = try sql.row(
        "SELECT name FROM network WHERE jump_credential_id = ? AND id <> ? ORDER BY name LIMIT 1", credential.id, network.id)
    {
      throw ModelError(
        .conflict, "credential '\(credential.name)' is used by the jump host of network '\(try user.text("name"))'")
    }
    try sql.execute(
      "UPDATE credential SET username = ?, network_id = ?, priority = ?, uses_agent = ?, updated_at = ? WHERE id = ?",
      username ?? credential.username, network?.id ?? credential.networkID, priority ?? credential.priority,
      usesAgent ?? credential.usesAgent, now, credential.id)
    try store(secrets, in: credential.id)
    var details = secrets.all.isEmpty ? [] : ["secrets replaced"]
    if let usesAgent, usesAgent != credential.usesAgent { details.append("logs in \(usesAgent ? "with" : "without") the agent") }
    try audit("credential.edit", "credential \(credential.name)", details.joined(separator: "; "))
  }

  package func deleteCredential(_ credential: CredentialRecord) throws {
    try require(.manageCredentials, network: credential.networkID)
    let users = try sql.rows("SELECT name FROM device WHERE credential_id = ? ORDER BY name LIMIT 4", credential.id)
    if !users.isEmpty {
      let names = try users.map { try $0.text("name") }.joined(separator: ", ")
      throw ModelError(
        .conflict, "credential '\(credential.name)' is used by device \(names)",
        hint: "netjob device edit DEVICE --credential OTHER gives a device another, --no-credential none of its own")
    }
    if let user = try sql.row("SELECT name FROM network WHERE jump_credential_id = ? ORDER BY name LIMIT 1", credential.id) {
      throw ModelError(
        .conflict, "credential '\(credential.name)' is used by the jump host of network '\(try user.text("name"))'")
    }
    try sql.execute("DELETE FROM credential WHERE id = ?", credential.id)
    try audit("credential.delete", "credential \(credential.name)")
  }

  func store(_ secrets: CredentialSecrets, in id: Int64) throws {
    let columns = [
      ("password", secrets.password), ("enable", secrets.enable), ("private_key", secrets.privateKey),
      ("passphrase", secrets.passphrase), ("snmp_community", secrets.snmpCommunity),
    ]
    for (column, secret) in columns {
      guard let secret else { continue }
      let sealed = try keys.seal(Array(secret.utf8), place: CredentialQueries.place(id, column))
      try sql.execute("UPDATE credential SET \(column) = ? WHERE id = ?", sealed, id)
    }
  }
}
