internal import Arguments
internal import Definitions
internal import JobModel
internal import JobRunner
internal import Storage
internal import Terminal
internal import ToolCatalog

extension JobDraft {
  mutating func applyTool(_ opened: [String: String]) throws {
    guard let name = arguments[JobOptions.tool] ?? definition.tool else {
      throw ModelError(
        .invalid, "--tool NAME is needed for a job of type tool", hint: "there are \(try names.joined(separator: ", "))")
    }
    var tool = try tool(named: name)
    var opened = opened
    if definition.tool != name {
      definition.tool = name
      definition.parameters = [:]
      definition.sealedParameters = [:]
      definition.values = [:]
      opened = [:]
    }
    let parametersBefore = definition.parameters
    changesDevices = tool.changesDevices
    if tool.builtIn != nil, definition.options.backupAfter || definition.options.save {
      throw ModelError(.invalid, "--backup-after and --save are for tools that change configurations; '\(name)' does not")
    }
    if !changesDevices, definition.options.backupAfter || definition.options.save {
      throw ModelError(.invalid, "--backup-after and --save are for tools that change devices; '\(name)' only reads")
    }
    try applyParameters(tool.parameters, &opened)
    if tool.builtIn == .pushFile { try pinFile(savedBefore: parametersBefore) }
    do throws(ToolError) {
      tool = try tool.specialized(for: definition.parameters)
    } catch {
      throw ModelError(.invalid, "tool '\(name)': \(error.message)", hint: error.hint)
    }
    let values = try applyValues(of: "tool", name, knowing: tool.parameters.map(\.name))
    if tool.builtIn == .pushFile { try requireOneFile() }
    try askForSecrets(tool.parameters, opened)
    let clear = definition.parameters.merging(opened) { $1 }.merging(secrets) { $1 }
    let perDevice = Set(definition.values.values.flatMap(\.keys))
    let checked: ToolValues
    do throws(ToolError) {
      checked = try tool.parameterSet.validate(parameters: clear, perDevice: perDevice)
    } catch {
      throw ModelError(.invalid, "tool '\(name)': \(error.message)", hint: error.hint)
    }
    for row in values?.rows ?? [] {
      do throws(ToolError) {
        _ = try tool.parameterSet.values(checked, overriddenBy: row.values)
      } catch {
        throw ModelError(.invalid, "\(valuesName) line \(row.line): \(error.message)", hint: error.hint)
      }
    }
    if values != nil { return }
    for (device, row) in definition.values.sorted(by: { $0.key < $1.key }) {
      do throws(ToolError) {
        _ = try tool.parameterSet.values(checked, overriddenBy: row)
      } catch {
        throw ModelError(.invalid, "values of '\(TextRule.quoted(device))': \(error.message)", hint: error.hint)
      }
    }
  }

  /// Notes the content of the file that the job copies: of a new job, and whenever the file is named again.
  private mutating func pinFile(savedBefore before: [String: String]) throws {
    let given = (arguments[JobOptions.param] + arguments[JobOptions.paramFile]).compactMap { pair in
      pair.split(separator: "=", maxSplits: 1).first.map(String.init)
    }
    let now = definition.parameters
    guard let name = now["file"] else { return }
    let isPinned = now["sha256"] != nil && now["size"] != nil
    if isPinned, !given.contains("file"), !given.contains("sha256"), !given.contains("size"), name == before["file"] { return }
    let file = try PushedFile(pinning: name, in: catalogs.files)
    if given.contains("sha256"), let wanted = now["sha256"], wanted != file.digest {
      throw ModelError(
        .invalid,
        "the file '\(TextRule.quoted(name))' is not what was expected: its SHA-256 is \(file.digest), not \(TextRule.quoted(wanted))"
      )
    }
    if given.contains("size"), let wanted = now["size"], Int(wanted) != file.byteCount {
      throw ModelError(
        .invalid,
        "the file '\(TextRule.quoted(name))' is not what was expected: it has \(file.byteCount) bytes, not \(TextRule.quoted(wanted))"
      )
    }
    definition.parameters["sha256"] = file.digest
    definition.parameters["size"] = String(file.byteCount)
  }

  private func requireOneFile() throws {
    guard let own = definition.values.values.flatMap(\.keys).first(where: { ["file", "sha256", "size"].contains($0) }) else {
      return
    }
    throw ModelError(.invalid, "parameter '\(own)' cannot differ per device: one file is approved")
  }

  private var names: [String] { get throws { try catalogs.tools.names() } }
  var valuesName: String { Context.name(ofFile: arguments[JobOptions.values] ?? "") }

  private func tool(named name: String) throws -> Tool {
    do throws(DefinitionError) {
      return try catalogs.tools.tool(named: name)
    } catch {
      throw ModelError(error.code == .unknownName ? .notFound : .invalid, error.description, hint: error.hint)
    }
  }

  /// Reads the file of values per device; nil where none is given.
  /// - Parameter known: the names of all parameters; nil where any name is one.
  mutating func applyValues(
    of noun: String, _ name: String, knowing known: [String]?
  ) throws -> DeviceValues? {
    guard let path = arguments[JobOptions.values] else {
      for (device, row) in definition.values.sorted(by: { $0.key < $1.key }) {
        if let secret = row.keys.sorted().first(where: secretNames.contains) {
          throw ModelError(
            .invalid, "values of '\(TextRule.quoted(device))': parameter '\(secret)' is secret and cannot differ per device",
            hint: "--param-file \(secret)=- gives it for all")
        }
        if let known, let unknown = row.keys.sorted().first(where: { !known.contains($0) }) {
          throw ModelError(
            .invalid, "values of '\(TextRule.quoted(device))': \(noun) '\(name)' has no parameter '\(TextRule.quoted(unknown))'",
            hint: "it has \(known.joined(separator: ", "))")
        }
      }
      try requireKnownDevices(nil)
      return nil
    }
    let values = try DeviceValues(parsing: try context.text(ofFile: path, as: "the file of values"), file: path)
    if let secret = values.columns.first(where: secretNames.contains) {
      throw ModelError(
        .invalid, "\(valuesName) line 1: parameter '\(secret)' is secret and cannot differ per device",
        hint: "--param-file \(secret)=- gives it for all")
    }
    if let known, let unknown = values.columns.first(where: { !known.contains($0) }) {
      throw ModelError(
        .invalid, "\(valuesName) line 1: \(noun) '\(name)' has no parameter '\(TextRule.quoted(unknown))'",
        hint: "it has \(known.joined(separator: ", "))")
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
