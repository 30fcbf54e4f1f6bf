private import Arguments
private import JobModel
private import Storage
private import Terminal

extension RoleCommands {
  private static let newName = Operand<String>("NAME", help: "the role's name")
  private static let name = Operand<String>("NAME", help: "the role's name", completion: .dynamic("role"))
  private static let permissions = RepeatedOption<Permission>(
    "permission", short: "p", valueName: "PERMISSION", help: "a permission that it gives; repeatable", atLeast: 1)
  private static let newPermissions = RepeatedOption<Permission>(
    "permission", short: "p", valueName: "PERMISSION",
    help: "a permission that it gives, in place of all that it gave; give it for each")
  private static let added = RepeatedOption<Permission>(
    "add", valueName: "PERMISSION", help: "a permission that it gives as well; repeatable")
  private static let removed = RepeatedOption<Permission>(
    "remove", valueName: "PERMISSION", help: "a permission that it no longer gives; repeatable")
  private static let comment = Option<String>("comment", valueName: "TEXT", help: "who it is for", allowsEmpty: true)
  private static let yes = Flag("yes", short: "y", help: "do not ask")

  static let add = Command(
    ["role", "add"], summary: "add a role of your own", needs: [.permission(.manageUsers)],
    parameters: [newName, permissions, comment],
    examples: [
      Example(
        "netjob role add backup-operator --permission view --permission run-job --comment 'the night shift'",
        "a role that sees everything and runs the jobs that change nothing")
    ],
    exitCodes: [ExitCode(6, "there is such a role already")], seeAlso: ["user grant", "tool limit"]
  ) { context, arguments in
    let role = try context.store.change(as: context.caller) {
      try $0.addRole(
        name: arguments[newName], comment: arguments[comment] ?? "", permissions: Set(arguments[permissions]))
    }
    context.show(document(role)) {
      context.note("role '\(role.name)' added")
      context.hint("netjob user grant USER \(role.name) gives it to somebody")
    }
    return .done
  }

  private static let columns = Listing<RoleRecord>([
    .init("name"), .init("builtIn"), .init("permissions"), .init("comment", priority: 1),
  ])

  static let listAll = Command(
    ["role", "list"], summary: "list the roles and what they give", needs: [.permission(.view)], parameters: columns.parameters,
    examples: [Example("netjob role list", "list the built-in roles and your own")]
  ) { context, arguments in
    let roles = try context.store.read { try RoleQueries.all($0) }
    columns.show(roles, context, arguments) { document($0) }
    return .done
  }

  static let show = Command(
    ["role", "show"], summary: "show a role, who holds it and which tools are limited to it", needs: [.permission(.view)],
    parameters: [name], examples: [Example("netjob role show operator", "show what an operator may do, and who is one")],
    seeAlso: ["user show"]
  ) { context, arguments in
    let (role, holders, tools) = try context.store.read { sql in
      let role = try RoleQueries.find(sql, arguments[name])
      let rights = try AccountQueries.rights(sql, of: context.caller.name)
      let holders = try RoleQueries.holders(sql, of: role.name).filter { UserCommands.sees($0.networkID, rights) }
      let tools = try ToolLimitQueries.all(sql).filter { $0.value.contains(role.name) }.keys.sorted()
      return (role, holders, tools)
    }
    context.show(document(role, holders: holders, tools: tools)) {
      var block = FieldBlock()
      block.add("Name", key: "name", .text(role.name))
      block.add("Comment", key: "comment", .text(role.comment))
      block.add("Built in", key: "builtIn", .bool(role.isBuiltIn))
      block.add("Permissions", key: "permissions", .list(role.permissionNames))
      block.add("Held by", key: "holders", .list(holders.map(word)))
      block.add("Tools limited to it", key: "tools", .list(tools))
      block.write(to: context.output)
    }
    return .done
  }

  static let edit = Command(
    ["role", "edit"], summary: "change a role of your own, and the rights of all who hold it",
    discussion: "It holds at once, also for jobs that wait and triggers that fire for those who hold the role.",
    needs: [.permission(.manageUsers)], parameters: [name, newPermissions, added, removed, comment],
    constraints: [
      .atLeastOneOf([newPermissions, added, removed, comment]), .atMostOneOf([newPermissions, added]),
      .atMostOneOf([newPermissions, removed]),
    ],
    examples: [
      Example("netjob role edit backup-operator --add edit-job", "let them make jobs as well"),
      Example("netjob role edit backup-operator -p view", "leave them nothing but looking"),
    ],
    exitCodes: [ExitCode(6, "the role is built in, or no administrator would be left")], seeAlso: ["role show"]
  ) { context, arguments in
    let (role, holders) = try context.store.change(as: context.caller) { change in
      let role = try RoleQueries.find(change.sql, arguments[name])
      var permissions: Set<Permission>?
      if !arguments[newPermissions].isEmpty { permissions = Set(arguments[newPermissions]) }
      if !arguments[added].isEmpty || !arguments[removed].isEmpty {
        permissions = role.permissions.union(arguments[added]).subtracting(arguments[removed])
      }
      try change.editRole(role, comment: arguments[comment], permissions: permissions)
      let rights = try AccountQueries.rights(change.sql, of: context.caller.name)
      return (
        try RoleQueries.find(change.sql, role.name),
        try RoleQueries.holders(change.sql, of: role.name).filter { UserCommands.sees($0.networkID, rights) }
      )
    }
    context.show(document(role)) {
      let people = Set(holders.map(\.user)).sorted()
      context.note("role '\(role.name)' changed" + (people.isEmpty ? "" : ", held by \(people.joined(separator: ", "))"))
    }
    return .done
  }

  static let delete = Command(
    ["role", "delete"], summary: "delete a role of your own that nobody holds",
    discussion: """
      A role that somebody holds, or that a tool is limited to, is not deleted, not even with --yes: taking rights from people \
      is 'user revoke', which names each of them in the audit log.
      """,
    needs: [.permission(.manageUsers)], parameters: [name, yes],
    examples: [Example("netjob role delete backup-operator --yes", "delete a role without being asked")],
    exitCodes: [ExitCode(6, "somebody holds it, a tool is limited to it, or it is built in")], seeAlso: ["user revoke"]
  ) { context, arguments in
    let role = try context.store.read { try RoleQueries.find($0, arguments[name]) }
    try context.confirm("delete role '\(role.name)'?", yes: arguments[yes])
    try context.store.change(as: context.caller) { try $0.deleteRole(role) }
    context.show(document(role)) { context.note("role '\(role.name)' deleted") }
    return .done
  }

  private static func word(_ holder: RoleQueries.Holder) -> String {
    holder.network.map { "\(holder.user)@\($0)" } ?? holder.user
  }
}
