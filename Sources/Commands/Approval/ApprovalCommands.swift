package import Arguments
internal import JobModel
private import Scheduling
package import Storage
package import Terminal

/// `netjob approval`: what lets a job that changes devices run.
package enum ApprovalCommands {
  package static let group = CommandGroup(
    "approval", section: Sections.approval, summary: "ask for, give and follow approvals of jobs that change devices",
    discussion: """
      A job that changes devices runs only when other people approved exactly what it is going to do: its definition, its
      triggers, and the commands for each device. Any later edit puts it back to not-requested. An approval allows one execution.
      """, defaultVerb: "list")

  package static let list: [Command] = [listAll, show, request, approve, reject, comment, close, log]

  /// The JSON of a request as lists show it.
  static func document(_ request: ApprovalRequestRecord, required: Int) -> JSONValue {
    .object(members(request, required: required))
  }

  static func members(_ request: ApprovalRequestRecord, required: Int) -> [JSONValue.Member] {
    [
      .init("id", .integer(request.id)), .init("job", .string(request.job)), .init("network", .string(request.network)),
      .init("revision", .int(request.revision)), .init("status", .string(request.status.rawValue)),
      .init("requestedBy", .string(request.requestedBy)), .init("requestedTime", .string(request.requestedAt.rfc3339)),
      .init("required", .int(required)), .init("approvals", .strings(request.approvals)),
      .init("digest", .string(request.digest)), .init("execution", .optional(request.executionID)),
    ]
  }

  /// The JSON of a line of the log.
  static func document(_ entry: ApprovalLogRecord) -> JSONValue {
    .object([
      .init("time", .string(entry.time.rfc3339)), .init("user", .string(entry.user)), .init("event", .string(entry.event)),
      .init("message", .string(entry.message)), .init("revision", .int(entry.revision)), .init("job", .string(entry.job)),
      .init("request", .optional(entry.requestID)),
    ])
  }

  /// The log as a table for people.
  static func table(_ log: [ApprovalLogRecord], _ context: Context) -> Table {
    var table = Table(columns: [
      .init("TIME"), .init("USER"), .init("EVENT"), .init("REVISION", alignment: .right, priority: 1), .init("MESSAGE"),
    ])
    for entry in log {
      table.append([
        context.cell(entry.time), .text(entry.user), .status(entry.event, role(entry.event)), .int(entry.revision),
        .text(entry.message),
      ])
    }
    return table
  }

  static func role(_ event: String) -> Style.Role {
    switch event {
    case "approved": .good
    case "rejected": .bad
    case "reset", "reopened": .warning
    default: .plain
    }
  }

  static func role(_ status: ApprovalStatus) -> Style.Role {
    switch status {
    case .approved: .good
    case .rejected: .bad
    case .requested: .warning
    case .notRequested, .closed, .notNeeded: .plain
    }
  }
}
