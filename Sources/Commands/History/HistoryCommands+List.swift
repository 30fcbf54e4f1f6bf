private import Arguments
private import JobModel
private import Storage
private import Terminal

extension HistoryCommands {
  private static let job = Option<String>(
    "job", valueName: "JOB", help: "only this job's, a deleted one's too", completion: .dynamic("job"))
  private static let type = Option<JobType>("type", valueName: "TYPE", help: "only jobs of this type")
  private static let network = Option<String>(
    "network", valueName: "NETWORK", help: "only this network's", completion: .dynamic("network"))
  private static let user = Option<String>(
    "user", valueName: "USER", help: "only what ran for this user", completion: .dynamic("user"))
  private static let status = Option<ExecutionStatus>("status", valueName: "STATUS", help: "only with this result")
  private static let since = Option<String>(
    "since", valueName: "TIME", help: "only what began then or later: 2026-12-01T02:00, a date, or RFC 3339")
  private static let until = Option<String>("until", valueName: "TIME", help: "only what began earlier than that")
  private static let limit = DefaultedOption<Int>(
    "limit", valueName: "N", help: "at most this many, the newest", default: 50, conversion: .integer(in: 1...1_000_000))

  static let listAll = Command(
    ["history", "list"], summary: "list executions, the newest first", needs: [.permission(.view)],
    parameters: [job, type, network, user, status, since, until, limit],
    examples: [
      Example("netjob history --status failed --since 2026-12-01", "what failed since a day"),
      Example("netjob history list --job nightly-backup --limit 1 --json", "the last execution of a job, for a script"),
    ],
    seeAlso: ["history show"]
  ) { context, arguments in
    var filter = ExecutionQueries.Filter()
    filter.job = arguments[job]
    filter.type = arguments[type]
    filter.user = arguments[user]
    filter.status = arguments[status]
    filter.since = try arguments[since].map { try context.time(operand: $0) }
    filter.until = try arguments[until].map { try context.time(operand: $0) }
    filter.limit = arguments[limit]
    let executions = try context.store.read { [filter] sql in
      var filter = filter
      filter.visible = try visible(sql, context)
      if let name = arguments[network] { filter.network = try knownNetwork(sql, name) }
      if let name = arguments[job] { try requireKnownJob(sql, name) }
      return try ExecutionQueries.list(sql, filter)
    }
    context.show(.array(executions.map { ExecutionDocument.document($0) })) {
      table(executions, context).write(to: context.output)
    }
    return .done
  }

  private static func table(_ executions: [ExecutionRecord], _ context: Context) -> Table {
    var table = Table(columns: [
      .init("ID", alignment: .right), .init("JOB"), .init("STATUS"), .init("STARTED"), .init("USER", priority: 4),
      .init("TRIGGER", priority: 3), .init("DEVICES", alignment: .right, priority: 5),
      .init("FAILED", alignment: .right, priority: 5), .init("SUMMARY", minimumWidth: 12, priority: 2),
    ])
    for execution in executions {
      table.append([
        .number(execution.id), .text(execution.job), cell(execution.status), context.cell(execution.startTime),
        .text(execution.user), .optional(execution.trigger), .int(execution.devicesTotal), .int(execution.devicesFailed),
        .text(execution.summary),
      ])
    }
    return table
  }

  /// The networks that the caller may see; nil is all.
  private static func visible(_ sql: any SQLConnection, _ context: Context) throws -> Set<Int64>? {
    switch try AccountQueries.rights(sql, of: context.caller.name).scope(of: .view) {
    case .all: nil
    case .networks(let ids): ids
    case nil: []
    }
  }

  /// A job that is there, or was.
  private static func requireKnownJob(_ sql: any SQLConnection, _ name: String) throws {
    var filter = ExecutionQueries.Filter()
    filter.job = name
    filter.limit = 1
    if try ExecutionQueries.list(sql, filter).isEmpty { _ = try JobQueries.find(sql, name) }
  }

  private static func knownNetwork(_ sql: any SQLConnection, _ name: String) throws -> String {
    var filter = ExecutionQueries.Filter()
    filter.network = name
    filter.limit = 1
    if try !ExecutionQueries.list(sql, filter).isEmpty { return name }
    return try NetworkQueries.find(sql, name).name
  }
}
