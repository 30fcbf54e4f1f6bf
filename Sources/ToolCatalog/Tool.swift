import Definitions

/// Something that can be done to devices of several platforms: data, decoded from a YAML file.
package struct Tool: Sendable {
  /// Stands for every platform that has no entry of its own.
  package static let anyPlatform = "any"

  package let name: String
  package let title: String
  package let changesDevices: Bool
  package let parameters: [ToolParameter]
  /// The YAML as it stands, which approvals are bound to.
  package let source: [UInt8]
  let recipes: [String: Recipe]

  /// What is done on one platform.
  struct Recipe: Sendable {
    let mode: CommandTemplate
    let commands: CommandTemplate
    let success: [Pattern]
    let errors: [Pattern]
    let verify: Verify?
    let undo: CommandTemplate?
    let timeout: Duration?
  }

  struct Verify: Sendable {
    let command: CommandTemplate
    let mode: CommandTemplate?
    let contains: [CommandTemplate]
    let lacks: [CommandTemplate]
  }

  /// The platforms that the tool has commands for, sorted; `any` stands for all others.
  package var platforms: [String] { recipes.keys.sorted() }
  package func supports(platform: String) -> Bool { recipes[platform] != nil || recipes[Self.anyPlatform] != nil }
}

/// The mode that a tool's commands are typed in.
package enum ToolMode: String, Sendable, CaseIterable {
  /// Whichever the session is in.
  case any
  case exec, enable, configure
}
