import Arguments
import Commands
import Foundation
import JobModel
import Scheduling
import Storage
import Terminal
import Testing
import Transports

@Suite struct ProgramTests {
  // MARK: who is calling

  @Test(arguments: [
    // owner of the database, effective, real, SUDO_USER -> name, delegated
    (owner: UInt32?(990), effective: UInt32(990), real: UInt32(990), sudo: String?("alice"), name: "alice", delegated: true),
    (owner: 990, effective: 990, real: 990, sudo: nil, name: "account-990", delegated: false),
    (owner: 990, effective: 990, real: 990, sudo: "", name: "account-990", delegated: false),
    // Somebody who set SUDO_USER themselves, on a database that is not theirs.
    (owner: 990, effective: 1000, real: 1000, sudo: "alice", name: "account-1000", delegated: false),
    // Before there is a database it would be the caller's own.
    (owner: nil, effective: 0, real: 0, sudo: "alice", name: "alice", delegated: true),
    // The account behind a set-user-id program is the real one.
    (owner: 990, effective: 990, real: 1000, sudo: nil, name: "account-1000", delegated: false),
  ])
  func caller(
    owner: UInt32?, effective: UInt32, real: UInt32, sudo: String?, name: String, delegated: Bool
  ) {
    var environment = ["USER": "mallory", "LOGNAME": "mallory"]
    environment["SUDO_USER"] = sudo
    let caller = CallerResolution.caller(
      environment: environment, owner: owner, effective: effective, real: real, loginUID: nil,
      accountName: { "account-\($0)" })
    #expect(caller.name == name)
    #expect(caller.isDelegated == delegated)
    #expect(caller.ownsDatabase == (owner == nil || owner == effective))
  }

  @Test func accountWithoutANameIsItsNumber() {
    let caller = CallerResolution.caller(
      environment: [:], owner: nil, effective: 5, real: 5, loginUID: 7, accountName: { _ in nil })
    #expect(caller.name == "uid-5")
    #expect(caller.loginUID == 7)
  }

  @Test(
    arguments: [
      (sudo: nil, sudoUID: nil, uids: [1000, 1005]),
      // What sudo sets fits together.
      (sudo: "account-1001", sudoUID: "1001", uids: [1001, 1005]),
      // The owner plays somebody: neither their account nor their login is behind that.
      (sudo: "alice", sudoUID: nil, uids: []), (sudo: "alice", sudoUID: "1001", uids: []),
      (sudo: "alice", sudoUID: "x", uids: []),
    ] as [(sudo: String?, sudoUID: String?, uids: [UInt32])])
  func uidsAreThoseThatTheSystemVouchesFor(sudo: String?, sudoUID: String?, uids: [UInt32]) {
    var environment: [String: String] = [:]
    environment["SUDO_USER"] = sudo
    environment["SUDO_UID"] = sudoUID
    let caller = CallerResolution.caller(
      environment: environment, owner: 1000, effective: 1000, real: 1000, loginUID: 1005, accountName: { "account-\($0)" })
    #expect(caller.uids == uids)
  }

  // MARK: where the database is

  @Test func placesOfTheDatabase() {
    func path(_ option: String?, _ environment: [String: String]) -> String {
      InstallationLocation.installation(option: option, environment: environment).databasePath
    }
    #expect(path("/a.db", ["NETJOB_DB": "/b.db"]) == "/a.db")
    #expect(path(nil, ["NETJOB_DB": "/b.db", "XDG_DATA_HOME": "/x"]) == "/b.db")
    let installation = InstallationLocation.installation(option: "/d/a.db", environment: ["NETJOB_KEY_FILE": "/run/key"])
    #expect(installation.keyPath == "/run/key")
    #expect(InstallationLocation.installation(option: "/d/a.db", environment: ["NETJOB_KEY_FILE": ""]).keyPath == "/d/netjob.key")
  }

  @Test func aNewDatabaseBelongsIntoTheServiceAccountsFolder() throws {
    var template = Array((NSTemporaryDirectory() + "/netjob-test-XXXXXX").utf8CString)
    let folder = String(cString: try #require(mkdtemp(&template)))
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func path(shared: String) -> String {
      InstallationLocation.installation(option: nil, environment: ["HOME": "/home/bob"], sharedFolder: shared).databasePath
    }
    #expect(path(shared: folder) == folder + "/netjob.db")
    #expect(path(shared: folder + "/missing") == "/home/bob/.local/share/netjob/netjob.db")
  }

  // MARK: how errors end

  @Test(arguments: [
    (ModelError(.invalid, "m") as any Error, Commands.ExitStatus.usage), (ModelError(.notFound, "m"), .notFound),
    (ModelError(.notPermitted, "m"), .notPermitted), (ModelError(.notApproved, "m"), .notApproved),
    (ModelError(.conflict, "m"), .conflict), (StorageError(.locked, "m"), .conflict), (StorageError(.newer, "m"), .conflict),
    (StorageError(.notFound, "m"), .notFound), (StorageError(.unsafePermissions, "m"), .notPermitted),
    (StorageError(.diskFull, "m"), .failed), (TransportError(.unreachable, "m"), .failed),
    (TerminalError(.notATerminal, "m"), .usage), (TerminalError(.brokenPipe, "m"), .brokenPipe),
    (CancellationError(), .interrupted), (Declined(), .failed),
  ])
  func exitStatus(error: any Error, status: Commands.ExitStatus) {
    #expect(ErrorReport(error).status == status)
  }

  @Test func unknownErrorIsABug() {
    struct Odd: Error {}
    #expect(ErrorReport(Odd()).status == .bug)
  }

  // MARK: what dispatch supplies

  @Test func unknownAndDisabledCallersAreShutOut() async throws {
    let desk = try await Desk()
    let unknown = await desk.run(["network", "list"], as: "eve")
    #expect(unknown.status == .notPermitted)
    #expect(unknown.output.isEmpty)
    #expect(unknown.errors.contains("user 'eve' is unknown here"))
    try await desk.done("user add bob --role viewer")
    try await desk.done("network list", as: "bob")
    try await desk.done("user disable bob")
    let disabled = await desk.run(["network", "list"], as: "bob")
    #expect(disabled.status == .notPermitted)
    #expect(disabled.errors.contains("user 'bob' is disabled here"))
  }

  /// Every command that changes something refuses a viewer, with an audit-free 4.
  @Test func aViewerChangesNothing() async throws {
    let desk = try await Desk()
    try await desk.done("user add bob --role viewer")
    try await desk.done("device add r1 --address 192.0.2.1 --platform frr")
    try await desk.done("credential add lab --username u --password-stdin", input: "secret\n")
    for line in [
      "network add n", "network edit default --comment c", "network delete default --yes",
      "credential add c --username u --password-stdin", "credential edit lab --priority 1", "credential delete lab --yes",
      "device add r2 --address 192.0.2.2 --platform frr", "device edit r1 --comment c", "device delete r1 --yes",
      "device test r1", "device trust r1 --scan --yes", "user add eve", "user grant bob administrator",
      "user revoke alice administrator", "user disable alice", "user enable bob", "setting set approval.required-count 2",
    ] {
      let result = await desk.run(line.split(separator: " ").map(String.init), as: "bob", input: "secret\n")
      #expect(result.status == .notPermitted, "\(line): \(result.errors)")
    }
  }

  @Test func whatIsNotNeededIsNotOpened() async throws {
    let program = Program(environment: ["NETJOB_DB": "/nonexistent/netjob.db"])
    for words in [["version"], ["help"], ["help", "device", "add"], ["completion", "bash"], ["device", "add", "-h"]] {
      let errors = TextOutput()
      let status = await program.run(
        words, output: TextOutput(), errors: errors, input: TextInput([]), prompt: Prompt(isAllowed: false))
      #expect(status == .done, "\(words): \(errors.text)")
    }
  }

  @Test func withJSONThereIsOneDocumentAndNoNote() async throws {
    let desk = try await Desk()
    let result = try await desk.done("network add lab --json")
    #expect(
      try JSONValue(parsing: result.output).names == [
        "id", "name", "comment", "hostKeys", "transport", "jump", "timeouts",
      ])
    #expect(result.errors.isEmpty)
  }

  @Test func quietSaysNothing() async throws {
    let desk = try await Desk()
    let result = try await desk.done("network add lab -q")
    #expect(result.output.isEmpty)
    #expect(result.errors.isEmpty)
  }

  // MARK: finding the command

  /// The few commands among which a line is looked up first have the one that it names, and no other of that name.
  @Test func likelyCommandsHaveTheOneNamed() {
    for command in AllCommands.list {
      let likely = AllCommands.likely(for: ["--json"] + command.spec.path)
      #expect(likely.filter { $0.spec.path == command.spec.path }.count == 1, "\(command.spec.name)")
      #expect(likely.allSatisfy { $0.spec.path[0] == command.spec.path[0] }, "\(command.spec.name)")
    }
    #expect(AllCommands.likely(for: ["delete", "x"]).isEmpty, "an alias is looked up among all")
  }

  /// An option's value that is a noun misleads nobody.
  @Test func aValueMayBeANoun() async throws {
    let desk = try await Desk()
    let outcome = await desk.run(["--db", "job", "version"], as: nil)
    #expect(outcome.output == "netjob \(AllCommands.version)\n" && outcome.status == ExitStatus.done, "\(outcome)")
  }
}
