import Arguments
import Testing

@Suite struct SelfCheckTests {
  @Test func sampleIsSound() {
    #expect(Sample.table().selfCheck() == [])
  }

  private static func command(
    path: [String] = ["other"], aliases: [[String]] = [], section: String = "Other", summary: String = "do it",
    parameters: [any CommandParameter] = [], constraints: [Constraint] = [], examples: [Example] = [],
    exitCodes: [ExitCode] = [], seeAlso: [String] = []
  ) -> CommandTable {
    let spec = CommandSpec(
      path: path, aliases: aliases, section: section, summary: summary, parameters: parameters, constraints: constraints,
      examples: examples, exitCodes: exitCodes, seeAlso: seeAlso)
    return Sample.table(commands: Sample.table().commands + [spec])
  }

  private static func group(_ group: CommandGroup) -> CommandTable { Sample.table(groups: Sample.groups + [group]) }
  private static func example(_ line: String) -> CommandTable {
    command(parameters: [Sample.name, Sample.yes], examples: [Example(line, "do it")])
  }
  private static let anything = Flag("anything", help: "a flag")

  static let defects: [(CommandTable, String)] = [
    (command(path: ["check"]), "check: the name is used twice"),
    (command(aliases: [["delete"]]), "delete: the name is used twice"),
    (command(path: ["job"]), "job: the name is used twice"),
    (command(path: []), ": a path has one or two words"),
    (command(path: ["job", "a", "b"]), "job a b: a path has one or two words"),
    (command(path: ["nobody", "list"]), "nobody list: there is no noun nobody"),
    (command(path: ["Other"]), "Other: 'Other' is not made of small letters, digits and hyphens"),
    (command(path: ["-other"]), "-other: '-other' is not made of small letters, digits and hyphens"),
    (command(path: ["job-list"]), "netjob-job-list(1): two commands share a manual page"),
    (command(section: "None"), "other: there is no section 'None'"),
    (command(summary: ""), "other: the summary is missing"),
    (command(summary: "Do it."), "other: the summary ends with a full stop"),
    (command(summary: "do\nit"), "other: the summary is not one trimmed line"),
    (command(parameters: [anything, anything]), "other: --anything is listed twice"),
    (
      command(parameters: [Flag("a-flag", short: "a", help: "x"), Flag("b-flag", short: "a", help: "x")]),
      "other: --b-flag: the letter -a is used twice"
    ),
    (command(parameters: [Flag("a-flag", help: "")]), "other: --a-flag: the help is missing"),
    (command(parameters: [Flag("a_flag", help: "x")]), "other: --a_flag is not made of small letters, digits and hyphens"),
    (command(parameters: [Flag("a-flag", short: "5", help: "x")]), "other: --a-flag: the short form -5 is no ASCII letter"),
    (command(parameters: [Option<String>("some", valueName: "", help: "x")]), "other: --some: the name of its value is missing"),
    (
      command(parameters: [Option<String>("some", valueName: "X", help: "x", conversion: .oneOf(["a b"]))]),
      "other: --some: a choice is empty or holds white space"
    ),
    (
      command(parameters: [Option<String>("some", valueName: "X", help: "x", conversion: .oneOf(["a", "a"]))]),
      "other: --some: a choice is listed twice"
    ),
    (
      command(parameters: [DefaultedOption<Int>("some", valueName: "X", help: "x", default: 0, conversion: .integer(in: 1...2))]),
      "other: --some: its default: '0' is not an integer from 1 to 2"
    ),
    (command(parameters: [Operand<String>("name", help: "x")]), "other: name is not made of capitals, digits and hyphens"),
    (command(parameters: [Flag("json", help: "x")]), "other: --json hides the global option"),
    (command(parameters: [Flag("help", help: "x")]), "other: --help hides the global option"),
    (command(parameters: [Flag("head", short: "h", help: "x")]), "other: -h of --head hides the global option --help"),
    (command(parameters: [Flag("quick", short: "q", help: "x")]), "other: -q of --quick hides the global option --quiet"),
    (command(parameters: [Sample.files, Sample.second]), "other: DEVICE follows the repeated operand FILE"),
    (command(parameters: [Sample.second, Sample.name]), "other: the required operand NAME follows the optional DEVICE"),
    (command(parameters: [anything], constraints: [.atMostOneOf([anything])]), "other: a constraint needs two parameters"),
    (
      command(parameters: [anything], constraints: [.atMostOneOf([anything, Sample.yes])]),
      "other: a constraint names --yes, which is not a parameter"
    ),
    (
      command(parameters: [anything, Sample.name], constraints: [.exactlyOneOf([anything, Sample.name])]),
      "other: NAME is required and at the same time one of several"
    ),
    (command(exitCodes: [ExitCode(256, "far")]), "other: the exit code 256 is out of range 0-255"),
    (command(exitCodes: [ExitCode(1, "a"), ExitCode(1, "b")]), "other: the exit code 1 is listed twice"),
    (command(exitCodes: [ExitCode(1, "")]), "other: exit code 1: the meaning is missing"),
    (command(seeAlso: ["job lst"]), "other: its see-also 'job lst' does not exist"),
    (command(seeAlso: ["netjob-nothing(7)"]), "other: its see-also 'netjob-nothing(7)' does not exist"),
    (command(seeAlso: ["__complete"]), "other: its see-also '__complete' does not exist"),
    (command(seeAlso: ["other"]), "other: its see-also names itself"),
    (command(examples: [Example("netjob other", "")]), "other: the example 'netjob other': the meaning is missing"),
    (example("netjob other"), "other: the example 'netjob other' does not parse: operand NAME is missing"),
    (example("netjob othr x"), "other: the example 'netjob othr x' does not parse: unknown command 'othr'"),
    (example("netjob job list"), "other: the example 'netjob job list' does not call the command"),
    (example("echo netjob other x"), "other: the example 'echo netjob other x' does not call the command"),
    (example("netjob other 'x"), "other: the example 'netjob other 'x' has an open quote"),
    (group(CommandGroup("job", section: "Jobs", summary: "again")), "job: the name is used twice"),
    (group(CommandGroup("empty", section: "Jobs", summary: "x")), "empty: the noun has no verb"),
    (group(CommandGroup("empty", section: "Jobs", summary: "")), "empty: the summary is missing"),
    (group(CommandGroup("empty", section: "Jobs", summary: "x", defaultVerb: "y")), "empty: its default verb y does not exist"),
    (Sample.table(sections: ["Jobs", "Other", "More"]), "netjob: nothing is in the section 'More'"),
    (Sample.table(globals: [Sample.db, Flag("db", help: "x")]), "global options: --db is listed twice"),
    (
      Sample.table(exitCodes: [ExitCode(-1, "x")]), "netjob: the exit code -1 is out of range 0-255"
    ),
    (
      Sample.table(completerPath: ["nothing"]),
      "netjob: values are completed dynamically, but there is no completer command"
    ),
  ]

  @Test(arguments: defects.indices) func findsDefect(_ index: Int) {
    let (table, finding) = Self.defects[index]
    #expect(table.selfCheck().contains(finding), "\(table.selfCheck())")
  }

  @Test(arguments: [
    "netjob other x", "A=1 B='2 3' netjob other x", "sudo -u netjob netjob other x", "sudo netjob other x -y # comment 'open",
    "cat f | netjob other - > out 2>&1", "netjob other \"a b\" && netjob job list", "netjob other x \\\n  --yes",
    "for d in a b; do\nnetjob other $d\ndone", "netjob other $(cat file with words)", "netjob other x 2>/dev/null || true",
    "# first\nnetjob other x", "netjob other -h",
  ])
  func readsExample(_ line: String) {
    #expect(Self.example(line).selfCheck() == [])
  }
}
