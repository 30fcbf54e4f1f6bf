import Definitions

/// The parameters of something that a job does, and the checks that they share.
package struct ParameterSet: Sendable {
  /// Whose they are, as messages name it: `tool 'ping'`.
  package let owner: String
  package let parameters: [ToolParameter]

  package init(owner: String, _ parameters: [ToolParameter]) {
    self.owner = owner
    self.parameters = parameters
  }

  /// Checks what the user gave for the parameters.
  /// - Parameters:
  ///   - parameters: texts by name; lists have one element per line.
  ///   - perDevice: names whose values come with each device instead, see `render`.
  /// - Throws: `.badParameters` with every problem there is.
  package func validate(
    parameters given: [String: String], perDevice: Set<String> = []
  ) throws(ToolError) -> ToolValues {
    var problems: [String] = []
    let names = parameters.map(\.name)
    for name in perDevice.sorted() where !names.contains(name) { problems.append(unknown(name)) }
    let values = checked(given, perDevice: perDevice, &problems)
    guard problems.isEmpty else { throw ToolError(problems: problems, hint: hint) }
    return ToolValues(
      values: values, secretNames: Set(parameters.filter(\.isSecret).map(\.name)), perDeviceNames: perDevice)
  }

  /// `values` with a device's own in their places.
  /// - Throws: `.badParameters` with every problem there is.
  package func values(_ values: ToolValues, overriddenBy own: [String: String]) throws(ToolError) -> ToolValues {
    if own.isEmpty, values.perDeviceNames.isEmpty { return values }
    var problems: [String] = []
    let merged = checked(values.texts.merging(own) { $1 }, perDevice: [], &problems)
    guard problems.isEmpty else { throw ToolError(problems: problems, hint: hint) }
    return ToolValues(values: merged, secretNames: values.secretNames, perDeviceNames: [])
  }

  private var hint: String {
    parameters.isEmpty
      ? "\(owner) has no parameters"
      : "\(owner) has the parameters \(parameters.map(\.name).joined(separator: ", "))"
  }

  private func checked(
    _ given: [String: String], perDevice: Set<String>, _ problems: inout [String]
  ) -> [String: ToolValue] {
    var values: [String: ToolValue] = [:]
    for name in given.keys.sorted() where !parameters.contains(where: { $0.name == name }) { problems.append(unknown(name)) }
    for parameter in parameters {
      guard let text = given[parameter.name] else {
        if let value = parameter.defaultValue {
          values[parameter.name] = value
        } else if parameter.isRequired, !perDevice.contains(parameter.name) {
          problems.append("parameter '\(parameter.name)' is missing: \(parameter.help)")
        }
        continue
      }
      switch parameter.value(of: text) {
      case .success(let value): values[parameter.name] = value
      case .failure(let problem): problems.append(problem.text)
      }
    }
    for parameter in parameters {
      guard let other = parameter.sameFamilyAs, let mine = values[parameter.name], let its = values[other] else { continue }
      if mine.text.contains(":") != its.text.contains(":") {
        problems.append("parameter '\(parameter.name)': '\(mine.text)' and \(other) '\(its.text)' are of different IP versions")
      }
    }
    return values
  }

  private func unknown(_ name: String) -> String {
    let suggestion = NameSuggestion.closest(to: name, in: parameters.map(\.name))
    return "unknown parameter '\(name)'" + (suggestion.map { "; did you mean '\($0)'?" } ?? "")
  }
}
