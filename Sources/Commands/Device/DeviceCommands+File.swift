private import Arguments
private import Definitions
private import DeviceCLI
private import JobModel
private import JobRunner
private import Scheduling
private import Storage
private import Terminal

extension DeviceCommands {
  private static let file = Operand<String>("FILE", help: "the file; - is standard input", completion: .file)
  private static let format = Option<String>(
    "format", valueName: "FORMAT", help: "what the file is; by its name or beginning where that tells",
    conversion: .oneOf(DeviceFile.Format.allCases.map(\.rawValue)))
  private static let exportFormat = DefaultedOption<String>(
    "format", valueName: "FORMAT", help: "what to write", default: "csv", conversion: .oneOf(["csv", "json", "yaml"]))
  private static let update = Flag("update", help: "change devices that are there already, where the file says other things")
  private static let keepGoing = Flag("keep-going", help: "import what is right though something else is wrong, and exit 1")
  private static let dryRun = Flag("dry-run", help: "show what would change, and change nothing")
  private static let network = Option<String>(
    "network", valueName: "NETWORK", help: "only devices of this network", completion: .dynamic("network"))
  private static let search = Option<String>("search", valueName: "EXPR", help: "only the devices that match")

  /// What becomes of a row.
  private struct Outcome {
    var added: [String] = []
    var changed: [(device: String, changes: [String])] = []
    var unchanged = 0
    var problems: [String] = []

    var document: JSONValue {
      [
        "added": .strings(added),
        "changed": .array(changed.map { ["device": .string($0.device), "changes": .strings($0.changes)] }),
        "unchanged": .int(unchanged), "failed": .strings(problems),
      ]
    }
  }

  /// Ends the transaction of a trial, or of an import with mistakes.
  private struct TakenBack: Error {
    var outcome: Outcome
  }

  static let importFile = Command(
    ["device", "import"], summary: "add devices from a file",
    discussion: """
      csv has a column for each of name, address, port, platform, network, credential, tags (separated by ;), comment, enabled, \
      legacy, transport, and field.NAME for fields of your own. json and yaml are lists of objects with the same keys, as \
      'device export' writes them. ansible is an inventory in YAML ('ansible-inventory --list --yaml' makes one): \
      ansible_host, ansible_port and ansible_network_os count, groups become tags. netbox is NetBox's CSV export of devices, \
      oxidized a router.db.

      All mistakes are told at once, each with its line; nothing is imported while there is one, but with --keep-going. What \
      a file does not say of a device that is there stays as it is; an empty CSV field says nothing.
      """,
    needs: [.permission(.manageDevices)], parameters: [file, format, update, keepGoing, dryRun],
    examples: [
      Example("netjob device import devices.csv --dry-run", "see what would be added"),
      Example("netjob device import - --format oxidized --update < router.db", "take over an Oxidized installation's devices"),
    ],
    exitCodes: [ExitCode(1, "with --keep-going: some rows were wrong"), ExitCode(2, "rows are wrong; nothing was imported")],
    seeAlso: ["device export", "device add"]
  ) { context, arguments in
    let path = arguments[file]
    let text = try context.text(ofFile: path, as: "the file of devices", limit: 64 << 20)
    let name = Context.name(ofFile: path)
    let choices = DeviceFile.Format.allCases.map(\.rawValue).joined(separator: ", ")
    let isFormatGiven = arguments[format] != nil
    guard let format = arguments[format].flatMap(DeviceFile.Format.init(rawValue:)) ?? DeviceFile.format(of: text, file: path)
    else {
      throw ModelError(
        .invalid, "nothing tells what \(name) is",
        hint: "--format says it: one of \(choices); 'ansible-inventory --list --yaml' makes YAML of an INI inventory")
    }
    let platforms: [String]
    do throws(DefinitionError) {
      platforms = try context.catalogs.platforms.names()
    } catch {
      throw ModelError(.invalid, error.description, hint: error.hint)
    }
    let devices: DeviceFile
    do {
      devices = try DeviceFile(parsing: text, format, file: name, platforms: platforms)
    } catch let error as ModelError where !isFormatGiven {
      throw ModelError(
        error.code, error.message, hint: error.hint ?? "it was read as \(format); --format says what else it is")
    }
    let known = Set(platforms)
    let (keepsGoing, updates, isTrial) = (arguments[keepGoing], arguments[update], arguments[dryRun])
    let outcome: Outcome
    var isTakenBack = false
    do {
      outcome = try context.store.change(as: context.caller) { change in
        var outcome = Outcome()
        var refusals = 0
        var refusal: ModelError?
        outcome.problems = devices.problems
        for row in devices.rows {
          do {
            try take(row, updates: updates, platforms: known, change, &outcome)
          } catch let error as ModelError {
            if error.code == .notPermitted { (refusals, refusal) = (refusals + 1, error) }
            outcome.problems.append("\(row.place): device '\(TextRule.quoted(row.name))': \(error.message)")
          }
        }
        // Whoever may add none of them is told so, by the exit code too.
        if refusals > 0, refusals == devices.rows.count { throw refusal ?? TakenBack(outcome: outcome) }
        if isTrial || (!outcome.problems.isEmpty && !keepsGoing) { throw TakenBack(outcome: outcome) }
        return outcome
      }
    } catch let trial as TakenBack {
      outcome = trial.outcome
      isTakenBack = true
    }
    for problem in outcome.problems { context.errors.writeLine("netjob: " + escapeControls(problem)) }
    let isRefused = !outcome.problems.isEmpty && !keepsGoing
    if isRefused, !isTrial {
      throw ModelError(
        .invalid, "\(outcome.problems.count) row\(outcome.problems.count == 1 ? " is" : "s are") wrong; nothing was imported",
        hint: "--keep-going imports the others")
    }
    context.show(outcome.document) {
      for device in outcome.added { context.output.writeLine("+ \(device)") }
      for (device, changes) in outcome.changed {
        context.output.writeLine("~ \(device): \(escapeControls(changes.joined(separator: "; ")))")
      }
      let verb = isTakenBack ? "would be " : ""
      context.note(
        "\(outcome.added.count) \(verb)added, \(outcome.changed.count) \(verb)changed, \(outcome.unchanged) unchanged"
          + (outcome.problems.isEmpty ? "" : ", \(outcome.problems.count) wrong"))
    }
    return outcome.problems.isEmpty ? .done : isTrial && !keepsGoing ? .usage : .failed
  }

  private static func take(
    _ row: DeviceFile.Row, updates: Bool, platforms: Set<String>, _ change: Change, _ outcome: inout Outcome
  ) throws {
    let sql = change.sql
    if let platform = row.platform, !platforms.contains(platform) {
      throw ModelError(.invalid, "there is no platform '\(TextRule.quoted(platform))'; netjob platform list shows them")
    }
    var edit = DeviceEdit()
    edit.port = row.port
    edit.credential = try row.credential.map { try CredentialQueries.find(sql, $0) }
    if let text = row.transport {
      guard let transport = TransportKind(rawValue: text) else {
        throw ModelError(
          .invalid,
          "transport: '\(TextRule.quoted(text))' is none of \(TransportKind.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      edit.transport = transport
    }
    guard let found = try sql.row("SELECT id FROM device WHERE name = ?", row.name),
      let old = try DeviceQueries.get(sql, id: try found.int64("id"))
    else {
      let network = try NetworkQueries.find(sql, row.network ?? "default")
      guard let platform = row.platform else { throw ModelError(.invalid, "it has no platform") }
      guard let address = row.address else { throw ModelError(.invalid, "it has no address") }
      edit.address = address
      edit.platform = platform
      edit.tags = row.tags ?? []
      edit.fields = row.fields
      edit.comment = row.comment
      edit.enabled = row.isEnabled
      edit.legacy = row.isLegacy
      try change.addDevice(name: row.name, edit, network: network)
      outcome.added.append(row.name)
      return
    }
    try change.require(.manageDevices, network: old.networkID)
    guard updates else { throw ModelError(.conflict, "it exists already; --update changes it") }
    let changes = try differences(row, old, &edit, sql)
    if changes.isEmpty {
      outcome.unchanged += 1
      return
    }
    try change.editDevice(old, edit)
    outcome.changed.append((row.name, changes))
  }

  /// What a row says otherwise than the stored device; the edit gets just that.
  private static func differences(
    _ row: DeviceFile.Row, _ old: DeviceRecord, _ edit: inout DeviceEdit, _ sql: any SQLConnection
  ) throws -> [String] {
    var changes: [String] = []
    func differs(_ what: String, _ before: String?, _ after: String?) -> Bool {
      guard let after, before != after else { return false }
      changes.append("\(what) \(before ?? "none") -> \(after)")
      return true
    }
    edit.address = differs("address", old.address, row.address) ? row.address : nil
    edit.port = differs("port", "\(old.port)", row.port.map(String.init)) ? row.port : nil
    edit.platform = differs("platform", old.platform, row.platform) ? row.platform : nil
    if differs("network", old.network, row.network) { edit.network = try row.network.map { try NetworkQueries.find(sql, $0) } }
    if !differs("credential", old.credential, row.credential) { edit.credential = nil }
    if !differs("transport", old.transport?.rawValue, row.transport) { edit.transport = nil }
    edit.comment = differs("comment", old.comment, row.comment) ? row.comment : nil
    edit.enabled = differs("enabled", "\(old.isEnabled)", row.isEnabled.map { "\($0)" }) ? row.isEnabled : nil
    edit.legacy = differs("legacy", "\(old.isLegacy)", row.isLegacy.map { "\($0)" }) ? row.isLegacy : nil
    if let tags = row.tags {
      edit.tags = tags.filter { !old.tags.contains($0) }
      edit.untags = old.tags.filter { !tags.contains($0) }
      changes += edit.tags.map { "+tag \($0)" } + edit.untags.map { "-tag \($0)" }
    }
    for (key, value) in row.fields.sorted(by: { $0.key < $1.key }) where differs("field \(key)", old.fields[key] ?? "", value) {
      edit.fields[key] = value
    }
    return changes
  }

  // MARK: Export

  static let export = Command(
    ["device", "export"], summary: "write devices as a file that device import reads",
    discussion: "What people have entered, and no secrets. What devices say of themselves is in 'device list --json'.",
    needs: [.permission(.view)], parameters: [exportFormat, network, search],
    examples: [
      Example("netjob device export > devices.csv", "for a spreadsheet"),
      Example("netjob device export --format yaml --network branches", "the devices of one network"),
    ], seeAlso: ["device import", "device list"]
  ) { context, arguments in
    let now = context.clock().milliseconds
    let devices = try context.store.read { sql in
      let rights = try AccountQueries.rights(sql, of: context.caller.name)
      let only = try arguments[network].map { try NetworkQueries.find(sql, $0).id }
      let fields = try DeviceQueries.fieldNames(sql, seenBy: context.caller.name)
      let expression = try arguments[search].map { try DeviceQueries.parse($0, fields: fields) }
      return try DeviceQueries.all(sql).filter { device in
        context.maySee(device.networkID, rights) && (only == nil || only == device.networkID)
          && (expression.map { $0.matches(device.searchSubject, now: now) } ?? true)
      }
    }
    let documents = JSONValue.array(devices.map(exported))
    context.show(documents) {
      switch arguments[exportFormat] {
      case "json": context.output.write(documents.pretty + "\n")
      case "yaml":
        // A JSON value is a YAML value; one to a line can be compared line by line.
        for device in devices { context.output.writeLine("- " + exported(device).compact) }
        if devices.isEmpty { context.output.writeLine("[]") }
      default: context.output.write(csv(devices, forTerminal: context.output.isTerminal))
      }
    }
    return .done
  }

  private static func exported(_ device: DeviceRecord) -> JSONValue {
    var members: [JSONValue.Member] = [
      .init("name", .string(device.name)), .init("address", .string(device.address)), .init("port", .int(device.port)),
      .init("platform", .string(device.platform)), .init("network", .string(device.network)),
      .init("tags", .strings(device.tags)), .init("fields", fields(device)), .init("comment", .string(device.comment)),
      .init("enabled", .bool(device.isEnabled)), .init("legacy", .bool(device.isLegacy)),
    ]
    if let credential = device.credential { members.append(.init("credential", .string(credential))) }
    if let transport = device.transport { members.append(.init("transport", .string(transport.rawValue))) }
    return .object(members)
  }

  /// What acts on a terminal is escaped. What only turns text round may have been typed, and comes back as it was through a file.
  private static func csv(_ devices: [DeviceRecord], forTerminal isForTerminal: Bool) -> String {
    let names = Set(devices.flatMap(\.fields.keys)).sorted()
    func escaped(_ text: String) -> String {
      if isForTerminal { return escapeControls(text, .block) }
      return text.unicodeScalars.map { $0.value < 0xA0 ? escapeControls(String($0), .block) : String($0) }.joined()
    }
    func field(_ value: String) -> String {
      let text = escaped(value)
      // A spreadsheet would take it for a formula.
      let isFormula = text.first.map { "=+-@".contains($0) } == true
      // What looks guarded already must come back with its quote.
      let looksGuarded = text.hasPrefix("'") && text.dropFirst().first.map { "=+-@'".contains($0) } == true
      let guarded = isFormula || looksGuarded ? "'" + text : text
      guard guarded.contains(where: { ",\"\r\n".contains($0) || $0.isNewline }) else { return guarded }
      return "\"" + guarded.replacing("\"", with: "\"\"") + "\""
    }
    let head = [
      "name", "address", "port", "platform", "network", "credential", "tags", "comment", "enabled", "legacy", "transport",
    ]
    let lines = devices.map { device in
      [
        device.name, device.address, "\(device.port)", device.platform, device.network, device.credential ?? "",
        device.tags.joined(separator: ";"), device.comment, "\(device.isEnabled)", "\(device.isLegacy)",
        device.transport?.rawValue ?? "",
      ] + names.map { device.fields[$0] ?? "" }
    }
    return ([head + names.map { "field.\($0)" }] + lines).map { $0.map(field).joined(separator: ",") + "\n" }.joined()
  }
}
