import DeviceCLI
import Foundation
import JobModel
import JobRunner
import Scheduling
import Storage
import Synchronization
import Testing
import ToolCatalog
import Transports

/// A netjob in a folder of its own, with its people, fake routers, and a clock that the test owns.
///
/// `root` administers, `alice` is an operator who owns the jobs, `bob` and `carol` approve, `dave` may do without approval.
final class Site: Sendable {
  static let start = Timestamp(seconds: 1_795_348_800)  // 2026-11-22T12:00:00Z

  let folder: String
  let store: Store
  let routers: FakeNetwork = FakeNetwork()
  private let clock: TestClock
  private let log = Mutex<(reports: [ExecutionRecord], complaints: [String])>(([], []))

  /// What runners reported.
  var reports: [ExecutionRecord] { log.withLock { $0.reports } }
  var complaints: [String] { log.withLock { $0.complaints } }

  init() throws {
    // In memory where there is such a place: every commit waits for the disk, which others may keep busy.
    let parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : NSTemporaryDirectory()
    var template = Array((parent + "/netjob-runner-XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else { throw StorageError(.io, "mkdtemp failed") }
    folder = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let clock = TestClock()
    self.clock = clock
    store = try Site.opened(folder, create: true, clock: { clock.now })
    try change(as: "root") { change in
      try change.addFirstAdministrator(name: "root")
      try change.addAccount(name: "alice", mail: nil, roles: [.operator])
      try change.addAccount(name: "bob", mail: nil, roles: [.approver])
      try change.addAccount(name: "carol", mail: nil, roles: [.approver])
      try change.addAccount(name: "dave", mail: nil, roles: [.operator])
      try change.grant("run-tool-job-without-approval", to: try AccountQueries.find(change.sql, "dave"), network: nil)
      try change.addCredential(
        name: "lab", username: "netjob", secrets: CredentialSecrets(password: "hunter2"),
        network: try NetworkQueries.find(change.sql, "default"), priority: 1)
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private static func opened(_ folder: String, create: Bool, clock: @escaping @Sendable () -> Timestamp) throws -> Store {
    let installation = Installation(databasePath: folder + "/netjob.db")
    if create { try installation.create(now: start) }
    return try Store(opening: installation, clock: clock)
  }

  /// Another process's view of the same installation.
  func anotherStore() throws -> Store { try Site.opened(folder, create: false) { [clock] in clock.now } }

  /// The same installation through a database that can be made to fail.
  func failingStore() -> (Store, FailingDatabase) {
    let database = FailingDatabase(store.database)
    return (Store(installation: store.installation, database: database) { [clock] in clock.now }, database)
  }

  var now: Timestamp {
    get { clock.now }
    set { clock.now = newValue }
  }

  func pass(_ seconds: Int64) { now = now.adding(seconds: seconds) }

  /// Lets time pass while an execution runs, and its heartbeat keep up with it.
  func pass(_ seconds: Int64, alive execution: Int64) async throws {
    pass(seconds)
    try await wait { try #require(try self.execution(execution).leaseUntil) >= now.adding(seconds: Claims.leaseSeconds) }
  }

  static func caller(_ name: String) -> Caller { Caller(name: name, isDelegated: false, ownsDatabase: true) }

  @discardableResult
  func change<Value>(as name: String = "alice", _ body: (Change) throws -> Value) throws -> Value {
    try store.change(as: Site.caller(name), body)
  }

  /// Adds routers r1, r2, ... with a device each.
  @discardableResult
  func addRouters(_ count: Int, platform: String = "frr") throws -> [FakeRouter] {
    try (1...count).map { index in try addRouter("r\(index)", address: "10.0.\(index / 200).\(index % 200)", platform: platform) }
  }

  @discardableResult
  func addRouter(_ name: String, address: String, platform: String = "frr") throws -> FakeRouter {
    let router = FakeRouter(name)
    routers.add(router, at: address)
    try change(as: "root") { change in
      var edit = DeviceEdit()
      edit.address = address
      edit.platform = platform
      try change.addDevice(name: name, edit, network: try NetworkQueries.find(change.sql, "default"))
    }
    return router
  }

  // MARK: Jobs

  @discardableResult
  func addBackup(
    _ name: String = "backup", targets: TargetSpecification = .allDevices, as user: String = "alice",
    _ adjust: (inout ExecutionOptions) -> Void = { _ in }
  ) throws -> JobRecord {
    try addJob(name, JobDefinition(type: .backup, targets: targets), changes: false, as: user, adjust)
  }

  /// A job that types configuration lines.
  @discardableResult
  func addChange(
    _ name: String = "change", lines: [String] = ["ip route 203.0.113.0/24 10.0.0.1"],
    targets: TargetSpecification = .allDevices, as user: String = "alice", _ adjust: (inout ExecutionOptions) -> Void = { _ in }
  ) throws -> JobRecord {
    let definition = JobDefinition(
      type: .tool, targets: targets, tool: "config-commands", parameters: ["commands": lines.joined(separator: "\n")])
    return try addJob(name, definition, changes: true, as: user, adjust)
  }

  @discardableResult
  func addJob(
    _ name: String, _ definition: JobDefinition, changes: Bool, as user: String = "alice", secrets: [String: String] = [:],
    _ adjust: (inout ExecutionOptions) -> Void = { _ in }
  ) throws -> JobRecord {
    var definition = definition
    adjust(&definition.options)
    return try change(as: user) { change in
      try change.createJob(
        name: name, network: try NetworkQueries.find(change.sql, "default"), definition, secrets: secrets, changesDevices: changes
      )
    }
  }

  @discardableResult
  func addTrigger(
    _ job: JobRecord, _ name: String = "t", _ cron: String = "* * * * *", zone: String = "UTC", as user: String = "alice"
  ) throws -> TriggerRecord {
    try change(as: user) { change in
      try change.addTrigger(
        name, to: try JobQueries.find(change.sql, job.name), try Schedule(parsing: "cron \(cron)"), timezone: zone, enabled: true,
        zones: ZoneDatabase())
    }
  }

  func job(_ name: String) throws -> JobRecord { try store.read { try JobQueries.find($0, name) } }
  func trigger(_ id: Int64) throws -> TriggerRecord { try #require(try store.read { try TriggerQueries.get($0, id: id) }) }

  var catalogs: Catalogs { Catalogs(folder: folder) }

  func request(_ name: String, as user: String = "alice") throws {
    try change(as: user) { change in
      let job = try JobQueries.find(change.sql, name)
      let plan = try JobPlan.make(change.sql, job: job, catalogs: catalogs, keys: change.keys, now: change.now)
      let manifest = try plan.manifest(change.sql, catalogs: catalogs, keys: change.keys)
      _ = try change.requestApproval(of: job, manifest, message: "please")
    }
  }

  func approve(_ name: String, by user: String = "bob") throws {
    try change(as: user) { change in
      _ = try change.decide(.approve, on: try JobQueries.find(change.sql, name), message: "fine")
    }
  }

  /// Requests and approves.
  func clear(_ name: String) throws {
    try request(name)
    try approve(name)
  }

  func approvalStatus(_ name: String) throws -> ApprovalStatus {
    try store.read { try ApprovalQueries.status($0, of: try JobQueries.find($0, name)) }
  }

  func approvalLog(_ name: String) throws -> [ApprovalLogRecord] {
    try store.read { try ApprovalQueries.log($0, job: try JobQueries.find($0, name).id) }
  }

  // MARK: Running

  static var quick: RunnerPace {
    var pace = RunnerPace()
    pace.poll = .milliseconds(2)
    pace.leasePoll = .milliseconds(4)
    pace.heartbeat = .milliseconds(5)
    pace.renewal = .milliseconds(20)
    pace.retry = .milliseconds(1)
    pace.changeGrace = .seconds(600)
    pace.reach = .milliseconds(200)
    return pace
  }

  func runner(
    _ store: Store? = nil, stop: StopSignal = StopSignal(), sessions: Int = 64, owner: ExecutionOwner? = nil,
    as user: String = "root", pace: RunnerPace = Site.quick, zones: ZoneDatabase = ZoneDatabase()
  ) -> Runner {
    Runner(
      store: store ?? self.store, catalogs: catalogs, zones: zones, caller: Site.caller(user), maximumSessions: sessions,
      stop: stop, owner: owner, pace: pace, makeConnector: { [routers] in routers },
      report: { [self] record in log.withLock { $0.reports.append(record) } },
      complain: { [self] text in log.withLock { $0.complaints.append(text) } })
  }

  @discardableResult
  func runDue() async throws -> Runner.Outcome { try await runner().runDue(at: now) }

  /// Runs the job by hand.
  func run(
    _ name: String, as user: String = "alice", only: [String]? = nil, stop: StopSignal = StopSignal(),
    pace: RunnerPace = Site.quick
  ) async throws -> ExecutionRecord {
    try await runner(stop: stop, as: user, pace: pace).run(try job(name), only: only, queues: false)
  }

  /// Lets a task run until the condition holds.
  func wait(until condition: () throws -> Bool) async throws {
    for _ in 0..<20_000 {
      if try condition() { return }
      try await Task.sleep(for: .milliseconds(1))
    }
    Issue.record("the condition never held")
  }

  // MARK: What was recorded

  /// Executions, oldest first.
  var executions: [ExecutionRecord] {
    get throws {
      var filter = ExecutionQueries.Filter()
      filter.limit = 1000
      return try store.read { try ExecutionQueries.list($0, filter) }.reversed()
    }
  }

  var statuses: [ExecutionStatus] { get throws { try executions.map(\.status) } }

  func execution(_ id: Int64) throws -> ExecutionRecord { try store.read { try ExecutionQueries.find($0, id) } }

  func devices(of execution: ExecutionRecord) throws -> [ExecutionDeviceRecord] {
    try store.read { try ExecutionQueries.devices($0, of: execution.id) }
  }

  func text(_ hash: String?) throws -> String { try store.read { try Blobs.get($0, try #require(hash)) } }

  func count(_ table: String) throws -> Int { try store.read { try $0.row("SELECT count(*) AS n FROM \(table)")?.int("n") ?? 0 } }
}

/// A clock that stands still until the test moves it.
final class TestClock: Sendable {
  private let time = Mutex(Site.start)

  var now: Timestamp {
    get { time.withLock { $0 } }
    set { time.withLock { $0 = newValue } }
  }
}

/// A database whose statements fail on demand.
final class FailingDatabase: SQLDatabase {
  typealias Judge = @Sendable (_ sql: String) -> StorageError?

  private let base: any SQLDatabase
  private let judge = Mutex<Judge?>(nil)

  init(_ base: any SQLDatabase) { self.base = base }

  /// Fails the statements that `judge` has an error for; nil fails none.
  func fail(_ judge: Judge?) { self.judge.withLock { $0 = judge } }

  private func wrapped(_ connection: any SQLConnection) -> any SQLConnection {
    FailingConnection(base: connection, judge: judge.withLock { $0 })
  }

  func read<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value { try base.read { try body(wrapped($0)) } }
  func write<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value { try base.write { try body(wrapped($0)) } }
  func readAsync<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
    try await base.readAsync { [self] in try body(wrapped($0)) }
  }
  func writeAsync<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
    try await base.writeAsync { [self] in try body(wrapped($0)) }
  }

  private struct FailingConnection: SQLConnection {
    let base: any SQLConnection
    let judge: Judge?

    func each(_ sql: String, _ arguments: [SQLValue], _ body: (SQLRow) throws -> Void) throws {
      if let error = judge?(sql) { throw error }
      try base.each(sql, arguments, body)
    }
    func execute(_ sql: String, _ arguments: [SQLValue]) throws -> Int {
      if let error = judge?(sql) { throw error }
      return try base.execute(sql, arguments)
    }
  }
}

extension Runner.Outcome {
  /// Nothing went wrong, whether or not there was something to do.
  var isClean: Bool { !hasFailures && !isStopped && storageError == nil }
}
