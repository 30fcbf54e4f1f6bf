package import JobModel

/// A network: a set of devices with its own people, credentials and host-key policy.
package struct NetworkRecord: Equatable, Sendable {
  package enum HostKeyPolicy: String, Sendable, CaseIterable {
    /// A device's key must have been pinned with `device trust`.
    case strict
    /// The first key seen is pinned.
    case acceptNew = "accept-new"
  }

  /// The SSH server through which the network's devices are reached.
  package struct JumpHost: Equatable, Sendable {
    package var host: String
    package var port: Int
    package var credentialID: Int64
    package var credential: String
    package var hostKeyType: String?
    package var hostKeyFingerprint: String?

    /// `host:port`, an IPv6 address in brackets.
    package var address: String { NetworkRecord.address(host, port) }
  }

  package var id: Int64
  package var name: String
  package var comment: String
  package var hostKeys: HostKeyPolicy
  package var transport: TransportKind
  package var jump: JumpHost?
  package var timeouts: SessionTimeouts

  init(_ row: SQLRow) throws {
    id = try row.int64("id")
    name = try row.text("name")
    comment = try row.text("comment")
    hostKeys = try row.choice("host_keys", as: HostKeyPolicy.self)
    transport = try row.choice("transport", as: TransportKind.self)
    timeouts = try SessionTimeouts(row)
    if let host = try row.optionalText("jump_host") {
      jump = JumpHost(
        host: host, port: try row.int("jump_port"), credentialID: try row.int64("jump_credential_id"),
        credential: try row.text("jump_credential"), hostKeyType: try row.optionalText("jump_key_type"),
        hostKeyFingerprint: try row.optionalText("jump_key_fingerprint"))
    }
  }

  static func address(_ host: String, _ port: Int) -> String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// What a user gives of a network; nil leaves a value as it is.
package struct NetworkEdit: Equatable, Sendable {
  package struct JumpHost: Equatable, Sendable {
    package var host: String
    package var port: Int

    package init(host: String, port: Int) {
      self.host = host
      self.port = port
    }
  }

  package var comment: String?
  package var hostKeys: NetworkRecord.HostKeyPolicy?
  package var transport: TransportKind?
  package var jump: JumpHost?
  package var jumpCredential: CredentialRecord?
  /// Lets the devices be reached directly again.
  package var clearsJump = false
  /// A limit of 0 is taken away.
  package var timeouts = SessionTimeouts()

  package init(comment: String? = nil, hostKeys: NetworkRecord.HostKeyPolicy? = nil) {
    self.comment = comment
    self.hostKeys = hostKeys
  }
}

package enum NetworkQueries {
  private static let select =
    "SELECT n.*, c.name AS jump_credential FROM network n LEFT JOIN credential c ON c.id = n.jump_credential_id"

  package static func all(_ sql: any SQLConnection) throws -> [NetworkRecord] {
    try sql.rows("\(select) ORDER BY n.name").map(NetworkRecord.init)
  }

  /// The network with this name or number.
  package static func find(_ sql: any SQLConnection, _ name: String) throws -> NetworkRecord {
    guard let row = try sql.row("\(select) WHERE n.name = ? OR n.id = ?", name, Int64(name)) else {
      throw ModelError(.notFound, "there is no network '\(TextRule.quoted(name))'", hint: "netjob network list shows them")
    }
    return try NetworkRecord(row)
  }

  package static func get(_ sql: any SQLConnection, id: Int64) throws -> NetworkRecord {
    guard let row = try sql.row("\(select) WHERE n.id = ?", id) else {
      throw StorageError(.corrupt, "network \(id) is missing")
    }
    return try NetworkRecord(row)
  }
}

extension Change {
  @discardableResult
  package func addNetwork(name: String, comment: String, hostKeys: NetworkRecord.HostKeyPolicy) throws -> Int64 {
    try addNetwork(name: name, NetworkEdit(comment: comment, hostKeys: hostKeys))
  }

  @discardableResult
  package func addNetwork(name: String, _ edit: NetworkEdit) throws -> Int64 {
    try require(.manageDevices, network: nil)
    try TextRule.name(name, of: "network")
    guard try sql.row("SELECT id FROM network WHERE name = ?", name) == nil else {
      throw ModelError(.conflict, "network '\(name)' exists already", hint: "netjob network edit \(name) changes it")
    }
    let id = try sql.insert("INSERT INTO network (name) VALUES (?) RETURNING id", name)
    let details = try write(edit, to: try NetworkQueries.get(sql, id: id))
    try audit("network.add", "network \(name)", details.joined(separator: "; "))
    return id
  }

  package func editNetwork(_ network: NetworkRecord, comment: String?, hostKeys: NetworkRecord.HostKeyPolicy?) throws {
    try editNetwork(network, NetworkEdit(comment: comment, hostKeys: hostKeys))
  }

  /// Changes what is not nil. Another jump host leads to other boxes at the same addresses, so that requests for approval of
  /// jobs in the network are put back; its key has to be learned or pinned anew.
  package func editNetwork(_ network: NetworkRecord, _ edit: NetworkEdit) throws {
    try require(.manageDevices, network: network.id)
    let details = try write(edit, to: network)
    let now = try NetworkQueries.get(sql, id: network.id)
    if now.jump?.address != network.jump?.address {
      try resetApprovals(
        inNetwork: network.name, because: "the jump host of network '\(network.name)' was changed by \(caller.name)")
    }
    try audit("network.edit", "network \(network.name)", details.joined(separator: "; "))
  }

  /// - Returns: what changed, for the audit log.
  private func write(_ edit: NetworkEdit, to network: NetworkRecord) throws -> [String] {
    if let comment = edit.comment { try TextRule.prose(comment, as: "comment") }
    let hostKeys = edit.hostKeys ?? network.hostKeys
    let transport = edit.transport ?? network.transport
    let timeouts = network.timeouts.edited(edit.timeouts)
    try sql.execute(
      """
      UPDATE network SET comment = ?, host_keys = ?, transport = ?, connect_timeout = ?, login_timeout = ?, command_timeout = ?
      WHERE id = ?
      """, edit.comment ?? network.comment, hostKeys.rawValue, transport.rawValue, timeouts.connect, timeouts.login,
      timeouts.command, network.id)
    var details = ["host keys \(hostKeys.rawValue)"]
    if transport != network.transport { details.append("transport \(network.transport.rawValue) -> \(transport.rawValue)") }
    if let jump = try writeJump(edit, to: network) { details.append(jump) }
    return details
  }

  private func writeJump(_ edit: NetworkEdit, to network: NetworkRecord) throws -> String? {
    let before = network.jump?.address ?? "none"
    if edit.clearsJump {
      try sql.execute(
        """
        UPDATE network SET jump_host = NULL, jump_port = NULL, jump_credential_id = NULL, jump_key_type = NULL,
          jump_key_fingerprint = NULL WHERE id = ?
        """, network.id)
      return "jump host \(before) -> none"
    }
    guard edit.jump != nil || edit.jumpCredential != nil else { return nil }
    guard let host = edit.jump?.host ?? network.jump?.host, let port = edit.jump?.port ?? network.jump?.port else {
      throw ModelError(.invalid, "network '\(network.name)' has no jump host to log in to", hint: "name it with --jump HOST")
    }
    guard let credentialID = edit.jumpCredential?.id ?? network.jump?.credentialID else {
      throw ModelError(
        .invalid, "jump host '\(TextRule.quoted(host))' needs a credential to log in with", hint: "--jump-credential NAME")
    }
    try DeviceAddress.validate(host)
    if let credential = edit.jumpCredential, let owner = credential.networkID, owner != network.id {
      // As for a device's credential: its secrets go where those who manage this network's devices say.
      throw ModelError(
        .invalid,
        "credential '\(credential.name)' is of network '\(credential.network ?? "")', the jump host is network '\(network.name)''s",
        hint: "a credential without a network serves them all")
    }
    let after = NetworkRecord.address(host, port)
    try sql.execute(
      "UPDATE network SET jump_host = ?, jump_port = ?, jump_credential_id = ? WHERE id = ?", host, port, credentialID, network.id
    )
    var detail = "jump host \(before) -> \(after)"
    if before != after {
      try sql.execute("UPDATE network SET jump_key_type = NULL, jump_key_fingerprint = NULL WHERE id = ?", network.id)
      if network.jump?.hostKeyFingerprint != nil { detail += ", host key forgotten" }
    }
    if let credential = edit.jumpCredential { detail += " with credential \(credential.name)" }
    return detail
  }

  /// Pins the host key of a network's jump host.
  /// - Parameter keyType: nil where only the fingerprint is known; the first contact fills it in.
  package func trustJumpHost(of network: NetworkRecord, keyType: String?, fingerprint: String, reason: String) throws {
    try require(.manageDevices, network: network.id)
    try pinJumpHost(of: network, keyType: keyType, fingerprint: fingerprint, reason: reason)
  }

  /// Pins the first host key seen of a jump host, as the network's policy says; no person's right is needed.
  /// - Parameter network: the network as it was when the connection was opened.
  /// - Throws: `.conflict` when another key was pinned or the jump host was changed meanwhile.
  package func pinFirstSeenJumpHost(of network: NetworkRecord, keyType: String, fingerprint: String) throws {
    let now = try NetworkQueries.get(sql, id: network.id)
    guard let jump = now.jump, jump.address == network.jump?.address else {
      throw ModelError(.conflict, "the jump host of network '\(network.name)' was changed by someone else meanwhile")
    }
    if let pinned = jump.hostKeyFingerprint {
      guard pinned == fingerprint, jump.hostKeyType == nil || jump.hostKeyType == keyType else {
        throw ModelError(.conflict, "the host key of the jump host of network '\(network.name)' is not the one pinned meanwhile")
      }
      if jump.hostKeyType != nil { return }
    }
    try pinJumpHost(of: now, keyType: keyType, fingerprint: fingerprint, reason: "first seen")
  }

  private func pinJumpHost(of network: NetworkRecord, keyType: String?, fingerprint: String, reason: String) throws {
    guard let jump = network.jump else { throw ModelError(.invalid, "network '\(network.name)' has no jump host") }
    try sql.execute(
      "UPDATE network SET jump_key_type = ?, jump_key_fingerprint = ? WHERE id = ?", keyType, fingerprint, network.id)
    try audit(
      "network.trust", "network \(network.name)",
      "jump host \(jump.address): \(keyType.map { $0 + " " } ?? "")\(fingerprint) (\(reason))")
  }

  package func deleteNetwork(_ network: NetworkRecord) throws {
    try require(.manageDevices, network: nil)
    if network.name == "default" {
      throw ModelError(
        .conflict, "network 'default' cannot be deleted: it is there for all that names no network",
        hint: "an empty one harms nobody; 'netjob network edit default' changes it")
    }
    for table in ["device", "job", "credential"] {
      let count = try sql.row("SELECT count(*) AS n FROM \(table) WHERE network_id = ?", network.id)?.int("n") ?? 0
      if count > 0 {
        throw ModelError(
          .conflict, "network '\(network.name)' still has \(count) \(table)\(count == 1 ? "" : "s")",
          hint: "delete or move them first")
      }
    }
    try sql.execute("DELETE FROM network WHERE id = ?", network.id)
    try audit("network.delete", "network \(network.name)")
  }
}
