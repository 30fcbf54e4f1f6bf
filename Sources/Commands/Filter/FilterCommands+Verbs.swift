private import Arguments
private import JobModel
private import Scheduling
private import Storage
private import Terminal

extension FilterCommands {
  private static let newName = Operand<String>("NAME", help: "the filter's name")
  private static let name = Operand<String>("NAME", help: "the filter's name or number", completion: .dynamic("filter"))
  private static let newRules = RepeatedOption<String>(
    "rule", valueName: "RULE",
    help: "times that are left out: 'window mon-fri 08:00-18:00', 'dates 2026-12-24..2027-01-02', 'cron * 22-23 * * *'",
    atLeast: 1)
  private static let rules = RepeatedOption<String>(
    "rule", valueName: "RULE", help: "a rule in place of all that are there; give it for each rule")
  private static let timezone = Option<String>(
    "timezone", valueName: "TZ", help: "the IANA time zone of rules that name none; the trigger's where it is left out",
    completion: .dynamic("timezone"))
  private static let newTimezone = Option<String>(
    "timezone", valueName: "TZ", help: "the IANA time zone of rules that name none; empty is the trigger's",
    allowsEmpty: true, completion: .dynamic("timezone"))
  private static let yes = Flag("yes", short: "y", help: "do not ask")

  private static let ruleForms = """
    A rule is one of
      cron EXPR [ZONE]              minutes that match a crontab(5) expression
      dates FROM[..TO] [ZONE]       whole days, both inclusive
      window DAYS FROM-TO [ZONE]    from the first time up to the second, on days such as mon,tue, mon-fri or all; a window \
    that ends earlier than it begins runs past midnight
    """

  static let add = Command(
    ["filter", "add"], summary: "add a schedule filter",
    discussion: """
      A fire that any rule of any filter of its trigger matches does not happen; it is not moved. The clock is read in the \
      rule's zone, else the filter's, else the trigger's.

      \(ruleForms)
      """,
    needs: [.permission(.manageFilters)], parameters: [newName, newRules, timezone],
    examples: [
      Example(
        "netjob filter add office-hours --rule 'window mon-fri 08:00-18:00' --timezone Europe/Berlin",
        "leave out the hours in which people work"),
      Example(
        "netjob filter add freeze --rule 'dates 2026-12-24..2027-01-02' --rule 'dates 2027-04-02'", "leave out whole days"),
    ],
    seeAlso: ["filter test", "trigger add", "trigger preview"]
  ) { context, arguments in
    let rules = try rules(arguments[newRules])
    let filter = try context.store.change(as: context.caller) {
      try $0.addFilter(name: arguments[newName], rules: rules, timezone: arguments[timezone], zones: context.zones)
    }
    context.show(.object(members(filter, usedBy: []))) {
      context.note("schedule filter '\(filter.name)' added; trigger add and trigger edit take it with --filter \(filter.name)")
    }
    return .done
  }

  private static let columns = Listing<(filter: FilterRecord, users: [TriggerRecord])>(
    [
      .init("name"), .init("rules") { row, _ in .text(row.filter.rules.joined(separator: "; ")) },
      .init("timezone", title: "ZONE", priority: 1), .init("triggers", .number, priority: 1) { row, _ in .int(row.users.count) },
    ], more: ["id"])

  static let listAll = Command(
    ["filter", "list"], summary: "list the schedule filters", needs: [.permission(.view)], parameters: columns.parameters,
    examples: [Example("netjob filter list", "list the filters")]
  ) { context, arguments in
    let (filters, triggers) = try context.store.read { sql in
      (try FilterQueries.all(sql), try visible(TriggerQueries.all(sql), context, sql))
    }
    var users: [Int64: [TriggerRecord]] = [:]
    for trigger in triggers {
      for filter in trigger.filters { users[filter.id, default: []].append(trigger) }
    }
    columns.show(filters.map { (filter: $0, users: users[$0.id] ?? []) }, context, arguments) {
      .object(members($0.filter, usedBy: $0.users))
    }
    return .done
  }

  static let edit = Command(
    ["filter", "edit"], summary: "change a schedule filter",
    discussion: """
      The triggers that use the filter get their next fire anew at once. What a filter removes is part of what an approval \
      covers: the approvals of their jobs fall back to not-requested.

      \(ruleForms)
      """,
    needs: [.permission(.manageFilters)], parameters: [name, rules, newTimezone],
    constraints: [.atLeastOneOf([rules, newTimezone])],
    examples: [
      Example(
        "netjob filter edit freeze --rule 'dates 2027-12-24..2028-01-02'", "put another rule in place of those that are there")
    ],
    seeAlso: ["filter show"]
  ) { context, arguments in
    let newRules = arguments.isGiven(rules) ? try rules(arguments[rules]) : nil
    let newZone = arguments[newTimezone].map { $0.isEmpty ? nil : $0 }
    let (before, effect, seen) = try context.store.change(as: context.caller) { change in
      let before = try FilterQueries.find(change.sql, arguments[name])
      let effect = try change.editFilter(before, rules: newRules, timezone: newZone, zones: context.zones)
      return (before, effect, try visible(effect.triggers, context, change.sql))
    }
    context.show(.object(members(effect.filter, usedBy: seen))) {
      context.note("schedule filter '\(effect.filter.name)' \(effect.filter == before ? "is that already" : "changed")")
    }
    for trigger in seen where trigger.isEnabled && trigger.isJobEnabled && trigger.nextFire == nil {
      context.warn("trigger '\(trigger.name)' of job '\(trigger.job)' never fires any more")
    }
    return .done
  }

  static let delete = Command(
    ["filter", "delete"], summary: "delete a schedule filter that no trigger uses", needs: [.permission(.manageFilters)],
    parameters: [name, yes],
    examples: [Example("netjob filter delete freeze --yes", "delete a filter without being asked")]
  ) { context, arguments in
    let filter = try context.store.read { try FilterQueries.find($0, arguments[name]) }
    try context.confirm("delete schedule filter '\(filter.name)'?", yes: arguments[yes])
    try context.store.change(as: context.caller) { change in
      try change.deleteFilter(try FilterQueries.find(change.sql, filter.name))
    }
    context.show(.object(members(filter, usedBy: []))) { context.note("schedule filter '\(filter.name)' deleted") }
    return .done
  }
}
