import JobModel
import Scheduling
import Storage
import Synchronization
import Testing

/// Jobs with their triggers come in bulk when they are applied from files: each job is one transaction, however many triggers it has.
@Suite struct BulkTriggerTests {
  private let fixture: Fixture
  private let counted: CountedDatabase
  private let store: Store

  init() throws {
    fixture = try Fixture()
    counted = CountedDatabase(fixture.store.database)
    store = Store(installation: fixture.installation, database: counted, clock: { [clock = fixture.clock] in clock.now })
  }

  /// Creates a job with a trigger for each schedule, as one change.
  private func apply(_ name: String, _ schedules: [String], zones: ZoneDatabase) throws {
    let network = try fixture.network
    try store.change(as: Fixture.caller("rita")) { change in
      let job = try change.createJob(
        name: name, network: network, JobDefinition(type: .tool, targets: .allDevices, tool: "static-route-add"),
        secrets: [:], changesDevices: true)
      for (index, schedule) in schedules.enumerated() {
        try change.addTrigger(
          "t\(index)", to: job, try Schedule(parsing: schedule), timezone: "Europe/Berlin", enabled: true, zones: zones)
      }
    }
  }

  @Test func tenThousandTriggersAreOneTransactionPerJob() throws {
    let zones = ZoneDatabase()
    let schedules = (0..<100).map { "cron \($0 % 60) \($0 % 24) * * *" }
    for job in 0..<100 { try apply("job-\(job)", schedules, zones: zones) }
    #expect(counted.writes == 100)
    let triggers = try fixture.read { try TriggerQueries.all($0) }
    #expect(triggers.count == 10_000)
    #expect(triggers.allSatisfy { $0.nextFire != nil })
    #expect(try fixture.read { try AuditLog.verify($0, keys: try store.keys()) }.firstBad == nil)
  }

  @Test func aJobWithOneBadTriggerIsNotThereAtAll() throws {
    let zones = ZoneDatabase()
    let schedules = Array(repeating: "cron 0 2 * * *", count: 99) + ["once 2001-01-01T00:00"]
    #expect(refusal { try apply("half", schedules, zones: zones) } == "invalid")
    #expect(try fixture.read { try JobQueries.all($0) }.isEmpty)
    #expect(try fixture.read { try TriggerQueries.all($0) }.isEmpty)
  }
}

/// Counts the transactions that write.
private final class CountedDatabase: SQLDatabase {
  private let base: any SQLDatabase
  private let count = Mutex(0)

  init(_ base: any SQLDatabase) { self.base = base }

  var writes: Int { count.withLock { $0 } }

  func read<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value { try base.read(body) }

  func write<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value {
    count.withLock { $0 += 1 }
    return try base.write(body)
  }

  func readAsync<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
    try await base.readAsync(body)
  }

  func writeAsync<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
    count.withLock { $0 += 1 }
    return try await base.writeAsync(body)
  }
}
