import Scheduling
import Testing

/// Texts that nobody would write: an answer or an error, never a trap. The sequence is the same on every run.
@Suite struct FuzzTests {
  private static let pieces = [
    "*", "/", "-", ",", " ", "\t", "0", "1", "7", "31", "59", "60", "mon", "jan", "sun", "@", "daily", "cron", "dates", "window",
    "all", "..", "2026-12-24", "08:00", "24:00", "UTC", "Europe/Berlin", "4294967296", "99999999999999999999", "\u{0}", "é", "٣",
    "\r\n",
    "last", "once", "weekly", "monthly", "at", "day", "T02:00", "Z", "+02:00", ".", ":", "a\u{301}", "\u{1F468}\u{200D}\u{1F469}",
  ]

  private static let valid = [
    "cron */15 2 * * mon-fri", "cron 0 0 13,1-5/2 jan-mar,7 5-0", "window mon-fri 08:00-18:00 UTC", "window all 22:00-06:00",
    "dates 2026-12-24..2027-01-02", "dates 2026-12-24 Europe/Berlin", "cron @daily", "once 2026-12-01T02:00", "daily 2 at 02:30",
    "weekly mon,thu at 02:30", "monthly jan,jul day last at 02:30", "30 2 * * *", "2026-12-01T02:00:00.5+02:00",
  ]

  private func text(_ generator: inout SeededGenerator) -> String {
    if Int.random(in: 0...2, using: &generator) == 0 {
      var bytes = Array((Self.valid.randomElement(using: &generator) ?? "").utf8)
      for _ in 0..<Int.random(in: 0...2, using: &generator) {
        let index = Int.random(in: bytes.indices, using: &generator)
        switch Int.random(in: 0...2, using: &generator) {
        case 0: bytes[index] = .random(in: 0...255, using: &generator)
        case 1: bytes.insert(Array("*,-/0123456789:.@ ".utf8).randomElement(using: &generator) ?? 0, at: index)
        default: bytes.remove(at: index)
        }
      }
      return String(decoding: bytes, as: UTF8.self)
    }
    if Bool.random(using: &generator) {
      let count = Int.random(in: 0...14, using: &generator)
      return (0..<count).map { _ in Self.pieces.randomElement(using: &generator) ?? "" }
        .joined(separator: Bool.random(using: &generator) ? " " : "")
    }
    let bytes = (0..<Int.random(in: 0...60, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func parsersNeverTrap() throws {
    var generator = SeededGenerator(seed: 20_260_329)
    let berlin = try Zones.named("Europe/Berlin")
    var taken = 0
    for round in 0..<20_000 {
      let text = text(&generator)
      for prefix in ["", "cron ", "window ", "dates "] as [String] {
        if let rule = try? FilterRule(parsing: prefix + text) {
          taken += 1
          #expect(try FilterRule(parsing: rule.canonicalText) == rule)
        }
      }
      if let schedule = (try? Schedule(parsing: text)) ?? (try? Schedule.parseCron(text)) {
        taken += 1
        #expect(try Schedule(parsing: schedule.canonicalText) == schedule)
        let after = Timestamp(milliseconds: Int64(round) * 86_400_000)
        let fires = schedule.next(after: after, count: 2, in: berlin)
        #expect(fires.allSatisfy { $0 > after })
      }
      _ = try? Schedule.parseOnce(text)
      _ = try? Schedule.parseDaily(text, at: text)
      _ = try? Schedule.parseWeekly(text, at: "02:30")
      _ = try? Schedule.parseMonthly(text, day: "last", at: "02:30")
      _ = try? Timestamp(operand: text, in: berlin)
      _ = try? Timestamp(parsing: text)
      _ = ZoneDatabase.isName(text)
    }
    #expect(taken > 1000)
  }

  /// Valid expressions from the grammar's own pieces are taken, and say of themselves what they are.
  @Test func grammarIsTaken() throws {
    var generator = SeededGenerator(seed: 5)
    func item(_ range: ClosedRange<Int>) -> String {
      let first = Int.random(in: range, using: &generator)
      let last = Int.random(in: first...range.upperBound, using: &generator)
      let step = Int.random(in: 1...70, using: &generator)
      return ["*", "*/\(step)", "\(first)", "\(first)-\(last)", "\(first)-\(last)/\(step)"].randomElement(using: &generator)
        ?? "*"
    }
    for _ in 0..<2000 {
      let fields = [0...59, 0...23, 1...31, 1...12, 0...7].map { range in
        (0..<Int.random(in: 1...3, using: &generator)).map { _ in item(range) }.joined(separator: ",")
      }
      let text = fields.joined(separator: " ")
      let expression = try CronExpression(parsing: text)
      #expect(expression.text == text)
      #expect(expression.isWildcard == (fields[0].hasPrefix("*") || fields[1].hasPrefix("*")))
      #expect(try CronExpression(parsing: expression.text) == expression)
    }
  }
}
