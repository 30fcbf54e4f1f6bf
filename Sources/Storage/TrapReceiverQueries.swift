package import JobModel

/// Where traps go, without secrets.
package struct TrapReceiverRecord: Equatable, Sendable {
  package var id: Int64
  package var name: String
  package var host: String
  package var port: Int
  package var version: TrapVersion
  /// The receiver acknowledges, and what it does not acknowledge is sent again.
  package var isInform: Bool
  /// The user of SNMPv3.
  package var user: String?
  package var authProtocol: TrapAuthProtocol?
  package var privProtocol: TrapPrivProtocol?

  /// The level of SNMPv3; nil with 2c.
  package var securityLevel: TrapSecurityLevel? {
    guard version == .v3 else { return nil }
    return authProtocol == nil ? .noAuthNoPriv : privProtocol == nil ? .authNoPriv : .authPriv
  }

  init(_ row: SQLRow) throws {
    id = try row.int64("id")
    name = try row.text("name")
    host = try row.text("host")
    port = try row.int("port")
    version = try row.choice("version", as: TrapVersion.self)
    isInform = try row.bool("inform")
    user = try row.optionalText("username")
    authProtocol = row.isNull("auth_protocol") ? nil : try row.choice("auth_protocol", as: TrapAuthProtocol.self)
    privProtocol = row.isNull("priv_protocol") ? nil : try row.choice("priv_protocol", as: TrapPrivProtocol.self)
  }
}

/// The secrets of a trap receiver, opened. Never printed: it has no description of its content.
package struct TrapSecrets: Equatable, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
  package var community: String?
  package var auth: String?
  package var priv: String?

  package init(community: String? = nil, auth: String? = nil, priv: String? = nil) {
    self.community = community
    self.auth = auth
    self.priv = priv
  }

  package var description: String { "TrapSecrets(******)" }
  package var debugDescription: String { description }

  var isEmpty: Bool { community == nil && auth == nil && priv == nil }
}

/// What is to be set of a trap receiver; nil stays as it is, or is what new receivers have.
package struct TrapReceiverEdit: Sendable {
  package var host: String?
  package var port: Int?
  package var version: TrapVersion?
  package var isInform: Bool?
  package var user: String?
  package var authProtocol: TrapAuthProtocol?
  package var privProtocol: TrapPrivProtocol?
  /// What must come out of it.
  package var securityLevel: TrapSecurityLevel?
  package var secrets = TrapSecrets()

  package init() {}
}

package enum TrapReceiverQueries {
  /// Every receiver, by name.
  package static func all(_ sql: any SQLConnection) throws -> [TrapReceiverRecord] {
    try sql.rows("SELECT * FROM trap_receiver ORDER BY name").map(TrapReceiverRecord.init)
  }

  /// The receiver with this name or number.
  /// - Throws: `.notFound`.
  package static func find(_ sql: any SQLConnection, _ name: String) throws -> TrapReceiverRecord {
    guard let row = try sql.row("SELECT * FROM trap_receiver WHERE name = ? OR id = ?", name, Int64(name)) else {
      throw ModelError(
        .notFound, "there is no trap receiver '\(TextRule.quoted(name))'", hint: "netjob trap list shows them")
    }
    return try TrapReceiverRecord(row)
  }

  /// Opens the secrets of a receiver.
  package static func secrets(_ sql: any SQLConnection, of id: Int64, keys: KeyRing) throws -> TrapSecrets {
    guard let row = try sql.row("SELECT * FROM trap_receiver WHERE id = ?", id) else { return TrapSecrets() }
    func opened(_ column: String) throws -> String? {
      guard let sealed = try row.optionalBlob(column) else { return nil }
      return String(decoding: try keys.open(sealed, place: place(id, column)), as: UTF8.self)
    }
    return TrapSecrets(
      community: try opened("community"), auth: try opened("auth_secret"), priv: try opened("priv_secret"))
  }

  /// The names of those that are sent the event.
  static func names(_ sql: any SQLConnection, for event: NotificationEvent, isReadOnly: Bool) throws -> [String] {
    let names = try sql.rows("SELECT name FROM trap_receiver ORDER BY name").map { try $0.text("name") }
    if names.isEmpty { return [] }
    return try SettingQueries.isWanted(sql, .trap, event, isReadOnly: isReadOnly) ? names : []
  }

  static func place(_ id: Int64, _ column: String) -> String { "trap_receiver/\(id)/\(column)" }
}

extension Change {
  @discardableResult
  package func addTrapReceiver(_ name: String, _ edit: TrapReceiverEdit) throws -> Int64 {
    try require(.manageSettings, network: nil)
    try TextRule.name(name, of: "trap receiver")
    guard try sql.row("SELECT id FROM trap_receiver WHERE name = ?", name) == nil else {
      throw ModelError(.conflict, "trap receiver '\(name)' exists already", hint: "netjob trap edit \(name) changes it")
    }
    guard let host = edit.host else { throw ModelError(.invalid, "trap receiver '\(name)' has no host") }
    let id = try sql.insert(
      "INSERT INTO trap_receiver (name, host, version, created_at) VALUES (?, ?, ?, ?) RETURNING id", name, host,
      (edit.version ?? .v2c).rawValue, now)
    try write(edit, to: try TrapReceiverQueries.find(sql, name))
    let receiver = try TrapReceiverQueries.find(sql, name)
    try audit("trap.add", "trap receiver \(name)", "\(receiver.host) port \(receiver.port), version \(receiver.version.rawValue)")
    return id
  }

  package func editTrapReceiver(_ receiver: TrapReceiverRecord, _ edit: TrapReceiverEdit) throws {
    try require(.manageSettings, network: nil)
    try write(edit, to: receiver)
    let now = try TrapReceiverQueries.find(sql, receiver.name)
    try audit(
      "trap.edit", "trap receiver \(receiver.name)",
      "\(receiver.host) port \(receiver.port) -> \(now.host) port \(now.port), version \(now.version.rawValue)"
        + (edit.secrets.isEmpty ? "" : ", secrets replaced"))
  }

  /// Removes a receiver; what still waits for it is given up.
  package func removeTrapReceiver(_ receiver: TrapReceiverRecord) throws {
    try require(.manageSettings, network: nil)
    try sql.execute("DELETE FROM trap_receiver WHERE id = ?", receiver.id)
    try sql.execute(
      """
      UPDATE outbox SET status = 'failed', ended_at = ?, error = 'the trap receiver was removed'
      WHERE channel = 'trap' AND recipient = ? AND status = 'waiting'
      """, now, receiver.name)
    try audit("trap.remove", "trap receiver \(receiver.name)", receiver.host)
  }

  private func write(_ edit: TrapReceiverEdit, to receiver: TrapReceiverRecord) throws {
    if let host = edit.host { try DeviceAddress.validate(host) }
    if let port = edit.port, !(1...65_535).contains(port) {
      throw ModelError(.invalid, "port \(port) is out of range 1-65535")
    }
    if let user = edit.user {
      try TextRule.line(user, as: "user name")
      if user.utf8.count > 32 { throw ModelError(.invalid, "user name '\(TextRule.quoted(user))' is longer than 32 bytes") }
    }
    let version = edit.version ?? receiver.version
    var user = edit.user ?? receiver.user
    var auth = edit.authProtocol ?? receiver.authProtocol
    var priv = edit.privProtocol ?? receiver.privProtocol
    var old = try TrapReceiverQueries.secrets(sql, of: receiver.id, keys: keys)
    if edit.version != nil && edit.version != receiver.version { old = TrapSecrets() }
    // Secrets go where they were given for, another server on the same host being another place: who may name one need not know them.
    if (edit.host ?? receiver.host, edit.port ?? receiver.port) != (receiver.host, receiver.port) { old = TrapSecrets() }
    // A lower level that is asked for drops what it does not need.
    if let level = edit.securityLevel, version == .v3 {
      if level == .noAuthNoPriv && edit.authProtocol == nil && edit.secrets.auth == nil { auth = nil }
      if level != .authPriv && edit.privProtocol == nil && edit.secrets.priv == nil { priv = nil }
    }
    if edit.secrets.auth != nil && auth == nil { auth = .sha }
    if edit.secrets.priv != nil && priv == nil { priv = .aes }
    var secrets = TrapSecrets(
      community: edit.secrets.community ?? old.community, auth: edit.secrets.auth ?? old.auth,
      priv: edit.secrets.priv ?? old.priv)
    switch version {
    case .v2c:
      if edit.user != nil || edit.authProtocol != nil || edit.privProtocol != nil || edit.securityLevel != nil
        || edit.secrets.auth != nil || edit.secrets.priv != nil
      {
        throw ModelError(.invalid, "users, protocols and security levels are of SNMPv3", hint: "--version 3 chooses it")
      }
      (user, auth, priv) = (nil, nil, nil)
      (secrets.auth, secrets.priv) = (nil, nil)
      guard secrets.community != nil else {
        throw ModelError(
          .invalid, "a receiver of version 2c needs a community", hint: "--community-stdin; another host or port asks for it anew"
        )
      }
    case .v3:
      if edit.secrets.community != nil {
        throw ModelError(.invalid, "a community is of version 2c", hint: "SNMPv3 has a user: --user USER")
      }
      secrets.community = nil
      guard user != nil else { throw ModelError(.invalid, "a receiver of version 3 needs a user", hint: "--user USER") }
      if auth == nil { secrets.auth = nil }
      if priv == nil { secrets.priv = nil }
      if priv != nil && auth == nil { throw ModelError(.invalid, "privacy without authentication is no level of SNMPv3") }
      if auth != nil && secrets.auth == nil {
        throw ModelError(.invalid, "the authentication protocol needs its secret", hint: "--auth-stdin reads it")
      }
      if priv != nil && secrets.priv == nil {
        throw ModelError(.invalid, "the privacy protocol needs its secret", hint: "--priv-stdin reads it")
      }
      for (what, secret) in [("authentication", secrets.auth), ("privacy", secrets.priv)] {
        if let secret, secret.utf8.count < 8 {
          throw ModelError(.invalid, "the \(what) secret is too short: SNMPv3 wants 8 characters at least")
        }
      }
      let level: TrapSecurityLevel = auth == nil ? .noAuthNoPriv : priv == nil ? .authNoPriv : .authPriv
      if let wanted = edit.securityLevel, wanted != level {
        throw ModelError(
          .invalid, "security level \(wanted.rawValue) is asked for, the protocols and secrets make it \(level.rawValue)")
      }
    }
    func sealed(_ secret: String?, _ column: String) throws -> [UInt8]? {
      try secret.map { try keys.seal(Array($0.utf8), place: TrapReceiverQueries.place(receiver.id, column)) }
    }
    try sql.execute(
      """
      UPDATE trap_receiver SET host = ?, port = ?, version = ?, inform = ?, username = ?, auth_protocol = ?, priv_protocol = ?,
        community = ?, auth_secret = ?, priv_secret = ? WHERE id = ?
      """, edit.host ?? receiver.host, edit.port ?? receiver.port, version.rawValue, edit.isInform ?? receiver.isInform, user,
      auth?.rawValue, priv?.rawValue, try sealed(secrets.community, "community"), try sealed(secrets.auth, "auth_secret"),
      try sealed(secrets.priv, "priv_secret"), receiver.id)
  }
}
