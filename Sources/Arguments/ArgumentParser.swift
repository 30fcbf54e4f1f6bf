/// One pass over a command line: finds the command, converts values, checks what the command demands.
struct ArgumentParser {
  private let table: CommandTable
  private let words: [String]
  private var position = 0
  private var onlyOperands = false
  private var group: CommandGroup?
  private var command: CommandSpec?
  private var helpRequested = false
  private var versionRequested = false
  private var operands: [String] = []
  private var values: [ObjectIdentifier: [any Sendable]] = [:]

  init(table: CommandTable, words: [String]) {
    self.table = table
    self.words = words
  }

  mutating func run() throws(ArgumentError) -> Invocation {
    do {
      while let word = next() { try take(word) }
    } catch {
      // Who asks for help is helped, whatever else is wrong with the options of a known command.
      let asksForHelp = helpRequested || words[position...].prefix { $0 != "--" }.contains { $0 == "-h" || $0 == "--help" }
      guard asksForHelp, group != nil || command != nil else { throw error }
      helpRequested = true
    }
    if helpRequested { return .help(topic) }
    if versionRequested { return .version }
    try chooseDefaultCommand()
    guard let command else {
      throw ArgumentError(.missingCommand, "a command is needed", hint: "see '\(table.program) -h'")
    }
    try assignOperands(of: command)
    try checkDemands(of: command)
    let listed = command.parameters + table.globals
    return .command(command, ParsedArguments(listed: listed.map(\.parameter), values: values))
  }

  // MARK: words

  private mutating func next() -> String? {
    guard position < words.count else { return nil }
    defer { position += 1 }
    return words[position]
  }

  private mutating func take(_ word: String) throws(ArgumentError) {
    if onlyOperands || !looksLikeOption(word) {
      try takeOperand(word)
    } else if word == "--" {
      onlyOperands = true
    } else if word.utf8.starts(with: "--".utf8) {
      try takeLong(word)
    } else {
      try takeShort(word)
    }
  }

  /// A negative number is an operand, as no command has digits for options.
  private func looksLikeOption(_ word: String) -> Bool {
    guard word.utf8.first == UInt8(ascii: "-"), word.utf8.count > 1 else { return false }
    guard command != nil else { return true }
    return !word.utf8.dropFirst().allSatisfy { UInt8(ascii: "0") <= $0 && $0 <= UInt8(ascii: "9") }
  }

  private mutating func takeOperand(_ word: String) throws(ArgumentError) {
    guard command == nil else {
      operands.append(word)
      return
    }
    if let group {
      guard let found = table.command([group.name, word]) else { throw table.unknownVerb(word, of: group) }
      command = found
    } else if let found = table.group(word) {
      group = found
    } else if let found = table.command([word]) {
      command = found
    } else {
      throw table.unknownCommand(word)
    }
  }

  private mutating func takeLong(_ word: String) throws(ArgumentError) {
    let body = word.utf8.dropFirst(2)
    let equals = body.firstIndex(of: UInt8(ascii: "="))
    let name = String(Substring(body[..<(equals ?? body.endIndex)]))
    let attached = equals.map { String(Substring(body[body.index(after: $0)...])) }
    let parameter = try find("--" + name) { $0.name == name }
    if parameter.role == .flag {
      if attached != nil { throw failure(.unexpectedValue, "\(parameter.spelling) takes no value") }
      set(flag: parameter)
    } else {
      try record(try value(attached, for: parameter, spelling: "--" + name), for: parameter)
    }
  }

  private mutating func takeShort(_ word: String) throws(ArgumentError) {
    var rest = word.unicodeScalars.dropFirst()
    while let scalar = rest.popFirst() {
      let letter = Character(scalar)
      let parameter = try find("-\(letter)", word: word) { $0.short == letter }
      if parameter.role == .flag {
        set(flag: parameter)
      } else {
        let attached = rest.isEmpty ? nil : String(Substring(rest))
        try record(try value(attached, for: parameter, spelling: "-\(letter)"), for: parameter)
        return
      }
    }
  }

  // MARK: options

  /// The options that are known so far: those of the command, or the global ones while it is not known.
  private var scope: [Parameter] {
    var scope = command?.options ?? []
    scope += table.globals.map(\.parameter)
    scope.append(table.help.parameter)
    if command == nil, group == nil { scope.append(table.versionFlag.parameter) }
    return scope
  }

  private mutating func find(
    _ spelling: String, word: String? = nil, _ matches: (Parameter) -> Bool
  ) throws(ArgumentError) -> Parameter {
    if let found = scope.first(where: matches) { return found }
    if command == nil, let group, let standard = table.defaultCommand(of: group) {
      // `history --limit 5`: an option that only a command can have means the noun's own command.
      command = standard
      if let found = scope.first(where: matches) { return found }
    }
    let bare = word ?? spelling
    let near = Suggestion.nearest(to: String(bare.drop { $0 == "-" }), among: scope.map(\.name))
    var hint = near.isEmpty ? "" : "did you mean \(near.map { "'--\($0)'" }.joined(separator: " or "))? "
    if command == nil, group == nil, table.commands.contains(where: { $0.options.contains(where: matches) }) {
      hint = "the options of a command stand after its name; "
    }
    throw ArgumentError(.unknownOption, "unknown option \(quoted(spelling))", hint: hint + seeHelp)
  }

  private mutating func set(flag: Parameter) {
    if flag.id == table.help.parameter.id {
      helpRequested = true
    } else if flag.id == table.versionFlag.parameter.id {
      versionRequested = true
    } else {
      values[flag.id] = [true]
    }
  }

  /// What is attached to an option that takes a value, else the next word, unless that is an option itself.
  private mutating func value(
    _ attached: String?, for parameter: Parameter, spelling: String
  ) throws(ArgumentError) -> String {
    if let attached { return attached }
    let needed = "\(spelling) needs a value: \(parameter.valueName)"
    guard position < words.count else { throw failure(.missingValue, needed) }
    let word = words[position]
    if word == "--" || isKnownOption(word) {
      throw ArgumentError(
        .missingValue, "\(needed), and \(quoted(word)) is an option",
        hint: "write '\(parameter.spelling)=\(word)' if that is the value; \(seeHelp)")
    }
    position += 1
    return word
  }

  private func isKnownOption(_ word: String) -> Bool {
    guard word.utf8.first == UInt8(ascii: "-") else { return false }
    if word.utf8.starts(with: "--".utf8) {
      let name = String(Substring(word.utf8.dropFirst(2).prefix { $0 != UInt8(ascii: "=") }))
      return scope.contains { $0.name == name }
    }
    let letters = word.unicodeScalars.dropFirst()
    guard letters.count == 1, let letter = letters.first.map(Character.init) else { return false }
    return scope.contains { $0.short == letter }
  }

  private mutating func record(_ text: String, for parameter: Parameter) throws(ArgumentError) {
    if values[parameter.id] != nil, !parameter.isRepeated {
      throw failure(.repeatedOption, "\(parameter.spelling) is given more than once")
    }
    if text.isEmpty, !parameter.allowsEmpty {
      let place = parameter.role == .operand ? "operand \(parameter.spelling)" : parameter.spelling
      throw failure(.emptyValue, "\(place) is empty; it needs a value: \(parameter.valueName)")
    }
    do {
      values[parameter.id, default: []].append(try parameter.convert(text))
    } catch {
      let hint = error.hint.map { "\($0) \(seeHelp)" } ?? seeHelp
      throw ArgumentError(error.code, "\(parameter.spelling): \(error.message)", hint: hint)
    }
  }

  // MARK: the whole line

  private mutating func chooseDefaultCommand() throws(ArgumentError) {
    guard command == nil, let group else { return }
    guard let standard = table.defaultCommand(of: group) else {
      let verbs = table.verbs(of: group).map { $0.path[1] }.joined(separator: ", ")
      throw failure(.missingVerb, "\(table.program) \(group.name) needs a verb: one of \(verbs)")
    }
    command = standard
  }

  private mutating func assignOperands(of command: CommandSpec) throws(ArgumentError) {
    var rest = operands[...]
    for parameter in command.operands {
      if parameter.isRepeated {
        while let word = rest.popFirst() { try record(word, for: parameter) }
      } else if let word = rest.popFirst() {
        try record(word, for: parameter)
      }
    }
    guard let extra = rest.first else { return }
    var message = "unexpected operand \(quoted(extra))"
    if command.operands.isEmpty { message += "; \(table.program) \(command.name) takes none" }
    let dashes: Set<Unicode.Scalar> = ["\u{2010}", "\u{2011}", "\u{2012}", "\u{2013}", "\u{2014}", "\u{2212}"]
    let hint = extra.unicodeScalars.first.map(dashes.contains) == true ? "its dash is not the ASCII '-'; " : ""
    throw ArgumentError(.unexpectedOperand, message, hint: hint + seeHelp)
  }

  private func checkDemands(of command: CommandSpec) throws(ArgumentError) {
    for parameter in command.operands + command.options {
      let count = values[parameter.id]?.count ?? 0
      let needed: Int =
        switch parameter.occurrence {
        case .optional: 0
        case .required: 1
        case .repeated(let minimum): minimum
        }
      guard count < needed else { continue }
      if parameter.role == .operand { throw failure(.missingOperand, "operand \(parameter.name) is missing") }
      let often = needed > 1 ? " at least \(needed) times" : ""
      throw failure(.missingOption, "option \(parameter.spelling) \(parameter.valueName) is needed\(often)")
    }
    for constraint in command.constraints {
      do {
        try constraint.check { values[$0.id] != nil }
      } catch {
        throw error.with(hint: seeHelp)
      }
    }
  }

  private var topic: HelpTopic {
    if let command { return .command(command) }
    if let group { return .group(group) }
    return .overview
  }

  private var seeHelp: String {
    let words = [table.program] + (command?.path ?? group.map { [$0.name] } ?? [])
    return "see '\(words.joined(separator: " ")) -h'"
  }

  private func failure(_ code: ArgumentError.Code, _ message: String) -> ArgumentError {
    ArgumentError(code, message, hint: seeHelp)
  }
}
