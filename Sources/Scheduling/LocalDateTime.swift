/// A date and a wall clock reading, in a zone that is named elsewhere.
package struct LocalDateTime: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let date: CivilDate
  package let time: TimeOfDay

  package init(date: CivilDate, time: TimeOfDay) {
    self.date = date
    self.time = time
  }

  /// `2026-12-01T02:00`.
  package var description: String { "\(date)T\(time)" }

  package static func < (left: LocalDateTime, right: LocalDateTime) -> Bool {
    (left.date, left.time) < (right.date, right.time)
  }

  /// Minutes that the wall clock is past 1970-01-01T00:00 on the wall.
  var minutesSinceEpoch: Int64 { Int64(date.daysSinceEpoch) * 1440 + Int64(time.minutes) }
}
