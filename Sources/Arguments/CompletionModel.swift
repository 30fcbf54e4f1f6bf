/// What the completion scripts of all shells are made of.
///
/// Each shell gets the same tables and walks the command line in the same way.
struct CompletionModel {
  struct Word {
    let text: String
    let help: String
  }

  /// The values of an option or operand: a letter for the kind, then what belongs to it.
  struct Values {
    /// `-` nothing, `w WORDS`, `l WORDS` several of them parted by commas, `f` files, `d` folders, `k KIND` for the completer, `c` command words.
    let text: String

    init(_ parameter: Parameter) {
      switch parameter.completion {
      case _ where !parameter.choices.isEmpty: text = "w " + parameter.choices.joined(separator: " ")
      case .none: text = "-"
      case .words(let words, let isList): text = (isList ? "l " : "w ") + words.joined(separator: " ")
      case .file: text = "f"
      case .directory: text = "d"
      case .dynamic(let kind): text = "k " + kind
      case .command: text = "c"
      }
    }
  }

  struct Command {
    let name: String
    /// Long and short spellings, for the listing and for the look-up of values.
    let options: [(spellings: [String], values: Values?, help: String)]
    let operands: [(values: Values, isRepeated: Bool)]
  }

  let program: String
  let completer: [String]
  /// The words after nothing and after each noun.
  let words: [(path: String, words: [Word])]
  /// What is typed, and the command that it names; aliases included.
  let names: [(typed: String, command: String)]
  /// Nouns and the command that they stand for alone.
  let defaults: [(noun: String, command: String)]
  let commands: [Command]
  let globals: Command

  init(_ table: CommandTable) {
    program = table.program
    completer = table.completer
    let visible = table.visibleCommands
    var first = table.sections.flatMap { table.entries(in: $0) }.map { Word(text: $0.name, help: $0.summary) }
    for command in visible {
      for alias in command.aliases where alias.count == 1 { first.append(Word(text: alias[0], help: command.summary)) }
    }
    words =
      [("", first)]
      + table.groups.map { group in
        var verbs = table.verbs(of: group).map { Word(text: $0.path[1], help: $0.summary) }
        for command in visible {
          for alias in command.aliases where alias.count == 2 && alias[0] == group.name {
            verbs.append(Word(text: alias[1], help: command.summary))
          }
        }
        return (group.name, verbs)
      }
    names = visible.flatMap { command in
      ([command.path] + command.aliases).map { ($0.joined(separator: " "), command.name) }
    }
    defaults = table.groups.compactMap { group in table.defaultCommand(of: group).map { (group.name, $0.name) } }
    commands = visible.map { Self.command($0.name, $0.parameters.map(\.parameter)) }
    globals = Self.command("", table.globals.map(\.parameter) + [table.help.parameter])
  }

  private static func command(_ name: String, _ parameters: [Parameter]) -> Command {
    Command(
      name: name,
      options: parameters.filter { $0.role != .operand }.map { parameter in
        (
          [parameter.spelling] + (parameter.short.map { ["-\($0)"] } ?? []),
          parameter.role == .option ? Values(parameter) : nil, parameter.help
        )
      },
      operands: parameters.filter { $0.role == .operand }.map { (Values($0), $0.isRepeated) })
  }

  /// The prefix of the script's functions.
  var function: String {
    "_" + String(program.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
  }
}
