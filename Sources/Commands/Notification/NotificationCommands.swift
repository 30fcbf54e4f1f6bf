package import Arguments
private import Delivery
private import JobModel
private import Storage
private import Terminal

/// `netjob notification`: the outbox of mail and traps.
package enum NotificationCommands {
  package static let group = CommandGroup(
    "notification", section: Sections.administration, summary: "mail and traps that were sent or wait",
    discussion: """
      What is to be told is written down together with what happened, one delivery for each recipient, and sent by the command \
      itself, for two seconds at most. What is left the next run-due sends. A delivery that fails is tried again after 1, 2, 4 \
      ... minutes, at most 4 hours apart, and is given up after three days.

      Each arrives at least once: where netjob is killed just after it sent something, it is sent again, mail with the same \
      Message-ID.
      """,
    defaultVerb: "list")

  package static let list: [Command] = [listAll, retry]

  private static let status = Option<OutboxRecord.Status>("status", valueName: "STATUS", help: "only these")
  private static let limit = DefaultedOption<Int>(
    "limit", valueName: "N", help: "at most this many", default: 50, conversion: .integer(in: 1...100_000))

  private static let columns = Listing<OutboxRecord>(
    [
      .init("id", .number), .init("time", .time), .init("event"), .init("subject", priority: 6), .init("channel", priority: 4),
      .init("recipient", priority: 7), .init("status") { delivery, _ in cell(delivery) },
      .init("attempts", .number, title: "TRIES", priority: 2), .init("nextAttemptTime", .time, title: "NEXT", priority: 2),
      .init("error", priority: 1), .init("giveUpTime", .time, place: .onRequest), .init("endTime", .time, place: .onRequest),
    ], more: ["job", "device", "network", "execution"])

  static let listAll = Command(
    ["notification", "list"], summary: "list mail and traps that wait, were sent, or were given up, newest first",
    needs: [.permission(.view)], parameters: [status, limit] + columns.parameters,
    examples: [Example("netjob notification list --status waiting", "see what could not be sent yet, and why")],
    seeAlso: ["notification retry"]
  ) { context, arguments in
    let deliveries = try context.store.read { sql in
      let rights = try AccountQueries.rights(sql, of: context.caller.name)
      var visible: Set<Int64>?
      if case .networks(let ids)? = rights.scope(of: .view) { visible = ids }
      return try OutboxQueries.list(sql, status: arguments[status], limit: arguments[limit], visible: visible)
    }
    columns.show(deliveries, context, arguments) { document($0, context) }
    return .done
  }

  private static let ids = RepeatedOperand<Int64>(
    "ID", help: "the number of a notification", conversion: .integer(in: 1...Int64.max))
  private static let all = Flag("all", help: "everything that waits or was given up")

  static let retry = Command(
    ["notification", "retry"], summary: "try now to send what waits or was given up",
    discussion: "What still cannot be sent waits on, for three more days.", needs: [.permission(.manageSettings)],
    parameters: [all, ids], constraints: [.exactlyOneOf([all, ids])],
    examples: [
      Example("netjob notification retry 17", "try one again"),
      Example("netjob notification retry --all", "try all of them, now that the mail server is back"),
    ],
    exitCodes: [ExitCode(1, "something could not be sent"), ExitCode(6, "it was sent already")],
    seeAlso: ["notification list", "mail test", "trap test"]
  ) { context, arguments in
    let retried = try context.store.change(as: context.caller) { change in
      try change.retryDeliveries(arguments[all] ? nil : arguments[ids])
    }
    _ = context.store.outbox.take()
    if !retried.isEmpty { _ = try await context.drain.run(.background, only: arguments[all] ? nil : retried) }
    let deliveries = try context.store.read { sql in try retried.map { try OutboxQueries.find(sql, $0) } }
    let left = deliveries.filter { $0.status != .sent }
    context.show(.array(deliveries.map { document($0, context) })) {
      columns.write(deliveries, context) { document($0, context) }
      if deliveries.isEmpty { context.note("nothing waits") }
    }
    return left.isEmpty ? .done : .failed
  }

  private static func document(_ delivery: OutboxRecord, _ context: Context) -> JSONValue {
    let notice = delivery.notice
    return [
      "id": .integer(delivery.id), "time": context.json(notice.time), "event": .string(notice.event.rawValue),
      "channel": .string(delivery.channel.rawValue), "recipient": .string(delivery.recipient), "job": .optional(notice.job),
      "subject": .optional(notice.job ?? notice.device),
      "device": .optional(notice.device), "network": .optional(notice.network), "execution": .optional(notice.execution),
      "status": .string(delivery.status.rawValue), "attempts": .int(delivery.attempts),
      "nextAttemptTime": context.json(delivery.status == .waiting ? delivery.nextAttempt : nil),
      "giveUpTime": context.json(delivery.status == .waiting ? delivery.giveUpAt : nil),
      "endTime": context.json(delivery.endedAt), "error": .optional(delivery.error),
    ]
  }

  private static func cell(_ delivery: OutboxRecord) -> Cell {
    let role: Style.Role =
      switch delivery.status {
      case .sent: .good
      case .waiting: delivery.error == nil ? .plain : .warning
      case .failed: .bad
      }
    return .status(delivery.status.rawValue, role)
  }
}

extension OutboxRecord.Status: ArgumentValue {}
