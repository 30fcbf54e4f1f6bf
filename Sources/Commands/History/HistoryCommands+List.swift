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
  private static let past = PastOptions("began")
  private static let limit = DefaultedOption<Int>(
    "limit", valueName: "N", help: "at most this many, the newest", default: 50, conversion: .integer(in: 1...1_000_000))

  private static let columns = Listing<ExecutionRecord>(
    [
      .init("id", .number), .init("job"), .init("status") { execution, _ in cell(execution.status) },
      .init("startTime", .time, title: "STARTED"), .init("user", priority: 4), .init("trigger", priority: 3),
      .init("devicesTotal", .number, title: "DEVICES", priority: 5),
      .init("devicesFailed", .number, title: "FAILED", priority: 5), .init("summary", minimumWidth: 12, priority: 2),
      .init("endTime", .time, title: "ENDED", place: .wide), .init("scheduledTime", .time, title: "DUE", place: .wide),
      .init("network", place: .wide), .init("type", place: .wide), .init("revision", .number, place: .wide),
    ])

  static let listAll = Command(
    ["history", "list"], summary: "list executions, the newest first",
    discussion: PastOptions.discussion, needs: [.permission(.view)],
    parameters: [job, type, network, user, status] + past.parameters + [limit] + columns.parameters,
    examples: [
      Example("netjob history --status failed --since 2026-12-01", "what failed since a day"),
      Example("netjob history --since 'last monday' --sort -devicesFailed", "this week, the worst first"),
      Example("netjob history list --since 7d --columns id,job,status,endTime", "the last seven days, with other columns"),
      Example("netjob history list --job nightly-backup --limit 1 --json", "the last execution of a job, for a script"),
    ],
    seeAlso: ["history show"]
  ) { context, arguments in
    var filter = ExecutionQueries.Filter()
    filter.job = arguments[job]
    filter.type = arguments[type]
    filter.user = arguments[user]
    filter.status = arguments[status]
    (filter.since, filter.until) = try past.bounds(arguments, context)
    filter.limit = arguments[limit]
    let executions = try context.store.read { [filter] sql in
      var filter = filter
      filter.visible = try visible(sql, context)
      if let name = arguments[network] { filter.network = try knownNetwork(sql, name) }
      if let name = arguments[job] { try requireKnownJob(sql, name) }
      return try ExecutionQueries.list(sql, filter)
    }
    columns.show(executions, context, arguments) { ExecutionDocument.document($0) }
    return .done
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
