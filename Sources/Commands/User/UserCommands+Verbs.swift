private import Arguments
private import JobModel
private import Storage
private import Terminal

extension UserCommands {
  private static let newName = Operand<String>("NAME", help: "the Unix account's name")
  private static let name = Operand<String>("NAME", help: "the user's name or number", completion: .dynamic("user"))
  private static let mail = Option<String>("mail", valueName: "ADDRESS", help: "where notifications go")
  private static let noMail = Flag("no-mail", help: "send them no notifications")
  private static let role = RepeatedOption<String>(
    "role", valueName: "ROLE", help: "a role that holds for all networks; repeatable", completion: .dynamic("role"))
  private static let right = Operand<String>(
    "RIGHT", help: "a role or a permission; 'netjob role list' and 'netjob help user' list them", completion: .dynamic("right"))
  private static let network = Option<String>(
    "network", valueName: "NETWORK", help: "for this network only; without it, for all", completion: .dynamic("network"))
  private static let yes = Flag("yes", short: "y", help: "do not ask")

  static let add = Command(
    ["user", "add"], summary: "add a user", needs: [.permission(.manageUsers)], parameters: [newName, mail, role],
    examples: [
      Example("netjob user add bob --role operator", "let bob see, edit and run jobs of every network"),
      Example("netjob user add carol --role approver --mail carol@example.net", "let carol approve, and send her mail"),
    ],
    seeAlso: ["user grant", "role list"]
  ) { context, arguments in
    let (account, jobs) = try context.store.change(as: context.caller) { change in
      try change.addAccount(name: arguments[newName], mail: arguments[mail], roleNames: arguments[role])
      let account = try AccountQueries.find(change.sql, arguments[newName])
      return (account, try ownedJobs(of: account, change.sql, context))
    }
    context.show(document(account)) {
      context.note("user '\(account.name)' added")
      if account.grants.isEmpty {
        context.note("'\(account.name)' has no rights yet: netjob user grant \(account.name) operator")
      }
      if !jobs.isEmpty { context.note("jobs of that name's owner fire for '\(account.name)' again: \(text(jobs))") }
    }
    return .done
  }

  private static let columns = Listing<AccountRecord>(
    [
      .init("name"), .init("enabled"), .init("grants") { account, _ in .list(account.grants.map(word)) },
      .init("mail", priority: 1),
    ], more: ["id"])

  static let listAll = Command(
    ["user", "list"], summary: "list the users and what they are granted",
    discussion: "Grants for networks that you may not see are left out.", needs: [.permission(.view)],
    parameters: columns.parameters,
    examples: [Example("netjob user list", "list the users")]
  ) { context, arguments in
    let accounts = try context.store.read { sql in
      let rights = try AccountQueries.rights(sql, of: context.caller.name)
      return try AccountQueries.all(sql).map { visible($0, rights) }
    }
    columns.show(accounts, context, arguments) { document($0) }
    return .done
  }

  static let show = Command(
    ["user", "show"], summary: "show a user, their rights and where each comes from",
    discussion: "What holds for networks that you may not see is left out.", needs: [.permission(.view)], parameters: [name],
    examples: [Example("netjob user show bob", "show the user 'bob'")], seeAlso: ["whoami", "role show"]
  ) { context, arguments in
    let (account, jobs) = try context.store.read { sql in
      let rights = try AccountQueries.rights(sql, of: context.caller.name)
      let account = visible(try AccountQueries.find(sql, arguments[name]), rights)
      return (account, try ownedJobs(of: account, sql, context))
    }
    context.show(
      .object(members(account) + [.init("rights", documents(account.heldRights)), .init("jobs", .strings(jobs))])
    ) {
      var block = FieldBlock()
      block.add("Name", key: "name", .text(account.name))
      block.add("Mail", key: "mail", .optional(account.mail))
      block.add("Enabled", key: "enabled", .bool(account.isEnabled))
      block.add("Grants", key: "grants", .list(account.grants.map(word)))
      block.add("Jobs", key: "jobs", .list(jobs))
      block.write(to: context.output)
      var table = Table(columns: [.init("PERMISSION"), .init("FROM"), .init("ALLOWS TO", priority: 1)])
      for right in account.heldRights {
        table.append([.text(word(right)), .list(right.sources.map(word)), .text(right.permission.summary)])
      }
      if !table.isEmpty && context.output.isTerminal { context.output.writeLine() }
      table.write(to: context.output)
      if !account.isEnabled { context.note("user '\(account.name)' is disabled: none of these rights counts") }
    }
    return .done
  }

  static let edit = Command(
    ["user", "edit"], summary: "change where a user's notifications go", needs: [.permission(.manageUsers)],
    parameters: [name, mail, noMail], constraints: [.exactlyOneOf([mail, noMail])],
    examples: [Example("netjob user edit bob --mail bob@example.net", "send bob's notifications there")], seeAlso: ["user show"]
  ) { context, arguments in
    let account = try change(arguments, context) { change, account, _ in try change.setMail(arguments[mail], of: account) }
    context.show(document(account)) { context.note("user '\(account.name)' changed") }
    return .done
  }

  static let grant = Command(
    ["user", "grant"], summary: "grant a user a role or permission",
    discussion: """
      Nobody can grant what they do not hold themselves. A role that a tool is limited to can be granted by those who hold it \
      and by administrators.
      """, needs: [.permission(.manageUsers)],
    parameters: [name, right, network],
    examples: [Example("netjob user grant bob run-tool-job --network branches", "let bob run tool jobs in one network")],
    seeAlso: ["user revoke", "role list"]
  ) { context, arguments in
    let account = try change(arguments, context, network: arguments[network]) { change, account, network in
      try change.grant(arguments[right], to: account, network: network)
    }
    context.show(document(account)) {
      context.note("user '\(account.name)' granted \(arguments[right]) on \(arguments[network] ?? "all networks")")
      if !account.isEnabled { context.note("user '\(account.name)' is disabled: it counts when they are enabled") }
    }
    return .done
  }

  static let revoke = Command(
    ["user", "revoke"], summary: "take a role or permission back from a user",
    discussion: """
      It holds at once: approvals that they gave and that were not used yet no longer count, and jobs that they own run with \
      the rights that are left.
      """, needs: [.permission(.manageUsers)],
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
    ["user", "disable"], summary: "shut a user out; their grants stay",
    discussion: """
      Jobs that they own no longer run when a trigger fires: the history says why. Approvals that they gave and that were not \
      used yet no longer count.
      """, needs: [.permission(.manageUsers)],
    parameters: [name], examples: [Example("netjob user disable bob", "shut bob out")], seeAlso: ["user enable", "user delete"]
  ) { context, arguments in
    let (account, jobs) = try changeWithJobs(arguments, context) { try $0.setAccount($1, enabled: false) }
    context.show(document(account)) {
      context.note("user '\(account.name)' disabled")
      warn(of: jobs, ownedBy: account, context)
    }
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

  static let delete = Command(
    ["user", "delete"], summary: "delete a user; what they did stays in the records",
    discussion: """
      History, approvals and the audit log keep the name. Jobs that they own stay and no longer run when a trigger fires: the \
      history says why, until 'job edit' makes them somebody else's. Nobody can delete themselves, nor a user with rights that \
      they do not hold themselves.
      """,
    needs: [.permission(.manageUsers)], parameters: [name, yes],
    examples: [Example("netjob user delete bob --yes", "delete bob without being asked")],
    exitCodes: [ExitCode(6, "it is yourself, or no administrator would be left")], seeAlso: ["user disable"]
  ) { context, arguments in
    let seen = try context.store.read { try AccountQueries.find($0, arguments[name]) }
    try context.confirm("delete user '\(seen.name)'?", yes: arguments[yes])
    let jobs = try context.store.change(as: context.caller) { change in
      let jobs = try ownedJobs(of: seen, change.sql, context)
      try change.deleteAccount(seen)
      return jobs
    }
    context.show(document(seen)) {
      context.note("user '\(seen.name)' deleted")
      warn(of: jobs, ownedBy: seen, context)
    }
    return .done
  }

  // MARK: Jobs that fire for a user

  /// The jobs that fire for the user, of networks that the caller may see.
  private static func ownedJobs(of account: AccountRecord, _ sql: any SQLConnection, _ context: Context) throws -> [String] {
    let rights = try AccountQueries.rights(sql, of: context.caller.name)
    return try JobQueries.names(sql, ownedBy: account.name).filter { context.maySee($0.networkID, rights) }.map(\.name)
  }

  private static func warn(of jobs: [String], ownedBy account: AccountRecord, _ context: Context) {
    guard let first = jobs.first else { return }
    context.note("jobs that no longer run when a trigger fires, as they are of '\(account.name)': \(text(jobs))")
    context.hint("who runs 'netjob job edit \(first)' with a change owns it from then on")
  }

  /// The first few of them.
  private static func text(_ jobs: [String]) -> String {
    jobs.count <= 10 ? jobs.joined(separator: ", ") : "\(jobs.prefix(10).joined(separator: ", ")) and \(jobs.count - 10) more"
  }

  private static func changeWithJobs(
    _ arguments: ParsedArguments, _ context: Context, _ body: (Change, AccountRecord) throws -> Void
  ) throws -> (AccountRecord, [String]) {
    try context.store.change(as: context.caller) { change in
      let account = try AccountQueries.find(change.sql, arguments[name])
      try body(change, account)
      return (try AccountQueries.find(change.sql, account.name), try ownedJobs(of: account, change.sql, context))
    }
  }

  /// Changes the user whom `name` names, and answers how they are now, as the caller may see it.
  private static func change(
    _ arguments: ParsedArguments, _ context: Context, network: String? = nil,
    _ body: (Change, AccountRecord, NetworkRecord?) throws -> Void
  ) throws -> AccountRecord {
    try context.store.change(as: context.caller) { change in
      let account = try AccountQueries.find(change.sql, arguments[name])
      let network = try network.map { try NetworkQueries.find(change.sql, $0) }
      try body(change, account, network)
      let rights = try AccountQueries.rights(change.sql, of: context.caller.name)
      return visible(try AccountQueries.find(change.sql, account.name), rights)
    }
  }
}
