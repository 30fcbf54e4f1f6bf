package import JobModel
private import JobRunner
private import Reports
private import Scheduling
package import Storage
package import Terminal

/// The JSON and the one-line text of executions, the same wherever they are shown.
package enum ExecutionDocument {
  /// The fields of a list.
  package static func members(_ execution: ExecutionRecord) -> [JSONValue.Member] {
    [
      .init("id", .integer(execution.id)), .init("job", .string(execution.job)), .init("network", .string(execution.network)),
      .init("type", .string(execution.type.rawValue)), .init("startTime", .string(execution.startTime.rfc3339)),
      .init("endTime", execution.endTime.map { .string($0.rfc3339) } ?? .null), .init("user", .string(execution.user)),
      .init("status", .string(execution.status.rawValue)), .init("trigger", .optional(execution.trigger)),
      .init("scheduledTime", execution.scheduledTime.map { .string($0.rfc3339) } ?? .null),
      .init("devicesTotal", .int(execution.devicesTotal)), .init("devicesFailed", .int(execution.devicesFailed)),
      .init("summary", .string(execution.summary)), .init("revision", .int(execution.revision)),
    ]
  }

  package static func document(_ execution: ExecutionRecord) -> JSONValue { .object(members(execution)) }

  /// One device of an execution.
  package static func document(_ device: ExecutionDeviceRecord) -> JSONValue {
    .object([
      .init("name", .string(device.name)), .init("address", .string(device.address)),
      .init("status", .string(device.status.rawValue)),
      .init("startTime", device.startTime.map { .string($0.rfc3339) } ?? .null),
      .init("endTime", device.endTime.map { .string($0.rfc3339) } ?? .null), .init("error", .optional(device.error)),
      .init("changed", .bool(device.changed)), .init("summary", .string(device.summary)),
      .init("lastCommand", .optional(device.lastCommand)),
    ])
  }

  /// The colour of a status.
  package static func role(_ status: ExecutionStatus) -> Style.Role { role(status.tone) }

  /// The colour of a device's status.
  package static func role(_ status: DeviceStatus) -> Style.Role { role(status.tone) }

  private static func role(_ tone: Tone) -> Style.Role {
    switch tone {
    case .good: .good
    case .bad: .bad
    case .warning: .warning
    case .muted: .muted
    case .plain: .plain
    }
  }

  /// One line for people and for cron's mail.
  package static func line(_ execution: ExecutionRecord, style: Style) -> String {
    let trigger = execution.trigger.map { " (\($0))" } ?? ""
    let status = style.apply(role(execution.status), execution.status.rawValue)
    let summary = execution.summary.isEmpty ? "" : ": \(escapeControls(execution.summary))"
    return "execution \(execution.id)  \(execution.job)\(trigger)  \(status)\(summary)"
  }
}
