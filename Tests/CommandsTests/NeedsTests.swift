import Arguments
import Commands
import JobModel
import Testing

/// The whole table: each command refuses those who lack what it says it needs, whoever they are.
@Suite struct NeedsTests {
  /// What a command needs: any of these. Empty where an unknown caller may run it.
  private static func needed(_ command: Command) -> [Permission] {
    command.needs.flatMap { need -> [Permission] in
      switch need {
      case .openedDatabase: []
      case .database: Permission.allCases
      case .permission(let permission): [permission]
      case .oneOf(let permissions), .ownerOrOneOf(let permissions): permissions
      }
    }
  }

  private static let guarded = AllCommands.list.filter { !needed($0).isEmpty }

  /// A command line of the manual's that runs the command, with its database where there is one that needs it.
  private static func example(of command: Command) throws -> [String] {
    var lines: [[String]] = []
    for example in command.spec.examples {
      for words in ShellLine.calls(of: "netjob", in: example.line) ?? [] {
        guard case .command(let spec, let arguments) = try AllCommands.table().parse(words), spec.path == command.spec.path else {
          continue
        }
        if command.needsDatabase(arguments) { return words }
        lines.append(words)
      }
    }
    // What opens the database in its own way has to ask by itself.
    if let first = lines.first { return first }
    throw UnexpectedResult(line: command.spec.name, result: .init(status: .usage, output: "", errors: "it has no example"))
  }

  @Test func everyCommandRefusesWhoLacksItsNeed() async throws {
    #expect(Self.guarded.count > 60)
    let desk = try await Desk()
    try await desk.done("user add gone --role administrator")
    try await desk.done("user disable gone")
    // One person for each set of needs, who holds everything else.
    var people: [[Permission]: String] = [:]
    for command in Self.guarded {
      let needed = Self.needed(command)
      let person = people[needed] ?? "p\(people.count)"
      if people[needed] == nil {
        people[needed] = person
        try await desk.done("user add \(person)")
        for permission in Permission.allCases where permission != .administer && !needed.contains(permission) {
          try await desk.done("user grant \(person) \(permission.rawValue)")
        }
      }
      let words = try Self.example(of: command)
      for user in [person, "stranger", "gone"] {
        let result = await desk.run(words, as: user)
        #expect(result.status == .notPermitted, "\(command.spec.name) as \(user): \(result.errors)")
        #expect(result.output.isEmpty, "\(command.spec.name) as \(user)")
        let reason = user == person ? "lacks the permission" : user == "gone" ? "is disabled" : "is unknown"
        #expect(result.errors.contains(reason), "\(command.spec.name) as \(user): \(result.errors)")
      }
    }
  }

  /// A command without a need is named here: that one was forgotten shows.
  @Test func theCommandsWithoutANeed() {
    #expect(
      AllCommands.list.filter { Self.needed($0).isEmpty }.map(\.spec.name).sorted() == [
        "__complete", "completion", "help", "init", "platform check", "tool check", "trap mib", "version", "whoami",
      ])
  }

  /// The needs stand in the help of every command, from the table; the manual is compared byte for byte elsewhere.
  @Test func needsAreTold() {
    let table = AllCommands.table()
    for command in AllCommands.list where !command.spec.isHidden {
      let needed = Self.needed(command)
      let text = command.needs == [.database] ? "any right" : needed.map(\.rawValue).joined(separator: " or ")
      for detail in [HelpRenderer.Detail.short, .full] {
        let help = HelpRenderer.render(.command(command.spec), of: table, width: 100, detail: detail)
        let told = help.split(separator: "Permissions:\n").last ?? ""
        #expect(told.prefix(200).contains(needed.isEmpty ? "none" : text), "\(command.spec.name): \(help)")
      }
    }
  }
}
