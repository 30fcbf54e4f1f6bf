package import JobModel
package import Scheduling
private import Synchronization

/// The installation's data: the database, the key and the clock.
package final class Store: Sendable {
  package let installation: Installation
  package let database: any SQLDatabase
  package let clock: @Sendable () -> Timestamp
  /// Raised by changes that have put something into the outbox.
  package let outbox = OutboxSignal()
  private let loadedKeys = Mutex<KeyRing?>(nil)
  private let group = Mutex<GroupCommit?>(nil)

  package init(installation: Installation, database: any SQLDatabase, clock: @escaping @Sendable () -> Timestamp) {
    self.installation = installation
    self.database = database
    self.clock = clock
  }

  /// Opens the installation after checking its permissions and its schema. The key is read when first needed.
  /// - Throws: `StorageError`; `.older` when the schema wants migrating.
  package convenience init(opening installation: Installation, clock: @escaping @Sendable () -> Timestamp) throws {
    try installation.checkPermissions()
    let database = try SQLiteDatabase(path: installation.databasePath)
    let schema = try database.read { sql in
      let current = try Migration.current(sql)
      try Migration.check(sql, current: current)
      return current
    }
    guard schema > 0 else {
      throw installation.notOurs
    }
    guard schema == Migration.newest else {
      throw StorageError(
        .older, "the database has schema \(schema), this netjob needs \(Migration.newest)", hint: "netjob db migrate brings it up"
      )
    }
    self.init(installation: installation, database: database, clock: clock)
    // A rotation is under way, or died: the database says which of the two keys is its own.
    if installation.hasNextKey { _ = try? database.read { try keys(in: $0) } }
  }

  /// The keys, read from the key file at first use. A process that lives long asks with `keys(in:)`.
  package func keys() throws(StorageError) -> KeyRing {
    if let keys = loadedKeys.withLock({ $0 }) { return keys }
    let keys = try installation.keyRing()
    loadedKeys.withLock { $0 = keys }
    return keys
  }

  /// The keys that belong to the database as `sql` sees it, read from the key file at first use and after a rotation.
  /// - Throws: `.key` when the key file is another database's.
  package func keys(in sql: any SQLConnection) throws -> KeyRing { try keys(in: sql, mayFinish: false) }

  /// Runs `body` on a consistent snapshot.
  package func read<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value { try database.read(body) }

  /// Runs a change of state on behalf of `caller`, in one transaction, with its audit rows.
  package func change<Value>(as caller: Caller, _ body: (Change) throws -> Value) throws -> Value {
    let trail = AuditTrail()
    let value = try database.write { sql in
      let keys = try self.keys(in: sql, mayFinish: true)
      let value = try body(Change(sql: sql, caller: caller, now: self.clock(), keys: keys, outbox: self.outbox, trail: trail))
      try trail.seal(sql)
      return value
    }
    trail.send()
    return value
  }

  /// As `change`, without blocking the calling thread.
  package func changeAsync<Value: Sendable>(
    as caller: Caller, _ body: @escaping @Sendable (Change) throws -> Value
  ) async throws -> Value {
    let trail = AuditTrail()
    let value = try await database.writeAsync { sql in
      let keys = try self.keys(in: sql, mayFinish: true)
      let value = try body(Change(sql: sql, caller: caller, now: self.clock(), keys: keys, outbox: self.outbox, trail: trail))
      try trail.seal(sql)
      return value
    }
    trail.send()
    return value
  }

  /// As `changeAsync`, in one transaction with others that come within some milliseconds; it returns when the change is safe on
  /// disk all the same. `body` may be called twice, when another one's change failed.
  /// - Parameter isUrgent: do not wait for others.
  package func changeTogether<Value: Sendable>(
    as caller: Caller, isUrgent: Bool = false, _ body: @escaping @Sendable (Change) throws -> Value
  ) async throws -> Value {
    let result = GroupedResult<Value>()
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      commits.add(
        GroupCommit.Entry(caller: caller) { change in
          let value = try body(change)
          result.value.withLock { $0 = value }
        } finish: { error in
          if let error { continuation.resume(throwing: error) } else { continuation.resume() }
        }, isUrgent: isUrgent)
    }
    guard let value = result.value.withLock({ $0 }) else { throw StorageError(.io, "a transaction ended without a result") }
    return value
  }

  /// Hands over a change to be made before those that are handed over later, and does not wait for it.
  package func changeLater(
    as caller: Caller, _ body: @escaping @Sendable (Change) throws -> Void, onFailure: @escaping @Sendable (any Error) -> Void
  ) {
    commits.add(
      GroupCommit.Entry(caller: caller, perform: body) { error in
        if let error { onFailure(error) }
      }, isUrgent: false)
  }

  /// Makes the changes that wait for others at once.
  package func flushChanges() { commits.flush() }

  private var commits: GroupCommit {
    group.withLock { group in
      if let group { return group }
      let new = GroupCommit { [weak self] entries in
        guard let self else { throw StorageError(.io, "the database was closed") }
        let trail = AuditTrail()
        try await database.writeAsync { sql in
          let keys = try self.keys(in: sql, mayFinish: true)
          for entry in entries {
            try entry.perform(
              Change(sql: sql, caller: entry.caller, now: self.clock(), keys: keys, outbox: self.outbox, trail: trail))
          }
          try trail.seal(sql)
        }
        trail.send()
      }
      group = new
      return new
    }
  }

  package func readAsync<Value: Sendable>(
    _ body: @escaping @Sendable (any SQLConnection) throws -> Value
  ) async throws -> Value {
    try await database.readAsync(body)
  }
}

/// What a change of a group came to.
private final class GroupedResult<Value: Sendable>: Sendable {
  let value = Mutex<Value?>(nil)
}

extension Store {
  /// Notes which key the database belongs to, as a keyed hash that tells nothing of it.
  static func writeKeyCheck(_ sql: any SQLConnection, _ keys: KeyRing) throws {
    try sql.execute("INSERT INTO setting (key, value) VALUES (?, ?)", keyCheckName, keys.keyedHash(keyCheckName))
  }

  /// Looked at in every transaction, before anything is sealed, opened or chained: another process may have rotated the key since
  /// this one read it, and may have died before the new key file was in its place.
  /// - Parameter mayFinish: puts a new key file in its place; only with the write lock, as one that is being made looks the same.
  func keys(in sql: any SQLConnection, mayFinish: Bool) throws -> KeyRing {
    let expected = try sql.row("SELECT value FROM setting WHERE key = ?", Store.keyCheckName)?.text("value")
    func fits(_ keys: KeyRing) -> Bool { expected.map { $0 == keys.keyedHash(Store.keyCheckName) } ?? true }
    if let keys = loadedKeys.withLock({ $0 }), fits(keys) {
      if mayFinish && installation.hasNextKey { try settleNextKey(isOurs: fits) }
      return keys
    }
    var keys = try installation.keyRing()
    if !fits(keys) {
      guard let next = try installation.nextKeyRing(), fits(next) else {
        throw StorageError(
          .key, "the key file \(installation.keyPath) is not this database's",
          hint: "put the key file back that was made with the database")
      }
      keys = next
    }
    if mayFinish && installation.hasNextKey { try settleNextKey(isOurs: fits) }
    loadedKeys.withLock { $0 = keys }
    return keys
  }

  /// Finishes or takes back a rotation whose process died. Of the two key files, the one that is the database's stays.
  private func settleNextKey(isOurs: (KeyRing) -> Bool) throws {
    if let keys = try? installation.keyRing(), isOurs(keys) {
      installation.discardNextKey()
    } else if let next = try installation.nextKeyRing(), isOurs(next) {
      try installation.adoptNextKey()
    }
  }

  static let keyCheckName = "installation.key-check"
}

/// One transaction that changes state for a caller. What it may do is checked here, whoever calls.
package struct Change {
  package let sql: any SQLConnection
  package let caller: Caller
  package let now: Timestamp
  package let keys: KeyRing
  /// Told of what is put into the outbox.
  let outbox: OutboxSignal?
  private let trail: AuditTrail

  package init(
    sql: any SQLConnection, caller: Caller, now: Timestamp, keys: KeyRing, outbox: OutboxSignal? = nil,
    trail: AuditTrail = AuditTrail()
  ) {
    self.sql = sql
    self.caller = caller
    self.now = now
    self.keys = keys
    self.outbox = outbox
    self.trail = trail
  }

  /// Checks that the caller holds `permission` for the network (nil: for all).
  /// - Throws: `.notPermitted`.
  package func require(_ permission: Permission, network: Int64?) throws {
    let rights = try AccountQueries.rights(sql, of: caller.name)
    guard rights.allows(permission, network: network) else {
      throw try AccountQueries.denied(sql, caller.name, permission, network: network)
    }
  }

  /// Appends a row to the audit log.
  package func audit(_ action: String, _ object: String, _ detail: String = "") throws {
    trail.add(
      try AuditLog.append(sql, keys: keys, caller: caller, time: now, action: action, object: object, detail: detail))
  }
}
