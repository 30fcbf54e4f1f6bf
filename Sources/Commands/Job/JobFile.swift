internal import Definitions
internal import JobModel
internal import Scheduling
internal import Terminal

/// Jobs as a file describes them, see netjob-jobs(5).
struct JobFile {
  static let version = 1

  struct Entry {
    var name: String
    var network: String
    var isEnabled: Bool?
    var definition: JobDefinition
    /// Parameters whose secret is not in the file: the one that is stored stays.
    var secretNames: [String]
    /// nil leaves the triggers as they are.
    var triggers: [Trigger]?
    /// Where it stands: `jobs.yaml:3:5`.
    var place: String
  }

  struct Trigger: Equatable {
    var name: String
    var schedule: Schedule
    var timezone: String
    var filters: [String]
    var isEnabled: Bool
  }

  var entries: [Entry] = []
  /// The network of entries that name none, where the file says it.
  var network: String?
}

// MARK: Reading

extension JobFile {
  /// - Parameter file: its name, for messages.
  /// - Throws: `DefinitionError` with line and column.
  init(parsing bytes: [UInt8], file: String) throws {
    let root = try YAMLNode.parse(bytes, file: file, limit: 64 << 20)
    let mapping = try root.mapping(["version", "network", "jobs"])
    _ = try mapping.required("version").int(in: Self.version...Self.version)
    network = try mapping["network"]?.line()
    var places: [String: String] = [:]
    for node in try mapping.required("jobs").list() {
      let entry = try Self.entry(node, network: network ?? "default")
      if let before = places.updateValue(entry.place, forKey: entry.name) {
        throw node.error(.badValue, "job '\(entry.name)' is there twice, first at \(before)")
      }
      entries.append(entry)
    }
  }

  private static let keys = [
    "name", "type", "network", "comment", "enabled", "targets", "tool", "agent", "report", "parameters", "secrets", "values",
    "options", "triggers",
  ]

  private static func entry(_ node: YAMLNode, network: String) throws -> Entry {
    let mapping = try node.mapping(keys)
    let nameNode = try mapping.required("name")
    let name = try nameNode.line()
    do throws(ModelError) { try TextRule.name(name, of: "job") } catch { throw nameNode.error(.badValue, error.message) }
    let type = try mapping.required("type").choice(of: JobType.self)
    for (key, owner) in [("tool", JobType.tool), ("agent", .agentD), ("report", .report)] {
      if type == owner { _ = try mapping.required(key) }
      if type != owner, let other = mapping[key] {
        throw other.error(.badValue, "is for jobs of type \(owner.rawValue), this one is of type \(type.rawValue)")
      }
    }
    if !type.hasTargets, let targets = mapping["targets"] {
      throw targets.error(.badValue, "a job of type \(type.rawValue) has no targets")
    }
    var definition = JobDefinition(
      type: type, comment: try mapping["comment"]?.string() ?? "",
      targets: type.hasTargets ? try targets(mapping.required("targets")) : .none)
    definition.tool = try mapping["tool"]?.line()
    definition.agent = try mapping["agent"]?.line()
    definition.report = try mapping["report"]?.choice(of: ReportKind.self).rawValue
    definition.parameters = try mapping["parameters"].map(texts) ?? [:]
    if let node = mapping["values"] {
      if type != .tool, type != .agentD {
        throw node.error(.badValue, "values that differ per device are for jobs of type tool and agent-d")
      }
      for entry in try node.entries() { definition.values[entry.key] = try texts(entry.value) }
    }
    definition.options = try mapping["options"].map(options) ?? ExecutionOptions()
    let secrets = try mapping["secrets"]?.lines() ?? []
    if let name = secrets.first(where: { definition.parameters[$0] != nil }) {
      throw node.error(.badValue, "parameter '\(name)' is given, and is among the secrets that are not")
    }
    let triggers = try mapping["triggers"].map { node in
      var names: Set<String> = []
      return try node.list().map { item in
        let trigger = try trigger(item)
        if !names.insert(trigger.name).inserted { throw item.error(.badValue, "trigger '\(trigger.name)' is there twice") }
        return trigger
      }
    }
    let spot = node.error(.badValue, "")
    return Entry(
      name: name, network: try mapping["network"]?.line() ?? network, isEnabled: try mapping["enabled"]?.bool(),
      definition: definition, secretNames: secrets, triggers: triggers,
      place: [spot.file, spot.line.map(String.init), spot.column.map(String.init)].compactMap { $0 }.joined(separator: ":"))
  }

  private static func targets(_ node: YAMLNode) throws -> TargetSpecification {
    if let word = try? node.string() {
      guard word == "all-devices" else {
        throw node.error(.badValue, "must be all-devices, {search: EXPR} or {devices: [NAME, ...]}, is '\(word)'")
      }
      return .allDevices
    }
    let mapping = try node.mapping(["search", "devices"])
    switch (mapping["search"], mapping["devices"]) {
    case (let search?, nil): return .search(try search.line())
    case (nil, let devices?): return .devices(try devices.lines())
    default: throw node.error(.badValue, "must have either 'search' or 'devices'")
    }
  }

  private static func texts(_ node: YAMLNode) throws -> [String: String] {
    var texts: [String: String] = [:]
    for entry in try node.entries() { texts[entry.key] = try entry.value.scalarText() }
    return texts
  }

  private static func options(_ node: YAMLNode) throws -> ExecutionOptions {
    let mapping = try node.mapping([
      "concurrency", "batch", "max-failures", "timeout", "retries", "overlap", "missed", "grace", "backup-after", "save",
    ])
    func share(_ node: YAMLNode, _ minimum: Int, _ what: String) throws -> Share {
      let text = try node.scalarText()
      do throws(ModelError) {
        return try Share(parsing: text, minimum: minimum, as: what)
      } catch {
        throw node.error(.badValue, error.message)
      }
    }
    func seconds(_ node: YAMLNode, atLeast minimum: Int64) throws -> Int64 {
      let text = try node.scalarText()
      guard let value = try? DurationText.seconds(text), value >= minimum else {
        throw node.error(.badValue, "'\(text)' is no duration of at least \(minimum) s: 90s, 10m, 1h")
      }
      return value
    }
    var options = ExecutionOptions()
    options.concurrency = try mapping["concurrency"]?.int(in: 1...1000)
    options.batch = try mapping["batch"]?.list().map { try share($0, 1, "batch size") } ?? []
    options.maxFailures = try mapping["max-failures"].map { try share($0, 0, "number of failures") }
    options.timeout = try mapping["timeout"].map { try seconds($0, atLeast: 1) }
    options.retries = try mapping["retries"]?.int(in: 0...10) ?? 0
    options.overlap = try mapping["overlap"]?.choice(of: ExecutionOptions.Overlap.self) ?? .skip
    options.missed = try mapping["missed"]?.choice(of: ExecutionOptions.Missed.self)
    options.grace = try mapping["grace"].map { try seconds($0, atLeast: 0) }
    options.backupAfter = try mapping["backup-after"]?.bool() ?? false
    options.save = try mapping["save"]?.bool() ?? false
    return options
  }

  private static func trigger(_ node: YAMLNode) throws -> Trigger {
    let mapping = try node.mapping(["name", "schedule", "timezone", "filters", "enabled"])
    let scheduleNode = try mapping.required("schedule")
    let schedule: Schedule
    do throws(ScheduleError) {
      schedule = try Schedule(parsing: try Self.line(scheduleNode))
    } catch {
      throw scheduleNode.error(.badValue, error.message)
    }
    return Trigger(
      name: try mapping.required("name").line(), schedule: schedule, timezone: try mapping.required("timezone").line(),
      filters: try mapping["filters"]?.lines() ?? [], isEnabled: try mapping["enabled"]?.bool() ?? true)
  }

  private static func line(_ node: YAMLNode) throws(ScheduleError) -> String {
    do throws(DefinitionError) { return try node.line() } catch { throw ScheduleError(.invalidSchedule, error.message) }
  }
}

// MARK: Writing

extension JobFile {
  /// What `init(parsing:)` reads back to the same jobs.
  var yaml: String {
    var lines = ["version: \(Self.version)", "jobs:"]
    if entries.isEmpty { lines[1] = "jobs: []" }
    for entry in entries { lines += Self.lines(entry) }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func lines(_ entry: Entry) -> [String] {
    let definition = entry.definition
    var lines = ["  - name: \(text(entry.name))"]
    func add(_ key: String, _ value: String?) { if let value { lines.append("    \(key): \(value)") } }
    func add(_ key: String, _ texts: [String: String], indent: String = "    ") {
      if texts.isEmpty { return }
      lines.append("\(indent)\(key):")
      for (name, value) in texts.sorted(by: { $0.key < $1.key }) { lines.append("\(indent)  \(text(name)): \(text(value))") }
    }
    add("type", definition.type.rawValue)
    add("network", text(entry.network))
    if !definition.comment.isEmpty { add("comment", text(definition.comment)) }
    add("enabled", entry.isEnabled.map { $0 ? "true" : "false" })
    switch definition.targets {
    case .none: break
    case .allDevices: add("targets", "all-devices")
    case .search(let expression): lines += ["    targets:", "      search: \(text(expression))"]
    case .devices(let names): lines += ["    targets:", "      devices: \(list(names))"]
    }
    add("tool", definition.tool.map(text))
    add("agent", definition.agent.map(text))
    add("report", definition.report.map(text))
    add("parameters", definition.parameters)
    if !entry.secretNames.isEmpty { add("secrets", list(entry.secretNames)) }
    if !definition.values.isEmpty {
      lines.append("    values:")
      for (device, values) in definition.values.sorted(by: { $0.key < $1.key }) { add(text(device), values, indent: "      ") }
    }
    let options = OptionText.given(definition.options)
    if !options.isEmpty {
      lines.append("    options:")
      for (name, value) in options {
        switch name {
        case "batch": lines.append("      batch: \(list(definition.options.batch.map(\.description)))")
        case "backup-after", "save": lines.append("      \(name): true")
        case "concurrency", "retries": lines.append("      \(name): \(value)")
        default: lines.append("      \(name): \(text(value))")
        }
      }
    }
    guard let triggers = entry.triggers else { return lines }
    lines.append(triggers.isEmpty ? "    triggers: []" : "    triggers:")
    for trigger in triggers {
      lines += [
        "      - name: \(text(trigger.name))", "        schedule: \(text(trigger.schedule.canonicalText))",
        "        timezone: \(text(trigger.timezone))",
      ]
      if !trigger.filters.isEmpty { lines.append("        filters: \(list(trigger.filters))") }
      if !trigger.isEnabled { lines.append("        enabled: false") }
    }
    return lines
  }

  private static func list(_ texts: [String]) -> String { "[\(texts.map(text).joined(separator: ", "))]" }

  /// Plain where nobody could take it for anything but text, else in double quotes, as in JSON, which YAML reads alike.
  private static func text(_ text: String) -> String {
    let words: Set<String> = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
    let isPlain = text.utf8.allSatisfy { byte in
      (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || [0x2D, 0x5F, 0x2E, 0x2F].contains(byte)
    }
    let beginsWell = text.utf8.first.map { (0x61...0x7A).contains($0 | 0x20) } ?? false
    return isPlain && beginsWell && !words.contains(text.lowercased()) ? text : JSONValue.string(text).compact
  }
}
