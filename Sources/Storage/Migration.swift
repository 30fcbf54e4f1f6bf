private import Crypto
private import Foundation

/// One step of the schema. Steps are frozen once released: their text is checksummed in the database.
package struct Migration: Sendable {
  package let number: Int
  package let name: String
  package let statements: [String]

  package init(number: Int, name: String, statements: [String]) {
    self.number = number
    self.name = name
    self.statements = statements
  }

  /// SHA-256 of the statements, in hexadecimal.
  package var checksum: String {
    let hash = SHA256.hash(data: Data(statements.joined(separator: ";\n").utf8))
    return hash.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
  }

  /// Every step, oldest first, numbered from 1 without gaps.
  package static let all: [Migration] = [
    .first, .roles, .notifications, .logins, .transports, .origins, .neighbors, .deltas, .agents, .reports, .pruning,
    .pastPlatforms, .reportMail, .doubts, .zstandard,
  ]

  /// The number of the newest step.
  package static var newest: Int { all.count }

  /// The number of the newest step that the database has; 0 for an empty file.
  package static func current(_ sql: any SQLConnection) throws -> Int {
    guard try sql.row("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'migration'") != nil else { return 0 }
    return try sql.row("SELECT coalesce(max(number), 0) AS number FROM migration")?.int("number") ?? 0
  }

  /// Applies the steps that are missing, all within the transaction of `sql`.
  /// - Throws: `.newer` when the database has steps that this program does not know, `.corrupt` when a step's text differs.
  /// - Returns: the steps that were missing.
  @discardableResult
  package static func apply(_ sql: any SQLConnection, now: Int64, steps: [Migration] = all) throws -> [Migration] {
    let current = try current(sql)
    try check(sql, current: current, steps: steps)
    let missing = steps.filter { $0.number > current }
    for migration in missing {
      for statement in migration.statements { try sql.execute(statement) }
      try sql.execute(
        "INSERT INTO migration (number, name, checksum, applied_at) VALUES (?, ?, ?, ?)", migration.number, migration.name,
        migration.checksum, now)
    }
    return missing
  }

  /// Compares the steps in the database with this program's.
  package static func check(_ sql: any SQLConnection, current: Int, steps: [Migration] = all) throws {
    if current > steps.count {
      throw StorageError(
        .newer, "the database has schema \(current), this netjob knows up to \(steps.count)", hint: "use the newer netjob")
    }
    guard current > 0 else { return }
    for row in try sql.rows("SELECT number, checksum FROM migration ORDER BY number") {
      let number = try row.int("number")
      guard (1...steps.count).contains(number), steps[number - 1].checksum == (try row.text("checksum")) else {
        throw StorageError(
          .corrupt, "schema step \(number) of the database differs from this program's",
          hint: "use the netjob that made the database, or restore it from a backup")
      }
    }
  }
}
