package import Definitions

/// What netjob knows about the command line of one operating system of devices: data, decoded from a YAML file.
///
/// A class: all devices of a platform share it, and every suspended function that has it holds a reference, not its forty fields.
package final class Platform: Sendable {
  package let name: String
  package let title: String
  package let vendor: String
  /// Whether its devices commonly need SSH algorithms that are off by default.
  package let allowsLegacyAlgorithms: Bool
  /// What ends a typed line.
  package let newline: [UInt8]
  /// Characters that the line editor acts on at once, such as `?` for help; commands with one are refused.
  package let forbiddenCharacters: String
  package let modes: [PlatformMode: ModeRules]
  /// The modes that a login can end in, the likelier first.
  package let loginModes: [PlatformMode]
  /// Appended to the user's name at login, as some systems take terminal settings there.
  package let loginSuffix: String
  /// Questions between login and prompt, and how they are answered.
  package let loginQuestions: [Answer]
  /// What can stand before the prompt on its line, such as `*` or a clock; matched at the line's start.
  package let decoration: Pattern?
  /// Lines that stand between output and prompt, and belong to the prompt.
  package let promptLines: [Pattern]
  /// Sent after login, to switch paging off and such; their errors do not matter.
  package let onOpen: [String]
  package let pagers: [Answer]
  /// The questions that may be answered, and how.
  package let confirmations: [Answer]
  package let errors: [Pattern]
  /// Lines that look like errors and are none.
  package let errorExceptions: [Pattern]
  /// Where errors do not show in the text: the command that prints the status of the last one, and what means success.
  package let exitStatus: ExitStatus?
  package let running: ConfigurationSource?
  package let startup: ConfigurationSource?
  package let save: Save?
  /// Whether what takes effect stays without being saved.
  package let keepsChanges: Bool
  package let change: Change?
  /// How a whole configuration takes the place of the one in force, where that is not how lines change it.
  package let replacement: Change?
  /// Configuration lines that rename the device, and so change its prompt.
  package let rename: Pattern?
  package let masks: [Pattern]
  /// Secrets of several lines, such as private keys.
  package let maskBlocks: [Block]
  /// The lines that one of them knows, or that begin a block.
  let maskInterest: PatternSet
  package let ignores: [Pattern]
  /// What changes by itself and has several lines, such as a key that is encrypted anew for each reading.
  package let ignoreBlocks: [Block]
  let ignoreInterest: PatternSet
  package let inventory: [InventoryCommand]
  package let neighbors: [NeighborCommand]
  package let detection: PlatformDetection
  package let readOnly: ReadOnlyRules
  package let exitCommand: String
  /// What the exit command may ask, and how it is answered.
  package let exitQuestions: [Answer]
  /// How long a command may take where nothing else is said.
  package let commandTimeout: Duration?

  /// Decodes a platform file.
  /// - Parameter file: its name in messages.
  /// - Throws: whatever is wrong with it, with line, column and what is allowed there.
  package init(yaml bytes: [UInt8], file: String) throws(DefinitionError) {
    let root = try YAMLNode.parse(bytes, file: file).mapping([
      "name", "title", "vendor", "legacy", "newline", "forbidden-characters", "modes", "login-modes", "login-suffix",
      "login-questions", "prompt-decoration", "prompt-lines", "on-open", "pager", "errors", "error-exceptions", "exit-status",
      "confirm", "running-configuration", "startup-configuration", "save", "keeps-changes", "change", "replace", "rename", "mask",
      "mask-blocks", "ignore",
      "ignore-blocks", "inventory", "neighbors", "detect", "read-tools", "exit", "exit-questions", "command-timeout",
    ])
    name = try root.required("name").identifier()
    title = try root.required("title").line()
    vendor = try root.required("vendor").line()
    allowsLegacyAlgorithms = try root["legacy"]?.bool() ?? false
    newline = Array(try root["newline"]?.string().utf8 ?? "\n".utf8)
    if let node = root["newline"], !["\n", "\r", "\r\n"].contains(String(decoding: newline, as: UTF8.self)) {
      throw node.error(.badValue, #"must be "\n", "\r" or "\r\n""#)
    }
    forbiddenCharacters = try root["forbidden-characters"]?.string() ?? ""
    let modes = try Self.modes(root.required("modes"))
    self.modes = modes
    let loginNode = try root.required("login-modes")
    var loginModes: [PlatformMode] = []
    for node in try loginNode.list() { loginModes.append(try node.mode(of: modes)) }
    guard !loginModes.isEmpty else { throw loginNode.error(.badValue, "must name one mode at least") }
    self.loginModes = loginModes
    loginSuffix = try root["login-suffix"]?.line() ?? ""
    loginQuestions = try root["login-questions"]?.answers() ?? []
    decoration = try root["prompt-decoration"]?.pattern()
    promptLines = try root["prompt-lines"]?.patterns() ?? []
    onOpen = try root.required("on-open").lines()
    pagers = try root.required("pager").answers()
    confirmations = try root.required("confirm").answers()
    errors = try root.required("errors").patterns()
    errorExceptions = try root["error-exceptions"]?.patterns() ?? []
    exitStatus = try Self.exitStatus(root["exit-status"])
    running = try Self.source(root["running-configuration"], modes)
    startup = try Self.source(root["startup-configuration"], modes)
    save = try Self.save(root["save"], modes)
    keepsChanges = try root["keeps-changes"]?.bool() ?? false
    if keepsChanges, let node = root["save"] {
      throw node.error(.badValue, "there is nothing to save where 'keeps-changes' is true")
    }
    change = try root["change"].map { node throws(DefinitionError) in try Change(node, modes) }
    replacement = try root["replace"].map { node throws(DefinitionError) in
      let replacement = try Change(node, modes)
      guard replacement.candidate != nil else { throw node.error(.badValue, "must have the method 'candidate'") }
      return replacement
    }
    rename = try root["rename"]?.pattern()
    masks = try root.required("mask").patterns()
    maskBlocks = try Self.blocks(root["mask-blocks"])
    maskInterest = PatternSet(masks + maskBlocks.map(\.begin))
    ignores = try root.required("ignore").patterns()
    ignoreBlocks = try Self.blocks(root["ignore-blocks"])
    ignoreInterest = PatternSet(ignores + ignoreBlocks.map(\.begin))
    inventory = try Self.inventory(root.required("inventory"), modes)
    var neighbors: [NeighborCommand] = []
    for node in try root["neighbors"]?.list() ?? [] { neighbors.append(try NeighborCommand(node, modes)) }
    self.neighbors = neighbors
    detection = try PlatformDetection(root["detect"])
    readOnly = try ReadOnlyRules(root.required("read-tools"), platform: name)
    exitCommand = try root.required("exit").line()
    exitQuestions = try root["exit-questions"]?.answers() ?? []
    commandTimeout = try root["command-timeout"]?.seconds()
  }

  /// One mode: its prompt and the way into it.
  package struct ModeRules: Sendable {
    /// Matches the prompt's line without trailing blanks; the group `host` is the part that all modes share, the group
    /// `varies` is what differs from prompt to prompt, such as a counter.
    package let prompt: Pattern
    package let entry: ModeEntry?
    /// Goes back to the mode it is entered from.
    package let leaveCommand: String?
  }

  package struct ModeEntry: Sendable {
    package let from: PlatformMode
    /// `nil` for a mode that only lines of a change lead into.
    package let command: String?
    /// The question for the secret, where it asks one.
    package let secretPrompt: Pattern?
  }

  /// A pattern at the end of the last line, and what to type when it stands there.
  package struct Answer: Sendable {
    package let pattern: Pattern
    package let answer: [UInt8]
  }

  package struct ExitStatus: Sendable {
    package let command: String
    package let success: Pattern
  }

  package struct ConfigurationSource: Sendable {
    package let command: String
    package let mode: PlatformMode
    /// Matches the last line of a complete configuration; `nil` where the device prints nothing of the kind.
    package let end: Pattern?
    /// Whether the prompt behind the configuration is tried with an empty line: what comes back shows that the device was
    /// done. For devices without an end marker, or with one that also stands within.
    package let endsAtPrompt: Bool
    /// Each must match a line of a complete configuration.
    package let contains: [Pattern]
    /// Lines before the configuration that are none of it.
    package let skip: [Pattern]
    /// What the device says when there is no such configuration.
    package let absent: Pattern?
    package let timeout: Duration?
  }

  package struct Save: Sendable {
    package let command: String
    package let mode: PlatformMode
    /// One line of the output must match one of these; empty: the absence of errors is enough.
    package let success: [Pattern]
    package let timeout: Duration?
  }

  /// The lines from one that matches `begin` to the next that matches `end`.
  package struct Block: Sendable {
    package let begin: Pattern
    package let end: Pattern
  }

  package struct InventoryCommand: Sendable {
    package let command: String
    package let mode: PlatformMode?
    /// The first group of the first line that matches is the fact.
    package let extract: [InventoryFact: Pattern]
  }
}

/// A mode of a device's command line.
package enum PlatformMode: String, Sendable, CaseIterable, Comparable {
  case exec, enable, configure, shell

  private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
  package static func < (left: PlatformMode, right: PlatformMode) -> Bool { left.rank < right.rank }
}

/// What a device says about itself.
package enum InventoryFact: String, Sendable, CaseIterable {
  case vendor, model, version, serial, hostname
}
