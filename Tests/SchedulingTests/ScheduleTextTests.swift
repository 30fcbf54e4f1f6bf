import Scheduling
import Testing

@Suite struct ScheduleTextTests {
  @Test(
    arguments: [
      ("once 2026-12-01T02:00", "once", "once at 02:00 on Tuesday 2026-12-01, Europe/Berlin"),
      ("daily 1 at 02:30", "daily", "at 02:30 every day, Europe/Berlin"),
      ("daily 2 at 02:30", "daily", "at 02:30 on every 2nd day of the month, from the 1st, Europe/Berlin"),
      ("daily 11 at 02:30", "daily", "at 02:30 on every 11th day of the month, from the 1st, Europe/Berlin"),
      ("daily 31 at 02:30", "daily", "at 02:30 on the 1st of every month, Europe/Berlin"),
      ("weekly mon,thu at 02:30", "weekly", "at 02:30 on Monday and Thursday, Europe/Berlin"),
      ("weekly mon-wed,sun at 02:30", "weekly", "at 02:30 on Monday, Tuesday, Wednesday and Sunday, Europe/Berlin"),
      ("weekly mon-sun at 02:30", "weekly", "at 02:30 every day, Europe/Berlin"),
      ("monthly jan,jul day 15 at 02:30", "monthly", "at 02:30 on the 15th of January and July, Europe/Berlin"),
      ("monthly all day last at 02:30", "monthly", "at 02:30 on the last day of every month, Europe/Berlin"),
      ("monthly feb day 22 at 00:00", "monthly", "at 00:00 on the 22nd of February, Europe/Berlin"),
      ("cron */15 2 * * mon-fri", "cron", "whenever the clock matches '*/15 2 * * mon-fri', Europe/Berlin"),
      ("cron @daily", "cron", "whenever the clock matches '@daily', Europe/Berlin"),
    ])
  func textsRoundTrip(text: String, kind: String, sentence: String) throws {
    let schedule = try Schedule(parsing: text)
    #expect(schedule.canonicalText == text)
    #expect(try Schedule(parsing: schedule.canonicalText) == schedule)
    #expect(schedule.kind == kind)
    #expect(schedule.sentence(zone: "Europe/Berlin") == sentence)
  }

  @Test func flagsGiveTheCanonicalText() throws {
    #expect(try Schedule.parseOnce("2026-12-01T02:00").canonicalText == "once 2026-12-01T02:00")
    #expect(try Schedule.parseDaily("02", at: "02:30").canonicalText == "daily 2 at 02:30")
    #expect(try Schedule.parseWeekly("THU,Mon,mon", at: "02:30").canonicalText == "weekly mon,thu at 02:30")
    #expect(try Schedule.parseWeekly("sat-sun,fri", at: "02:30").canonicalText == "weekly fri-sun at 02:30")
    #expect(try Schedule.parseMonthly("jul,JAN", day: "09", at: "02:30").canonicalText == "monthly jan,jul day 9 at 02:30")
    #expect(try Schedule.parseMonthly("jan-dec", day: "last", at: "02:30").canonicalText == "monthly all day last at 02:30")
    #expect(try Schedule.parseCron(" \t0  3 * *\tMON-Fri ").canonicalText == "cron 0 3 * * mon-fri")
    #expect(try Schedule.parseCron("0 3 * * 1").canonicalText != Schedule.parseCron("0 3 * * mon").canonicalText)
  }

  @Test(
    arguments: [
      ("@hourly", "0 * * * *"), ("@daily", "0 0 * * *"), ("@midnight", "0 0 * * *"), ("@weekly", "0 0 * * 0"),
      ("@monthly", "0 0 1 * *"), ("@yearly", "0 0 1 1 *"), ("@annually", "0 0 1 1 *"), (" @daily ", "0 0 * * *"),
      ("*/20 * * * *", "0,20,40 * * * *"), ("*/90 * * * *", "0 * * * *"), ("11-11 * * * *", "11 * * * *"),
      ("007 * * * *", "7 * * * *"), ("10-20/5 * * * *", "10,15,20 * * * *"), ("10-20/11 * * * *", "10 * * * *"),
      ("1-5,3-7 * * * *", "1-7 * * * *"), ("*,5 * * * *", "* * * * *"), ("0 */7 * * *", "0 0,7,14,21 * * *"),
      ("0 0 */10 * *", "0 0 1,11,21,31 * *"), ("0 0 1 JAN,dec,6 *", "0 0 1 1,6,12 *"), ("0 0 1 jan-3 *", "0 0 1 1-3 *"),
      ("0 0 1 */5 *", "0 0 1 1,6,11 *"), ("0 0 * * 7", "0 0 * * sun"), ("0 0 * * 0-7", "0 0 * * *"),
      ("0 0 * * fri-sun", "0 0 * * 0,5,6"), ("0 0 * * 5-0", "0 0 * * 5-7"), ("0 0 * * mon-3", "0 0 * * 1,2,3"),
      ("0 0 * * 1-7/2", "0 0 * * 0,1,3,5"), ("0 0 * * 7-0", "0 0 * * 0"), ("0 0 * * sun-sun", "0 0 * * 0"),
      ("0 0 * * sun-sat", "0 0 * * 0-6"), ("0 0 * * 5-0/2", "0 0 * * 5,0"), ("0 0 * * */7", "0 0 * * */8"),
      ("*/4294967297 * * * *", "*/60 * * * *"), ("0 0 * * 1-0", "0 0 * * 1-7"), ("0 0 * * 0-0", "0 0 * * 0"),
    ])
  func expressionsMeanTheSame(one: String, other: String) throws {
    let after = try Timestamp(parsing: "2026-01-01T00:00:00Z")
    let ones = try Schedule.parseCron(one).next(after: after, count: 300, in: .utc)
    #expect(ones.count == 300)
    #expect(try ones == Schedule.parseCron(other).next(after: after, count: 300, in: .utc))
  }

  @Test(arguments: [
    ("daily 1 at 02:30", "30 2 * * *"), ("daily 7 at 02:30", "30 2 */7 * *"), ("daily 30 at 23:59", "59 23 */30 * *"),
    ("weekly mon,thu at 02:30", "30 2 * * 4,1"), ("weekly fri-sun at 02:30", "30 2 * * 5-7"),
    ("monthly jan,jul day 31 at 02:30", "30 2 31 1,7 *"), ("monthly all day 29 at 00:00", "0 0 29 * *"),
  ])
  func kindsInTermsOfCron(text: String, cron: String) throws {
    let berlin = try Zones.named("Europe/Berlin")
    let after = try Timestamp(parsing: "2026-01-01T00:00:00Z")
    let fires = try Schedule(parsing: text).next(after: after, count: 100, in: berlin)
    #expect(fires.count == 100)
    #expect(try fires == Schedule.parseCron(cron).next(after: after, count: 100, in: berlin))
  }

  @Test func randomSchedulesRoundTrip() throws {
    var generator = SeededGenerator(seed: 4711)
    for _ in 0..<500 {
      let time = try #require(
        TimeOfDay(hour: .random(in: 0...23, using: &generator), minute: .random(in: 0...59, using: &generator)))
      let date = CivilDate(daysSinceEpoch: .random(in: -719_528...2_932_896, using: &generator))
      let days = WeekdaySet(bits: .random(in: 1...127, using: &generator))
      let months = MonthSet(bits: .random(in: 1...4095, using: &generator) << 1)
      let day: Schedule.DayOfMonth = Bool.random(using: &generator) ? .last : .day(.random(in: 1...31, using: &generator))
      let schedules: [Schedule] = [
        .once(LocalDateTime(date: date, time: time)), .daily(every: .random(in: 1...31, using: &generator), at: time),
        .weekly(on: days, at: time), .monthly(in: months, on: day, at: time),
      ]
      for schedule in schedules {
        #expect(try Schedule(parsing: schedule.canonicalText) == schedule)
      }
    }
  }
}
