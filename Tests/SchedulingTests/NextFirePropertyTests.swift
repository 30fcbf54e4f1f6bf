import Scheduling
import Testing

/// The search against a slow evaluator that looks at one minute after another and shares nothing with it but the offsets.
@Suite struct NextFirePropertyTests {
  static let zones = [
    "Europe/Berlin", "America/Scoresbysund", "America/St_Johns", "Antarctica/Troll", "Australia/Lord_Howe", "Pacific/Apia",
    "Antarctica/Casey", "America/Havana", "Africa/Cairo", "Asia/Beirut", "Europe/Dublin", "Africa/Casablanca",
    "Pacific/Kwajalein", "Asia/Tehran", "America/Caracas", "Asia/Pyongyang", "Africa/Monrovia", "America/Nuuk", "Asia/Gaza",
    "Pacific/Chatham",
  ]

  @Test(arguments: zones)
  func agreesWithMinuteByMinute(name: String) throws {
    let zone = try Zones.named(name)
    var generator = SeededGenerator(seed: name.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
    let changes = Self.changes(of: zone)
    #expect(!changes.isEmpty)
    for _ in 0..<15 {
      let change = changes.randomElement(using: &generator) ?? 0
      let expression = Self.expression(&generator)
      let start = (change / 60 - Int64.random(in: 0...2000, using: &generator)) * 60
      let end = change + 86_400 * 3 / 2
      let schedule = try Schedule(parsing: "cron \(expression)")
      var evaluator = SlowEvaluator(expression)
      let expected = evaluator.fires(after: start, through: end, zone)
      let found = schedule.next(after: Timestamp(seconds: start), count: expected.count + 1, in: zone).map(\.seconds)
      #expect(
        found.filter { $0 <= end } == expected,
        "\(expression) in \(name) after \(Timestamp(seconds: start)) through \(Timestamp(seconds: end))")
      #expect(found.count == expected.count + 1 || expected.count == found.count)
      #expect(zip(found, found.dropFirst()).allSatisfy { $0 < $1 })
    }
  }

  /// Asking from a timing on gives the rest of the same series, wherever one starts.
  @Test(arguments: zones)
  func everySuffixIsTheSeries(name: String) throws {
    let zone = try Zones.named(name)
    var generator = SeededGenerator(seed: 99)
    let changes = Self.changes(of: zone)
    for _ in 0..<20 {
      let start = Timestamp(seconds: (changes.randomElement(using: &generator) ?? 0) - 7200)
      let schedule = try Schedule(parsing: "cron \(Self.expression(&generator))")
      let series = schedule.next(after: start, count: 12, in: zone)
      for (index, fire) in series.enumerated() where index + 1 < series.count {
        #expect(schedule.next(after: fire, count: 1, in: zone) == [series[index + 1]])
        #expect(schedule.next(after: fire.adding(milliseconds: -1), count: 1, in: zone) == [fire])
      }
    }
  }

  /// Seconds at which the offset changes, 1965 to 2060, whole minutes or not.
  private static func changes(of zone: TimeZoneRules) -> [Int64] {
    var changes: [Int64] = []
    var second: Int64 = -157_766_400
    while second < 2_840_140_800 {
      let end = zone.period(at: second).end
      guard end != .max else { break }
      changes.append(end)
      second = end
    }
    return changes
  }

  /// An expression that is often due near midnight and the usual hours of change.
  private static func expression(_ generator: inout SeededGenerator) -> String {
    func pick(_ choices: [String]) -> String { choices.randomElement(using: &generator) ?? "*" }
    let minute = pick(["*", "*/15", "0", "30", "1", "0-59", "0-59/7", "15,45", "59", "*/40", "5-50/9"])
    let hour = pick(["*", "*/2", "0", "1", "2", "3", "23", "0-23", "22,23,0,1", "2-4", "0-23/3", "1,2"])
    let day = pick(["*", "*", "*", "*/2", "1-31", "25-31", "1", "29", "30,31"])
    let month = pick(["*", "*", "3,4,10,11", "1-12/2"])
    let weekday = pick(["*", "*", "*", "0", "6", "sat-sun", "*/2", "1-5", "5-0/2"])
    return "\(minute) \(hour) \(day) \(month) \(weekday)"
  }
}

/// Section by section what the rules say, one real minute at a time.
private struct SlowEvaluator {
  private let fields: [String]
  /// By value: whether the field lists it.
  private let minutes, hours, days, months, weekdays: [Bool]
  private var datedDay: Int64 = .min
  private var isDatedDayMatching = false

  init(_ expression: String) {
    fields = expression.split(separator: " ").map(String.init)
    let texts = fields
    func table(_ field: Int, _ range: ClosedRange<Int>) -> [Bool] {
      (0...range.upperBound).map { Self.has(texts[field], $0, range) }
    }
    minutes = table(0, 0...59)
    hours = table(1, 0...23)
    days = table(2, 1...31)
    months = table(3, 1...12)
    weekdays = table(4, 0...7)
  }

  mutating func fires(after: Int64, through end: Int64, _ zone: TimeZoneRules) -> [Int64] {
    let isWildcard = fields[0].hasPrefix("*") || fields[1].hasPrefix("*")
    var fires: [Int64] = []
    var seen: Set<Int64> = []
    var previous: Int64?
    var minute = after / 60 - 2 * 1440
    while minute * 60 <= end {
      let reading = Self.floor(minute * 60 + Int64(zone.period(at: minute * 60).offset), 60)
      var isDue = false
      if let previous, reading > previous + 1, !isWildcard {
        for skipped in previous + 1..<reading where !seen.contains(skipped) {
          if reading - previous - 1 < 180, matches(skipped) { isDue = true }
          seen.insert(skipped)
        }
      }
      if matches(reading), isWildcard || !seen.contains(reading) { isDue = true }
      seen.insert(reading)
      if isDue, minute * 60 > after { fires.append(minute * 60) }
      previous = reading
      minute += 1
    }
    return fires
  }

  private mutating func matches(_ reading: Int64) -> Bool {
    let day = Self.floor(reading, 1440)
    let inDay = reading - day * 1440
    guard minutes[Int(inDay % 60)], hours[Int(inDay / 60)] else { return false }
    if day != datedDay { (datedDay, isDatedDayMatching) = (day, matches(day: Int(day))) }
    return isDatedDayMatching
  }

  private func matches(day: Int) -> Bool {
    var (year, month, left) = (1900, 1, day + 25_567)
    while true {
      let isLeap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0)
      let length = month == 2 ? (isLeap ? 29 : 28) : month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31
      if left < length { break }
      left -= length
      (year, month) = month == 12 ? (year + 1, 1) : (year, month + 1)
    }
    guard months[month] else { return false }
    // 1900-01-01 was a Monday.
    let weekday = (day + 25_567 + 1) % 7
    let ofMonth = days[left + 1]
    let ofWeek = weekdays[weekday] || (weekday == 0 && weekdays[7])
    return fields[2].hasPrefix("*") || fields[4].hasPrefix("*") ? ofMonth && ofWeek : ofMonth || ofWeek
  }

  private static func has(_ field: String, _ value: Int, _ range: ClosedRange<Int>) -> Bool {
    field.split(separator: ",").contains { item in
      let parts = item.split(separator: "/")
      let step = parts.count == 2 ? Int(parts[1]) ?? 1 : 1
      if parts[0] == "*" { return value >= range.lowerBound && (value - range.lowerBound) % step == 0 }
      let ends = parts[0].split(separator: "-").map { $0 == "sat" ? 6 : $0 == "sun" ? 0 : Int($0) ?? -1 }
      let last = ends.count == 2 && ends[1] == 0 && ends[0] > 0 ? 7 : ends[ends.count - 1]
      return value >= ends[0] && value <= last && (value - ends[0]) % step == 0
    }
  }

  private static func floor(_ value: Int64, _ divisor: Int64) -> Int64 {
    value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
  }
}
