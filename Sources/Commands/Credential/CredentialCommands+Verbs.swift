private import Arguments
private import JobModel
private import Storage
private import Terminal

extension CredentialCommands {
  private static let newName = Operand<String>("NAME", help: "the credential's name")
  private static let name = Operand<String>(
    "NAME", help: "the credential's name or number", completion: .dynamic("credential"))
  private static let username = RequiredOption<String>("username", valueName: "USER", help: "the user to log in as")
  private static let newUsername = Option<String>("username", valueName: "USER", help: "the user to log in as")
  private static let network = Option<String>(
    "network", valueName: "NETWORK", help: "offer it to all devices of this network", completion: .dynamic("network"))
  private static let priority = Option<Int>(
    "priority", valueName: "N", help: "its place among the credentials of its network; lower is tried first; 100 unless given",
    conversion: .integer(in: 1...1000))
  private static let agent = Flag(
    "agent", help: "log in with the keys of the SSH agent of whoever runs netjob; with nothing else, no secret is asked for")
  private static let noAgent = Flag("no-agent", help: "use no SSH agent any more")
  private static let yes = Flag("yes", short: "y", help: "do not ask")

  static let add = Command(
    ["credential", "add"], summary: "add a credential",
    discussion: """
      Each flag that ends in -stdin takes one line of standard input, in this order: password, enable password, passphrase, SNMP \
      community. \
      With --private-key-file - the key is what follows these lines. On a terminal they are asked for without echo.

      Without any of these options and --agent the password is asked for.

      The SSH agent is the one that SSH_AUTH_SOCK names where netjob runs. People who come in through sudo have none: there the \
      environment is the service account's.
      """,
    needs: [.permission(.manageCredentials)],
    parameters: [newName, username] + SecretOptions.all + [agent, network, priority],
    examples: [
      Example("netjob credential add lab --username netops", "be asked for the password"),
      Example(
        "printf '%s\\n' \"$password\" \"$enable\" | netjob credential add core --username netops --password-stdin --enable-stdin",
        "give password and enable password from a password store"),
      Example(
        "netjob credential add keys --username netops --private-key-file ~/.ssh/netops --network default",
        "log in with a key, on every device of a network"),
    ],
    seeAlso: ["device add"]
  ) { context, arguments in
    let networkName = arguments[network]
    // Wrong names are told before anybody is asked for a password.
    try context.store.read { sql in
      try TextRule.name(arguments[newName], of: "credential")
      if let networkName { _ = try NetworkQueries.find(sql, networkName) }
    }
    let secrets = try SecretOptions.read(arguments, context, asksForPassword: !arguments[agent])
    let credential = try context.store.change(as: context.caller) { change in
      try change.addCredential(
        name: arguments[newName], username: arguments[username], secrets: secrets,
        network: try networkName.map { try NetworkQueries.find(change.sql, $0) }, priority: arguments[priority] ?? 100,
        usesAgent: arguments[agent])
      return try CredentialQueries.find(change.sql, arguments[newName])
    }
    context.show(document(credential)) { context.note("credential '\(credential.name)' added") }
    return .done
  }

  private static let columns = Listing<CredentialRecord>(
    [
      .init("name"), .init("username"), .init("network"), .init("priority", .number, priority: 1),
      .init("secrets", priority: 2), .init("updatedTime", .time, place: .wide),
    ], more: ["id"])

  static let listAll = Command(
    ["credential", "list"], summary: "list the credentials, without their secrets", needs: [.permission(.view)],
    parameters: columns.parameters,
    examples: [Example("netjob credential list", "list the credentials of the networks that you may see")]
  ) { context, arguments in
    let credentials = try context.store.read { sql in
      let rights = try AccountQueries.rights(sql, of: context.caller.name)
      return try CredentialQueries.all(sql).filter { rights.allows(.view, network: $0.networkID) }
    }
    columns.show(credentials, context, arguments) { document($0) }
    return .done
  }

  static let show = Command(
    ["credential", "show"], summary: "show a credential, without its secrets", needs: [.permission(.view)], parameters: [name],
    examples: [Example("netjob credential show lab", "show the credential 'lab'")]
  ) { context, arguments in
    let credential = try context.store.read { sql in
      let credential = try CredentialQueries.find(sql, arguments[name])
      let rights = try AccountQueries.rights(sql, of: context.caller.name)
      guard rights.allows(.view, network: credential.networkID) else {
        throw try AccountQueries.denied(sql, context.caller.name, .view, network: credential.networkID)
      }
      return credential
    }
    context.show(document(credential)) {
      var block = FieldBlock()
      block.add("Name", key: "name", .text(credential.name))
      block.add("Username", key: "username", .text(credential.username))
      block.add("Network", key: "network", .optional(credential.network))
      block.add("Priority", key: "priority", .int(credential.priority))
      block.add("Secrets", key: "secrets", .list(secrets(credential)))
      block.add("Changed", key: "updatedTime", context.cell(credential.updatedAt))
      block.write(to: context.output)
    }
    return .done
  }

  static let edit = Command(
    ["credential", "edit"], summary: "change a credential; a secret that is not given stays",
    discussion: "Secrets are given as for 'credential add'; without their flags none is asked for.",
    needs: [.permission(.manageCredentials)],
    parameters: [name, newUsername] + SecretOptions.all + [agent, noAgent, network, priority],
    constraints: [
      .atLeastOneOf([newUsername] + SecretOptions.all + [agent, noAgent, network, priority]), .atMostOneOf([agent, noAgent]),
    ],
    examples: [
      Example(
        "netjob credential edit lab --password-stdin", "replace the password: asked for on a terminal, else read from a pipe")
    ]
  ) { context, arguments in
    let networkName = arguments[network]
    try context.store.read { sql in
      _ = try CredentialQueries.find(sql, arguments[name])
      if let networkName { _ = try NetworkQueries.find(sql, networkName) }
    }
    let secrets = try SecretOptions.read(arguments, context, asksForPassword: false)
    let credential = try context.store.change(as: context.caller) { change in
      let credential = try CredentialQueries.find(change.sql, arguments[name])
      try change.editCredential(
        credential, username: arguments[newUsername], secrets: secrets,
        network: try networkName.map { try NetworkQueries.find(change.sql, $0) }, priority: arguments[priority],
        usesAgent: arguments[agent] ? true : arguments[noAgent] ? false : nil)
      return try CredentialQueries.find(change.sql, credential.name)
    }
    context.show(document(credential)) { context.note("credential '\(credential.name)' changed") }
    return .done
  }

  static let delete = Command(
    ["credential", "delete"], summary: "delete a credential that no device names", needs: [.permission(.manageCredentials)],
    parameters: [name, yes], examples: [Example("netjob credential delete lab --yes", "delete a credential without being asked")]
  ) { context, arguments in
    let credential = try context.store.read { sql in
      let credential = try CredentialQueries.find(sql, arguments[name])
      try context.require([.manageCredentials], network: credential.networkID, in: sql)
      return credential
    }
    try context.confirm("delete credential '\(credential.name)'?", yes: arguments[yes])
    try context.store.change(as: context.caller) { try $0.deleteCredential(credential) }
    context.show(document(credential)) { context.note("credential '\(credential.name)' deleted") }
    return .done
  }
}
