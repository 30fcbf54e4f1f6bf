internal import Arguments
internal import Definitions
internal import JobModel
internal import JobRunner
internal import Storage
internal import Terminal
internal import ToolCatalog

/// A job's definition as the command line wants it, made from what it was before.
struct JobDraft {
  private(set) var definition: JobDefinition
  /// New secret parameters in the clear.
  private(set) var secrets: [String: String] = [:]
  private(set) var changesDevices = false

  private let context: Context
  private let arguments: ParsedArguments
  private let catalogs: Catalogs

  /// Reads files, asks for missing secrets where somebody can be asked, and checks all that can be without the database.
  /// - Parameters:
  ///   - base: the definition that is edited; for a new job one without anything.
  ///   - opened: its secret parameters in the clear.
  /// - Throws: `.invalid`, `.notFound`, `.notPermitted`, `TerminalError`.
  init(
    _ base: JobDefinition, opened: [String: String], catalogs: Catalogs, _ context: Context, _ arguments: ParsedArguments
  ) throws {
    definition = base
    self.context = context
    self.arguments = arguments
    self.catalogs = catalogs
    try requireOneReader()
    if let text = arguments[JobOptions.comment] { definition.comment = text }
    try applyTargets()
    try JobOptions.apply(arguments, to: &definition.options)
    switch definition.type {
    case .tool: try applyTool(opened)
    default: try refuseToolOptions()
    }
  }

  /// Standard input can be read once.
  private func requireOneReader() throws {
    var readers: [String] = []
    if arguments[JobOptions.devicesFrom] == "-" { readers.append("--devices-from") }
    if arguments[JobOptions.values] == "-" { readers.append("--values") }
    for pair in arguments[JobOptions.paramFile] where pair.hasSuffix("=-") { readers.append("--param-file \(pair)") }
    if readers.count > 1 {
      throw ModelError(
        .invalid, "\(TextRule.quoted(readers[0])) and \(TextRule.quoted(readers[1])) both want standard input",
        hint: "give one of them a file")
    }
  }

  private mutating func applyTargets() throws {
    if arguments[JobOptions.allDevices] { definition.targets = .allDevices }
    if let text = arguments[JobOptions.search] { definition.targets = .search(text) }
    let names = arguments[JobOptions.device]
    if !names.isEmpty {
      definition.targets = .devices(
        try context.store.read { sql in try names.map { try DeviceQueries.find(sql, $0, seenBy: context.caller.name).name } })
    }
    if let path = arguments[JobOptions.devicesFrom] { definition.targets = .devices(try devices(from: path)) }
  }

  /// The devices that a file lists, one name per line.
  private func devices(from path: String) throws -> [String] {
    let text = try context.text(ofFile: path, as: "the list of devices")
    var lines: [(number: Int, name: String)] = []
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      let name = line.prefix { $0 != "#" }.trimmed
      if !name.isEmpty { lines.append((index + 1, name)) }
    }
    if lines.isEmpty { throw ModelError(.invalid, "\(Context.name(ofFile: path)) lists no device") }
    return try context.store.read { [lines] sql in
      var seen: [String: Int] = [:]
      return try lines.map { line in
        func failure(_ message: String) -> ModelError {
          ModelError(.invalid, "\(Context.name(ofFile: path)) line \(line.number): \(message)")
        }
        let device: DeviceRecord
        do {
          device = try DeviceQueries.find(sql, line.name, seenBy: context.caller.name)
        } catch let error as ModelError {
          throw failure(error.message)
        }
        if let before = seen.updateValue(line.number, forKey: device.name) {
          throw failure("device '\(device.name)' is listed in line \(before) already")
        }
        return device.name
      }
    }
  }

  private mutating func refuseToolOptions() throws {
    let given =
      JobOptions.work.filter(arguments.isGiven)
      + [JobOptions.backupAfter, JobOptions.save].filter { arguments.isGiven($0) }
    if let first = given.first {
      throw ModelError(
        .invalid, "\(first.parameter.spelling) is for jobs of type tool, not \(definition.type.rawValue)")
    }
    definition.tool = nil
    definition.parameters = [:]
    definition.sealedParameters = [:]
    definition.values = [:]
    definition.options.backupAfter = false
    definition.options.save = false
  }

  // MARK: tool

  private mutating func applyTool(_ opened: [String: String]) throws {
    guard let name = arguments[JobOptions.tool] ?? definition.tool else {
      throw ModelError(
        .invalid, "--tool NAME is needed for a job of type tool", hint: "there are \(try names.joined(separator: ", "))")
    }
    let tool = try tool(named: name)
    var opened = opened
    if definition.tool != name {
      definition.tool = name
      definition.parameters = [:]
      definition.sealedParameters = [:]
      definition.values = [:]
      opened = [:]
    }
    changesDevices = tool.changesDevices
    if !changesDevices, definition.options.backupAfter || definition.options.save {
      throw ModelError(.invalid, "--backup-after and --save are for tools that change devices; '\(name)' only reads")
    }
    let secretNames = Set(tool.parameters.filter(\.isSecret).map(\.name))
    try applyParameters(tool, secretNames, &opened)
    let values = try applyValues(tool, secretNames)
    try askForSecrets(tool, opened)
    let clear = definition.parameters.merging(opened) { $1 }.merging(secrets) { $1 }
    let perDevice = Set(definition.values.values.flatMap(\.keys))
    let checked: ToolValues
    do throws(ToolError) {
      checked = try tool.validate(parameters: clear, perDevice: perDevice)
    } catch {
      throw ModelError(.invalid, "tool '\(name)': \(error.message)", hint: error.hint)
    }
    for row in values?.rows ?? [] {
      do throws(ToolError) {
        _ = try tool.values(checked, overriddenBy: row.values)
      } catch {
        throw ModelError(.invalid, "\(valuesName) line \(row.line): \(error.message)", hint: error.hint)
      }
    }
  }

  private var names: [String] { get throws { try catalogs.tools.names() } }
  private var valuesName: String { Context.name(ofFile: arguments[JobOptions.values] ?? "") }

  private func tool(named name: String) throws -> Tool {
    do throws(DefinitionError) {
      return try catalogs.tools.tool(named: name)
    } catch {
      throw ModelError(error.code == .unknownName ? .notFound : .invalid, error.description, hint: error.hint)
    }
  }

  /// Takes the parameters of the command line; secret ones apart, and never from argv, which everybody can read.
  private mutating func applyParameters(_ tool: Tool, _ secretNames: Set<String>, _ opened: inout [String: String]) throws {
    // What a tool calls secret now and did not when the job was saved.
    for name in secretNames { if let text = definition.parameters.removeValue(forKey: name) { secrets[name] = text } }
    var seen: Set<String> = []
    for (option, pair) in arguments[JobOptions.param].map({ ("--param", $0) })
      + arguments[JobOptions.paramFile].map({ ("--param-file", $0) })
    {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, !parts[0].isEmpty else {
        let form = option == "--param" ? "NAME=VALUE" : "NAME=FILE"
        // What was typed may be a secret.
        throw ModelError(.invalid, "\(option) needs the form \(form)")
      }
      let name = parts[0]
      if !seen.insert(name).inserted {
        throw ModelError(.invalid, "parameter '\(TextRule.quoted(name))' is given more than once")
      }
      let isSecret = secretNames.contains(name)
      if option == "--param", parts[1].isEmpty {
        if definition.parameters.removeValue(forKey: name) == nil, opened.removeValue(forKey: name) == nil {
          throw ModelError(.invalid, "parameter '\(TextRule.quoted(name))' has an empty value")
        }
        definition.sealedParameters[name] = nil
        continue
      }
      if option == "--param", isSecret {
        throw ModelError(
          .invalid, "parameter '\(name)' is secret: on the command line others could read it",
          hint: "--param-file \(name)=- reads it from standard input")
      }
      let text = option == "--param" ? parts[1] : try self.text(ofParameter: name, file: parts[1])
      guard isSecret else {
        definition.parameters[name] = text
        continue
      }
      // The same secret again is no change.
      if opened[name] != text { secrets[name] = text }
    }
  }

  private func text(ofParameter name: String, file: String) throws -> String {
    if file.isEmpty { throw ModelError(.invalid, "--param-file '\(TextRule.quoted(name))' names no file") }
    var text = try context.text(ofFile: file, as: "the file of parameter '\(TextRule.quoted(name))'", limit: 1 << 20)[...]
    // The line end that editors and echo leave is none of the value.
    if text.hasSuffix("\r\n") || text.hasSuffix("\n") { text = text.dropLast() }
    return String(text)
  }

  /// Asks for required secrets that are not there, where somebody can be asked.
  private mutating func askForSecrets(_ tool: Tool, _ opened: [String: String]) throws {
    guard context.input.isTerminal else { return }
    for parameter in tool.parameters
    where parameter.isSecret && parameter.isRequired && opened[parameter.name] == nil && secrets[parameter.name] == nil {
      secrets[parameter.name] = try context.prompt.readSecret("parameter '\(parameter.name)' (\(parameter.help))")
    }
  }

  /// Reads the file of values per device; nil where none is given.
  private mutating func applyValues(_ tool: Tool, _ secretNames: Set<String>) throws -> DeviceValues? {
    guard let path = arguments[JobOptions.values] else {
      try requireKnownDevices(nil)
      return nil
    }
    let values = try DeviceValues(parsing: try context.text(ofFile: path, as: "the file of values"), file: path)
    if let secret = values.columns.first(where: secretNames.contains) {
      throw ModelError(
        .invalid, "\(valuesName) line 1: parameter '\(secret)' is secret and cannot differ per device",
        hint: "--param-file \(secret)=- gives it for all")
    }
    if let unknown = values.columns.first(where: { name in !tool.parameters.contains { $0.name == name } }) {
      throw ModelError(
        .invalid, "\(valuesName) line 1: tool '\(tool.name)' has no parameter '\(TextRule.quoted(unknown))'",
        hint: "it has \(tool.parameters.map(\.name).joined(separator: ", "))")
    }
    definition.values = Dictionary(values.rows.map { ($0.device, $0.values) }, uniquingKeysWith: { first, _ in first })
    try requireKnownDevices(values)
    return values
  }

  /// Checks that the devices with values of their own are targets, where those are listed, and else that they exist.
  private func requireKnownDevices(_ values: DeviceValues?) throws {
    func failure(_ device: String, _ message: String) -> ModelError {
      guard let row = values?.rows.first(where: { $0.device == device }) else { return ModelError(.invalid, message) }
      return ModelError(.invalid, "\(valuesName) line \(row.line): \(message)")
    }
    let names = values.map { $0.rows.map(\.device) } ?? definition.values.keys.sorted()
    if case .devices(let targets) = definition.targets {
      if let other = names.first(where: { !targets.contains($0) }) {
        throw failure(other, "device '\(TextRule.quoted(other))' has values of its own and is none of the job's devices")
      }
      return
    }
    if values == nil || names.isEmpty { return }
    try context.store.read { sql in
      for name in names {
        do {
          _ = try DeviceQueries.find(sql, name, seenBy: context.caller.name)
        } catch let error as ModelError {
          throw failure(name, error.message)
        }
      }
    }
  }
}

extension Substring {
  /// Without blanks, tabs and carriage returns at its ends.
  fileprivate var trimmed: String {
    var rest = self
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    return String(rest.drop { $0.isWhitespace })
  }
}
