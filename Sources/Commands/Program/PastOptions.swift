internal import Arguments
internal import Scheduling

/// `--since` and `--until`, of what lists what happened.
struct PastOptions: Sendable {
  private let since: Option<String>
  private let until: Option<String>

  /// - Parameter verb: what happened then: `began`.
  init(_ verb: String) {
    since = Option(
      "since", valueName: "TIME", help: "only what \(verb) then or later: 2026-12-01T02:00, yesterday, 7d, last monday")
    until = Option("until", valueName: "TIME", help: "only what \(verb) earlier than that")
  }

  /// How times are said, for the discussion of a command.
  static let discussion = """
    TIME is one of \(Timestamp.pastForms). A day without a time is its beginning. 'monday' is the latest Monday, today included, \
    'last monday' the latest before today. Days and weeks are counted on the calendar, so that 1d is the same time of \
    yesterday also where the clocks were changed meanwhile; hours, minutes and seconds are counted as they pass. Times \
    without an offset are in the system's time zone, or that of TZ.
    """

  /// The options for the command's parameters.
  var parameters: [any CommandParameter] { [since, until] }

  /// The bounds that were given.
  /// - Throws: `ScheduleError` for what is no time, naming the option.
  func bounds(_ arguments: ParsedArguments, _ context: Context) throws -> (since: Timestamp?, until: Timestamp?) {
    (try time(since, arguments, context), try time(until, arguments, context))
  }

  private func time(_ option: Option<String>, _ arguments: ParsedArguments, _ context: Context) throws -> Timestamp? {
    guard let text = arguments[option] else { return nil }
    return try context.time(past: text, of: option.parameter.spelling)
  }
}
