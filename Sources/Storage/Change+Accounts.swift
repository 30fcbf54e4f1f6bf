package import JobModel

extension Change {
  /// Adds a user with roles that hold for all networks.
  @discardableResult
  package func addAccount(name: String, mail: String?, roleNames roles: [String]) throws -> Int64 {
    try require(.manageUsers, network: nil)
    for role in Set(roles).sorted() { try requireMayGrant(role: try RoleQueries.find(sql, role)) }
    return try insertAccount(name: name, mail: mail, roles: roles)
  }

  /// Adds a user with built-in roles that hold for all networks.
  @discardableResult
  package func addAccount(name: String, mail: String?, roles: [Role]) throws -> Int64 {
    try addAccount(name: name, mail: mail, roleNames: roles.map(\.rawValue))
  }

  /// The first administrator of a new installation; nobody is there yet who could be asked for rights.
  package func addFirstAdministrator(name: String) throws {
    guard try sql.row("SELECT id FROM account LIMIT 1") == nil else {
      throw ModelError(.conflict, "there are users already")
    }
    try insertAccount(name: name, mail: nil, roles: [Role.administrator.rawValue])
  }

  @discardableResult
  private func insertAccount(name: String, mail: String?, roles: [String]) throws -> Int64 {
    try AccountQueries.checkName(name)
    if let mail { try MailAddress.check(mail) }
    // Approvals take names that differ in their letters' case alone for one person: two of them could decide nothing.
    if let other = try sql.row("SELECT name FROM account WHERE lower(name) = lower(?)", name)?.text("name") {
      throw ModelError(
        .conflict, "user '\(other)' exists already", hint: "netjob user grant \(other) ROLE gives more rights")
    }
    let id = try sql.insert(
      "INSERT INTO account (name, mail, created_at) VALUES (?, ?, ?) RETURNING id", name, mail, now)
    let roles = Set(roles).sorted()
    for role in roles {
      try sql.execute("INSERT INTO account_grant (account_id, kind, name) VALUES (?, 'role', ?)", id, role)
    }
    try audit("user.add", "user \(name)", "roles: \(roles.joined(separator: ", "))")
    return id
  }

  /// Sets where a user's notifications go; nil is nowhere.
  package func setMail(_ mail: String?, of account: AccountRecord) throws {
    try require(.manageUsers, network: nil)
    if let mail { try MailAddress.check(mail) }
    let account = try AccountQueries.find(sql, account.name)
    if account.mail == mail { return }
    try sql.execute("UPDATE account SET mail = ? WHERE id = ?", mail, account.id)
    try audit("user.edit", "user \(account.name)", "mail: \(account.mail ?? "none") -> \(mail ?? "none")")
  }

  /// Grants a role or permission, for one network or for all.
  package func grant(_ name: String, to account: AccountRecord, network: NetworkRecord?) throws {
    try require(.manageUsers, network: network?.id)
    let kind = try requireMayGrant(name, network: network?.id)
    let inserted = try sql.execute(
      "INSERT INTO account_grant (account_id, kind, name, network_id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", account.id,
      kind, name, network?.id)
    if inserted > 0 { try audit("user.grant", "user \(account.name)", "\(kind) \(name) on \(network?.name ?? "all networks")") }
  }

  /// Takes a grant back. It takes the rights that it would take to grant it again.
  package func revoke(_ name: String, from account: AccountRecord, network: NetworkRecord?) throws {
    try require(.manageUsers, network: network?.id)
    let kind = try requireMayGrant(name, network: network?.id)
    let removed = try sql.execute(
      "DELETE FROM account_grant WHERE account_id = ? AND kind = ? AND name = ? AND coalesce(network_id, 0) = ?", account.id,
      kind, name, network?.id ?? 0)
    if removed == 0 {
      throw ModelError(
        .notFound, "user '\(account.name)' does not hold the \(kind) \(name) on \(network?.name ?? "all networks")",
        hint: "netjob user show \(account.name) shows what they hold")
    }
    try requireAdministratorLeft()
    try audit("user.revoke", "user \(account.name)", "\(kind) \(name) on \(network?.name ?? "all networks")")
    try reopenUncoveredApprovals()
  }

  /// Lets a user in or shuts them out. Letting one in hands out all the rights that they were granted.
  package func setAccount(_ account: AccountRecord, enabled: Bool) throws {
    try require(.manageUsers, network: nil)
    let account = try AccountQueries.find(sql, account.name)
    if enabled { try requireMayGrantAll(of: account) }
    if account.isEnabled == enabled { return }
    try sql.execute("UPDATE account SET enabled = ? WHERE id = ?", enabled, account.id)
    try requireAdministratorLeft()
    try audit(enabled ? "user.enable" : "user.disable", "user \(account.name)")
    try reopenUncoveredApprovals()
  }

  /// Deletes a user. What they did keeps their name in history, approvals and audit; jobs that they own no longer run.
  ///
  /// As it cannot be undone, it takes the rights that it would take to grant them all again.
  /// - Throws: `.conflict` for the caller's own, and when no administrator would be left.
  package func deleteAccount(_ account: AccountRecord) throws {
    try require(.manageUsers, network: nil)
    let account = try AccountQueries.find(sql, account.name)
    if account.name == caller.name {
      throw ModelError(
        .conflict, "user '\(account.name)' cannot delete themselves", hint: "somebody else who manages the users can")
    }
    try requireMayGrantAll(of: account)
    try sql.execute("DELETE FROM account WHERE id = ?", account.id)
    try requireAdministratorLeft()
    let grants = account.grants.map { "\($0.name)\($0.network.map { "@\($0)" } ?? "")" }
    try audit("user.delete", "user \(account.name)", "held: \(grants.isEmpty ? "nothing" : grants.joined(separator: ", "))")
    // The name may come back for somebody else: what this one approved must not count for them.
    try sql.execute(
      """
      DELETE FROM approval_vote WHERE user = ? AND request_id IN
        (SELECT id FROM approval_request WHERE status IN ('requested', 'approved') AND execution_id IS NULL)
      """, account.name)
    try reopenUncoveredApprovals()
  }

  /// - Returns: whether `name` is a role or a permission, as the table has it.
  private func requireMayGrant(_ name: String, network: Int64?) throws -> String {
    let (kind, permissions) = try RoleQueries.permissions(sql, of: name)
    if kind == "role" {
      try requireMayGrant(role: try RoleQueries.find(sql, name), network: network)
    } else {
      try requireMayGrant(permissions, network: network)
    }
    return kind
  }

  private func requireMayGrantAll(of account: AccountRecord) throws {
    for grant in account.grants {
      if grant.kind == "role" {
        try requireMayGrant(role: try RoleQueries.find(sql, grant.name), network: grant.networkID)
      } else {
        try requireMayGrant(grant.permissions, network: grant.networkID)
      }
    }
  }

  /// Nobody hands out a role whose permissions they lack; nor one that opens a limited tool, unless they hold it too.
  private func requireMayGrant(role: RoleRecord, network: Int64? = nil) throws {
    try requireMayGrant(role.permissions, network: network)
    guard let tool = try sql.row("SELECT tool FROM tool_limit WHERE role = ? ORDER BY tool LIMIT 1", role.name)?.text("tool"),
      try !AccountQueries.rights(sql, of: caller.name).allows(.administer, network: network),
      try !RoleQueries.holders(sql, of: role.name).contains(where: {
        $0.user == caller.name && ($0.networkID == nil || $0.networkID == network)
      })
    else { return }
    throw ModelError(
      .notPermitted,
      "user '\(caller.name)' cannot grant or revoke the role \(role.name) without holding it: tool '\(tool)' is limited to it",
      hint: "an administrator can")
  }

  /// Nobody hands out rights that they do not hold themselves.
  func requireMayGrant(_ permissions: Set<Permission>, network: Int64? = nil) throws {
    let rights = try AccountQueries.rights(sql, of: caller.name)
    for permission in permissions.sorted(by: { $0.rawValue < $1.rawValue })
    where !rights.allows(permission, network: network) {
      throw ModelError(
        .notPermitted, "user '\(caller.name)' cannot grant or revoke \(permission.rawValue) without holding it",
        hint: "somebody who holds it can")
    }
  }

  /// Checks that someone who is let in may do everything, for all networks.
  /// - Throws: `.conflict`.
  func requireAdministratorLeft() throws {
    let left = try sql.row(
      """
      SELECT 1 AS one FROM account a JOIN account_grant g ON g.account_id = a.id
      LEFT JOIN role_permission p ON g.kind = 'role' AND p.role = g.name
      WHERE a.enabled = 1 AND g.network_id IS NULL
        AND (g.name IN ('administrator', 'administer') OR p.permission = 'administer') LIMIT 1
      """)
    if left == nil { throw ModelError(.conflict, "no administrator would be left") }
  }
}
