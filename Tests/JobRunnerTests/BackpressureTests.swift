import JobModel
import JobRunner
import Storage
import Synchronization
import Testing

/// A database that writes slower than devices answer.
@Suite struct BackpressureTests {
  /// Holds up writes while it is closed.
  private final class GatedDatabase: SQLDatabase {
    private let base: any SQLDatabase
    private let isClosed = Mutex(false)

    init(_ base: any SQLDatabase) { self.base = base }

    func close() { isClosed.withLock { $0 = true } }
    func open() { isClosed.withLock { $0 = false } }

    func read<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value { try base.read(body) }
    func write<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value { try base.write(body) }
    func readAsync<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
      try await base.readAsync(body)
    }
    func writeAsync<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
      while isClosed.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(1)) }
      return try await base.writeAsync(body)
    }
  }

  @Test(arguments: [(2, 3), (4, 1), (1, 8)])
  func unwrittenResultsAreBounded(width: Int, limit: Int) async throws {
    let site = try Site()
    let routers = try site.addRouters(30)
    routers[0].set { $0.holdsAt = "show running-config" }
    try site.addBackup { $0.concurrency = width }
    let database = GatedDatabase(site.store.database)
    let store = Store(installation: site.store.installation, database: database) { site.now }
    var pace = Site.quick
    pace.unwrittenLimit = limit
    // No heartbeat while the gate is closed: the execution is not to be lost here.
    pace.heartbeat = .seconds(600)
    let runner = site.runner(store, as: "alice", pace: pace)
    let job = try site.job("backup")
    async let execution = runner.run(job, only: nil, queues: false)
    try await routers[0].holding()
    database.close()
    routers[0].resume()
    var connections: Int { routers.reduce(0) { $0 + $1.connections } }
    // Those that were written before the gate closed count as well: at most as many as ran beside the first.
    var last = -1
    try await site.wait {
      defer { last = connections }
      return connections == last && connections >= limit
    }
    try await Task.sleep(for: .milliseconds(100))
    let written = try site.store.read { sql in
      try sql.row("SELECT count(*) AS n FROM execution_device WHERE end_time IS NOT NULL")?.int("n") ?? 0
    }
    #expect(connections - written <= limit + width)
    #expect(connections < 30)
    database.open()
    let ended = try await execution
    #expect(ended.status == .succeeded)
    #expect(connections == 30)
    #expect(try site.count("config_revision") >= 30)
  }
}
