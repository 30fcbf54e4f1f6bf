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

  /// An approval that was used: lines 1 to 4 are what three people and the program said, 5 is that it was closed.
  private func spokenSite() throws -> Fixture {
    let fixture = try Fixture()
    try fixture.addJob("j")
    let request = try fixture.request("j")
    try fixture.decide(.comment, "j", as: "ann")
    try fixture.decide(.approve, "j", as: "abe")
    let claim = try fixture.begin("j")
    try fixture.change(as: "rita") { change in
      try change.consume(request, by: claim.id, noting: ["r9 joined; it is new"])
      try change.setRequest(request.id, of: claim.id)
      try change.endExecution(claim, .succeeded, summary: "done")
    }
    return fixture
  }

  /// The keepers of the approval log are put back, as somebody would who knows what they do.
  private func forge(_ fixture: Fixture, _ statements: String...) throws {
    try fixture.store.database.write { sql in
      let keepers = try sql.rows("SELECT name, sql FROM sqlite_master WHERE name LIKE 'approval_log_%' AND type = 'trigger'")
      for keeper in keepers { _ = try sql.execute("DROP TRIGGER \(try keeper.text("name"))") }
      for statement in statements { _ = try sql.execute(statement) }
      for keeper in keepers { _ = try sql.execute(try keeper.text("sql")) }
    }
  }

  private static let forgedLine = """
    INSERT INTO approval_log (id, request_id, job_id, job, network, revision, time, user, event, message)
    SELECT %, request_id, job_id, job, network, revision, time + 1, 'art', 'commented', 'Go on' FROM approval_log WHERE id = 2
    """

  static let forgedMessages: [(statement: String, difference: String)] = [
    (
      "UPDATE approval_log SET message = 'never' WHERE id = 1",
      "message 1 of the approval log (job 'j', requested by rita) is not the one that was logged"
    ),
    (
      "UPDATE approval_log SET user = 'art' WHERE id = 2",
      "message 2 of the approval log (job 'j', commented by art) is not the one that was logged"
    ),
    (
      "UPDATE approval_log SET time = time - 1 WHERE id = 3",
      "message 3 of the approval log (job 'j', approved by abe) is not the one that was logged"
    ),
    (
      "UPDATE approval_log SET message = 'execution 1' WHERE id = 4",
      "message 4 of the approval log (job 'j', executed by rita) is not the one that was logged"
    ),
    (
      "UPDATE approval_log SET event = 'rejected' WHERE id = 5",
      "message 5 of the approval log (job 'j', rejected by rita) is not the one that was logged"
    ),
    ("DELETE FROM approval_log WHERE id = 2", "message 2 is in the audit log and gone from the approval log"),
    ("DELETE FROM approval_log WHERE id = 5", "message 5 is in the audit log and gone from the approval log"),
    (
      forgedLine.replacing("%", with: "6"),
      "message 6 of the approval log (job 'j', commented by art) is not in the audit log"
    ),
    (
      forgedLine.replacing("%", with: "-6"),
      "message -6 of the approval log (job 'j', commented by art) is not in the audit log"
    ),
  ]

  @Test(arguments: forgedMessages) func whatNobodySaidIsNamed(_ item: (statement: String, difference: String)) throws {
    let fixture = try spokenSite()
    #expect(try differences(fixture) == [])
    try forge(fixture, item.statement)
    #expect(try differences(fixture) == [item.difference])
  }

  /// As an earlier netjob left them: the same rows, without digests, and none for the end of the execution.
  private func forgetDigests(_ fixture: Fixture, of messages: ClosedRange<Int>) throws {
    try fixture.store.database.write { sql in
      let keepers = try sql.rows("SELECT name, sql FROM sqlite_master WHERE name LIKE 'audit_%' AND type = 'trigger'")
      for keeper in keepers { _ = try sql.execute("DROP TRIGGER \(try keeper.text("name"))") }
      for message in messages {
        let pattern = "%; message \(message) %"
        _ = try sql.execute("DELETE FROM audit WHERE action = 'approval.end' AND detail LIKE ?", pattern)
        _ = try sql.execute(
          "UPDATE audit SET detail = substr(detail, 1, instr(detail, '; message ') - 1) WHERE detail LIKE ?", pattern)
      }
      for keeper in keepers { _ = try sql.execute(try keeper.text("sql")) }
    }
  }

  @Test func whatAnEarlierNetjobWroteIsNoDamage() throws {
    let fixture = try spokenSite()
    try forgetDigests(fixture, of: 1...5)
    #expect(try differences(fixture) == [])
    try fixture.request("j")
    try fixture.decide(.approve, "j", as: "abe")
    #expect(try differences(fixture) == [])
    try forge(fixture, "UPDATE approval_log SET message = 'never' WHERE id = 6")
    #expect(try differences(fixture).count == 1)
  }

  /// `run-due` of before an upgrade may still be at work after it.
  @Test func anEarlierNetjobThatIsStillAtWorkDoesNoDamage() throws {
    let fixture = try spokenSite()
    try forgetDigests(fixture, of: 3...5)
    #expect(try differences(fixture) == [])
    try forge(fixture, "UPDATE approval_log SET message = 'execution 1 ended: failed' WHERE id = 5")
    // Both at the same time here, by the same person: without rita's row of line 4 nothing speaks for line 5.
    #expect(try differences(fixture) == [])
    try forge(fixture, "UPDATE approval_log SET time = time + 1 WHERE id = 5")
    #expect(
      try differences(fixture) == ["message 5 of the approval log (job 'j', closed by rita) is not in the audit log"])
    try forge(fixture, "UPDATE approval_log SET message = 'execution 1 ended: succeeded' WHERE id = 5")
    #expect(try differences(fixture) == [])
  }

  /// More than what is held in memory at once, and ends in another order than beginnings.
  @Test func longHistoriesAreReadInParts() throws {
    let fixture = try Fixture()
    try fixture.addJob("j")
    var claims: [ExecutionClaim] = []
    try fixture.change(as: "rita") { change in
      let job = try JobQueries.find(change.sql, "j")
      for _ in 1...2100 {
        claims.append(
          try change.beginExecution(
            ExecutionStart(
              job: job, changesDevices: false, user: "rita", status: .running, owner: Fixture.owner, leaseUntil: change.now)))
      }
      for claim in claims.reversed() { try change.endExecution(claim, .succeeded, summary: "done") }
    }
    #expect(try differences(fixture) == [])
    try fixture.store.database.write { sql in
      for id in [1, 1000, 1001, 2100] { _ = try sql.execute("UPDATE execution SET summary = 'forged' WHERE id = ?", id) }
      _ = try sql.execute("UPDATE execution SET id = 5000 WHERE id = 2000")
      _ = try sql.execute("UPDATE execution SET id = -9223372036854775808 WHERE id = 2001")
    }
    #expect(
      try differences(fixture).map { $0.prefix { !$0.isPunctuation } } == [
        "execution ", "execution 1 is logged as ", "execution 1000 is logged as ", "execution 1001 is logged as ",
        "execution 2000 is in the log and gone from the history", "execution 2001 is in the log and gone from the history",
        "execution 2100 is logged as ", "execution 5000 is not in the log",
      ])
  }
}
