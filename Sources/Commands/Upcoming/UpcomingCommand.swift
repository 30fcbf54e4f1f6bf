private import Arguments
private import JobModel
private import JobRunner
private import Scheduling
private import Storage
private import Terminal

/// `netjob upcoming`: the next fire of every trigger and what it will meet.
package enum UpcomingCommand {
  private static let hours = Option<Int>(
    "hours", valueName: "N", help: "only fires within this many hours", conversion: .integer(in: 1...1_000_000))

  private static let columns = Listing<ForecastFire>(
    [
      .init("time", .time), .init("job"), .init("trigger"),
      .init("status") { fire, _ in .status(fire.status.rawValue, fire.role) },
      .init("reasons", title: "REASON", priority: 1) { fire, _ in .text(fire.reasons.joined(separator: "; ")) },
    ], more: ["network"])

  package static let command = Command(
    ["upcoming"], section: Sections.jobs, summary: "show the next fires and what would block them",
    discussion: """
      One line for the next fire of each trigger that is enabled, and one for the fire before it that a schedule filter \
      removes. The status is would-run, or what the history would say: not-approved, missed, failed; else removed (by a \
      filter) or disabled (the job is). A job's approval is good for one fire, the first.
      """,
    needs: [.permission(.view)], parameters: [hours] + columns.parameters,
    examples: [
      Example("netjob upcoming --hours 24", "the next fires within a day"),
      Example("netjob upcoming --json", "all of them, as an array"),
    ],
    seeAlso: ["run-due", "trigger list", "filter show"]
  ) { context, arguments in
    let end = arguments[hours].map { context.clock().adding(seconds: Int64($0) * 3600) }
    let keys = try context.store.keys()
    let (fires, damaged) = try context.store.read { sql in
      let rights = try AccountQueries.rights(sql, of: context.caller.name)
      var forecast = try Forecast(context, sql, keys, end: end)
      for trigger in try TriggerQueries.all(sql) where trigger.isEnabled && context.maySee(trigger.networkID, rights) {
        try forecast.add(trigger)
      }
      return (forecast.inOrder, forecast.damaged)
    }
    columns.show(fires, context, arguments) { $0.document }
    return context.tell(of: damaged)
  }
}

/// One fire to come.
private struct ForecastFire {
  enum Status: String {
    case wouldRun = "would-run"
    case removed, disabled, missed, failed
    case notApproved = "not-approved"
  }

  let time: Timestamp
  let trigger: TriggerRecord
  let network: String
  var status = Status.wouldRun
  var reasons: [String] = []
  /// It takes the job's approval.
  var usesApproval = false

  /// The first that blocks it is the status.
  mutating func block(_ status: Status, _ reason: String) {
    if self.status == .wouldRun { self.status = status }
    reasons.append(reason)
  }

  var role: Style.Role {
    switch status {
    case .wouldRun: .good
    case .removed, .disabled: .muted
    case .missed, .notApproved: .warning
    case .failed: .bad
    }
  }

  var document: JSONValue {
    [
      "time": .string(time.rfc3339), "job": .string(trigger.job), "trigger": .string(trigger.name), "network": .string(network),
      "status": .string(status.rawValue), "reasons": .strings(reasons),
    ]
  }
}

/// Looks at what each fire will meet, without changing anything.
private struct Forecast {
  private let context: Context
  private let sql: any SQLConnection
  private let keys: KeyRing
  private let now: Timestamp
  private let end: Timestamp?
  private let catalogs: Catalogs
  private let jobs: [Int64: JobRecord]
  private let unreadable: [Int64: DamagedJob]
  /// Those that cannot be read, of which a fire was to be looked at.
  private(set) var damaged: [DamagedJob] = []
  private var plans: [Int64: JobPlan] = [:]
  private var fires: [ForecastFire] = []

  init(_ context: Context, _ sql: any SQLConnection, _ keys: KeyRing, end: Timestamp?) throws {
    self.context = context
    self.sql = sql
    self.keys = keys
    self.end = end
    now = context.clock()
    catalogs = context.catalogs
    let (readable, unreadable) = try JobQueries.readable(sql)
    jobs = Dictionary(readable.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    self.unreadable = Dictionary(unreadable.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// By time; what takes an approval that an earlier one takes is not approved.
  var inOrder: [ForecastFire] {
    var taken: [Int64: Timestamp] = [:]
    let sorted = fires.sorted { ($0.time, $0.trigger.job, $0.trigger.name) < ($1.time, $1.trigger.job, $1.trigger.name) }
    let judged = sorted.map { fire in
      guard fire.usesApproval, fire.status == .wouldRun else { return fire }
      guard let first = taken[fire.trigger.jobID] else {
        taken[fire.trigger.jobID] = fire.time
        return fire
      }
      var fire = fire
      fire.block(.notApproved, "the approval is used by the fire at \(first.rfc3339)")
      return fire
    }
    return judged.filter { fire in end.map { fire.time <= $0 } ?? true }
  }

  mutating func add(_ trigger: TriggerRecord) throws {
    guard let job = jobs[trigger.jobID] else { return addDamaged(trigger) }
    let times: TriggerTimes
    do {
      times = try TriggerTimes(trigger, zones: context.zones)
    } catch {
      guard let time = trigger.nextFire else { return }
      var fire = ForecastFire(time: time, trigger: trigger, network: job.network)
      fire.block(.failed, error.message)
      fires.append(fire)
      return
    }
    let next = trigger.isJobEnabled ? trigger.nextFire : times.fires(after: now, count: 1).first
    if let timing = times.timings(after: now, count: 1).first, next.map({ timing < $0 }) ?? true,
      let removal = times.removal(at: timing)
    {
      var fire = ForecastFire(time: timing, trigger: trigger, network: job.network)
      fire.block(.removed, removal.text)
      fires.append(fire)
    }
    guard let next else { return }
    var fire = ForecastFire(time: next, trigger: trigger, network: job.network)
    if !trigger.isJobEnabled { fire.block(.disabled, "the job is disabled") }
    judgeLateness(&fire, job, times)
    if let refusal = try AccountQueries.refusal(sql, of: job.owner, toRun: job) { fire.block(.failed, refusal) }
    try judgeApproval(&fire, job)
    fires.append(fire)
  }

  private func judgeLateness(_ fire: inout ForecastFire, _ job: JobRecord, _ times: TriggerTimes) {
    let late = now.milliseconds(since: fire.time) / 1000
    let grace = job.definition.options.graceSeconds(changesDevices: job.changesDevices)
    guard fire.trigger.isJobEnabled, late > grace else { return }
    let text = "late by \(late) s, the grace is \(grace) s"
    switch job.definition.options.missedPolicy(changesDevices: job.changesDevices) {
    case .skip: fire.block(.missed, text)
    case .runOnce:
      if let removal = times.removal(at: now) {
        fire.block(.missed, "\(text), not caught up now: \(removal.text)")
      } else {
        fire.reasons.append("caught up, \(text)")
      }
    }
  }

  private mutating func judgeApproval(_ fire: inout ForecastFire, _ job: JobRecord) throws {
    guard
      try ApprovalQueries.isNeeded(sql, changesDevices: job.changesDevices, network: job.networkID, runsFor: job.owner)
    else { return }
    do {
      let plan = try plan(of: job)
      if let problem = plan.problems.first {
        fire.block(.failed, "nothing would be sent: device '\(problem.device)': \(problem.message)")
      }
      let change = Change(sql: sql, caller: context.caller, now: max(now, fire.time), keys: keys)
      switch try ApprovalGate.verdict(change, plan: plan, user: job.owner, catalogs: catalogs, isForecast: true) {
      case .notNeeded: break
      case .allowed: fire.usesApproval = true
      case .refused(let reason): fire.block(.notApproved, reason)
      }
    } catch let error as ModelError {
      fire.block(.failed, "nothing would be sent: \(error.message)")
    }
  }

  private mutating func addDamaged(_ trigger: TriggerRecord) {
    guard let job = unreadable[trigger.jobID] else { return }
    if !damaged.contains(where: { $0.id == job.id }) { damaged.append(job) }
    guard let time = trigger.nextFire else { return }
    var fire = ForecastFire(time: time, trigger: trigger, network: job.network)
    fire.block(.failed, job.error.message)
    fires.append(fire)
  }

  private mutating func plan(of job: JobRecord) throws -> JobPlan {
    if let plan = plans[job.id] { return plan }
    let plan = try JobPlan.make(sql, job: job, catalogs: catalogs, keys: keys, now: now)
    plans[job.id] = plan
    return plan
  }
}
