/// A five-field cron expression as cronie reads it.
package struct CronExpression: Hashable, Sendable, CustomStringConvertible {
  /// The text as given, blanks collapsed and names in lower case; parses back to an equal value.
  package let text: String
  /// Bit n is minute n.
  let minutes: UInt64
  /// Bit n is hour n.
  let hours: UInt64
  /// Bits 1 to 31.
  let daysOfMonth: UInt64
  /// Bits 1 to 12.
  let months: UInt64
  /// Bit 0 is Sunday, bit 6 Saturday.
  let weekdays: UInt64
  /// Whether the minute or the hour field begins with `*`: such an expression follows the real clock through clock changes.
  package let isWildcard: Bool
  /// Whether either day field begins with `*`: both must match then, otherwise one is enough.
  let needsBothDays: Bool

  package var description: String { text }

  /// Parses five fields or a nickname, blanks around allowed.
  ///
  /// Errors name the field, the token and what is allowed, with the column of the token.
  package init(parsing text: String) throws(ScheduleError) {
    guard text.utf8.count <= Self.longestText else {
      throw ScheduleError(
        .invalidCron, "cron expression has \(text.utf8.count) bytes: must be at most \(Self.longestText)")
    }
    try self.init(words: Word.split(text))
  }

  init(words: [Word]) throws(ScheduleError) {
    guard let first = words.first else {
      throw ScheduleError(.invalidCron, "cron expression is empty", hint: Self.formHint)
    }
    if first.text.hasPrefix("@") {
      guard words.count == 1 else {
        throw ScheduleError(
          .invalidCron, "cron expression: nothing may follow nickname \(quoted(first.text)), found \(quoted(words[1].text))",
          column: words[1].column)
      }
      guard let meaning = Self.meaning(ofNickname: first.text) else {
        throw ScheduleError(
          .invalidCron,
          "cron nickname \(quoted(first.text)): must be @hourly, @daily, @midnight, @weekly, @monthly, @yearly or @annually",
          column: first.column)
      }
      try self.init(text: first.text, fields: Word.split(meaning))
      return
    }
    if first.text.hasPrefix("TZ=") || first.text.hasPrefix("CRON_TZ=") {
      throw ScheduleError(
        .invalidCron, "cron expression: prefix \(quoted(first.text)) is not accepted",
        hint: "the time zone is given separately, with --timezone", column: first.column)
    }
    guard words.count == CronField.all.count else {
      if words.count > CronField.all.count {
        let extra = words[CronField.all.count]
        throw ScheduleError(
          .invalidCron, "cron expression has \(words.count) fields: must be 5, \(quoted(extra.text)) is too many",
          hint: Self.formHint, column: extra.column)
      }
      let missing = CronField.all[words.count...].map(\.name).joined(separator: ", ")
      throw ScheduleError(
        .invalidCron,
        "cron expression \(quoted(words.map(\.text).joined(separator: " "))) has \(words.count) of 5 fields: missing \(missing)",
        hint: Self.formHint)
    }
    try self.init(text: words.map { $0.text.lowercased() }.joined(separator: " "), fields: words)
  }

  /// `fields` has five elements.
  private init(text: String, fields: [Word]) throws(ScheduleError) {
    self.text = text
    minutes = try CronField.minute.parse(fields[0])
    hours = try CronField.hour.parse(fields[1])
    daysOfMonth = try CronField.dayOfMonth.parse(fields[2])
    months = try CronField.month.parse(fields[3])
    weekdays = try CronField.dayOfWeek.parse(fields[4])
    isWildcard = fields[0].text.hasPrefix("*") || fields[1].text.hasPrefix("*")
    needsBothDays = fields[2].text.hasPrefix("*") || fields[4].text.hasPrefix("*")
  }

  private static func meaning(ofNickname name: String) -> String? {
    switch name {
    case "@hourly": "0 * * * *"
    case "@daily", "@midnight": "0 0 * * *"
    case "@weekly": "0 0 * * 0"
    case "@monthly": "0 0 1 * *"
    case "@yearly", "@annually": "0 0 1 1 *"
    default: nil
    }
  }

  static let longestText = 1024
  static let formHint = "five fields: minute hour day-of-month month day-of-week, for example '30 2 * * mon-fri'"
}
