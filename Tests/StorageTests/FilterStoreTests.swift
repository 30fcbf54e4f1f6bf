import Foundation
import JobModel
import Scheduling
import Storage
import Testing

/// The clock of the fixture stands at 2027-01-15T08:00:00Z, a Friday; triggers are due at 02:00 UTC.
@Suite struct FilterStoreTests {
  private static let zones = ZoneDatabase()
  private static let saturday = try? Timestamp(parsing: "2027-01-16T02:00:00Z")
  private static let sunday = try? Timestamp(parsing: "2027-01-17T02:00:00Z")

  private func rules(_ texts: [String]) throws -> [FilterRule] { try texts.map { try FilterRule(parsing: $0) } }

  @discardableResult
  private func add(
    _ fixture: Fixture, _ name: String = "f", _ texts: [String] = ["dates 2027-01-16"], timezone: String? = nil,
    as user: String = "ada"
  ) throws -> FilterRecord {
    try fixture.change(as: user) {
      try $0.addFilter(name: name, rules: try rules(texts), timezone: timezone, zones: Self.zones)
    }
  }

  private func addTrigger(_ fixture: Fixture, _ job: JobRecord, filters: [String]) throws -> TriggerRecord {
    try fixture.change(as: "rita") {
      try $0.addTrigger(
        "t", to: job, try Schedule(parsing: "daily 1 at 02:00"), timezone: "UTC", filters: filters, enabled: true,
        zones: Self.zones)
    }
  }

  @discardableResult
  private func edit(_ fixture: Fixture, _ texts: [String]?, timezone: String?? = nil) throws -> Change.FilterEffect {
    try fixture.change(as: "ada") { change in
      try change.editFilter(
        try FilterQueries.find(change.sql, "f"), rules: try texts.map(rules), timezone: timezone, zones: Self.zones)
    }
  }

  private func trigger(_ fixture: Fixture, _ id: Int64) throws -> TriggerRecord {
    try #require(try fixture.read { try TriggerQueries.get($0, id: id) })
  }

  @Test func rulesAreKeptInOrderAsCanonicalText() throws {
    let fixture = try Fixture()
    let filter = try add(fixture, "f", ["window   fri,MON-WED  08:00-18:00", "dates 2027-01-16"], timezone: "Europe/Berlin")
    #expect(filter.rules == ["window mon-wed,fri 08:00-18:00", "dates 2027-01-16"])
    #expect(filter.timezone == "Europe/Berlin")
    #expect(try fixture.read { try FilterQueries.find($0, String(filter.id)) } == filter)
    #expect(try fixture.read { try FilterQueries.all($0) } == [filter])
  }

  @Test(arguments: [
    ("f", ["dates 2027-01-16"], "ada", nil as String?, "conflict"), ("bad name", ["dates 2027-01-16"], "ada", nil, "invalid"),
    ("7", ["dates 2027-01-16"], "ada", nil, "invalid"), ("g", [], "ada", nil, "invalid"),
    ("g", ["dates 2027-01-16"], "ada", "CEST", "unknownTimeZone"),
    ("g", ["dates 2027-01-16 Mars/Olympus"], "ada", nil, "unknownTimeZone"),
    ("g", ["dates 2027-01-16"], "rita", nil, "notPermitted"), ("g", ["dates 2027-01-16"], "nobody", nil, "notPermitted"),
  ])
  func refusedFilters(name: String, texts: [String], user: String, zone: String?, expected: String) throws {
    let fixture = try Fixture()
    try add(fixture)
    #expect(code { try add(fixture, name, texts, timezone: zone, as: user) } == expected)
    #expect(try fixture.read { try FilterQueries.all($0).map(\.name) } == ["f"])
  }

  @Test func rulesAreBounded() throws {
    let fixture = try Fixture()
    let most = Array(repeating: "dates 2027-01-16", count: Change.mostFilterRules)
    #expect(code { try add(fixture, "f", most + ["dates 2027-01-17"]) } == "invalid")
    #expect(try add(fixture, "f", most).rules.count == Change.mostFilterRules)
  }

  @Test func aRuleRemovesTheNextFire() throws {
    let fixture = try Fixture()
    try add(fixture)
    let trigger = try addTrigger(fixture, try fixture.addJob("a"), filters: ["f", "1", "f"])
    #expect(trigger.filters.map(\.name) == ["f"])
    #expect(trigger.nextFire == Self.sunday)
    #expect(try trigger.fires(after: fixture.clock.now, count: 1, zones: Self.zones).first == Self.sunday)
    let times = try TriggerTimes(trigger, zones: Self.zones)
    let removed = try #require(Self.saturday)
    #expect(times.removal(at: removed)?.text == "filter 'f' (dates 2027-01-16)")
    #expect(times.removal(at: removed.adding(seconds: 86_400)) == nil)
    #expect(times.timings(after: fixture.clock.now, until: removed.adding(seconds: 86_400), count: 10).count == 2)
    #expect(times.timings(after: fixture.clock.now, until: removed.adding(seconds: -1), count: 10).isEmpty)
  }

  /// The zone is the rule's, else the filter's, else the trigger's.
  @Test(arguments: [
    ("window all 02:00-02:01", nil as String?, false), ("window all 02:00-02:01", "Asia/Tokyo", true),
    ("window all 02:00-02:01 UTC", "Asia/Tokyo", false), ("window all 11:00-11:01 Asia/Tokyo", nil, false),
    ("window all 11:00-11:01", "Asia/Tokyo", false),
  ])
  func zones(rule: String, zone: String?, isKept: Bool) throws {
    let fixture = try Fixture()
    try add(fixture, "f", [rule], timezone: zone)
    let job = try fixture.addJob("a")
    if isKept {
      #expect(try addTrigger(fixture, job, filters: ["f"]).nextFire == Self.saturday)
    } else {
      #expect(code { try addTrigger(fixture, job, filters: ["f"]) } == "invalid")
    }
  }

  @Test func anEditComputesNextFiresAnewInItsTransaction() throws {
    struct Stop: Error {}
    let fixture = try Fixture()
    try add(fixture)
    let trigger = try addTrigger(fixture, try fixture.addJob("a"), filters: ["f"])
    let other = try fixture.addTrigger("t", to: try fixture.addJob("b"))
    #expect(throws: Stop.self) {
      try fixture.change(as: "ada") { change in
        _ = try change.editFilter(
          try FilterQueries.find(change.sql, "f"), rules: try rules(["dates 2027-01-17"]), timezone: nil, zones: Self.zones)
        #expect(try TriggerQueries.get(change.sql, id: trigger.id)?.nextFire == Self.saturday)
        throw Stop()
      }
    }
    #expect(try self.trigger(fixture, trigger.id).nextFire == Self.sunday)
    #expect(try edit(fixture, ["dates 2027-01-17"]).triggers.map(\.nextFire) == [Self.saturday])
    #expect(try self.trigger(fixture, trigger.id).nextFire == Self.saturday)
    #expect(try self.trigger(fixture, other.id) == other)
    #expect(try edit(fixture, ["window all 00:00-24:00"]).triggers.map(\.nextFire) == [nil])
    #expect(try edit(fixture, nil, timezone: .some("Asia/Tokyo")).filter.timezone == "Asia/Tokyo")
    #expect(try edit(fixture, nil, timezone: .some(nil)).filter.timezone == nil)
    #expect(code { _ = try edit(fixture, nil, timezone: .some("CEST")) } == "unknownTimeZone")
    #expect(code { _ = try edit(fixture, []) } == "invalid")
    #expect(
      code {
        try fixture.change(as: "rita") { change in
          _ = try change.editFilter(
            try FilterQueries.find(change.sql, "f"), rules: nil, timezone: .some("UTC"), zones: Self.zones)
        }
      } == "notPermitted")
  }

  @Test func anEditResetsTheApprovalsOfItsJobsAlone() throws {
    let fixture = try Fixture()
    try add(fixture)
    let job = try fixture.addJob("a")
    _ = try addTrigger(fixture, job, filters: ["f"])
    try fixture.addTrigger("t", to: try fixture.addJob("b"))
    for name in ["a", "b"] {
      try fixture.request(name)
      try fixture.decide(.approve, name, as: "abe")
    }
    try edit(fixture, ["dates 2027-01-16"])
    #expect(try fixture.status("a") == .approved)
    try edit(fixture, ["dates 2027-01-17"])
    #expect(try fixture.status("a") == .notRequested)
    #expect(try fixture.status("b") == .approved)
    let log = try fixture.read { try ApprovalQueries.log($0, job: job.id) }
    #expect(log.last?.message == "schedule filter 'f' was changed by ada")
  }

  @Test func whatIsDueStaysDueUnlessItIsRemoved() throws {
    let fixture = try Fixture()
    try add(fixture, "f", ["dates 2027-03-01"])
    let trigger = try addTrigger(fixture, try fixture.addJob("a"), filters: ["f"])
    fixture.clock.advance(seconds: 18 * 3600 + 30)  // Saturday 02:00:30: due, and not yet claimed
    try edit(fixture, ["dates 2027-03-02"])
    #expect(try self.trigger(fixture, trigger.id).nextFire == Self.saturday)
    try edit(fixture, ["dates 2027-01-16"])
    #expect(try self.trigger(fixture, trigger.id).nextFire == Self.sunday)
  }

  @Test func aFilterInUseStays() throws {
    let fixture = try Fixture()
    let filter = try add(fixture)
    let job = try fixture.addJob("a")
    let trigger = try addTrigger(fixture, job, filters: ["f"])
    #expect(refusal { try fixture.change(as: "ada") { try $0.deleteFilter(filter) } } == "conflict")
    #expect(refusal { try fixture.change(as: "rita") { try $0.deleteFilter(filter) } } == "notPermitted")
    var change = TriggerEdit()
    change.filters = []
    let edited = try fixture.change(as: "rita") { try $0.editTrigger(trigger, of: job, change, zones: Self.zones) }
    #expect(edited.nextFire == Self.saturday)
    try fixture.change(as: "ada") { try $0.deleteFilter(filter) }
    #expect(try fixture.read { try FilterQueries.all($0) }.isEmpty)

    // A job takes its triggers with it, and they their use of filters.
    let second = try add(fixture)
    change.filters = ["f"]
    _ = try fixture.change(as: "rita") { try $0.editTrigger(edited, of: job, change, zones: Self.zones) }
    try fixture.change(as: "ada") { try $0.deleteJob(job.id) }
    try fixture.change(as: "ada") { try $0.deleteFilter(second) }
  }

  @Test func triggersAreEdited() throws {
    let fixture = try Fixture()
    try add(fixture)
    let job = try fixture.addJob("a")
    let trigger = try addTrigger(fixture, job, filters: [])
    func edited(_ trigger: TriggerRecord, as user: String = "rita", _ adjust: (inout TriggerEdit) throws -> Void) throws
      -> TriggerRecord
    {
      var edit = TriggerEdit()
      try adjust(&edit)
      return try fixture.change(as: user) { [edit] in try $0.editTrigger(trigger, of: job, edit, zones: Self.zones) }
    }
    try fixture.request("a")
    #expect(try edited(trigger) { $0.timezone = "UTC" } == trigger)
    #expect(try fixture.status("a") == .requested)
    #expect(try edited(trigger) { $0.filters = ["f"] }.nextFire == Self.sunday)
    #expect(try fixture.status("a") == .notRequested)
    let tokyo = try edited(trigger) {
      $0.schedule = try Schedule(parsing: "cron 0 12 * * *")
      $0.timezone = "Asia/Tokyo"
      $0.filters = []
    }
    #expect(tokyo.kind == "cron")
    #expect(tokyo.nextFire == (try Timestamp(parsing: "2027-01-16T03:00:00Z")))
    #expect(try edited(tokyo) { $0.isEnabled = false }.nextFire == nil)
    #expect(code { _ = try edited(tokyo) { $0.schedule = try Schedule(parsing: "cron 0 0 30 2 *") } } == "invalid")
    #expect(code { _ = try edited(tokyo) { $0.timezone = "CEST" } } == "unknownTimeZone")
    #expect(code { _ = try edited(tokyo) { $0.filters = ["g"] } } == "notFound")
    #expect(code { _ = try edited(tokyo, as: "vera") { $0.filters = [] } } == "notPermitted")
    let never = try edited(tokyo) {
      $0.schedule = try Schedule(parsing: "cron 0 0 30 2 *")
      $0.isEnabled = false
    }
    #expect(never.schedule == "cron 0 0 30 2 *")
    #expect(
      code { try fixture.change(as: "rita") { try $0.setTrigger(never, of: job, enabled: true, zones: Self.zones) } } == "invalid"
    )
  }

  private func code<Value>(_ body: () throws -> Value) -> String? {
    do {
      _ = try body()
      return nil
    } catch let error as ModelError {
      return error.code.rawValue
    } catch let error as ScheduleError {
      return "\(error.code)"
    } catch {
      return "\(error)"
    }
  }
}
