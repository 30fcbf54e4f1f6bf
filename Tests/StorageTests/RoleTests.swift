import JobModel
import Scheduling
import Storage
import Testing

@Suite struct RoleTests {
  private func add(_ fixture: Fixture, _ name: String, _ permissions: Set<Permission>, as user: String = "ada") throws {
    try fixture.change(as: user) { _ = try $0.addRole(name: name, comment: "", permissions: permissions) }
  }

  private func edit(_ fixture: Fixture, _ name: String, _ permissions: Set<Permission>, as user: String = "ada") throws {
    try fixture.change(as: user) {
      try $0.editRole(try RoleQueries.find($0.sql, name), comment: nil, permissions: permissions)
    }
  }

  private func delete(_ fixture: Fixture, _ name: String, as user: String = "ada") throws {
    try fixture.change(as: user) { try $0.deleteRole(try RoleQueries.find($0.sql, name)) }
  }

  private func grant(_ fixture: Fixture, _ right: String, to user: String, on network: String? = nil, as caller: String = "ada")
    throws
  {
    try fixture.change(as: caller) { change in
      try change.grant(
        right, to: try AccountQueries.find(change.sql, user),
        network: try network.map { try NetworkQueries.find(change.sql, $0) })
    }
  }

  private func revoke(_ fixture: Fixture, _ right: String, from user: String, as caller: String = "ada") throws {
    try fixture.change(as: caller) {
      try $0.revoke(right, from: try AccountQueries.find($0.sql, user), network: nil)
    }
  }

  private func rights(_ fixture: Fixture, _ user: String) throws -> Rights {
    try fixture.read { try AccountQueries.rights($0, of: user) }
  }

  private func lastDetail(_ fixture: Fixture) throws -> String? {
    try fixture.read { try $0.row("SELECT action || ': ' || detail AS d FROM audit ORDER BY id DESC LIMIT 1")?.text("d") }
  }

  @Test func aRoleGivesWhatItSaysNow() throws {
    let fixture = try Fixture()
    let lab = try fixture.change(as: "ada") { try $0.addNetwork(name: "lab", comment: "", hostKeys: .acceptNew) }
    try add(fixture, "night", [.view, .runJob])
    try grant(fixture, "night", to: "abe", on: "lab")
    #expect(try rights(fixture, "abe").allows(.runJob, network: lab))
    #expect(try !rights(fixture, "abe").allows(.runJob, network: 1))
    try edit(fixture, "night", [.view, .editJob])
    #expect(try lastDetail(fixture) == "role.edit: view, run-job -> view, edit-job")
    #expect(try !rights(fixture, "abe").allows(.runJob, network: lab))
    #expect(try rights(fixture, "abe").allows(.editJob, network: lab))
    let held = try fixture.read { try AccountQueries.find($0, "abe") }.heldRights
    #expect(
      held.map { "\($0.permission.rawValue)@\($0.network ?? "*"): \($0.sources.map(\.name))" } == [
        #"view@*: ["approver"]"#, #"approve-tool-job@*: ["approver"]"#, #"edit-job@lab: ["night"]"#,
      ])
    // The whole in one permission.
    try edit(fixture, "night", [.administer])
    #expect(try rights(fixture, "abe").allows(.manageUsers, network: lab))
  }

  static let names: [(String, String?)] = [
    ("night.shift", nil), ("view", "invalid"), ("VIEW", "invalid"), ("administer", "invalid"), ("operator", "conflict"),
    ("Operator", "conflict"), ("taken", "conflict"), ("TAKEN", "conflict"), ("", "invalid"), ("-x", "invalid"),
    ("7", "invalid"), ("a b", "invalid"), ("a\u{1B}", "invalid"),
  ]

  @Test(arguments: names) func roleNames(_ name: String, _ code: String?) throws {
    let fixture = try Fixture()
    try add(fixture, "taken", [.view])
    #expect(refusal { try add(fixture, name, [.view]) } == code)
  }

  @Test func builtInRolesNeverChange() throws {
    let fixture = try Fixture()
    for role in Role.allCases {
      #expect(refusal { try edit(fixture, role.rawValue, [.view]) } == "conflict")
      #expect(refusal { try delete(fixture, role.rawValue) } == "conflict")
    }
    #expect(try fixture.read { try RoleQueries.all($0) }.map(\.name) == Role.allCases.map(\.rawValue))
  }

  @Test func nobodyPutsIntoARoleWhatTheyLack() throws {
    let fixture = try Fixture()
    try fixture.change(as: "ada") { _ = try $0.addNetwork(name: "lab", comment: "", hostKeys: .acceptNew) }
    try grant(fixture, "manage-users", to: "rob")
    try grant(fixture, "approve-tool-job", to: "rob", on: "lab")
    try add(fixture, "mine", [.view], as: "rob")
    for permission in [Permission.administer, .approveToolJob, .manageSettings] {
      #expect(refusal { try add(fixture, "other", [.view, permission], as: "rob") } == "notPermitted")
      #expect(refusal { try edit(fixture, "mine", [.view, permission], as: "rob") } == "notPermitted")
    }
    #expect(refusal { try edit(fixture, "mine", [.view, .editJob], as: "rob") } == nil)
    // What an administrator put into it stays there, whoever edits the rest.
    try edit(fixture, "mine", [.view, .manageSettings])
    #expect(refusal { try edit(fixture, "mine", [.view, .manageSettings, .runJob], as: "rob") } == nil)
    #expect(refusal { try grant(fixture, "mine", to: "rob", as: "rob") } == "notPermitted")
    #expect(refusal { try edit(fixture, "mine", [], as: "ada") } == "invalid")
    #expect(refusal { try add(fixture, "none", [], as: "ada") } == "invalid")
  }

  @Test func whatIsInUseStays() throws {
    let fixture = try Fixture()
    try add(fixture, "night", [.view])
    try grant(fixture, "night", to: "abe")
    #expect(refusal { try delete(fixture, "night") } == "conflict")
    try fixture.change(as: "ada") { try $0.setAccount(try AccountQueries.find($0.sql, "abe"), enabled: false) }
    #expect(refusal { try delete(fixture, "night") } == "conflict")
    try revoke(fixture, "night", from: "abe")
    try fixture.change(as: "ada") { try $0.limitTool("static-route-add", to: ["night"]) }
    #expect(refusal { try delete(fixture, "night") } == "conflict")
    try fixture.change(as: "ada") { try $0.unlimitTool("static-route-add") }
    #expect(refusal { try delete(fixture, "night") } == nil)
    #expect(try fixture.read { try $0.row("SELECT count(*) AS n FROM role_permission")?.int("n") } == 0)
  }

  @Test func anAdministratorIsAlwaysLeft() throws {
    let fixture = try Fixture()
    try add(fixture, "boss", [.administer])
    try grant(fixture, "boss", to: "rob")
    try revoke(fixture, "administrator", from: "ada", as: "rob")
    #expect(refusal { try edit(fixture, "boss", [.view], as: "rob") } == "conflict")
    #expect(refusal { try revoke(fixture, "boss", from: "rob", as: "rob") } == "conflict")
    #expect(try rights(fixture, "rob").allows(.administer, network: nil))
  }

  @Test func deletingUsers() throws {
    let fixture = try Fixture()
    func delete(_ name: String, as caller: String) -> String? {
      refusal { try fixture.change(as: caller) { try $0.deleteAccount(try AccountQueries.find($0.sql, name)) } }
    }
    try grant(fixture, "manage-users", to: "rob")
    #expect(delete("ada", as: "ada") == "conflict")
    // What they could not grant again they do not take for good.
    #expect(delete("abe", as: "rob") == "notPermitted")
    #expect(delete("ada", as: "rob") == "notPermitted")
    #expect(delete("vera", as: "rob") == nil)
    #expect(delete("rob", as: "rob") == "conflict")
    #expect(delete("rob", as: "ada") == nil)
    #expect(refusal { _ = try fixture.read { try AccountQueries.find($0, "rob") } } == "notFound")
    // Numbers are not used again.
    let id = try fixture.change(as: "ada") { try $0.addAccount(name: "rob", mail: nil, roles: [.viewer]) }
    #expect(try fixture.read { try $0.row("SELECT max(id) AS n FROM account")?.int64("n") } == id)
    #expect(try lastDetail(fixture) == "user.add: roles: viewer")
    #expect(try !rights(fixture, "rob").allows(.editJob, network: 1))
  }

  // MARK: Limits

  @Test func aLimitHoldsInTheNetworkOfTheJob() throws {
    let fixture = try Fixture()
    let lab = try fixture.change(as: "ada") { change in
      let id = try change.addNetwork(name: "lab", comment: "", hostKeys: .acceptNew)
      _ = try change.addRole(name: "senior", comment: "", permissions: [.view])
      try change.limitTool("static-route-add", to: ["senior"])
      return try NetworkQueries.get(change.sql, id: id)
    }
    let home = try fixture.network
    func create(_ name: String, in network: NetworkRecord, as user: String) -> String? {
      refusal {
        try fixture.change(as: user) {
          _ = try $0.createJob(
            name: name, network: network, JobDefinition(type: .tool, targets: .allDevices, tool: "static-route-add"),
            secrets: [:], changesDevices: true)
        }
      }
    }
    #expect(create("a", in: home, as: "rita") == "notPermitted")
    try grant(fixture, "senior", to: "rita", on: "lab")
    #expect(create("a", in: home, as: "rita") == "notPermitted")
    #expect(create("a", in: lab, as: "rita") == nil)
    #expect(create("b", in: home, as: "ada") == nil)
    #expect(create("c", in: lab, as: "ada") == nil)
    // Who could make the job cannot bring it into the other network, nor edit or set off what another one made there.
    let job = try fixture.job("b")
    #expect(
      refusal {
        try fixture.change(as: "rita") {
          _ = try $0.editJob(try JobQueries.find($0.sql, "a"), network: home, job.definition, secrets: [:], changesDevices: true)
        }
      } == "notPermitted")
    #expect(
      refusal {
        try fixture.change(as: "rita") {
          _ = try $0.editJob(job, network: home, job.definition, secrets: [:], changesDevices: true)
        }
      } == "notPermitted")
    #expect(refusal { try fixture.addTrigger("t", to: job, as: "rita") } == "notPermitted")
    #expect(refusal { try fixture.addTrigger("t", to: try fixture.job("c"), as: "rita") } == nil)
    // To switch off is open to all who may edit it.
    #expect(refusal { try fixture.change(as: "rita") { try $0.setJob(job, enabled: false, zones: .init()) } } == nil)
    #expect(refusal { try fixture.change(as: "rita") { try $0.setJob(job, enabled: true, zones: .init()) } } == "notPermitted")
  }

  @Test func onlyAdministratorsLimit() throws {
    let fixture = try Fixture()
    for right in ["manage-settings", "manage-users"] { try grant(fixture, right, to: "rob") }
    #expect(refusal { try fixture.change(as: "rob") { try $0.limitTool("x", to: ["viewer"]) } } == "notPermitted")
    #expect(refusal { try fixture.change(as: "ada") { try $0.limitTool("x", to: []) } } == "invalid")
    #expect(refusal { try fixture.change(as: "ada") { try $0.limitTool("x", to: ["nix"]) } } == "notFound")
    #expect(refusal { try fixture.change(as: "ada") { try $0.unlimitTool("x") } } == "notFound")
    try fixture.change(as: "ada") { try $0.limitTool("x", to: ["viewer", "operator"]) }
    #expect(try lastDetail(fixture) == "tool.limit: everyone -> operator, viewer")
    try fixture.change(as: "ada") { try $0.limitTool("x", to: ["approver"]) }
    #expect(try lastDetail(fixture) == "tool.limit: operator, viewer -> approver")
    #expect(refusal { try fixture.change(as: "rob") { try $0.unlimitTool("x") } } == "notPermitted")
  }

  /// A role that opens a tool is not given away by those whom the tool is closed to, however few permissions it has.
  @Test func nobodyOpensAToolForThemselves() throws {
    let fixture = try Fixture()
    try grant(fixture, "manage-users", to: "rob")
    try add(fixture, "senior", [.view])
    try fixture.change(as: "ada") { try $0.limitTool("static-route-add", to: ["senior"]) }
    #expect(refusal { try grant(fixture, "senior", to: "rob", as: "rob") } == "notPermitted")
    #expect(
      refusal { try fixture.change(as: "rob") { _ = try $0.addAccount(name: "eve", mail: nil, roleNames: ["senior"]) } }
        == "notPermitted")
    try grant(fixture, "senior", to: "rob")
    #expect(refusal { try grant(fixture, "senior", to: "vera", as: "rob") } == nil)
  }
}
