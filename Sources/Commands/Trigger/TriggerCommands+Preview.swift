private import Arguments
private import JobModel
private import Scheduling
private import Storage
private import Terminal

extension TriggerCommands {
  private static let job = OptionalOperand<String>(
    "JOB", help: "the job of a stored trigger", completion: .dynamic("job"))
  private static let name = OptionalOperand<String>(
    "NAME", help: "the stored trigger's name or number", completion: .dynamic("trigger"))
  private static let exclude = RepeatedOption<String>(
    "exclude", valueName: "RULE",
    help: "leave out the times that match: 'window mon-fri 08:00-18:00', 'dates 2026-12-24..2027-01-02'")
  private static let after = Option<String>(
    "after", valueName: "TIME", help: "only times later than this one; now where it is left out")
  private static let count = DefaultedOption<Int>(
    "count", valueName: "N", help: "how many times to show", default: 5, conversion: .integer(in: 1...100_000))

  static let preview = Command(
    ["trigger", "preview"], summary: "show when a trigger or a schedule fires next",
    discussion: """
      Shows the next times of a stored trigger, named by its job and name, or of a schedule that is given with options. For a \
      schedule without --filter neither a database nor any right is needed. The filters of a stored trigger are in force, and \
      --filter and --exclude leave out more. With --json it is an array of times in UTC, which is empty for what never fires.
      """,
    needs: [.permission(.view)], needsDatabase: { $0.isGiven(job) || $0.isGiven(ScheduleOptions.filters) },
    parameters: [job, name] + ScheduleOptions.parameters + [ScheduleOptions.filters, exclude, after, count],
    constraints: ScheduleOptions.constraints + [.requires(job, [name])],
    examples: [
      Example("netjob trigger preview nightly-backup at-three --count 3", "the next three fires of a stored trigger"),
      Example(
        "netjob trigger preview --cron '30 2 * * *' --timezone Europe/Berlin --after 2026-03-28T00:00Z",
        "try an expression at a clock change before using it"),
      Example(
        "netjob trigger preview --daily 1 --at 12:00 --exclude 'window sat,sun 00:00-24:00' --json",
        "working days only, as an array of times in UTC"),
    ],
    seeAlso: ["trigger add", "filter show", "crontab(5)"]
  ) { context, arguments in
    let (schedule, zone, filters) = try subject(context, arguments)
    let excluded = try FilterCommands.rules(arguments[exclude]).map { try $0.bound(in: context.zones, fallback: zone) }
    let rules = try filters.flatMap { try $0.bound(in: context.zones, fallback: zone) } + excluded
    let start = try arguments[after].map { try context.time(operand: $0, of: "--after") } ?? context.clock()
    let fires = schedule.next(after: start, count: arguments[count], in: zone, excluding: rules)
    context.show(.strings(fires.map(\.rfc3339))) {
      var table = Table(columns: [.init("TIME"), .init("DAY"), .init("ZONE"), .init("UTC", priority: 1)])
      for fire in fires {
        let local = fire.rfc3339(in: zone)
        let day = CivilDate(daysSinceEpoch: Int((fire.seconds + Int64(zone.offset(at: fire))).flooredDays)).weekday
        table.append([.text(local), .text(day.englishName), .text(zone.name), .text(fire.rfc3339)])
      }
      table.write(to: context.output)
    }
    if fires.isEmpty {
      let taken = rules.isEmpty ? nil : schedule.next(after: start, count: 1, in: zone).first
      let subject = "'\(schedule.canonicalText)' in \(zone.name)"
      context.warn(
        taken.map {
          "\(subject) never fires after \(start.rfc3339): its filters take every time, the first of them \($0.rfc3339)"
        }
          ?? "\(subject) never fires after \(start.rfc3339)")
    }
    return .done
  }

  private static func subject(
    _ context: Context, _ arguments: ParsedArguments
  ) throws -> (Schedule, TimeZoneRules, [FilterRecord]) {
    let names = arguments[ScheduleOptions.filters]
    let filters = names.isEmpty ? [] : try context.store.read { try FilterQueries.find($0, names) }
    let given = try ScheduleOptions.schedule(arguments)
    guard let jobName = arguments[job], let triggerName = arguments[name] else {
      guard let schedule = given else {
        throw ArgumentError(
          .missingOperand, "a trigger (JOB NAME) or a schedule (one of --once, --daily, --weekly, --monthly, --cron) is needed",
          hint: "see 'netjob trigger preview -h'")
      }
      return (schedule, try context.zones.rules(for: try arguments[ScheduleOptions.timezone] ?? context.systemZone), filters)
    }
    if given != nil || arguments.isGiven(ScheduleOptions.timezone) {
      throw ArgumentError(
        .conflict, "a stored trigger (JOB NAME) and the options of a schedule exclude each other",
        hint: "see 'netjob trigger preview -h'")
    }
    let trigger = try context.store.read { sql in
      let job = try JobQueries.find(sql, jobName)
      try context.requireView(of: job.networkID, in: sql)
      return try TriggerQueries.find(sql, job: job, triggerName)
    }
    return (
      try Schedule(parsing: trigger.schedule), try context.zones.rules(for: trigger.timezone), trigger.filters + filters
    )
  }
}

extension Int64 {
  /// Whole days of these seconds, rounded towards the past.
  fileprivate var flooredDays: Int64 { self >= 0 ? self / 86_400 : (self - 86_399) / 86_400 }
}
