package import Definitions
import Synchronization

/// The tools that there are: those within the program, and the user's own, which go before them.
///
/// Nothing is parsed before it is asked for.
package final class ToolLibrary: Sendable {
  /// The files of `Tools/`, as SwiftPM embeds them; a test compares this list with the folder.
  static var embedded: [String: [UInt8]] {
    [
      "command-runner": PackageResources.command_runner_yaml,
      "config-commands": PackageResources.config_commands_yaml,
      "static-route-add": PackageResources.static_route_add_yaml,
      "static-route-delete": PackageResources.static_route_delete_yaml,
    ]
  }

  private let folder: DefinitionFolder?
  private let loaded = Mutex<[String: Tool]>([:])

  /// - Parameter folder: the user's own tool files, `NAME.yaml`.
  package init(folder: DefinitionFolder? = nil) {
    self.folder = folder
  }

  /// The names of all tools, sorted.
  /// - Throws: `.unreadable`.
  package func names() throws(DefinitionError) -> [String] {
    Set(Self.embedded.keys).union(try folder?.names() ?? []).sorted()
  }

  /// The tool called `name`; parsed once.
  /// - Throws: `.unknownName`, listing what there is, and whatever is wrong with the file.
  package func tool(named name: String) throws(DefinitionError) -> Tool {
    if let tool = loaded.withLock({ $0[name] }) { return tool }
    let (bytes, file) = try source(of: name)
    let tool = try Tool(yaml: bytes, file: file)
    guard tool.name == name else {
      throw DefinitionError(.badValue, "name: the file of tool '\(name)' says '\(tool.name)'", file: file)
    }
    loaded.withLock { $0[name] = tool }
    return tool
  }

  /// The YAML of the tool called `name`, as it stands, and the name of its file.
  /// - Throws: `.unknownName`, `.unreadable`.
  package func source(of name: String) throws(DefinitionError) -> (bytes: [UInt8], file: String) {
    if let folder, let bytes = try folder.contents(of: name) { return (bytes, folder.filePath(of: name)) }
    if let bytes = Self.embedded[name] { return (bytes, "\(name).yaml") }
    let names = try names()
    throw DefinitionError(
      .unknownName, "there is no tool '\(name)'; there are \(names.joined(separator: ", "))",
      hint: NameSuggestion.closest(to: name, in: names).map { "did you mean '\($0)'?" })
  }
}
