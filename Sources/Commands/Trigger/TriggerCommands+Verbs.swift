private import Arguments
private import JobModel
private import Scheduling
private import Storage
private import Terminal

extension TriggerCommands {
  private static let job = Operand<String>("JOB", help: "the job's name or number", completion: .dynamic("job"))
  private static let newName = Operand<String>("NAME", help: "the trigger's name, unique within the job")
  private static let name = Operand<String>("NAME", help: "the trigger's name or number", completion: .dynamic("trigger"))
  private static let onlyJob = OptionalOperand<String>(
    "JOB", help: "only this job's triggers", completion: .dynamic("job"))
  private static let disabledFlag = Flag("disabled", help: "add it switched off; it may then be one that never fires")
  private static let yes = Flag("yes", short: "y", help: "do not ask")

  static let add = Command(
    ["trigger", "add"], summary: "add a trigger to a job",
    discussion: """
      Exactly one kind of schedule is given. All times are wall clock times of the trigger's zone; how they behave at clock \
      changes is what crontab(5) promises: a schedule at a fixed time that a change skips fires right after it, and one that \
      a change repeats fires once.

      A trigger is part of what an approval covers: adding one puts the job's approval back to not-requested.
      """,
    needs: [.permission(.editJob)],
    parameters: [job, newName] + ScheduleOptions.parameters + [ScheduleOptions.filters, disabledFlag],
    constraints: [.exactlyOneOf(ScheduleOptions.kinds)] + ScheduleOptions.constraints,
    examples: [
      Example("netjob trigger add nightly-backup at-three --cron '0 3 * * *' --timezone Europe/Berlin", "every night at three"),
      Example("netjob trigger add add-route maintenance --once 2030-12-01T02:00", "once, in the night of the maintenance"),
      Example("netjob trigger add inventory month-end --monthly all --day last --at 23:30", "on the last day of each month"),
      Example(
        "netjob trigger add inventory quarter-hours --cron '*/15 * * * *' --filter office-hours",
        "each quarter of an hour that the filter leaves"),
    ],
    seeAlso: ["trigger edit", "trigger preview", "filter add", "job create", "crontab(5)"]
  ) { context, arguments in
    guard let schedule = try ScheduleOptions.schedule(arguments) else {
      preconditionFailure("a constraint demands a kind of schedule")
    }
    let zone = try arguments[ScheduleOptions.timezone] ?? context.systemZone
    let trigger = try context.store.change(as: context.caller) { change in
      let job = try JobQueries.find(change.sql, arguments[job])
      return try change.addTrigger(
        arguments[newName], to: job, schedule, timezone: zone, filters: arguments[ScheduleOptions.filters],
        enabled: !arguments[disabledFlag], zones: context.zones)
    }
    context.show(document(trigger, context)) {
      context.note("trigger '\(trigger.name)' added to job '\(trigger.job)': \(sentence(trigger)); \(nextText(trigger))")
    }
    return .done
  }

  private static let columns = Listing<TriggerRecord>(
    [
      .init("job"), .init("name"), .init("schedule"), .init("timezone", title: "ZONE", priority: 2),
      .init("nextFire", .time) { trigger, context in nextCell(trigger, context) }, .init("lastFire", .time, priority: 1),
      .init("filters", priority: 2),
    ], more: ["id", "kind", "enabled", "error"])

  static let listAll = Command(
    ["trigger", "list"], summary: "list the triggers of a job, or of all jobs", needs: [.permission(.view)],
    parameters: [onlyJob] + columns.parameters,
    examples: [Example("netjob trigger list nightly-backup", "list the triggers of one job")]
  ) { context, arguments in
    let triggers = try context.store.read { sql in
      guard let name = arguments[onlyJob] else {
        let rights = try AccountQueries.rights(sql, of: context.caller.name)
        return try TriggerQueries.all(sql).filter { rights.allows(.view, network: $0.networkID) }
      }
      let job = try JobQueries.find(sql, name)
      try context.requireView(of: job.networkID, in: sql)
      return try TriggerQueries.all(sql, job: job.id)
    }
    columns.show(triggers, context, arguments) { document($0, context) }
    return .done
  }

  static let show = Command(
    ["trigger", "show"], summary: "show a trigger", needs: [.permission(.view)], parameters: [job, name],
    examples: [Example("netjob trigger show nightly-backup at-three", "show a trigger and its next fires")]
  ) { context, arguments in
    let trigger = try context.store.read { sql in
      let job = try JobQueries.find(sql, arguments[job])
      try context.requireView(of: job.networkID, in: sql)
      return try TriggerQueries.find(sql, job: job, arguments[name])
    }
    context.show(document(trigger, context)) {
      var block = FieldBlock()
      block.add("Job", key: "job", .text(trigger.job))
      block.add("Name", key: "name", .text(trigger.name))
      block.add("Fires", key: "sentence", .text(sentence(trigger)))
      block.add("Kind", key: "kind", .text(trigger.kind))
      block.add("Schedule", key: "schedule", .text(trigger.schedule))
      block.add("Time zone", key: "timezone", .text(trigger.timezone))
      block.add("Filters", key: "filters", .list(trigger.filters.map(\.name)))
      block.add("Enabled", key: "enabled", .bool(trigger.isEnabled))
      block.add("Next fire", key: "nextFire", context.cell(trigger.nextFire))
      block.add("Last fire", key: "lastFire", context.cell(trigger.lastFire))
      if let error = trigger.error { block.add("Error", key: "error", .status(error, .bad)) }
      block.write(to: context.output)
    }
    return .done
  }

  static let enable = Command(
    ["trigger", "enable"], summary: "switch a trigger on", needs: [.permission(.editJob)], parameters: [job, name],
    examples: [Example("netjob trigger enable nightly-backup at-three", "let the trigger fire again")],
    seeAlso: ["trigger disable"]
  ) { context, arguments in
    try set(enabled: true, context, arguments)
  }

  static let disable = Command(
    ["trigger", "disable"], summary: "switch a trigger off", needs: [.permission(.editJob)], parameters: [job, name],
    examples: [Example("netjob trigger disable nightly-backup at-three", "keep the trigger without its firing")],
    seeAlso: ["trigger enable"]
  ) { context, arguments in
    try set(enabled: false, context, arguments)
  }

  private static func set(enabled: Bool, _ context: Context, _ arguments: ParsedArguments) throws -> ExitStatus {
    let (before, after) = try context.store.change(as: context.caller) { change in
      let job = try JobQueries.find(change.sql, arguments[job])
      let trigger = try TriggerQueries.find(change.sql, job: job, arguments[name])
      try change.setTrigger(trigger, of: job, enabled: enabled, zones: context.zones)
      return (trigger, try TriggerQueries.find(change.sql, job: job, trigger.name))
    }
    let state = enabled ? "enabled" : "disabled"
    context.show(document(after, context)) {
      if before.isEnabled == enabled, before.error == nil {
        context.note("trigger '\(after.name)' of job '\(after.job)' is \(state) already")
      } else {
        context.note("trigger '\(after.name)' of job '\(after.job)' \(state)")
      }
    }
    return .done
  }

  static let remove = Command(
    ["trigger", "remove"], summary: "remove a trigger from its job", needs: [.permission(.editJob)],
    parameters: [job, name, yes],
    examples: [Example("netjob trigger remove nightly-backup at-three --yes", "remove a trigger without being asked")],
    seeAlso: ["trigger disable"]
  ) { context, arguments in
    let (owner, trigger) = try context.store.read { sql in
      let job = try JobQueries.find(sql, arguments[job])
      try context.requireView(of: job.networkID, in: sql)
      return (job, try TriggerQueries.find(sql, job: job, arguments[name]))
    }
    try context.confirm("remove trigger '\(trigger.name)' from job '\(owner.name)'?", yes: arguments[yes])
    try context.store.change(as: context.caller) { change in
      // Somebody may have removed it while the question stood.
      let job = try JobQueries.find(change.sql, owner.name)
      try change.removeTrigger(try TriggerQueries.find(change.sql, job: job, trigger.name), of: job)
    }
    context.show(document(trigger, context)) { context.note("trigger '\(trigger.name)' removed from job '\(owner.name)'") }
    return .done
  }
}
