package import JobModel
package import Scheduling
internal import Synchronization

/// One delivery of a notification, as stored.
package struct OutboxRecord: Equatable, Sendable {
  package enum Status: String, Sendable, CaseIterable {
    case waiting, sent
    /// Given up.
    case failed
  }

  package var id: Int64
  package var channel: NotificationChannel
  /// The name of a user, or of a trap receiver; of a report, a mail address as well.
  package var recipient: String
  /// The network that it is about; nil where it is about none.
  package var networkID: Int64?
  package var notice: Notice
  /// The execution whose report goes with it.
  package var report: Int64?
  package var status: Status
  package var attempts: Int
  package var nextAttempt: Timestamp
  package var giveUpAt: Timestamp
  package var endedAt: Timestamp?
  /// Why the last attempt failed.
  package var error: String?

  init(_ row: SQLRow) throws {
    id = try row.int64("id")
    channel = try row.choice("channel", as: NotificationChannel.self)
    recipient = try row.text("recipient")
    networkID = try row.optionalInt64("network_id")
    do {
      notice = try CanonicalJSON.value(Notice.self, from: try row.text("payload"))
    } catch let error as StorageError {
      throw error
    } catch {
      throw StorageError(.corrupt, "what notification \(id) tells cannot be read: \(error)")
    }
    report = try row.optionalInt64("report")
    status = try row.choice("status", as: Status.self)
    attempts = try row.int("attempts")
    nextAttempt = try row.timestamp("next_attempt")
    giveUpAt = try row.timestamp("give_up_at")
    endedAt = try row.optionalTimestamp("ended_at")
    error = try row.optionalText("error")
  }
}

package enum OutboxQueries {
  /// Whether a delivery is due: one look at one index.
  package static func isDue(_ sql: any SQLConnection, now: Timestamp) throws -> Bool {
    try sql.row("SELECT 1 AS one FROM outbox WHERE status = 'waiting' AND next_attempt <= ? LIMIT 1", now) != nil
  }

  /// Deliveries, newest first.
  /// - Parameter visible: networks that the caller may see; nil is all, what is about no network included.
  package static func list(
    _ sql: any SQLConnection, status: OutboxRecord.Status? = nil, limit: Int, visible: Set<Int64>? = nil
  ) throws -> [OutboxRecord] {
    var conditions: [String] = []
    var arguments: [SQLValue] = []
    if let status {
      conditions.append("status = ?")
      arguments.append(.text(status.rawValue))
    }
    if let visible {
      conditions.append("network_id IN (\(visible.sorted().map(String.init).joined(separator: ",")))")
    }
    let condition = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
    arguments.append(.integer(Int64(limit)))
    return try sql.rows("SELECT * FROM outbox \(condition) ORDER BY id DESC LIMIT ?", arguments).map(OutboxRecord.init)
  }

  /// The delivery with this number.
  /// - Throws: `.notFound`.
  package static func find(_ sql: any SQLConnection, _ id: Int64) throws -> OutboxRecord {
    guard let row = try sql.row("SELECT * FROM outbox WHERE id = ?", id) else {
      throw ModelError(.notFound, "there is no notification \(id)", hint: "netjob notification list shows them")
    }
    return try OutboxRecord(row)
  }

  /// How many deliveries wait after a failed attempt, and how many were given up: for `doctor` and `status`.
  package static func troubles(_ sql: any SQLConnection) throws -> (waiting: Int, failed: Int) {
    (
      try sql.row("SELECT count(*) AS n FROM outbox WHERE status = 'waiting' AND error IS NOT NULL")?.int("n") ?? 0,
      try sql.row("SELECT count(*) AS n FROM outbox WHERE status = 'failed'")?.int("n") ?? 0
    )
  }
}

/// Says to the program that this process has put something into the outbox.
package final class OutboxSignal: Sendable {
  private let isRaised = Mutex(false)

  package init() {}

  package func raise() { isRaised.withLock { $0 = true } }

  /// Whether something was put there since this was asked last.
  package func take() -> Bool {
    isRaised.withLock { value in
      defer { value = false }
      return value
    }
  }
}
