internal import JobModel
internal import Terminal

/// How a job's execution options are written for people and programs.
enum OptionText {
  /// The options that were given, named and written as on the command line.
  static func given(_ options: ExecutionOptions) -> [(name: String, value: String)] {
    var result: [(name: String, value: String)] = []
    if let concurrency = options.concurrency { result.append(("concurrency", "\(concurrency)")) }
    if !options.batch.isEmpty { result.append(("batch", options.batch.map(\.description).joined(separator: ","))) }
    if let failures = options.maxFailures { result.append(("max-failures", failures.description)) }
    if let timeout = options.timeout { result.append(("timeout", DurationText.text(seconds: timeout))) }
    if options.retries > 0 { result.append(("retries", "\(options.retries)")) }
    if options.overlap != .skip { result.append(("overlap", options.overlap.rawValue)) }
    if let missed = options.missed { result.append(("missed", missed.rawValue)) }
    if let grace = options.grace { result.append(("grace", DurationText.text(seconds: grace))) }
    if options.backupAfter { result.append(("backup-after", "yes")) }
    if options.save { result.append(("save", "yes")) }
    return result
  }

  /// All options as they are in force, for `--json`.
  static func document(_ options: ExecutionOptions, changesDevices: Bool) -> JSONValue {
    [
      "concurrency": .optional(options.concurrency.map(Int64.init)), "batch": .strings(options.batch.map(\.description)),
      "maxFailures": .optional(options.maxFailures?.description), "timeout": .optional(options.timeout),
      "retries": .int(options.retries), "overlap": .string(options.overlap.rawValue),
      "missed": .string(options.missedPolicy(changesDevices: changesDevices).rawValue),
      "grace": .integer(options.graceSeconds(changesDevices: changesDevices)), "backupAfter": .bool(options.backupAfter),
      "save": .bool(options.save),
    ]
  }
}
