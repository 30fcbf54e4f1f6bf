private import Arguments
private import JobModel
private import Scheduling
private import Storage
private import Terminal

/// `netjob status`: how things stand, on one screen.
package enum StatusCommand {
  package static let command = Command(
    ["status"], section: Sections.results, summary: "show how things stand: devices, jobs, runs, requests, notifications",
    discussion: """
      Of the networks that you may see. 'Overdue' are triggers that should have fired over two minutes ago: cron does not call \
      run-due, or it fails; 'Broken' are those that run-due switched off. 'netjob doctor' says more of both. Notifications are counted for those who administer.
      """,
    needs: [.permission(.view)], parameters: [],
    examples: [Example("netjob status", "a look in the morning"), Example("netjob status --json", "the same for a dashboard")],
    seeAlso: ["doctor", "history list", "upcoming", "approval list"]
  ) { context, _ in
    let state = try context.store.read { try State($0, context) }
    context.show(state.document) { state.write(context) }
    return context.tell(of: state.damaged)
  }

  /// How late a fire may be before something is wrong: cron calls every minute.
  private static let patience: Int64 = 120
  private static let day: Int64 = 86_400

  private struct State {
    var devices: [(name: String, count: Int)] = []
    var unsaved = 0
    var jobs = 0
    var disabledJobs = 0
    var damaged: [DamagedJob] = []
    var running: [ExecutionRecord] = []
    var pending = 0
    var lastDay: [ExecutionStatus: Int] = [:]
    var requests: [String] = []
    var next: TriggerRecord?
    var overdue: [TriggerRecord] = []
    /// Switched off by run-due, as they cannot be understood any more.
    var broken: [TriggerRecord] = []
    var troubles: (waiting: Int, failed: Int)?

    init(_ sql: any SQLConnection, _ context: Context) throws {
      let rights = try AccountQueries.rights(sql, of: context.caller.name)
      let now = context.clock()
      func isSeen(_ network: Int64) -> Bool { context.maySee(network, rights) }

      let all = try DeviceQueries.all(sql).filter { isSeen($0.networkID) }
      let enabled = all.filter(\.isEnabled)
      devices = DeviceRecord.Status.allCases.map { status in (status.rawValue, enabled.count { $0.status == status }) }
      devices.append(("disabled", all.count - enabled.count))
      unsaved = enabled.count { $0.isUnsaved }

      let (readable, unreadable) = try JobQueries.readable(sql)
      let own = readable.filter { isSeen($0.networkID) }
      damaged = unreadable.filter { isSeen($0.networkID) }
      jobs = own.count + damaged.count
      disabledJobs = own.count { !$0.isEnabled }
      requests = try own.filter { try ApprovalQueries.status(sql, of: $0) == .requested }.map(\.name)

      let active = try ExecutionQueries.active(sql).filter { isSeen($0.networkID) }
      running = active.filter { $0.status == .running }
      pending = active.count - running.count
      let day = try ExecutionQueries.endedCounts(sql, since: now.adding(seconds: -StatusCommand.day))
      for count in day where isSeen(count.networkID) { lastDay[count.status, default: 0] += count.count }

      let seen = try TriggerQueries.all(sql).filter { isSeen($0.networkID) }
      broken = seen.filter { $0.error != nil }
      let triggers = seen.filter { $0.isEnabled && $0.isJobEnabled }
      overdue = triggers.filter { $0.nextFire.map { $0 < now.adding(seconds: -StatusCommand.patience) } ?? false }
      next =
        triggers.filter { $0.nextFire != nil && $0.nextFire.map { $0 >= now } ?? false }
        .min { ($0.nextFire ?? now, $0.job, $0.name) < ($1.nextFire ?? now, $1.job, $1.name) }
      if rights.allows(.administer, network: nil) { troubles = try OutboxQueries.troubles(sql) }
    }

    private var results: [(ExecutionStatus, Int)] {
      ExecutionStatus.allCases.compactMap { status in lastDay[status].map { (status, $0) } }
    }

    var document: JSONValue {
      let counts = devices.map { JSONValue.Member($0.name, .integer(Int64($0.count))) }
      let total = devices.reduce(0) { $0 + $1.count }
      return [
        "devices": .object(
          [.init("total", .integer(Int64(total)))] + counts + [.init("unsaved", .integer(Int64(unsaved)))]),
        "jobs": ["total": .integer(Int64(jobs)), "disabled": .integer(Int64(disabledJobs))],
        "running": .array(running.map { ["id": .integer($0.id), "job": .string($0.job)] }),
        "pending": .integer(Int64(pending)),
        "lastDay": .object(results.map { .init($0.0.rawValue, .integer(Int64($0.1))) }),
        "requested": .strings(requests),
        "nextFire": next.map { trigger in
          [
            "time": trigger.nextFire.map { .string($0.rfc3339) } ?? .null, "job": .string(trigger.job),
            "trigger": .string(trigger.name),
          ]
        } ?? .null,
        "overdue": .array(overdue.map { ["job": .string($0.job), "trigger": .string($0.name)] }),
        "broken": .array(broken.map { ["job": .string($0.job), "trigger": .string($0.name), "error": .optional($0.error)] }),
        "notifications": troubles.map {
          ["waiting": .integer(Int64($0.waiting)), "failed": .integer(Int64($0.failed))]
        } ?? .null,
      ]
    }

    func write(_ context: Context) {
      var block = FieldBlock()
      let shown = devices.filter { $0.count > 0 }
      let total = devices.reduce(0) { $0 + $1.count }
      var words = shown.map { "\($0.count) \($0.name)" }
      if unsaved > 0 { words.append("\(unsaved) with unsaved changes") }
      block.add("Devices", key: "devices", .text("\(total)" + (words.isEmpty ? "" : ": " + words.joined(separator: ", "))))
      block.add("Jobs", key: "jobs", .text("\(jobs)" + (disabledJobs > 0 ? ", \(disabledJobs) disabled" : "")))
      let now = running.map { "\($0.job) (execution \($0.id))" } + (pending > 0 ? ["\(pending) pending"] : [])
      block.add("Running", key: "running", now.isEmpty ? .text("nothing") : .text(now.joined(separator: ", ")))
      let isBad = [.failed, .interrupted, .missed, .notApproved].contains { lastDay[$0] != nil }
      let day = results.map { "\($0.1) \($0.0.rawValue)" }.joined(separator: ", ")
      block.add("Last 24 hours", key: "lastDay", day.isEmpty ? .text("nothing ran") : .status(day, isBad ? .bad : .good))
      block.add(
        "Approvals", key: "requested",
        requests.isEmpty ? .text("none waits") : .status("waiting: " + requests.joined(separator: ", "), .warning))
      if let next, let time = next.nextFire {
        block.add("Next fire", key: "nextFire", .text("\(time.rfc3339)  \(next.job) (\(next.name))"))
      } else {
        block.add("Next fire", key: "nextFire", .text("none"))
      }
      if !overdue.isEmpty {
        block.add(
          "Overdue", key: "overdue", .status(overdue.map { "\($0.job) (\($0.name))" }.joined(separator: ", "), .bad))
      }
      if !broken.isEmpty {
        block.add("Broken", key: "broken", .status(broken.map { "\($0.job) (\($0.name))" }.joined(separator: ", "), .bad))
      }
      if let troubles, troubles.waiting + troubles.failed > 0 {
        block.add(
          "Notifications", key: "notifications",
          .status("\(troubles.waiting) wait after a failure, \(troubles.failed) given up", .warning))
      }
      block.write(to: context.output)
    }
  }
}
