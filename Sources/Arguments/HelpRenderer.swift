/// The text of `-h` and of `help`.
package struct HelpRenderer: Sendable {
  /// How much is said.
  package enum Detail: Sendable {
    /// What `-h` shows.
    case short
    /// What `help` shows: the discussion, the global options and the exit codes as well.
    case full
  }

  private let table: CommandTable
  private let width: Int
  private var lines: [String] = []

  /// The help on a topic, filled to `width` columns (never less than 40), with a final line end.
  package static func render(_ topic: HelpTopic, of table: CommandTable, width: Int, detail: Detail = .short) -> String {
    var renderer = HelpRenderer(table: table, width: max(40, width))
    switch topic {
    case .overview: renderer.overview(detail)
    case .group(let group): renderer.group(group, detail)
    case .command(let command): renderer.command(command, detail)
    }
    return renderer.lines.joined(separator: "\n") + "\n"
  }

  private init(table: CommandTable, width: Int) {
    self.table = table
    self.width = width
  }

  private mutating func overview(_ detail: Detail) {
    let globals = table.globals.map { Synopsis.element($0.parameter) }
    usage(Synopsis(elements: [[.literal(table.program)]] + globals + [[.value("COMMAND")], [.mark("...")]]))
    text(table.summary)
    if detail == .full { discussion(table.discussion) }
    for section in table.sections {
      heading(section)
      entries(table.entries(in: section).map { ($0.name, $0.summary) })
    }
    heading("Global options")
    options(table.globals.map(\.parameter) + [table.help.parameter, table.versionFlag.parameter])
    if detail == .full { exitStatus(table.exitCodes) }
    see("-h after a command shows what it takes")
  }

  private mutating func group(_ group: CommandGroup, _ detail: Detail) {
    usage(Synopsis(elements: [[.literal(table.program)], [.literal(group.name)], [.value("VERB")], [.mark("...")]]))
    text(group.summary)
    if detail == .full { discussion(group.discussion) }
    heading("Verbs")
    entries(
      table.verbs(of: group).map { command in
        (
          command.path[1],
          command.path[1] == group.defaultVerb ? "\(command.summary) (without a verb, this one)" : command.summary
        )
      })
    see("'\(table.program) \(group.name) VERB -h' shows what a verb takes")
  }

  private mutating func command(_ command: CommandSpec, _ detail: Detail) {
    usage(Synopsis(of: command, in: table))
    text(command.summary)
    if !command.aliases.isEmpty {
      text("also: " + command.aliases.map { ([table.program] + $0).joined(separator: " ") }.joined(separator: ", "))
    }
    if detail == .full { discussion(command.discussion) }
    if !command.operands.isEmpty {
      heading("Operands")
      entries(command.operands.map { ($0.name, $0.fullHelp) })
    }
    if !command.options.isEmpty {
      heading("Options")
      options(command.options)
    }
    if detail == .full {
      heading("Global options")
      options(table.globals.map(\.parameter) + [table.help.parameter])
    }
    heading("Permissions")
    entries(command.needs.isEmpty ? [("none", "")] : command.needs.map { ($0, "") })
    if detail == .full { exitStatus(table.exitCodes(of: command)) }
    if !command.examples.isEmpty {
      heading("Examples")
      for (position, example) in command.examples.enumerated() {
        if position > 0 { lines.append("") }
        for line in Prose.fill(example.meaning, width: width - 4) { lines.append("  # " + line) }
        for line in example.line.split(separator: "\n", omittingEmptySubsequences: false) { lines.append("  " + line) }
      }
    }
    if detail == .short {
      let globals = table.globals.map { $0.parameter.spelling }.joined(separator: ", ")
      see("every command takes \(globals) as well: see '\(table.program) -h'")
    }
  }

  // MARK: parts

  private mutating func usage(_ synopsis: Synopsis) {
    let texts = synopsis.texts
    // Further lines stand under the first parameter, unless the names before it take half of the line.
    let names = synopsis.elements.prefix { if case .literal = $0.first { $0.count == 1 } else { false } }.count
    let lead = "Usage: " + texts.prefix(names).joined(separator: " ")
    let indent = lead.count < width / 2 ? lead.count + 1 : 8
    let filled = Prose.fill(words: Array(texts.dropFirst(names)), width: width - indent)
    let blank = String(repeating: " ", count: indent)
    if indent > lead.count {
      lines.append(filled[0].isEmpty ? lead : "\(lead) \(filled[0])")
      lines += filled.dropFirst().map { blank + $0 }
    } else {
      lines.append(lead)
      lines += filled.filter { !$0.isEmpty }.map { blank + $0 }
    }
  }

  private mutating func text(_ text: String) {
    lines.append("")
    lines += Prose.fill(text, width: width)
  }

  private mutating func discussion(_ discussion: String) {
    var previous: Prose.Block?
    for block in Prose.blocks(of: discussion) {
      switch block {
      case .paragraph(let paragraph): text(paragraph)
      case .literal(let literal):
        lines.append("")
        lines += literal.map { "    " + $0 }
      case .item(let item):
        if case .item = previous {} else { lines.append("") }
        for (position, line) in Prose.fill(item, width: width - 4).enumerated() {
          lines.append((position == 0 ? "  - " : "    ") + line)
        }
      }
      previous = block
    }
  }

  private mutating func heading(_ heading: String) {
    lines.append("")
    lines.append(heading + ":")
  }

  private mutating func see(_ text: String) {
    lines.append("")
    lines += Prose.fill(text, width: width)
  }

  private mutating func exitStatus(_ codes: [ExitCode]) {
    guard !codes.isEmpty else { return }
    heading("Exit status")
    entries(codes.map { (String($0.status), $0.meaning) })
  }

  private mutating func options(_ parameters: [Parameter]) {
    entries(
      parameters.map { parameter in
        let short = parameter.short.map { "-\($0), " } ?? "    "
        let value = parameter.valueName.isEmpty ? "" : " " + parameter.valueName
        return (short + parameter.spelling + value, parameter.fullHelp)
      })
  }

  private mutating func entries(_ entries: [(name: String, help: String)]) {
    let limit = min(28, width / 2)
    let column = (entries.map(\.name.count).filter { $0 <= limit }.max() ?? limit) + 4
    for (name, help) in entries {
      var filled = Prose.fill(help, width: width - column)[...]
      if name.count + 4 <= column {
        let first = filled.removeFirst()
        let padding = String(repeating: " ", count: column - 2 - name.count)
        lines.append(first.isEmpty ? "  " + name : "  " + name + padding + first)
      } else {
        lines.append("  " + name)
      }
      lines += filled.filter { !$0.isEmpty }.map { String(repeating: " ", count: column) + $0 }
    }
  }
}

extension CommandTable {
  /// The nouns and commands of one word under a heading of the overview.
  func entries(in section: String) -> [(name: String, summary: String)] {
    groups.filter { $0.section == section }.map { ($0.name, $0.summary) }
      + visibleCommands.filter { $0.path.count == 1 && $0.section == section }.map { ($0.name, $0.summary) }
  }

  /// The exit codes of a command: the table's, with the command's own words where it has some.
  func exitCodes(of command: CommandSpec) -> [ExitCode] {
    let own = Set(command.exitCodes.map(\.status))
    return (command.exitCodes + exitCodes.filter { !own.contains($0.status) }).sorted { $0.status < $1.status }
  }
}
