private import Arguments
private import Storage
private import Terminal

extension AuditCommands {
  private static let since = Option<String>(
    "since", valueName: "TIME", help: "only what was done then or later: 2026-12-01T02:00, a date, or RFC 3339")
  private static let until = Option<String>("until", valueName: "TIME", help: "only what was done earlier than that")
  private static let user = Option<String>(
    "user", valueName: "USER", help: "only what this user did, one who is gone too", completion: .dynamic("user"))
  private static let action = Option<String>(
    "action", valueName: "ACTION", help: "only this action (job.edit), or all that begin so (job)")
  private static let limit = DefaultedOption<Int>(
    "limit", valueName: "N", help: "at most this many, the newest", default: 50, conversion: .integer(in: 1...1_000_000))
  private static let head = Flag("head", help: "print only the last row's number and hash, to be noted elsewhere")

  static let log = Command(
    ["audit", "log"], summary: "list what was changed by whom, the newest first",
    discussion: """
      With --head, the last row's number and hash, ROW:HASH. Keep it where those who can write the database cannot: in a ticket, \
      in a mail, on paper.
      """,
    needs: needs, parameters: [since, until, user, action, limit, head],
    constraints: [.excludes(head, [since, until, user, action])],
    examples: [
      Example("netjob audit log --user alice --since 2026-12-01", "what alice changed since a day"),
      Example("netjob audit log --action approval", "who asked for approvals and gave them"),
      Example("netjob audit log --head", "print the head of the chain"),
    ],
    seeAlso: ["audit verify"]
  ) { context, arguments in
    if arguments[head] { return try showHead(context) }
    var filter = AuditQueries.Filter()
    filter.since = try arguments[since].map { try context.time(operand: $0) }
    filter.until = try arguments[until].map { try context.time(operand: $0) }
    filter.user = arguments[user]
    filter.action = arguments[action]
    filter.limit = arguments[limit]
    let rows = try context.store.read { [filter] sql in
      try context.requireOwnerOrAdministrator(in: sql)
      return try AuditQueries.list(sql, filter)
    }
    context.show(.array(rows.map { document($0, context) })) {
      var table = Table(columns: [
        .init("ROW", alignment: .right), .init("TIME"), .init("USER"), .init("ACTION"), .init("OBJECT"),
        .init("DETAIL", minimumWidth: 12, priority: 2), .init("MODE", priority: 1),
        .init("LOGIN", alignment: .right, priority: 1),
      ])
      for row in rows {
        table.append([
          .number(row.row), context.cell(row.time), .text(row.user), .text(row.action), .text(row.object), .text(row.detail),
          .text(row.mode), row.loginUID.map(Cell.number) ?? .empty,
        ])
      }
      table.write(to: context.output)
    }
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
