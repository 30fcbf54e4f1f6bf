import Glibc
import Scheduling
import Testing

@Suite struct TimeZoneRulesTests {
  /// Every zone against the C library, at each change, a second before it, and at times in between, 1901 to 2200.
  @Test(.enabled(if: access("/bin/date", X_OK) == 0))
  func agreesWithTheCLibrary() throws {
    let folder = try TemporaryFolder()
    var generator = SeededGenerator(seed: 2026)
    let names = Zones.system.names
    #expect(names.count > 300)
    for name in names {
      let zone = try Zones.named(name)
      var instants = (0..<40).map { _ in Int64.random(in: -2_100_000_000...7_258_118_400, using: &generator) }
      var second: Int64 = -2_100_000_000
      while second < 4_500_000_000 {
        let end = zone.period(at: second).end
        guard end != .max else { break }
        instants += [end - 1, end]
        second = end
      }
      let input = try folder.write("instants", instants.map { "@\($0)\n" }.joined().utf8)
      let command = "TZ=\(name) LC_ALL=C date -f \(input) +%::z"
      guard let pipe = popen(command, "re") else { throw POSIXFailure(code: errno) }
      let lines = ZoneDatabaseTests.allLines(pipe)
      pclose(pipe)
      let expected = instants.map { Self.text(offset: zone.period(at: $0).offset) }
      #expect(lines.count == expected.count, "\(name)")
      for (instant, pair) in zip(instants, zip(lines, expected))
      where pair.0 != pair.1 && pair != ("-00:00:00", "+00:00:00") {
        Issue.record("\(name) at \(instant): \(pair.1), the C library says \(pair.0)")
      }
    }
  }

  private static func text(offset: Int) -> String {
    let parts = [abs(offset) / 3600, abs(offset) / 60 % 60, abs(offset) % 60]
    return (offset < 0 ? "-" : "+") + parts.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
  }

  private func rules(_ file: ZoneFile) throws -> TimeZoneRules {
    let folder = try TemporaryFolder()
    try folder.write("Test/Zone", file.bytes)
    return try ZoneDatabase(directory: folder.path).rules(for: "Test/Zone")
  }

  @Test(arguments: [Int64.min, Int64.max])
  func endsOfTime(second: Int64) throws {
    for name in ["UTC", "Europe/Berlin", "America/New_York", "Africa/Casablanca"] {
      let zone = try Zones.named(name)
      #expect(abs(zone.period(at: second).offset) < 86_400)
      #expect(abs(zone.instant(ofLocalSeconds: second)) > 1 << 49)
    }
  }

  /// Footers in every form of RFC 8536, at a second and the end of the stretch around it.
  @Test(
    arguments: [
      ("UTC0", 0, 0, Int64.max), ("<-03>3", 0, -10_800, .max), ("<+0530>-5:30", 0, 19_800, .max),
      ("AAA-5:30:15", 0, 19_815, .max),
      // 1970: last Sunday of March is the 29th, of October the 25th.
      ("CET-1CEST,M3.5.0,M10.5.0/3", 0, 3600, 87 * 86_400 + 3600),
      ("CET-1CEST,M3.5.0,M10.5.0/3", 87 * 86_400 + 3600, 7200, 297 * 86_400 + 3600),
      // Southern summer runs over the new year.
      ("AEST-10AEDT,M10.1.0,M4.1.0/3", 0, 39_600, 94 * 86_400 - 8 * 3600),
      // Winter time as the exception.
      ("IST-1GMT0,M10.5.0,M3.5.0/1", 0, 0, 87 * 86_400 + 3600),
      // Times before midnight and days later.
      ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 0, -7200, 87 * 86_400 + 3600),
      ("EET-2EEST,M3.4.4/50,M10.4.4/50", 0, 7200, 86 * 86_400),
      // Days of the year: J60 is 1 March always, 59 is the 60th day.
      ("AAA0BBB,J60/0,J300/0", 0, 0, 59 * 86_400), ("AAA0BBB,59/0,300/0", 0, 0, 59 * 86_400),
      // 29 February 1972 is day 789.
      ("AAA0BBB,J60/0,J300/0", 789 * 86_400, 0, 790 * 86_400),
      ("AAA0BBB,59/0,300/0", 789 * 86_400, 3600, 1030 * 86_400 - 3600),
      // Summer time all the year round.
      ("XXX3EDT4,0/0,J365/23", 0, -14_400, .max), ("AAA0BBB0,M3.5.0,M10.5.0", 0, 0, .max),
    ] as [(String, Int64, Int, Int64)])
  func footers(text: String, second: Int64, offset: Int, end: Int64) throws {
    let zone = try rules(ZoneFile(footer: "\n\(text)\n"))
    let period = zone.period(at: second)
    #expect(period.offset == offset)
    #expect(period.end == end)
  }

  @Test(arguments: [
    "UTC", "U0", "UTC0,", "UTC25", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0",
    "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,M3.5.0/168,M10.5.0", "CET-1CEST,J0,J366", "CET-1CEST,366,1", "<+02-2", "UTC0 ",
    "UTC0:60",
    "CET-1CEST,M3.5.0,M10.5.0,M1.1.1", "CET-99999999999999999999", "CET-1CEST,M3.5,M10.5.0", "\u{0}\u{0}\u{0}0", "UTC0\nUTC0",
    "é0",
  ])
  func badFooters(text: String) {
    do {
      _ = try rules(ZoneFile(footer: "\n\(text)\n"))
      Issue.record("\(text) was taken")
    } catch {
      #expect((error as? ScheduleError)?.code == .malformedTimeZoneFile)
    }
  }

  @Test func badFiles() throws {
    var files: [[UInt8]] = [[], [0], Array("TZif".utf8), Array("TZif2".utf8), [UInt8](repeating: 0xff, count: 100)]
    let good = ZoneFile(transitions: [(0, 1), (1000, 0)], offsets: [0, 3600], footer: "\nUTC0\n")
    #expect(throws: Never.self) { try rules(good) }
    for length in good.bytes.indices { files.append(Array(good.bytes.prefix(length))) }
    files.append(ZoneFile(transitions: [(1000, 0), (1000, 1)], offsets: [0, 60]).bytes)
    files.append(ZoneFile(transitions: [(1000, 0), (999, 1)], offsets: [0, 60]).bytes)
    files.append(ZoneFile(transitions: [(1000, 2)], offsets: [0, 60]).bytes)
    files.append(ZoneFile(transitions: [(.min, 0)]).bytes)
    files.append(ZoneFile(transitions: [(.max, 0)]).bytes)
    files.append(ZoneFile(offsets: [93_600]).bytes)
    files.append(ZoneFile(offsets: [.min]).bytes)
    files.append(ZoneFile(offsets: []).bytes)
    files.append(ZoneFile(leapCount: 1).bytes)
    files.append(ZoneFile(leapCount: .max >> 8).bytes.prefix(200) + [])
    files.append([UInt8](repeating: 0x54, count: 300_000))
    let folder = try TemporaryFolder()
    let zones = ZoneDatabase(directory: folder.path)
    try folder.write("UTC", ZoneFile().bytes)
    for (index, bytes) in files.enumerated() {
      try folder.write("Test", bytes)
      do {
        _ = try zones.rules(for: "Test")
        Issue.record("file \(index) was taken")
      } catch {
        // A file beyond the limit is not read at all, another kind of file is not a zone.
        let isZone = bytes.starts(with: "TZif".utf8) && bytes.count < 200_000
        #expect(error.code == (isZone ? .malformedTimeZoneFile : .unknownTimeZone))
      }
    }
  }

  /// Each byte of a real file set to each of a few values, and random bytes behind a good start: any answer, but no trap.
  @Test func damagedFilesNeverTrap() throws {
    let folder = try TemporaryFolder()
    let zones = ZoneDatabase(directory: folder.path)
    let good = ZoneFile(transitions: [(0, 1), (1000, 0)], offsets: [0, 3600], footer: "\nCET-1CEST,M3.5.0,M10.5.0/3\n").bytes
    var generator = SeededGenerator(seed: 8536)
    var taken = 0
    let schedule = try Schedule.parseCron("30 2 * * *")
    for index in good.indices {
      for value in [0, 1, 0x7f, 0x80, 0xff, .random(in: 0...255, using: &generator)] as [UInt8] {
        var bytes = good
        bytes[index] = value
        try folder.write("Test", bytes)
        guard let zone = try? zones.rules(for: "Test") else { continue }
        taken += 1
        let fires = schedule.next(after: Timestamp(milliseconds: 0), count: 3, in: zone)
        #expect(fires.count == 3)
      }
    }
    #expect(taken > 0)
  }

  @Test func versionOneHasNoFooter() throws {
    // The first block alone, as written before RFC 8536: one type, no transitions.
    let bytes = Array(ZoneFile(version: 0, offsets: [-3600]).bytes.prefix(44 + 6 + 4))
    let folder = try TemporaryFolder()
    try folder.write("Old", bytes)
    let zone = try ZoneDatabase(directory: folder.path).rules(for: "Old")
    #expect(zone.period(at: 0).offset == -3600)
    #expect(zone.period(at: 0).end == .max)
  }

  @Test func transitionsThatChangeNothingAreNone() throws {
    let zone = try rules(
      ZoneFile(transitions: [(0, 0), (1000, 1), (2000, 1), (3000, 2)], offsets: [0, 3600, 3600], footer: "\nAAA-1\n"))
    #expect(zone.period(at: -5).offset == 0)
    #expect(zone.period(at: -5).end == 1000)
    #expect(zone.period(at: 1000).offset == 3600)
    #expect(zone.period(at: 1000).end == .max)
  }

  /// The border between made up and not: at midnight of 2 January the clock goes forward to 02:59 or 03:00.
  @Test(
    arguments: [
      (179, ["1970-01-02T00:00:00Z", "1970-01-02T23:31:00Z"]), (180, ["1970-01-02T23:30:00Z", "1970-01-03T23:30:00Z"]),
    ] as [(Int, [String])])
  func threeHoursAreACorrection(minutes: Int, fires: [String]) throws {
    let zone = try rules(ZoneFile(transitions: [(86_400, 1)], offsets: [0, Int32(minutes * 60)]))
    let schedule = try Schedule.parseCron("30 2 * * *")
    #expect(schedule.next(after: Timestamp(seconds: 10_000), count: 2, in: zone).map(\.rfc3339) == fires)
  }

  /// Changes close together: 02:00 to 03:00, at 04:00 back to 02:00, at 03:30 on to 04:30.
  @Test(
    arguments: [
      ("once 1970-01-01T02:30", [7200]), ("once 1970-01-01T03:45", [9900]), ("once 1970-01-01T04:15", [16_200]),
      ("once 1970-01-01T03:15", [8100]), ("cron 30 */2 1 1 *", [1800, 12_600, 16_200]),
      ("cron 45 1-4 1 1 *", [6300, 7200, 9900, 17_100]),
    ] as [(String, [Int64])])
  func aReadingFiresOnceHoweverOftenItComes(text: String, fires: [Int64]) throws {
    let zone = try rules(ZoneFile(transitions: [(7200, 1), (10_800, 2), (16_200, 0)], offsets: [0, 3600, -3600]))
    let schedule = try Schedule(parsing: text)
    let found = schedule.next(after: Timestamp(seconds: 0), count: fires.count, in: zone).map(\.seconds)
    #expect(found == fires)
    for fire in fires.dropLast() {
      let rest = schedule.next(after: Timestamp(seconds: fire), count: 1, in: zone).map(\.seconds)
      #expect(rest == fires.filter { $0 > fire }.prefix(1) + [])
    }
  }
}
