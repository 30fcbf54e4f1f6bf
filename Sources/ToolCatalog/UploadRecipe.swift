import Definitions

/// How a platform takes a whole configuration from a file. Its templates see the tool's parameters; those of `copy` also what
/// `CopyRecipe` says, and the recipe's `commands` see `path`, the file.
struct UploadRecipe: Sendable {
  static let names = ["path"]

  let destination: CommandTemplate
  let copy: CopyRecipe
  /// nil where it is loaded into the platform's candidate configuration, which has a trial of its own.
  let trial: Trial?

  /// What is loaded is in force for a time, until it is confirmed.
  struct Trial: Sendable {
    let mode: ToolMode
    let confirm: CommandTemplate
    let revert: CommandTemplate
    let minutes: Int
  }

  var parameterNames: Set<String> {
    copy.parameterNames.union([destination, trial?.confirm, trial?.revert].compactMap(\.self).flatMap(\.parameterNames))
  }

  /// - Parameter isCandidate: whether the recipe's commands are typed in the configuration.
  init(_ node: YAMLNode, _ parameters: [ToolParameter], isCandidate: Bool) throws(DefinitionError) {
    let fields = try node.mapping(["destination", "copy"] + (isCandidate ? [] : ["mode", "confirm", "revert", "minutes"]))
    destination = try CommandTemplate(fields.required("destination"), parameters)
    let copyNode = try fields.required("copy")
    copy = try CopyRecipe(
      copyNode, parameters + [ToolParameter("destination", .string, isRequired: true, help: "of the file")])
    // The file has secrets in it.
    guard copy.remove != nil else { throw copyNode.error(.missingKey, "the key 'remove' is missing") }
    trial =
      isCandidate
      ? nil
      : Trial(
        mode: try CopyRecipe.mode(fields), confirm: try CommandTemplate(fields.required("confirm"), parameters),
        revert: try CommandTemplate(fields.required("revert"), parameters),
        minutes: try fields.required("minutes").int(in: 1...120))
  }

  /// - Parameter values: those of the tool's parameters.
  func rendered(
    _ values: [String: ToolValue], facts: [String: String], _ configuration: StoredConfiguration
  ) throws(ToolError) -> RenderedUpload {
    let path = try Self.line(destination, values, facts, "destination")
    guard let copy = try copy.rendered(values.merging(["destination": .text(path)]) { $1 }, facts: facts),
      let remove = copy.remove
    else { throw ToolError(.badRendering, "'upload' says nothing about the copy") }
    let rendered = try trial.map { trial throws(ToolError) in
      RenderedUpload.Trial(
        mode: trial.mode, confirm: try Self.line(trial.confirm, values, facts, "confirm"),
        revert: try Self.line(trial.revert, values, facts, "revert"), minutes: trial.minutes)
    }
    return RenderedUpload(
      content: Array(configuration.fileText.utf8), maskedLines: TextLines.split(configuration.maskedText), copy: copy,
      trial: rendered, remove: remove)
  }

  private static func line(
    _ template: CommandTemplate, _ values: [String: ToolValue], _ facts: [String: String], _ key: String
  ) throws(ToolError) -> String {
    let lines = try template.lines(values, facts: facts)
    guard lines.count == 1 else { throw ToolError(.badRendering, "'\(key)' of 'upload' is one line") }
    return lines[0]
  }
}

/// A whole configuration for one device, that goes there as a file.
package struct RenderedUpload: Sendable {
  package let content: [UInt8]
  /// What previews show of it.
  let maskedLines: [String]
  package let copy: RenderedCopy
  /// nil where the platform's candidate configuration has one.
  package let trial: Trial?
  /// Deletes the file.
  package let remove: RenderedCopy.Command

  /// What will be done, in order, `commands` in the middle of it.
  package func steps(around commands: [String]) -> [String] {
    ["copy the stored configuration, \(content.count) bytes, to \(copy.destination):"] + maskedLines.map { "| \($0)" }
      + copy.commands.filter { $0 != remove }.map(\.text) + commands
      + [trial?.confirm, remove.text].compactMap(\.self)
  }

  package struct Trial: Sendable {
    /// In which what follows is typed.
    package let mode: ToolMode
    /// Keeps what was loaded.
    package let confirm: String
    /// Takes it back before its time.
    package let revert: String
    /// After so many minutes the device takes it back by itself, unless it is confirmed.
    package let minutes: Int
  }
}
