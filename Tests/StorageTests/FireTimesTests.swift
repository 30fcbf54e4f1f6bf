import Foundation
import JobModel
import Scheduling
import Storage
import Testing

/// Next fires are computed anew when the zone data is another version.
@Suite struct FireTimesTests {
  /// A zone database of its own, in which Test/Zone is as `zone` is in the system's.
  private func database(_ folder: TemporaryFolder, version: String, zone: String?) throws -> ZoneDatabase {
    let path = folder.path + "/zones-\(version)"
    try FileManager.default.createDirectory(atPath: path + "/Test", withIntermediateDirectories: true)
    try "# version \(version)\n".write(toFile: path + "/tzdata.zi", atomically: true, encoding: .utf8)
    try FileManager.default.copyItem(atPath: "/usr/share/zoneinfo/Etc/UTC", toPath: path + "/UTC")
    if let zone { try FileManager.default.copyItem(atPath: "/usr/share/zoneinfo/\(zone)", toPath: path + "/Test/Zone") }
    return ZoneDatabase(directory: path)
  }

  private func add(_ fixture: Fixture, _ name: String, zone: String, _ zones: ZoneDatabase) throws -> TriggerRecord {
    let job = try fixture.addJob(name)
    return try fixture.change(as: "rita") {
      try $0.addTrigger("t", to: job, try Schedule(parsing: "cron 0 12 * * *"), timezone: zone, enabled: true, zones: zones)
    }
  }

  private func next(_ fixture: Fixture, _ trigger: TriggerRecord) throws -> String? {
    try fixture.read { try TriggerQueries.get($0, id: trigger.id) }?.nextFire?.rfc3339
  }

  @Test func anotherVersionComputesAllAnew() throws {
    let fixture = try Fixture()
    let old = try database(fixture.folder, version: "2030a", zone: "Etc/GMT-1")
    let new = try database(fixture.folder, version: "2030b", zone: "Etc/GMT-2")
    #expect(try !fixture.read { try FireTimes.areOutdated($0, zones: old) })
    #expect(try fixture.read { try FireTimes.storedVersion($0) } == nil)
    let trigger = try add(fixture, "a", zone: "Test/Zone", old)
    #expect(try next(fixture, trigger) == "2027-01-15T11:00:00Z")
    #expect(try fixture.read { try FireTimes.storedVersion($0) } == "2030a")
    #expect(try !fixture.read { try FireTimes.areOutdated($0, zones: old) })
    #expect(try fixture.read { try FireTimes.areOutdated($0, zones: new) })
    try fixture.request("a")
    #expect(try fixture.change(as: "vera") { try $0.noteZoneData(new) }.isEmpty)
    #expect(try next(fixture, trigger) == "2027-01-15T10:00:00Z")
    #expect(try !fixture.read { try FireTimes.areOutdated($0, zones: new) })
    // What was asked for is still that.
    #expect(try fixture.status("a") == .requested)
  }

  @Test func whoeverWritesATriggerNoticesItForAll() throws {
    let fixture = try Fixture()
    let first = try add(fixture, "a", zone: "Test/Zone", try database(fixture.folder, version: "2030a", zone: "Etc/GMT-1"))
    let new = try database(fixture.folder, version: "2030b", zone: "Etc/GMT-2")
    let second = try add(fixture, "b", zone: "Test/Zone", new)
    #expect(try next(fixture, first) == "2027-01-15T10:00:00Z")
    #expect(try next(fixture, second) == "2027-01-15T10:00:00Z")
  }

  @Test func aZoneThatIsGoneSwitchesItsTriggersOffAndNoOther() throws {
    let fixture = try Fixture()
    let old = try database(fixture.folder, version: "2030a", zone: "Etc/GMT-1")
    let gone = try add(fixture, "a", zone: "Test/Zone", old)
    let stays = try add(fixture, "b", zone: "UTC", old)
    let new = try database(fixture.folder, version: "2030b", zone: nil)
    let complaints = try fixture.change(as: "ada") { try $0.noteZoneData(new) }
    #expect(complaints.count == 1)
    #expect(complaints.first?.contains("trigger a/t was switched off: time zone 'Test/Zone'") == true)
    let broken = try #require(try fixture.read { try TriggerQueries.get($0, id: gone.id) })
    #expect(!broken.isEnabled)
    #expect(broken.error != nil)
    #expect(try next(fixture, stays) == "2027-01-15T12:00:00Z")
    // It is mended with another zone.
    var edit = TriggerEdit()
    edit.timezone = "UTC"
    edit.isEnabled = true
    let job = try fixture.job("a")
    let mended = try fixture.change(as: "rita") { [edit] in try $0.editTrigger(broken, of: job, edit, zones: new) }
    #expect(mended.error == nil)
    #expect(mended.nextFire?.rfc3339 == "2027-01-15T12:00:00Z")
  }

  @Test func withoutZoneDataNothingIsSwitchedOff() throws {
    let fixture = try Fixture()
    let trigger = try add(
      fixture, "a", zone: "Test/Zone", try database(fixture.folder, version: "2030a", zone: "Etc/GMT-1"))
    let none = ZoneDatabase(directory: fixture.folder.path + "/nowhere")
    #expect(try !fixture.read { try FireTimes.areOutdated($0, zones: none) })
    #expect(try fixture.change(as: "ada") { try $0.noteZoneData(none) }.isEmpty)
    let empty = fixture.folder.path + "/empty"
    try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: true)
    #expect(throws: ScheduleError.self) {
      try fixture.change(as: "ada") { _ = try $0.noteZoneData(ZoneDatabase(directory: empty)) }
    }
    #expect(try next(fixture, trigger) == "2027-01-15T11:00:00Z")
    #expect(try fixture.read { try FireTimes.storedVersion($0) } == "2030a")
  }

  /// It is looked at 1,440 times a day: by the primary key, and nothing else.
  @Test func theVersionIsOneLookAtAPrimaryKey() throws {
    let fixture = try Fixture()
    let plan = try fixture.read {
      try $0.rows("EXPLAIN QUERY PLAN SELECT value FROM setting WHERE key = ?", "schedule.timezone-data")
    }
    #expect(try plan.map { try $0.text("detail") } == ["SEARCH setting USING INDEX sqlite_autoindex_setting_1 (key=?)"])
  }
}
