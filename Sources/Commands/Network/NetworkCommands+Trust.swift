private import Arguments
private import JobModel
private import JobRunner
private import Storage
private import Terminal
private import Transports

extension NetworkCommands {
  private static let name = Operand<String>("NAME", help: "the network's name or number", completion: .dynamic("network"))
  private static let fingerprint = Option<String>(
    "fingerprint", valueName: "SHA256:...", help: "the fingerprint of the key, as ssh-keygen -l prints it",
    conversion: .fingerprint)
  private static let keyType = Option<String>(
    "key-type", valueName: "TYPE", help: "the type of that key; without it, it is learned at the first contact",
    conversion: .hostKeyType)
  private static let scan = Flag("scan", help: "fetch the key from the jump host, show it and ask")
  private static let yes = Flag("yes", short: "y", help: "do not ask")

  static let trust = Command(
    ["network", "trust"], summary: "pin the host key of a network's jump host",
    discussion:
      "As 'device trust' does for a device: from then on netjob logs in to the jump host only when it presents this key.",
    needs: [.permission(.manageDevices)], parameters: [name, fingerprint, keyType, scan, yes],
    constraints: [.exactlyOneOf([fingerprint, scan]), .requires(keyType, [fingerprint])],
    examples: [
      Example(
        "netjob network trust plant --fingerprint SHA256:uNiVztksCsDhcc0u9e8BrQkFhTH5iNlDUYnN+N1WRHo",
        "pin the key that the administrator of the jump host told"),
      Example("netjob network trust plant --scan --yes", "pin whatever key the jump host presents now"),
    ],
    exitCodes: [ExitCode(1, "the jump host could not be reached")], seeAlso: ["device trust", "network edit"]
  ) { context, arguments in
    let network = try context.store.read { sql in
      let network = try NetworkQueries.find(sql, arguments[name])
      try context.require([.manageDevices], network: network.id, in: sql)
      return network
    }
    guard let jump = network.jump else {
      throw ModelError(
        .invalid, "network '\(network.name)' has no jump host",
        hint: "netjob network edit \(network.name) --jump HOST --jump-credential CREDENTIAL")
    }
    let key: (type: String?, fingerprint: String)
    if let fingerprint = arguments[fingerprint] {
      key = (arguments[keyType], fingerprint)
    } else {
      guard arguments[yes] || context.input.isTerminal else {
        throw TerminalError(
          .notATerminal, "the key cannot be shown to anybody before it is trusted: this is not a terminal",
          hint: "--yes trusts whatever key the jump host presents; --fingerprint names the right one")
      }
      let request = try await context.opener().scanRequest(forJumpHostOf: network)
      let found = try await context.devices.scanHostKey(request, context.callerResources)
      context.note("jump host '\(jump.address)' presents \(found.algorithm) \(found.fingerprint)")
      if let pinned = jump.hostKeyFingerprint, pinned != found.fingerprint {
        context.warn("pinned is another key: \(jump.hostKeyType.map { $0 + " " } ?? "")\(pinned)")
      }
      try context.confirm("trust this key of jump host '\(jump.address)'?", yes: arguments[yes])
      key = (found.algorithm, found.fingerprint)
    }
    let isScanned = arguments[scan]
    let trusted = try await context.store.changeAsync(as: context.caller) { change in
      let now = try NetworkQueries.get(change.sql, id: network.id)
      guard now.jump?.address == jump.address else {
        throw ModelError(.conflict, "the jump host of network '\(network.name)' was changed by someone else meanwhile")
      }
      try change.trustJumpHost(
        of: now, keyType: key.type, fingerprint: key.fingerprint, reason: isScanned ? "scanned" : "fingerprint given")
      return try NetworkQueries.get(change.sql, id: network.id)
    }
    context.show(document(trusted)) {
      context.note("jump host '\(jump.address)' is trusted with \(key.type.map { $0 + " " } ?? "")\(key.fingerprint)")
    }
    return .done
  }
}
