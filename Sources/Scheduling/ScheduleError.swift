/// Why a time, a schedule, a filter rule or a time zone was refused.
package struct ScheduleError: Error, Equatable, Sendable {
  /// The kind of refusal, for callers that map it to an exit code.
  package enum Code: Equatable, Sendable {
    /// A date or time of day that is malformed or does not exist.
    case invalidTime
    /// A schedule other than cron that is malformed or out of range.
    case invalidSchedule
    /// A cron expression outside the accepted grammar.
    case invalidCron
    /// A filter rule outside the accepted grammar.
    case invalidRule
    /// A name that the time zone database does not list.
    case unknownTimeZone
    /// The time zone database is not installed or cannot be read.
    case missingTimeZoneData
    /// A zone file that does not follow RFC 8536.
    case malformedTimeZoneFile
  }

  package let code: Code
  /// Lower case, no full stop; names the offending part and what is allowed.
  package let message: String
  package let hint: String?
  /// Where in the text the offending part starts, counted from 1 in Unicode scalars.
  package let column: Int?

  package init(_ code: Code, _ message: String, hint: String? = nil, column: Int? = nil) {
    self.code = code
    self.message = message
    self.hint = hint
    self.column = column
  }
}
