package import JobModel

/// A role: a named set of permissions, built in or the installation's own.
package struct RoleRecord: Equatable, Sendable {
  package var name: String
  package var comment: String
  package var permissions: Set<Permission>
  /// It is part of the program and never changes.
  package var isBuiltIn: Bool

  init(_ role: Role) {
    name = role.rawValue
    comment = role.summary
    permissions = role.permissions
    isBuiltIn = true
  }

  init(name: String, comment: String, permissions: Set<Permission>) {
    self.name = name
    self.comment = comment
    self.permissions = permissions
    isBuiltIn = false
  }

  /// Its permissions in the order of the documentation.
  package var permissionNames: [String] { Permission.allCases.filter(permissions.contains).map(\.rawValue) }
}

package enum RoleQueries {
  /// Someone who holds a role.
  package struct Holder: Equatable, Sendable {
    package var user: String
    /// The network it holds for; nil for all.
    package var network: String?
    package var networkID: Int64?
  }

  /// Every role: the built-in ones, then the installation's own by name.
  package static func all(_ sql: any SQLConnection) throws -> [RoleRecord] {
    var permissions: [String: Set<Permission>] = [:]
    for row in try sql.rows("SELECT role, permission FROM role_permission") {
      guard let permission = Permission(rawValue: try row.text("permission")) else { continue }
      permissions[try row.text("role"), default: []].insert(permission)
    }
    let own = try sql.rows("SELECT name, comment FROM role ORDER BY name").map { row in
      let name = try row.text("name")
      return RoleRecord(name: name, comment: try row.text("comment"), permissions: permissions[name] ?? [])
    }
    return Role.allCases.map(RoleRecord.init) + own
  }

  /// The role with this name.
  /// - Throws: `.notFound`.
  package static func find(_ sql: any SQLConnection, _ name: String) throws -> RoleRecord {
    guard let role = try all(sql).first(where: { $0.name == name }) else {
      throw ModelError(.notFound, "there is no role '\(TextRule.quoted(name))'", hint: "netjob role list shows them")
    }
    return role
  }

  /// Who holds the role, disabled users included, by name.
  package static func holders(_ sql: any SQLConnection, of name: String) throws -> [Holder] {
    try sql.rows(
      """
      SELECT a.name, g.network_id, n.name AS network FROM account_grant g JOIN account a ON a.id = g.account_id
      LEFT JOIN network n ON n.id = g.network_id WHERE g.kind = 'role' AND g.name = ? ORDER BY a.name, n.name
      """, name
    ).map {
      Holder(
        user: try $0.text("name"), network: try $0.optionalText("network"), networkID: try $0.optionalInt64("network_id"))
    }
  }

  /// The permissions that a role or a permission of this name stands for.
  /// - Throws: `.notFound` for a name that is neither.
  static func permissions(_ sql: any SQLConnection, of right: String) throws -> (kind: String, permissions: Set<Permission>) {
    if let permission = Permission(rawValue: right) { return ("permission", [permission]) }
    if let role = try all(sql).first(where: { $0.name == right }) { return ("role", role.permissions) }
    throw ModelError(
      .notFound, "'\(TextRule.quoted(right))' is no role and no permission",
      hint: "netjob role list shows the roles; permissions are \(Permission.allCases.map(\.rawValue).joined(separator: ", "))")
  }
}

extension Change {
  /// Adds a role of the installation's own.
  /// - Throws: `.conflict` when there is one of that name already, `.invalid` for a name that would read as something else.
  @discardableResult
  package func addRole(name: String, comment: String, permissions: Set<Permission>) throws -> RoleRecord {
    try require(.manageUsers, network: nil)
    try TextRule.name(name, of: "role")
    try TextRule.prose(comment, as: "comment")
    if let permission = Permission.allCases.first(where: { $0.rawValue == name.lowercased() }) {
      throw ModelError(.invalid, "role name '\(name)' is not allowed: \(permission.rawValue) is a permission")
    }
    if let role = try RoleQueries.all(sql).first(where: { $0.name.lowercased() == name.lowercased() }) {
      let isSame = role.name == name ? "exists already" : "cannot be told from the role '\(role.name)'"
      throw ModelError(
        .conflict, "role '\(name)' \(isSame)",
        hint: role.isBuiltIn ? "built-in roles never change" : "netjob role edit \(role.name) changes it")
    }
    if permissions.isEmpty { throw ModelError(.invalid, "role '\(name)' needs a permission") }
    try requireMayGrant(permissions)
    try sql.execute("INSERT INTO role (name, comment, created_at, updated_at) VALUES (?, ?, ?, ?)", name, comment, now, now)
    try insertPermissions(permissions, of: name)
    let role = try RoleQueries.find(sql, name)
    try audit("role.add", "role \(name)", role.permissionNames.joined(separator: ", "))
    return role
  }

  /// Changes a role of the installation's own, and with it the rights of all who hold it.
  /// - Throws: `.notPermitted` when it would get a permission that the caller does not hold for all networks, `.conflict` for a
  ///   built-in role, or when no administrator would be left.
  package func editRole(_ seen: RoleRecord, comment: String?, permissions: Set<Permission>?) throws {
    try require(.manageUsers, network: nil)
    let role = try RoleQueries.find(sql, seen.name)
    try requireOwn(role)
    if let comment { try TextRule.prose(comment, as: "comment") }
    var after = role
    after.comment = comment ?? role.comment
    after.permissions = permissions ?? role.permissions
    if after.permissions.isEmpty {
      throw ModelError(.invalid, "role '\(role.name)' would have no permission left", hint: "netjob role delete removes it")
    }
    if after == role { return }
    try requireMayGrant(after.permissions.subtracting(role.permissions))
    try sql.execute("UPDATE role SET comment = ?, updated_at = ? WHERE name = ?", after.comment, now, role.name)
    try sql.execute("DELETE FROM role_permission WHERE role = ?", role.name)
    try insertPermissions(after.permissions, of: role.name)
    try requireAdministratorLeft()
    var detail =
      after.permissions == role.permissions
      ? []
      : [
        "\(role.permissionNames.joined(separator: ", ")) -> \(after.permissionNames.joined(separator: ", "))"
      ]
    if after.comment != role.comment { detail.append("comment changed") }
    try audit("role.edit", "role \(role.name)", detail.joined(separator: "; "))
    try reopenUncoveredApprovals()
  }

  /// Deletes a role of the installation's own.
  /// - Throws: `.conflict` while someone holds it, naming them, or a tool is limited to it.
  package func deleteRole(_ role: RoleRecord) throws {
    try require(.manageUsers, network: nil)
    try requireOwn(role)
    let holders = try RoleQueries.holders(sql, of: role.name)
    if let first = holders.first {
      let names = holders.map { holder in holder.network.map { "\(holder.user)@\($0)" } ?? holder.user }
      throw ModelError(
        .conflict, "role '\(role.name)' is held by \(names.joined(separator: ", "))",
        hint: "take it back first: netjob user revoke \(first.user) \(role.name)"
          + (first.network.map { " --network \($0)" } ?? ""))
    }
    if let tool = try sql.row("SELECT tool FROM tool_limit WHERE role = ? ORDER BY tool LIMIT 1", role.name)?.text("tool") {
      throw ModelError(
        .conflict, "tool '\(tool)' is limited to role '\(role.name)'",
        hint: "netjob tool limit \(tool) --role ROLE names other roles; netjob tool unlimit \(tool) opens it to all")
    }
    try sql.execute("DELETE FROM role WHERE name = ?", role.name)
    try audit("role.delete", "role \(role.name)", role.permissionNames.joined(separator: ", "))
  }

  private func requireOwn(_ role: RoleRecord) throws(ModelError) {
    if role.isBuiltIn {
      throw ModelError(
        .conflict, "role '\(role.name)' is built in and never changes",
        hint: "netjob role add NAME --permission PERMISSION makes one of your own")
    }
  }

  private func insertPermissions(_ permissions: Set<Permission>, of role: String) throws {
    for permission in Permission.allCases where permissions.contains(permission) {
      try sql.execute("INSERT INTO role_permission (role, permission) VALUES (?, ?)", role, permission.rawValue)
    }
  }
}
