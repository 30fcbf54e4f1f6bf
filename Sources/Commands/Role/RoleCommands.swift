package import Arguments
internal import JobModel
internal import Storage
internal import Terminal

/// `netjob role`: named sets of permissions.
package enum RoleCommands {
  package static let group = CommandGroup(
    "role", section: Sections.administration, summary: "named sets of permissions",
    discussion: """
      A role is granted to a user with 'netjob user grant', for all networks or for one. The built-in roles never change; your \
      own can be changed, which changes the rights of everybody who holds them at once. Nobody can put a permission into a role \
      that they do not hold themselves for all networks.

      Built-in roles:


      """
        + Role.allCases.map { role in
          "- \(role.rawValue): \(role == .administrator ? "everything" : RoleRecord.words(role.permissions))"
        }.joined(separator: "\n") + "\n\nPermissions:\n\n"
        + Permission.allCases.map { "- \($0.rawValue): \($0.summary)" }.joined(separator: "\n"),
    defaultVerb: "list")

  package static let list: [Command] = [add, listAll, show, edit, delete]

  /// The role for `--json`.
  static func document(_ role: RoleRecord, holders: [RoleQueries.Holder]? = nil, tools: [String]? = nil) -> JSONValue {
    var members: [JSONValue.Member] = [
      .init("name", .string(role.name)), .init("comment", .string(role.comment)), .init("builtIn", .bool(role.isBuiltIn)),
      .init("permissions", .strings(role.permissionNames)),
    ]
    if let holders {
      members.append(
        .init("holders", .array(holders.map { ["user": .string($0.user), "network": .optional($0.network)] })))
    }
    if let tools { members.append(.init("tools", .strings(tools))) }
    return .object(members)
  }
}

extension RoleRecord {
  /// Permissions in the order of the documentation, as words.
  fileprivate static func words(_ permissions: Set<Permission>) -> String {
    Permission.allCases.filter(permissions.contains).map(\.rawValue).joined(separator: ", ")
  }
}

extension Permission: ArgumentValue {}
