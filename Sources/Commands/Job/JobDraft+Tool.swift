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
    changesDevices = tool.changesDevices
    if !changesDevices, definition.options.backupAfter || definition.options.save {
      throw ModelError(.invalid, "--backup-after and --save are for tools that change devices; '\(name)' only reads")
    }
    try applyParameters(tool.parameters, &opened)
    do throws(ToolError) {
      tool = try tool.specialized(for: definition.parameters)
    } catch {
      throw ModelError(.invalid, "tool '\(name)': \(error.message)", hint: error.hint)
    }
    let values = try applyValues(of: "tool", name, knowing: tool.parameters.map(\.name))
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
