internal import Arguments
internal import JobModel
internal import Terminal

/// The options that define a job, shared by its creation and its edit.
enum JobOptions {
  static let comment = Option<String>(
    "comment", valueName: "TEXT", help: "what the job is for, for those who come later", allowsEmpty: true)

  // Targets
  static let allDevices = Flag("all-devices", help: "every enabled device of the network, as they are at each run")
  static let search = Option<String>(
    "search", valueName: "EXPR", help: "the enabled devices that match, as they are at each run: 'platform:frr tag:edge'")
  static let device = RepeatedOption<String>(
    "device", valueName: "NAME", help: "this device; give it several times for a list", completion: .dynamic("device"))
  static let devicesFrom = Option<String>(
    "devices-from", valueName: "FILE",
    help: "the devices that a file lists, one name per line, # begins a comment; - is standard input",
    completion: .file)
  static let targets: [any CommandParameter] = [allDevices, search, device, devicesFrom]

  // What is done
  static let tool = Option<String>("tool", valueName: "NAME", help: "the tool of a tool job", completion: .dynamic("tool"))
  static let agent = Option<String>(
    "agent", valueName: "NAME", help: "the agent of an agent-d job", completion: .dynamic("agent"))
  static let report = Option<ReportKind>("report", valueName: "KIND", help: "what a report job tells")
  static let param = RepeatedOption<String>(
    "param", valueName: "K=V", help: "a parameter of the tool, agent or type; an empty value takes it out again")
  static let paramFile = RepeatedOption<String>(
    "param-file", valueName: "K=FILE", help: "a parameter from a file, - is standard input: for lists of lines, and for secrets",
    completion: .file)
  static let values = Option<String>(
    "values", valueName: "FILE", help: "parameters that differ per device: CSV, its first column 'device', - is standard input",
    completion: .file)
  static let work: [any CommandParameter] = [tool, agent, report, param, paramFile, values]

  /// The options that a job of the type takes beyond those of all types.
  static func own(of type: JobType) -> [any CommandParameter] {
    let parameters: [any CommandParameter] = [param, paramFile]
    switch type {
    case .tool: return targets + [tool, values, backupAfter, save] + parameters
    case .agentD: return targets + [agent, values] + parameters
    case .neighbor: return targets + parameters
    case .report: return [report] + parameters
    case .discover: return parameters
    case .backup: return targets
    }
  }

  /// The options that are not for jobs of every type.
  static var ofSomeTypes: [any CommandParameter] { targets + work + [backupAfter, save] }

  // How it is done
  static let concurrency = Option<Int>(
    "concurrency", valueName: "N", help: "at most this many devices at once", conversion: .integer(in: 1...1000))
  static let batch = Option<String>(
    "batch", valueName: "SIZES", help: "begin with few devices: sizes of the batches, the last one repeating: 1,5,20%")
  static let maxFailures = Option<String>(
    "max-failures", valueName: "N|P%", help: "begin no further batch after more failed devices than this")
  static let timeout = Option<Int64>(
    "timeout", valueName: "DURATION", help: "the time for one device: 90s, 10m", conversion: .duration(atLeast: 1))
  static let retries = Option<Int>(
    "retries", valueName: "N", help: "how often a device that cannot be reached is tried again", conversion: .integer(in: 0...10))
  static let overlap = Option<ExecutionOptions.Overlap>(
    "overlap", valueName: "HOW", help: "when the previous run has not ended: skip this one (the default), or queue it")
  static let missed = Option<ExecutionOptions.Missed>(
    "missed", valueName: "HOW",
    help: "when a fire is later than the grace: run-once (the default of reading jobs) or skip (that of changing ones)")
  static let grace = Option<Int64>(
    "grace", valueName: "DURATION", help: "how late a fire may be: by default 1h for reading jobs, 5m for changing ones",
    conversion: .duration(atLeast: 0))
  static let backupAfter = Flag("backup-after", help: "after a change, store the running configuration as a revision too")
  static let save = Flag("save", help: "after a verified change, save the running configuration on the device")
  static let execution: [any CommandParameter] = [
    concurrency, batch, maxFailures, timeout, retries, overlap, missed, grace, backupAfter, save,
  ]

  /// Applies the execution options that were given.
  static func apply(_ arguments: ParsedArguments, to options: inout ExecutionOptions) throws {
    if let value = arguments[concurrency] { options.concurrency = value }
    if let text = arguments[batch] {
      options.batch = try text.split(separator: ",", omittingEmptySubsequences: false).map {
        try Share(parsing: String($0), minimum: 1, as: "batch size")
      }
    }
    if let text = arguments[maxFailures] { options.maxFailures = try Share(parsing: text, minimum: 0, as: "number of failures") }
    if let seconds = arguments[timeout] { options.timeout = seconds }
    if let value = arguments[retries] { options.retries = value }
    if let value = arguments[overlap] { options.overlap = value }
    if let value = arguments[missed] { options.missed = value }
    if let seconds = arguments[grace] { options.grace = seconds }
    if arguments[backupAfter] { options.backupAfter = true }
    if arguments[save] { options.save = true }
  }
}

extension ReportKind: ArgumentValue {}
