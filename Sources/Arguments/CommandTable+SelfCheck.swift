extension CommandTable {
  /// What is wrong with the table itself, one line for each finding; a test demands that there is none.
  package func selfCheck() -> [String] {
    var findings: [String] = []
    findings += checkNames()
    findings += checkSections()
    findings += checkParameters(globals.map(\.parameter), of: "global options")
    findings += checkExitCodes(exitCodes, of: program)
    for group in groups { findings += check(group) }
    for command in commands { findings += check(command) }
    return findings
  }

  // MARK: names

  private func checkNames() -> [String] {
    var findings: [String] = []
    var seen: Set<String> = []
    for group in groups where !seen.insert(group.name).inserted { findings.append("\(group.name): the name is used twice") }
    for command in commands {
      for path in [command.path] + command.aliases {
        let name = path.joined(separator: " ")
        if !seen.insert(name).inserted { findings.append("\(name): the name is used twice") }
        if !(1...2).contains(path.count) { findings.append("\(name): a path has one or two words") }
        if path.count == 2, group(path[0]) == nil { findings.append("\(name): there is no noun \(path[0])") }
        for word in path where !Self.isWord(word, extra: command.isHidden ? "-_" : "-") {
          findings.append("\(name): \(quoted(word)) is not made of small letters, digits and hyphens")
        }
      }
    }
    var pages: Set<String> = []
    for name in [[]] + groups.map({ [$0.name] }) + visibleCommands.map(\.path) {
      let page = ManualRenderer.pageName(program: program, path: name)
      if !pages.insert(page).inserted { findings.append("\(page)(1): two commands share a manual page") }
    }
    if usesDynamicCompletion, command(completer) == nil {
      findings.append("\(program): values are completed dynamically, but there is no completer command")
    }
    return findings
  }

  private var usesDynamicCompletion: Bool {
    (globals + commands.flatMap(\.parameters)).contains {
      if case .dynamic = $0.parameter.completion { true } else { false }
    }
  }

  private func checkSections() -> [String] {
    var findings: [String] = []
    let used =
      groups.map { ($0.name, $0.section) }
      + visibleCommands.filter { $0.path.count == 1 }.map { ($0.name, $0.section) }
    for (name, section) in used where !sections.contains(section) {
      findings.append("\(name): there is no section \(quoted(section))")
    }
    for section in sections where !used.contains(where: { $0.1 == section }) {
      findings.append("\(program): nothing is in the section \(quoted(section))")
    }
    return findings
  }

  private func check(_ group: CommandGroup) -> [String] {
    var findings = check(phrase: group.summary, what: "summary", of: group.name)
    if verbs(of: group).isEmpty { findings.append("\(group.name): the noun has no verb") }
    if let verb = group.defaultVerb, command([group.name, verb]) == nil {
      findings.append("\(group.name): its default verb \(verb) does not exist")
    }
    if !Self.isWord(group.name, extra: "-") {
      findings.append("\(group.name): the name is not made of small letters, digits and hyphens")
    }
    return findings
  }

  // MARK: one command

  private func check(_ command: CommandSpec) -> [String] {
    let name = command.name
    var findings = check(phrase: command.summary, what: "summary", of: name)
    findings += checkParameters(command.parameters.map(\.parameter), of: name)
    findings += checkShadowing(command)
    findings += checkOperandOrder(command)
    findings += checkConstraints(command)
    findings += checkExitCodes(command.exitCodes, of: name)
    for example in command.examples { findings += check(example, of: command) }
    for reference in command.seeAlso {
      if reference == name { findings.append("\(name): its see-also names itself") }
      if !isKnown(reference: reference) { findings.append("\(name): its see-also \(quoted(reference)) does not exist") }
    }
    return findings
  }

  private func checkParameters(_ parameters: [Parameter], of owner: String) -> [String] {
    var findings: [String] = []
    var names: Set<String> = []
    var letters: Set<Character> = []
    for parameter in parameters {
      let place = "\(owner): \(parameter.spelling)"
      if !names.insert(parameter.spelling).inserted { findings.append("\(place) is listed twice") }
      findings += check(phrase: parameter.help, what: "help", of: place)
      if parameter.role == .operand {
        if !Self.isOperandName(parameter.name) { findings.append("\(place) is not made of capitals, digits and hyphens") }
      } else if parameter.name.count < 2 || !Self.isWord(parameter.name, extra: "-") {
        findings.append("\(place) is not made of small letters, digits and hyphens")
      }
      if let short = parameter.short {
        if !letters.insert(short).inserted { findings.append("\(place): the letter -\(short) is used twice") }
        if !short.isASCII || !short.isLetter { findings.append("\(place): the short form -\(short) is no ASCII letter") }
      }
      if parameter.role == .option, parameter.valueName.isEmpty { findings.append("\(place): the name of its value is missing") }
      if !parameter.choices.allSatisfy({ !$0.isEmpty && !$0.contains(where: \.isWhitespace) }) {
        findings.append("\(place): a choice is empty or holds white space")
      }
      if Set(parameter.choices).count < parameter.choices.count { findings.append("\(place): a choice is listed twice") }
      if let text = parameter.defaultText {
        do { _ = try parameter.convert(text) } catch { findings.append("\(place): its default: \(error.message)") }
      }
    }
    return findings
  }

  private func checkShadowing(_ command: CommandSpec) -> [String] {
    let reserved = globals.map(\.parameter) + [help.parameter]
    var findings: [String] = []
    for option in command.options {
      for global in reserved {
        if option.name == global.name { findings.append("\(command.name): \(option.spelling) hides the global option") }
        if let short = option.short, short == global.short {
          findings.append("\(command.name): -\(short) of \(option.spelling) hides the global option \(global.spelling)")
        }
      }
    }
    return findings
  }

  private func checkOperandOrder(_ command: CommandSpec) -> [String] {
    var findings: [String] = []
    for (before, after) in zip(command.operands, command.operands.dropFirst()) {
      if before.isRepeated { findings.append("\(command.name): \(after.name) follows the repeated operand \(before.name)") }
      if !before.isRequired, after.isRequired {
        findings.append("\(command.name): the required operand \(after.name) follows the optional \(before.name)")
      }
    }
    return findings
  }

  private func checkConstraints(_ command: CommandSpec) -> [String] {
    let listed = Set(command.parameters.map(\.parameter.id))
    var findings: [String] = []
    for constraint in command.constraints {
      let parameters = constraint.parameters
      if parameters.count < 2 { findings.append("\(command.name): a constraint needs two parameters") }
      for parameter in parameters {
        if !listed.contains(parameter.id) {
          findings.append("\(command.name): a constraint names \(parameter.spelling), which is not a parameter")
        }
        if constraint.isChoice, parameter.isRequired {
          findings.append("\(command.name): \(parameter.spelling) is required and at the same time one of several")
        }
      }
    }
    return findings
  }

  private func check(_ example: Example, of command: CommandSpec) -> [String] {
    let place = "\(command.name): the example \(quoted(example.line))"
    var findings = check(phrase: example.meaning, what: "meaning", of: place)
    guard let calls = ShellLine.calls(of: program, in: example.line) else { return findings + ["\(place) has an open quote"] }
    var showsCommand = false
    for call in calls {
      do {
        switch try parse(call) {
        case .command(let spec, _): showsCommand = showsCommand || spec.path == command.path
        case .help(.command(let spec)): showsCommand = showsCommand || spec.path == command.path
        case .help, .version: break
        }
      } catch {
        findings.append("\(place) does not parse: \(error.message)")
        showsCommand = true
      }
    }
    if !showsCommand { findings.append("\(place) does not call the command") }
    return findings
  }

  // MARK: small parts

  private func check(phrase: String, what: String, of place: String) -> [String] {
    if phrase.isEmpty { return ["\(place): the \(what) is missing"] }
    if phrase.hasSuffix(".") { return ["\(place): the \(what) ends with a full stop"] }
    if phrase.contains("\n") || phrase.hasPrefix(" ") || phrase.hasSuffix(" ") {
      return ["\(place): the \(what) is not one trimmed line"]
    }
    return []
  }

  private func checkExitCodes(_ codes: [ExitCode], of place: String) -> [String] {
    var findings: [String] = []
    var seen: Set<Int> = []
    for code in codes {
      if !(0...255).contains(code.status) { findings.append("\(place): the exit code \(code.status) is out of range 0-255") }
      if !seen.insert(code.status).inserted { findings.append("\(place): the exit code \(code.status) is listed twice") }
      findings += check(phrase: code.meaning, what: "meaning", of: "\(place): exit code \(code.status)")
    }
    return findings
  }

  /// A command or noun that is documented, a page of the program's own, or anybody else's page.
  private func isKnown(reference: String) -> Bool {
    if reference.hasSuffix(")") {
      return !reference.hasPrefix(program) || manualPages.contains(reference)
    }
    if group(reference) != nil { return true }
    return visibleCommands.contains { $0.name == reference }
  }

  private static func isWord(_ word: String, extra: String) -> Bool {
    !word.isEmpty && !word.hasPrefix("-")
      && word.unicodeScalars.allSatisfy {
        ("a"..."z").contains($0) || ("0"..."9").contains($0) || extra.unicodeScalars.contains($0)
      }
  }

  private static func isOperandName(_ name: String) -> Bool {
    !name.isEmpty && name.unicodeScalars.allSatisfy { ("A"..."Z").contains($0) || ("0"..."9").contains($0) || $0 == "-" }
  }
}
