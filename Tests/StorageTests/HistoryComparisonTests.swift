import JobModel
import Scheduling
import Storage
import Testing

@Suite struct HistoryComparisonTests {
  /// 1 ended, 2 at work, 3 never run.
  private func site() throws -> Fixture {
    let fixture = try Fixture()
    try fixture.addDevice("r1")
    try fixture.addJob("j")
    let claim = try fixture.begin("j")
    try fixture.change(as: "rita") { try $0.endExecution(claim, .failed, summary: "1 of 1 failed") }
    _ = try fixture.begin("j")
    _ = try fixture.begin("j", status: .skipped)
    return fixture
  }

  private func differences(_ fixture: Fixture) throws -> [String] { try fixture.read { try HistoryComparison.differences($0) } }

  @Test func whatWasRecordedAgrees() throws {
    let fixture = try site()
    #expect(try differences(fixture) == [])
    let seen = try fixture.read { try ExecutionQueries.find($0, 2) }
    _ = try fixture.change(as: "ada") { try $0.interrupt(seen) }
    #expect(try differences(fixture) == [])
  }

  @Test func whatWasPrunedMayBeMissing() throws {
    let fixture = try site()
    fixture.clock.advance(seconds: 100)
    let request = PruneRequest(before: fixture.clock.now.adding(seconds: -1), isOutputsOnly: false)
    let progress = try fixture.change(as: "ada") { try $0.prune(request, after: PruneProgress(), budget: .seconds(5)) }
    #expect(progress.executions == 2)
    #expect(try differences(fixture) == [])
    // One that began later was not pruned.
    _ = try fixture.begin("j", status: .missed)
    try fixture.store.database.write { _ = try $0.execute("DELETE FROM execution_device WHERE execution_id = 4") }
    try fixture.store.database.write { _ = try $0.execute("DELETE FROM execution WHERE id = 4") }
    #expect(try differences(fixture) == ["execution 4 is in the log and gone from the history"])
  }

  /// Devices go first, a part at a time, and the log has to say so: they have no outputs that would be counted.
  @Test func anExecutionThatIsHalfPrunedIsNotForged() throws {
    let fixture = try Fixture()
    for number in 1...201 { try fixture.addDevice("r\(number)") }
    try fixture.addJob("j")
    let claim = try fixture.begin("j")
    try fixture.change(as: "rita") { try $0.endExecution(claim, .failed, summary: "nothing was sent") }
    fixture.clock.advance(seconds: 100)
    let request = PruneRequest(before: fixture.clock.now.adding(seconds: -1), isOutputsOnly: false)
    let progress = try fixture.change(as: "ada") { try $0.prune(request, after: PruneProgress(), budget: .zero) }
    #expect(!progress.isDone && progress.executions == 0)
    #expect(try fixture.read { try ExecutionQueries.devices($0, of: 1).count } == 1)
    #expect(try differences(fixture) == [])
  }

  static let forgeries: [(statement: String, difference: String)] = [
    (
      "UPDATE execution SET status = 'succeeded' WHERE id = 1",
      "execution 1 is logged as 'failed: 1 of 1 failed', the history has 'succeeded: 1 of 1 failed'"
    ),
    (
      "UPDATE execution SET summary = 'all done' WHERE id = 1",
      "execution 1 is logged as 'failed: 1 of 1 failed', the history has 'failed: all done'"
    ),
    (
      "UPDATE execution SET user = 'rob' WHERE id = 1",
      "execution 1 is logged as 'job j revision 1 for rita: running', the history has 'job j revision 1 for rob'"
    ),
    ("UPDATE execution SET status = 'succeeded' WHERE id = 2", "execution 2 is logged as 'running', the history has 'succeeded'"),
    ("UPDATE execution SET status = 'missed' WHERE id = 3", "execution 3 is logged as 'skipped', the history has 'missed'"),
    (
      "UPDATE execution_device SET status = 'succeeded' WHERE execution_id = 1",
      "the results of the devices of execution 1 are not those that were logged"
    ),
    (
      "UPDATE execution_device SET error = 'unreachable' WHERE execution_id = 1",
      "the results of the devices of execution 1 are not those that were logged"
    ),
    (
      "UPDATE execution_device SET before = (SELECT hash FROM blob) WHERE execution_id = 1",
      "the outputs or configurations of the devices of execution 1 are not those that were logged"
    ),
    (
      "DELETE FROM execution_device WHERE execution_id = 1",
      "execution 1 is logged with 1 device, the history has 0"
    ),
    ("UPDATE execution SET id = 9 WHERE id = 3", "execution 3 is in the log and gone from the history"),
  ]

  @Test(arguments: forgeries) func whatWasAlteredByHandIsNamed(_ item: (statement: String, difference: String)) throws {
    let fixture = try site()
    try fixture.store.database.write { sql in
      _ = try sql.execute("DELETE FROM execution_device WHERE execution_id = 3")
      _ = try sql.execute("INSERT INTO blob (hash, size, encoding, content) VALUES ('h', 1, 'plain', x'61')")
      _ = try sql.execute(item.statement)
    }
    #expect(try differences(fixture).first == item.difference)
  }

  /// A summary is free text, and may look like the results behind it.
  @Test func aSummaryIsNotTakenForResults() throws {
    let fixture = try site()
    let detail = try fixture.read { sql in
      try sql.row("SELECT detail FROM audit WHERE action = 'execution.end'")?.text("detail") ?? ""
    }
    #expect(detail.hasPrefix("failed: 1 of 1 failed; devices 1 "))
    let claim = try fixture.begin("j")
    try fixture.change(as: "rita") { try $0.endExecution(claim, .failed, summary: String(detail.dropFirst("failed: ".count))) }
    #expect(try differences(fixture) == [])
  }

  @Test func approvalsThatNobodyGaveAreNamed() throws {
    let fixture = try Fixture()
    try fixture.addJob("j")
    try fixture.request("j")
    try fixture.decide(.comment, "j", as: "ann")
    try fixture.decide(.approve, "j", as: "abe")
    #expect(try differences(fixture) == [])
    try fixture.store.database.write { sql in
      _ = try sql.execute("INSERT INTO approval_vote (request_id, user, time) VALUES (1, 'ann', 0)")
    }
    #expect(try differences(fixture) == ["the approval of request 1 by ann is not in the log"])
    try fixture.store.database.write { _ = try $0.execute("UPDATE approval_request SET digest = 'other' WHERE id = 1") }
    #expect(try differences(fixture).first == "request 1 for job 'j' by rita is not in the log with this revision and digest")
  }
}
