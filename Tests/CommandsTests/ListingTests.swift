import Arguments
import Commands
import JobModel
import Scheduling
import Storage
import Terminal
import Testing

/// Every list: its columns are those of its JSON, it fits a terminal, and it is sorted as asked.
@Suite struct ListingTests {
  /// The lists, as the table of commands has them.
  private static let lists = AllCommands.list.filter { command in
    command.spec.parameters.contains { $0.parameter.name == "columns" }
  }

  private static func columns(of command: Command) -> [String] {
    for handle in command.spec.parameters where handle.parameter.name == "columns" {
      if case .words(let names, isList: true) = handle.parameter.completion { return names }
    }
    return []
  }

  /// What a list is of, where it needs to be told.
  private static let operands = [
    "approval log": "route", "config log": "r1", "job log": "nightly", "job targets": "nightly",
  ]

  private static func line(_ command: Command) -> [String] {
    command.spec.path + (operands[command.spec.name].map { [$0] } ?? [])
  }

  @Test func everyListHasColumns() {
    let named = AllCommands.list.filter {
      $0.spec.path.last == "list" || $0.spec.path.last == "log" || $0.spec.name == "upcoming"
    }
    for command in named { #expect(!Self.columns(of: command).isEmpty, "\(command.spec.name)") }
    #expect(Self.lists.count >= 24)
  }

  @Test func columnsAreThoseOfTheJSON() async throws {
    let desk = try await Desk.full()
    for command in Self.lists {
      let line = Self.line(command)
      let result = await desk.run(line + ["--json"])
      let rows = try #require(try JSONValue(parsing: result.output).arrayValue, "\(line)")
      let keys = try #require(rows.first, "\(command.spec.name) lists nothing").names
      let columns = Self.columns(of: command)
      #expect(Set(keys) == Set(columns), "\(command.spec.name)")
      #expect(Set(columns).count == columns.count, "\(command.spec.name)")
      // All of them, the other way round: each row has a field for each, and JSON has them in that order.
      let choice = "--columns=" + columns.reversed().joined(separator: ",")
      let fields = await desk.run(line + [choice]).output.split(separator: "\n", omittingEmptySubsequences: true)
      #expect(fields.count == rows.count, "\(command.spec.name)")
      for row in fields {
        #expect(
          row.split(separator: "\t", omittingEmptySubsequences: false).count == columns.count, "\(command.spec.name): \(row)")
      }
      let chosen = try JSONValue(parsing: await desk.run(line + [choice, "--json"]).output)
      #expect(chosen.arrayValue?.map(\.names) == rows.map { _ in columns.reversed() }, "\(command.spec.name)")
      for (one, all) in zip(chosen.arrayValue ?? [], rows) {
        for column in columns { #expect(one[column] == all[column], "\(command.spec.name) \(column)") }
      }
      // Each of them sorts, in both directions.
      for column in columns {
        for sort in ["--sort=" + column, "--sort=-" + column] {
          let sorted = await desk.run(line + [sort])
          #expect(sorted.status == .done && sorted.output.split(separator: "\n").count == rows.count, "\(line) \(sort)")
        }
      }
    }
  }

  @Test(arguments: [80, 120, 250]) func everyListFitsTheTerminal(width: Int) async throws {
    let desk = try await Desk.full()
    for command in Self.lists {
      let output = TextOutput(isTerminal: true, width: width)
      let program = Program(
        environment: ["NETJOB_DB": desk.databasePath, "TZ": "UTC", "SUDO_USER": "alice"], clock: { [now = desk.now] in now },
        devices: .nowhere)
      let status = await program.run(
        Self.line(command), output: output, errors: TextOutput(), input: TextInput([]), prompt: Prompt(isAllowed: false))
      #expect(status == .done)
      let lines = output.text.split(separator: "\n")
      #expect(lines.count > 1, "\(command.spec.name)")
      for line in lines { #expect(DisplayWidth.of(String(line)) <= width, "\(command.spec.name): \(line)") }
      // No heading is cut.
      #expect(lines.first?.contains("…") == false, "\(command.spec.name): \(lines.first ?? "")")
    }
  }

  @Test func wideTerminalsShowMore() async throws {
    let desk = try await Desk.full()
    func headings(_ width: Int) async -> [String] {
      let output = TextOutput(isTerminal: true, width: width)
      let program = Program(
        environment: ["NETJOB_DB": desk.databasePath, "TZ": "UTC", "SUDO_USER": "alice"], clock: { [now = desk.now] in now },
        devices: .nowhere)
      _ = await program.run(
        ["history"], output: output, errors: TextOutput(), input: TextInput([]), prompt: Prompt(isAllowed: false))
      return output.text.split(separator: "\n").first?.split(separator: " ").map(String.init) ?? []
    }
    #expect(
      await headings(100) == ["ID", "JOB", "STATUS", "STARTED", "USER", "TRIGGER", "DEVICES", "FAILED", "SUMMARY"])
    #expect(
      await headings(250) == [
        "ID", "JOB", "STATUS", "STARTED", "USER", "TRIGGER", "DEVICES", "FAILED", "SUMMARY", "ENDED", "DUE", "NETWORK", "TYPE",
        "REVISION",
      ])
    // In a pipe the columns are always the same.
    #expect(
      try await desk.done("history").output.split(separator: "\n").first?.split(separator: "\t", omittingEmptySubsequences: false)
        .count == 9)
  }

  private static let orders = [
    ("device list", "name", "r1 R2 r3 r9 r10"), ("device list", "-name", "r10 r9 r3 R2 r1"),
    ("device list", "address", "r9 r10 r1 r3 R2"), ("device list", "-address", "R2 r3 r1 r10 r9"),
    ("device list", "ADDRESS", "r9 r10 r1 r3 R2"),
    // Stable: equal ones keep the order of the list, whichever way.
    ("device list", "platform", "R2 r1 r10 r3 r9"), ("device list", "-platform", "R2 r1 r10 r3 r9"),
    ("device list", "enabled", "r9 R2 r1 r10 r3"), ("device list", "-enabled", "R2 r1 r10 r3 r9"),
  ]

  @Test func sorts() async throws {
    let desk = try await Desk.full()
    for (line, column, names) in Self.orders { try await sorts(line, column, names, desk) }
  }

  private func sorts(_ line: String, _ column: String, _ names: String, _ desk: Desk) async throws {
    let words = line.split(separator: " ").map(String.init)
    let result = await desk.run(words + ["--sort", column, "--columns", "name"])
    #expect(result.output.split(separator: "\n").joined(separator: " ") == names, "\(line) \(column)")
    let json = try JSONValue(parsing: await desk.run(words + ["--sort", column, "--json"]).output)
    #expect(json.arrayValue?.compactMap { $0["name"]?.stringValue }.joined(separator: " ") == names)
  }

  @Test func numbersTimesAndWhatIsMissing() async throws {
    let desk = try await Desk.full()
    func column(_ line: String) async throws -> [String] {
      try await desk.done(line).output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }
    #expect(try await column("config log r1 --sort added --columns added") == ["9", "10", "100"])
    #expect(try await column("config log r1 --sort -added --columns added") == ["100", "10", "9"])
    #expect(try await column("config log r1 --sort -revision --columns revision") == ["3", "2", "1"])
    // Never fires: last, whichever way.
    #expect(try await column("job list --sort next-fire --columns name") == ["nightly", "route"])
    #expect(try await column("job list --sort -next-fire --columns name") == ["nightly", "route"])
    #expect(try await column("job list --columns revision,name") == ["1\tnightly", "1\troute"])
    let rows = try await column("audit log --sort row --columns row").compactMap { Int($0) }
    #expect(rows == rows.sorted() && rows.count > 10)
  }

  @Test func refuses() async throws {
    let desk = try await Desk()
    for (option, message, hint) in [
      ("--columns=nmae", "--columns: 'nmae' is not a column; the columns are name, type, network, owner", "did you mean 'name'?"),
      ("--columns=name,,type", "--columns: '' is not a column", ""),
      ("--columns=name,Name", "the column 'name' is named twice", ""),
      ("--sort=-x", "--sort: 'x' is not a column; the columns are name, type", ""),
      ("--sort=name,type", "--sort: 'name,type' is not a column", ""), ("--columns=", "--columns is empty", ""),
    ] {
      let result = await desk.run(["job", "list", option])
      #expect(result.status == .usage && result.output.isEmpty)
      #expect(result.errors.contains(message) && result.errors.contains(hint), "\(result.errors)")
    }
  }

  @Test func pastTimes() async throws {
    let desk = try await Desk.full()
    // It is 2026-09-21T14:13:20Z, a Monday.
    for (since, count) in [
      ("today", 1), ("monday", 1), ("1h", 1), ("yesterday", 1), ("last monday", 1), ("2026-09-21T14:13:21Z", 0),
    ] {
      let rows = try JSONValue(parsing: await desk.run(["history", "--since", since, "--json"]).output).arrayValue
      #expect(rows?.count == count, "\(since)")
    }
    #expect(await desk.run(["history", "--until", "today"]).output == "")
    #expect(await desk.run(["audit", "log", "--since", "today", "--until", "now"]).output == "")
    let refused = await desk.run(["audit", "log", "--since", "tomorrow"])
    #expect(refused.status == .usage)
    #expect(refused.errors.contains("--since: time 'tomorrow' is not understood"))
    #expect(refused.errors.contains("hint: a time is one of 2026-12-01"))
    let date = await desk.run(["history", "--until", "2026-13-01"])
    #expect(date.status == .usage && date.errors.contains("--until: time '2026-13-01': month 13 must be 01-12"))
  }
}
