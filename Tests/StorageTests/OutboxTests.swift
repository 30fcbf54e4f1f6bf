import Foundation
import JobModel
import Scheduling
import Storage
import Testing

@Suite struct OutboxTests {
  /// Everybody has an address, and mail and one trap receiver are set up.
  private static func fixture(mail: Bool = true, traps: Bool = true) throws -> Fixture {
    let fixture = try Fixture()
    try fixture.store.database.write {
      _ = try $0.execute("UPDATE account SET mail = name || '@example.net'")
    }
    if mail { try fixture.setting("mail.server", "smtp://mail.example.net") }
    if traps { try addReceiver(fixture, "nms") }
    return fixture
  }

  private static func addReceiver(_ fixture: Fixture, _ name: String) throws {
    var edit = TrapReceiverEdit()
    edit.host = "192.0.2.9"
    edit.secrets.community = "Tr4p-community"
    try fixture.change(as: "ada") { _ = try $0.addTrapReceiver(name, edit) }
  }

  private static func all(_ fixture: Fixture) throws -> [OutboxRecord] {
    try fixture.read { try OutboxQueries.list($0, limit: 1000) }.reversed()
  }

  /// `event -> recipients` of mail, since the last time.
  private static func mailed(_ fixture: Fixture) throws -> [String] {
    defer { try? fixture.store.database.write { _ = try $0.execute("DELETE FROM outbox") } }
    var result: [String] = []
    for delivery in try all(fixture) where delivery.channel == .mail {
      let event = delivery.notice.event.rawValue
      if let last = result.last, last.hasPrefix(event + ":") {
        result[result.count - 1] = last + " " + delivery.recipient
      } else {
        result.append("\(event): \(delivery.recipient)")
      }
    }
    return result
  }

  @Test func whoIsToldOfARequest() throws {
    let fixture = try Self.fixture(traps: false)
    try fixture.setting("approval.required-count", "2")
    try fixture.addDevice("r1")
    // Rob has a hand in it, Ann may only approve elsewhere, Vera never.
    try fixture.addJob("route")
    try fixture.change(as: "ada") { change in
      let other = try change.addNetwork(name: "other", comment: "", hostKeys: .acceptNew)
      _ = other
      let ann = try AccountQueries.find(change.sql, "ann")
      try change.revoke("approver", from: ann, network: nil)
      try change.grant("approver", to: ann, network: try NetworkQueries.find(change.sql, "other"))
      try change.grant("view", to: ann, network: nil)
      try change.grant("approve-tool-job", to: try AccountQueries.find(change.sql, "rita"), network: nil)
    }
    _ = try Self.mailed(fixture)
    try fixture.request("route")
    #expect(try Self.mailed(fixture) == ["requested: abe ada art"])
    try fixture.decide(.comment, "route", as: "abe")
    #expect(try Self.mailed(fixture) == ["commented: ada art rita"])
    try fixture.decide(.approve, "route", as: "abe")
    #expect(try Self.mailed(fixture) == ["approved: rita"])
    try fixture.decide(.comment, "route", as: "rita")
    #expect(try Self.mailed(fixture) == ["commented: abe ada art"], "who approved is told what is said after it")
    try fixture.decide(.approve, "route", as: "art")
    #expect(try Self.mailed(fixture) == ["approved: rita"])
    try fixture.setting("approval.required-count", "3")
    #expect(try Self.mailed(fixture) == [], "Ada, who asked for more approvals, is the only one left to give them")
    try fixture.change(as: "rita") { try $0.resetApproval(of: try JobQueries.find($0.sql, "route").id, because: "edited") }
    #expect(try Self.mailed(fixture) == ["reset: abe ada art"])
    try fixture.request("route")
    _ = try Self.mailed(fixture)
    try fixture.decide(.reject, "route", as: "art")
    #expect(try Self.mailed(fixture) == ["rejected: rita"])
    try fixture.request("route")
    _ = try Self.mailed(fixture)
    try fixture.decide(.close, "route", as: "rita")
    #expect(try Self.mailed(fixture) == ["closed: abe ada art"])
  }

  @Test func whoIsToldOfAnExecution() throws {
    let fixture = try Self.fixture(traps: false)
    try fixture.addDevice("r1")
    let job = try fixture.addJob("route")
    let trigger = try fixture.addTrigger("nightly", to: job)
    _ = try Self.mailed(fixture)
    // By hand: she sees it begin, and is told how it ended.
    let byHand = try fixture.begin("route")
    #expect(try Self.mailed(fixture) == [])
    try fixture.change(as: "rita") { try $0.endExecution(byHand, .succeeded, summary: "done") }
    #expect(try Self.mailed(fixture) == ["completed: rita"])
    // By its trigger, in the name of whoever runs cron.
    let byTrigger = try fixture.begin("route", trigger: trigger, at: fixture.clock.now)
    #expect(try Self.mailed(fixture) == ["executed: rita"])
    try fixture.change(as: "ada") { try $0.endExecution(byTrigger, .cancelled, summary: "stopped") }
    #expect(try Self.mailed(fixture) == ["failed: rita"])
    for (offset, status, told) in [
      (1, ExecutionStatus.notApproved, ["not-approved: rita"]), (2, .missed, ["failed: rita"]), (3, .skipped, []),
      (4, .pending, []),
    ] {
      _ = try fixture.begin("route", status: status, trigger: trigger, at: fixture.clock.now.adding(seconds: Int64(offset)))
      #expect(try Self.mailed(fixture) == told, "\(status)")
    }
  }

  @Test func jobsThatOnlyReadAreMailedWhenTheyFail() throws {
    let fixture = try Self.fixture()
    try fixture.addDevice("r1")
    let job = try fixture.addJob("backup", changes: false)
    let trigger = try fixture.addTrigger("nightly", to: job)
    func events(_ status: ExecutionStatus, _ offset: Int64) throws -> [String] {
      try fixture.store.database.write { _ = try $0.execute("DELETE FROM outbox") }
      _ = try fixture.begin("backup", status: status, trigger: trigger, at: fixture.clock.now.adding(seconds: offset))
      return try Self.all(fixture).map { "\($0.channel) \($0.notice.event.rawValue)" }
    }
    #expect(try events(.running, 1) == ["trap executed"])
    #expect(try events(.succeeded, 2) == ["trap completed"])
    #expect(try events(.failed, 3) == ["trap failed", "mail failed"])
    try fixture.setting("mail.read-only-jobs", "all")
    try fixture.setting("trap.read-only-jobs", "none")
    #expect(try events(.succeeded, 4) == ["mail completed"])
    try fixture.setting("mail.events", "requested,executed")
    #expect(try events(.succeeded, 5) == [])
    #expect(try events(.running, 6) == ["mail executed"])
  }

  @Test func nothingIsWrittenWhereNothingIsConfigured() throws {
    let fixture = try Self.fixture(mail: false, traps: false)
    try fixture.addDevice("r1")
    try fixture.addJob("route")
    try fixture.request("route")
    _ = try fixture.begin("route", status: .failed)
    try fixture.change(as: "ada") { try $0.noteChangedHostKey(try DeviceQueries.find($0.sql, "r1"), message: "m") }
    #expect(try Self.all(fixture).isEmpty)
    #expect(!fixture.store.outbox.take())
    // Nor for those who have no address, are disabled, or may see nothing.
    try fixture.setting("mail.server", "smtp://mail.example.net")
    try fixture.store.database.write { sql in
      _ = try sql.execute("UPDATE account SET mail = NULL WHERE name = 'abe'")
      _ = try sql.execute("UPDATE account SET enabled = 0 WHERE name = 'ann'")
      _ = try sql.execute("DELETE FROM account_grant WHERE account_id = (SELECT id FROM account WHERE name = 'art')")
    }
    try fixture.decide(.close, "route", as: "ada")
    #expect(try Self.mailed(fixture) == ["closed: rita"])
    #expect(fixture.store.outbox.take() && !fixture.store.outbox.take())
  }

  @Test func aChangedHostKeyIsToldOnceADay() throws {
    let fixture = try Self.fixture()
    try fixture.addDevice("r1")
    try fixture.addDevice("r2", address: "192.0.2.2")
    func note(_ name: String) throws -> Int {
      try fixture.change(as: "ada") { try $0.noteChangedHostKey(try DeviceQueries.find($0.sql, name), message: "m") }
      return try Self.all(fixture).count
    }
    #expect(try [note("r1"), note("r1"), note("r2")] == [2, 2, 4])
    fixture.clock.advance(seconds: 86_399)
    #expect(try note("r1") == 4)
    fixture.clock.advance(seconds: 2)
    #expect(try note("r1") == 6)
  }

  @Test func aRolledBackChangeTellsNothing() throws {
    struct Unwanted: Error {}
    let fixture = try Self.fixture()
    try fixture.addDevice("r1")
    try fixture.addJob("route")
    #expect(throws: Unwanted.self) {
      try fixture.change(as: "rita") { change in
        let job = try JobQueries.find(change.sql, "route")
        _ = try change.requestApproval(of: job, Fixture.manifest(job), message: "m")
        throw Unwanted()
      }
    }
    #expect(try Self.all(fixture).isEmpty)
  }

  @Test func theNoticeCarriesTheHeadOfTheAuditLog() throws {
    let fixture = try Self.fixture()
    try fixture.addDevice("r1")
    try fixture.addJob("route")
    try fixture.request("route")
    let head = try #require(try fixture.read { try $0.row("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1") })
    for delivery in try Self.all(fixture) {
      #expect(delivery.notice.auditHead == (try head.text("hash")))
      #expect(delivery.notice.auditRow == (try head.int64("id")))
    }
  }

  // MARK: Working off

  private static func claim(_ store: Store, limit: Int = 100, seconds: Int64 = 60) throws -> [OutboxRecord] {
    try store.change(as: Fixture.caller("ada")) {
      try $0.claimDeliveries(limit: limit, leaseUntil: $0.now.adding(seconds: seconds))
    }
  }

  @Test func aClaimHoldsUntilItsLeaseRanOut() throws {
    let fixture = try Self.fixture()
    try fixture.addDevice("r1")
    try fixture.addJob("route")
    try fixture.request("route")
    let other = try fixture.another()
    let all = try Self.claim(fixture.store)
    #expect(all.count == 5 && all.map(\.attempts) == [1, 1, 1, 1, 1])
    #expect(try Self.claim(other).isEmpty)
    #expect(try !fixture.read { try OutboxQueries.isDue($0, now: fixture.clock.now) })
    fixture.clock.advance(seconds: 60)
    #expect(try fixture.read { try OutboxQueries.isDue($0, now: fixture.clock.now) })
    let again = try Self.claim(other)
    #expect(again.map(\.attempts) == [2, 2, 2, 2, 2])
    // Whose lease ran out says nothing any more about the claim of another.
    try fixture.change(as: "ada") { change in
      try change.deliverySucceeded(all[0])
      try change.deliveryFailed(all[1], because: "late")
      try change.releaseDelivery(all[2])
    }
    #expect(try Self.all(fixture).allSatisfy { $0.status == .waiting && $0.error == nil && $0.attempts == 2 })
    try fixture.change(as: "ada") { try $0.deliverySucceeded(again[0]) }
    #expect(try Self.all(fixture).filter { $0.status == .sent }.map(\.id) == [again[0].id])
    // What was not tried is due at once, and has cost no attempt.
    try fixture.change(as: "ada") { try $0.releaseDelivery(again[1]) }
    #expect(try Self.claim(other).map { [$0.id, Int64($0.attempts)] } == [[again[1].id, 2]])
  }

  @Test func backoffDoublesAndEndsAfterThreeDays() throws {
    let fixture = try Self.fixture(mail: false)
    try fixture.addDevice("r1")
    try fixture.addJob("route")
    try fixture.request("route")
    var waits: [Int64] = []
    let start = fixture.clock.now
    while let claimed = try Self.claim(fixture.store).first {
      try fixture.change(as: "ada") { try $0.deliveryFailed(claimed, because: "dead") }
      let record = try #require(try Self.all(fixture).first)
      guard record.status == .waiting else { break }
      let wait = record.nextAttempt.milliseconds(since: fixture.clock.now) / 1000
      waits.append(wait)
      fixture.clock.advance(seconds: wait)
    }
    #expect(Array(waits.prefix(9)) == [60, 120, 240, 480, 960, 1920, 3840, 7680, 14_400])
    #expect(waits.dropFirst(9).dropLast().allSatisfy { $0 == 14_400 })
    #expect(fixture.clock.now.milliseconds(since: start) == 3 * 86_400_000, "the last attempt is at the end of the time")
    let given = try #require(try Self.all(fixture).first)
    #expect(given.status == .failed && given.error == "dead")
    #expect(try fixture.read { try OutboxQueries.troubles($0) } == (0, 1))
    // By hand it has three more days.
    #expect(try fixture.change(as: "ada") { try $0.retryDeliveries(nil) } == [given.id])
    #expect(try Self.claim(fixture.store).map(\.id) == [given.id])
    #expect(refusal { try fixture.change(as: "rita") { _ = try $0.retryDeliveries(nil) } } == "notPermitted")
    #expect(refusal { try fixture.change(as: "ada") { _ = try $0.retryDeliveries([99]) } } == "notFound")
  }

  @Test func deadReceiversAreLeftOut() throws {
    let fixture = try Self.fixture()
    try Self.addReceiver(fixture, "noc")
    try fixture.addDevice("r1")
    try fixture.addJob("route")
    try fixture.request("route")
    let claimed = try fixture.change(as: "ada") { change in
      try change.claimDeliveries(
        limit: 100, leaseUntil: change.now.adding(seconds: 60), excluding: [(.mail, nil), (.trap, "nms")])
    }
    #expect(claimed.map(\.recipient) == ["noc"])
    try fixture.change(as: "ada") { try $0.removeTrapReceiver(try TrapReceiverQueries.find($0.sql, "nms")) }
    let nms = try Self.all(fixture).filter { $0.recipient == "nms" }
    #expect(nms.map(\.status) == [.failed])
  }

  @Test func whatIsOldIsDeleted() throws {
    let fixture = try Self.fixture()
    try fixture.addDevice("r1")
    try fixture.addJob("route")
    try fixture.request("route")
    let claimed = try Self.claim(fixture.store, seconds: 10_000_000)
    try fixture.change(as: "ada") { change in
      try change.deliverySucceeded(claimed[0])
      try change.deliveryFailed(claimed[1], because: "no such user", isFinal: true)
    }
    fixture.clock.advance(seconds: 30 * 86_400)
    try fixture.change(as: "ada") { try $0.pruneDeliveries() }
    #expect(try Self.all(fixture).count == 5)
    fixture.clock.advance(seconds: 1)
    try fixture.setting("notification.keep", "0")
    try fixture.change(as: "ada") { try $0.pruneDeliveries() }
    #expect(try Self.all(fixture).count == 5)
    try fixture.setting("notification.keep", "2592000")
    try fixture.change(as: "ada") { try $0.pruneDeliveries() }
    #expect(try Self.all(fixture).count == 3)
  }

  @Test func aRowThatCannotBeReadHoldsNobodyUp() throws {
    let fixture = try Self.fixture()
    try fixture.addDevice("r1")
    try fixture.addJob("route")
    try fixture.request("route")
    try fixture.store.database.write { _ = try $0.execute("UPDATE outbox SET payload = '{' WHERE id = 1") }
    #expect(try Self.claim(fixture.store).count == 4)
    let row = try #require(try fixture.read { try $0.row("SELECT status, error FROM outbox WHERE id = 1") })
    #expect(try row.text("status") == "failed")
  }

  @Test func theLookForWhatIsDueUsesItsIndex() throws {
    let fixture = try Fixture()
    let plan = try fixture.read {
      try $0.rows(
        "EXPLAIN QUERY PLAN SELECT 1 AS one FROM outbox WHERE status = 'waiting' AND next_attempt <= ? LIMIT 1", fixture.clock.now
      )
    }
    #expect(try plan.contains { try $0.text("detail").contains("outbox_waiting") })
  }

  // MARK: Engine and secrets

  @Test func theEngineOnlyBootsAnewWhenTheClockWasSetBack() throws {
    let fixture = try Fixture()
    func use() throws -> SNMPEngine { try fixture.change(as: "ada") { try $0.useEngine() } }
    let first = try use()
    #expect(first.identifier.count == 13 && first.identifier.starts(with: [0x80, 0, 0x1F, 0x88, 5]) && first.boots == 1)
    #expect(first.seconds(at: fixture.clock.now) == 0)
    fixture.clock.advance(seconds: 1000)
    #expect(try use() == first)
    #expect(first.seconds(at: fixture.clock.now) == 1000)
    // Two machines' idea of now: within what receivers tolerate.
    fixture.clock.advance(seconds: -60)
    #expect(try use() == first)
    fixture.clock.advance(seconds: -1)
    let second = try use()
    #expect(second.boots == 2 && second.identifier == first.identifier && second.bootedAt == fixture.clock.now)
    fixture.clock.advance(seconds: 2_147_483_647)
    #expect(try use().boots == 3)
    #expect(try Fixture().change(as: "ada") { try $0.useEngine() }.identifier != first.identifier)
  }

  @Test func secretsAreSealedAndAudited() throws {
    let fixture = try Self.fixture()
    try fixture.change(as: "ada") { change in
      try change.set("mail.password", to: "M4il-password")
      var edit = TrapReceiverEdit()
      edit.host = "noc.example.net"
      edit.version = .v3
      edit.user = "netjob"
      edit.secrets = TrapSecrets(auth: "Auth-secret-1", priv: "Priv-secret-1")
      try change.addTrapReceiver("noc", edit)
    }
    let keys = try fixture.store.keys()
    try fixture.read { sql in
      #expect(try SettingQueries.value(sql, of: "mail.password") == "******")
      #expect(try MailSettings.load(sql, keys: keys)?.password == "M4il-password")
      let noc = try TrapReceiverQueries.find(sql, "noc")
      #expect(
        try TrapReceiverQueries.secrets(sql, of: noc.id, keys: keys) == TrapSecrets(auth: "Auth-secret-1", priv: "Priv-secret-1"))
      #expect(noc.securityLevel == .authPriv && noc.authProtocol == .sha && noc.privProtocol == .aes)
      let details = try sql.rows("SELECT action, object, detail FROM audit").map {
        "\(try $0.text("action")) \(try $0.text("object")): \(try $0.text("detail"))"
      }
      #expect(details.contains("setting.set setting mail.password: replaced"))
      #expect(details.contains { $0.hasPrefix("trap.add trap receiver noc") })
      for secret in ["M4il", "Tr4p", "Auth-s", "Priv-s"] { #expect(!details.contains { $0.contains(secret) }) }
    }
    _ = try fixture.store.database.read { try $0.rows("PRAGMA wal_checkpoint") }
    for name in try FileManager.default.contentsOfDirectory(atPath: fixture.folder.path + "/db") {
      let bytes = FileManager.default.contents(atPath: fixture.folder.path + "/db/" + name) ?? Data()
      for secret in ["M4il-password", "Tr4p-community", "Auth-secret-1", "Priv-secret-1"] {
        #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(secret) is in \(name)")
      }
    }
    #expect("\(TrapSecrets(community: "x"))" == "TrapSecrets(******)")
    try fixture.change(as: "ada") { try $0.set("mail.password", to: "") }
    #expect(try fixture.read { try MailSettings.load($0, keys: keys)?.password } == nil)
  }

  @Test(arguments: [
    ("mail.server", "smtp://h:0"), ("mail.server", "http://h"), ("mail.server", "smtp://"), ("mail.server", "smtp://h:65536"),
    ("mail.server", "smtp://u:p@h"), ("mail.server", "smtp://h/x"), ("mail.server", "smtp://[::1"),
    ("mail.server", "smtp://::1:25"),
    ("mail.server", "smtp://h\r\nx"), ("mail.from", "netjob"), ("mail.from", "a@b\nBcc: c@d"), ("mail.helo", "a b"),
    ("mail.ca-file", "relative.pem"), ("mail.events", "requested,"), ("mail.events", "requested, approved"),
    ("mail.events", "test"), ("mail.events", "started"), ("trap.events", ""), ("mail.read-only-jobs", "some"),
    ("trap.enterprise-oid", "1.3.6.1.2.1"), ("trap.enterprise-oid", "1.3.6.1.4.1"), ("trap.enterprise-oid", "1.3.6.1.4.1.01"),
    ("trap.enterprise-oid", "1.3.6.1.4.1.4294967296"), ("trap.enterprise-oid", ".1.3.6.1.4.1.5"), ("mail.starttls", "maybe"),
    ("notification.keep", "-1"), ("notification.command", "a\nb"), ("mail.password", "a\nb"),
  ])
  func settingsThatAreRefused(key: String, value: String) throws {
    let fixture = try Fixture()
    #expect(refusal { try fixture.setting(key, value) } == "invalid")
  }

  @Test(arguments: [
    ("mail.server", "smtp://h"), ("mail.server", "smtps://h:1465"), ("mail.server", "smtp://[2001:db8::1]:25"),
    ("mail.server", ""),
    ("mail.events", "none"), ("mail.events", "requested,host-key-changed"), ("trap.enterprise-oid", "1.3.6.1.4.1.32473.1"),
  ])
  func settingsThatAreTaken(key: String, value: String) throws {
    let fixture = try Fixture()
    try fixture.setting(key, value)
    #expect(try fixture.read { try SettingQueries.value($0, of: key) } == value)
  }

  @Test func aDelegatedCallerNamesNoFile() throws {
    let fixture = try Fixture()
    #expect(refusal { try fixture.setting("mail.ca-file", "/etc/shadow") } == "notPermitted")
    let owner = Caller(name: "ada", isDelegated: false, ownsDatabase: true)
    try fixture.store.change(as: owner) { try $0.set("mail.ca-file", to: "/etc/ssl/lab.pem") }
    try fixture.setting("mail.ca-file", "")
  }
}
