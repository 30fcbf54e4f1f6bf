import JobModel
import Scheduling
import Storage
import Testing

/// One person under several names is one person.
@Suite struct LoginTests {
  private static func caller(_ name: String, _ uids: [UInt32]) -> Caller {
    Caller(name: name, isDelegated: true, ownsDatabase: true, loginUID: uids.last, uids: uids)
  }

  private func request(_ fixture: Fixture, as caller: Caller) throws {
    try fixture.store.change(as: caller) { change in
      let job = try JobQueries.find(change.sql, "j")
      _ = try change.requestApproval(of: job, Fixture.manifest(job), message: "please")
    }
  }

  private func approve(_ fixture: Fixture, as caller: Caller) -> String? {
    refusal {
      try fixture.store.change(as: caller) {
        _ = try $0.decide(.approve, on: try JobQueries.find($0.sql, "j"), message: "so be it")
      }
    }
  }

  static let cases: [(what: String, saved: [UInt32], requested: [UInt32], approver: (String, [UInt32]), result: String?)] = [
    ("another person", [1001], [1001], ("abe", [1002]), nil),
    ("another account, same login", [1001], [1001], ("abe", [1002, 1001]), "notPermitted"),
    ("asked through the approver's account", [1001], [1002, 1001], ("abe", [1002]), "notPermitted"),
    ("saved through another account", [1003, 1002], [1001], ("abe", [1002]), "notPermitted"),
    ("both through accounts of a common login", [1001, 1009], [1001, 1009], ("abe", [1002, 1009]), "notPermitted"),
    ("renamed account", [1001], [1001], ("abe", [1001]), "notPermitted"),
    ("uids that begin alike", [100], [100], ("abe", [1002, 1001]), nil),
    ("nothing known of the requester", [], [], ("abe", [1002, 1001]), nil),
    ("nothing known of the approver", [1001], [1001], ("abe", []), nil),
  ]

  @Test(arguments: cases) func theLoginBehindANameCounts(
    _ item: (what: String, saved: [UInt32], requested: [UInt32], approver: (String, [UInt32]), result: String?)
  ) throws {
    let fixture = try Fixture()
    let network = try fixture.network
    try fixture.store.change(as: Self.caller("rita", item.saved)) {
      _ = try $0.createJob(
        name: "j", network: network, JobDefinition(type: .tool, targets: .allDevices, tool: "static-route-add"), secrets: [:],
        changesDevices: true)
    }
    try request(fixture, as: Self.caller("rob", item.requested))
    #expect(approve(fixture, as: Self.caller(item.approver.0, item.approver.1)) == item.result, "\(item.what)")
    #expect(try fixture.status("j") == (item.result == nil ? .approved : .requested))
  }

  @Test func aNameInOtherLettersIsTheSameName() throws {
    let fixture = try Fixture()
    #expect(
      refusal { try fixture.change(as: "ada") { _ = try $0.addAccount(name: "Rita", mail: nil, roles: [.approver]) } }
        == "conflict")
    // A database may have such names from before they were refused.
    try fixture.change(as: "ada") {
      _ = try $0.addAccount(name: "other", mail: nil, roles: [.approver])
      try $0.sql.execute("UPDATE account SET name = 'Rita' WHERE name = 'other'")
    }
    try fixture.addJob("j")
    try fixture.request("j")
    #expect(approve(fixture, as: Self.caller("Rita", [])) == "notPermitted")
    #expect(approve(fixture, as: Self.caller("abe", [])) == nil)
  }

  /// A copy launders nothing: who wrote what it was copied from does not approve it, nor does another account of theirs.
  @Test func aCopyHasTheAuthorsOfItsOrigin() throws {
    let fixture = try Fixture()
    let network = try fixture.network
    try fixture.store.change(as: Self.caller("ada", [1002])) { change in
      _ = try change.createJob(
        name: "origin", network: network, JobDefinition(type: .tool, targets: .allDevices, tool: "static-route-add"),
        secrets: [:], changesDevices: true)
    }
    for (source, copy) in [("origin", "between"), ("between", "j")] {
      try fixture.store.change(as: Self.caller("rita", [1001])) { change in
        let job = try JobQueries.find(change.sql, source)
        _ = try change.createJob(
          name: copy, network: network, job.definition, secrets: [:], changesDevices: true, copyOf: job)
      }
    }
    try request(fixture, as: Self.caller("rita", [1001]))
    #expect(approve(fixture, as: Self.caller("ada", [])) == "notPermitted")
    #expect(approve(fixture, as: Self.caller("ann", [1003, 1002])) == "notPermitted")
    #expect(approve(fixture, as: Self.caller("art", [1004])) == nil)
    #expect(try fixture.read { try ApprovalQueries.latest($0).first?.authors } == ["ada", "rita"])
  }

  @Test func oneLoginApprovesOnce() throws {
    let fixture = try Fixture()
    try fixture.setting("approval.required-count", "3")
    try fixture.addJob("j")
    try fixture.request("j")
    #expect(approve(fixture, as: Self.caller("abe", [1002])) == nil)
    #expect(approve(fixture, as: Self.caller("ann", [1003, 1002])) == "conflict")
    #expect(approve(fixture, as: Self.caller("art", [1004])) == nil)
    #expect(approve(fixture, as: Self.caller("ann", [1003])) == nil)
    #expect(try fixture.status("j") == .approved)
  }

  @Test func whoSavedATriggerHadAHandInIt() throws {
    let fixture = try Fixture()
    let job = try fixture.addJob("j")
    let trigger = try fixture.addTrigger("t", to: job)
    try fixture.store.change(as: Self.caller("rita", [1001, 1002])) {
      try $0.setTrigger(trigger, of: job, enabled: false, zones: .init())
      try $0.setTrigger(trigger, of: job, enabled: true, zones: .init())
    }
    try fixture.request("j")
    #expect(approve(fixture, as: Self.caller("abe", [1002])) == "notPermitted")
    #expect(approve(fixture, as: Self.caller("ann", [1003])) == nil)
  }

  /// What an execution was allowed for is settled: who had a hand in that may approve what others changed since. An approval that
  /// was withdrawn settles nothing.
  @Test(arguments: [true, false]) func anApprovalThatWasUsedIsSettled(isUsed: Bool) throws {
    let fixture = try Fixture()
    let network = try fixture.network
    let definition = JobDefinition(type: .tool, targets: .allDevices, tool: "static-route-add")
    try fixture.store.change(as: Self.caller("rita", [1002])) {
      _ = try $0.createJob(name: "j", network: network, definition, secrets: [:], changesDevices: true)
    }
    try request(fixture, as: Self.caller("rita", [1002]))
    #expect(approve(fixture, as: Self.caller("ann", [1003])) == nil)
    if isUsed {
      let claim = try fixture.begin("j")
      try fixture.change(as: "rita") { change in
        let job = try JobQueries.find(change.sql, "j")
        let used = try #require(try ApprovalQueries.latest(change.sql, job: job.id).first)
        try change.consume(used, by: claim.id, noting: [])
        try change.closeAfterExecution(requestID: used.id, execution: claim.id, status: .succeeded)
      }
    }
    fixture.clock.advance(seconds: 60)
    try fixture.store.change(as: Self.caller("rob", [1001])) {
      _ = try $0.editJob(try JobQueries.find($0.sql, "j"), network: network, definition, secrets: [:], changesDevices: true)
    }
    try request(fixture, as: Self.caller("rob", [1001]))
    #expect(approve(fixture, as: Self.caller("abe", [1002])) == (isUsed ? nil : "notPermitted"))
  }
}
