internal import JobModel
internal import Scheduling
internal import Terminal

/// What an approver approves, as text that reads well and compares line by line.
struct ManifestText {
  /// How much is told.
  enum Extent {
    /// Everything, the tool's definition and each device's commands.
    case whole
    /// Devices with the same commands are put together, the tool's definition is left out.
    case short
  }

  private let manifest: ApprovalManifest
  private var lines: [String] = []

  /// The text of a manifest, control characters escaped, each line ended.
  static func render(_ manifest: ApprovalManifest, _ extent: Extent) -> String {
    var text = ManifestText(manifest)
    text.add(extent)
    return text.lines.map { escapeControls($0) + "\n" }.joined()
  }

  /// The text of devices with their commands, likewise.
  static func render(_ devices: [ApprovalManifest.Device]) -> String {
    devices.flatMap(lines).map { escapeControls($0) + "\n" }.joined()
  }

  private init(_ manifest: ApprovalManifest) { self.manifest = manifest }

  private mutating func add(_ extent: Extent) {
    let definition = manifest.definition
    add("job", "\(manifest.job), revision \(manifest.revision)")
    add("network", manifest.network)
    if let jumpHost = manifest.jumpHost { add("jump host", jumpHost) }
    add(
      "type",
      definition.type.rawValue + (definition.tool.map { ", tool \($0)" } ?? definition.agent.map { ", agent \($0)" } ?? ""))
    if !definition.comment.isEmpty { addBlock("comment", definition.comment) }
    add("targets", "\(definition.targets.sentence) (\(manifest.devices.count) now)")
    addParameters()
    addOptions(definition.options)
    addTriggers()
    switch extent {
    case .whole:
      addFingerprints()
      addDevices()
      if !manifest.toolSource.isEmpty {
        addBlock(definition.agent == nil ? "tool definition" : "agent definition", manifest.toolSource)
      }
    case .short: addGroups()
    }
  }

  private mutating func add(_ label: String, _ value: String) {
    lines.append(label + String(repeating: " ", count: max(1, 12 - label.count)) + value)
  }

  private mutating func addBlock(_ label: String, _ text: String) {
    lines.append(label)
    var rest = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    while rest.last?.isEmpty == true { rest.removeLast() }
    lines += rest.map { $0.isEmpty ? "" : "    \($0)" }
  }

  private mutating func addParameters() {
    let definition = manifest.definition
    for name in Set(definition.parameters.keys).union(manifest.secretDigests.keys).sorted() {
      guard let value = definition.parameters[name] else {
        add("parameter", "\(name) = ******")
        continue
      }
      if value.contains("\n") { addBlock("parameter   \(name) =", value) } else { add("parameter", "\(name) = \(value)") }
    }
    for (device, values) in definition.values.sorted(by: { $0.key < $1.key }) {
      let pairs = values.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }
      add("value", "\(device): \(pairs.joined(separator: ", "))")
    }
  }

  /// What cannot be shown, or is long and elsewhere: that it changed is to be seen all the same.
  private mutating func addFingerprints() {
    for (name, hash) in manifest.secretDigests.sorted(by: { $0.key < $1.key }) {
      add("secret", "\(name) has the fingerprint \(hash.prefix(8))")
    }
    for (name, digest) in manifest.platformDigests.sorted(by: { $0.key < $1.key }) {
      add("platform", "\(name) SHA256:\(digest)")
    }
  }

  private mutating func addOptions(_ options: ExecutionOptions) {
    for (name, value) in OptionText.given(options) { add("option", "\(name) \(value)") }
  }

  private mutating func addTriggers() {
    if manifest.triggers.isEmpty { add("trigger", "none") }
    for trigger in manifest.triggers {
      let sentence = (try? Schedule(parsing: trigger.schedule))?.sentence(zone: trigger.timezone)
      let state = trigger.enabled ? "" : " (disabled)"
      add("trigger", "\(trigger.name): \(sentence ?? "\(trigger.schedule), \(trigger.timezone)")\(state)")
      if sentence != nil { add("schedule", "\(trigger.schedule), \(trigger.timezone)") }
      for filter in trigger.filters {
        add("filter", "\(filter): \((manifest.filters[filter] ?? []).joined(separator: "; "))")
      }
    }
  }

  private mutating func addDevices() {
    for device in manifest.devices { lines += Self.lines(device) }
  }

  private static func lines(_ device: ApprovalManifest.Device) -> [String] {
    ["device      \(device.name) (\(device.address) port \(device.port), \(device.platform))"]
      + device.commands.map { "    \($0)" }
  }

  /// Devices that get the same commands stand together, in the order of their first.
  static func groups(of devices: [ApprovalManifest.Device]) -> [(commands: [String], devices: [String])] {
    var groups: [(commands: [String], devices: [String])] = []
    var places: [[String]: Int] = [:]
    for device in devices {
      if let place = places[device.commands] {
        groups[place].devices.append(device.name)
      } else {
        places[device.commands] = groups.count
        groups.append((device.commands, [device.name]))
      }
    }
    return groups
  }

  private mutating func addGroups() {
    let groups = Self.groups(of: manifest.devices)
    let shown = 5
    for group in groups.prefix(shown) {
      let more = group.devices.count > 8 ? " and \(group.devices.count - 8) more" : ""
      lines.append("commands for \(group.devices.prefix(8).joined(separator: ", "))\(more)")
      lines += group.commands.map { "    \($0)" }
    }
    if groups.count > shown {
      let rest = groups.dropFirst(shown).reduce(0) { $0 + $1.devices.count }
      lines.append("and others for \(rest) more devices")
    }
  }
}
