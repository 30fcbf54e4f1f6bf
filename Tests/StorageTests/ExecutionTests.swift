import JobModel
import Scheduling
import Storage
import Testing

@Suite struct ExecutionTests {
  /// An execution on r1 to r4 and a listed device that is gone: r1 ended, r2 was being changed, r3 was begun, r4 waits.
  private func halfDone() throws -> (Fixture, ExecutionClaim) {
    let fixture = try Fixture()
    for name in ["r1", "r2", "r3", "r4", "r5"] { try fixture.addDevice(name) }
    try fixture.addJob("route", targets: .devices(["r1", "r2", "r3", "r4", "r5"]))
    try fixture.change(as: "ada") { change in
      var edit = DeviceEdit()
      edit.enabled = false
      try change.editDevice(try DeviceQueries.find(change.sql, "r5"), edit)
    }
    try fixture.request("route")
    let request = try fixture.decide(.approve, "route", as: "abe")
    let claim = try fixture.begin("route")
    try fixture.change(as: "rita") { change in
      try change.setRequest(request.id, of: claim.id)
      try change.consume(request, by: claim.id, noting: [])
      for position in 0...2 { try change.beginDevice(claim, position: position) }
      for id: Int64 in [1, 2] { #expect(try change.lease(id, for: claim) == nil) }
      try change.noteBefore(claim, position: 0, "before")
      try change.endDevice(claim, position: 0, DeviceOutcome(status: .succeeded, changed: true, output: "out", after: "after"))
      try change.noteBefore(claim, position: 1, "before")
      try change.noteCommand(claim, position: 1, "ip route 192.0.2.0/24 null0")
    }
    return (fixture, claim)
  }

  private func leases(_ fixture: Fixture) throws -> Int? {
    try fixture.read { try $0.row("SELECT count(*) AS n FROM device_lease")?.int("n") }
  }

  @Test func aDeadProcessLeavesTheTruth() throws {
    let (fixture, claim) = try halfDone()
    #expect(try leases(fixture) == 2)
    #expect(try fixture.status("route") == .approved)
    fixture.clock.advance(seconds: 120)
    let seen = try fixture.execution(claim.id)
    let ended = try #require(try fixture.change(as: "ada") { try $0.interrupt(seen) })
    #expect(ended.status == .interrupted)
    #expect(ended.endTime == fixture.clock.now)
    #expect(ended.leaseUntil == nil)
    #expect(ended.summary.contains("in doubt: r2"))
    #expect(ended.devicesTotal == 5)
    #expect(ended.devicesFailed == 2)
    let devices = try fixture.devices(claim.id)
    #expect(devices.map(\.status) == [.succeeded, .inDoubt, .interrupted, .notBegun, .skipped])
    #expect(devices[1].error?.contains("ip route 192.0.2.0/24 null0") == true)
    #expect(devices[3].endTime == nil)
    #expect(devices[4].error == "the device is disabled")
    let before = try #require(devices[1].before)
    #expect(try fixture.read { try Blobs.get($0, before) } == "before")
    #expect(devices[0].before == devices[1].before)
    #expect(try leases(fixture) == 0)
    #expect(try fixture.status("route") == .closed)
    // It is swept once.
    #expect(try fixture.change(as: "ada") { try $0.interrupt(seen) } == nil)
    #expect(try fixture.change(as: "ada") { try $0.interrupt(ended) } == nil)
  }

  static let writes: [(String, @Sendable (Change, ExecutionClaim) throws -> Void)] = [
    ("beginDevice", { try $0.beginDevice($1, position: 3) }),
    ("noteCommand", { try $0.noteCommand($1, position: 1, "x") }),
    ("noteBefore", { try $0.noteBefore($1, position: 1, "x") }),
    ("endDevice", { try $0.endDevice($1, position: 1, DeviceOutcome(status: .succeeded)) }),
    ("endExecution", { try $0.endExecution($1, .succeeded, summary: "") }),
    ("lease", { _ = try $0.lease(3, for: $1) }),
    ("check", { try $0.check($1) }),
  ]

  @Test(arguments: writes.indices) func aSweptProcessWritesNothing(_ index: Int) throws {
    let (fixture, claim) = try halfDone()
    #expect(refusal { try fixture.change(as: "rita") { try Self.writes[index].1($0, claim) } } == nil)
    let (other, old) = try halfDone()
    _ = try other.change(as: "ada") { try $0.interrupt(try ExecutionQueries.find($0.sql, old.id)) }
    let record = try other.execution(old.id)
    let devices = try other.devices(old.id)
    #expect(refusal { try other.change(as: "rita") { try Self.writes[index].1($0, old) } } == "conflict")
    #expect(try other.change(as: "rita") { try $0.renew(old, until: other.clock.now) } == nil)
    #expect(try other.execution(old.id) == record)
    #expect(try other.devices(old.id) == devices)
    #expect(try leases(other) == 0)
  }

  @Test func aResultForNoDeviceIsAnError() throws {
    let (fixture, claim) = try halfDone()
    for body: (Change) throws -> Void in [
      { try $0.beginDevice(claim, position: 9) }, { try $0.noteCommand(claim, position: 9, "x") },
      { try $0.noteBefore(claim, position: 9, "x") },
      { try $0.endDevice(claim, position: 9, DeviceOutcome(status: .succeeded)) },
    ] { #expect(refusal { try fixture.change(as: "rita", body) } == "storage corrupt") }
  }

  @Test func endingGivesEverythingBack() throws {
    let (fixture, claim) = try halfDone()
    try fixture.change(as: "rita") { change in
      try change.endDevice(claim, position: 1, DeviceOutcome(status: .failed, error: "refused"))
      try change.endDevice(claim, position: 2, DeviceOutcome(status: .succeeded))
      try change.endExecution(claim, .failed, summary: "1 of 4 failed")
    }
    let record = try fixture.execution(claim.id)
    #expect((record.status, record.devicesFailed, record.summary) == (.failed, 1, "1 of 4 failed"))
    #expect(try fixture.devices(claim.id).map(\.status) == [.succeeded, .failed, .succeeded, .notBegun, .skipped])
    #expect(try leases(fixture) == 0)
    #expect(try fixture.status("route") == .closed)
    #expect(refusal { try fixture.change(as: "rita") { try $0.endExecution(claim, .succeeded, summary: "") } } == "conflict")
  }

  @Test func anEndWithoutADevicesResultIsNoSuccess() throws {
    let (fixture, claim) = try halfDone()
    try fixture.change(as: "rita") { try $0.endExecution(claim, .succeeded, summary: "all done") }
    let record = try fixture.execution(claim.id)
    #expect((record.status, record.devicesFailed) == (.failed, 2))
    #expect(record.summary == "all done; result not recorded: r2, r3")
    #expect(try fixture.devices(claim.id).map(\.status) == [.succeeded, .inDoubt, .interrupted, .notBegun, .skipped])
  }

  @Test func leasesAreOfOneExecutionAndRenewed() throws {
    let fixture = try Fixture()
    try fixture.addDevice("r1")
    try fixture.addJob("one")
    try fixture.addJob("two")
    let (one, two) = (try fixture.begin("one"), try fixture.begin("two"))
    try fixture.change(as: "rita") { change in
      #expect(try change.lease(1, for: one) == nil)
      #expect(try change.lease(1, for: one) == nil)
      #expect(try change.lease(1, for: two) == one.id)
      try change.release(1, of: two)
      #expect(try change.lease(1, for: two) == one.id)
      try change.release(1, of: one)
      #expect(try change.lease(1, for: two) == nil)
      let until = change.now.adding(seconds: 60)
      #expect(try change.renew(one, until: until) == false)
      #expect(try ExecutionQueries.find(change.sql, one.id).leaseUntil == until)
      try change.requestCancel(try ExecutionQueries.find(change.sql, one.id))
      #expect(try change.renew(one, until: until) == true)
    }
  }

  @Test func cancellingWhatHasNotBegunEndsIt() throws {
    let fixture = try Fixture()
    try fixture.addDevice("r1")
    try fixture.addJob("route")
    let claim = try fixture.begin("route", status: .pending)
    let seen = try fixture.execution(claim.id)
    try fixture.change(as: "rob") { try $0.requestCancel(seen) }
    #expect(try fixture.execution(claim.id).status == .cancelled)
    #expect(try fixture.devices(claim.id).map(\.status) == [.notBegun])
    #expect(refusal { try fixture.change(as: "rob") { try $0.requestCancel(seen) } } == "conflict")
    #expect(try fixture.change(as: "rob") { try $0.adopt(seen, owner: Fixture.owner, leaseUntil: $0.now) } == nil)
  }

  /// Seen as pending, it was begun by another process before the wish to cancel it arrived.
  @Test func cancellingWhatBeganMeanwhileLeavesItToItsProcess() throws {
    let fixture = try Fixture()
    try fixture.addDevice("r1")
    try fixture.addJob("route")
    let seen = try fixture.execution(try fixture.begin("route", status: .pending).id)
    let claim = try #require(
      try fixture.change(as: "rita") { try $0.adopt(seen, owner: Fixture.owner, leaseUntil: $0.now.adding(seconds: 60)) })
    try fixture.change(as: "rob") { try $0.requestCancel(seen) }
    let record = try fixture.execution(seen.id)
    #expect((record.status, record.isCancelRequested, record.generation) == (.running, true, 2))
    #expect(try fixture.change(as: "rita") { try $0.renew(claim, until: $0.now) } == true)
  }

  @Test func listsAreNewestFirstAndFiltered() throws {
    let fixture = try Fixture()
    let start = fixture.clock.now
    for name in ["one", "two"] { try fixture.addJob(name) }
    for name in ["one", "two", "one"] {
      fixture.clock.advance(seconds: 60)
      let claim = try fixture.begin(name)
      try fixture.change(as: "rita") { try $0.endExecution(claim, name == "one" ? .succeeded : .failed, summary: "") }
    }
    func list(_ build: (inout ExecutionQueries.Filter) -> Void) throws -> [Int64] {
      var filter = ExecutionQueries.Filter()
      build(&filter)
      return try fixture.read { try ExecutionQueries.list($0, filter).map(\.id) }
    }
    #expect(try list { _ in } == [3, 2, 1])
    #expect(try list { $0.job = "one" } == [3, 1])
    #expect(try list { $0.job = "2" } == [2])
    #expect(try list { $0.status = .failed } == [2])
    #expect(try list { $0.since = start.adding(seconds: 120) } == [3, 2])
    #expect(try list { $0.until = start.adding(seconds: 120) } == [1])
    #expect(try list { $0.limit = 1 } == [3])
    #expect(try list { $0.visible = [1] } == [3, 2, 1])
    #expect(try list { $0.visible = [] } == [])
    #expect(try list { $0.visible = [2] } == [])
    #expect(try list { $0.user = "rita' OR '1'='1" } == [])
    try fixture.change(as: "ada") { try $0.deleteJob(try JobQueries.find($0.sql, "one").id) }
    #expect(try list { $0.job = "one" } == [3, 1])
    #expect(try list { $0.type = .backup } == [])
  }
}
