/// Everything that is known about one command except what it does: the source of its parser, help, manual and completions.
package struct CommandSpec: Sendable {
  /// The words that name it: noun and verb, or one word.
  package let path: [String]
  /// Other paths that mean the same command.
  package let aliases: [[String]]
  /// One phrase in lower case without a full stop.
  package let summary: String
  /// Paragraphs parted by empty lines; lines that start with two spaces are kept as they are, `- ` begins a list item.
  package let discussion: String
  /// The heading under which the overview lists a command of one word.
  package let section: String
  /// Options and operands in the order of the documentation; operands in the order of the command line.
  package let parameters: [any CommandParameter]
  /// Which parameters go together.
  package let constraints: [Constraint]
  /// Command lines that work, each with what it does.
  package let examples: [Example]
  /// Exit codes that mean something particular here; they come before the table's.
  package let exitCodes: [ExitCode]
  /// The permissions that it needs, in words for the manual; empty when it needs none.
  package let needs: [String]
  /// Related commands (`job edit`) and manual pages (`crontab(5)`).
  package let seeAlso: [String]
  /// Whether it is left out of help, manual and completions.
  package let isHidden: Bool

  /// Makes a command; `CommandTable.selfCheck()` says what is wrong with it.
  package init(
    path: [String], aliases: [[String]] = [], section: String = "", summary: String, discussion: String = "",
    parameters: [any CommandParameter] = [], constraints: [Constraint] = [], examples: [Example] = [],
    exitCodes: [ExitCode] = [], needs: [String] = [], seeAlso: [String] = [], isHidden: Bool = false
  ) {
    self.path = path
    self.aliases = aliases
    self.section = section
    self.summary = summary
    self.discussion = discussion
    self.parameters = parameters
    self.constraints = constraints
    self.examples = examples
    self.exitCodes = exitCodes
    self.needs = needs
    self.seeAlso = seeAlso
    self.isHidden = isHidden
  }

  /// The path as it is typed: `job create`.
  package var name: String { path.joined(separator: " ") }

  var options: [Parameter] { parameters.map(\.parameter).filter { $0.role != .operand } }
  var operands: [Parameter] { parameters.map(\.parameter).filter { $0.role == .operand } }
}

/// A command line that works, for help and manual; the self-check parses it.
package struct Example: Equatable, Sendable {
  /// What is typed, pipes and comments included.
  package let line: String
  /// What it does, one phrase in lower case without a full stop.
  package let meaning: String

  /// Makes an example.
  package init(_ line: String, _ meaning: String) {
    self.line = line
    self.meaning = meaning
  }
}

/// What an exit code means.
package struct ExitCode: Equatable, Sendable {
  /// The status, 0 to 255.
  package let status: Int
  /// One phrase in lower case without a full stop.
  package let meaning: String

  /// Makes an entry.
  package init(_ status: Int, _ meaning: String) {
    self.status = status
    self.meaning = meaning
  }
}
