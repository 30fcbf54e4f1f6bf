private import Arguments
private import Definitions
private import JobModel
private import JobRunner
private import Storage
private import Terminal
private import ToolCatalog

extension ToolCommands {
  private static let role = RepeatedOption<String>(
    "role", valueName: "ROLE", help: "a role whose holders may use it; repeatable", atLeast: 1, completion: .dynamic("role"))

  static let limit = Command(
    ["tool", "limit"], summary: "limit a tool to roles",
    discussion: """
      From then on only who holds one of the roles, for all networks or for that of the job, can make, edit and run jobs of the \
      tool. It is looked up at each execution: a job that was approved before, or that a trigger fires, is not run where the \
      user for whom it runs holds none of them, and the history says so. Roles that were named before no longer count.

      Administrators are not held back: '--role administrator' leaves the tool to them alone.
      """,
    needs: [.permission(.administer)], parameters: [name, role],
    examples: [
      Example("netjob tool limit config-commands --role senior", "let only seniors type configuration lines of their own")
    ], seeAlso: ["tool unlimit", "role add", "user grant"]
  ) { context, arguments in
    do throws(DefinitionError) {
      _ = try context.catalogs.tools.tool(named: arguments[name])
    } catch {
      throw ModelError(error.code == .unknownName ? .notFound : .invalid, error.description, hint: error.hint)
    }
    let roles = try context.store.change(as: context.caller) { change in
      try change.limitTool(arguments[name], to: Set(arguments[role]))
      return try ToolLimitQueries.roles(change.sql, of: arguments[name])
    }
    context.show(document(arguments[name], roles)) { context.note(ToolLimitQueries.text(arguments[name], roles)) }
    return .done
  }

  static let unlimit = Command(
    ["tool", "unlimit"], summary: "open a limited tool to everyone whose permissions suffice",
    needs: [.permission(.administer)], parameters: [name],
    examples: [Example("netjob tool unlimit config-commands", "let every operator use it again")], seeAlso: ["tool limit"]
  ) { context, arguments in
    try context.store.change(as: context.caller) { try $0.unlimitTool(arguments[name]) }
    context.show(document(arguments[name], [])) { context.note("tool '\(arguments[name])' is open to all") }
    return .done
  }

  private static func document(_ tool: String, _ roles: [String]) -> JSONValue {
    ["name": .string(tool), "limitedTo": .strings(roles)]
  }
}
