import Scheduling
import Testing

/// What is due, by hand: each row is worked out from the zone's published changes, not from this program.
@Suite struct NextFireTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let schedule: String
    let zone: String
    let after: String
    let fires: [String]

    init(_ schedule: String, _ zone: String, after: String, _ fires: String...) {
      (self.schedule, self.zone, self.after, self.fires) = (schedule, zone, after, fires)
    }

    var testDescription: String { "\(schedule) \(zone) after \(after)" }

    func check(count: Int? = nil) throws {
      let next = try Schedule(parsing: schedule).nextTexts(after: after, count: count ?? max(fires.count, 1), zone: zone)
      #expect(next == fires)
    }
  }

  @Test(arguments: [
    Case("cron 0 3 * * *", "UTC", after: "2026-01-01T02:59:59.999Z", "2026-01-01T03:00:00Z", "2026-01-02T03:00:00Z"),
    Case("cron 0 3 * * *", "UTC", after: "2026-01-01T03:00:00Z", "2026-01-02T03:00:00Z"),
    Case("cron 0 3 * * *", "UTC", after: "2026-01-01T03:00:00.001Z", "2026-01-02T03:00:00Z"),
    Case(
      "cron 0 0 13 * 5", "UTC", after: "2026-02-01T00:00:00Z", "2026-02-06T00:00:00Z", "2026-02-13T00:00:00Z",
      "2026-02-20T00:00:00Z", "2026-02-27T00:00:00Z", "2026-03-06T00:00:00Z", "2026-03-13T00:00:00Z"),
    Case("cron 0 0 */10 * 1", "UTC", after: "2026-01-01T00:00:00Z", "2026-05-11T00:00:00Z", "2026-06-01T00:00:00Z"),
    Case(
      "cron 0 0 1-31 * 1", "UTC", after: "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z",
      "2026-01-04T00:00:00Z", "2026-01-05T00:00:00Z"),
    Case("cron 0 0 1 * */2", "UTC", after: "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"),
    Case("cron 0 0 *,13 * 5", "UTC", after: "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-09T00:00:00Z"),
    Case("cron 0 0 30 2 *", "UTC", after: "2026-01-01T00:00:00Z"),
    Case("cron 0 0 31 4,6,9,11 *", "Europe/Berlin", after: "2026-01-01T00:00:00Z"),
    Case("cron 0 0 30 2 1", "UTC", after: "2026-02-03T00:00:00Z", "2026-02-09T00:00:00Z", "2026-02-16T00:00:00Z"),
    Case("cron 0 0 29 2 *", "UTC", after: "2096-02-29T00:00:00Z", "2104-02-29T00:00:00Z"),
    Case("cron 0 0 29 2 */8", "UTC", after: "2088-02-29T00:00:00Z", "2128-02-29T00:00:00Z"),
    Case("cron 0 0 29 2 */8", "UTC", after: "2184-02-29T00:00:00Z", "2224-02-29T00:00:00Z"),
    Case("cron 0 0 */31 2 1", "UTC", after: "2027-02-01T00:00:00Z", "2038-02-01T00:00:00Z"),
    Case("cron @yearly", "UTC", after: "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
    Case("cron @hourly", "UTC", after: "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"),
    Case(
      "cron 59 23 31 12 *", "UTC", after: "9998-12-31T23:58:59Z", "9998-12-31T23:59:00Z", "9999-12-31T23:59:00Z"),
    Case("cron 59 23 31 12 *", "UTC", after: "9999-12-31T23:59:00Z"),
    Case("cron 0 0 1 1 *", "UTC", after: "0000-01-01T00:00:00+00:01", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
  ])
  func cron(_ test: Case) throws { try test.check() }

  @Test(arguments: [
    Case("daily 1 at 07:05", "Asia/Kolkata", after: "2026-01-01T00:00:00Z", "2026-01-01T01:35:00Z", "2026-01-02T01:35:00Z"),
    Case(
      "daily 2 at 00:00", "UTC", after: "2026-01-28T00:00:00Z", "2026-01-29T00:00:00Z", "2026-01-31T00:00:00Z",
      "2026-02-01T00:00:00Z", "2026-02-03T00:00:00Z"),
    Case("daily 30 at 00:00", "UTC", after: "2026-01-02T00:00:00Z", "2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z"),
    Case("daily 31 at 00:00", "UTC", after: "2026-01-02T00:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"),
    Case("weekly thu,mon at 10:00", "UTC", after: "2026-01-01T10:00:00Z", "2026-01-05T10:00:00Z", "2026-01-08T10:00:00Z"),
    Case("weekly sun at 10:00", "UTC", after: "2026-01-01T10:00:00Z", "2026-01-04T10:00:00Z"),
    Case(
      "monthly jan,jul day 15 at 00:00", "UTC", after: "2026-01-15T00:00:00Z", "2026-07-15T00:00:00Z",
      "2027-01-15T00:00:00Z"),
    Case(
      "monthly all day 31 at 00:00", "UTC", after: "2026-01-31T00:00:00Z", "2026-03-31T00:00:00Z", "2026-05-31T00:00:00Z",
      "2026-07-31T00:00:00Z", "2026-08-31T00:00:00Z"),
    Case(
      "monthly all day last at 00:00", "UTC", after: "2028-01-31T00:00:00Z", "2028-02-29T00:00:00Z",
      "2028-03-31T00:00:00Z", "2028-04-30T00:00:00Z"),
    Case("monthly feb day last at 00:00", "UTC", after: "2096-02-29T00:00:00Z", "2097-02-28T00:00:00Z"),
    Case("monthly feb day 29 at 00:00", "UTC", after: "2096-02-28T00:00:00Z", "2096-02-29T00:00:00Z", "2104-02-29T00:00:00Z"),
    Case("monthly feb day 30 at 00:00", "UTC", after: "2026-01-01T00:00:00Z"),
    Case("once 2026-12-01T02:00", "Europe/Berlin", after: "2026-12-01T00:59:59Z", "2026-12-01T01:00:00Z"),
    Case("once 2026-12-01T02:00", "Europe/Berlin", after: "2026-12-01T01:00:00Z"),
    Case("once 9999-12-31T23:59", "UTC", after: "2026-01-01T00:00:00Z", "9999-12-31T23:59:00Z"),
    Case("once 9999-07-01T00:30", "Europe/Berlin", after: "0000-01-01T00:00:00Z", "9999-06-30T22:30:00Z"),
    Case("once 9999-12-31T23:59", "America/New_York", after: "2026-01-01T00:00:00Z"),
  ])
  func otherKinds(_ test: Case) throws { try test.check() }

  @Test(arguments: [
    // Skipped: once, at the instant of the change.
    Case(
      "daily 1 at 02:30", "Europe/Berlin", after: "2026-03-28T00:00:00Z", "2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z",
      "2026-03-30T00:30:00Z"),
    Case("daily 1 at 02:30", "Europe/Berlin", after: "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"),
    Case("cron 30 2 * * *", "Europe/Berlin", after: "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"),
    Case("once 2026-03-29T02:30", "Europe/Berlin", after: "2026-01-01T00:00:00Z", "2026-03-29T01:00:00Z"),
    Case("once 2026-03-29T02:30", "Europe/Berlin", after: "2026-03-29T01:00:00Z"),
    Case("monthly mar day 29 at 02:00", "Europe/Berlin", after: "2026-01-01T00:00:00Z", "2026-03-29T01:00:00Z"),
    Case("cron 5,10 2,3 * * *", "Europe/Berlin", after: "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:05:00Z"),
    Case("cron 0 2,3 * * *", "Europe/Berlin", after: "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"),
    // The wildcard is decided by the first character, not by what the field contains.
    Case("cron */20 2 * * *", "Europe/Berlin", after: "2026-03-28T12:00:00Z", "2026-03-30T00:00:00Z"),
    Case("cron 30 * * * *", "Europe/Berlin", after: "2026-03-29T00:00:00Z", "2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"),
    Case(
      "cron 30 0-23 * * *", "Europe/Berlin", after: "2026-03-29T00:00:00Z", "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z",
      "2026-03-29T01:30:00Z"),
    Case(
      "cron 0-59/10 0-23 * * *", "Europe/Berlin", after: "2026-03-29T00:45:00Z", "2026-03-29T00:50:00Z",
      "2026-03-29T01:00:00Z", "2026-03-29T01:10:00Z"),
    // Repeated: the first pass only, also for those who ask during the second.
    Case("daily 1 at 02:30", "Europe/Berlin", after: "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"),
    Case("daily 1 at 02:30", "Europe/Berlin", after: "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"),
    Case("daily 1 at 02:30", "Europe/Berlin", after: "2026-10-25T01:15:00Z", "2026-10-26T01:30:00Z"),
    Case("once 2026-10-25T02:30", "Europe/Berlin", after: "2026-10-25T01:15:00Z"),
    Case("once 2026-10-25T02:30", "Europe/Berlin", after: "2026-10-25T00:15:00Z", "2026-10-25T00:30:00Z"),
    Case(
      "cron 0-59/10 0-23 * * *", "Europe/Berlin", after: "2026-10-25T00:45:00Z", "2026-10-25T00:50:00Z",
      "2026-10-25T02:00:00Z"),
    Case("cron 0-59/10 0-23 * * *", "Europe/Berlin", after: "2026-10-25T01:25:00Z", "2026-10-25T02:00:00Z"),
    Case(
      "cron */30 2 * * *", "Europe/Berlin", after: "2026-10-24T22:00:00Z", "2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z",
      "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z", "2026-10-26T01:00:00Z"),
    Case(
      "cron */15 * * * *", "Europe/Berlin", after: "2026-10-25T00:44:00Z", "2026-10-25T00:45:00Z", "2026-10-25T01:00:00Z",
      "2026-10-25T01:15:00Z"),
    Case("cron 0 3 * * *", "Europe/Berlin", after: "2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z"),
    // After 2038 the rule in the file's last line decides.
    Case("daily 1 at 02:30", "Europe/Berlin", after: "2040-03-24T12:00:00Z", "2040-03-25T01:00:00Z", "2040-03-26T00:30:00Z"),
    Case("daily 1 at 02:30", "Europe/Berlin", after: "2040-10-28T01:10:00Z", "2040-10-29T01:30:00Z"),
    Case("once 9998-07-01T12:00", "America/New_York", after: "2026-01-01T00:00:00Z", "9998-07-01T16:00:00Z"),
    Case("daily 1 at 12:00", "Australia/Sydney", after: "2100-01-01T00:00:00Z", "2100-01-01T01:00:00Z", "2100-01-02T01:00:00Z"),
    Case("daily 1 at 12:00", "Australia/Sydney", after: "2100-07-01T00:00:00Z", "2100-07-01T02:00:00Z"),
    // Winter time as the negative form of the legal time.
    Case("daily 1 at 01:30", "Europe/Dublin", after: "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"),
    Case("daily 1 at 01:30", "Europe/Dublin", after: "2050-10-30T00:45:00Z", "2050-10-31T01:30:00Z"),
  ])
  func changesByTheHour(_ test: Case) throws { try test.check() }

  @Test(arguments: [
    // 23:00 on Saturday becomes 00:00 on Sunday: matched on Saturday, fires on Sunday.
    Case(
      "weekly sat at 23:30", "America/Scoresbysund", after: "2026-03-28T00:00:00Z", "2026-03-29T01:00:00Z",
      "2026-04-05T00:30:00Z"),
    Case("cron 30 23 28 3 *", "America/Scoresbysund", after: "2026-03-28T00:00:00Z", "2026-03-29T01:00:00Z"),
    Case("weekly sun at 23:30", "America/Scoresbysund", after: "2026-03-28T00:00:00Z", "2026-03-30T00:30:00Z"),
    // 00:01 back to 23:01 the day before, and forward from 00:01.
    Case(
      "cron 30 23 * * *", "America/St_Johns", after: "2006-10-28T12:00:00Z", "2006-10-29T02:00:00Z", "2006-10-30T03:00:00Z"),
    Case("cron 30 23 * * *", "America/St_Johns", after: "2006-10-29T02:31:00Z", "2006-10-30T03:00:00Z"),
    Case("cron 0 0 * * *", "America/St_Johns", after: "2006-10-28T12:00:00Z", "2006-10-29T02:30:00Z", "2006-10-30T03:30:00Z"),
    Case("cron 30 0 * * *", "America/St_Johns", after: "2006-04-01T12:00:00Z", "2006-04-02T03:31:00Z", "2006-04-03T03:00:00Z"),
    Case(
      "cron * 23 28 10 *", "America/St_Johns", after: "2006-10-29T02:29:00Z", "2006-10-29T02:31:00Z",
      "2006-10-29T02:32:00Z"),
    // Two hours at once.
    Case("daily 1 at 01:30", "Antarctica/Troll", after: "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T23:30:00Z"),
    Case("daily 1 at 02:30", "Antarctica/Troll", after: "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"),
    Case("daily 1 at 01:30", "Antarctica/Troll", after: "2026-10-24T12:00:00Z", "2026-10-24T23:30:00Z", "2026-10-26T01:30:00Z"),
    Case("daily 1 at 02:30", "Antarctica/Troll", after: "2026-10-25T01:00:00Z", "2026-10-26T02:30:00Z"),
    // Half an hour.
    Case(
      "daily 1 at 02:15", "Australia/Lord_Howe", after: "2026-10-03T12:00:00Z", "2026-10-03T15:30:00Z",
      "2026-10-04T15:15:00Z"),
    Case(
      "daily 1 at 02:30", "Australia/Lord_Howe", after: "2026-10-03T12:00:00Z", "2026-10-03T15:30:00Z", "2026-10-04T15:30:00Z"),
    Case(
      "daily 1 at 01:45", "Australia/Lord_Howe", after: "2026-04-04T12:00:00Z", "2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"),
    Case("daily 1 at 01:45", "Australia/Lord_Howe", after: "2026-04-04T15:01:00Z", "2026-04-05T15:15:00Z"),
    Case("daily 1 at 01:15", "Australia/Lord_Howe", after: "2026-04-04T12:00:00Z", "2026-04-04T14:15:00Z"),
    // A day, and three hours, that are not made up.
    Case("daily 1 at 12:00", "Pacific/Apia", after: "2011-12-29T00:00:00Z", "2011-12-29T22:00:00Z", "2011-12-30T22:00:00Z"),
    Case("weekly fri at 12:00", "Pacific/Apia", after: "2011-12-29T00:00:00Z", "2012-01-05T22:00:00Z"),
    Case("once 2011-12-30T12:00", "Pacific/Apia", after: "2011-01-01T00:00:00Z"),
    Case("daily 1 at 03:30", "Antarctica/Casey", after: "2009-10-16T12:00:00Z", "2009-10-16T19:30:00Z", "2009-10-18T16:30:00Z"),
    Case("once 2009-10-18T03:30", "Antarctica/Casey", after: "2009-10-01T00:00:00Z"),
    Case("daily 1 at 05:00", "Antarctica/Casey", after: "2009-10-17T12:00:00Z", "2009-10-17T18:00:00Z"),
    // Midnights that do not exist, and midnights that come twice.
    Case("cron @daily", "America/Havana", after: "2026-03-07T12:00:00Z", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"),
    Case("cron @daily", "America/Havana", after: "2026-10-31T12:00:00Z", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"),
    Case("monthly nov day 1 at 00:30", "America/Havana", after: "2026-11-01T05:10:00Z", "2027-11-01T04:30:00Z"),
    Case("cron @daily", "Africa/Cairo", after: "2026-04-23T12:00:00Z", "2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"),
    Case("weekly fri at 00:00", "Africa/Cairo", after: "2026-04-23T12:00:00Z", "2026-04-23T22:00:00Z"),
    Case("cron 30 23 * * *", "Africa/Cairo", after: "2026-10-29T12:00:00Z", "2026-10-29T20:30:00Z", "2026-10-30T21:30:00Z"),
    Case("cron 30 23 * * thu", "Africa/Cairo", after: "2026-10-29T21:10:00Z", "2026-11-05T21:30:00Z"),
    Case("cron @weekly", "Asia/Beirut", after: "2026-03-28T12:00:00Z", "2026-03-28T22:00:00Z", "2026-04-04T21:00:00Z"),
    Case("cron 0 0 * * *", "Asia/Beirut", after: "2026-10-24T12:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T22:00:00Z"),
  ])
  func oddChanges(_ test: Case) throws { try test.check() }

  @Test func countIsKept() throws {
    let cron = try Schedule(parsing: "cron * * * * *")
    #expect(try cron.nextTexts(after: "2026-01-01T00:00:00Z", count: 0, zone: "UTC") == [])
    #expect(try cron.nextTexts(after: "2026-01-01T00:00:00Z", count: -1, zone: "UTC") == [])
    #expect(try cron.nextTexts(after: "2026-01-01T00:00:00Z", count: 5000, zone: "UTC").count == 5000)
    let once = try Schedule(parsing: "once 2026-12-01T00:00")
    #expect(try once.nextTexts(after: "2026-01-01T00:00:00Z", count: .max, zone: "UTC") == ["2026-12-01T00:00:00Z"])
  }

  /// Each leap day there is: rare timings count in full, however many are asked for.
  @Test func rareTimingsGoOn() throws {
    let leapDays = try Schedule(parsing: "cron 0 0 29 2 *").nextTexts(after: "2026-01-01T00:00:00Z", count: .max, zone: "UTC")
    let expected = (2026...9999).filter { $0 % 400 == 0 || ($0 % 4 == 0 && $0 % 100 != 0) }
    #expect(leapDays == expected.map { "\($0)-02-29T00:00:00Z" })
  }

  @Test(arguments: [Int64.min, Int64.min + 59_999, -1, 0, Int64.max - 1, Int64.max])
  func extremesOfTime(milliseconds: Int64) throws {
    let after = Timestamp(milliseconds: milliseconds)
    for text in ["cron * * * * *", "cron 0 0 30 2 *", "once 2026-01-01T00:00", "monthly feb day 29 at 00:00"] {
      for zone in ["UTC", "Europe/Berlin", "America/Anchorage"] {
        let fires = try Schedule(parsing: text).next(after: after, count: 3, in: Zones.named(zone))
        #expect(fires.allSatisfy { $0 > after })
        #expect(fires.isEmpty == (milliseconds > 1 << 60 || text == "cron 0 0 30 2 *"))
      }
    }
  }
}
