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
  private static let yes = Flag("yes", short: "y", help: "do not ask")

  static let add = Command(
    ["network", "add"], summary: "add a network", needs: [.permission(.manageDevices)],
    parameters: [newName, comment, hostKeys],
    examples: [
      Example(
        "netjob network add branches --comment 'Branch offices' --host-keys strict",
        "add a network whose host keys must be pinned")
    ],
    seeAlso: ["device add"]
  ) { context, arguments in
    let network = try context.store.change(as: context.caller) { change in
      try change.addNetwork(
        name: arguments[newName], comment: arguments[comment] ?? "", hostKeys: arguments[hostKeys] ?? .acceptNew)
      return try NetworkQueries.find(change.sql, arguments[newName])
    }
    context.show(document(network)) { context.note("network '\(network.name)' added") }
    return .done
  }

  static let listAll = Command(
    ["network", "list"], summary: "list the networks", needs: [.permission(.view)],
    examples: [Example("netjob network list", "list the networks that you may see")]
  ) { context, _ in
    let networks = try context.store.read { sql in
      let rights = try AccountQueries.rights(sql, of: context.caller.name)
      return try NetworkQueries.all(sql).filter { rights.allows(.view, network: $0.id) }
    }
    context.show(.array(networks.map(document))) {
      var table = Table(columns: [.init("NAME"), .init("HOST KEYS"), .init("COMMENT", priority: 1)])
      for network in networks { table.append([.text(network.name), .text(network.hostKeys.rawValue), .text(network.comment)]) }
      table.write(to: context.output)
    }
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
      block.write(to: context.output)
    }
    return .done
  }

  static let edit = Command(
    ["network", "edit"], summary: "change a network", needs: [.permission(.manageDevices)],
    parameters: [name, comment, hostKeys], constraints: [.atLeastOneOf([comment, hostKeys])],
    examples: [Example("netjob network edit default --host-keys strict", "trust no host key that was not pinned")]
  ) { context, arguments in
    let network = try context.store.change(as: context.caller) { change in
      let network = try NetworkQueries.find(change.sql, arguments[name])
      try change.editNetwork(network, comment: arguments[comment], hostKeys: arguments[hostKeys])
      return try NetworkQueries.find(change.sql, network.name)
    }
    context.show(document(network)) { context.note("network '\(network.name)' changed") }
    return .done
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
