internal import Arguments
internal import JobModel
internal import JobRunner
internal import Storage
internal import Terminal

/// A job's definition as the command line wants it, made from what it was before.
struct JobDraft {
  var definition: JobDefinition
  /// New secret parameters in the clear.
  var secrets: [String: String] = [:]
  var changesDevices = false
  /// The parameters that are kept secret.
  var secretNames: Set<String> = []

  let context: Context
  let arguments: ParsedArguments
  let catalogs: Catalogs

  /// Reads files, asks for missing secrets where somebody can be asked, and checks all that can be without the database.
  /// - Parameters:
  ///   - base: the definition that is edited; for a new job one without anything.
  ///   - opened: its secret parameters in the clear.
  /// - Throws: `.invalid`, `.notFound`, `.notPermitted`, `TerminalError`.
  init(
    _ base: JobDefinition, opened: [String: String], catalogs: Catalogs, _ context: Context, _ arguments: ParsedArguments
  ) throws {
    definition = base
    self.context = context
    self.arguments = arguments
    self.catalogs = catalogs
    try requireOneReader()
    if let text = arguments[JobOptions.comment] { definition.comment = text }
    try refuseOptionsOfOthers()
    try applyTargets()
    try JobOptions.apply(arguments, to: &definition.options)
    switch definition.type {
    case .tool: try applyTool(opened)
    case .agentD: try applyAgent(opened)
    case .report: try applyReport(opened)
    case .neighbor, .backup: try applyTyped(opened)
    case .discover:
      try applyTyped(opened)
      let parameters = definition.parameters
      try context.store.read { try DiscoverJob.validate(parameters, $0) }
    }
  }

  /// Refuses what is for jobs of other types, and forgets what the job had of it before it was of this type.
  private mutating func refuseOptionsOfOthers() throws {
    let type = definition.type
    let own = JobOptions.own(of: type).map(\.parameter.spelling)
    for option in JobOptions.ofSomeTypes where arguments.isGiven(option) && !own.contains(option.parameter.spelling) {
      let types = JobPlan.supportedTypes.filter { type in
        JobOptions.own(of: type).contains { $0.parameter.spelling == option.parameter.spelling }
      }
      throw ModelError(
        .invalid,
        "\(option.parameter.spelling) is for jobs of type \(types.map(\.rawValue).joined(separator: ", ")), not \(type.rawValue)")
    }
    if type != .tool {
      definition.tool = nil
      definition.options.backupAfter = false
      definition.options.save = false
    }
    if type != .agentD { definition.agent = nil }
    if type != .report { definition.report = nil }
    if !own.contains(JobOptions.param.parameter.spelling) {
      definition.parameters = [:]
      definition.sealedParameters = [:]
    }
    if !own.contains(JobOptions.values.parameter.spelling) { definition.values = [:] }
  }

  /// Standard input can be read once.
  private func requireOneReader() throws {
    var readers: [String] = []
    if arguments[JobOptions.devicesFrom] == "-" { readers.append("--devices-from") }
    if arguments[JobOptions.values] == "-" { readers.append("--values") }
    for pair in arguments[JobOptions.paramFile] where pair.hasSuffix("=-") { readers.append("--param-file \(pair)") }
    if readers.count > 1 {
      throw ModelError(
        .invalid, "\(TextRule.quoted(readers[0])) and \(TextRule.quoted(readers[1])) both want standard input",
        hint: "give one of them a file")
    }
  }

  private mutating func applyTargets() throws {
    guard definition.type.hasTargets else {
      definition.targets = .none
      return
    }
    if arguments[JobOptions.allDevices] { definition.targets = .allDevices }
    if let text = arguments[JobOptions.search] { definition.targets = .search(text) }
    let names = arguments[JobOptions.device]
    if !names.isEmpty {
      definition.targets = .devices(
        try context.store.read { sql in try names.map { try DeviceQueries.find(sql, $0, seenBy: context.caller.name).name } })
    }
    if let path = arguments[JobOptions.devicesFrom] { definition.targets = .devices(try devices(from: path)) }
    if definition.targets == .none {
      throw ModelError(
        .invalid,
        "a job of type \(definition.type.rawValue) needs one of "
          + JobOptions.targets.map(\.parameter.spelling).joined(separator: ", "),
        hint: "nothing is taken for all devices that does not say so: --all-devices")
    }
  }

  /// The devices that a file lists, one name per line.
  private func devices(from path: String) throws -> [String] {
    let text = try context.text(ofFile: path, as: "the list of devices")
    var lines: [(number: Int, name: String)] = []
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      let name = line.prefix { $0 != "#" }.trimmed
      if !name.isEmpty { lines.append((index + 1, name)) }
    }
    if lines.isEmpty { throw ModelError(.invalid, "\(Context.name(ofFile: path)) lists no device") }
    return try context.store.read { [lines] sql in
      var seen: [String: Int] = [:]
      return try lines.map { line in
        func failure(_ message: String) -> ModelError {
          ModelError(.invalid, "\(Context.name(ofFile: path)) line \(line.number): \(message)")
        }
        let device: DeviceRecord
        do {
          device = try DeviceQueries.find(sql, line.name, seenBy: context.caller.name)
        } catch let error as ModelError {
          throw failure(error.message)
        }
        if let before = seen.updateValue(line.number, forKey: device.name) {
          throw failure("device '\(device.name)' is listed in line \(before) already")
        }
        return device.name
      }
    }
  }
}

extension Substring {
  /// Without blanks, tabs and carriage returns at its ends.
  fileprivate var trimmed: String {
    var rest = self
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    return String(rest.drop { $0.isWhitespace })
  }
}
