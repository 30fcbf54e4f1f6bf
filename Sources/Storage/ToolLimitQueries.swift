internal import JobModel

/// Tools that are limited to roles: whoever holds none of them, for the network of the job, neither makes nor runs jobs of it.
///
/// Who holds `administer` for the network is not held back: they could lift the limit, and a limit that could lock out everybody
/// would be lifted for good the first time it did.
package enum ToolLimitQueries {
  /// The roles of each tool that is limited, by tool.
  package static func all(_ sql: any SQLConnection) throws -> [String: [String]] {
    var limits: [String: [String]] = [:]
    for row in try sql.rows("SELECT tool, role FROM tool_limit ORDER BY tool, role") {
      limits[try row.text("tool"), default: []].append(try row.text("role"))
    }
    return limits
  }

  /// The roles that a tool is limited to, by name; empty when it is open to all.
  package static func roles(_ sql: any SQLConnection, of tool: String) throws -> [String] {
    try sql.rows("SELECT role FROM tool_limit WHERE tool = ? ORDER BY role", tool).map { try $0.text("role") }
  }

  /// Whether the limits let `user` make and run jobs of the tool in the network.
  package static func allows(_ sql: any SQLConnection, tool: String, user: String, network: Int64) throws -> Bool {
    let roles = try roles(sql, of: tool)
    if roles.isEmpty { return true }
    if try AccountQueries.rights(sql, of: user).allows(.administer, network: network) { return true }
    return try sql.row(
      """
      SELECT 1 AS one FROM account a JOIN account_grant g ON g.account_id = a.id JOIN tool_limit l ON l.role = g.name
      WHERE a.name = ? AND a.enabled = 1 AND g.kind = 'role' AND l.tool = ? AND (g.network_id IS NULL OR g.network_id = ?)
      LIMIT 1
      """, user, tool, network) != nil
  }

  /// What the limit says, in a few words: `tool 'x' is limited to the roles a, b`.
  package static func text(_ tool: String, _ roles: [String]) -> String {
    "tool '\(tool)' is limited to the \(roles.count == 1 ? "role" : "roles") \(roles.joined(separator: ", "))"
  }
}

extension Change {
  /// Limits a tool to roles; those that it was limited to before no longer count.
  /// - Throws: `.notFound` for a role that there is not, `.invalid` for none.
  package func limitTool(_ tool: String, to roles: Set<String>) throws {
    try require(.administer, network: nil)
    try TextRule.line(tool, as: "tool name")
    if roles.isEmpty { throw ModelError(.invalid, "a tool is limited to at least one role") }
    for role in roles.sorted() { _ = try RoleQueries.find(sql, role) }
    let before = try ToolLimitQueries.roles(sql, of: tool)
    if Set(before) == roles { return }
    try sql.execute("DELETE FROM tool_limit WHERE tool = ?", tool)
    for role in roles.sorted() { try sql.execute("INSERT INTO tool_limit (tool, role) VALUES (?, ?)", tool, role) }
    try auditLimit(tool, before, roles.sorted())
  }

  /// Opens a tool to everyone whose permissions suffice.
  /// - Throws: `.notFound` when it is not limited.
  package func unlimitTool(_ tool: String) throws {
    try require(.administer, network: nil)
    let before = try ToolLimitQueries.roles(sql, of: tool)
    if before.isEmpty {
      throw ModelError(.notFound, "tool '\(TextRule.quoted(tool))' is not limited", hint: "netjob tool list shows the limits")
    }
    try sql.execute("DELETE FROM tool_limit WHERE tool = ?", tool)
    try auditLimit(tool, before, [])
  }

  private func auditLimit(_ tool: String, _ before: [String], _ after: [String]) throws {
    func words(_ roles: [String]) -> String { roles.isEmpty ? "everyone" : roles.joined(separator: ", ") }
    try audit("tool.limit", "tool \(tool)", "\(words(before)) -> \(words(after))")
  }

  /// Checks that the limits let the caller make and run jobs of the tool (nil: of none) in the network.
  /// - Throws: `.notPermitted`, naming the tool, its roles and who can help.
  package func requireTool(_ tool: String?, network: Int64) throws {
    guard let tool, try !ToolLimitQueries.allows(sql, tool: tool, user: caller.name, network: network) else { return }
    let roles = try ToolLimitQueries.roles(sql, of: tool)
    let place = try NetworkQueries.get(sql, id: network).name
    throw ModelError(
      .notPermitted,
      "\(ToolLimitQueries.text(tool, roles)): user '\(caller.name)' \(roles.count == 1 ? "does not hold it" : "holds none of them") for network '\(place)'",
      hint: "an administrator can run: netjob user grant \(caller.name) \(roles.first ?? "administrator") --network \(place)")
  }
}
