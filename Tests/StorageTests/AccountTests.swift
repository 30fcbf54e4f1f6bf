import JobModel
import Scheduling
import Storage
import Testing

@Suite struct AccountTests {
  private func grant(_ fixture: Fixture, _ right: String, to user: String, on network: String? = nil, as caller: String = "ada")
    throws
  {
    try fixture.change(as: caller) { change in
      try change.grant(
        right, to: try AccountQueries.find(change.sql, user),
        network: try network.map { try NetworkQueries.find(change.sql, $0) })
    }
  }

  private func revoke(
    _ fixture: Fixture, _ right: String, from user: String, on network: String? = nil, as caller: String = "ada"
  ) throws {
    try fixture.change(as: caller) { change in
      try change.revoke(
        right, from: try AccountQueries.find(change.sql, user),
        network: try network.map { try NetworkQueries.find(change.sql, $0) })
    }
  }

  private func set(_ fixture: Fixture, _ user: String, enabled: Bool, as caller: String = "ada") throws {
    try fixture.change(as: caller) { try $0.setAccount(try AccountQueries.find($0.sql, user), enabled: enabled) }
  }

  private func rights(_ fixture: Fixture, _ user: String) throws -> Rights {
    try fixture.read { try AccountQueries.rights($0, of: user) }
  }

  private func withLab() throws -> (Fixture, Int64) {
    let fixture = try Fixture()
    return (fixture, try fixture.change(as: "ada") { try $0.addNetwork(name: "lab", comment: "", hostKeys: .acceptNew) })
  }

  @Test func strangersAndDisabledPeopleHaveNoRights() throws {
    let fixture = try Fixture()
    #expect(try rights(fixture, "nobody").isEmpty)
    #expect(try rights(fixture, "RITA").isEmpty)
    #expect(try rights(fixture, "").isEmpty)
    #expect(try rights(fixture, "2").isEmpty)
    #expect(try rights(fixture, "rita").allows(.editJob, network: 1))
    try set(fixture, "rita", enabled: false)
    #expect(try rights(fixture, "rita").isEmpty)
    #expect(refusal { try fixture.addJob("route") } == "notPermitted")
  }

  @Test func grantsHoldWhereTheyWereGiven() throws {
    let (fixture, lab) = try withLab()
    try grant(fixture, "approver", to: "vera", on: "lab")
    try grant(fixture, "delete-job", to: "vera", on: "lab")
    let held = try rights(fixture, "vera")
    #expect(held.allows(.approveToolJob, network: lab))
    #expect(!held.allows(.approveToolJob, network: 1))
    #expect(!held.allows(.approveToolJob, network: nil))
    #expect(held.allows(.deleteJob, network: lab))
    // The same on all networks is another grant; taking it back leaves the first.
    try grant(fixture, "approver", to: "vera")
    try grant(fixture, "approver", to: "vera")
    #expect(try rights(fixture, "vera").allows(.approveToolJob, network: 1))
    try revoke(fixture, "approver", from: "vera")
    #expect(try !rights(fixture, "vera").allows(.approveToolJob, network: 1))
    #expect(try rights(fixture, "vera").allows(.approveToolJob, network: lab))
    #expect(refusal { try revoke(fixture, "approver", from: "vera") } == "notFound")
    #expect(refusal { try grant(fixture, "superuser", to: "vera") } == "notFound")
  }

  @Test func nobodyGrantsWhatTheyLack() throws {
    let (fixture, _) = try withLab()
    try grant(fixture, "manage-users", to: "rob")
    let cases: [(String, String?)] = [
      ("administer", nil), ("administrator", nil), ("administrator", "lab"), ("approve-tool-job", nil), ("approver", nil),
      ("run-tool-job-without-approval", "lab"), ("manage-credentials", nil),
    ]
    for (right, network) in cases {
      #expect(refusal { try grant(fixture, right, to: "vera", on: network, as: "rob") } == "notPermitted", "\(right)")
      #expect(refusal { try grant(fixture, right, to: "rob", on: network, as: "rob") } == "notPermitted", "\(right)")
    }
    #expect(
      refusal { try fixture.change(as: "rob") { _ = try $0.addAccount(name: "eve", mail: nil, roles: [.administrator]) } }
        == "notPermitted")
    for right in ["operator", "viewer", "run-job", "manage-users"] {
      #expect(refusal { try grant(fixture, right, to: "vera", as: "rob") } == nil, "\(right)")
    }
    #expect(refusal { try grant(fixture, "view", to: "vera", as: "rita") } == "notPermitted")
    // Who manages the users of one network gives rights there and nowhere else.
    try grant(fixture, "manage-users", to: "art", on: "lab")
    #expect(refusal { try grant(fixture, "approver", to: "rita", on: "lab", as: "art") } == nil)
    #expect(refusal { try grant(fixture, "approver", to: "rita", as: "art") } == "notPermitted")
    #expect(refusal { try grant(fixture, "approver", to: "rita", on: "default", as: "art") } == "notPermitted")
    #expect(refusal { try set(fixture, "vera", enabled: false, as: "art") } == "notPermitted")
  }

  @Test func nobodyTakesWhatTheyCouldNotGive() throws {
    let (fixture, _) = try withLab()
    try grant(fixture, "manage-users", to: "rob")
    try grant(fixture, "approver", to: "vera")
    #expect(refusal { try revoke(fixture, "approver", from: "vera", as: "rob") } == "notPermitted")
    #expect(refusal { try revoke(fixture, "administrator", from: "ada", as: "rob") } == "notPermitted")
    #expect(refusal { try revoke(fixture, "viewer", from: "vera", as: "rob") } == nil)
    #expect(refusal { try revoke(fixture, "approver", from: "vera") } == nil)
  }

  @Test func lettingInGrantsToo() throws {
    let fixture = try Fixture()
    try grant(fixture, "manage-users", to: "rob")
    for name in ["abe", "vera"] { try set(fixture, name, enabled: false) }
    #expect(refusal { try set(fixture, "abe", enabled: true, as: "rob") } == "notPermitted")
    #expect(refusal { try set(fixture, "vera", enabled: true, as: "rob") } == nil)
    #expect(refusal { try set(fixture, "abe", enabled: true) } == nil)
  }

  @Test func anAdministratorIsAlwaysLeft() throws {
    let (fixture, _) = try withLab()
    #expect(refusal { try set(fixture, "ada", enabled: false) } == "conflict")
    #expect(refusal { try revoke(fixture, "administrator", from: "ada") } == "conflict")
    // One of a single network is no administrator of the whole.
    try grant(fixture, "administrator", to: "rita", on: "lab")
    #expect(refusal { try set(fixture, "ada", enabled: false) } == "conflict")
    // A disabled one neither.
    try grant(fixture, "administrator", to: "rob")
    try set(fixture, "rob", enabled: false)
    #expect(refusal { try revoke(fixture, "administrator", from: "ada") } == "conflict")
    #expect(try rights(fixture, "ada").allows(.administer, network: nil))
    try set(fixture, "rob", enabled: true)
    try grant(fixture, "administer", to: "vera")
    #expect(refusal { try set(fixture, "ada", enabled: false) } == nil)
    #expect(refusal { try revoke(fixture, "administer", from: "vera", as: "vera") } == nil)
    #expect(refusal { try set(fixture, "rob", enabled: false, as: "rob") } == "conflict")
  }

  @Test func theFirstAdministratorIsTheFirstUser() throws {
    let fixture = try Fixture()
    #expect(refusal { try fixture.change(as: "eve") { try $0.addFirstAdministrator(name: "eve") } } == "conflict")
  }

  static let nameCases: [(String, Bool)] = [
    ("zoe", true), ("netjob$", true), ("Åse", true), ("first.last@corp", true), ("uid-1000", true),
    ("", false), ("1000", false), ("-5", false), ("a\nb", false), ("a\u{1B}", false), (String(repeating: "x", count: 65), false),
    ("rita", false),
  ]

  @Test(arguments: nameCases) func userNames(_ name: String, isAllowed: Bool) throws {
    let fixture = try Fixture()
    let result = refusal { try fixture.change(as: "ada") { _ = try $0.addAccount(name: name, mail: nil, roles: []) } }
    #expect((result == nil) == isAllowed)
  }

  @Test(arguments: [
    ("a@b", true), ("a.b+c@example.net", true), ("", false), ("a", false), ("@b", false), ("a@", false), ("a@b@c", false),
    ("a b@c", false), ("a@b\n", false),
  ])
  func mailAddresses(_ mail: String, isAllowed: Bool) throws {
    let fixture = try Fixture()
    let result = refusal { try fixture.change(as: "ada") { _ = try $0.addAccount(name: "zoe", mail: mail, roles: []) } }
    #expect((result == nil) == isAllowed)
  }
}
