extension FilterRule {
  /// Parses `cron EXPR [ZONE]`, `dates FROM[..TO] [ZONE]` or `window DAYS FROM-TO [ZONE]`.
  ///
  /// The zone's name is checked for its form; whether it exists shows when the rule is bound.
  package init(parsing text: String) throws(ScheduleError) {
    guard text.utf8.count <= CronExpression.longestText else {
      throw ScheduleError(.invalidRule, "filter rule has \(text.utf8.count) bytes: must be at most \(CronExpression.longestText)")
    }
    let words = Word.split(text)
    guard let kind = words.first else {
      throw ScheduleError(.invalidRule, "filter rule is empty", hint: Self.formHint)
    }
    let operands = words.dropFirst()
    switch kind.text {
    case "cron": try self.init(cron: operands)
    case "dates": try self.init(dates: operands, after: kind)
    case "window": try self.init(window: operands, after: kind)
    default:
      throw ScheduleError(
        .invalidRule, "filter rule \(quoted(kind.text)): must be cron, dates or window", hint: Self.formHint,
        column: kind.column)
    }
  }

  private init(cron words: ArraySlice<Word>) throws(ScheduleError) {
    let isNickname = words.first?.text.hasPrefix("@") ?? false
    let fieldCount = isNickname ? 1 : CronField.all.count
    let expression = try CronExpression(words: Array(words.prefix(fieldCount)))
    let zone = try Self.zone(words.dropFirst(fieldCount))
    self.init(condition: .cron(expression), zoneName: zone)
  }

  private init(dates words: ArraySlice<Word>, after kind: Word) throws(ScheduleError) {
    guard let range = words.first else {
      throw ScheduleError(
        .invalidRule, "filter rule 'dates': the days are missing", hint: Self.formHint, column: kind.column)
    }
    let ends = try Self.ends(of: range)
    guard ends.first <= ends.last else {
      throw ScheduleError(
        .invalidRule, "dates \(quoted(range.text)): the second day must not be before the first", column: range.column)
    }
    self.init(condition: .dates(ends.first...ends.last), zoneName: try Self.zone(words.dropFirst()))
  }

  private static func ends(of range: Word) throws(ScheduleError) -> (first: CivilDate, last: CivilDate) {
    let scalars = Array(range.text.unicodeScalars)
    guard let dots = scalars.indices.dropLast().first(where: { scalars[$0] == "." && scalars[$0 + 1] == "." }) else {
      let date = try Self.date(range)
      return (date, date)
    }
    func word(_ part: ArraySlice<Unicode.Scalar>) -> Word {
      var view = String.UnicodeScalarView()
      view.append(contentsOf: part)
      return Word(text: String(view), column: range.column + part.startIndex)
    }
    return (try date(word(scalars[..<dots])), try date(word(scalars[(dots + 2)...])))
  }

  private static func date(_ word: Word) throws(ScheduleError) -> CivilDate {
    do {
      let parts = try DateTimeText(parsing: word.text)
      if parts.time == nil { return parts.date }
    } catch {
      throw ScheduleError(.invalidRule, "dates: \(error.message)", hint: formHint, column: word.column)
    }
    throw ScheduleError(.invalidRule, "dates \(quoted(word.text)): must be YYYY-MM-DD, whole days", column: word.column)
  }

  private init(window words: ArraySlice<Word>, after kind: Word) throws(ScheduleError) {
    guard words.count >= 2, let daysWord = words.first, let times = words.dropFirst().first else {
      let missing = words.isEmpty ? "days and times are" : "times after \(quoted(words[words.startIndex].text)) are"
      throw ScheduleError(
        .invalidRule, "filter rule 'window': the \(missing) missing", hint: Self.formHint, column: kind.column)
    }
    let days = try WeekdaySet(parsing: daysWord, allowingAll: true, code: .invalidRule)
    let ends = times.split(at: "-")
    guard ends.count == 2 else {
      throw ScheduleError(.invalidRule, "window \(quoted(times.text)): must be HH:MM-HH:MM", column: times.column)
    }
    guard let from = TimeOfDay.minutes(ends[0].text), from < 1440 else {
      throw ScheduleError(
        .invalidRule, "window start \(quoted(ends[0].text)): must be HH:MM, 00:00 to 23:59", column: ends[0].column)
    }
    guard let to = TimeOfDay.minutes(ends[1].text) else {
      throw ScheduleError(
        .invalidRule, "window end \(quoted(ends[1].text)): must be HH:MM, 00:00 to 24:00", column: ends[1].column)
    }
    guard from != to else {
      throw ScheduleError(
        .invalidRule, "window \(quoted(times.text)): start and end must differ", hint: "a whole day is 00:00-24:00",
        column: times.column)
    }
    self.init(condition: .window(days: days, from: from, to: to), zoneName: try Self.zone(words.dropFirst(2)))
  }

  private static func zone(_ words: ArraySlice<Word>) throws(ScheduleError) -> String? {
    guard let word = words.first else { return nil }
    if words.count > 1, let extra = words.dropFirst().first {
      throw ScheduleError(
        .invalidRule, "filter rule: nothing may follow \(quoted(word.text)), found \(quoted(extra.text))", hint: formHint,
        column: extra.column)
    }
    guard ZoneDatabase.isName(word.text) else {
      throw ScheduleError(
        .unknownTimeZone, "filter rule zone \(quoted(word.text)): must be an IANA name", hint: formHint, column: word.column)
    }
    return word.text
  }

  private static let formHint =
    "'cron EXPR [ZONE]', 'dates 2026-12-24..2027-01-02 [ZONE]' or 'window mon-fri 08:00-18:00 [ZONE]'"
}
