import Arguments
import Testing

/// A command line and what the parser makes of it, in short words.
struct ParserCase: CustomTestStringConvertible {
  let line: [String]
  let outcome: String
  init(_ line: String, _ outcome: String) {
    // `~` stands for an empty word.
    self.line = line.split(separator: " ").map { $0 == "~" ? "" : String($0) }
    self.outcome = outcome
  }
  var testDescription: String { line.joined(separator: " ") }
}

/// The outcome as `command | values`, `help TOPIC`, `version` or `error CODE`.
private func describe(_ line: [String]) -> String {
  do throws(ArgumentError) {
    switch try Sample.table().parse(line) {
    case .version: return "version"
    case .help(.overview): return "help"
    case .help(.group(let group)): return "help \(group.name)"
    case .help(.command(let spec)): return "help \(spec.name)"
    case .command(let spec, let arguments): return ([spec.name] + values(spec, arguments)).joined(separator: " | ")
    }
  } catch {
    return "error \(error.code.rawValue)"
  }
}

private func values(_ spec: CommandSpec, _ arguments: ParsedArguments) -> [String] {
  var values: [String] = []
  func add<Value>(_ handle: Option<Value>) {
    if let value = arguments[handle] { values.append("\(handle.parameter.name)=\(value)") }
  }
  func add<Value>(_ handle: OptionalOperand<Value>) {
    if let value = arguments[handle] { values.append("\(handle.parameter.name)=\(value)") }
  }
  func add(_ handle: Flag) {
    if arguments[handle] { values.append(handle.parameter.name) }
  }
  switch spec.name {
  case "job create":
    values.append("\(arguments[Sample.name]) \(arguments[Sample.kind])")
    add(Sample.all)
    add(Sample.search)
    if !arguments[Sample.device].isEmpty { values.append("device=\(arguments[Sample.device].joined(separator: ","))") }
    if arguments.isGiven(Sample.retries) { values.append("retries=\(arguments[Sample.retries])") }
    add(Sample.comment)
  case "job list": add(Sample.limit)
  case "job delete":
    values.append(arguments[Sample.name])
    add(Sample.yes)
  case "history list":
    add(Sample.limit)
    add(Sample.since)
  case "history output":
    values.append(String(arguments[Sample.id]))
    add(Sample.second)
  case "preview":
    add(Sample.job)
    add(Sample.trigger)
    add(Sample.daily)
    add(Sample.cron)
    add(Sample.at)
  case "check":
    values.append("\(arguments[Sample.files].joined(separator: ",")) \(arguments[Sample.level])")
  case "help": values.append(arguments[Sample.topic].joined(separator: ","))
  default: break
  }
  add(Sample.db)
  add(Sample.json)
  add(Sample.quiet)
  add(Sample.verbose)
  return values
}

@Suite struct ParserTests {
  static let commands = [
    ParserCase("job list", "job list"),
    ParserCase("job", "job list"),
    ParserCase("job --json", "job list | json"),
    ParserCase("job --json list", "job list | json"),
    ParserCase("--json job list", "job list | json"),
    ParserCase("-qv job list", "job list | quiet | verbose"),
    ParserCase("job list -v -q", "job list | quiet | verbose"),
    ParserCase("--db x job list", "job list | db=x"),
    ParserCase("job list --db=x", "job list | db=x"),
    ParserCase("job --db x list", "job list | db=x"),
    ParserCase("history", "history list"),
    ParserCase("history list", "history list"),
    ParserCase("history --limit 5", "history list | limit=5"),
    ParserCase("history -n5", "history list | limit=5"),
    ParserCase("history -qn5", "history list | limit=5 | quiet"),
    ParserCase("history --json --limit=5 --since x", "history list | limit=5 | since=x | json"),
    ParserCase("history output 3", "history output | 3"),
    ParserCase("history output 3 sw1", "history output | 3 | DEVICE=sw1"),
    ParserCase("delete save", "job delete | save"),
    ParserCase("job delete save -y", "job delete | save | yes"),
    ParserCase("delete -y -y -- -save", "job delete | -save | yes"),
    ParserCase("delete -", "job delete | -"),
    ParserCase("delete -- --yes", "job delete | --yes"),
    ParserCase("delete -5", "job delete | -5"),
    ParserCase("-- delete x", "job delete | x"),
    ParserCase("job add a --type tool --all-devices", "job create | a tool | all-devices"),
    ParserCase("job create --type=tool a --all-devices", "job create | a tool | all-devices"),
    ParserCase("job create -t tool a --all-devices", "job create | a tool | all-devices"),
    ParserCase("job create -ttool a --all-devices", "job create | a tool | all-devices"),
    ParserCase("job create a -qttool --all-devices", "job create | a tool | all-devices | quiet"),
    ParserCase("job create a -t tool --device x --device y", "job create | a tool | device=x,y"),
    ParserCase("job create a -t tool --search -site:lab", "job create | a tool | search=-site:lab"),
    ParserCase("job create a -t tool --search=--yes", "job create | a tool | search=--yes"),
    ParserCase("job create a -t tool --search=a=b", "job create | a tool | search=a=b"),
    ParserCase("job create a -t tool --search --odd", "job create | a tool | search=--odd"),
    ParserCase("job create a -t tool --search -", "job create | a tool | search=-"),
    ParserCase("job create a -t tool --all-devices -r -1", "job create | a tool | all-devices | retries=-1"),
    ParserCase("job create a -t tool --all-devices --retries=-1", "job create | a tool | all-devices | retries=-1"),
    ParserCase("job create a -t tool --all-devices --comment=", "job create | a tool | all-devices | comment="),
    ParserCase("job create a -t tool --all-devices --comment ~", "job create | a tool | all-devices | comment="),
    ParserCase("preview J T", "preview | JOB=J | NAME=T"),
    ParserCase("preview --daily 2 --at 01:00", "preview | daily=2 | at=01:00"),
    ParserCase("preview --cron @daily --timezone UTC", "preview | cron=@daily"),
    ParserCase("check a b --level 1 c --level 2", "check | a,b,c [1, 2]"),
    ParserCase("check --level=-3 -- -a --level", "check | -a,--level [-3]"),
    ParserCase("help", "help | "),
    ParserCase("help job create", "help | job,create"),
    ParserCase("__complete job x", "__complete"),
    ParserCase("__complete job ~x", "__complete"),
  ]

  static let helps = [
    ParserCase("-h", "help"),
    ParserCase("--help", "help"),
    ParserCase("--json -h", "help"),
    ParserCase("job -h", "help job"),
    ParserCase("-h job", "help job"),
    ParserCase("history --help", "help history"),
    ParserCase("history --limit 5 -h", "help history list"),
    ParserCase("job create -h", "help job create"),
    ParserCase("-h job create", "help job create"),
    ParserCase("job create --bogus -h", "help job create"),
    ParserCase("job create -h --bogus", "help job create"),
    ParserCase("job create --type x --help", "help job create"),
    ParserCase("job -qh create", "help job create"),
    ParserCase("delete -h", "help job delete"),
    ParserCase("job create --search -h", "help job create"),
    ParserCase("--version", "version"),
    ParserCase("--version job list", "version"),
    ParserCase("--json --version", "version"),
  ]

  static let errors = [
    ParserCase("", "error missingCommand"),
    ParserCase("--json", "error missingCommand"),
    ParserCase("jbo", "error unknownCommand"),
    ParserCase("jbo -h", "error unknownCommand"),
    ParserCase("~", "error unknownCommand"),
    ParserCase("-", "error unknownCommand"),
    ParserCase("key", "error missingVerb"),
    ParserCase("key --json", "error missingVerb"),
    ParserCase("key frob", "error unknownVerb"),
    ParserCase("job lst", "error unknownVerb"),
    ParserCase("history 5", "error unknownVerb"),
    ParserCase("--limit 5 history", "error unknownOption"),
    ParserCase("job list --lim 5", "error unknownOption"),
    ParserCase("job list --limits 5", "error unknownOption"),
    ParserCase("job list -x", "error unknownOption"),
    ParserCase("job list -qx", "error unknownOption"),
    ParserCase("job list -limit 5", "error unknownOption"),
    ParserCase("job list --version", "error unknownOption"),
    ParserCase("job list --=5", "error unknownOption"),
    ParserCase("job list --Limit 5", "error unknownOption"),
    ParserCase("key --limit 5", "error unknownOption"),
    ParserCase("job list --limit", "error missingValue"),
    ParserCase("job list -n", "error missingValue"),
    ParserCase("job list --limit --json", "error missingValue"),
    ParserCase("job list --limit -q", "error missingValue"),
    ParserCase("job list --limit --", "error missingValue"),
    ParserCase("job list --limit --db=x", "error missingValue"),
    ParserCase("job list --limit=", "error emptyValue"),
    ParserCase("job list --limit ~", "error emptyValue"),
    ParserCase("delete ~", "error emptyValue"),
    ParserCase("job list --json=yes", "error unexpectedValue"),
    ParserCase("job list --json=", "error unexpectedValue"),
    ParserCase("job list --limit 0", "error invalidValue"),
    ParserCase("job list --limit 1001", "error invalidValue"),
    ParserCase("job list --limit 5x", "error invalidValue"),
    ParserCase("job list --limit +5", "error invalidValue"),
    ParserCase("job list --limit 99999999999999999999", "error invalidValue"),
    ParserCase("job list --limit 0x5", "error invalidValue"),
    ParserCase("job list --limit ٥", "error invalidValue"),
    ParserCase("job list -n=5", "error invalidValue"),
    ParserCase("job create a --type tol --all-devices", "error invalidValue"),
    ParserCase("job create a --type Tool --all-devices", "error invalidValue"),
    ParserCase("history output x", "error invalidValue"),
    ParserCase("history output -5", "error invalidValue"),
    ParserCase("job list --limit 5 --limit 5", "error repeatedOption"),
    ParserCase("--db a job list --db b", "error repeatedOption"),
    ParserCase("history output", "error missingOperand"),
    ParserCase("delete", "error missingOperand"),
    ParserCase("check --level 1", "error missingOperand"),
    ParserCase("job list x", "error unexpectedOperand"),
    ParserCase("history --limit 5 list", "error unexpectedOperand"),
    ParserCase("history output 1 a b", "error unexpectedOperand"),
    ParserCase("job create a --all-devices", "error missingOption"),
    ParserCase("job create a --type tool", "error missingOption"),
    ParserCase("check a", "error missingOption"),
    ParserCase("job create a -t tool --all-devices --search x", "error conflict"),
    ParserCase("job create a -t tool --device x --search x", "error conflict"),
    ParserCase("preview", "error missingOption"),
    ParserCase("preview J", "error missingOption"),
    ParserCase("preview --daily 2", "error missingOption"),
    ParserCase("preview --cron x --at 01:00", "error missingOption"),
    ParserCase("preview J T --cron x", "error conflict"),
    ParserCase("preview J T --timezone UTC", "error conflict"),
  ]

  @Test(arguments: commands + helps + errors) func outcome(_ sample: ParserCase) {
    #expect(describe(sample.line) == sample.outcome)
  }

  static let messages: [(String, String, String)] = [
    (
      "job list --lim 5", "unknown option '--lim'", "did you mean '--limit'? see 'netjob job list -h'"
    ),
    ("job list --lmiit 5", "unknown option '--lmiit'", "did you mean '--limit'? see 'netjob job list -h'"),
    ("job list -limit", "unknown option '-l'", "did you mean '--limit'? see 'netjob job list -h'"),
    ("jbo", "unknown command 'jbo'", "did you mean 'netjob job'? see 'netjob -h'"),
    ("create", "unknown command 'create'", "did you mean 'netjob job create'? see 'netjob -h'"),
    ("job crate", "netjob job has no verb 'crate'; it has create, list, delete", "did you mean 'create'? see 'netjob job -h'"),
    ("--limit 5 job", "unknown option '--limit'", "the options of a command stand after its name; see 'netjob -h'"),
    (
      "job list --limit 5x", "--limit: '5x' is not an integer from 1 to 1000", "see 'netjob job list -h'"
    ),
    (
      "job create a -t tol", "--type: 'tol' is not one of backup, tool, report",
      "did you mean 'tool'? see 'netjob job create -h'"
    ),
    ("history output x", "ID: 'x' is not an integer of at least 1", "see 'netjob history output -h'"),
    ("job list --limit", "--limit needs a value: N", "see 'netjob job list -h'"),
    (
      "job list --limit --json", "--limit needs a value: N, and '--json' is an option",
      "write '--limit=--json' if that is the value; see 'netjob job list -h'"
    ),
    ("job list --limit=", "--limit is empty; it needs a value: N", "see 'netjob job list -h'"),
    ("delete ~", "operand NAME is empty; it needs a value: NAME", "see 'netjob job delete -h'"),
    ("job list --json=1", "--json takes no value", "see 'netjob job list -h'"),
    ("job list -n 1 -n 2", "--limit is given more than once", "see 'netjob job list -h'"),
    ("delete", "operand NAME is missing", "see 'netjob job delete -h'"),
    ("job list x", "unexpected operand 'x'; netjob job list takes none", "see 'netjob job list -h'"),
    (
      "history output 1 a –b", "unexpected operand '–b'",
      "its dash is not the ASCII '-'; see 'netjob history output -h'"
    ),
    ("job create a --all-devices", "option --type TYPE is needed", "see 'netjob job create -h'"),
    ("job create a -t tool", "one of --all-devices, --search or --device is needed", "see 'netjob job create -h'"),
    (
      "job create a -t tool --all-devices --device x", "--all-devices and --device exclude each other",
      "see 'netjob job create -h'"
    ),
    ("preview J", "JOB needs NAME as well", "see 'netjob preview -h'"),
    ("preview --cron x --at 1", "--at is only allowed together with --daily", "see 'netjob preview -h'"),
    ("key", "netjob key needs a verb: one of rotate", "see 'netjob key -h'"),
    ("", "a command is needed", "see 'netjob -h'"),
  ]

  @Test(arguments: messages) func message(_ line: String, _ message: String, _ hint: String) throws {
    let words = ParserCase(line, "").line
    let error = try #require(throws: ArgumentError.self) { try Sample.table().parse(words) }
    #expect(error.message == message)
    #expect(error.hint == hint)
  }

  @Test func defaultIsReadAndNotGiven() throws {
    guard case .command(_, let arguments) = try Sample.table().parse(["job", "create", "a", "-t", "tool", "--all-devices"]) else {
      Issue.record("not a command")
      return
    }
    #expect(arguments[Sample.retries] == 0)
    #expect(!arguments.isGiven(Sample.retries))
    #expect(arguments[Sample.search] == nil)
  }

  @Test func combiningCharacterAfterEqualsSignIsPartOfTheValue() throws {
    guard case .command(_, let arguments) = try Sample.table().parse(["job", "list", "--db=\u{301}x"]) else {
      Issue.record("not a command")
      return
    }
    #expect(arguments[Sample.db] == "\u{301}x")
  }

  @Test func readingAHandleThatTheCommandDoesNotListTraps() async {
    await #expect(processExitsWith: .failure) {
      guard case .command(_, let arguments) = try Sample.table().parse(["job", "list"]) else { return }
      _ = arguments[Sample.since]
    }
  }

  @Test func readingAHandleThatTheCommandListsDoesNotTrap() async {
    await #expect(processExitsWith: .success) {
      guard case .command(_, let arguments) = try Sample.table().parse(["history"]) else { return }
      _ = arguments[Sample.since]
    }
  }

  @Test func anotherHandleOfTheSameNameTraps() async {
    await #expect(processExitsWith: .failure) {
      guard case .command(_, let arguments) = try Sample.table().parse(["job", "list"]) else { return }
      _ = arguments[Option<String>("limit", valueName: "N", help: "another one")]
    }
  }

  static let topics: [([String], String)] = [
    ([], "overview"), (["job"], "job"), (["job", "create"], "job create"), (["delete"], "job delete"),
    (["job", "add"], "job create"), (["preview"], "preview"), (["jbo"], "unknownCommand"), (["job", "x"], "unknownVerb"),
    (["job", "list", "x"], "unexpectedOperand"), (["preview", "x"], "unexpectedOperand"),
  ]

  @Test(arguments: topics) func helpTopic(_ words: [String], _ expected: String) {
    let found: String
    do throws(ArgumentError) {
      found =
        switch try Sample.table().helpTopic(for: words) {
        case .overview: "overview"
        case .group(let group): group.name
        case .command(let command): command.name
        }
    } catch {
      found = error.code.rawValue
    }
    #expect(found == expected)
  }

  /// Words from a small alphabet of trouble, in a fixed pseudo-random order: the parser answers or throws, it never traps.
  @Test func randomCommandLinesNeverTrap() {
    let pieces = [
      "", "-", "--", "---", "-h", "-q", "-qv", "-n", "-n5", "--limit", "--limit=", "--limit=5", "--db", "--db=", "--type", "tool",
      "job", "history", "list", "create", "delete", "check", "--level", "preview", "--cron", "a", "5", "-5", "é", "-é", "--é=",
      "\u{301}", "-\u{301}", "--\u{301}", "--=\u{301}", "\u{0}", "=", "-=", "--json=x", "--version", "🇩🇪", "-🇩🇪", "help", "\n",
    ]
    let starts = [[], ["job"], ["history"], ["check", "--level", "1"], ["delete", "x"], ["help"]]
    var random = SplitMix(state: 42)
    let table = Sample.table()
    var parsed = 0
    for _ in 0..<20_000 {
      let start = starts[Int(random.next() % UInt64(starts.count))]
      let line =
        start
        + (0..<Int(random.next() % 6)).map { _ in
          let piece = pieces[Int(random.next() % UInt64(pieces.count))]
          return random.next() % 8 == 0 ? piece + pieces[Int(random.next() % UInt64(pieces.count))] : piece
        }
      if (try? table.parse(line)) != nil { parsed += 1 }
      _ = try? table.helpTopic(for: line)
    }
    // Otherwise the lines say nothing about the parser beyond its first check.
    #expect(parsed > 1000)
  }
}

struct SplitMix {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
