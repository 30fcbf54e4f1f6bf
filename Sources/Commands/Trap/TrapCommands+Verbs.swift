private import Arguments
private import Delivery
private import JobModel
private import Notifications
private import Storage
private import Terminal

extension TrapCommands {
  private static let newName = Operand<String>("NAME", help: "the receiver's name")
  private static let name = Operand<String>("NAME", help: "the receiver's name or number", completion: .dynamic("trap"))
  private static let optionalName = OptionalOperand<String>(
    "NAME", help: "this receiver only; without it, every one", completion: .dynamic("trap"))
  private static let yes = Flag("yes", short: "y", help: "do not ask")

  static let add = Command(
    ["trap", "add"], summary: "add a trap receiver",
    discussion: """
      Each flag that ends in -stdin takes one line of standard input, in this order: community, authentication secret, privacy \
      secret. On a terminal they are asked for without echo.
      """,
    needs: [.permission(.manageSettings)], parameters: [newName] + TrapOptions.forAdding,
    examples: [
      Example("netjob trap add nms --host 192.0.2.10", "add a receiver of SNMP 2c, and be asked for its community"),
      Example(
        "printf '%s\\n' \"$auth\" \"$priv\" | netjob trap add noc --host noc.example.net --inform --user netjob --auth-protocol sha-256 --auth-stdin --priv-protocol aes --priv-stdin",
        "send acknowledged, encrypted informs of SNMPv3"),
    ],
    seeAlso: ["trap test", "trap mib"]
  ) { context, arguments in
    try context.store.read { sql in
      try TextRule.name(arguments[newName], of: "trap receiver")
      if let taken = try TrapReceiverQueries.all(sql).first(where: { $0.name == arguments[newName] }) {
        throw ModelError(
          .conflict, "trap receiver '\(taken.name)' exists already", hint: "netjob trap edit \(taken.name) changes it")
      }
    }
    let edit = try TrapOptions.read(arguments, context, isNew: true)
    let (receiver, engine) = try context.store.change(as: context.caller) { change in
      try change.addTrapReceiver(arguments[newName], edit)
      let receiver = try TrapReceiverQueries.find(change.sql, arguments[newName])
      return (receiver, receiver.version == .v3 && !receiver.isInform ? try change.useEngine() : nil)
    }
    context.show(document(receiver, engine: engine)) {
      context.note("trap receiver '\(receiver.name)' added")
      if let engine { context.note("its traps come from the engine \(hexadecimal(engine))") }
      context.hint("netjob trap test \(receiver.name) sends it a test")
    }
    return .done
  }

  private static let columns = Listing<TrapReceiverRecord>(
    [
      .init("name"), .init("host"), .init("port", .number), .init("version"),
      .init("inform", title: "KIND") { receiver, _ in .text(receiver.isInform ? "inform" : "trap") }, .init("user", priority: 1),
      .init("securityLevel", title: "LEVEL", priority: 2),
    ], more: ["id", "authProtocol", "privProtocol", "engineId"])

  static let listAll = Command(
    ["trap", "list"], summary: "list the trap receivers", needs: [.permission(.view)], parameters: columns.parameters,
    examples: [Example("netjob trap list", "list the trap receivers, without their secrets")]
  ) { context, arguments in
    let (receivers, engine) = try context.store.read { (try TrapReceiverQueries.all($0), try SNMPEngine.load($0)) }
    columns.show(receivers, context, arguments) { document($0, engine: $0.version == .v3 ? engine : nil) }
    return .done
  }

  static let show = Command(
    ["trap", "show"], summary: "show a trap receiver, without its secrets", needs: [.permission(.view)], parameters: [name],
    examples: [Example("netjob trap show noc", "show how traps to a receiver are sent, and the engine they come from")]
  ) { context, arguments in
    let (receiver, engine) = try context.store.read { sql in
      let receiver = try TrapReceiverQueries.find(sql, arguments[name])
      return (receiver, receiver.version == .v3 ? try SNMPEngine.load(sql) : nil)
    }
    context.show(document(receiver, engine: engine)) {
      var block = FieldBlock()
      block.add("Name", key: "name", .text(receiver.name))
      block.add("Host", key: "host", .text(receiver.host))
      block.add("Port", key: "port", .int(receiver.port))
      block.add("Version", key: "version", .text(receiver.version.rawValue))
      block.add("Inform", key: "inform", .bool(receiver.isInform))
      if let level = receiver.securityLevel {
        block.add("User", key: "user", .optional(receiver.user))
        block.add("Security level", key: "securityLevel", .text(level.rawValue))
        block.add("Authentication", key: "authProtocol", .optional(receiver.authProtocol?.rawValue))
        block.add("Privacy", key: "privProtocol", .optional(receiver.privProtocol?.rawValue))
        block.add("Engine", key: "engineId", .optional(engine.map(hexadecimal)))
      }
      block.write(to: context.output)
    }
    return .done
  }

  static let edit = Command(
    ["trap", "edit"], summary: "change a trap receiver; a secret that is not given stays",
    discussion: "Secrets are given as for 'trap add'; without their flags none is asked for.",
    needs: [.permission(.manageSettings)], parameters: [name] + TrapOptions.forEditing,
    constraints: TrapOptions.editingConstraints,
    examples: [Example("netjob trap edit nms --port 1162 --inform", "send informs, and to another port")]
  ) { context, arguments in
    _ = try context.store.read { try TrapReceiverQueries.find($0, arguments[name]) }
    let edit = try TrapOptions.read(arguments, context, isNew: false)
    let (receiver, engine) = try context.store.change(as: context.caller) { change in
      try change.editTrapReceiver(try TrapReceiverQueries.find(change.sql, arguments[name]), edit)
      let receiver = try TrapReceiverQueries.find(change.sql, arguments[name])
      return (receiver, receiver.version == .v3 ? try change.useEngine() : nil)
    }
    context.show(document(receiver, engine: engine)) { context.note("trap receiver '\(receiver.name)' changed") }
    return .done
  }

  static let remove = Command(
    ["trap", "remove"], summary: "remove a trap receiver; what waits for it is given up",
    needs: [.permission(.manageSettings)], parameters: [name, yes],
    examples: [Example("netjob trap remove nms --yes", "remove a receiver without being asked")]
  ) { context, arguments in
    let receiver = try context.store.read { try TrapReceiverQueries.find($0, arguments[name]) }
    try context.confirm("remove trap receiver '\(receiver.name)'?", yes: arguments[yes])
    try context.store.change(as: context.caller) { try $0.removeTrapReceiver(receiver) }
    context.show(document(receiver, engine: nil)) { context.note("trap receiver '\(receiver.name)' removed") }
    return .done
  }

  static let test = Command(
    ["trap", "test"], summary: "send a test notification now and say how it went", needs: [.permission(.manageSettings)],
    parameters: [optionalName], examples: [Example("netjob trap test nms", "see whether a receiver gets traps")],
    exitCodes: [ExitCode(1, "it could not be sent, or an inform was not acknowledged")], seeAlso: ["notification list"]
  ) { context, arguments in
    let receivers = try context.store.read { sql in
      try arguments[optionalName].map { [try TrapReceiverQueries.find(sql, $0)] } ?? TrapReceiverQueries.all(sql)
    }
    if receivers.isEmpty {
      throw ModelError(.notFound, "there is no trap receiver", hint: "netjob trap add NAME --host HOST adds one")
    }
    var results: [(receiver: TrapReceiverRecord, error: ErrorReport?)] = []
    for receiver in receivers {
      do {
        try await context.trial.trap(to: receiver.name)
        results.append((receiver, nil))
      } catch let error as NotificationError {
        results.append((receiver, ErrorReport(error)))
      }
    }
    context.show(
      .array(
        results.map { result in
          [
            "name": .string(result.receiver.name), "inform": .bool(result.receiver.isInform), "sent": .bool(result.error == nil),
            "error": .optional(result.error?.message),
          ]
        })
    ) {
      for (receiver, error) in results where error == nil {
        context.note(
          receiver.isInform
            ? "'\(receiver.name)' acknowledged the inform"
            : "a trap was sent to '\(receiver.name)'; whether it arrived only the receiver can say")
      }
    }
    for (receiver, error) in results {
      guard let error else { continue }
      context.errors.writeLine("netjob: error: " + escapeControls("trap receiver '\(receiver.name)': \(error.message)"))
      if let hint = error.hint { context.hint(hint) }
    }
    return results.contains { $0.error != nil } ? .failed : .done
  }

  static let mib = Command(
    ["trap", "mib"], summary: "print the MIB of the traps",
    discussion: "Its place is what the setting trap.enterprise-oid says; without a database, the standard one.", needs: [],
    examples: [Example("netjob trap mib > /usr/share/snmp/mibs/NETJOB-MIB.txt", "install the MIB for net-snmp")]
  ) { context, _ in
    // No secret: whoever gets the traps has to have it, where there is a database and where there is none.
    let store = try? Store(opening: context.installation, clock: context.clock)
    let place = try? store?.read { try SettingQueries.value($0, of: "trap.enterprise-oid") }
    let root = EnterpriseIdentifier.numbers(place ?? EnterpriseIdentifier.standard) ?? []
    let text = NetjobMIB(root: root).text
    context.show([
      "name": "NETJOB-MIB", "enterpriseOid": .string(root.map(String.init).joined(separator: ".")), "text": .string(text),
    ]) { context.output.write(text) }
    return .done
  }
}
