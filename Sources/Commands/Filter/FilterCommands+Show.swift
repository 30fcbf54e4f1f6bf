private import Arguments
private import JobModel
private import Scheduling
private import Storage
private import Terminal

extension FilterCommands {
  private static let name = Operand<String>("NAME", help: "the filter's name or number", completion: .dynamic("filter"))
  private static let upcoming = Flag("upcoming", help: "list the fires that it removes in the next 30 days")
  private static let at = RequiredOption<String>("at", valueName: "TIME", help: "the time of a fire")
  private static let timezone = Option<String>(
    "timezone", valueName: "TZ", help: "the zone of a trigger, for rules without one; the system's where it is left out",
    completion: .dynamic("timezone"))

  static let show = Command(
    ["filter", "show"], summary: "show a schedule filter, its triggers, and what it removes", needs: [.permission(.view)],
    parameters: [name, upcoming],
    examples: [
      Example("netjob filter show freeze", "show a filter"),
      Example("netjob filter show freeze --upcoming", "and list which fires it removes in the next 30 days"),
    ],
    seeAlso: ["filter test", "upcoming"]
  ) { context, arguments in
    let (filter, triggers) = try context.store.read { sql in
      let filter = try FilterQueries.find(sql, arguments[name])
      return (filter, try visible(TriggerQueries.all(sql, filter: filter.id), context, sql))
    }
    let removed = arguments[upcoming] ? removedFires(by: filter, triggers, context) : nil
    let document = members(filter, usedBy: triggers) + [.init("upcoming", .optional(removed) { .array($0.map(\.document)) })]
    context.show(.object(document)) {
      var block = FieldBlock()
      block.add("Name", key: "name", .text(filter.name))
      block.add("Time zone", key: "timezone", .text(filter.timezone ?? "the trigger's"))
      for rule in filter.rules { block.add("Rule", key: "rule", .text(rule)) }
      block.add("Used by", key: "triggers", .list(triggers.map { "\($0.job)/\($0.name)" }))
      block.write(to: context.output)
      guard let removed else { return }
      context.output.writeLine()
      var table = Table(columns: [.init("REMOVED FIRE"), .init("JOB"), .init("TRIGGER"), .init("RULE", priority: 1)])
      for fire in removed {
        table.append([.text(fire.time.rfc3339), .text(fire.trigger.job), .text(fire.trigger.name), .text(fire.rule)])
      }
      table.write(to: context.output)
    }
    return .done
  }

  private struct RemovedFire {
    let time: Timestamp
    let trigger: TriggerRecord
    let rule: String

    var document: JSONValue {
      [
        "time": .string(time.rfc3339), "job": .string(trigger.job), "trigger": .string(trigger.name), "rule": .string(rule),
      ]
    }
  }

  /// The timings of the next 30 days that the filter removes, whether or not another one removes them too, by time.
  private static func removedFires(
    by filter: FilterRecord, _ triggers: [TriggerRecord], _ context: Context
  ) -> [RemovedFire] {
    let now = context.clock()
    let end = now.adding(seconds: 30 * 86_400)
    // No schedule is due more often than each minute.
    let most = 30 * 1440
    var removed: [RemovedFire] = []
    for trigger in triggers where trigger.isEnabled && trigger.isJobEnabled {
      var alone = trigger
      alone.filters = [filter]
      do {
        let times = try TriggerTimes(alone, zones: context.zones)
        for time in times.timings(after: now, until: end, count: most) {
          if let removal = times.removal(at: time) {
            removed.append(RemovedFire(time: time, trigger: trigger, rule: removal.rule))
          }
        }
      } catch {
        context.warn("trigger '\(trigger.name)' of job '\(trigger.job)': \(error.message)")
      }
    }
    return removed.sorted { ($0.time, $0.trigger.job, $0.trigger.name) < ($1.time, $1.trigger.job, $1.trigger.name) }
  }

  static let test = Command(
    ["filter", "test"], summary: "ask whether a schedule filter removes a fire", needs: [.permission(.view)],
    parameters: [name, at, timezone],
    examples: [
      Example("netjob filter test freeze --at 2026-12-31T02:00", "print removed or kept"),
      Example("netjob filter test office-hours --at 2026-12-01T08:00:00Z --json", "and by which rule"),
    ],
    seeAlso: ["filter show", "trigger preview"]
  ) { context, arguments in
    let filter = try context.store.read { try FilterQueries.find($0, arguments[name]) }
    let time = try context.time(operand: arguments[at], of: "--at")
    let zone = try context.zones.rules(for: try arguments[timezone] ?? context.systemZone)
    let rule = try filter.bound(in: context.zones, fallback: zone).first { $0.matches(time) }?.rule.canonicalText
    let result = rule == nil ? "kept" : "removed"
    let document: JSONValue = [
      "filter": .string(filter.name), "time": .string(time.rfc3339), "result": .string(result), "rule": .optional(rule),
    ]
    context.show(document) {
      context.output.writeLine(result)
      if let rule { context.note("rule '\(rule)' matches \(time.rfc3339)") }
    }
    return .done
  }
}
