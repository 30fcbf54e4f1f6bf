private import Arguments
private import JobModel
private import Storage
private import Terminal

/// `netjob whoami`: whom the program takes the caller for.
package enum WhoamiCommand {
  package static let command = Command(
    ["whoami"], section: Sections.start, summary: "show who you are here and what you may do",
    discussion: """
      With --json, permissions is an array of words: 'view' holds for all networks, 'view@branches' for the network 'branches'.

      You are the account of your user id, or, where sudo brought you to the account that owns the database, the person whom \
      sudo vouches for. The variables USER and LOGNAME are not looked at.
      """,
    needs: [.openedDatabase], examples: [Example("netjob whoami", "show your permissions and the roles that give them")],
    seeAlso: ["user show"]
  ) { context, _ in
    let name = context.caller.name
    let (rights, account, networks) = try context.store.read { sql in
      (
        try AccountQueries.rights(sql, of: name), try AccountQueries.all(sql).first { $0.name == name },
        try NetworkQueries.all(sql)
      )
    }
    let held = Permission.allCases.flatMap { words($0, rights, networks) }
    context.show([
      "user": .string(name), "delegated": .bool(context.caller.isDelegated), "permissions": .strings(held),
    ]) {
      var block = FieldBlock()
      block.add("User", key: "user", .text(name))
      block.add("Delegated", key: "delegated", .bool(context.caller.isDelegated))
      block.write(to: context.output)
      if held.isEmpty {
        let reason = account.map { $0.isEnabled ? "nothing is granted to you" : "you are disabled" } ?? "you are unknown here"
        context.note("you have no rights: \(reason)")
      }
      var table = Table(columns: [.init("PERMISSION"), .init("FROM"), .init("ALLOWS TO", priority: 1)])
      for permission in Permission.allCases {
        for word in words(permission, rights, networks) {
          let sources = (account?.grants ?? []).filter { gives($0, permission, word) }.map(UserCommands.word)
          table.append([.text(word), .list(sources), .text(permission.summary)])
        }
      }
      if !table.isEmpty && context.output.isTerminal { context.output.writeLine() }
      table.write(to: context.output)
    }
    return .done
  }

  private static func words(_ permission: Permission, _ rights: Rights, _ networks: [NetworkRecord]) -> [String] {
    switch rights.scope(of: permission) {
    case nil: []
    case .all: [permission.rawValue]
    case .networks(let ids): networks.filter { ids.contains($0.id) }.map { "\(permission.rawValue)@\($0.name)" }
    }
  }

  /// Whether the grant is a reason for the permission that `word` stands for.
  private static func gives(_ grant: AccountRecord.Grant, _ permission: Permission, _ word: String) -> Bool {
    let granted: Set<Permission>
    if let role = Role(rawValue: grant.name) {
      granted = role.permissions
    } else if let one = Permission(rawValue: grant.name) {
      granted = one == .administer ? Set(Permission.allCases) : [one]
    } else {
      return false
    }
    guard granted.contains(permission) else { return false }
    return grant.network.map { word == "\(permission.rawValue)@\($0)" } ?? (word == permission.rawValue)
  }
}
