package import Arguments
internal import JobModel
internal import Scheduling
internal import Storage
internal import Terminal

/// `netjob filter`: named sets of times at which triggers do not fire.
package enum FilterCommands {
  package static let group = CommandGroup(
    "filter", section: Sections.jobs, summary: "named sets of times at which triggers do not fire", defaultVerb: "list")

  package static let list: [Command] = [add, listAll, show, edit, delete, test]

  /// The filter for `--json`.
  /// - Parameter triggers: those that use it, as far as the caller may see them.
  static func members(_ filter: FilterRecord, usedBy triggers: [TriggerRecord]) -> [JSONValue.Member] {
    [
      .init("id", .integer(filter.id)), .init("name", .string(filter.name)), .init("timezone", .optional(filter.timezone)),
      .init("rules", .strings(filter.rules)),
      .init("triggers", .array(triggers.map { ["job": .string($0.job), "name": .string($0.name)] })),
    ]
  }

  /// Parses rules; an error names the rule where there are several.
  static func rules(_ texts: [String]) throws(ScheduleError) -> [FilterRule] {
    var rules: [FilterRule] = []
    for (index, text) in texts.enumerated() {
      do {
        rules.append(try FilterRule(parsing: text))
      } catch {
        if texts.count == 1 { throw error }
        throw ScheduleError(
          error.code, "rule \(index + 1) of \(texts.count): \(error.message)", hint: error.hint, column: error.column)
      }
    }
    return rules
  }

  /// The triggers that the caller may see.
  static func visible(
    _ triggers: [TriggerRecord], _ context: Context, _ sql: any SQLConnection
  ) throws -> [TriggerRecord] {
    let rights = try AccountQueries.rights(sql, of: context.caller.name)
    return triggers.filter { context.maySee($0.networkID, rights) }
  }
}
