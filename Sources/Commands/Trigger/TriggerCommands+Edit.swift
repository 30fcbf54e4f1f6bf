private import Arguments
private import JobModel
private import Scheduling
private import Storage
private import Terminal

extension TriggerCommands {
  private static let job = Operand<String>("JOB", help: "the job's name or number", completion: .dynamic("job"))
  private static let name = Operand<String>("NAME", help: "the trigger's name or number", completion: .dynamic("trigger"))
  private static let timezone = Option<String>(
    "timezone", valueName: "TZ", help: "the IANA time zone of the schedule, Europe/Berlin", completion: .dynamic("timezone"))
  private static let filters = RepeatedOption<String>(
    "filter", valueName: "FILTER", help: "a schedule filter in place of those that it uses; give it for each filter",
    completion: .dynamic("filter"))
  private static let noFilter = Flag("no-filter", help: "use no schedule filter")
  private static let enabled = Flag("enabled", help: "switch it on")
  private static let disabled = Flag("disabled", help: "switch it off; it may then be one that never fires")

  private static let changes: [any CommandParameter] =
    ScheduleOptions.kinds + [timezone, filters, noFilter, enabled, disabled]

  static let edit = Command(
    ["trigger", "edit"], summary: "change a trigger's schedule, zone or filters",
    discussion: """
      What is not given stays; a schedule is given whole. A trigger is part of what an approval covers: changing it puts the \
      job's approval back to not-requested.
      """,
    needs: [.permission(.editJob)],
    parameters: [job, name] + ScheduleOptions.kinds + [ScheduleOptions.at, ScheduleOptions.day, timezone, filters, noFilter]
      + [enabled, disabled],
    constraints: ScheduleOptions.constraints + [.atMostOneOf([filters, noFilter]), .atMostOneOf([enabled, disabled])],
    examples: [
      Example("netjob trigger edit nightly-backup at-three --cron '0 4 * * *'", "fire an hour later"),
      Example("netjob trigger edit nightly-backup at-three --filter freeze --filter office-hours", "use two filters"),
      Example("netjob trigger edit nightly-backup at-three --no-filter", "and none"),
    ],
    seeAlso: ["trigger add", "trigger preview", "filter add"]
  ) { context, arguments in
    if !changes.contains(where: arguments.isGiven) {
      throw ArgumentError(
        .missingOption, "an option that changes something is needed", hint: "see 'netjob trigger edit -h'")
    }
    var edit = TriggerEdit()
    edit.schedule = try ScheduleOptions.schedule(arguments)
    edit.timezone = arguments[timezone]
    if arguments.isGiven(filters) { edit.filters = arguments[filters] }
    if arguments[noFilter] { edit.filters = [] }
    if arguments[enabled] { edit.isEnabled = true }
    if arguments[disabled] { edit.isEnabled = false }
    let (before, after) = try context.store.change(as: context.caller) { [edit] change in
      let job = try JobQueries.find(change.sql, arguments[job])
      let trigger = try TriggerQueries.find(change.sql, job: job, arguments[name])
      return (trigger, try change.editTrigger(trigger, of: job, edit, zones: context.zones))
    }
    context.show(document(after, context)) {
      let what = "trigger '\(after.name)' of job '\(after.job)'"
      context.note(before == after ? "\(what) is that already" : "\(what) changed: \(sentence(after)); \(nextText(after))")
    }
    return .done
  }
}
