import JobModel
import Scheduling
import Storage
import Testing

@Suite struct PruneTests {
  /// Ends executions, one a day, each with an output of its own and one that all share.
  private func filled(_ count: Int, devices: Int = 1) throws -> Fixture {
    let fixture = try Fixture()
    for index in 0..<devices { try fixture.addDevice("r\(index)", address: "192.0.2.\(index + 1)") }
    try fixture.addJob("route", changes: false)
    for number in 0..<count {
      let claim = try fixture.begin("route")
      try fixture.change(as: "rita") { change in
        for position in 0..<devices {
          let text = position == 0 ? "output \(number)" : "shared"
          try change.endDevice(claim, position: position, DeviceOutcome(status: .succeeded, output: text))
        }
        try change.endExecution(claim, .succeeded, summary: "done")
      }
      fixture.clock.advance(seconds: 86_400)
    }
    return fixture
  }

  private func count(_ fixture: Fixture, _ table: String) throws -> Int {
    try fixture.read { try $0.row("SELECT count(*) AS n FROM \(table)")?.int("n") ?? 0 }
  }

  private func prune(_ fixture: Fixture, days: Int64, outputsOnly: Bool = false, budget: Duration = .seconds(9)) throws -> (
    PruneProgress, steps: Int
  ) {
    let request = PruneRequest(before: fixture.clock.now.adding(seconds: -days * 86_400), isOutputsOnly: outputsOnly)
    var progress = PruneProgress()
    var steps = 0
    while !progress.isDone {
      progress = try fixture.change(as: "ada") { [progress] in try $0.prune(request, after: progress, budget: budget) }
      steps += 1
    }
    return (progress, steps)
  }

  @Test func whatIsOldGoesWithItsContents() throws {
    let fixture = try filled(10, devices: 2)
    #expect(try count(fixture, "blob") == 11)
    let (progress, _) = try prune(fixture, days: 4)
    #expect(progress.executions == 6 && progress.outputs == 12 && progress.contents == 6)
    #expect(try count(fixture, "execution") == 4 && count(fixture, "execution_device") == 8)
    #expect(try count(fixture, "blob") == 5, "four outputs and the shared one")
    #expect(try prune(fixture, days: 4).0.executions == 0)
  }

  @Test func outputsAloneCanGo() throws {
    let fixture = try filled(5, devices: 2)
    let (progress, _) = try prune(fixture, days: 3, outputsOnly: true)
    #expect(progress.executions == 0 && progress.outputs == 4 && progress.contents == 2)
    #expect(try count(fixture, "execution") == 5 && count(fixture, "execution_device") == 10)
    #expect(try fixture.read { try PruneQueries.count($0, PruneRequest(before: fixture.clock.now, isOutputsOnly: true)) } == 3)
  }

  @Test func whatRunsOrIsReferredToStays() throws {
    let fixture = try filled(2)
    let old = try fixture.begin("route")
    let device = try fixture.read { try DeviceQueries.find($0, "r0") }
    // A configuration that reads as an output does is one content.
    try fixture.change(as: "ada") { change in
      _ = try change.addConfigRevision(
        of: device, .running, text: "output 0", hash: sha256("output 0"), comparable: "x", execution: 1, added: 1, removed: 0)
    }
    fixture.clock.advance(seconds: 10 * 86_400)
    let (progress, _) = try prune(fixture, days: 1)
    #expect(progress.executions == 2 && progress.contents == 1)
    #expect(try fixture.read { try ExecutionQueries.find($0, old.id) }.status == .running)
    #expect(try fixture.read { try Blobs.get($0, sha256("output 0")) } == "output 0")
  }

  /// A content is there as long as another builds upon it, and no longer.
  @Test func basesGoWithTheLastThatBuildsUponThem() throws {
    let fixture = try filled(1)
    let base = (0..<400).map { "interface Ethernet\($0) description port \($0 &* 7919)" }.joined(separator: "\n")
    let (first, second) = try fixture.change(as: "ada") { change in
      let first = try Blobs.put(change.sql, base)
      let second = try Blobs.put(change.sql, base + "\nend", after: first)
      try change.sql.execute("UPDATE execution_device SET before = ?, after = ?", first, second)
      return (first, second)
    }
    #expect(try fixture.read { try $0.row("SELECT base FROM blob WHERE hash = ?", second)?.optionalText("base") } == first)
    _ = try prune(fixture, days: 0)
    #expect(try count(fixture, "blob") == 0)
  }

  @Test func stepsEndInTimeAndTheAuditLogTellsOfEach() throws {
    let fixture = try filled(30)
    let (progress, steps) = try prune(fixture, days: 0, budget: .zero)
    #expect(progress.executions == 30 && steps == 61, "its device, then itself")
    let rows = try fixture.read { try $0.rows("SELECT detail FROM audit WHERE action = 'history.prune'") }
    #expect(try rows.count == 60 && rows[1].text("detail").contains("1 executions, 0 outputs, up to execution 1"))
  }

  @Test func theSettingsSayWhatGoes() throws {
    let fixture = try filled(1)
    #expect(try fixture.read { try PruneQueries.standing($0, now: fixture.clock.now) }.isEmpty)
    try fixture.change(as: "ada") { try $0.set("history.keep-outputs", to: "86400") }
    #expect(
      try fixture.read { try PruneQueries.standing($0, now: fixture.clock.now) } == [
        PruneRequest(before: fixture.clock.now.adding(seconds: -86_400), isOutputsOnly: true)
      ])
    #expect(throws: ModelError.self) { try fixture.change(as: "ada") { try $0.set("history.keep", to: "60") } }
  }
}
