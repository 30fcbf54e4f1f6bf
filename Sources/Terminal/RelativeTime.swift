/// How far a time lies from now, in a few letters.
package enum RelativeTime {
  /// `3 min ago`, `in 2 h`, `now` for less than a second; both in milliseconds since 1970.
  ///
  /// Minutes are shown up to an hour, hours up to two days, days up to 60, then months of 30 days and years of 365. Rounded down.
  package static func text(of milliseconds: Int64, now: Int64) -> String {
    let (difference, overflow) = milliseconds.subtractingReportingOverflow(now)
    let seconds = overflow ? (milliseconds < now ? Int64.min : Int64.max) / 1000 : difference / 1000
    guard seconds != 0 else { return "now" }
    let amount = amount(seconds.magnitude)
    return seconds < 0 ? "\(amount) ago" : "in \(amount)"
  }

  private static func amount(_ seconds: UInt64) -> String {
    let minute: UInt64 = 60
    let hour = 60 * minute
    let day = 24 * hour
    switch seconds {
    case ..<minute: return "\(seconds) s"
    case ..<hour: return "\(seconds / minute) min"
    case ..<(2 * day): return "\(seconds / hour) h"
    case ..<(60 * day): return "\(seconds / day) d"
    case ..<(730 * day): return "\(seconds / (30 * day)) mo"
    default: return "\(seconds / (365 * day)) y"
    }
  }
}
