private import Arguments
private import JobModel
private import Scheduling
private import Storage
private import Terminal

extension DeviceCommands {
  private static let newName = Operand<String>("NAME", help: "the device's name")
  private static let name = Operand<String>("NAME", help: "the device's name or number", completion: .dynamic("device"))
  private static let addressHelp = "its IP address or host name"
  private static let platformHelp = "what kind of command line it has; 'netjob platform list' shows them"
  private static let newAddress = RequiredOption<String>("address", valueName: "ADDRESS", help: addressHelp)
  private static let address = Option<String>("address", valueName: "ADDRESS", help: addressHelp)
  private static let newPlatform = RequiredOption<String>(
    "platform", valueName: "PLATFORM", help: platformHelp, completion: .dynamic("platform"))
  private static let platform = Option<String>(
    "platform", valueName: "PLATFORM", help: platformHelp, completion: .dynamic("platform"))
  private static let search = Option<String>(
    "search", valueName: "EXPR", help: "only the devices that match")
  private static let yes = Flag("yes", short: "y", help: "do not ask")

  static let add = Command(
    ["device", "add"], summary: "add a device", needs: [.permission(.manageDevices)],
    parameters: [newName, newAddress, newPlatform] + DeviceOptions.ofNewDevices,
    examples: [
      Example("netjob device add core1 --address 10.1.0.1 --platform cisco_ios --tag core", "add a router and tag it"),
      Example(
        "netjob device add sw7 --address sw7.example.net --platform linux --network branches --field site=berlin",
        "add a device to a network, with a field of your own"),
    ],
    seeAlso: ["credential add", "device edit"]
  ) { context, arguments in
    try DeviceOptions.checkPlatform(arguments[newPlatform], context)
    let device = try context.store.change(as: context.caller) { change in
      var edit = try DeviceOptions.editOfNewDevice(arguments, in: change.sql)
      edit.address = arguments[newAddress]
      edit.platform = arguments[newPlatform]
      let network = try edit.network ?? NetworkQueries.find(change.sql, "default")
      try change.addDevice(name: arguments[newName], edit, network: network)
      return try DeviceQueries.find(change.sql, arguments[newName])
    }
    context.show(document(device, context)) { context.note("device '\(device.name)' added to network '\(device.network)'") }
    return .done
  }

  private static let columns = Listing<DeviceRecord>(
    [
      .init("name"), .init("address"), .init("port", .number, priority: 3), .init("platform"), .init("network", priority: 4),
      .init("status") { device, _ in device.isEnabled ? statusCell(device.status) : .status("disabled", .muted) },
      .init("tags", priority: 2), .init("lastSeen", .time, priority: 1), .init("vendor", place: .wide),
      .init("model", place: .wide), .init("version", place: .wide), .init("serial", place: .wide),
      .init("comment", place: .wide), .init("changedTime", .time, place: .onRequest),
    ],
    more: [
      "id", "credential", "fields", "enabled", "legacy", "hostname", "unsaved", "hostKey", "transport", "timeouts",
    ])

  static let listAll = Command(
    ["device", "list"], summary: "list the devices",
    discussion: """
      --search takes words and KEY:VALUE terms: all must match, unless OR stands between them; - before a term means not; \
      parentheses group. Keys are name, hostname, address, network, platform, vendor, model, version, serial, tag, site, \
      status, changed and your own fields. Values take * for any text; address takes an IP address, a prefix or a range; \
      changed takes an age such as changed:<7d. A word alone is looked for in name, hostname, address and comment.
      """,
    needs: [.permission(.view)], parameters: [search] + columns.parameters,
    examples: [
      Example("netjob device list", "list the devices of the networks that you may see"),
      Example("netjob device list --search 'platform:cisco_* tag:core -site:lab address:10.1.0.0/16'", "find devices"),
    ],
    seeAlso: ["device show"]
  ) { context, arguments in
    let now = context.clock().milliseconds
    let devices = try context.store.read { sql in
      let rights = try AccountQueries.rights(sql, of: context.caller.name)
      let fields = try DeviceQueries.fieldNames(sql, seenBy: context.caller.name)
      let expression = try arguments[search].map { try DeviceQueries.parse($0, fields: fields) }
      return try DeviceQueries.all(sql).filter { device in
        rights.allows(.view, network: device.networkID)
          && (expression.map { $0.matches(device.searchSubject, now: now) } ?? true)
      }
    }
    columns.show(devices, context, arguments) { document($0, context) }
    return .done
  }

  static let show = Command(
    ["device", "show"], summary: "show what is known of a device", needs: [.permission(.view)], parameters: [name],
    examples: [Example("netjob device show core1", "show the device 'core1'")]
  ) { context, arguments in
    let device = try context.store.read { sql in
      let device = try DeviceQueries.find(sql, arguments[name])
      try context.requireView(of: device.networkID, in: sql)
      return device
    }
    context.show(document(device, context)) { block(device, context).write(to: context.output) }
    return .done
  }

  static let edit = Command(
    ["device", "edit"], summary: "change a device",
    discussion: "With another address or port its host key is forgotten: it may be another box.",
    needs: [.permission(.manageDevices)], parameters: [name, address, platform] + DeviceOptions.ofKnownDevices,
    constraints: DeviceOptions.constraints + [.atLeastOneOf([address, platform] + DeviceOptions.ofKnownDevices)],
    examples: [
      Example("netjob device edit core1 --tag border --untag core", "change tags"),
      Example("netjob device edit core1 --disabled", "let no job run on the device"),
    ],
    seeAlso: ["device add"]
  ) { context, arguments in
    if let platform = arguments[platform] { try DeviceOptions.checkPlatform(platform, context) }
    let (before, device) = try context.store.change(as: context.caller) { change in
      let before = try DeviceQueries.find(change.sql, arguments[name])
      var edit = try DeviceOptions.editOfKnownDevice(arguments, in: change.sql)
      edit.address = arguments[address]
      edit.platform = arguments[platform]
      try change.editDevice(before, edit)
      return (before, try DeviceQueries.find(change.sql, before.name))
    }
    context.show(document(device, context)) {
      context.note("device '\(device.name)' \(device == before ? "is that already" : "changed")")
      if before.hostKeyFingerprint != nil && device.hostKeyFingerprint == nil {
        context.note("its host key is forgotten, as it is at another address now")
      }
    }
    return .done
  }

  static let delete = Command(
    ["device", "delete"], summary: "delete a device that no job names", needs: [.permission(.manageDevices)],
    parameters: [name, yes], examples: [Example("netjob device delete core1 --yes", "delete a device without being asked")]
  ) { context, arguments in
    let device = try context.store.read { sql in
      let device = try DeviceQueries.find(sql, arguments[name])
      try context.require([.manageDevices], network: device.networkID, in: sql)
      return device
    }
    try context.confirm("delete device '\(device.name)'?", yes: arguments[yes])
    try context.store.change(as: context.caller) { try $0.deleteDevice(device) }
    context.show(document(device, context)) { context.note("device '\(device.name)' deleted") }
    return .done
  }

  private static func block(_ device: DeviceRecord, _ context: Context) -> FieldBlock {
    var block = FieldBlock()
    block.add("Name", key: "name", .text(device.name))
    block.add("Address", key: "address", .text(device.address))
    block.add("Port", key: "port", .int(device.port))
    block.add("Platform", key: "platform", .text(device.platform))
    block.add("Network", key: "network", .text(device.network))
    block.add("Credential", key: "credential", .optional(device.credential))
    block.add("Enabled", key: "enabled", .bool(device.isEnabled))
    block.add("Status", key: "status", statusCell(device.status))
    block.add("Last seen", key: "lastSeen", context.cell(device.lastSeen))
    block.add("Host key", key: "hostKey", hostKeyCell(device))
    block.add("Old algorithms", key: "legacy", .bool(device.isLegacy))
    block.add("Transport", key: "transport", .optional(device.transport?.rawValue))
    block.add("Timeouts", key: "timeouts", ReachOptions.cell(device.timeouts))
    block.add("Tags", key: "tags", .list(device.tags))
    block.add("Fields", key: "fields", .list(device.fields.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }))
    block.add("Comment", key: "comment", .text(device.comment))
    block.add("Hostname", key: "hostname", .optional(device.hostname))
    block.add("Vendor", key: "vendor", .optional(device.vendor))
    block.add("Model", key: "model", .optional(device.model))
    block.add("Version", key: "version", .optional(device.version))
    block.add("Serial", key: "serial", .optional(device.serial))
    block.add("Configuration changed", key: "changedTime", context.cell(device.changedAt))
    block.add("Unsaved changes", key: "unsaved", .bool(device.isUnsaved))
    return block
  }
}
