internal import JobModel
package import Scheduling

/// One value of a statement's arguments or of a row.
package enum SQLValue: Equatable, Sendable {
  case null
  case integer(Int64)
  case text(String)
  case blob([UInt8])
}

/// What can be an argument of a statement.
package protocol SQLConvertible {
  var sqlValue: SQLValue { get }
}

extension SQLValue: SQLConvertible { package var sqlValue: SQLValue { self } }
extension Int64: SQLConvertible { package var sqlValue: SQLValue { .integer(self) } }
extension Int: SQLConvertible { package var sqlValue: SQLValue { .integer(Int64(self)) } }
extension Bool: SQLConvertible { package var sqlValue: SQLValue { .integer(self ? 1 : 0) } }
extension String: SQLConvertible { package var sqlValue: SQLValue { .text(self) } }
extension Timestamp: SQLConvertible { package var sqlValue: SQLValue { .integer(milliseconds) } }
extension Array: SQLConvertible where Element == UInt8 { package var sqlValue: SQLValue { .blob(self) } }
extension Optional: SQLConvertible where Wrapped: SQLConvertible {
  package var sqlValue: SQLValue { self?.sqlValue ?? .null }
}

/// One row of a result, its values by column name.
///
/// A getter throws `.corrupt` when the column holds another kind of value: the file was altered from outside.
package struct SQLRow: Sendable {
  private let columns: [String: SQLValue]

  package init(columns: [String: SQLValue]) { self.columns = columns }

  package func int64(_ column: String) throws -> Int64 {
    guard case .integer(let value)? = columns[column] else { throw wrong(column, "an integer") }
    return value
  }

  package func int(_ column: String) throws -> Int { Int(try int64(column)) }
  package func bool(_ column: String) throws -> Bool { try int64(column) != 0 }
  package func timestamp(_ column: String) throws -> Timestamp { Timestamp(milliseconds: try int64(column)) }

  package func text(_ column: String) throws -> String {
    guard case .text(let value)? = columns[column] else { throw wrong(column, "text") }
    return value
  }

  package func blob(_ column: String) throws -> [UInt8] {
    guard case .blob(let value)? = columns[column] else { throw wrong(column, "a blob") }
    return value
  }

  package func isNull(_ column: String) -> Bool { columns[column] == .null }

  package func optionalInt64(_ column: String) throws -> Int64? { isNull(column) ? nil : try int64(column) }
  package func optionalInt(_ column: String) throws -> Int? { isNull(column) ? nil : try int(column) }
  package func optionalText(_ column: String) throws -> String? { isNull(column) ? nil : try text(column) }
  package func optionalBlob(_ column: String) throws -> [UInt8]? { isNull(column) ? nil : try blob(column) }
  package func optionalTimestamp(_ column: String) throws -> Timestamp? { isNull(column) ? nil : try timestamp(column) }

  /// The case that the column's text names.
  package func choice<Value: RawRepresentable>(_ column: String, as type: Value.Type) throws -> Value
  where Value.RawValue == String {
    let name = try text(column)
    guard let value = Value(rawValue: name) else {
      throw StorageError(.corrupt, "column '\(column)' holds '\(TextRule.quoted(name))', which this netjob does not know")
    }
    return value
  }

  private func wrong(_ column: String, _ expected: String) -> StorageError {
    StorageError(.corrupt, "column '\(column)' does not hold \(expected)")
  }
}
