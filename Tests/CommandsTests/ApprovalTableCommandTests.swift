import Commands
import Foundation
import Storage
import Terminal
import Testing

/// Every state, command, role and whether the request is one's own, at the command line: held against tables written from the
/// design. What was changed by a command is put back from a copy of the database before the next.
@Suite struct ApprovalTableCommandTests {
  private static let commands: [(name: String, line: String)] = [
    ("request", "approval request route -m x"), ("approve", "approval approve route -m x"),
    ("reject", "approval reject route -m x"),
    ("comment", "approval comment route -m x"), ("close", "approval close route -m x"), ("show", "approval show route"),
    ("log", "approval log route"), ("list", "approval list"), ("edit", "job edit route --comment new"),
    ("trigger", "trigger disable route t"), ("filter", "filter edit f --rule window~sun~00:00-24:00"),
    ("run", "job run route"),
    ("delete", "job delete route --yes"), ("raise", "setting set approval.required-count 3"),
  ]

  /// Rows: where the latest request stands. Columns: what is done by somebody who may: the exit code, and the status after it.
  private static let outcomes = """
    state     request     approve    reject     comment     close    show log list edit            trigger         filter          run             delete raise
    none      0:requested 6          6          6           6        6    0   0    0:none          0:none          0:none          5:none          0      0:none
    reset     0:requested 6          6          6           6        0    0   0    0:not-requested 0:not-requested 0:not-requested 5:not-requested 0      0:not-requested
    requested 6           0:approved 0:rejected 0:requested 0:closed 0    0   0    0:not-requested 0:not-requested 0:not-requested 5:requested     0      0:requested
    partial   6           0:approved 0:rejected 0:requested 0:closed 0    0   0    0:not-requested 0:not-requested 0:not-requested 5:requested     0      0:requested
    approved  6           6          0:rejected 0:approved  0:closed 0    0   0    0:not-requested 0:not-requested 0:not-requested 1:closed        0      0:requested
    rejected  0:requested 6          6          0:rejected  0:closed 0    0   0    0:rejected      0:rejected      0:rejected      5:rejected      0      0:rejected
    closed    0:requested 6          6          6           6        0    0   0    0:closed        0:closed        0:closed        5:closed        0      0:closed
    """

  /// Who may: `own` has to have asked, `other` must not have. An administrator runs without approval, and uses none.
  private static let permissions = """
    command viewer operator approver administrator author unknown disabled
    request no     yes      no       yes           yes    no      no
    approve no     no       other    other         no     no      no
    reject  no     no       yes      yes           yes    no      no
    comment no     yes      yes      yes           yes    no      no
    close   own    own      own      yes           own    no      no
    show    yes    yes      yes      yes           yes    no      no
    log     yes    yes      yes      yes           yes    no      no
    list    yes    yes      yes      yes           yes    no      no
    edit    no     yes      no       yes           yes    no      no
    trigger no     yes      no       yes           yes    no      no
    filter  no     no       no       yes           no     no      no
    run     no     yes      no       yes           yes    no      no
    delete  no     no       no       yes           no     no      no
    raise   no     no       no       yes           no     no      no
    """

  private static func grid(_ text: String) -> [String: String] {
    let lines = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    var cells: [String: String] = [:]
    for words in lines.dropFirst() {
      for (column, word) in zip(lines[0].dropFirst(), words.dropFirst()) { cells["\(words[0]) \(column)"] = word }
    }
    return cells
  }

  private static let outcomeCells = grid(outcomes)
  private static let permissionCells = grid(permissions)
  private static let roles = ["viewer", "operator", "approver", "administrator", "author", "unknown", "disabled"]
  static let states = ["none", "reset", "requested", "partial", "approved", "rejected", "closed"]

  @Test func theTablesAreWhole() {
    #expect(Self.outcomeCells.count == Self.states.count * Self.commands.count)
    #expect(Self.permissionCells.count == Self.roles.count * Self.commands.count)
  }

  private func run(_ bench: CommandBench, _ line: String, as user: String, input: String = "") async -> CommandBench.Outcome {
    await bench.run(line.split(separator: " ").map { $0.replacingOccurrences(of: "~", with: " ") }, as: user, input: input)
  }

  private func done(_ bench: CommandBench, _ line: String, as user: String = "root", input: String = "") async throws {
    let outcome = await run(bench, line, as: user, input: input)
    try #require(outcome.status == .done, "\(line) as \(user): \(outcome.errors)")
  }

  /// The state, asked for by one of the roles or by amy.
  private func scene(_ state: String, asker: String) async throws -> CommandBench {
    let bench = try await CommandBench()
    try await done(bench, "credential add lab --username u --password-stdin", input: "secret\n")
    for (name, roles) in [
      ("viewer", "--role viewer"), ("operator", "--role operator"), ("approver", "--role approver"),
      ("administrator", "--role administrator"), ("author", "--role operator --role approver"), ("unknown", ""),
      ("disabled", "--role administrator"),
    ] {
      try await done(bench, "user add \(name) \(roles)")
    }
    try await done(
      bench,
      "job create route --type tool --tool static-route-add --param prefix=203.0.113.0/24 --param next-hop=192.0.2.9 --device r1",
      as: "author")
    try await done(bench, "job edit route --comment mine", as: "alice")
    try await done(bench, "filter add f --rule window~sat~00:00-24:00")
    try await done(bench, "trigger add route t --daily 1 --at 02:00 --timezone UTC --filter f", as: "alice")
    if state != "none" {
      if state == "partial" { try await done(bench, "setting set approval.required-count 2") }
      if !["amy", "operator", "author", "administrator", "disabled"].contains(asker) {
        try await done(bench, "user grant \(asker) operator")
      }
      try await done(bench, "approval request route -m please", as: asker)
      if !["amy", "operator", "author", "administrator", "disabled"].contains(asker) {
        try await done(bench, "user revoke \(asker) operator")
      }
      switch state {
      case "reset":
        // By a device, so that nobody becomes an author by it.
        try await done(bench, "device edit r1 --field x=y")
      case "partial", "approved": try await done(bench, "approval approve route -m x", as: "bob")
      case "rejected": try await done(bench, "approval reject route -m x", as: "bob")
      case "closed": try await done(bench, "approval close route -m x")
      default: break
      }
    }
    try bench.store().change(as: CommandBench.root) { _ = try $0.sql.execute("DELETE FROM account WHERE name = 'unknown'") }
    try await done(bench, "user disable disabled")
    return bench
  }

  private func status(_ bench: CommandBench) async throws -> String? {
    try (await bench.run("approval list --all --json")).json.arrayValue?.last?["status"]?.stringValue
  }

  /// Puts the database back as it was.
  private func restore(_ bench: CommandBench) throws {
    let home = bench.folder + "/home/"
    for name in ["netjob.db", "netjob.db-wal", "netjob.db-shm"] {
      try? FileManager.default.removeItem(atPath: home + name)
      if FileManager.default.fileExists(atPath: bench.folder + "/" + name) {
        try FileManager.default.copyItem(atPath: bench.folder + "/" + name, toPath: home + name)
      }
    }
  }

  @Test(arguments: states) func everyCommandRoleAndAsker(_ state: String) async throws {
    for asker in ["amy"] + (state == "none" ? [] : Self.roles) {
      let bench = try await scene(state, asker: asker)
      for name in ["netjob.db", "netjob.db-wal", "netjob.db-shm"]
      where FileManager.default.fileExists(atPath: bench.folder + "/home/" + name) {
        try FileManager.default.copyItem(atPath: bench.folder + "/home/" + name, toPath: bench.folder + "/" + name)
      }
      let before = try await status(bench) ?? "none"
      for role in asker == "amy" ? Self.roles : [asker] {
        for command in Self.commands {
          let place = Comment(rawValue: "\(command.name) by \(role), asked for by \(asker), \(state)")
          let word = try #require(Self.outcomeCells["\(state) \(command.name)"]).split(separator: ":").map(String.init)
          let permission = Self.permissionCells["\(command.name) \(role)"]
          let isPermitted =
            switch permission {
            case "yes": true
            case "own": asker == role
            case "other": asker != role
            default: false
            }
          // Nobody is the author or the requester of what was never asked for.
          let isNobodys = state == "none" && ["approve", "close"].contains(command.name)
          var expected: (status: String, after: String)
          if isPermitted {
            expected = (word[0], word.count > 1 ? word[1] : before)
          } else {
            expected = ("4", before)
          }
          if isNobodys, command.name == "approve", role == "author" { expected = ("6", before) }
          if command.name == "run", role == "administrator" { expected = ("1", before) }
          let outcome = await run(bench, command.line, as: role)
          #expect("\(outcome.status.rawValue)" == expected.status, place)
          let after = try await status(bench) ?? "none"
          if command.name == "delete", outcome.status == .done {
            #expect(try (await bench.run("approval list --json")).json == [], place)
          } else {
            #expect(after == expected.after, place)
          }
          if isPermitted && !["show", "log", "list"].contains(command.name) { try restore(bench) }
        }
      }
    }
  }
}
