import Foundation
import JobModel
import Scheduling
import Storage
import Synchronization
import Testing

/// Several connections to one file at the same instant, as several processes have them: the database decides.
@Suite struct RaceTests {
  /// Runs the bodies on a thread each, begun together, and returns how each ended.
  private func race(_ bodies: [@Sendable () throws -> Void]) -> [String?] {
    let results = Mutex([String?](repeating: nil, count: bodies.count))
    DispatchQueue.concurrentPerform(iterations: bodies.count) { index in
      let result = refusal(bodies[index])
      results.withLock { $0[index] = result }
    }
    return results.withLock { $0 }
  }

  private func connections(_ fixture: Fixture, _ count: Int) throws -> [Store] {
    try (0..<count).map { _ in try fixture.another() }
  }

  private func setUp(required: Int = 1) throws -> (Fixture, JobRecord, [Store]) {
    let fixture = try Fixture()
    if required > 1 { try fixture.setting("approval.required-count", "\(required)") }
    let stores = try connections(fixture, 3)
    return (fixture, try fixture.addJob("route"), stores)
  }

  private func decide(_ store: Store, _ event: ApprovalEvent, as user: String) throws {
    _ = try store.change(as: Fixture.caller(user)) {
      try $0.decide(event, on: try JobQueries.find($0.sql, "route"), message: "m")
    }
  }

  private static let rounds = 200

  @Test func twoApproversWhereOneIsNeeded() throws {
    let (fixture, _, stores) = try setUp()
    for _ in 0..<Self.rounds {
      let request = try fixture.request("route")
      let results = race([{ try decide(stores[0], .approve, as: "abe") }, { try decide(stores[1], .approve, as: "ann") }])
      #expect(results.compactMap { $0 } == ["conflict"])
      let after = try #require(try fixture.read { try ApprovalQueries.get($0, id: request.id) })
      #expect(after.status == .approved)
      #expect(after.approvals.count == 1)
      try fixture.decide(.close, "route", as: "rita")
    }
  }

  @Test func twoApproversWhereTwoAreNeeded() throws {
    let (fixture, _, stores) = try setUp(required: 2)
    for _ in 0..<Self.rounds {
      let request = try fixture.request("route")
      let results = race([
        { try decide(stores[0], .approve, as: "abe") }, { try decide(stores[1], .approve, as: "ann") },
      ])
      #expect(results == [nil, nil])
      #expect(try fixture.read { try ApprovalQueries.get($0, id: request.id)?.status } == .approved)
      try fixture.decide(.close, "route", as: "rita")
    }
  }

  @Test func onePersonTwiceAtOnce() throws {
    let (fixture, _, stores) = try setUp(required: 2)
    for _ in 0..<Self.rounds {
      let request = try fixture.request("route")
      let results = race([{ try decide(stores[0], .approve, as: "abe") }, { try decide(stores[1], .approve, as: "abe") }])
      #expect(results.compactMap { $0 } == ["conflict"])
      #expect(try fixture.read { try ApprovalQueries.get($0, id: request.id)?.status } == .requested)
      try fixture.decide(.close, "route", as: "rita")
    }
  }

  @Test func approvalAgainstRejection() throws {
    let (fixture, _, stores) = try setUp()
    for _ in 0..<Self.rounds {
      let request = try fixture.request("route")
      let results = race([{ try decide(stores[0], .approve, as: "abe") }, { try decide(stores[1], .reject, as: "ann") }])
      // Whoever comes first, the rejection stands: an approval that was given can still be rejected, not the reverse.
      #expect(results[1] == nil)
      #expect([nil, "conflict"].contains(results[0]))
      #expect(try fixture.read { try ApprovalQueries.get($0, id: request.id)?.status } == .rejected)
    }
  }

  @Test func editAgainstApproval() throws {
    let (fixture, job, stores) = try setUp()
    let network = try fixture.network
    for _ in 0..<Self.rounds {
      let request = try fixture.request("route")
      let results = race([
        { try decide(stores[0], .approve, as: "abe") },
        {
          try stores[1].change(as: Fixture.caller("rob")) { change in
            let now = try JobQueries.find(change.sql, "route")
            try change.editJob(now, network: network, now.definition, secrets: [:], changesDevices: true)
          }
        },
      ])
      #expect(results[1] == nil)
      #expect([nil, "conflict"].contains(results[0]))
      // In either order, nothing approves the new revision.
      #expect(try fixture.read { try ApprovalQueries.get($0, id: request.id)?.status } == .notRequested)
      #expect(try fixture.status("route") == .notRequested)
    }
    #expect(try fixture.job("route").revision == job.revision + Self.rounds)
  }

  @Test func twoEditsOfOneRevision() throws {
    let (fixture, _, stores) = try setUp()
    let network = try fixture.network
    for round in 1...Self.rounds {
      let seen = try fixture.job("route")
      let results = race(
        stores.map { store in
          { @Sendable in
            try store.change(as: Fixture.caller("rob")) {
              _ = try $0.editJob(seen, network: network, seen.definition, secrets: [:], changesDevices: true)
            }
          }
        })
      #expect(results.filter { $0 == nil }.count == 1)
      #expect(results.compactMap { $0 } == ["conflict", "conflict"])
      #expect(try fixture.job("route").revision == round + 1)
    }
  }

  @Test func aFireIsClaimedOnceWithItsApproval() throws {
    let (fixture, job, stores) = try setUp()
    let trigger = try fixture.addTrigger("night", to: job)
    for round in 0..<Self.rounds {
      try fixture.request("route")
      let request = try fixture.decide(.approve, "route", as: "abe")
      let time = fixture.clock.now.adding(seconds: Int64(round) * 60)
      let claims = Mutex<[ExecutionClaim]>([])
      let results = race(
        stores.map { store in
          { @Sendable in
            try store.change(as: Fixture.caller("rita")) { change in
              let claim = try change.beginExecution(
                ExecutionStart(
                  job: job, changesDevices: true, user: "rita", trigger: trigger, scheduledTime: time, status: .running,
                  owner: Fixture.owner, leaseUntil: time))
              try change.setRequest(request.id, of: claim.id)
              try change.consume(request, by: claim.id, noting: [])
              claims.withLock { $0.append(claim) }
            }
          }
        })
      #expect(results.filter { $0 == nil }.count == 1)
      #expect(results.compactMap { $0 } == ["conflict", "conflict"])
      let claim = try #require(claims.withLock { $0.count == 1 ? $0.first : nil })
      try fixture.change(as: "rita") { try $0.endExecution(claim, .succeeded, summary: "") }
    }
    #expect(try fixture.read { try $0.row("SELECT count(*) AS n FROM execution")?.int("n") } == Self.rounds)
  }

  /// The index itself refuses the second row, whatever the code above it looks at.
  @Test func theDatabaseRefusesAFireTwice() throws {
    let (fixture, job, _) = try setUp()
    let trigger = try fixture.addTrigger("night", to: job)
    _ = try fixture.begin("route", trigger: trigger, at: fixture.clock.now)
    let error = #expect(throws: StorageError.self) {
      try fixture.store.database.write {
        _ = try $0.execute(
          """
          INSERT INTO execution (job_id, job, network_id, network, type, revision, changes_devices, user, trigger_id, scheduled_at,
            status, start_time)
          SELECT job_id, job, network_id, network, type, revision, changes_devices, user, trigger_id, scheduled_at, status,
            start_time FROM execution
          """)
      }
    }
    #expect(error?.message.contains("UNIQUE") == true)
    // Likewise a second open request.
    try fixture.request("route")
    #expect(
      refusal {
        try fixture.store.database.write {
          _ = try $0.execute(
            """
            INSERT INTO approval_request (job_id, job, network, revision, digest, manifest, status, requested_by, requested_at, saved_by)
            SELECT job_id, job, network, revision, digest, manifest, 'approved', requested_by, requested_at, saved_by
            FROM approval_request
            """)
        }
      } == "storage io")
  }

  @Test func aDeviceIsLeasedToOneExecution() throws {
    let (fixture, _, stores) = try setUp()
    let device = try fixture.addDevice("r1")
    for _ in 0..<Self.rounds {
      let claims = try stores.map { _ in try fixture.begin("route") }
      let holders = Mutex<[Int64?]>([])
      let results = race(
        zip(stores, claims).map { store, claim in
          { @Sendable in
            let holder = try store.change(as: Fixture.caller("rita")) { try $0.lease(device.id, for: claim) }
            holders.withLock { $0.append(holder) }
          }
        })
      #expect(results == [nil, nil, nil])
      #expect(holders.withLock { $0.filter { $0 == nil }.count } == 1)
      #expect(Set(holders.withLock { $0.compactMap { $0 } }).count == 1)
      for claim in claims { try fixture.change(as: "rita") { try $0.endExecution(claim, .succeeded, summary: "") } }
    }
  }

  @Test func aWaitingExecutionIsAdoptedOnceAndADeadOneSweptOnce() throws {
    let (fixture, _, stores) = try setUp()
    for _ in 0..<Self.rounds {
      let waiting = try fixture.execution(try fixture.begin("route", status: .pending).id)
      let adopted = Mutex<[ExecutionClaim]>([])
      let adoptions = race(
        stores.map { store in
          { @Sendable in
            let claim = try store.change(as: Fixture.caller("rita")) {
              try $0.adopt(waiting, owner: Fixture.owner, leaseUntil: waiting.startTime)
            }
            if let claim { adopted.withLock { $0.append(claim) } }
          }
        })
      #expect(adoptions == [nil, nil, nil])
      #expect(adopted.withLock { $0 } == [ExecutionClaim(id: waiting.id, generation: 2)])
      let dead = try fixture.execution(waiting.id)
      let swept = Mutex(0)
      let sweeps = race(
        stores.map { store in
          { @Sendable in
            if try store.change(as: Fixture.caller("rita"), { try $0.interrupt(dead) }) != nil { swept.withLock { $0 += 1 } }
          }
        })
      #expect(sweeps == [nil, nil, nil])
      #expect(swept.withLock { $0 } == 1)
    }
  }

  @Test func theAuditChainHoldsThroughAllOfIt() throws {
    let (fixture, _, stores) = try setUp()
    for round in 0..<Self.rounds {
      let results = race(
        stores.map { store in
          { @Sendable in try store.change(as: Fixture.caller("ada")) { try $0.audit("test", "round \(round)") } }
        })
      #expect(results == [nil, nil, nil])
    }
    let keys = try fixture.store.keys()
    let verdict = try fixture.read { try AuditLog.verify($0, keys: keys) }
    #expect(verdict.firstBad == nil)
    #expect(verdict.rows >= Int64(3 * Self.rounds))
  }
}
