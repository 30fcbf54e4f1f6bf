/// The name, range and names of one field of a cron expression, and its parser.
struct CronField {
  let name: String
  let range: ClosedRange<Int>
  /// Values of the three-letter names, empty where none are allowed.
  let names: [String: Int]
  let isDayOfWeek: Bool

  static let minute = CronField(name: "minute", range: 0...59)
  static let hour = CronField(name: "hour", range: 0...23)
  static let dayOfMonth = CronField(name: "day of month", range: 1...31)
  static let month = CronField(name: "month", range: 1...12, names: MonthSet.entries)
  static let dayOfWeek = CronField(name: "day of week", range: 0...7, names: WeekdaySet.entries, isDayOfWeek: true)
  static let all = [minute, hour, dayOfMonth, month, dayOfWeek]

  private init(
    name: String, range: ClosedRange<Int>, names: [(name: String, value: Int)] = [], isDayOfWeek: Bool = false
  ) {
    self.name = name
    self.range = range
    self.names = Dictionary(names.map { ($0.name, $0.value) }) { first, _ in first }
    self.isDayOfWeek = isDayOfWeek
  }

  /// The values of a field's text as bits; in day of week, 7 is folded into 0.
  func parse(_ field: Word) throws(ScheduleError) -> UInt64 {
    var bits: UInt64 = 0
    for item in field.split(at: ",") { bits |= try parse(item: item, of: field) }
    if isDayOfWeek, bits & 0x80 != 0 { bits = bits & 0x7f | 1 }
    return bits
  }

  private func parse(item: Word, of field: Word) throws(ScheduleError) -> UInt64 {
    guard !item.text.isEmpty else {
      throw failure(field, "has an empty list item", at: item.column)
    }
    let parts = item.split(at: "/")
    guard parts.count <= 2 else { throw failure(item, "only one step is allowed") }
    let values: ClosedRange<Int>
    let isRange: Bool
    if parts[0].text == "*" {
      (values, isRange) = (range, true)
    } else {
      let ends = parts[0].split(at: "-")
      guard ends.count <= 2 else { throw failure(item, "must be \(allowed), a range a-b, or *") }
      let first = try value(ends[0], of: item)
      var last = ends.count == 2 ? try value(ends[1], of: item) : first
      if isDayOfWeek, last == 0, first > 0 { last = 7 }
      guard first <= last else {
        throw failure(item, "a range must not run backwards", hint: "list its parts: a-b,c-d")
      }
      (values, isRange) = (first...last, ends.count == 2)
    }
    let step = try step(parts, of: item, isRange: isRange)
    return stride(from: values.lowerBound, through: values.upperBound, by: step).reduce(0) { $0 | 1 << UInt64($1) }
  }

  private func step(_ parts: [Word], of item: Word, isRange: Bool) throws(ScheduleError) -> Int {
    guard parts.count == 2 else { return 1 }
    guard let step = parts[1].number, step >= 1 else {
      throw failure(item, "the step after '/' must be a number from 1")
    }
    guard isRange else {
      throw failure(
        item, "a step needs a range or * before it", hint: "write \(parts[0].text)-\(range.upperBound)/\(parts[1].text)")
    }
    return step
  }

  private func value(_ word: Word, of item: Word) throws(ScheduleError) -> Int {
    if let number = word.number {
      guard range.contains(number) else { throw failure(word, "must be \(allowed)") }
      return number
    }
    if let named = names[word.text.lowercased()] { return named }
    // A bare hyphen or a stray character is clearer shown with all that surrounds it.
    throw failure(word.text.isEmpty ? item : word, "must be \(allowed)", hint: hint(for: word.text))
  }

  private var allowed: String {
    let numbers = "\(range.lowerBound)-\(range.upperBound)"
    return names.isEmpty ? numbers : isDayOfWeek ? "\(numbers) or sun-sat" : "\(numbers) or jan-dec"
  }

  private func hint(for text: String) -> String? {
    switch text {
    case "?": "write * for any value"
    case "L", "l": isDayOfWeek ? nil : "for the last day of the month use --monthly all --day last"
    default: nil
    }
  }

  private func failure(_ word: Word, _ reason: String, at column: Int? = nil, hint: String? = nil) -> ScheduleError {
    ScheduleError(.invalidCron, "\(name) \(quoted(word.text)): \(reason)", hint: hint, column: column ?? word.column)
  }
}
