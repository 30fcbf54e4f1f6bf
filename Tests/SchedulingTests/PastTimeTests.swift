import Scheduling
import Testing

@Suite struct PastTimeTests {
  /// In Berlin it is Tuesday, 2026-03-31, 10:30 (summer time since Sunday).
  private static let now = "2026-03-31T08:30:00Z"

  private func time(_ text: String, now: String = now, zone: String = "Europe/Berlin") throws -> String {
    let zone = try Zones.named(zone)
    return try Timestamp(past: text, now: try Timestamp(parsing: now), in: zone).rfc3339
  }

  @Test(arguments: [
    ("now", "2026-03-31T08:30:00Z"), ("today", "2026-03-30T22:00:00Z"), ("Today", "2026-03-30T22:00:00Z"),
    ("yesterday", "2026-03-29T22:00:00Z"), ("yesterday 14:00", "2026-03-30T12:00:00Z"), ("today 08:05", "2026-03-31T06:05:00Z"),
    ("tuesday", "2026-03-30T22:00:00Z"), ("last tuesday", "2026-03-23T23:00:00Z"), ("mon", "2026-03-29T22:00:00Z"),
    ("last monday", "2026-03-29T22:00:00Z"), ("wednesday", "2026-03-24T23:00:00Z"), ("last  sun 23:59", "2026-03-29T21:59:00Z"),
    ("90s", "2026-03-31T08:28:30Z"), ("15m", "2026-03-31T08:15:00Z"), ("2h ago", "2026-03-31T06:30:00Z"),
    ("1h30m", "2026-03-31T07:00:00Z"), ("3 hours ago", "2026-03-31T05:30:00Z"), ("1 min", "2026-03-31T08:29:00Z"),
    // On the wall it stays 10:30, though one of the days had 23 hours.
    ("1d", "2026-03-30T08:30:00Z"), ("7d", "2026-03-24T09:30:00Z"), ("1w", "2026-03-24T09:30:00Z"),
    ("2 weeks ago", "2026-03-17T09:30:00Z"), ("1d12h", "2026-03-29T20:30:00Z"), ("1 day 12 hours ago", "2026-03-29T20:30:00Z"),
    // What was there before.
    ("2026-03-01", "2026-02-28T23:00:00Z"), ("2026-03-01T02:00", "2026-03-01T01:00:00Z"),
    ("2026-03-01T02:00:00-05:00", "2026-03-01T07:00:00Z"),
  ])
  func reads(text: String, utc: String) throws {
    #expect(try time(text) == utc)
  }

  @Test func clockChanges() throws {
    // Yesterday's 02:30 did not exist: the instant of the change.
    #expect(try time("yesterday 02:30", now: "2026-03-30T08:00:00Z") == "2026-03-29T01:00:00Z")
    #expect(try time("1d", now: "2026-03-30T00:30:00Z") == "2026-03-29T01:00:00Z")
    // 48 hours are 48 hours, two days are the same time on the wall.
    #expect(try time("48h", now: "2026-03-30T08:00:00Z") == "2026-03-28T08:00:00Z")
    #expect(try time("2d", now: "2026-03-30T08:00:00Z") == "2026-03-28T09:00:00Z")
    // 02:30 came twice on 2026-10-25: the first of the two.
    #expect(try time("1d", now: "2026-10-26T01:30:00Z") == "2026-10-25T00:30:00Z")
    // A day that begins at 01:00, as midnight was skipped, and one that was no day at all.
    #expect(try time("today", now: "2026-04-24T12:00:00Z", zone: "Africa/Cairo") == "2026-04-23T22:00:00Z")
    #expect(try time("yesterday", now: "2011-12-30T12:00:00Z", zone: "Pacific/Apia") == "2011-12-30T10:00:00Z")
  }

  @Test func everyWeekdayIsWithinTheLastSevenDays() throws {
    for day in Weekday.allCases {
      for hour in 0..<48 {
        let now = try Timestamp(parsing: "2026-10-24T12:00:00Z").adding(seconds: Int64(hour) * 3600)
        let zone = try Zones.named("Europe/Berlin")
        let latest = try Timestamp(past: day.englishName, now: now, in: zone)
        let last = try Timestamp(past: "last \(day.englishName)", now: now, in: zone)
        let local = CivilDate(daysSinceEpoch: Int((latest.seconds + Int64(zone.offset(at: latest))) / 86_400))
        #expect(local.weekday == day && latest <= now && now.milliseconds(since: latest) < 7 * 86_400_000 + 3_600_000)
        #expect(last <= latest && now.milliseconds(since: last) >= 0)
        #expect((last == latest) == (now.milliseconds(since: latest) >= 86_400_000 + 3_600_000 || local != today(now, zone)))
      }
    }
  }

  private func today(_ now: Timestamp, _ zone: TimeZoneRules) -> CivilDate {
    CivilDate(daysSinceEpoch: Int((now.seconds + Int64(zone.offset(at: now))) / 86_400))
  }

  @Test(arguments: [
    "", " ", "tomorrow", "last", "last today", "last 7d", "next monday", "7", "7x", "d7", "-7d", "+7d", "7d 5", "ago", "ago 7d",
    "1.5h", "yesterday 24:00", "yesterday 8:00", "yesterday 14:00:00", "mond", "1 month ago", "99999999999999999999d", "40000d",
    "\u{0667}d", "0x7d",
  ])
  func refuses(text: String) throws {
    let error = try #require(throws: ScheduleError.self) { try time(text) }
    #expect(error.code == .invalidTime)
    #expect(error.message.hasPrefix("time '") && error.hint?.contains("yesterday") == true)
  }

  @Test func aDateKeepsItsOwnMessage() throws {
    let error = try #require(throws: ScheduleError.self) { try time("2026-02-30") }
    #expect(error.message == "time '2026-02-30': day 30 does not exist, 2026-02 has 28 days")
  }
}
