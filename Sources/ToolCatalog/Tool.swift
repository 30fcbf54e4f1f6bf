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
  /// What netjob does itself; nil where commands are typed.
  package let builtIn: BuiltIn?
  let recipes: [String: Recipe]
  let credential: CredentialRule?
  /// The parameter that names a stored revision, whose lines templates see as `configuration`.
  let revisionParameter: String?
  /// The parameter that is a template of its own, whose names are parameters too.
  package let templateParameter: String?

  /// The parameters that say how a tool changes the ways in.
  struct CredentialRule: Sendable {
    enum Kind: Sendable {
      case enable(secret: String)
      case password(secret: String, user: String)
      case removal(user: String)
    }

    let kind: Kind

    func change(_ values: [String: ToolValue]) -> RenderedTool.CredentialChange? {
      switch kind {
      case .enable(let secret): return values[secret].map { .enable($0.text) }
      case .password(let secret, let user):
        guard let secret = values[secret], let user = values[user] else { return nil }
        return .password(secret.text, user: user.text)
      case .removal(let user): return values[user].map { .removal(user: $0.text) }
      }
    }
  }

  /// What is done on one platform.
  struct Recipe: Sendable {
    let mode: CommandTemplate
    let commands: CommandTemplate
    let success: [Pattern]
    let errors: [Pattern]
    let verify: Verify?
    let undo: CommandTemplate?
    let timeout: Duration?
    /// How a file gets there, of tools that copy one.
    let copy: CopyRecipe?
    /// How a stored configuration gets there as a file, of tools that load one so.
    let upload: UploadRecipe?

    /// The recipe with other commands in the same mode.
    func typing(_ template: CommandTemplate) -> Recipe {
      Recipe(
        mode: mode, commands: template, success: success, errors: errors, verify: verify, undo: undo, timeout: timeout,
        copy: copy, upload: upload)
    }

    /// The parameters that its templates make use of.
    var parameterNames: Set<String> {
      var names = mode.parameterNames.union(commands.parameterNames)
      if let undo { names.formUnion(undo.parameterNames) }
      if let copy { names.formUnion(copy.parameterNames) }
      if let upload { names.formUnion(upload.parameterNames) }
      if let verify {
        for template in [verify.command] + verify.contains + verify.lacks { names.formUnion(template.parameterNames) }
      }
      return names
    }
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
  /// Nothing is typed: netjob itself does it, and the lines say what.
  case local
}
