package import Arguments

/// One command: what it is called and takes, what it needs, what it does.
package struct Command: Sendable {
  package typealias Body = @Sendable (Context, ParsedArguments) async throws -> ExitStatus

  package let spec: CommandSpec
  package let needs: [Need]
  /// Whether the needs hold for a command line; without them the database stays closed.
  package let needsDatabase: @Sendable (ParsedArguments) -> Bool
  package let run: Body

  /// - Parameters:
  ///   - path: noun and verb, or one word.
  ///   - needs: what dispatch checks before `run`; also listed in the manual.
  ///   - needsDatabase: for a command that can do something without the database: whether this command line needs it.
  package init(
    _ path: [String], aliases: [[String]] = [], section: String = "", summary: String, discussion: String = "", needs: [Need],
    needsDatabase: @escaping @Sendable (ParsedArguments) -> Bool = { _ in true }, parameters: [any CommandParameter] = [],
    constraints: [Constraint] = [], examples: [Example] = [],
    exitCodes: [ExitCode] = [], seeAlso: [String] = [], isHidden: Bool = false, run: @escaping Body
  ) {
    spec = CommandSpec(
      path: path, aliases: aliases, section: section, summary: summary, discussion: discussion, parameters: parameters,
      constraints: constraints, examples: examples, exitCodes: exitCodes, needs: needs.map(\.text), seeAlso: seeAlso,
      isHidden: isHidden)
    self.needs = needs
    self.needsDatabase = needsDatabase
    self.run = run
  }
}
