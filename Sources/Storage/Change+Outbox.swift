package import JobModel
package import Scheduling

/// The working off of the outbox. Whoever runs netjob does it, whatever they may: what is sent was decided when it was written.
extension Change {
  /// Claims deliveries that are due, oldest first: no other process takes them until `leaseUntil`.
  /// - Parameter excluded: receivers that were found dead meanwhile; nil as a name is all of the channel.
  package func claimDeliveries(
    limit: Int, leaseUntil: Timestamp, excluding excluded: [(channel: NotificationChannel, recipient: String?)] = [],
    only ids: [Int64]? = nil
  ) throws -> [OutboxRecord] {
    var conditions = "status = 'waiting' AND next_attempt <= ?"
    var arguments: [SQLValue] = [leaseUntil.sqlValue, now.sqlValue]
    for receiver in excluded {
      conditions += receiver.recipient == nil ? " AND channel <> ?" : " AND NOT (channel = ? AND recipient = ?)"
      arguments.append(.text(receiver.channel.rawValue))
      if let name = receiver.recipient { arguments.append(.text(name)) }
    }
    if let ids { conditions += " AND id IN (\(ids.map(String.init).joined(separator: ",")))" }
    arguments.append(.integer(Int64(limit)))
    let rows = try sql.rows(
      """
      UPDATE outbox SET attempts = attempts + 1, next_attempt = ?
      WHERE id IN (SELECT id FROM outbox WHERE \(conditions) ORDER BY next_attempt, id LIMIT ?) RETURNING *
      """, arguments)
    // One that cannot be read must not hold up the others, now or ever again.
    return try rows.compactMap { row in
      do {
        return try OutboxRecord(row)
      } catch let error as StorageError {
        try sql.execute(
          "UPDATE outbox SET status = 'failed', ended_at = ?, error = ? WHERE id = ?", now, error.message, try row.int64("id"))
        return nil
      }
    }.sorted { $0.id < $1.id }
  }

  /// Records that a claimed delivery arrived.
  package func deliverySucceeded(_ delivery: OutboxRecord) throws {
    try sql.execute(
      """
      UPDATE outbox SET status = 'sent', ended_at = ?, error = NULL WHERE id = ? AND attempts = ? AND status = 'waiting'
      """, now, delivery.id, delivery.attempts)
  }

  /// Records why a claimed delivery failed, and when it is tried again; after three days it is given up.
  /// - Parameter isFinal: trying again is of no use.
  package func deliveryFailed(_ delivery: OutboxRecord, because reason: String, isFinal: Bool = false) throws {
    let next = isFinal ? nil : RetrySchedule.next(afterAttempts: delivery.attempts, now: now, giveUp: delivery.giveUpAt)
    if let next {
      try sql.execute(
        "UPDATE outbox SET next_attempt = ?, error = ? WHERE id = ? AND attempts = ? AND status = 'waiting'", next, reason,
        delivery.id, delivery.attempts)
    } else {
      try sql.execute(
        """
        UPDATE outbox SET status = 'failed', ended_at = ?, error = ? WHERE id = ? AND attempts = ? AND status = 'waiting'
        """, now, reason, delivery.id, delivery.attempts)
    }
  }

  /// Gives a claimed delivery back that was not tried: it is due at once.
  package func releaseDelivery(_ delivery: OutboxRecord) throws {
    try sql.execute(
      "UPDATE outbox SET attempts = attempts - 1, next_attempt = ? WHERE id = ? AND attempts = ? AND status = 'waiting'",
      min(now, delivery.notice.time), delivery.id, delivery.attempts)
  }

  /// Makes deliveries that wait or were given up due now, with three more days to arrive.
  /// - Returns: their numbers.
  package func retryDeliveries(_ ids: [Int64]?) throws -> [Int64] {
    try require(.manageSettings, network: nil)
    for id in ids ?? [] {
      let delivery = try OutboxQueries.find(sql, id)
      if delivery.status == .sent { throw ModelError(.conflict, "notification \(id) was sent already") }
    }
    let condition = ids.map { "AND id IN (\($0.map(String.init).joined(separator: ",")))" } ?? ""
    let rows = try sql.rows(
      """
      UPDATE outbox SET status = 'waiting', next_attempt = ?, give_up_at = ?, ended_at = NULL
      WHERE status IN ('waiting', 'failed') \(condition) RETURNING id
      """, now, now.adding(seconds: RetrySchedule.lifetimeSeconds))
    let retried = try rows.map { try $0.int64("id") }.sorted()
    if !retried.isEmpty {
      try audit("notification.retry", "notification \(retried.map(String.init).joined(separator: ", "))")
      outbox?.raise()
    }
    return retried
  }

  /// Deletes what was sent or given up longer ago than the setting says, a bounded number at a time.
  package func pruneDeliveries() throws {
    guard let keep = Int64(try SettingQueries.value(sql, of: "notification.keep")), keep > 0 else { return }
    try sql.execute(
      "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE status <> 'waiting' AND ended_at < ? LIMIT 1000)",
      now.adding(seconds: -keep))
  }
}
