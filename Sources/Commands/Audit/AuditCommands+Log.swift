private import Arguments
private import Storage
private import Terminal

extension AuditCommands {
  private static let past = PastOptions("was done")
  private static let user = Option<String>(
    "user", valueName: "USER", help: "only what this user did, one who is gone too", completion: .dynamic("user"))
  private static let action = Option<String>(
    "action", valueName: "ACTION", help: "only this action (job.edit), or all that begin so (job)")
  private static let limit = DefaultedOption<Int>(
    "limit", valueName: "N", help: "at most this many, the newest", default: 50, conversion: .integer(in: 1...1_000_000))
  private static let head = Flag("head", help: "print only the last row's number and hash, to be noted elsewhere")

  private static let columns = Listing<AuditRecord>(
    [
      .init("row", .number), .init("time", .time), .init("user"), .init("action"), .init("object"),
      .init("detail", minimumWidth: 12, priority: 2), .init("mode", priority: 1),
      .init("loginUid", .number, title: "LOGIN", priority: 1),
    ], more: ["previous", "hash"])

  static let log = Command(
    ["audit", "log"], summary: "list what was changed by whom, the newest first",
    discussion: """
      With --head, the last row's number and hash, ROW:HASH. Keep it where those who can write the database cannot: in a ticket, \
      in a mail, on paper.

      \(PastOptions.discussion)
      """,
    needs: needs, parameters: past.parameters + [user, action, limit, head] + columns.parameters,
    constraints: [.excludes(head, past.parameters + [user, action] + columns.parameters)],
    examples: [
      Example("netjob audit log --user alice --since 2026-12-01", "what alice changed since a day"),
      Example("netjob audit log --since yesterday", "what was changed since yesterday"),
      Example("netjob audit log --action approval", "who asked for approvals and gave them"),
      Example("netjob audit log --head", "print the head of the chain"),
    ],
    seeAlso: ["audit verify"]
  ) { context, arguments in
    if arguments[head] { return try showHead(context) }
    var filter = AuditQueries.Filter()
    (filter.since, filter.until) = try past.bounds(arguments, context)
    filter.user = arguments[user]
    filter.action = arguments[action]
    filter.limit = arguments[limit]
    let rows = try context.store.read { [filter] sql in
      try context.requireOwnerOrAdministrator(in: sql)
      return try AuditQueries.list(sql, filter)
    }
    columns.show(rows, context, arguments) { document($0, context) }
    return .done
  }

  private static func showHead(_ context: Context) throws -> ExitStatus {
    let (head, time) = try context.store.read { sql in
      try context.requireOwnerOrAdministrator(in: sql)
      return (try AuditLog.head(sql), try AuditQueries.lastTime(sql))
    }
    context.show([
      "head": .string(head.description), "row": .optional(head.row), "hash": .string(head.hash), "time": context.json(time),
    ]) {
      context.output.writeLine(head.description)
    }
    return .done
  }

  private static func document(_ row: AuditRecord, _ context: Context) -> JSONValue {
    .object([
      .init("row", .integer(row.row)), .init("time", context.json(row.time)), .init("user", .string(row.user)),
      .init("loginUid", .optional(row.loginUID)), .init("mode", .string(row.mode)), .init("action", .string(row.action)),
      .init("object", .string(row.object)), .init("detail", .string(row.detail)), .init("previous", .string(row.previous)),
      .init("hash", .string(row.hash)),
    ])
  }
}
