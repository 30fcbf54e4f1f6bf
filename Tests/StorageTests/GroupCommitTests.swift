import JobModel
import Synchronization
import Testing

@testable import Storage

@Suite struct GroupCommitTests {
  /// Counts transactions; each can be held up.
  private final class CountingDatabase: SQLDatabase {
    let base: any SQLDatabase
    let state = Mutex<(count: Int, error: StorageError?)>((0, nil))

    init(_ base: any SQLDatabase) { self.base = base }

    func read<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value { try base.read(body) }
    func write<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value { try base.write(body) }
    func readAsync<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
      try await base.readAsync(body)
    }
    func writeAsync<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
      let error = state.withLock { state in
        state.count += 1
        return state.error
      }
      if let error { throw error }
      return try await base.writeAsync(body)
    }
  }

  private let fixture: Fixture
  private let database: CountingDatabase
  private let store: Store
  private let caller = Fixture.caller("ada")

  init() throws {
    fixture = try Fixture()
    database = CountingDatabase(fixture.store.database)
    store = Store(installation: fixture.installation, database: database) { [fixture] in fixture.clock.now }
    _ = try store.change(as: caller) { change in
      try change.sql.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT")
    }
  }

  private var notes: [String] {
    get throws { try store.read { try $0.rows("SELECT text FROM note ORDER BY id").map { try $0.text("text") } } }
  }

  @Test func manyChangesAreFewTransactions() async throws {
    try await withThrowingTaskGroup(of: Int.self) { group in
      for number in 0..<100 {
        group.addTask {
          try await store.changeTogether(as: caller) { change in
            try change.sql.execute("INSERT INTO note (text) VALUES (?)", "\(number)")
            return number
          }
        }
      }
      var numbers: [Int] = []
      for try await number in group { numbers.append(number) }
      #expect(numbers.sorted() == Array(0..<100))
    }
    #expect(try notes.count == 100)
    #expect(database.state.withLock { $0.count } <= 10)
  }

  @Test func theyAreMadeInTheirOrder() async throws {
    for number in 0..<50 {
      store.changeLater(as: caller) {
        try $0.sql.execute("INSERT INTO note (text) VALUES (?)", "\(number)")
      } onFailure: { _ in
        Issue.record("a change failed")
      }
    }
    _ = try await store.changeTogether(as: caller, isUrgent: true) { change in
      try change.sql.execute("INSERT INTO note (text) VALUES ('last')")
    }
    #expect(try notes == (0..<50).map(String.init) + ["last"])
  }

  @Test func oneThatFailsTakesNoOtherWithIt() async throws {
    let failed = Mutex<[Int]>([])
    for number in 0..<20 {
      // The same text a second time.
      store.changeLater(as: caller) { change in
        try change.sql.execute("INSERT INTO note (text) VALUES (?)", number == 11 ? "3" : "\(number)")
      } onFailure: { _ in
        failed.withLock { $0.append(number) }
      }
    }
    await #expect(throws: ModelError.self) {
      try await store.changeTogether(as: caller, isUrgent: true) { _ in throw ModelError(.conflict, "no") }
    }
    #expect(failed.withLock { $0 } == [11])
    #expect(try notes == (0..<20).filter { $0 != 11 }.map(String.init))
  }

  @Test func aDatabaseThatCannotBeWrittenFailsThemAllAtOnce() async throws {
    database.state.withLock { $0.error = StorageError(.diskFull, "the disk is full") }
    let failures = await withTaskGroup(of: Bool.self) { group in
      for number in 0..<20 {
        group.addTask {
          do {
            _ = try await store.changeTogether(as: caller) {
              try $0.sql.execute("INSERT INTO note (text) VALUES (?)", "\(number)")
            }
            return false
          } catch {
            return (error as? StorageError)?.code == .diskFull
          }
        }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(failures == 20)
    // Nobody tried for each of them whether it was to blame.
    #expect(database.state.withLock { $0.count } <= 3)
    database.state.withLock { $0.error = nil }
    try await store.changeTogether(as: caller) { _ = try $0.sql.execute("INSERT INTO note (text) VALUES ('again')") }
    #expect(try notes == ["again"])
  }

  @Test func whatWaitsIsWrittenOnDemand() async throws {
    async let written: Void = store.changeTogether(as: caller) { _ = try $0.sql.execute("INSERT INTO note (text) VALUES ('x')") }
    store.flushChanges()
    try await written
    #expect(try notes == ["x"])
  }
}
