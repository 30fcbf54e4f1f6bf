/// All the commands of the program and what they share.
package struct CommandTable: Sendable {
  /// A name with its explanation: an environment variable or a file.
  package struct Entry: Equatable, Sendable {
    /// The variable or path.
    package let name: String
    /// One phrase in lower case without a full stop.
    package let help: String

    /// Makes an entry.
    package init(_ name: String, _ help: String) {
      self.name = name
      self.help = help
    }
  }

  /// The name under which the program is called.
  package let program: String
  /// The version, without the program's name.
  package let version: String
  /// One phrase in lower case without a full stop.
  package let summary: String
  /// Paragraphs as in `CommandSpec.discussion`, for the overview page of the manual.
  package let discussion: String
  /// Options that every command takes, before its name and after it.
  package let globals: [any CommandParameter]
  /// The headings of the overview, in order.
  package let sections: [String]
  /// The nouns, in the order of the overview.
  package let groups: [CommandGroup]
  /// The commands, in the order of the documentation.
  package let commands: [CommandSpec]
  /// What exit codes mean for every command.
  package let exitCodes: [ExitCode]
  /// Environment variables, for the overview page.
  package let environment: [Entry]
  /// Files, for the overview page.
  package let files: [Entry]
  /// Manual pages of the program that are written by hand: `netjob-schedules(7)`.
  package let manualPages: [String]
  /// The path of the command that completes dynamic values: it takes a kind and a prefix and prints words.
  package let completer: [String]

  /// `-h`, which every command and noun takes.
  package let help = Flag("help", short: "h", help: "show what this command takes and exit")
  /// `--version`, which stands before any command.
  package let versionFlag = Flag("version", help: "show the version and exit")

  private let commandIndex: [String: Int]
  private let groupIndex: [String: Int]

  /// Makes a table; `selfCheck()` says what is wrong with it.
  package init(
    program: String, version: String, summary: String, discussion: String = "", globals: [any CommandParameter] = [],
    sections: [String], groups: [CommandGroup], commands: [CommandSpec], exitCodes: [ExitCode] = [],
    environment: [Entry] = [], files: [Entry] = [], manualPages: [String] = [], completer: [String] = []
  ) {
    self.program = program
    self.version = version
    self.summary = summary
    self.discussion = discussion
    self.globals = globals
    self.sections = sections
    self.groups = groups
    self.commands = commands
    self.exitCodes = exitCodes
    self.environment = environment
    self.files = files
    self.manualPages = manualPages
    self.completer = completer
    var index: [String: Int] = [:]
    for (position, command) in commands.enumerated() {
      for path in [command.path] + command.aliases {
        index[path.joined(separator: " "), default: position] = index[path.joined(separator: " ")] ?? position
      }
    }
    commandIndex = index
    groupIndex = Dictionary(groups.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The command with this path or alias.
  package func command(_ path: [String]) -> CommandSpec? {
    commandIndex[path.joined(separator: " ")].map { commands[$0] }
  }

  /// The noun with this name.
  package func group(_ name: String) -> CommandGroup? {
    groupIndex[name].map { groups[$0] }
  }

  /// The commands of a noun that are not hidden, in order.
  package func verbs(of group: CommandGroup) -> [CommandSpec] {
    visibleCommands.filter { $0.path.count > 1 && $0.path[0] == group.name }
  }

  /// The commands that are documented, in order.
  package var visibleCommands: [CommandSpec] { commands.filter { !$0.isHidden } }

  func defaultCommand(of group: CommandGroup) -> CommandSpec? {
    group.defaultVerb.flatMap { command([group.name, $0]) }
  }

  /// Every word that can follow the program's name, hidden commands left out: nouns, commands of one word and their aliases.
  var firstWords: [String] {
    var words = groups.map(\.name)
    for command in visibleCommands {
      for path in [command.path] + command.aliases where path.count == 1 { words.append(path[0]) }
    }
    return words
  }
}
