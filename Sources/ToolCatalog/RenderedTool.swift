package import Definitions

/// What a tool types on one device.
package struct RenderedTool: Sendable {
  package let mode: ToolMode
  package let commands: [String]
  /// `commands` with secrets as `******`, for previews and history.
  package let maskedCommands: [String]
  /// Where there are some, a line of the output must match one.
  package let success: [Pattern]
  /// Lines that mean failure, besides the platform's own.
  package let errors: [Pattern]
  package let verification: Verification?
  /// The commands that take the change back.
  package let undo: [String]?
  package let maskedUndo: [String]?
  /// For each command; the platform's own where `nil`.
  package let timeout: Duration?
  /// What the configuration must be afterwards; nil where it is not for the tool to say.
  package let wanted: String?
  /// What it does to the credentials of those who log in.
  package let credentialChange: CredentialChange?
  /// The values of the secret parameters, for those who redact what the device says.
  package let secrets: [String]
  /// What netjob does itself, with the values of its parameters, those in `secrets` included.
  package let builtIn: BuiltIn?
  package let values: [String: String]
  /// How the file gets there, of a `push-file`.
  package let copy: RenderedCopy?
  /// The configuration that goes there as a file, before the commands that load it.
  package let upload: RenderedUpload?

  /// How a tool changes the ways in.
  package enum CredentialChange: Sendable, Equatable {
    /// The secret of the enable mode becomes another.
    case enable(String)
    /// A user's password becomes another.
    case password(String, user: String)
    /// A user is taken away.
    case removal(user: String)
  }

  /// A command that reads, and what its output must show afterwards.
  package struct Verification: Sendable, Equatable {
    package let command: String
    package let mode: ToolMode
    /// Texts that must be there, as whole words of one line.
    package let contains: [String]
    /// Texts that must not be there.
    package let lacks: [String]

    /// What `output` shows otherwise than it must, one sentence each; empty when verified.
    package func failures(in output: String) -> [String] {
      let lines = TextLines.split(output).map { Self.words($0[...]) }
      func shows(_ text: String) -> Bool {
        let wanted = Self.words(text[...])
        return lines.contains { line in
          line.count >= wanted.count && (0...(line.count - wanted.count)).contains { line[$0...].starts(with: wanted) }
        }
      }
      return contains.filter { !shows($0) }.map { "'\(command)' does not show '\($0)'" }
        + lacks.filter(shows).map { "'\(command)' still shows '\($0)'" }
    }

    private static func words(_ line: Substring) -> [Substring] {
      line.split { $0 == " " || $0 == "\t" }
    }
  }
}

extension Tool {
  /// Makes the commands for one device; everything that can go wrong with them goes wrong here, before any device is touched.
  /// - Parameters:
  ///   - platform: the device's.
  ///   - facts: what templates see as `device.NAME`.
  ///   - values: as validated.
  ///   - own: the device's own values, which go before `values`.
  ///   - stored: finds the device's own stored configuration by its number.
  ///   - refusal: why a command is no reading one, to be read behind it; asked for all commands of tools that change
  ///     nothing, and for verifications.
  /// - Throws: `.unsupportedPlatform`, `.badParameters`, `.undefinedVariable`, `.badRendering`, `.commandRefused`.
  package func render(
    platform: String, facts: [String: String], values: ToolValues, own: [String: String] = [:],
    refusal: (String) -> String?, stored: ((Int) throws(ToolError) -> StoredConfiguration)? = nil
  ) throws(ToolError) -> RenderedTool {
    guard let recipe = recipes[platform] ?? recipes[Self.anyPlatform] else {
      throw ToolError(
        .unsupportedPlatform,
        "tool '\(name)' does not support platform '\(platform)'; it supports \(platforms.joined(separator: ", "))")
    }
    let values = try parameterSet.values(values, overriddenBy: own)
    try checkUse(of: values, by: recipe, platform)
    let configuration = try storedConfiguration(values, stored)
    var upload: RenderedUpload?
    var file: [String: ToolValue] = [:]
    if let recipe = recipe.upload, let configuration {
      upload = try recipe.rendered(values.values, facts: facts, configuration)
    }
    if let upload { file = ["path": .text(upload.copy.destination)] }
    let commands = try recipe.commands.lines(
      values.values.merging(configuration?.values ?? [:]) { $1 }.merging(file) { $1 }, facts: facts)
    let maskedCommands = try recipe.commands.lines(
      values.masked.merging(configuration?.maskedValues ?? [:]) { $1 }.merging(file) { $1 }, facts: facts)
    guard commands.count == maskedCommands.count else {
      throw ToolError(.badRendering, "what a secret is decides which commands there are, and previews could not show them")
    }
    if !changesDevices, builtIn == nil {
      for (command, shown) in zip(commands, maskedCommands) { try check(command, shown, refusal) }
    }
    let mode = try Self.mode(recipe.mode, values, facts)
    if !changesDevices, mode == .configure {
      throw ToolError(.commandRefused, "tool '\(name)' only reads and must not enter configuration mode")
    }
    var verification: RenderedTool.Verification?
    if let verify = recipe.verify {
      let lines = try verify.command.lines(values.values, facts: facts)
      guard lines.count == 1 else { throw ToolError(.badRendering, "a verification is one command") }
      try check(lines[0], try verify.command.lines(values.masked, facts: facts).first ?? "", refusal)
      let mode = try verify.mode.map { template throws(ToolError) in try Self.mode(template, values, facts) } ?? .enable
      guard mode != .configure else { throw ToolError(.commandRefused, "a verification must not enter configuration mode") }
      let contains = try Self.texts(verify.contains, values, facts)
      let lacks = try Self.texts(verify.lacks, values, facts)
      // What is to be seen can depend on the values, down to nothing at all.
      if !contains.isEmpty || !lacks.isEmpty {
        verification = RenderedTool.Verification(command: lines[0], mode: mode, contains: contains, lacks: lacks)
      }
    }
    var undo: [String]?
    var maskedUndo: [String]?
    if let template = recipe.undo {
      undo = try template.lines(values.values, facts: facts)
      maskedUndo = try template.lines(values.masked, facts: facts)
    }
    return RenderedTool(
      mode: mode, commands: commands, maskedCommands: maskedCommands,
      success: recipe.success, errors: recipe.errors, verification: verification, undo: undo, maskedUndo: maskedUndo,
      timeout: recipe.timeout, wanted: configuration?.text, credentialChange: credential?.change(values.values),
      secrets: values.secretNames.compactMap { values.values[$0]?.text }, builtIn: builtIn, values: values.texts,
      copy: try recipe.copy?.rendered(values.values, facts: facts), upload: upload)
  }

  private func storedConfiguration(
    _ values: ToolValues, _ stored: ((Int) throws(ToolError) -> StoredConfiguration)?
  ) throws(ToolError) -> StoredConfiguration? {
    guard let name = revisionParameter else { return nil }
    guard let stored, let number = values.values[name].flatMap({ Int($0.text) }) else {
      throw ToolError(.undefinedVariable, "tool '\(self.name)' needs a stored configuration")
    }
    return try stored(number)
  }

  /// A value that the platform's commands make no use of would be lost without a word.
  private func checkUse(of values: ToolValues, by recipe: Recipe, _ platform: String) throws(ToolError) {
    let used = recipe.parameterNames
    for parameter in parameters
    where !used.contains(parameter.name) && ![templateParameter, revisionParameter].contains(parameter.name) {
      guard let value = values.values[parameter.name], value != parameter.defaultValue else { continue }
      throw ToolError(
        .badParameters, "tool '\(name)' makes no use of parameter '\(parameter.name)' on platform '\(platform)'",
        hint: "leave it out there")
    }
  }

  /// - Parameter shown: the command with secrets masked.
  private func check(_ command: String, _ shown: String, _ refusal: (String) -> String?) throws(ToolError) {
    guard let reason = refusal(command) else { return }
    throw ToolError(
      .commandRefused, "'\(shown)' \(reason)", hint: "configuration is changed with the tool config-commands")
  }

  private static func mode(
    _ template: CommandTemplate, _ values: ToolValues, _ facts: [String: String]
  ) throws(ToolError) -> ToolMode {
    let text = try template.render(values.values, facts: facts)
    guard let mode = ToolMode(rawValue: text) else { throw ToolError(.badRendering, "there is no mode '\(text)'") }
    return mode
  }

  private static func texts(
    _ templates: [CommandTemplate], _ values: ToolValues, _ facts: [String: String]
  ) throws(ToolError) -> [String] {
    var texts: [String] = []
    for template in templates { texts += try template.lines(values.values, facts: facts, mayBeEmpty: true) }
    return texts
  }
}
