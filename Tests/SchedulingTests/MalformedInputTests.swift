import Scheduling
import Testing

/// Texts that must be refused, each with a part of the message that tells the user which piece is wrong.
@Suite struct MalformedInputTests {
  typealias Row = (text: String, fragment: String)

  private func expectRefused(_ text: String, _ fragment: String, by parse: (String) throws -> some Sendable) {
    do {
      let value = try parse(text)
      Issue.record("\(text) was taken as \(value)")
    } catch let error as ScheduleError {
      #expect(error.message.contains(fragment), "\(text): \(error.message)")
      #expect(!error.message.hasSuffix("."))
      #expect(error.message.unicodeScalars.allSatisfy { $0.value >= 32 })
    } catch {
      Issue.record("\(text): \(error)")
    }
  }

  @Test(
    arguments: [
      ("", "empty"), ("  \t ", "empty"),
      ("*", "missing hour, day of month, month, day of week"),
      ("0 0 * *", "missing day of week"),
      ("0 0 * * * *", "'*' is too many"), ("0 0 0 * * 1 2026", "'1' is too many"),
      ("60 * * * *", "minute '60': must be 0-59"), ("61 * * * *", "minute '61': must be 0-59"),
      ("* 24 * * *", "hour '24': must be 0-23"), ("* * 0 * *", "day of month '0': must be 1-31"),
      ("* * 32 * *", "day of month '32': must be 1-31"), ("* * * 0 *", "month '0': must be 1-12 or jan-dec"),
      ("* * * 13 *", "month '13'"), ("* * * * 8", "day of week '8': must be 0-7 or sun-sat"),
      ("-1 * * * *", "minute '-1'"), ("+1 * * * *", "minute '+1'"), ("1- * * * *", "minute '1-'"),
      ("- * * * *", "minute '-'"), ("1-2-3 * * * *", "minute '1-2-3'"), ("1--3 * * * *", "minute '1--3'"),
      ("4294967296 * * * *", "minute '4294967296': must be 0-59"),
      ("18446744073709551616 * * * *", "minute '18446744073709551616': must be 0-59"),
      ("* 9999999999999999999999999999999999999999 * * *", "hour '9999999999999999999999999999999999999999'"),
      ("*/18446744073709551617000 * * * x", "day of week 'x'"),
      ("1.5 * * * *", "minute '1.5'"), ("0x10 * * * *", "minute '0x10'"), ("1e1 * * * *", "minute '1e1'"),
      ("٣ * * * *", "minute '٣'"), ("１ * * * *", "minute '１'"), ("5\u{301} * * * *", "minute '5\u{301}'"),
      (", * * * *", "minute ',': has an empty list item"), ("1, * * * *", "minute '1,': has an empty list item"),
      (",1 * * * *", "minute ',1'"), ("1,,2 * * * *", "minute '1,,2': has an empty list item"),
      ("5-1 * * * *", "minute '5-1': a range must not run backwards"), ("* 22-2 * * *", "hour '22-2'"),
      ("* * 20-10 * *", "day of month '20-10'"), ("* * * nov-feb *", "month 'nov-feb'"),
      ("* * * * sat-mon", "day of week 'sat-mon'"), ("* * * * 7-1", "day of week '7-1'"), ("* * * * 6-1", "day of week '6-1'"),
      ("5/15 * * * *", "minute '5/15': a step needs a range"), ("* 1/2 * * *", "hour '1/2'"),
      ("* * * * mon/2", "day of week 'mon/2'"), ("*/0 * * * *", "minute '*/0': the step"),
      ("1-5/0 * * * *", "minute '1-5/0'"), ("*/ * * * *", "minute '*/'"), ("/5 * * * *", "minute '/5'"),
      ("*/-1 * * * *", "minute '*/-1'"), ("*/5/2 * * * *", "minute '*/5/2': only one step"), ("*/x * * * *", "minute '*/x'"),
      ("* * * */feb *", "month '*/feb'"), ("** * * * *", "minute '**'"), ("*5 * * * *", "minute '*5'"),
      ("*-5 * * * *", "minute '*'"), ("1-* * * * *", "minute '*'"), ("? * * * *", "minute '?'"),
      ("* * ? * *", "day of month '?'"), ("* * L * *", "day of month 'L'"), ("* * 15W * *", "day of month '15W'"),
      ("* * LW * *", "day of month 'LW'"), ("* * * * 5L", "day of week '5L'"), ("* * * * 5#3", "day of week '5#3'"),
      ("H * * * *", "minute 'H'"), ("H/15 * * * *", "minute 'H'"), ("~ * * * *", "minute '~'"), ("0~59 * * * *", "minute '0~59'"),
      ("jan * * * *", "minute 'jan'"), ("* mon * * *", "hour 'mon'"), ("* * jan * *", "day of month 'jan'"),
      ("* * * mon *", "month 'mon'"), ("* * * * jan", "day of week 'jan'"), ("* * * january *", "month 'january'"),
      ("* * * * monday", "day of week 'monday'"), ("* * * * mo", "day of week 'mo'"), ("* * * fév *", "month 'fév'"),
      ("* * * * mon tue", "'tue' is too many"), ("TZ=UTC 0 0 * * *", "'TZ=UTC'"), ("CRON_TZ=UTC 0 0 * * *", "'CRON_TZ=UTC'"),
      ("@reboot", "cron nickname '@reboot'"), ("@every 5m", "nothing may follow nickname '@every'"),
      ("@Daily", "cron nickname '@Daily'"), ("@", "cron nickname '@'"), ("@daily *", "'*'"), ("@daily @hourly", "'@hourly'"),
      ("0\n0 * * *", "of 5 fields"), ("0\n 0 * * *", "minute '0\\u{a}'"), ("0\u{a0}0 * * * *", "minute '0"),
      ("0\u{0} 0 * * *", "minute '0\\u{0}'"), ("0\u{1b}[31m 0 * * *", "minute '0\\u{1b}[31m'"),
      ("0;0 * * * *", "minute '0;0'"), ("0 0 * * 1 # comment", "'#' is too many"), ("0\r 0 * * *", "minute '0\\u{d}'"),
    ] as [Row])
  func cron(row: Row) { expectRefused(row.text, row.fragment) { try Schedule.parseCron($0) } }

  @Test func longCron() {
    let long = String(repeating: "0,", count: 600) + "0 * * * *"
    expectRefused(long, "1209 bytes: must be at most 1024") { try CronExpression(parsing: $0) }
    expectRefused(String(repeating: "x", count: 200) + " * * * *", "x...'") { try CronExpression(parsing: $0) }
  }

  @Test(arguments: [("0 0 * * 61", 9), ("  61 * * * *", 3), ("0 0,1,77 * * *", 7), ("0 0 1-99 * *", 7), ("0 0 * * mon,fry", 13)])
  func columns(text: String, column: Int) {
    do {
      _ = try CronExpression(parsing: text)
      Issue.record("\(text) was taken")
    } catch {
      #expect(error.column == column)
    }
  }

  @Test(
    arguments: [
      ("", "must be YYYY-MM-DD"), ("2026-12-01", "must have a time"), ("2026-12-01T02:00Z", "offset"),
      ("2026-12-01T02:00+02:00", "offset"), ("2026-12-01T02:00:00Z", "offset"), ("2026-12-01T02:00:00", "YYYY-MM-DDTHH:MM"),
      ("2026-12-01 02:00", "YYYY-MM-DDTHH:MM"), ("2026-12-01t02:00", "YYYY-MM-DDTHH:MM"), ("2026-12-01T24:00", "24:00"),
      ("2026-12-01T02:60", "02:60"), ("2026-12-01T2:00", "YYYY-MM-DDTHH:MM"), ("2026-02-30T02:00", "day 30 does not exist"),
      ("2026-02-29T02:00", "2026-02 has 28 days"), ("2100-02-29T02:00", "2100-02 has 28 days"), ("2026-13-01T02:00", "month 13"),
      ("2026-00-01T02:00", "month 00"), ("2026-01-00T02:00", "day 00"), ("26-12-01T02:00", "YYYY-MM-DD"),
      ("+2026-12-01T02:00", "YYYY-MM-DD"), ("-2026-12-01T02:00", "YYYY-MM-DD"), ("12026-12-01T02:00", "YYYY-MM-DD"),
      ("2026/12/01T02:00", "YYYY-MM-DD"), ("tomorrow", "'tomorrow'"), (" 2026-12-01T02:00", "' 2026-12-01T02:00'"),
      ("2026-12-01T02:00 ", "YYYY-MM-DD"), ("2026-12-01T02", "YYYY-MM-DDTHH:MM"), ("2026-12-01T02:00\n", "\\u{a}"),
      (String(repeating: "2", count: 300), "too long"),
    ] as [Row])
  func once(row: Row) { expectRefused(row.text, row.fragment) { try Schedule.parseOnce($0) } }

  @Test(
    arguments: [
      ("", "''"), ("24:00", "'24:00'"), ("23:60", "'23:60'"), ("2:30", "'2:30'"), ("02:3", "'02:3'"), ("0230", "'0230'"),
      ("02:30:00", "'02:30:00'"), ("02.30", "'02.30'"), ("2:30pm", "'2:30pm'"), (" 02:30", "' 02:30'"), ("-1:30", "'-1:30'"),
      ("٠٢:٣٠", "must be HH:MM"), ("99:99", "'99:99'"), ("02:30Z", "'02:30Z'"),
    ] as [Row])
  func timeOfDay(row: Row) {
    expectRefused(row.text, row.fragment) { try Schedule.parseDaily("1", at: $0) }
    expectRefused(row.text, row.fragment) { try Schedule.parseWeekly("mon", at: $0) }
    expectRefused(row.text, row.fragment) { try Schedule.parseMonthly("all", day: "1", at: $0) }
  }

  @Test(
    arguments: ["0", "32", "-1", "+1", "", "x", "1.5", " 1", "4294967297", "18446744073709551617", "1-2", "*", "１"])
  func interval(text: String) {
    expectRefused(text, "daily interval '\(text)': must be 1-31") { try Schedule.parseDaily($0, at: "02:30") }
    expectRefused(text, "day '\(text)': must be 1-31 or last") { try Schedule.parseMonthly("all", day: $0, at: "02:30") }
  }

  @Test(
    arguments: [
      ("", "empty day"), ("mon,", "empty day in 'mon,'"), (",mon", "empty day"), ("mon,,thu", "empty day"),
      ("monday", "'monday'"),
      ("1", "day '1'"), ("*", "day '*'"), ("all", "day 'all'"), ("mon thu", "day 'mon thu'"), ("sat-mon", "'sat-mon': a range"),
      ("mon-", "'mon-'"), ("-", "'-'"), ("mon-tue-wed", "'mon-tue-wed'"), ("mon/2", "'mon/2'"), ("foo,mon", "day 'foo'"),
    ] as [Row])
  func weekdays(row: Row) { expectRefused(row.text, row.fragment) { try Schedule.parseWeekly($0, at: "02:30") } }

  @Test(
    arguments: [
      ("", "empty month"), ("jan,", "empty month"), ("january", "month 'january'"), ("1", "month '1'"), ("*", "month '*'"),
      ("all,jan", "month 'all'"), ("nov-feb", "'nov-feb': a range"), ("mon", "month 'mon'"),
    ] as [Row])
  func months(row: Row) {
    expectRefused(row.text, row.fragment) { try Schedule.parseMonthly($0, day: "1", at: "02:30") }
  }

  @Test(arguments: ["L", "LAST", "Last", "first", "-1", "31,1", "lastday"])
  func dayOfMonth(text: String) {
    expectRefused(text, "day '\(text)': must be 1-31 or last") { try Schedule.parseMonthly("all", day: $0, at: "02:30") }
  }

  @Test(
    arguments: [
      ("", "empty"), ("  ", "empty"), ("every day", "'every': must be cron, dates or window"), ("CRON * * * * *", "'CRON'"),
      ("cron", "empty"), ("cron * * * *", "missing day of week"), ("cron 61 * * * *", "minute '61': must be 0-59"),
      ("cron * * * * Europe/Berlin", "day of week 'Europe'"), ("cron * * * * * CEST+1:00", "zone 'CEST+1:00'"),
      ("cron * * * * * *", "zone '*'"), ("cron * * * * * Europe/Berlin UTC", "found 'UTC'"), ("cron @reboot", "'@reboot'"),
      ("cron @daily * *", "found '*'"), ("cron @daily ../UTC", "zone '../UTC'"),
      ("dates", "the days are missing"), ("dates 2026-02-30", "day 30 does not exist"),
      ("dates 2026-12-24..2026-02-30", "'2026-02-30': day 30 does not exist"),
      ("dates 2027-01-02..2026-12-24", "'2027-01-02..2026-12-24': the second day"), ("dates 2026-12-24..", "''"),
      ("dates ..2026-12-24", "''"), ("dates 2026-12-24...2026-12-25", "'.2026-12-25'"), ("dates 2026-12-24T00:00", "whole days"),
      ("dates 2026-12-24 .. 2026-12-25", "nothing may follow '..'"), ("dates 24.12.2026", "'24.12.2026'"),
      ("dates christmas", "'christmas'"),
      ("dates 2026-12-24,2026-12-25", "'2026-12-24,2026-12-25'"), ("dates 2026-12-24 2026-12-25", "zone '2026-12-25'"),
      ("window", "days and times are missing"), ("window mon-fri", "times after 'mon-fri' are missing"),
      ("window mon-fri 8:00-18:00", "start '8:00'"), ("window mon-fri 08:00-18", "end '18'"),
      ("window mon-fri 08:00", "HH:MM-HH:MM"),
      ("window mon-fri 08:00-18:00-20:00", "HH:MM-HH:MM"), ("window mon-fri 08:00-24:01", "end '24:01'"),
      ("window mon-fri 24:00-06:00", "start '24:00'"), ("window mon-fri 08:00-08:00", "must differ"),
      ("window mon-fri 00:00-00:00", "must differ"), ("window mon-fri 24:00-24:00", "start '24:00'"),
      ("window 1-5 08:00-18:00", "day '1-5'"), ("window * 08:00-18:00", "day '*'"), ("window mon,all 08:00-18:00", "day 'all'"),
      ("window fri-mon 08:00-18:00", "'fri-mon': a range"), ("window mon, 08:00-18:00", "empty day"),
      ("window mon 08:00 - 18:00", "HH:MM-HH:MM"), ("window all 08:00-18:00 +02:00", "zone '+02:00'"),
      ("window all 08:00-18:00 localtime", "zone 'localtime'"), ("window all 08:00-18:00 UTC now", "found 'now'"),
      ("window all 25:00-26:00", "start '25:00'"), ("window all 08:61-09:00", "start '08:61'"),
    ] as [Row])
  func filterRules(row: Row) { expectRefused(row.text, row.fragment) { try FilterRule(parsing: $0) } }

  @Test(arguments: [("window mon,fry 08:00-18:00", 12), ("dates 2026-12-24..2026-02-30", 19), ("cron 0 0 * * 8", 14)])
  func filterColumns(text: String, column: Int) {
    do {
      _ = try FilterRule(parsing: text)
      Issue.record("\(text) was taken")
    } catch {
      #expect(error.column == column)
    }
  }

  @Test(
    arguments: [
      ("2026-12-01T02:00:60Z", "second 60"), ("2026-12-01T02:00:00", "must be RFC 3339 with an offset"),
      ("2026-12-01T02:00Z", "must be RFC 3339 with an offset"), ("2026-12-01T02:00:00.Z", "a fraction needs a digit"),
      ("2026-12-01T02:00:00+24:00", "offset must be"), ("2026-12-01T02:00:00+02:60", "offset must be"),
      ("2026-12-01T02:00:00+0200", "+HH:MM"), ("2026-12-01T02:00:00+02", "+HH:MM"),
      ("2026-12-01T02:00:00ZZ", "nothing may follow"),
      ("2026-12-01T02:00:00 UTC", "+HH:MM"), ("1764554400", "YYYY-MM-DD"), ("now", "'now'"),
    ] as [Row])
  func timestamps(row: Row) { expectRefused(row.text, row.fragment) { try Timestamp(parsing: $0) } }

  @Test(
    arguments: [
      "", "once", "daily 1", "daily 1 02:30", "weekly mon at 02:30 extra", "monthly all 1 at 02:30", "Cron * * * * *",
      "hourly 3", "daily 0 at 02:30", "cron", "once 2026-12-01",
    ])
  func storedSchedules(text: String) { expectRefused(text, "") { try Schedule(parsing: $0) } }
}
