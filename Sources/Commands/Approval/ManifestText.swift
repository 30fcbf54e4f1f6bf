private import DeviceCLI
internal import JobModel
internal import Terminal
private import Storage
private import Reports

/// What is asked for, as a person reads it and as JSON. The text is also what two requests are compared by.
enum ManifestText {
  /// One fact per line, so that a comparison shows just what differs.
  static func text(_ manifest: ApprovalManifest) -> String {
    let definition = manifest.definition
    var lines = [
      "job: \(manifest.job)", "network: \(manifest.network)", "revision: \(manifest.revision)",
      "type: \(definition.type.rawValue)",
    ]
    if let tool = definition.tool { lines.append("tool: \(tool)") }
    if !definition.comment.isEmpty { lines.append(contentsOf: block("comment", definition.comment)) }
    for (name, value) in definition.parameters.sorted(by: { $0.key < $1.key }) {
      lines.append(contentsOf: block("parameter \(name)", value))
    }
    for (name, hash) in manifest.secretDigests.sorted(by: { $0.key < $1.key }) {
      lines.append("parameter \(name): ****** (keyed hash \(hash.prefix(12)))")
    }
    for (device, values) in definition.values.sorted(by: { $0.key < $1.key }) {
      for (name, value) in values.sorted(by: { $0.key < $1.key }) {
        lines.append(contentsOf: block("value \(device) \(name)", value))
      }
    }
    lines.append("targets: \(definition.targets.sentence)")
    lines.append(contentsOf: options(definition.options))
    if manifest.triggers.isEmpty { lines.append("triggers: none, it is run by hand") }
    for trigger in manifest.triggers {
      lines.append(
        "trigger \(trigger.name): \(trigger.schedule) \(trigger.timezone)\(trigger.enabled ? "" : " (disabled)")")
    }
    if !manifest.toolSource.isEmpty { lines.append("tool definition: SHA256:\(sha256(Array(manifest.toolSource.utf8)))") }
    for (platform, digest) in manifest.platformDigests.sorted(by: { $0.key < $1.key }) {
      lines.append("platform definition \(platform): SHA256:\(digest)")
    }
    lines.append("devices: \(manifest.devices.count)")
    for device in manifest.devices {
      lines.append("device \(device.name) (\(device.address) port \(device.port), \(device.platform)):")
      lines.append(contentsOf: device.commands.map { "    \($0)" })
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The difference to what was approved before; empty when there is none.
  static func difference(from old: ApprovalManifest, to new: ApprovalManifest) -> String {
    UnifiedDiff(from: text(old), to: text(new)).text(
      oldLabel: "approved (revision \(old.revision))", newLabel: "asked (revision \(new.revision))")
  }

  static func document(_ manifest: ApprovalManifest) -> [JSONValue.Member] {
    let definition = manifest.definition
    return [
      .init("type", .string(definition.type.rawValue)), .init("tool", .optional(definition.tool)),
      .init("comment", .string(definition.comment)), .init("targets", .string(definition.targets.sentence)),
      .init(
        "parameters",
        .object(
          definition.parameters.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) }
            + manifest.secretDigests.keys.sorted().map { .init($0, .string(Redactor.mask)) })),
      .init(
        "values",
        .object(
          definition.values.sorted { $0.key < $1.key }.map { device, values in
            .init(device, .object(values.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) }))
          })),
      .init(
        "triggers",
        .array(
          manifest.triggers.map { trigger in
            .object([
              .init("name", .string(trigger.name)), .init("kind", .string(trigger.kind)),
              .init("schedule", .string(trigger.schedule)), .init("timezone", .string(trigger.timezone)),
              .init("filters", .strings(trigger.filters)), .init("enabled", .bool(trigger.enabled)),
            ])
          })),
      .init(
        "devices",
        .array(
          manifest.devices.map { device in
            .object([
              .init("name", .string(device.name)), .init("address", .string(device.address)), .init("port", .int(device.port)),
              .init("platform", .string(device.platform)), .init("commands", .strings(device.commands)),
            ])
          })),
    ]
  }

  private static func block(_ label: String, _ value: String) -> [String] {
    let lines = value.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.count <= 1 { return ["\(label): \(value)"] }
    return ["\(label):"] + lines.map { "    \($0)" }
  }

  private static func options(_ options: ExecutionOptions) -> [String] {
    var lines: [String] = []
    if let concurrency = options.concurrency { lines.append("concurrency: \(concurrency)") }
    if !options.batch.isEmpty { lines.append("batch: \(options.batch.map(\.description).joined(separator: ","))") }
    if let limit = options.maxFailures { lines.append("max failures: \(limit)") }
    if let timeout = options.timeout { lines.append("timeout: \(timeout) s per device") }
    if options.retries > 0 { lines.append("retries: \(options.retries)") }
    lines.append("overlap: \(options.overlap.rawValue)")
    lines.append("missed: \(options.missedPolicy(changesDevices: true).rawValue)")
    lines.append("grace: \(options.graceSeconds(changesDevices: true)) s")
    if options.save { lines.append("save: yes") }
    if options.backupAfter { lines.append("backup after: yes") }
    return lines
  }
}
