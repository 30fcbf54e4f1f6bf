package import Arguments
internal import Scheduling
internal import Storage
internal import Terminal

/// `netjob trigger`: when jobs fire.
package enum TriggerCommands {
  package static let group = CommandGroup(
    "trigger", section: Sections.jobs, summary: "when jobs fire", defaultVerb: "list")

  package static let list: [Command] = [add, listAll, show, edit, enable, disable, remove, preview]

  /// The trigger for `--json`.
  static func document(_ trigger: TriggerRecord, _ context: Context) -> JSONValue {
    [
      "id": .integer(trigger.id), "job": .string(trigger.job), "name": .string(trigger.name), "kind": .string(trigger.kind),
      "schedule": .string(trigger.schedule), "timezone": .string(trigger.timezone),
      "filters": .strings(trigger.filters.map(\.name)),
      "enabled": .bool(trigger.isEnabled), "nextFire": context.json(trigger.nextFire),
      "lastFire": context.json(trigger.lastFire), "error": .optional(trigger.error),
    ]
  }

  /// When the trigger fires, in a sentence; its stored text where this netjob does not understand it.
  static func sentence(_ trigger: TriggerRecord) -> String {
    guard let schedule = try? Schedule(parsing: trigger.schedule) else { return "\(trigger.schedule), \(trigger.timezone)" }
    return schedule.sentence(zone: trigger.timezone)
  }

  /// Whether and when it fires next, for tables.
  static func nextCell(_ trigger: TriggerRecord, _ context: Context) -> Cell {
    if trigger.error != nil { return .status("broken", .bad) }
    if !trigger.isEnabled { return .status("disabled", .muted) }
    return context.cell(trigger.nextFire)
  }

  /// Whether and when it fires next, for a note.
  static func nextText(_ trigger: TriggerRecord) -> String {
    if let next = trigger.nextFire { return "next fire \(next.rfc3339)" }
    if !trigger.isEnabled { return "disabled" }
    return trigger.isJobEnabled ? "it does not fire any more" : "its job is disabled"
  }
}
