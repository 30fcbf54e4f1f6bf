import Scheduling
import Testing

@Suite struct FilterRuleTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let schedule: String
    let zone: String
    let rules: [String]
    let after: String
    let fires: [String]

    init(_ schedule: String, _ zone: String, _ rules: [String], after: String, _ fires: String...) {
      (self.schedule, self.zone, self.rules, self.after, self.fires) = (schedule, zone, rules, after, fires)
    }

    var testDescription: String { "\(schedule) \(zone) without \(rules)" }
  }

  @Test(arguments: [
    Case(
      "daily 1 at 12:00", "UTC", ["dates 2026-12-24..2027-01-02"], after: "2026-12-22T12:00:00Z", "2026-12-23T12:00:00Z",
      "2027-01-03T12:00:00Z"),
    Case("daily 1 at 12:00", "UTC", ["dates 2026-12-23"], after: "2026-12-22T12:00:00Z", "2026-12-24T12:00:00Z"),
    Case(
      "cron 0 8,17,18 * * *", "UTC", ["window mon-fri 08:00-18:00"], after: "2026-01-01T00:00:00Z", "2026-01-01T18:00:00Z",
      "2026-01-02T18:00:00Z", "2026-01-03T08:00:00Z", "2026-01-03T17:00:00Z"),
    // Past midnight a window belongs to the day on which it starts.
    Case(
      "cron 59 5,21 * * *", "UTC", ["window fri 21:59-06:00"], after: "2026-01-01T12:00:00Z", "2026-01-01T21:59:00Z",
      "2026-01-02T05:59:00Z", "2026-01-03T21:59:00Z"),
    Case(
      "cron 0 0,6,22 * * *", "UTC", ["window sat 22:00-06:00"], after: "2026-01-03T12:00:00Z", "2026-01-04T06:00:00Z",
      "2026-01-04T22:00:00Z", "2026-01-05T00:00:00Z"),
    Case("cron 0 23,0 * * *", "UTC", ["window all 22:00-00:00"], after: "2026-01-01T12:00:00Z", "2026-01-02T00:00:00Z"),
    Case("cron 0 23,0 * * *", "UTC", ["window all 22:00-24:00"], after: "2026-01-01T12:00:00Z", "2026-01-02T00:00:00Z"),
    Case("cron 59 * * * *", "UTC", ["cron * 1-22 * * *"], after: "2026-01-01T00:59:00Z", "2026-01-01T23:59:00Z"),
    Case(
      "cron 0 0 * * *", "UTC", ["cron * * 13 * 5"], after: "2026-02-11T12:00:00Z", "2026-02-12T00:00:00Z",
      "2026-02-14T00:00:00Z"),
    // The rule's own zone.
    Case(
      "cron 0 */6 * * *", "UTC", ["dates 2026-12-25 Asia/Tokyo"], after: "2026-12-24T06:00:00Z", "2026-12-24T12:00:00Z",
      "2026-12-25T18:00:00Z"),
    Case(
      "cron 0 */6 * * *", "Asia/Tokyo", ["dates 2026-12-25"], after: "2026-12-24T08:00:00Z", "2026-12-24T09:00:00Z",
      "2026-12-25T15:00:00Z"),
    Case(
      "cron 30 1 * * *", "UTC", ["window all 03:00-04:00 Europe/Berlin"], after: "2026-10-23T12:00:00Z",
      "2026-10-25T01:30:00Z", "2026-10-26T01:30:00Z"),
    // The clock at the real instant: a 02:30 that fires at 03:00 is tested as 03:00.
    Case(
      "daily 1 at 02:30", "Europe/Berlin", ["window all 02:00-03:00"], after: "2026-03-28T00:00:00Z", "2026-03-29T01:00:00Z",
      "2027-03-28T01:00:00Z"),
    Case(
      "daily 1 at 02:30", "Europe/Berlin", ["cron 0 3 * * *"], after: "2026-03-28T00:00:00Z", "2026-03-28T01:30:00Z",
      "2026-03-30T00:30:00Z"),
    Case(
      "weekly sat at 23:30", "America/Scoresbysund", ["window sat 00:00-24:00"], after: "2026-03-20T00:00:00Z",
      "2026-03-29T01:00:00Z", "2027-03-28T01:00:00Z"),
    Case(
      "weekly sat at 23:30", "America/Scoresbysund", ["window sun 00:00-00:01"], after: "2026-03-28T12:00:00Z",
      "2026-04-05T00:30:00Z"),
    Case("once 2026-03-29T02:30", "Europe/Berlin", ["cron 0 3 29 3 *"], after: "2026-01-01T00:00:00Z"),
    Case("once 2026-03-29T02:30", "Europe/Berlin", ["cron 30 2 29 3 *"], after: "2026-01-01T00:00:00Z", "2026-03-29T01:00:00Z"),
    Case("once 2026-12-01T02:30", "Europe/Berlin", ["dates 2026-12-01"], after: "2026-01-01T00:00:00Z"),
    Case("once 2026-12-01T02:30", "Europe/Berlin", ["dates 2026-12-01 UTC"], after: "2026-01-01T00:00:00Z"),
    // Both passes of a repeated hour match a rule.
    Case(
      "cron */30 * * * *", "Europe/Berlin", ["cron * 2 * * *"], after: "2026-10-24T23:15:00Z", "2026-10-24T23:30:00Z",
      "2026-10-25T02:00:00Z"),
    Case(
      "daily 1 at 12:00", "UTC", ["dates 2026-01-01..2026-01-03", "window sun 11:00-13:00"], after: "2026-01-01T00:00:00Z",
      "2026-01-05T12:00:00Z"),
    // Rarer than the calendar's worst.
    Case("cron 0 0 29 2 */8", "UTC", ["dates 2128-02-29"], after: "2088-02-29T00:00:00Z", "2156-02-29T00:00:00Z"),
    Case("cron 0 0 1 1 *", "UTC", ["dates 2000-01-01..2299-12-31"], after: "2026-01-01T00:00:00Z", "2300-01-01T00:00:00Z"),
  ])
  func removes(_ test: Case) throws {
    let count = max(test.fires.count, 1)
    let next = try Schedule(parsing: test.schedule)
      .nextTexts(after: test.after, count: count, zone: test.zone, excluding: test.rules)
    #expect(next == test.fires)
  }

  @Test(arguments: [
    ("* * * * *", ["cron * * * * *"]), ("* * * * *", ["window all 00:00-24:00"]),
    ("* * * * *", ["cron */2 * * * *", "cron 1-59/2 * * * *"]),
    ("* * * * *", ["window all 00:00-12:00 Asia/Tokyo", "window all 12:00-24:00 Asia/Tokyo"]),
    ("* * * * *", ["dates 0000-01-01..9999-12-31 America/New_York"]),
    ("*/5 * * * *", ["cron */5 * * * * Asia/Tokyo"]),
    ("0-59 0-23 * * *", ["window mon-fri 00:00-24:00", "window sat,sun 00:00-24:00"]),
    ("0 0 29 2 */8", ["cron 0 0 * 2 *"]),
  ])
  func nothingLeft(cron: String, rules: [String]) throws {
    let next = try Schedule.parseCron(cron)
      .nextTexts(after: "2026-01-01T00:00:00Z", count: 5, zone: "Europe/Berlin", excluding: rules)
    #expect(next == [])
  }

  @Test(arguments: [
    "cron * 22-23 * * *", "cron * 22-23 * * * Europe/Berlin", "cron @daily UTC", "cron @hourly", "dates 2026-12-24..2027-01-02",
    "dates 2026-12-24", "dates 2026-12-24 Etc/GMT+2", "window mon-fri 08:00-18:00", "window all 22:00-06:00 America/New_York",
    "window mon,wed,sun 00:00-24:00", "window all 22:00-00:00",
  ])
  func textsRoundTrip(text: String) throws {
    let rule = try FilterRule(parsing: text)
    #expect(rule.canonicalText == text)
    #expect(try FilterRule(parsing: rule.canonicalText) == rule)
  }

  @Test func otherSpellingsOfTheSame() throws {
    #expect(try FilterRule(parsing: "  dates\t2026-12-24..2026-12-24 ").canonicalText == "dates 2026-12-24")
    #expect(try FilterRule(parsing: "window MON,tue,Wed 08:00-18:00").canonicalText == "window mon-wed 08:00-18:00")
    #expect(try FilterRule(parsing: "window fri-sun 08:00-18:00").canonicalText == "window fri-sun 08:00-18:00")
    #expect(try FilterRule(parsing: "cron  0 0 * *  SUN   UTC").canonicalText == "cron 0 0 * * sun UTC")
    #expect(try FilterRule(parsing: "window all 08:00-18:00 UTC").zoneName == "UTC")
    #expect(try FilterRule(parsing: "window all 08:00-18:00").kind == "window")
  }

  @Test func zoneMustExist() throws {
    let rule = try FilterRule(parsing: "dates 2026-12-24 Europe/Nowhere")
    #expect(throws: ScheduleError.self) { try rule.bound(in: Zones.system, fallback: .utc) }
    #expect(try FilterRule(parsing: "dates 2026-12-24").bound(in: Zones.system, fallback: .utc).zone.name == "UTC")
  }

  @Test(arguments: [
    ("window mon-fri 08:00-18:00 Europe/Berlin", "2026-07-01T05:59:59.999Z", false),
    ("window mon-fri 08:00-18:00 Europe/Berlin", "2026-07-01T06:00:00Z", true),
    ("window mon-fri 08:00-18:00 Europe/Berlin", "2026-07-01T15:59:59Z", true),
    ("window mon-fri 08:00-18:00 Europe/Berlin", "2026-07-01T16:00:00Z", false),
    ("dates 2026-07-01 Europe/Berlin", "2026-06-30T22:00:00Z", true),
    ("dates 2026-07-01 Europe/Berlin", "2026-06-30T21:59:59Z", false),
    ("cron 30 2 * * * Europe/Berlin", "2026-03-29T01:00:00Z", false),
    ("cron 30 2 * * * Europe/Berlin", "2026-10-25T00:30:30Z", true),
    ("cron 30 2 * * * Europe/Berlin", "2026-10-25T01:30:30Z", true),
  ])
  func matches(text: String, instant: String, isMatching: Bool) throws {
    let rule = try FilterRule(parsing: text).bound(in: Zones.system, fallback: .utc)
    #expect(try rule.matches(Timestamp(parsing: instant)) == isMatching)
  }

  @Test(arguments: [Int64.min, Int64.max])
  func matchesAtTheEndsOfTime(milliseconds: Int64) throws {
    for text in ["cron * * * * *", "window all 00:00-24:00", "dates 0000-01-01..9999-12-31"] {
      let rule = try FilterRule(parsing: text).bound(in: Zones.system, fallback: Zones.named("Europe/Berlin"))
      #expect(rule.matches(Timestamp(milliseconds: milliseconds)) == !text.hasPrefix("dates"))
    }
  }

  /// Rules within the search remove just what each rule by itself matches.
  @Test func searchAgreesWithMatches() throws {
    var generator = SeededGenerator(seed: 31)
    let rules = [
      "window mon-fri 08:00-18:00", "window all 22:00-03:00", "window sat 23:00-02:30 America/St_Johns", "cron * 2 * * *",
      "cron */2 * 1-15 * *", "cron 0-29 * * * sun Asia/Tokyo", "dates 2026-03-29", "dates 2026-10-20..2026-10-25 Asia/Tokyo",
    ]
    let schedules = [
      "cron */10 * * * *", "cron 30 0-23 * * *", "daily 1 at 02:30", "cron 0 */3 * * *", "weekly sat,sun at 23:30",
      "cron 0-59/20 2,3 * * *",
    ]
    for _ in 0..<60 {
      let name =
        ["Europe/Berlin", "America/Scoresbysund", "Australia/Lord_Howe", "UTC"].randomElement(using: &generator) ?? "UTC"
      let zone = try Zones.named(name)
      let start = ["2026-03-27T00:00:00Z", "2026-10-02T00:00:00Z", "2026-10-23T00:00:00Z"].randomElement(using: &generator) ?? ""
      let after = try Timestamp(parsing: start)
      let schedule = try Schedule(parsing: schedules.randomElement(using: &generator) ?? "")
      let bound = try rules.shuffled(using: &generator).prefix(.random(in: 1...3, using: &generator)).map {
        try FilterRule(parsing: $0).bound(in: Zones.system, fallback: zone)
      }
      let end = after.adding(seconds: 5 * 86_400)
      let all = schedule.next(after: after, count: 800, in: zone).filter { $0 <= end }
      let kept = all.filter { fire in !bound.contains { $0.matches(fire) } }
      let found = schedule.next(after: after, count: kept.count, in: zone, excluding: bound)
      #expect(found == kept, "\(schedule) in \(name) after \(start) without \(bound.map(\.rule))")
    }
  }
}
