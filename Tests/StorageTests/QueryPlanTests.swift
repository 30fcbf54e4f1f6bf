import JobModel
import Scheduling
import Storage
import Synchronization
import Testing

/// A connection that asks SQLite how it would carry out each statement, and carries it out.
private final class Explaining: SQLConnection {
  let base: any SQLConnection
  private(set) var plans: [String] = []

  init(_ base: any SQLConnection) { self.base = base }

  func each(_ sql: String, _ arguments: [SQLValue], _ body: (SQLRow) throws -> Void) throws {
    plans += try base.rows("EXPLAIN QUERY PLAN " + sql, arguments).map { try $0.text("detail") }
    try base.each(sql, arguments, body)
  }

  func execute(_ sql: String, _ arguments: [SQLValue]) throws -> Int {
    plans += try base.rows("EXPLAIN QUERY PLAN " + sql, arguments).map { try $0.text("detail") }
    return try base.execute(sql, arguments)
  }
}

/// What is asked often must not read whole tables, however large they grow.
@Suite struct QueryPlanTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var what: String
    var index: String
    var query: @Sendable (any SQLConnection) throws -> Void
    var testDescription: String { what }
  }

  static let now = Timestamp(seconds: 1_800_000_000)

  private static func list(_ sql: any SQLConnection, _ build: (inout ExecutionQueries.Filter) -> Void) throws {
    var filter = ExecutionQueries.Filter()
    build(&filter)
    _ = try ExecutionQueries.list(sql, filter)
  }

  static let cases: [Case] = [
    Case(what: "due triggers", index: "job_trigger_due (next_fire<?)") { _ = try TriggerQueries.due($0, now: now) },
    Case(what: "active executions", index: "execution_active") { _ = try ExecutionQueries.active($0) },
    Case(what: "history of a job", index: "execution_job (job_id=?)") { try list($0) { $0.job = "route" } },
    Case(what: "history since", index: "execution_time (start_time>?)") { try list($0) { $0.since = now } },
    Case(what: "history between", index: "execution_time (start_time>? AND start_time<?)") {
      try list($0) {
        $0.since = now
        $0.until = now
      }
    },
    Case(what: "history of a job since", index: "execution_") {
      try list($0) {
        $0.job = "route"
        $0.since = now
      }
    },
    Case(what: "devices of an execution", index: "PRIMARY KEY (execution_id=?)") { _ = try ExecutionQueries.devices($0, of: 1) },
    Case(what: "next fire of a job", index: "(job_id=?)") { _ = try TriggerQueries.nextFire($0, job: 1) },
    Case(what: "triggers of a job", index: "(job_id=?)") { _ = try TriggerQueries.all($0, job: 1) },
    Case(what: "latest request of a job", index: "approval_request_job (job_id=?)") {
      _ = try ApprovalQueries.latest($0, job: 1)
    },
    Case(what: "requests that wait", index: "approval_request_open") { _ = try ApprovalQueries.waiting($0, for: "abe") },
    Case(what: "approval log of a job", index: "approval_log_job (job_id=?)") { _ = try ApprovalQueries.log($0, job: 1) },
    Case(what: "rights", index: "(name=?)") { _ = try AccountQueries.rights($0, of: "abe") },
    Case(what: "latest configuration", index: "(device_id=? AND kind=?)") {
      _ = try ConfigQueries.latest($0, deviceID: 1, kind: .running)
    },
    Case(what: "configurations of a device", index: "config_revision_device (device=?)") {
      _ = try ConfigQueries.all($0, device: "r1")
    },
    Case(what: "content by hash", index: "(hash=?)") { _ = try? Blobs.get($0, "x") },
    Case(what: "a job by name", index: "(name=?)") { _ = try JobQueries.find($0, "route") },
    Case(what: "a device by name", index: "(name=?)") { _ = try? DeviceQueries.find($0, "r1") },
  ]

  @Test(arguments: cases) func noTableIsReadWhole(_ item: Case) throws {
    let fixture = try Fixture()
    try fixture.addJob("route")
    let plans = try fixture.read { sql in
      let explaining = Explaining(sql)
      try item.query(explaining)
      return explaining.plans
    }
    #expect(plans.contains { $0.contains(item.index) }, "\(plans)")
    let scans = plans.filter { $0.hasPrefix("SCAN") && !$0.contains("CONSTANT ROW") && !$0.hasPrefix("SCAN (subquery") }
    // The open requests and the active executions are few by their nature: their partial indexes hold nothing else.
    #expect(scans.allSatisfy { $0.contains("execution_active") || $0.contains("approval_request_open") }, "\(scans)")
  }

  /// Without any filter the list walks back from the newest row and stops at its limit.
  @Test func theWholeHistoryIsWalkedFromItsEnd() throws {
    let fixture = try Fixture()
    let plans = try fixture.read { sql in
      let explaining = Explaining(sql)
      try Self.list(explaining) { _ in }
      return explaining.plans
    }
    #expect(!plans.contains { $0.contains("TEMP B-TREE") }, "\(plans)")
  }
}
