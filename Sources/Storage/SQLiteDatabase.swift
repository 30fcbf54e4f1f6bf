private import Foundation
private import GRDB
internal import JobModel

/// The SQLite engine, through GRDB: one connection per process, WAL, `BEGIN IMMEDIATE` for every write.
package final class SQLiteDatabase: SQLDatabase {
  private let queue: DatabaseQueue
  private let path: String

  /// Opens the database file at `path`.
  /// - Parameters:
  ///   - create: makes a new file; without it a missing file is an error.
  ///   - busySeconds: how long a statement waits for another process's lock.
  ///   - enforcesForeignKeys: off only while tables are rebuilt, which SQLite asks for ("Making Other Kinds Of Table Schema
  ///     Changes"); the keys are then checked before the commit.
  /// - Throws: `StorageError`.
  package init(
    path: String, create: Bool = false, readOnly: Bool = false, busySeconds: Double = 10, enforcesForeignKeys: Bool = true
  ) throws {
    var configuration = Configuration()
    configuration.busyMode = .timeout(busySeconds)
    configuration.foreignKeysEnabled = enforcesForeignKeys
    configuration.readonly = readOnly
    configuration.label = "netjob"
    configuration.maximumReaderCount = 1
    if !readOnly {
      configuration.prepareDatabase { database in
        // FULL: a claim or a result that was reported must survive a power cut.
        try database.execute(sql: "PRAGMA synchronous = FULL")
        // The journal mode stays in the file; setting it on every opening would cost a lock.
        if create { try database.execute(sql: "PRAGMA journal_mode = WAL") }
      }
    }
    self.path = path
    if !create && access(path, F_OK) != 0 {
      throw StorageError(.notFound, "there is no database at \(TextRule.quoted(path))", hint: "netjob init creates it")
    }
    do {
      queue = try DatabaseQueue(path: path, configuration: configuration)
    } catch {
      throw SQLiteDatabase.translated(error, path: path)
    }
  }

  package func read<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value {
    try translating { try queue.read { try body(SQLiteConnection(database: $0, path: path)) } }
  }

  package func write<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value {
    try translating {
      try queue.writeWithoutTransaction { database in
        var result: Value?
        try database.inTransaction(.immediate) {
          result = try body(SQLiteConnection(database: database, path: path))
          return .commit
        }
        guard let result else { throw StorageError(.io, "a transaction ended without a result") }
        return result
      }
    }
  }

  package func readAsync<Value: Sendable>(
    _ body: @escaping @Sendable (any SQLConnection) throws -> Value
  ) async throws -> Value {
    do {
      return try await queue.read { try body(SQLiteConnection(database: $0, path: path)) }
    } catch {
      throw SQLiteDatabase.translated(error, path: path)
    }
  }

  package func writeAsync<Value: Sendable>(
    _ body: @escaping @Sendable (any SQLConnection) throws -> Value
  ) async throws -> Value {
    do {
      return try await queue.writeWithoutTransaction { database in
        var result: Value?
        try database.inTransaction(.immediate) {
          result = try body(SQLiteConnection(database: database, path: path))
          return .commit
        }
        guard let result else { throw StorageError(.io, "a transaction ended without a result") }
        return result
      }
    } catch {
      throw SQLiteDatabase.translated(error, path: path)
    }
  }

  /// Copies the whole database to a new file at `destination` (mode 0600), while others go on using it.
  /// - Throws: `.exists` when there is something already; nothing is left behind when it fails.
  package func copy(to destination: String) throws {
    let descriptor = Foundation.open(destination, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else {
      throw StorageError(
        errno == EEXIST ? .exists : .io, "the file \(destination) cannot be made: \(String(cString: strerror(errno)))")
    }
    fchmod(descriptor, 0o600)
    close(descriptor)
    do {
      let target = try DatabaseQueue(path: destination)
      try queue.backup(to: target)
      try target.close()
    } catch {
      for suffix in ["", "-journal", "-wal", "-shm"] { unlink(destination + suffix) }
      throw SQLiteDatabase.translated(error, path: destination)
    }
  }

  private func translating<Value>(_ body: () throws -> Value) throws -> Value {
    do { return try body() } catch { throw SQLiteDatabase.translated(error, path: path) }
  }

  fileprivate static func translated(_ error: any Error, path: String) -> any Error {
    guard let error = error as? DatabaseError else { return error }
    let detail = error.message ?? "\(error.resultCode)"
    switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      return StorageError(
        .locked, "the database \(path) is locked by another process", hint: "try again; 'fuser \(path)' shows who holds it")
    case .SQLITE_FULL:
      return full(path)
    case .SQLITE_IOERR, .SQLITE_CANTOPEN:
      // With no room for the shared-memory file beside the database, SQLite speaks of an input/output error.
      if isOutOfSpace(path) { return full(path) }
      if let place = unwritable(path) {
        let reason = String(cString: strerror(errno)).lowercased()
        return StorageError(
          .readOnly, "the database \(path) cannot be written: \(place): \(reason)", hint: readOnlyHint)
      }
      return StorageError(
        .io, "the database \(path) cannot be \(error.resultCode == .SQLITE_IOERR ? "read or written" : "opened"): \(detail)")
    case .SQLITE_READONLY:
      return StorageError(.readOnly, "the database \(path) cannot be written: \(detail)", hint: readOnlyHint)
    case .SQLITE_CORRUPT, .SQLITE_NOTADB:
      return StorageError(
        .corrupt, "\(path) is damaged or no netjob database: \(detail)",
        hint: "restore it from a backup; 'sqlite3 FILE .recover' may save rows")
    default:
      return StorageError(.io, "database \(path): \(detail)")
    }
  }

  private static func full(_ path: String) -> StorageError {
    StorageError(.diskFull, "the disk that holds \(path) is full: nothing was written", hint: "free some space and try again")
  }

  private static let readOnlyHint =
    "reading it needs files beside it, too: the database's account must be able to write to the folder, and the disk must not be "
    + "mounted read-only"

  /// The database or its folder, where SQLite makes files of its own, if it cannot be written; errno says why.
  private static func unwritable(_ path: String) -> String? {
    let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    return [path, folder].first { access($0, W_OK) != 0 }
  }

  /// Whether less is free than the files beside the database take.
  private static func isOutOfSpace(_ path: String) -> Bool {
    var information = statvfs()
    return statvfs(path, &information) == 0 && UInt64(information.f_bavail) * UInt64(information.f_frsize) < 65_536
  }
}

private struct SQLiteConnection: SQLConnection {
  let database: Database
  let path: String

  func each(_ sql: String, _ arguments: [SQLValue], _ body: (SQLRow) throws -> Void) throws {
    do { try step(sql, arguments, body) } catch { throw SQLiteDatabase.translated(error, path: path) }
  }

  func execute(_ sql: String, _ arguments: [SQLValue]) throws -> Int {
    do {
      let statement = try database.cachedStatement(sql: sql)
      try statement.execute(arguments: converted(arguments))
      return database.changesCount
    } catch {
      throw SQLiteDatabase.translated(error, path: path)
    }
  }

  private func step(_ sql: String, _ arguments: [SQLValue], _ body: (SQLRow) throws -> Void) throws {
    let statement = try database.cachedStatement(sql: sql)
    let cursor = try Row.fetchCursor(statement, arguments: converted(arguments))
    while let row = try cursor.next() {
      var columns: [String: SQLValue] = [:]
      columns.reserveCapacity(row.count)
      for (name, value) in row {
        switch value.storage {
        case .null: columns[name] = .null
        case .int64(let number): columns[name] = .integer(number)
        case .double: throw StorageError(.corrupt, "column '\(name)' holds a floating-point number")
        case .string(let text): columns[name] = .text(text)
        case .blob(let data): columns[name] = .blob([UInt8](data))
        }
      }
      try body(SQLRow(columns: columns))
    }
  }

  private func converted(_ arguments: [SQLValue]) -> StatementArguments {
    StatementArguments(
      arguments.map { argument -> (any DatabaseValueConvertible)? in
        switch argument {
        case .null: nil
        case .integer(let number): number
        case .text(let text): text
        case .blob(let bytes): Data(bytes)
        }
      })
  }
}
