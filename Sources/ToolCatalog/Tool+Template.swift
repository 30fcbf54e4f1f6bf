extension Tool {
  /// The tool with the parameters that the user's own template asks for, and its lines for commands; itself where it has no
  /// such template, or none was given yet.
  /// - Parameter given: the parameters as given.
  /// - Throws: `.badParameters`, naming the template's line.
  package func specialized(for given: [String: String]) throws(ToolError) -> Tool {
    guard let name = templateParameter, let source = given[name] else { return self }
    let template: CommandTemplate
    let declared: [ToolParameter]
    do {
      (template, declared) = try CommandTemplate.open(source, reserved: Set(parameters.map(\.name)))
    } catch {
      throw ToolError(.badParameters, "parameter '\(name)': \(error.text)")
    }
    return Tool(
      name: self.name, title: title, changesDevices: changesDevices, parameters: parameters + declared, source: self.source,
      builtIn: builtIn, recipes: recipes.mapValues { $0.typing(template) }, credential: credential,
      revisionParameter: revisionParameter, templateParameter: name)
  }
}
