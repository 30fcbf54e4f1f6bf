package import Definitions

extension Platform {
  /// How lines change the configuration.
  package struct Change: Sendable {
    package enum Method: String, Sendable, CaseIterable {
      /// Every line takes effect as it is typed.
      case lineByLine = "line-by-line"
      /// Lines go to a candidate configuration, which takes effect when it is committed.
      case candidate
    }

    package let method: Method
    package let mode: PlatformMode
    /// A further mode that lines may lead into, where `mode` has to be reached again by the last of them.
    package let within: PlatformMode?
    package let multiLine: [MultiLine]
    /// There for the method `candidate`, and for no other.
    package private(set) var candidate: Candidate?
    /// Enters `mode` in place of the mode's own command. The candidate is then left with `mode`, and what it was is compared and
    /// discarded from the mode before.
    package private(set) var enter: String?

    /// The same with a name in place of `{session}`, for one change.
    func naming(_ session: String) -> Self {
      var copy = self
      copy.enter = enter.map { Platform.naming(session, in: $0) }
      copy.candidate = candidate?.naming(session)
      return copy
    }
  }

  fileprivate static let sessionWord = "{session}"
  fileprivate static let commandWord = "{command}"

  fileprivate static func naming(_ session: String, in text: String) -> String { text.replacing(sessionWord, with: session) }

  /// An entry of several lines, between which the device prints no prompt: a banner, a certificate.
  package struct MultiLine: Sendable {
    /// Matches the entry's first line; the text of a group `delimiter` ends the entry, on the same line or a later one.
    package let begin: Pattern
    /// Matches the last line, where there is no delimiter.
    package let end: Pattern?
    /// Whether the last line, written `^D`, stands for the control character.
    package let endsInput: Bool
  }

  /// A command and the line that shows its success.
  package struct ConfirmedCommand: Sendable {
    package fileprivate(set) var command: String
    /// One line of the output must match one of these; empty: the absence of errors is enough.
    package let success: [Pattern]
    /// What it may ask besides what the platform says, and how that is answered.
    package let questions: [Answer]

    /// Whether `line` is this command as it was typed, under whatever name.
    package func isTyped(as line: String) -> Bool {
      let parts = command.split(separator: Platform.sessionWord, maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { return line == command }
      return line.count > command.count - Platform.sessionWord.count && line.hasPrefix(parts[0]) && line.hasSuffix(parts[1])
    }

    fileprivate func naming(_ session: String) -> Self {
      var copy = self
      copy.command = Platform.naming(session, in: command)
      return copy
    }
  }

  /// The commands around a candidate configuration, typed in the change's mode. `{session}` in one of them is a name that no other
  /// change has had.
  package struct Candidate: Sendable {
    /// Opens and closes the candidate where its mode does not do so.
    package let open: String?
    package let close: String?
    /// Goes to where the whole candidate is in view, from wherever lines have led.
    package let top: String?
    /// Shows how the candidate differs from what is in force.
    package private(set) var compare: String
    /// Shows how what is in force would differ after the commit, where that is another command: one that looks at the whole.
    package private(set) var review: String
    /// Lines of that which say nothing of a difference.
    package let same: [Pattern]
    /// What is said of a candidate that is there no more, once it is discarded.
    package let absent: [Pattern]
    /// Lines that say that a commit waits for its confirmation, which any other commit would be.
    package let pending: [Pattern]
    package let check: ConfirmedCommand?
    package private(set) var commit: ConfirmedCommand
    /// Commits for a time, after which the device goes back by itself.
    package private(set) var trial: Trial?
    package private(set) var discard: String
    /// Whether what was typed stays on the device when the connection ends before the commit.
    package let outlivesSession: Bool
    /// For check, commit and what takes it back.
    package let timeout: Duration?

    /// What makes the candidate take effect.
    package var taking: ConfirmedCommand { trial?.commit ?? commit }

    fileprivate func naming(_ session: String) -> Self {
      var copy = self
      copy.compare = Platform.naming(session, in: compare)
      copy.review = Platform.naming(session, in: review)
      copy.commit = commit.naming(session)
      copy.trial = trial?.naming(session)
      copy.discard = Platform.naming(session, in: discard)
      return copy
    }
  }

  /// A commit that the device takes back by itself unless it is confirmed. Meanwhile the session stays where the commit has left it.
  package struct Trial: Sendable {
    package private(set) var commit: ConfirmedCommand
    package private(set) var confirm: ConfirmedCommand
    /// How long the device waits for the confirmation.
    package let minutes: Int
    /// How a command that reads is typed meanwhile.
    private let reading: String
    /// Takes it back at once; empty where leaving the mode does. Where it has several commands, the last commits what those
    /// before it have put into the candidate.
    package private(set) var cancel: [ConfirmedCommand]

    func reading(_ command: String) -> String { reading.replacing(Platform.commandWord, with: command) }

    fileprivate func naming(_ session: String) -> Self {
      var copy = self
      copy.commit = commit.naming(session)
      copy.confirm = confirm.naming(session)
      copy.cancel = cancel.map { $0.naming(session) }
      return copy
    }
  }
}

extension Platform.Change {
  private static let lineKeys = ["method", "mode", "within", "multi-line"]
  private static let candidateKeys = [
    "open", "close", "top", "compare", "check", "commit", "commit-confirmed", "discard", "outlives-session", "timeout",
    "enter",
  ]

  init(_ node: YAMLNode, _ modes: [PlatformMode: Platform.ModeRules]) throws(DefinitionError) {
    let mapping = try node.mapping(Self.lineKeys + Self.candidateKeys)
    let method = try mapping.required("method").choice(of: Method.self)
    self.method = method
    let mode = try mapping.required("mode").mode(of: modes)
    self.mode = mode
    within = try mapping["within"]?.mode(of: modes)
    if let within, modes[within]?.entry?.from != mode || modes[within]?.leaveCommand == nil, let node = mapping["within"] {
      throw node.error(
        .badValue, "the mode '\(within.rawValue)' must be entered from '\(mode.rawValue)' and be left by a command")
    }
    var multiLine: [Platform.MultiLine] = []
    for node in try mapping["multi-line"]?.list() ?? [] { multiLine.append(try Platform.MultiLine(node)) }
    self.multiLine = multiLine
    switch method {
    case .candidate:
      candidate = try Platform.Candidate(mapping)
      enter = try mapping["enter"]?.line()
      if enter != nil, let node = mapping["enter"], modes[mode]?.entry == nil {
        throw node.error(.badValue, "the mode '\(mode.rawValue)' is entered from no other")
      }
    case .lineByLine:
      for key in Self.candidateKeys {
        if let node = mapping[key] { throw node.error(.badValue, "is for the method 'candidate' only") }
      }
      candidate = nil
      enter = nil
    }
  }
}

extension Platform.MultiLine {
  fileprivate init(_ node: YAMLNode) throws(DefinitionError) {
    let mapping = try node.mapping(["begin", "end", "ends-input"])
    begin = try mapping.required("begin").pattern()
    endsInput = try mapping["ends-input"]?.bool() ?? false
    if endsInput {
      end = try Self.endOfInput(node)
      if let other = mapping["end"] { throw other.error(.badValue, "'ends-input' says it already: the entry ends with ^D") }
    } else {
      end = try mapping["end"]?.pattern()
    }
    let hasDelimiter = begin.groupNames["delimiter"] != nil
    guard hasDelimiter != (end != nil) else {
      throw node.error(.badValue, "must have either a group 'delimiter' in 'begin', or 'end'")
    }
  }
}

extension Platform.MultiLine {
  private static func endOfInput(_ node: YAMLNode) throws(DefinitionError) -> Pattern {
    do {
      return try Pattern(#"^\^D$"#)
    } catch {
      throw node.error(.badPattern, error.message)
    }
  }
}

extension Platform.Candidate {
  fileprivate init(_ mapping: YAMLMapping) throws(DefinitionError) {
    open = try mapping["open"]?.line()
    close = try mapping["close"]?.line()
    if let node = mapping["open"] ?? mapping["close"], (open == nil) != (close == nil) {
      throw node.error(.badValue, "'open' and 'close' go together")
    }
    top = try mapping["top"]?.line()
    let compare = try mapping.required("compare").mapping(["command", "review", "same", "absent", "pending"])
    let command = try compare.required("command").line()
    self.compare = command
    review = try compare["review"]?.line() ?? command
    same = try compare["same"]?.patterns() ?? []
    absent = try compare["absent"]?.patterns() ?? []
    pending = try compare["pending"]?.patterns() ?? []
    check = try mapping["check"].map { node throws(DefinitionError) in try Platform.ConfirmedCommand(node) }
    commit = try Platform.ConfirmedCommand(mapping.required("commit"))
    trial = try mapping["commit-confirmed"].map { node throws(DefinitionError) in try Platform.Trial(node) }
    discard = try mapping.required("discard").line()
    outlivesSession = try mapping["outlives-session"]?.bool() ?? false
    timeout = try mapping["timeout"]?.seconds()
  }
}

extension Platform.ConfirmedCommand {
  fileprivate static let keys = ["command", "success", "questions"]

  fileprivate init(_ node: YAMLNode) throws(DefinitionError) { try self.init(node.mapping(Self.keys)) }

  fileprivate init(_ mapping: YAMLMapping) throws(DefinitionError) {
    command = try mapping.required("command").line()
    success = try mapping["success"]?.patterns() ?? []
    questions = try mapping["questions"]?.answers() ?? []
  }
}

extension Platform.Trial {
  fileprivate init(_ node: YAMLNode) throws(DefinitionError) {
    let mapping = try node.mapping(Platform.ConfirmedCommand.keys + ["minutes", "read", "confirm", "cancel"])
    commit = try Platform.ConfirmedCommand(mapping)
    confirm = try Platform.ConfirmedCommand(mapping.required("confirm"))
    minutes = try mapping.required("minutes").int(in: 1...60)
    reading = try mapping["read"]?.line() ?? Platform.commandWord
    if let node = mapping["read"], !reading.contains(Platform.commandWord) {
      throw node.error(.badValue, "'\(reading)' has no \(Platform.commandWord) in it")
    }
    var cancel: [Platform.ConfirmedCommand] = []
    for node in try mapping["cancel"]?.list() ?? [] { cancel.append(try Platform.ConfirmedCommand(node)) }
    self.cancel = cancel
  }
}
