/// The manual pages of section 1: an overview, one page for each noun, one for each command.
package struct ManualRenderer: Sendable {
  private let table: CommandTable
  private let date: String

  /// A renderer; `date` is that of the release (`2026-01-31`), so that the same table makes the same bytes.
  package init(table: CommandTable, date: String) {
    self.table = table
    self.date = date
  }

  /// The pages by file name (`netjob-job-create.1`).
  package func pages() -> [String: String] {
    var pages = [fileName([]): overview()]
    for group in table.groups { pages[fileName([group.name])] = page(of: group) }
    for command in table.visibleCommands { pages[fileName(command.path)] = page(of: command) }
    return pages
  }

  static func pageName(program: String, path: [String]) -> String {
    ([program] + path).joined(separator: "-")
  }

  private func fileName(_ path: [String]) -> String { pageName(path) + ".1" }
  private func pageName(_ path: [String]) -> String { Self.pageName(program: table.program, path: path) }

  // MARK: pages

  private func overview() -> String {
    var roff = head([], summary: table.summary)
    roff.heading("SYNOPSIS")
    let globals = table.globals.map { Self.set(Synopsis.element($0.parameter)) }
    roff.escaped(words: [Roff.bold(table.program)] + globals + [Roff.italic("COMMAND"), "..."])
    roff.heading("DESCRIPTION")
    describe(table.discussion, else: table.summary, in: &roff)
    roff.heading("COMMANDS")
    for section in table.sections {
      roff.subheading(section)
      for (name, summary) in table.entries(in: section) {
        roff.tagged(escaped: Roff.bold(name), "\(summary); see \(pageName([name]))(1)")
      }
    }
    options(
      table.globals.map(\.parameter) + [table.help.parameter, table.versionFlag.parameter], title: "GLOBAL OPTIONS", in: &roff)
    exitStatus(table.exitCodes, in: &roff)
    entries(table.environment, title: "ENVIRONMENT", in: &roff)
    entries(table.files, title: "FILES", in: &roff)
    let pages =
      table.groups.map { reference(path: [$0.name]) }
      + table.visibleCommands.filter { $0.path.count == 1 }.map { reference(path: $0.path) }
    seeAlso(pages + table.manualPages, in: &roff)
    return roff.source
  }

  private func page(of group: CommandGroup) -> String {
    var roff = head([group.name], summary: group.summary)
    roff.heading("SYNOPSIS")
    roff.escaped(words: [Roff.bold("\(table.program) \(group.name)"), Roff.italic("VERB"), "..."])
    roff.heading("DESCRIPTION")
    describe(group.discussion, else: group.summary, in: &roff)
    if let verb = group.defaultVerb {
      roff.paragraph("Without a verb, \(table.program) \(group.name) is \(table.program) \(group.name) \(verb).")
    }
    roff.heading("COMMANDS")
    let verbs = table.verbs(of: group)
    for command in verbs {
      roff.tagged(escaped: Roff.bold("\(table.program) \(command.name)"), "\(command.summary); see \(pageName(command.path))(1)")
    }
    seeAlso([reference(path: [])] + verbs.map { reference(path: $0.path) }, in: &roff)
    return roff.source
  }

  private func page(of command: CommandSpec) -> String {
    var roff = head(command.path, summary: command.summary)
    roff.heading("SYNOPSIS")
    roff.escaped(words: Synopsis(of: command, in: table).elements.map(Self.set))
    for alias in command.aliases {
      roff.paragraph(escaped: [Roff.bold(([table.program] + alias).joined(separator: " ")), "..."])
    }
    roff.heading("DESCRIPTION")
    describe(command.discussion, else: command.summary, in: &roff)
    if !command.operands.isEmpty {
      roff.heading("OPERANDS")
      for operand in command.operands { roff.tagged(escaped: Roff.italic(operand.name), Self.sentence(operand.fullHelp)) }
    }
    options(command.options, title: "OPTIONS", in: &roff)
    options(table.globals.map(\.parameter) + [table.help.parameter], title: "GLOBAL OPTIONS", in: &roff)
    roff.heading("PERMISSIONS")
    if command.needs.isEmpty { roff.body("None.") }
    for need in command.needs { roff.item(need) }
    exitStatus(table.exitCodes(of: command), in: &roff)
    if !command.examples.isEmpty {
      roff.heading("EXAMPLES")
      for example in command.examples {
        roff.paragraph(Self.sentence(example.meaning, end: ":"))
        roff.literal(example.line.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
      }
    }
    var related = [reference(path: [])]
    if command.path.count > 1 { related.append(reference(path: [command.path[0]])) }
    let others = command.seeAlso.map { $0.hasSuffix(")") ? $0 : reference(path: $0.split(separator: " ").map(String.init)) }
    seeAlso(related + others.filter { !related.contains($0) }, in: &roff)
    return roff.source
  }

  // MARK: parts

  private func head(_ path: [String], summary: String) -> Roff {
    let page = pageName(path)
    var roff = Roff(
      title: page.uppercased(), section: 1, date: date, source: "\(table.program) \(table.version)",
      volume: "\(table.program) manual")
    roff.heading("NAME")
    roff.escaped(words: [Roff.escape(page), "\\-", Roff.escape(summary)])
    return roff
  }

  private func describe(_ discussion: String, else summary: String, in roff: inout Roff) {
    if discussion.isEmpty { roff.body(Self.sentence(summary)) } else { roff.discussion(discussion) }
  }

  private func options(_ parameters: [Parameter], title: String, in roff: inout Roff) {
    guard !parameters.isEmpty else { return }
    roff.heading(title)
    for parameter in parameters {
      var tag = parameter.short.map { Roff.bold("-\($0)") + ", " } ?? ""
      tag += Roff.bold(parameter.spelling)
      if parameter.role == .option { tag += " " + Roff.italic(parameter.valueName) }
      roff.tagged(escaped: tag, Self.sentence(parameter.fullHelp))
    }
  }

  private func exitStatus(_ codes: [ExitCode], in roff: inout Roff) {
    guard !codes.isEmpty else { return }
    roff.heading("EXIT STATUS")
    for code in codes { roff.tagged(escaped: Roff.bold(String(code.status)), Self.sentence(code.meaning)) }
  }

  private func entries(_ entries: [CommandTable.Entry], title: String, in roff: inout Roff) {
    guard !entries.isEmpty else { return }
    roff.heading(title)
    for entry in entries { roff.tagged(escaped: Roff.bold(entry.name), Self.sentence(entry.help)) }
  }

  private func reference(path: [String]) -> String { pageName(path) + "(1)" }

  private func seeAlso(_ references: [String], in roff: inout Roff) {
    roff.heading("SEE ALSO")
    let words = references.enumerated().map { position, reference in
      let name = reference.prefix { $0 != "(" }
      let comma = position == references.count - 1 ? "" : ","
      return Roff.bold(String(name)) + Roff.escape(String(reference.dropFirst(name.count))) + comma
    }
    roff.escaped(words: words)
  }

  private static func set(_ pieces: [Synopsis.Piece]) -> String {
    pieces.map { piece in
      switch piece {
      case .literal(let text): Roff.bold(text)
      case .value(let text): Roff.italic(text)
      case .mark(" "): "\\ "
      case .mark(let text): Roff.escape(text)
      }
    }.joined()
  }

  /// A phrase of the table as a sentence of its own.
  private static func sentence(_ phrase: String, end: String = ".") -> String {
    phrase.prefix(1).uppercased() + phrase.dropFirst() + end
  }
}
