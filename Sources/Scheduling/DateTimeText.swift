/// `YYYY-MM-DD`, optionally `THH:MM[:SS[.fraction]]`, optionally `Z` or `+HH:MM`, taken apart.
struct DateTimeText {
  private(set) var date: CivilDate
  /// Nil for a date alone.
  private(set) var time: TimeOfDay?
  private(set) var second: Int?
  private(set) var millisecond = 0
  /// Seconds east of UTC, nil without `Z` or an offset.
  private(set) var offset: Int?

  init(parsing text: String) throws(ScheduleError) {
    var scanner = Scanner(text: text)
    guard scanner.bytes.count <= 64 else { throw scanner.failure("is too long") }
    let year = try scanner.digits(4, "YYYY-MM-DD")
    try scanner.expect("-", "YYYY-MM-DD")
    let month = try scanner.digits(2, "YYYY-MM-DD")
    try scanner.expect("-", "YYYY-MM-DD")
    let day = try scanner.digits(2, "YYYY-MM-DD")
    guard (1...12).contains(month) else { throw scanner.failure("month \(padded(month, 2)) must be 01-12") }
    guard let date = CivilDate(year: year, month: month, day: day) else {
      let length = CivilDate.length(ofMonth: month, year: year)
      throw scanner.failure("day \(padded(day, 2)) does not exist, \(padded(year, 4))-\(padded(month, 2)) has \(length) days")
    }
    self.date = date
    guard !scanner.isAtEnd else { return }

    guard scanner.skip("T") || scanner.skip("t") else { throw scanner.failure("must be YYYY-MM-DDTHH:MM") }
    let hour = try scanner.digits(2, "YYYY-MM-DDTHH:MM")
    try scanner.expect(":", "YYYY-MM-DDTHH:MM")
    let minute = try scanner.digits(2, "YYYY-MM-DDTHH:MM")
    guard let time = TimeOfDay(hour: hour, minute: minute) else {
      throw scanner.failure("\(padded(hour, 2)):\(padded(minute, 2)) must be 00:00 to 23:59")
    }
    self.time = time
    if scanner.skip(":") {
      let second = try scanner.digits(2, "HH:MM:SS")
      guard second < 60 else { throw scanner.failure("second \(second) must be 00-59") }
      self.second = second
      if scanner.skip(".") { millisecond = try scanner.fraction() }
    }
    guard !scanner.isAtEnd else { return }

    if scanner.skip("Z") || scanner.skip("z") {
      offset = 0
    } else {
      let sign = scanner.skip("-") ? -1 : 1
      if sign > 0 { try scanner.expect("+", "YYYY-MM-DDTHH:MM with Z or +HH:MM at most") }
      let hours = try scanner.digits(2, "+HH:MM")
      try scanner.expect(":", "+HH:MM")
      let minutes = try scanner.digits(2, "+HH:MM")
      guard hours < 24, minutes < 60 else { throw scanner.failure("offset must be -23:59 to +23:59") }
      offset = sign * (hours * 3600 + minutes * 60)
    }
    guard scanner.isAtEnd else { throw scanner.failure("nothing may follow the offset") }
  }

  /// The wall clock reading in seconds past 1970-01-01T00:00 on the wall, midnight for a date alone.
  var localSeconds: Int64 {
    Int64(date.daysSinceEpoch) * 86_400 + Int64(time?.minutes ?? 0) * 60 + Int64(second ?? 0)
  }

  func timestamp(offset: Int) -> Timestamp {
    Timestamp(seconds: localSeconds - Int64(offset)).adding(milliseconds: Int64(millisecond))
  }
}

extension DateTimeText {
  private struct Scanner {
    let text: String
    let bytes: [UInt8]
    var position = 0

    init(text: String) {
      self.text = text
      bytes = Array(text.utf8.prefix(65))
    }

    var isAtEnd: Bool { position == bytes.count }

    func failure(_ reason: String) -> ScheduleError {
      ScheduleError(.invalidTime, "time \(quoted(text)): \(reason)")
    }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
      guard position < bytes.count, UInt32(bytes[position]) == character.value else { return false }
      position += 1
      return true
    }

    mutating func expect(_ character: Unicode.Scalar, _ form: String) throws(ScheduleError) {
      guard skip(character) else { throw failure("must be \(form)") }
    }

    mutating func digit() -> Int? {
      guard position < bytes.count, bytes[position] >= 48, bytes[position] <= 57 else { return nil }
      position += 1
      return Int(bytes[position - 1]) - 48
    }

    mutating func digits(_ count: Int, _ form: String) throws(ScheduleError) -> Int {
      var value = 0
      for _ in 0..<count {
        guard let digit = digit() else { throw failure("must be \(form)") }
        value = value * 10 + digit
      }
      return value
    }

    /// One digit or more, cut to milliseconds.
    mutating func fraction() throws(ScheduleError) -> Int {
      var value = 0
      var weight = 100
      guard let first = digit() else { throw failure("a fraction needs a digit") }
      value = first * weight
      while let next = digit() {
        weight /= 10
        value += next * weight
      }
      return value
    }
  }
}
