/// An instant, in milliseconds since 1970-01-01T00:00:00Z without leap seconds; it encodes as that integer.
package struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let milliseconds: Int64

  package init(milliseconds: Int64) { self.milliseconds = milliseconds }

  /// Seconds since the epoch; beyond the range of milliseconds the nearest end of that range.
  package init(seconds: Int64) {
    let (value, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    milliseconds = overflow ? (seconds < 0 ? .min : .max) : value
  }

  /// Whole seconds since the epoch, rounded towards the past.
  package var seconds: Int64 { milliseconds.flooredDivision(by: 1000).quotient }

  /// The instant that many seconds later, or the nearest end of the range.
  package func adding(seconds: Int64) -> Timestamp {
    adding(milliseconds: Timestamp(seconds: seconds).milliseconds)
  }

  /// The instant that many milliseconds later, or the nearest end of the range.
  package func adding(milliseconds other: Int64) -> Timestamp {
    let (value, overflow) = milliseconds.addingReportingOverflow(other)
    return Timestamp(milliseconds: overflow ? (other < 0 ? .min : .max) : value)
  }

  /// Milliseconds from `earlier` to this instant, negative if that is later, or the nearest end of the range.
  package func milliseconds(since earlier: Timestamp) -> Int64 {
    let (value, overflow) = milliseconds.subtractingReportingOverflow(earlier.milliseconds)
    return overflow ? (milliseconds < earlier.milliseconds ? .min : .max) : value
  }

  package static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

  /// RFC 3339 in UTC.
  package var description: String { rfc3339 }
}

extension Timestamp: Codable {
  package init(from decoder: any Decoder) throws {
    milliseconds = try decoder.singleValueContainer().decode(Int64.self)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(milliseconds)
  }
}
