/// A rule that removes timings: whatever is due while it matches does not happen.
package struct FilterRule: Hashable, Sendable, CustomStringConvertible {
  package enum Condition: Hashable, Sendable {
    /// Minutes that match a cron expression.
    case cron(CronExpression)
    /// Whole local days, both inclusive.
    case dates(ClosedRange<CivilDate>)
    /// From the first minute up to the second, 0 to 1440; if that is not later it is meant on the day after.
    ///
    /// The days are those on which the window starts.
    case window(days: WeekdaySet, from: Int, to: Int)
  }

  package let condition: Condition
  /// The rule's own zone, checked for its form only until the rule is bound.
  package let zoneName: String?

  init(condition: Condition, zoneName: String?) {
    self.condition = condition
    self.zoneName = zoneName
  }

  /// `cron`, `dates` or `window`.
  package var kind: String {
    switch condition {
    case .cron: "cron"
    case .dates: "dates"
    case .window: "window"
    }
  }

  /// The stored form, which `init(parsing:)` reads back to an equal value.
  package var canonicalText: String {
    let zone = zoneName.map { " \($0)" } ?? ""
    switch condition {
    case .cron(let expression): return "cron \(expression)\(zone)"
    case .dates(let days) where days.lowerBound == days.upperBound: return "dates \(days.lowerBound)\(zone)"
    case .dates(let days): return "dates \(days.lowerBound)..\(days.upperBound)\(zone)"
    case .window(let days, let from, let to):
      return "window \(days.text(allowingAll: true)) \(Self.clock(from))-\(Self.clock(to))\(zone)"
    }
  }

  package var description: String { canonicalText }

  private static func clock(_ minutes: Int) -> String { "\(padded(minutes / 60, 2)):\(padded(minutes % 60, 2))" }
}
