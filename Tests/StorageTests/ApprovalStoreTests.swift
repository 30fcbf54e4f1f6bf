import JobModel
import Scheduling
import Storage
import Testing

@Suite struct ApprovalStoreTests {
  @Test(arguments: 1...3) func asManyPeopleAsRequired(_ required: Int) throws {
    let fixture = try Fixture()
    try fixture.setting("approval.required-count", "\(required)")
    let job = try fixture.addJob("route")
    #expect(try fixture.status("route") == .notRequested)
    try fixture.request("route")
    for (index, name) in ["abe", "ann", "art"].prefix(required).enumerated() {
      #expect(try fixture.status("route") == .requested)
      let record = try fixture.decide(.approve, "route", as: name)
      #expect(record.approvals.count == index + 1)
      #expect((record.approvedAt != nil) == (index + 1 == required))
      #expect(refusal { try fixture.decide(.approve, "route", as: name) } == "conflict")
    }
    #expect(try fixture.status("route") == .approved)
    #expect(try fixture.log(job).first == "rita requested")
    #expect(try fixture.log(job).count == required + 1)
  }

  @Test func requesterAndSaverNeverCountAdministratorsIncluded() throws {
    let fixture = try Fixture()
    try fixture.change(as: "ada") { change in
      for name in ["rita", "rob"] {
        let account = try AccountQueries.find(change.sql, name)
        try change.grant("approve-tool-job", to: account, network: nil)
      }
    }
    // rita saved, rob asks: neither may approve.
    try fixture.addJob("route")
    try fixture.request("route", as: "rob")
    #expect(refusal { try fixture.decide(.approve, "route", as: "rita") } == "notPermitted")
    #expect(refusal { try fixture.decide(.approve, "route", as: "rob") } == "notPermitted")
    #expect(refusal { try fixture.decide(.approve, "route", as: "vera") } == "notPermitted")
    #expect(refusal { try fixture.decide(.approve, "route", as: "nobody") } == "notPermitted")
    #expect(try fixture.status("route") == .requested)
    // An administrator who asks is a requester like any other; the saver of the revision is no approver of it.
    try fixture.decide(.close, "route", as: "rob")
    try fixture.request("route", as: "ada")
    #expect(refusal { try fixture.decide(.approve, "route", as: "ada") } == "notPermitted")
    #expect(try fixture.decide(.approve, "route", as: "rob").status == .approved)
  }

  @Test func aJobThatItsOwnerMayRunNeedsNoRequest() throws {
    let fixture = try Fixture()
    try fixture.addJob("mine", as: "ada")
    try fixture.addJob("read", changes: false)
    #expect(try fixture.status("mine") == .notNeeded)
    #expect(try fixture.status("read") == .notNeeded)
    #expect(refusal { try fixture.request("mine", as: "ada") } == "conflict")
    // Somebody else who runs it by hand needs one, and may ask for it.
    try fixture.request("mine")
    #expect(try fixture.status("mine") == .requested)
    #expect(refusal { try fixture.decide(.approve, "mine", as: "ada") } == "notPermitted")
    try fixture.decide(.reject, "mine", as: "abe")
    #expect(try fixture.status("mine") == .notNeeded)
    #expect(refusal { try fixture.request("read") } == "conflict")
  }

  @Test func disabledApproversHaveNoVoice() throws {
    let fixture = try Fixture()
    try fixture.addJob("route")
    try fixture.request("route")
    try fixture.change(as: "ada") { try $0.setAccount(try AccountQueries.find($0.sql, "abe"), enabled: false) }
    #expect(refusal { try fixture.decide(.approve, "route", as: "abe") } == "notPermitted")
    #expect(refusal { try fixture.decide(.reject, "route", as: "abe") } == "notPermitted")
  }

  @Test func raisingTheCountReopensAndLoweringWaitsForTheNext() throws {
    let fixture = try Fixture()
    let job = try fixture.addJob("route")
    try fixture.request("route")
    try fixture.decide(.approve, "route", as: "abe")
    let first = try fixture.read { try ApprovalQueries.latest($0, job: job.id)[0].approvedAt }
    fixture.clock.advance(seconds: 100)
    try fixture.setting("approval.required-count", "3")
    #expect(try fixture.status("route") == .requested)
    #expect(try fixture.log(job).last == "ada reopened")
    #expect(refusal { try fixture.decide(.approve, "route", as: "abe") } == "conflict")
    #expect(try fixture.decide(.approve, "route", as: "ann").status == .requested)
    try fixture.setting("approval.required-count", "1")
    #expect(try fixture.status("route") == .requested)
    let record = try fixture.decide(.approve, "route", as: "art")
    #expect(record.status == .approved)
    // The age that an approval expires by counts from when it was complete again.
    #expect(record.approvedAt == first?.adding(seconds: 100))
  }

  @Test func raisingTheCountLeavesWhatRunsAlone() throws {
    let fixture = try Fixture()
    let job = try fixture.addJob("route")
    let (request, claim) = try consumed(fixture)
    try fixture.setting("approval.required-count", "2")
    #expect(try fixture.status("route") == .approved)
    try fixture.change(as: "rita") { try $0.endExecution(claim, .succeeded, summary: "") }
    #expect(try fixture.status("route") == .closed)
    #expect(try fixture.read { try ApprovalQueries.latest($0, job: job.id)[0].id } == request.id)
  }

  @Test func oneRejectionRejects() throws {
    let fixture = try Fixture()
    try fixture.setting("approval.required-count", "3")
    try fixture.addJob("route")
    try fixture.request("route")
    try fixture.decide(.approve, "route", as: "abe")
    try fixture.decide(.approve, "route", as: "ann")
    #expect(try fixture.decide(.reject, "route", as: "art").status == .rejected)
    #expect(refusal { try fixture.decide(.approve, "route", as: "art") } == "conflict")
    // A new request begins without the votes of the old one.
    #expect(try fixture.request("route").approvals.isEmpty)
  }

  @Test func requestsAreRefusedWhileOneIsOpen() throws {
    let fixture = try Fixture()
    try fixture.addJob("route")
    try fixture.request("route")
    #expect(refusal { try fixture.request("route", as: "rob") } == "conflict")
    try fixture.decide(.approve, "route", as: "abe")
    #expect(refusal { try fixture.request("route") } == "conflict")
    #expect(refusal { try fixture.decide(.close, "route", as: "rob") } == "notPermitted")
    #expect(try fixture.decide(.close, "route", as: "rita").status == .closed)
    #expect(refusal { try fixture.decide(.comment, "route", as: "abe") } == "conflict")
    #expect(try fixture.request("route").status == .requested)
    #expect(try fixture.decide(.close, "route", as: "ada").status == .closed)
  }

  @Test func decisionsNameWhatTheyWereMadeOn() throws {
    let fixture = try Fixture()
    let job = try fixture.addJob("route")
    #expect(refusal { try fixture.decide(.approve, "route", as: "abe") } == "conflict")
    try fixture.request("route")
    #expect(refusal { try fixture.decide(.approve, "route", as: "abe", revision: 2) } == "conflict")
    let old = try fixture.read { try ApprovalQueries.latest($0, job: job.id)[0].id }
    try fixture.decide(.close, "route", as: "rita")
    try fixture.request("route")
    #expect(
      refusal { try fixture.change(as: "abe") { _ = try $0.decide(.approve, on: job, message: "m", shownRequest: old) } }
        == "conflict")
    #expect(try fixture.decide(.approve, "route", as: "abe", revision: 1).status == .approved)
  }

  static let edits: [(String, @Sendable (Fixture, JobRecord) throws -> Void)] = [
    (
      "job edited",
      { fixture, job in
        try fixture.change(as: "rob") { change in
          var definition = job.definition
          definition.comment = "new"
          let network = try NetworkQueries.get(change.sql, id: job.networkID)
          try change.editJob(job, network: network, definition, secrets: [:], changesDevices: true)
        }
      }
    ),
    ("trigger added", { fixture, job in try fixture.addTrigger("more", to: job, as: "rob") }),
    (
      "trigger disabled",
      { fixture, job in
        try fixture.change(as: "rob") {
          try $0.setTrigger(
            try TriggerQueries.find($0.sql, job: job, "night"), of: job, enabled: false, zones: ZoneDatabase())
        }
      }
    ),
    (
      "trigger removed",
      { fixture, job in
        try fixture.change(as: "rob") { try $0.removeTrigger(try TriggerQueries.find($0.sql, job: job, "night"), of: job) }
      }
    ),
  ]

  @Test(arguments: edits.indices, [1, 2]) func editsPutAnOpenRequestBack(_ index: Int, required: Int) throws {
    let fixture = try Fixture()
    try fixture.setting("approval.required-count", "\(required)")
    let job = try fixture.addJob("route")
    try fixture.addTrigger("night", to: job)
    try fixture.request("route")
    try fixture.decide(.approve, "route", as: "abe")
    try Self.edits[index].1(fixture, job)
    #expect(try fixture.status("route") == .notRequested)
    let last = try #require(try fixture.read { try ApprovalQueries.log($0, job: job.id).last })
    #expect(last.event == "reset")
    #expect(last.user == "rob")
    #expect(last.message.contains("by rob"))
    #expect(refusal { try fixture.decide(.approve, "route", as: "ann") } == "conflict")
    #expect(try fixture.request("route").approvals.isEmpty)
  }

  @Test func editsLeaveADecidedRequestAlone() throws {
    let fixture = try Fixture()
    let job = try fixture.addJob("route")
    try fixture.request("route")
    try fixture.decide(.reject, "route", as: "abe")
    try fixture.addTrigger("night", to: job)
    #expect(try fixture.status("route") == .rejected)
  }

  private func consumed(_ fixture: Fixture) throws -> (ApprovalRequestRecord, ExecutionClaim) {
    try fixture.request("route")
    let request = try fixture.decide(.approve, "route", as: "abe")
    let claim = try fixture.begin("route")
    try fixture.change(as: "rita") {
      try $0.setRequest(request.id, of: claim.id)
      try $0.consume(request, by: claim.id, noting: ["joined since the request: r9"])
    }
    return (request, claim)
  }

  @Test func anApprovalAllowsOneExecution() throws {
    let fixture = try Fixture()
    let job = try fixture.addJob("route")
    let (request, claim) = try consumed(fixture)
    let second = try fixture.begin("route")
    #expect(
      refusal { try fixture.change(as: "rita") { try $0.consume(request, by: second.id, noting: []) } } == "notApproved")
    // Nobody takes back what runs.
    for (event, user) in [(ApprovalEvent.reject, "ann"), (.close, "rita"), (.close, "ada"), (.reset, "ada")] {
      #expect(refusal { try fixture.decide(event, "route", as: user) } == "conflict")
    }
    #expect(try fixture.decide(.comment, "route", as: "ann").status == .approved)
    #expect(refusal { try fixture.request("route") } == "conflict")
    try fixture.addTrigger("night", to: job)
    #expect(try fixture.status("route") == .approved)
    // Another execution's end does not close it; its own does.
    try fixture.change(as: "rita") { try $0.endExecution(second, .failed, summary: "") }
    #expect(try fixture.status("route") == .approved)
    try fixture.change(as: "rita") { try $0.endExecution(claim, .failed, summary: "") }
    #expect(try fixture.status("route") == .closed)
    #expect(
      try fixture.log(job) == [
        "rita requested", "abe approved", "rita executed", "ann commented", "rita closed",
      ])
    let messages = try fixture.read { try ApprovalQueries.log($0, job: job.id).map(\.message) }
    #expect(messages[2] == "execution \(claim.id); joined since the request: r9")
    #expect(messages[4] == "execution \(claim.id) ended: failed")
    #expect(refusal { try fixture.change(as: "rita") { try $0.consume(request, by: second.id, noting: []) } } == "notApproved")
  }

  @Test(arguments: [ApprovalStatus.notRequested, .requested, .rejected, .closed])
  func onlyAnApprovedRequestIsConsumed(_ status: ApprovalStatus) throws {
    let fixture = try Fixture()
    let job = try fixture.addJob("route")
    try fixture.request("route")
    switch status {
    case .rejected: try fixture.decide(.reject, "route", as: "abe")
    case .closed: try fixture.decide(.close, "route", as: "rita")
    case .notRequested: try fixture.addTrigger("night", to: job)
    default: break
    }
    let request = try fixture.read { try ApprovalQueries.latest($0, job: job.id)[0] }
    #expect(request.status == status)
    let claim = try fixture.begin("route")
    #expect(refusal { try fixture.change(as: "rita") { try $0.consume(request, by: claim.id, noting: []) } } == "notApproved")
    // Nor does it expire into another state.
    try fixture.change(as: "rita") { try $0.expire(request, after: 1) }
    #expect(try fixture.read { try ApprovalQueries.latest($0, job: job.id)[0].status } == status)
  }

  @Test func deletingAJobKeepsLogAndHistoryAndItsNumber() throws {
    let fixture = try Fixture()
    let job = try fixture.addJob("route")
    let trigger = try fixture.addTrigger("night", to: job)
    let claim = try fixture.begin("route", trigger: trigger, at: fixture.clock.now)
    #expect(refusal { _ = try fixture.change(as: "ada") { try $0.deleteJob(job.id) } } == "conflict")
    try fixture.change(as: "rita") { try $0.endExecution(claim, .succeeded, summary: "done") }
    try fixture.request("route")
    #expect(refusal { _ = try fixture.change(as: "rita") { try $0.deleteJob(job.id) } } == "notPermitted")
    try fixture.change(as: "ada") { try $0.deleteJob(job.id) }
    #expect(try fixture.log(job) == ["rita requested", "ada reset"])
    #expect(try fixture.execution(claim.id).job == "route")
    // A job of the same name is another job: it inherits neither approval nor history, nor the fires of the old trigger.
    let next = try fixture.addJob("route")
    #expect(next.id != job.id)
    #expect(try fixture.status("route") == .notRequested)
    #expect(try fixture.log(next).isEmpty)
    let newTrigger = try fixture.addTrigger("night", to: next)
    #expect(newTrigger.id != trigger.id)
    _ = try fixture.begin("route", trigger: newTrigger, at: fixture.clock.now)
  }

  @Test func theBannerCountsWhatThePersonMayDecide() throws {
    let fixture = try Fixture()
    try fixture.setting("approval.required-count", "2")
    for name in ["one", "two", "three"] {
      try fixture.addJob(name)
      try fixture.request(name)
    }
    func waiting(_ user: String) throws -> Int { try fixture.read { try ApprovalQueries.waiting($0, for: user) } }
    #expect(try waiting("abe") == 3)
    try fixture.decide(.approve, "one", as: "abe")
    try fixture.decide(.reject, "two", as: "ann")
    #expect(try waiting("abe") == 1)
    #expect(try waiting("ann") == 2)
    #expect(try waiting("rita") == 0)
    #expect(try waiting("nobody") == 0)
  }

  @Test func theLogCannotBeChanged() throws {
    let fixture = try Fixture()
    try fixture.addJob("route")
    try fixture.request("route")
    for statement in ["UPDATE approval_log SET message = 'x'", "DELETE FROM approval_log"] {
      #expect(refusal { try fixture.store.database.write { _ = try $0.execute(statement) } } == "storage io")
    }
  }
}
