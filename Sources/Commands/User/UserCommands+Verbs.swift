private import Arguments
private import JobModel
private import Storage
private import Terminal

extension UserCommands {
  private static let newName = Operand<String>("NAME", help: "the Unix account's name")
  private static let name = Operand<String>("NAME", help: "the user's name or number", completion: .dynamic("user"))
  private static let mail = Option<String>("mail", valueName: "ADDRESS", help: "where notifications go")
  private static let role = RepeatedOption<Role>(
    "role", valueName: "ROLE", help: "a role that holds for all networks; repeatable")
  private static let right = Operand<String>(
    "RIGHT", help: "a role or a permission; 'netjob help user' lists them",
    conversion: .oneOf(Role.allCases.map(\.rawValue) + Permission.allCases.map(\.rawValue)))
  private static let network = Option<String>(
    "network", valueName: "NETWORK", help: "for this network only; without it, for all", completion: .dynamic("network"))

  static let add = Command(
    ["user", "add"], summary: "add a user", needs: [.permission(.manageUsers)], parameters: [newName, mail, role],
    examples: [
      Example("netjob user add bob --role operator", "let bob see, edit and run jobs of every network"),
      Example("netjob user add carol --role approver --mail carol@example.net", "let carol approve, and send her mail"),
    ],
    seeAlso: ["user grant"]
  ) { context, arguments in
    let account = try context.store.change(as: context.caller) { change in
      try change.addAccount(name: arguments[newName], mail: arguments[mail], roles: arguments[role])
      return try AccountQueries.find(change.sql, arguments[newName])
    }
    context.show(document(account)) {
      context.note("user '\(account.name)' added")
      if account.grants.isEmpty {
        context.note("'\(account.name)' has no rights yet: netjob user grant \(account.name) operator")
      }
    }
    return .done
  }

  static let listAll = Command(
    ["user", "list"], summary: "list the users and what they are granted", needs: [.permission(.view)],
    examples: [Example("netjob user list", "list the users")]
  ) { context, _ in
    let accounts = try context.store.read { try AccountQueries.all($0) }
    context.show(.array(accounts.map(document))) {
      var table = Table(columns: [.init("NAME"), .init("ENABLED"), .init("GRANTS"), .init("MAIL", priority: 1)])
      for account in accounts {
        table.append([
          .text(account.name), .bool(account.isEnabled), .list(account.grants.map(word)), .optional(account.mail),
        ])
      }
      table.write(to: context.output)
    }
    return .done
  }

  static let show = Command(
    ["user", "show"], summary: "show a user and what they are granted", needs: [.permission(.view)], parameters: [name],
    examples: [Example("netjob user show bob", "show the user 'bob'")], seeAlso: ["whoami"]
  ) { context, arguments in
    let account = try context.store.read { try AccountQueries.find($0, arguments[name]) }
    context.show(document(account)) {
      var block = FieldBlock()
      block.add("Name", key: "name", .text(account.name))
      block.add("Mail", key: "mail", .optional(account.mail))
      block.add("Enabled", key: "enabled", .bool(account.isEnabled))
      block.add("Grants", key: "grants", .list(account.grants.map(word)))
      block.write(to: context.output)
    }
    return .done
  }

  static let grant = Command(
    ["user", "grant"], summary: "grant a user a role or permission",
    discussion: "Nobody can grant what they do not hold themselves.", needs: [.permission(.manageUsers)],
    parameters: [name, right, network],
    examples: [Example("netjob user grant bob run-tool-job --network branches", "let bob run tool jobs in one network")],
    seeAlso: ["user revoke"]
  ) { context, arguments in
    let account = try change(arguments, context, network: arguments[network]) { change, account, network in
      try change.grant(arguments[right], to: account, network: network)
    }
    context.show(document(account)) {
      context.note("user '\(account.name)' granted \(arguments[right]) on \(arguments[network] ?? "all networks")")
    }
    return .done
  }

  static let revoke = Command(
    ["user", "revoke"], summary: "take a role or permission back from a user", needs: [.permission(.manageUsers)],
    parameters: [name, right, network],
    examples: [Example("netjob user revoke bob run-tool-job --network branches", "take a permission in one network back")],
    seeAlso: ["user grant"]
  ) { context, arguments in
    let account = try change(arguments, context, network: arguments[network]) { change, account, network in
      try change.revoke(arguments[right], from: account, network: network)
    }
    context.show(document(account)) {
      context.note("\(arguments[right]) on \(arguments[network] ?? "all networks") taken back from user '\(account.name)'")
    }
    return .done
  }

  static let disable = Command(
    ["user", "disable"], summary: "shut a user out; their grants stay", needs: [.permission(.manageUsers)],
    parameters: [name], examples: [Example("netjob user disable bob", "shut bob out")], seeAlso: ["user enable"]
  ) { context, arguments in
    let account = try change(arguments, context) { change, account, _ in try change.setAccount(account, enabled: false) }
    context.show(document(account)) { context.note("user '\(account.name)' disabled") }
    return .done
  }

  static let enable = Command(
    ["user", "enable"], summary: "let a disabled user in again", needs: [.permission(.manageUsers)],
    parameters: [name], examples: [Example("netjob user enable bob", "let bob in again")], seeAlso: ["user disable"]
  ) { context, arguments in
    let account = try change(arguments, context) { change, account, _ in try change.setAccount(account, enabled: true) }
    context.show(document(account)) { context.note("user '\(account.name)' enabled") }
    return .done
  }

  /// Changes the user whom `name` names, and answers how they are now.
  private static func change(
    _ arguments: ParsedArguments, _ context: Context, network: String? = nil,
    _ body: (Change, AccountRecord, NetworkRecord?) throws -> Void
  ) throws -> AccountRecord {
    try context.store.change(as: context.caller) { change in
      let account = try AccountQueries.find(change.sql, arguments[name])
      let network = try network.map { try NetworkQueries.find(change.sql, $0) }
      try body(change, account, network)
      return try AccountQueries.find(change.sql, account.name)
    }
  }
}

extension Role: ArgumentValue {}
