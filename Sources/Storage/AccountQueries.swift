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
    /// What it gives now.
    package var permissions: Set<Permission>
  }

  package var id: Int64
  package var name: String
  package var mail: String?
  package var isEnabled: Bool
  package var grants: [Grant]
}

/// A permission that a user holds, and where from.
package struct HeldRight: Equatable, Sendable {
  package var permission: Permission
  /// The network it holds for; nil for all.
  package var network: String?
  package var networkID: Int64?
  /// The grants that give it, each of which would suffice.
  package var sources: [AccountRecord.Grant]
}

extension AccountRecord {
  /// What the grants come to while the user is enabled: by permission, then network. One that holds for all networks stands
  /// alone.
  package var heldRights: [HeldRight] {
    Permission.allCases.flatMap { permission -> [HeldRight] in
      let giving = grants.filter { $0.permissions.contains(permission) }
      let everywhere = giving.filter { $0.networkID == nil }
      if !everywhere.isEmpty { return [HeldRight(permission: permission, sources: everywhere)] }
      return Dictionary(grouping: giving, by: \.networkID).values.map { sources in
        HeldRight(
          permission: permission, network: sources[0].network, networkID: sources[0].networkID, sources: sources)
      }.sorted { ($0.network ?? "") < ($1.network ?? "") }
    }
  }
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
    let roles = try roles(sql)
    return try sql.rows("SELECT * FROM account ORDER BY name").map { try record($0, sql, roles) }
  }

  /// The user with this name or number.
  /// - Throws: `.notFound`.
  package static func find(_ sql: any SQLConnection, _ name: String) throws -> AccountRecord {
    guard let row = try sql.row("SELECT * FROM account WHERE name = ? OR id = ?", name, Int64(name)) else {
      throw ModelError(.notFound, "there is no user '\(TextRule.quoted(name))'", hint: "netjob user list shows them")
    }
    return try record(row, sql, try roles(sql))
  }

  private static func roles(_ sql: any SQLConnection) throws -> [String: Set<Permission>] {
    Dictionary(try RoleQueries.all(sql).map { ($0.name, $0.permissions) }, uniquingKeysWith: { first, _ in first })
  }

  private static func record(
    _ row: SQLRow, _ sql: any SQLConnection, _ roles: [String: Set<Permission>]
  ) throws -> AccountRecord {
    let id = try row.int64("id")
    let grants = try sql.rows(
      """
      SELECT g.kind, g.name, g.network_id, n.name AS network FROM account_grant g LEFT JOIN network n ON n.id = g.network_id
      WHERE g.account_id = ? ORDER BY g.kind DESC, g.name, n.name
      """, id)
    return AccountRecord(
      id: id, name: try row.text("name"), mail: try row.optionalText("mail"), isEnabled: try row.bool("enabled"),
      grants: try grants.map { grant in
        let kind = try grant.text("kind")
        let name = try grant.text("name")
        var permissions = kind == "role" ? roles[name] ?? [] : Permission(rawValue: name).map { [$0] } ?? []
        if permissions.contains(.administer) { permissions = Set(Permission.allCases) }
        return AccountRecord.Grant(
          kind: kind, name: name, network: try grant.optionalText("network"), networkID: try grant.optionalInt64("network_id"),
          permissions: permissions)
      })
  }

  /// The rights of the user with this name: none for an unknown or disabled one.
  package static func rights(_ sql: any SQLConnection, of name: String) throws -> Rights {
    var rights = Rights()
    let rows = try sql.rows(
      """
      SELECT g.kind, g.name, g.network_id, p.permission FROM account a JOIN account_grant g ON g.account_id = a.id
      LEFT JOIN role_permission p ON g.kind = 'role' AND p.role = g.name WHERE a.name = ? AND a.enabled = 1
      """, name)
    for row in rows {
      let network = try row.optionalInt64("network_id")
      let granted = try row.text("name")
      if try row.text("kind") == "role", let role = Role(rawValue: granted) {
        for permission in role.permissions { rights.add(permission, network: network) }
      } else if let permission = Permission(rawValue: try row.optionalText("permission") ?? granted) {
        rights.add(permission, network: network)
      }
    }
    return rights
  }

  /// The rights of every user who is let in, by name.
  package static func allRights(_ sql: any SQLConnection) throws -> [String: Rights] {
    var result: [String: Rights] = [:]
    for account in try all(sql) where account.isEnabled { result[account.name] = rights(of: account) }
    return result
  }

  /// What a user's grants come to, were they let in.
  private static func rights(of account: AccountRecord) -> Rights {
    var rights = Rights()
    for grant in account.grants {
      for permission in grant.permissions { rights.add(permission, network: grant.networkID) }
    }
    return rights
  }

  /// Why a user cannot be told of a network by mail; nil where they can.
  /// - Parameter network: nil for what is about no network.
  static func problem(_ sql: any SQLConnection, ofMailing user: String, network: Int64?) throws -> String? {
    guard let row = try sql.row("SELECT enabled, mail FROM account WHERE name = ?", user) else { return "no such user" }
    guard try row.bool("enabled") else { return "the user is disabled" }
    guard try row.optionalText("mail") != nil else { return "the user has no mail address" }
    return try rights(sql, of: user).allows(.view, network: network) ? nil : "the user may not see the network"
  }

  /// Why `user` may not run the job now, in a few words for its history; nil when they may.
  package static func refusal(_ sql: any SQLConnection, of user: String, toRun job: JobRecord) throws -> String? {
    let permission = job.type.runPermission
    let who = "user '\(user)', for whom it runs,"
    guard try rights(sql, of: user).allows(permission, network: job.networkID) else {
      guard let row = try sql.row("SELECT enabled FROM account WHERE name = ?", user) else {
        return "\(who) is no user here any more; netjob job edit makes the job somebody else's"
      }
      return try row.bool("enabled") ? "\(who) lacks \(permission.rawValue)" : "\(who) is disabled"
    }
    guard let tool = job.definition.tool,
      try !ToolLimitQueries.allows(sql, tool: tool, user: user, network: job.networkID)
    else { return nil }
    return "\(who) may not use it: \(ToolLimitQueries.text(tool, try ToolLimitQueries.roles(sql, of: tool)))"
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
        hint: (try? checkName(name)).map { "an administrator can run: netjob user add \(name) --role operator" })
    }
    // By its number, where they do not see it: what networks there are is no business of theirs.
    let rights = try rights(sql, of: name)
    let place = try network.map { id in
      rights.allows(.view, network: id) ? try NetworkQueries.get(sql, id: id).name : String(id)
    }
    let isNamed = network.map { rights.allows(.view, network: $0) } ?? false
    return ModelError(
      .notPermitted,
      "user '\(name)' lacks the permission \(permission.rawValue)"
        + (place.map { isNamed ? " for network '\($0)'" : " for network \($0)" } ?? ""),
      hint: "an administrator can run: netjob user grant \(name) \(permission.rawValue)"
        + (place.map { " --network \($0)" } ?? ""))
  }
}
