/// A database that speaks the common subset of SQL: SQLite now, with room for PostgreSQL.
///
/// Statements use `?` placeholders. Every write is one transaction that holds the write lock from its start.
package protocol SQLDatabase: AnyObject, Sendable {
  /// Runs `body` on a consistent snapshot.
  func read<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value
  /// Runs `body` in one transaction: committed when it returns, rolled back when it throws.
  func write<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value
  /// As `read`, without blocking the calling thread.
  func readAsync<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value
  /// As `write`, without blocking the calling thread.
  func writeAsync<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value
}

/// A connection inside a transaction.
package protocol SQLConnection {
  /// Hands over the rows that a statement returns, `RETURNING` included, one after another: they are not held in memory.
  ///
  /// `body` may run other statements that read, this one not.
  func each(_ sql: String, _ arguments: [SQLValue], _ body: (SQLRow) throws -> Void) throws
  /// Runs a statement and returns how many rows it changed.
  @discardableResult
  func execute(_ sql: String, _ arguments: [SQLValue]) throws -> Int
}

extension SQLConnection {
  /// The rows that a statement returns, `RETURNING` included.
  package func rows(_ sql: String, _ arguments: [SQLValue]) throws -> [SQLRow] {
    var rows: [SQLRow] = []
    try each(sql, arguments) { rows.append($0) }
    return rows
  }

  package func rows(_ sql: String, _ arguments: any SQLConvertible...) throws -> [SQLRow] {
    try rows(sql, arguments.map(\.sqlValue))
  }

  @discardableResult
  package func execute(_ sql: String, _ arguments: any SQLConvertible...) throws -> Int {
    try execute(sql, arguments.map(\.sqlValue))
  }

  package func row(_ sql: String, _ arguments: any SQLConvertible...) throws -> SQLRow? {
    try rows(sql, arguments.map(\.sqlValue)).first
  }

  /// Runs an `INSERT ... RETURNING id` and returns the id.
  package func insert(_ sql: String, _ arguments: any SQLConvertible...) throws -> Int64 {
    guard let row = try rows(sql, arguments.map(\.sqlValue)).first else {
      throw StorageError(.corrupt, "an insert returned no row")
    }
    return try row.int64("id")
  }
}
