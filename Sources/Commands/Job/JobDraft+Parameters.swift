internal import Arguments
internal import Definitions
internal import JobModel
internal import JobRunner
internal import Storage
internal import Terminal
internal import ToolCatalog

extension JobDraft {
  mutating func applyReport(_ opened: [String: String]) throws {
    if let kind = arguments[JobOptions.report] { definition.report = kind.rawValue }
    guard definition.report != nil else {
      throw ModelError(
        .invalid, "--report KIND is needed for a job of type report",
        hint: "it is one of \(ReportKind.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    try applyTyped(opened)
    let parameters = definition.parameters
    try context.store.read { try ReportJob.checkRecipients(parameters, $0) }
    if let text = definition.parameters["search"] {
      _ = try context.store.read { sql in
        try DeviceQueries.parse(text, fields: try DeviceQueries.fieldNames(sql, seenBy: context.caller.name))
      }
    }
  }

  /// Takes the parameters of a job type that has its own, see `JobType.parameterSet`.
  mutating func applyTyped(_ opened: [String: String]) throws {
    guard let set = definition.type.parameterSet else { return }
    var opened = opened
    try applyParameters(set.parameters, &opened)
    try askForSecrets(set.parameters, opened)
    do throws(ToolError) {
      _ = try set.validate(parameters: definition.parameters.merging(opened) { $1 }.merging(secrets) { $1 })
    } catch {
      throw ModelError(.invalid, error.message, hint: error.hint)
    }
  }

  /// Takes the parameters of the command line; secret ones apart, and never from argv, which everybody can read.
  mutating func applyParameters(_ parameters: [ToolParameter], _ opened: inout [String: String]) throws {
    secretNames = Set(parameters.filter(\.isSecret).map(\.name))
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
        throw ModelError(
          .invalid, "\(option) needs the form \(form): there is one without '=', or without a name before it",
          hint: "quote it where the value has blanks: \(option) '\(form)'")
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
  mutating func askForSecrets(_ parameters: [ToolParameter], _ opened: [String: String]) throws {
    guard context.input.isTerminal else { return }
    for parameter in parameters
    where parameter.isSecret && parameter.isRequired && opened[parameter.name] == nil && secrets[parameter.name] == nil {
      secrets[parameter.name] = try context.prompt.readSecret("parameter '\(parameter.name)' (\(parameter.help))")
    }
  }
}
