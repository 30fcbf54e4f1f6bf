private import Arguments
private import JobModel
private import Storage
private import Terminal

extension NetworkCommands {
  private static let newName = Operand<String>("NAME", help: "the network's name")
  private static let name = Operand<String>("NAME", help: "the network's name or number", completion: .dynamic("network"))
  private static let comment = Option<String>(
    "comment", valueName: "TEXT", help: "what the network is, for those who come later", allowsEmpty: true)
  private static let hostKeys = Option<NetworkRecord.HostKeyPolicy>(
    "host-keys", valueName: "POLICY",
    help: "whether the first host key seen is trusted (accept-new) or each must be pinned with 'device trust' (strict)")
  private static let jump = Option<JumpHostOperand>(
    "jump", valueName: "HOST[:PORT]", help: "reach its devices through this SSH server, a jump host")
  private static let jumpCredential = Option<String>(
    "jump-credential", valueName: "CREDENTIAL", help: "log in to the jump host with this one", completion: .dynamic("credential"))
  private static let noJump = Flag("no-jump", help: "reach its devices directly again")
  private static let reach: [any CommandParameter] = [jump, jumpCredential, ReachOptions.transport] + ReachOptions.timeouts
  private static let yes = Flag("yes", short: "y", help: "do not ask")

  static let add = Command(
    ["network", "add"], summary: "add a network", needs: [.permission(.manageDevices)],
    parameters: [newName, comment, hostKeys] + reach,
    constraints: [.requires(jump, [jumpCredential]), .requires(jumpCredential, [jump])],
    examples: [
      Example(
        "netjob network add plant --jump bastion.example.net --jump-credential bastion",
        "add a network whose devices are reached through a jump host"),
      Example(
        "netjob network add branches --comment 'Branch offices' --host-keys strict",
        "add a network whose host keys must be pinned"),
    ],
    seeAlso: ["device add"]
  ) { context, arguments in
    let network = try context.store.change(as: context.caller) { change in
      try change.addNetwork(name: arguments[newName], try networkEdit(arguments, in: change.sql))
      return try NetworkQueries.find(change.sql, arguments[newName])
    }
    context.show(document(network)) { context.note("network '\(network.name)' added") }
    return .done
  }

  private static let columns = Listing<NetworkRecord>(
    [
      .init("name"), .init("hostKeys"), .init("comment", priority: 1), .init("transport", priority: 3),
      .init("jump", title: "JUMP HOST", priority: 2) { network, _ in .optional(network.jump?.address) },
    ], more: ["id", "timeouts"])

  static let listAll = Command(
    ["network", "list"], summary: "list the networks", needs: [.permission(.view)], parameters: columns.parameters,
    examples: [Example("netjob network list", "list the networks that you may see")]
  ) { context, arguments in
    let networks = try context.store.read { sql in
      let rights = try AccountQueries.rights(sql, of: context.caller.name)
      return try NetworkQueries.all(sql).filter { rights.allows(.view, network: $0.id) }
    }
    columns.show(networks, context, arguments) { document($0) }
    return .done
  }

  static let show = Command(
    ["network", "show"], summary: "show a network", needs: [.permission(.view)], parameters: [name],
    examples: [Example("netjob network show default", "show the network 'default'")]
  ) { context, arguments in
    let network = try context.store.read { sql in
      let network = try NetworkQueries.find(sql, arguments[name])
      try context.requireView(of: network.id, in: sql)
      return network
    }
    context.show(document(network)) {
      var block = FieldBlock()
      block.add("Name", key: "name", .text(network.name))
      block.add("Comment", key: "comment", .text(network.comment))
      block.add("Host keys", key: "hostKeys", .text(network.hostKeys.rawValue))
      block.add("Transport", key: "transport", .text(network.transport.rawValue))
      block.add("Jump host", key: "jump", .optional(network.jump?.address))
      if let jump = network.jump {
        block.add("Jump credential", key: "jumpCredential", .text(jump.credential))
        let key = [jump.hostKeyType, jump.hostKeyFingerprint].compactMap { $0 }.joined(separator: " ")
        block.add("Jump host key", key: "jumpHostKey", key.isEmpty ? .empty : .text(key))
      }
      block.add("Timeouts", key: "timeouts", ReachOptions.cell(network.timeouts))
      block.write(to: context.output)
    }
    return .done
  }

  static let edit = Command(
    ["network", "edit"], summary: "change a network",
    discussion: """
      With another jump host the same addresses may lead to other devices: approvals of jobs in the network that were requested \
      or given are put back, and the key of the jump host has to be learned or pinned anew.
      """,
    needs: [.permission(.manageDevices)], parameters: [name, comment, hostKeys] + reach + [noJump],
    constraints: [
      .atLeastOneOf([comment, hostKeys] + reach + [noJump]), .atMostOneOf([jump, noJump]),
      .atMostOneOf([jumpCredential, noJump]),
    ],
    examples: [
      Example("netjob network edit default --host-keys strict", "trust no host key that was not pinned"),
      Example("netjob network edit plant --transport openssh", "reach its devices with the system's ssh"),
    ],
    seeAlso: ["network trust"]
  ) { context, arguments in
    let network = try context.store.change(as: context.caller) { change in
      let network = try NetworkQueries.find(change.sql, arguments[name])
      var edit = try networkEdit(arguments, in: change.sql)
      edit.clearsJump = arguments[noJump]
      try change.editNetwork(network, edit)
      return try NetworkQueries.find(change.sql, network.name)
    }
    context.show(document(network)) { context.note("network '\(network.name)' changed") }
    return .done
  }

  private static func networkEdit(_ arguments: ParsedArguments, in sql: any SQLConnection) throws -> NetworkEdit {
    var edit = NetworkEdit(comment: arguments[comment], hostKeys: arguments[hostKeys])
    edit.transport = arguments[ReachOptions.transport]
    edit.jump = arguments[jump]?.edit
    edit.jumpCredential = try arguments[jumpCredential].map { try CredentialQueries.find(sql, $0) }
    edit.timeouts = ReachOptions.timeouts(arguments)
    return edit
  }

  static let delete = Command(
    ["network", "delete"], summary: "delete a network that has no devices, jobs or credentials",
    needs: [.permission(.manageDevices)], parameters: [name, yes],
    examples: [Example("netjob network delete branches --yes", "delete a network without being asked")]
  ) { context, arguments in
    let network = try context.store.read { sql in
      try context.require([.manageDevices], network: nil, in: sql)
      return try NetworkQueries.find(sql, arguments[name])
    }
    try context.confirm("delete network '\(network.name)'?", yes: arguments[yes])
    try context.store.change(as: context.caller) { try $0.deleteNetwork(network) }
    context.show(document(network)) { context.note("network '\(network.name)' deleted") }
    return .done
  }
}
