package import JobModel
internal import Scheduling

/// A user, as stored.
package struct AccountRecord: Equatable, Sendable {
  package struct Grant: Equatable, Sendable {
    /// `role` or `permission`.
    package var kind: String
    package var name: String
    /// The network it holds for; nil for all.
    package var network: String?
    package var networkID: Int64?
  }

  package var id: Int64
  package var name: String
  package var mail: String?
  package var isEnabled: Bool
  package var grants: [Grant]
}

package enum AccountQueries {
  /// Checks a user's name, which is that of a Unix account: one line of at most 64 bytes.
  /// - Throws: `.invalid`.
  package static func checkName(_ name: String) throws(ModelError) {
    try TextRule.line(name, as: "user name")
    if name.utf8.count > 64 { throw ModelError(.invalid, "user name '\(TextRule.quoted(name))' is longer than 64 bytes") }
    // Names come from sudo and stand in hints as they are.
    if name.hasPrefix("-") || name.contains(where: \.isWhitespace)
      || name.unicodeScalars.contains(where: { $0.properties.generalCategory == .format })
    {
      throw ModelError(
        .invalid, "user name '\(TextRule.quoted(name))' is not allowed: no spaces, no invisible characters, no '-' at the start")
    }
    if Int64(name) != nil {
      throw ModelError(.invalid, "user name '\(name)' is not allowed: digits alone would read as a number of a user")
    }
  }

  /// Every user, by name.
  package static func all(_ sql: any SQLConnection) throws -> [AccountRecord] {
    try sql.rows("SELECT * FROM account ORDER BY name").map { try record($0, sql) }
  }

  /// The user with this name or number.
  /// - Throws: `.notFound`.
  package static func find(_ sql: any SQLConnection, _ name: String) throws -> AccountRecord {
    guard let row = try sql.row("SELECT * FROM account WHERE name = ? OR id = ?", name, Int64(name)) else {
      throw ModelError(.notFound, "there is no user '\(TextRule.quoted(name))'", hint: "netjob user list shows them")
    }
    return try record(row, sql)
  }

  private static func record(_ row: SQLRow, _ sql: any SQLConnection) throws -> AccountRecord {
    let id = try row.int64("id")
    let grants = try sql.rows(
      """
      SELECT g.kind, g.name, g.network_id, n.name AS network FROM account_grant g LEFT JOIN network n ON n.id = g.network_id
      WHERE g.account_id = ? ORDER BY g.kind DESC, g.name, n.name
      """, id)
    return AccountRecord(
      id: id, name: try row.text("name"), mail: try row.optionalText("mail"), isEnabled: try row.bool("enabled"),
      grants: try grants.map {
        AccountRecord.Grant(
          kind: try $0.text("kind"), name: try $0.text("name"), network: try $0.optionalText("network"),
          networkID: try $0.optionalInt64("network_id"))
      })
  }

  /// The rights of the user with this name: none for an unknown or disabled one.
  package static func rights(_ sql: any SQLConnection, of name: String) throws -> Rights {
    var rights = Rights()
    let rows = try sql.rows(
      """
      SELECT g.kind, g.name, g.network_id FROM account a JOIN account_grant g ON g.account_id = a.id
      WHERE a.name = ? AND a.enabled = 1
      """, name)
    for row in rows {
      let network = try row.optionalInt64("network_id")
      let granted = try row.text("name")
      switch try row.text("kind") {
      case "role":
        guard let role = Role(rawValue: granted) else { continue }
        for permission in role.permissions { rights.add(permission, network: network) }
      default:
        guard let permission = Permission(rawValue: granted) else { continue }
        rights.add(permission, network: network)
      }
    }
    return rights
  }

  /// The error for a caller without `permission`, saying how they could come by it.
  /// - Parameter network: where it is missing; nil where it would have to hold for all networks, or for any.
  package static func denied(
    _ sql: any SQLConnection, _ name: String, _ permission: Permission, network: Int64? = nil
  ) throws -> ModelError {
    let row = try sql.row("SELECT enabled FROM account WHERE name = ?", name)
    if try row?.bool("enabled") == false {
      return ModelError(
        .notPermitted, "user '\(name)' is disabled here", hint: "an administrator can run: netjob user enable \(name)")
    }
    guard row != nil else {
      return ModelError(
        .notPermitted, "user '\(name)' is unknown here: \(permission.rawValue) is needed",
        hint: "an administrator can run: netjob user add \(name) --role operator")
    }
    let place = try network.map { try NetworkQueries.get(sql, id: $0).name }
    return ModelError(
      .notPermitted,
      "user '\(name)' lacks the permission \(permission.rawValue)" + (place.map { " for network '\($0)'" } ?? ""),
      hint: "an administrator can run: netjob user grant \(name) \(permission.rawValue)"
        + (place.map { " --network \($0)" } ?? ""))
  }
}

extension Change {
  /// Adds a user with roles that hold for all networks.
  @discardableResult
  package func addAccount(name: String, mail: String?, roles: [Role]) throws -> Int64 {
    try require(.manageUsers, network: nil)
    for role in roles { try requireMayGrant(role.permissions) }
    return try insertAccount(name: name, mail: mail, roles: roles)
  }

  /// The first administrator of a new installation; nobody is there yet who could be asked for rights.
  package func addFirstAdministrator(name: String) throws {
    guard try sql.row("SELECT id FROM account LIMIT 1") == nil else {
      throw ModelError(.conflict, "there are users already")
    }
    try insertAccount(name: name, mail: nil, roles: [.administrator])
  }

  @discardableResult
  private func insertAccount(name: String, mail: String?, roles: [Role]) throws -> Int64 {
    try AccountQueries.checkName(name)
    if let mail {
      try TextRule.line(mail, as: "mail address")
      if mail.contains(" ") || mail.split(separator: "@", omittingEmptySubsequences: false).count != 2 || mail.hasPrefix("@")
        || mail.hasSuffix("@")
      {
        throw ModelError(.invalid, "mail address '\(TextRule.quoted(mail))' is not of the form NAME@DOMAIN")
      }
    }
    guard try sql.row("SELECT id FROM account WHERE name = ?", name) == nil else {
      throw ModelError(.conflict, "user '\(name)' exists already", hint: "netjob user grant \(name) ROLE gives more rights")
    }
    let id = try sql.insert(
      "INSERT INTO account (name, mail, created_at) VALUES (?, ?, ?) RETURNING id", name, mail, now)
    for role in Set(roles) {
      try sql.execute("INSERT INTO account_grant (account_id, kind, name) VALUES (?, 'role', ?)", id, role.rawValue)
    }
    try audit("user.add", "user \(name)", "roles: \(roles.map(\.rawValue).joined(separator: ", "))")
    return id
  }

  /// Grants a role or permission, for one network or for all.
  package func grant(_ name: String, to account: AccountRecord, network: NetworkRecord?) throws {
    try require(.manageUsers, network: network?.id)
    let kind = try grantKind(name)
    try requireMayGrant(Role(rawValue: name)?.permissions ?? Permission(rawValue: name).map { [$0] } ?? [], network: network?.id)
    let inserted = try sql.execute(
      "INSERT INTO account_grant (account_id, kind, name, network_id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", account.id,
      kind, name, network?.id)
    if inserted > 0 { try audit("user.grant", "user \(account.name)", "\(kind) \(name) on \(network?.name ?? "all networks")") }
  }

  /// Takes a grant back.
  package func revoke(_ name: String, from account: AccountRecord, network: NetworkRecord?) throws {
    try require(.manageUsers, network: network?.id)
    let kind = try grantKind(name)
    let removed = try sql.execute(
      "DELETE FROM account_grant WHERE account_id = ? AND kind = ? AND name = ? AND coalesce(network_id, 0) = ?", account.id,
      kind,
      name, network?.id ?? 0)
    if removed == 0 {
      throw ModelError(
        .notFound, "user '\(account.name)' does not hold the \(kind) \(name) on \(network?.name ?? "all networks")")
    }
    try requireAdministratorLeft()
    try reopenUncoveredApprovals()
    try audit("user.revoke", "user \(account.name)", "\(kind) \(name) on \(network?.name ?? "all networks")")
  }

  /// Lets a user in or shuts them out. Letting one in hands out all the rights that they were granted.
  package func setAccount(_ account: AccountRecord, enabled: Bool) throws {
    try require(.manageUsers, network: nil)
    if enabled {
      for grant in account.grants {
        let permissions = Role(rawValue: grant.name)?.permissions ?? Permission(rawValue: grant.name).map { [$0] } ?? []
        try requireMayGrant(permissions, network: grant.networkID)
      }
    }
    try sql.execute("UPDATE account SET enabled = ? WHERE id = ?", enabled, account.id)
    try requireAdministratorLeft()
    try reopenUncoveredApprovals()
    try audit(enabled ? "user.enable" : "user.disable", "user \(account.name)")
  }

  private func grantKind(_ name: String) throws -> String {
    if Role(rawValue: name) != nil { return "role" }
    if Permission(rawValue: name) != nil { return "permission" }
    throw ModelError(
      .invalid,
      "'\(TextRule.quoted(name))' is no role and no permission: roles are \(Role.allCases.map(\.rawValue).joined(separator: ", ")); "
        + "permissions are \(Permission.allCases.map(\.rawValue).joined(separator: ", "))")
  }

  /// Nobody hands out rights that they do not hold themselves.
  private func requireMayGrant(_ permissions: Set<Permission>, network: Int64? = nil) throws {
    let rights = try AccountQueries.rights(sql, of: caller.name)
    for permission in permissions.sorted(by: { $0.rawValue < $1.rawValue })
    where !rights.allows(permission, network: network) {
      throw ModelError(
        .notPermitted, "user '\(caller.name)' cannot grant \(permission.rawValue) without holding it",
        hint: "somebody who holds it can grant it")
    }
  }

  private func requireAdministratorLeft() throws {
    let left = try sql.row(
      """
      SELECT 1 AS one FROM account a JOIN account_grant g ON g.account_id = a.id
      WHERE a.enabled = 1 AND g.network_id IS NULL AND g.name IN ('administrator', 'administer') LIMIT 1
      """)
    if left == nil { throw ModelError(.conflict, "no administrator would be left") }
  }
}
