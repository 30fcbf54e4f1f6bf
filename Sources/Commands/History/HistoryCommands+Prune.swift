private import Arguments
private import JobModel
private import Scheduling
internal import Storage
private import Terminal

extension HistoryCommands {
  private static let age = Option<Int64>(
    "older-than", valueName: "DURATION",
    help: "what ended longer ago than this: 90d, 52w; else as the settings history.keep* say",
    conversion: .duration(atLeast: 1))
  private static let outputsOnly = Flag(
    "outputs-only", help: "delete what devices answered and reports; that they ran and how it ended stays")
  private static let dryRun = Flag("dry-run", help: "count what would go, and delete nothing")
  private static let yes = Flag("yes", short: "y", help: "do not ask")

  static let prune = Command(
    ["history", "prune"], summary: "delete old executions, or their outputs",
    discussion: """
      Executions that are pending or running stay, and so do the audit log, approvals and the configurations of devices. It is \
      deleted in small steps, each of which the audit log tells of: other commands and runs wait no longer than for one of them, \
      and when it is interrupted the rest is still there.

      The settings history.keep and history.keep-outputs let run-due do it by itself. The file does not become smaller: what is \
      free is used again, and 'netjob db backup' writes a copy without it.
      """,
    needs: [.permission(.administer)], parameters: [age, outputsOnly, dryRun, yes],
    examples: [
      Example("netjob history prune --older-than 52w --yes", "forget what is older than a year"),
      Example("netjob history prune --older-than 90d --outputs-only --dry-run", "see how many executions have outputs that old"),
    ],
    seeAlso: ["history list", "setting", "db backup"]
  ) { context, arguments in
    let now = context.clock()
    let requests: [PruneRequest]
    if let seconds = arguments[age] {
      requests = [PruneRequest(before: now.adding(seconds: -seconds), isOutputsOnly: arguments[outputsOnly])]
    } else {
      requests = try context.store.read { try PruneQueries.standing($0, now: now) }.filter {
        $0.isOutputsOnly || !arguments[outputsOnly]
      }
      if requests.isEmpty {
        throw ModelError(
          .invalid, "nothing says how old is old: --older-than DURATION, or the settings history.keep and history.keep-outputs")
      }
    }
    let counts = try context.store.read { sql in try requests.map { try PruneQueries.count(sql, $0) } }
    func words(_ index: Int) -> String {
      let executions =
        "\(counts[index]) execution\(counts[index] == 1 ? "" : "s") that ended before \(requests[index].before.rfc3339)"
      return requests[index].isOutputsOnly ? "the outputs of \(executions)" : executions
    }
    let what = requests.indices.map(words).joined(separator: ", and ")
    if arguments[dryRun] {
      context.show(document(PruneProgress(), counts)) { context.output.writeLine("would delete \(what)") }
      return .done
    }
    if counts.contains(where: { $0 > 0 }) { try context.confirm("delete \(what)?", yes: arguments[yes]) }
    var total = PruneProgress()
    for request in requests {
      let progress = try await pruneAll(request, context)
      total.executions += progress.executions
      total.outputs += progress.outputs
      total.contents += progress.contents
      total.bytes += progress.bytes
    }
    context.show(document(total, counts)) {
      context.note(
        "deleted \(total.executions) execution\(total.executions == 1 ? "" : "s") and \(total.outputs) "
          + "output\(total.outputs == 1 ? "" : "s"), \(total.bytes) bytes of contents")
    }
    return .done
  }

  private static func document(_ progress: PruneProgress, _ found: [Int]) -> JSONValue {
    [
      "found": .integer(Int64(found.reduce(0, +))), "executions": .integer(Int64(progress.executions)),
      "outputs": .integer(Int64(progress.outputs)), "contents": .integer(Int64(progress.contents)),
      "bytes": .integer(progress.bytes),
    ]
  }

  /// A step, and a pause in which others get the database: SQLite's waiting looks for it every 25 ms and later every 50 ms.
  private static let step = Duration.milliseconds(25)
  private static let pause = Duration.milliseconds(55)

  private static func pruneAll(_ request: PruneRequest, _ context: Context) async throws -> PruneProgress {
    var progress = PruneProgress()
    while true {
      progress = try await context.store.changeAsync(as: context.caller) { [progress] change in
        try change.prune(request, after: progress, budget: step)
      }
      if progress.isDone { return progress }
      try await Task.sleep(for: pause)
    }
  }

  /// What the settings ask for, as far as some steps get: `run-due` comes again.
  static func pruneByTheSettings(_ context: Context) async throws {
    let now = context.clock()
    for request in try await context.store.readAsync({ try PruneQueries.standing($0, now: now) }) {
      var progress = PruneProgress()
      for _ in 0..<20 where !progress.isDone {
        progress = try await context.store.changeAsync(as: context.caller) { [progress] change in
          try change.pruneStanding(request, after: progress, budget: step)
        }
        if !progress.isDone { try await Task.sleep(for: pause) }
      }
    }
  }
}
