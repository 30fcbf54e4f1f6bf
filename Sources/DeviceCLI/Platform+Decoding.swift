import Definitions

extension Platform {
  static func modes(_ node: YAMLNode) throws(DefinitionError) -> [PlatformMode: ModeRules] {
    let allowed = PlatformMode.allCases.map(\.rawValue)
    _ = try node.mapping(allowed)
    var modes: [PlatformMode: ModeRules] = [:]
    var entries: [(PlatformMode, YAMLNode)] = []
    for entry in try node.entries() {
      guard let mode = PlatformMode(rawValue: entry.key) else { continue }
      let mapping = try entry.value.mapping(["prompt", "enter", "leave"])
      let promptNode = try mapping.required("prompt")
      let prompt = try promptNode.pattern()
      guard prompt.source.hasPrefix("^"), prompt.source.hasSuffix("$") else {
        throw promptNode.error(.badValue, "a prompt's pattern must begin with '^' and end with '$'")
      }
      var modeEntry: ModeEntry?
      if let enter = mapping["enter"] {
        let fields = try enter.mapping(["from", "command", "secret-prompt"])
        entries.append((mode, try fields.required("from")))
        modeEntry = ModeEntry(
          from: try fields.required("from").choice(of: PlatformMode.self), command: try fields["command"]?.line(),
          secretPrompt: try fields["secret-prompt"]?.pattern())
        _ = try mapping.required("leave")
      }
      modes[mode] = ModeRules(prompt: prompt, entry: modeEntry, leaveCommand: try mapping["leave"]?.line())
    }
    guard !modes.isEmpty else { throw node.error(.badValue, "must describe one mode at least") }
    for (mode, from) in entries {
      // Whatever way is followed upwards must end, or the session would walk in circles.
      var seen: Set<PlatformMode> = [mode]
      var next = modes[mode]?.entry?.from
      while let parent = next {
        guard modes[parent] != nil else { throw from.error(.badValue, "the mode '\(parent.rawValue)' is not described") }
        guard seen.insert(parent).inserted else { throw from.error(.badValue, "modes are entered from each other in a circle") }
        next = modes[parent]?.entry?.from
      }
    }
    return modes
  }

  static func exitStatus(_ node: YAMLNode?) throws(DefinitionError) -> ExitStatus? {
    guard let mapping = try node?.mapping(["command", "success"]) else { return nil }
    return ExitStatus(command: try mapping.required("command").line(), success: try mapping.required("success").pattern())
  }

  static func source(
    _ node: YAMLNode?, _ modes: [PlatformMode: ModeRules]
  ) throws(DefinitionError) -> ConfigurationSource? {
    guard let node else { return nil }
    let mapping = try node.mapping(["command", "mode", "end", "ends-at-prompt", "contains", "skip", "absent", "timeout"])
    let end = try mapping["end"]?.pattern()
    let endsAtPrompt = try mapping["ends-at-prompt"]?.bool() ?? false
    guard end != nil || endsAtPrompt else {
      throw node.error(
        .missingKey, "the key 'end' is missing; where the device prints no end marker, say 'ends-at-prompt: true'")
    }
    let contains = try mapping["contains"]?.patterns() ?? []
    guard end != nil || !contains.isEmpty else {
      throw node.error(.missingKey, "the key 'contains' is missing: without an end marker, name a line that is always there")
    }
    return ConfigurationSource(
      command: try mapping.required("command").line(), mode: try mapping.required("mode").mode(of: modes),
      end: end, endsAtPrompt: endsAtPrompt, contains: contains, skip: try mapping["skip"]?.patterns() ?? [],
      absent: try mapping["absent"]?.pattern(), timeout: try mapping["timeout"]?.seconds())
  }

  static func blocks(_ node: YAMLNode?) throws(DefinitionError) -> [Block] {
    var blocks: [Block] = []
    for item in try node?.list() ?? [] {
      let mapping = try item.mapping(["begin", "end"])
      blocks.append(Block(begin: try mapping.required("begin").pattern(), end: try mapping.required("end").pattern()))
    }
    return blocks
  }

  static func save(_ node: YAMLNode?, _ modes: [PlatformMode: ModeRules]) throws(DefinitionError) -> Save? {
    guard let mapping = try node?.mapping(["command", "mode", "success", "timeout"]) else { return nil }
    return Save(
      command: try mapping.required("command").line(), mode: try mapping.required("mode").mode(of: modes),
      success: try mapping["success"]?.patterns() ?? [], timeout: try mapping["timeout"]?.seconds())
  }

  static func inventory(
    _ node: YAMLNode, _ modes: [PlatformMode: ModeRules]
  ) throws(DefinitionError) -> [InventoryCommand] {
    var commands: [InventoryCommand] = []
    for item in try node.list() {
      let mapping = try item.mapping(["command", "mode", "extract"])
      let extractNode = try mapping.required("extract")
      _ = try extractNode.mapping(InventoryFact.allCases.map(\.rawValue))
      var extract: [InventoryFact: Pattern] = [:]
      for entry in try extractNode.entries() {
        let pattern = try entry.value.pattern()
        guard pattern.groupCount == 1 else { throw entry.value.error(.badValue, "must have one group, the fact") }
        if let fact = InventoryFact(rawValue: entry.key) { extract[fact] = pattern }
      }
      commands.append(
        InventoryCommand(
          command: try mapping.required("command").line(), mode: try mapping["mode"]?.mode(of: modes), extract: extract))
    }
    return commands
  }
}

extension YAMLNode {
  /// A mode that the platform describes.
  func mode(of modes: [PlatformMode: Platform.ModeRules]) throws(DefinitionError) -> PlatformMode {
    let mode = try choice(of: PlatformMode.self)
    guard modes[mode] != nil else {
      let known = modes.keys.sorted().map(\.rawValue).joined(separator: ", ")
      throw error(.badValue, "the mode '\(mode.rawValue)' is not described; described: \(known)")
    }
    return mode
  }

  func seconds() throws(DefinitionError) -> Duration { .seconds(try int(in: 1...3600)) }

  func answers() throws(DefinitionError) -> [Platform.Answer] {
    var answers: [Platform.Answer] = []
    for item in try list() {
      let mapping = try item.mapping(["pattern", "answer"])
      answers.append(
        Platform.Answer(
          pattern: try mapping.required("pattern").pattern(), answer: Array(try mapping.required("answer").string().utf8)))
    }
    return answers
  }
}
