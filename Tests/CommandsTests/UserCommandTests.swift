import Commands
import JobModel
import Storage
import Terminal
import Testing

@Suite struct UserCommandTests {
  @Test func theFirstAdministrator() async throws {
    let desk = try await Desk()
    let alice = try await desk.json("whoami")
    #expect((alice["user"], alice["delegated"]) == ("alice", true))
    #expect(alice["permissions"] == .strings(Permission.allCases.map(\.rawValue)))
    #expect(await desk.run(["init"]).status == .conflict)
    // The owner of the file in person is nobody in particular until somebody adds them.
    let owner = try await desk.json("whoami", as: nil)
    #expect(owner["delegated"] == false)
    #expect(owner["permissions"] == [])
  }

  @Test(arguments: Role.allCases) func rolesGiveWhatTheySay(role: Role) async throws {
    let desk = try await Desk()
    try await desk.done("user add bob --role \(role.rawValue)")
    let expected = Permission.allCases.filter(role.permissions.contains).map(\.rawValue)
    #expect(try await desk.json("whoami", as: "bob")["permissions"] == .strings(expected))
  }

  @Test func rightsInOneNetwork() async throws {
    let desk = try await Desk()
    try await desk.done("network add branches")
    try await desk.done("user add bob")
    try await desk.done("user grant bob operator --network branches")
    try await desk.done("user grant bob view")
    #expect(
      try await desk.json("whoami", as: "bob")["permissions"]
        == ["view", "run-job@branches", "run-tool-job@branches", "edit-job@branches"])
    let text = try await desk.done("whoami", as: "bob").output
    #expect(text.contains("view\tview\t") && text.contains("run-job@branches\toperator@branches\t"), "\(text)")
    try await desk.done("user revoke bob operator --network branches")
    #expect(try await desk.json("whoami", as: "bob")["permissions"] == ["view"])
    #expect(await desk.run(["user", "revoke", "bob", "operator", "--network", "branches"]).status == .notFound)
  }

  @Test func documentOfAUser() async throws {
    let desk = try await Desk()
    let document = try await desk.json("user add bob --role operator --role approver --mail b@example.net")
    #expect(document.names == ["id", "name", "mail", "enabled", "grants"])
    #expect(document["grants"]?.arrayValue?.count == 2)
    let shown = try await desk.json("user show bob")
    #expect(shown.names == document.names + ["rights", "jobs"])
    #expect(document.names.allSatisfy { shown[$0] == document[$0] })
    #expect(try await desk.json("user list").arrayValue?.count == 2)
    #expect(try await desk.json("user disable bob")["enabled"] == false)
    #expect(try await desk.json("user enable bob")["enabled"] == true)
  }

  @Test func nobodyGrantsWhatTheyDoNotHold() async throws {
    let desk = try await Desk()
    try await desk.done("user add bob")
    try await desk.done("user grant bob manage-users")
    #expect(await desk.run(["user", "grant", "bob", "administrator"], as: "bob").status == .notPermitted)
    #expect(await desk.run(["user", "add", "eve", "--role", "viewer"], as: "bob").status == .notPermitted)
    try await desk.done("user add eve", as: "bob")
  }

  @Test func anAdministratorStays() async throws {
    let desk = try await Desk()
    #expect(await desk.run(["user", "disable", "alice"]).status == .conflict)
    #expect(await desk.run(["user", "revoke", "alice", "administrator"]).status == .conflict)
    try await desk.done("user add bob --role administrator")
    try await desk.done("user disable alice", as: "bob")
  }

  @Test func settings() async throws {
    let desk = try await Desk()
    let all = try await desk.json("setting list")
    #expect(all.arrayValue?.compactMap { $0["key"]?.stringValue } == Setting.all.map(\.key))
    #expect(try await desk.json("setting set approval.required-count 2")["value"] == "2")
    #expect(try await desk.done("setting get approval.required-count").output == "2\n")
    for value in ["0", "4", "two", "1 ", ""] {
      #expect(await desk.run(["setting", "set", "approval.required-count", value]).status == .usage)
    }
    #expect(await desk.run(["setting", "get", "nix"]).status == .notFound)
  }

  @Test func theCompleterIsSilent() async throws {
    let desk = try await Desk()
    try await desk.done("network add branches")
    #expect(await desk.run(["__complete", "network", ""]).output == "branches\ndefault\n")
    #expect(await desk.run(["__complete", "network", "b"]).output == "branches\n")
    for words in [
      ["__complete"], ["__complete", "nix", ""], ["__complete", "device", "", "more"], ["__complete", "--nix"],
      ["__complete", "network", "", "--db", "/nonexistent"],
    ] {
      #expect(await desk.run(words) == Desk.Result(status: .done, output: "", errors: ""))
    }
    #expect(await desk.run(["__complete", "network", ""], as: "eve").output.isEmpty)
  }
}
