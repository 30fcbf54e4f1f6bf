/// A wall clock reading in whole minutes, 00:00 to 23:59.
package struct TimeOfDay: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Since midnight on the wall, 0 to 1439.
  package let minutes: Int

  package init?(hour: Int, minute: Int) {
    guard (0...23).contains(hour), (0...59).contains(minute) else { return nil }
    minutes = hour * 60 + minute
  }

  /// Parses `HH:MM`, two digits each.
  package init(parsing text: String) throws(ScheduleError) {
    guard let minutes = Self.minutes(text), minutes < 1440 else {
      throw ScheduleError(.invalidTime, "time \(quoted(text)): must be HH:MM, 00:00 to 23:59")
    }
    self.minutes = minutes
  }

  /// The value of `HH:MM` up to and including `24:00`, nil for any other text.
  static func minutes(_ text: String) -> Int? {
    let bytes = Array(text.utf8)
    guard bytes.count == 5, bytes[2] == 58 else { return nil }
    let digits = [bytes[0], bytes[1], bytes[3], bytes[4]].map { Int($0) - 48 }
    guard digits.allSatisfy({ (0...9).contains($0) }) else { return nil }
    let (hour, minute) = (digits[0] * 10 + digits[1], digits[2] * 10 + digits[3])
    return minute < 60 && hour * 60 + minute <= 1440 ? hour * 60 + minute : nil
  }

  package var hour: Int { minutes / 60 }
  package var minute: Int { minutes % 60 }

  /// `02:30`.
  package var description: String { "\(padded(hour, 2)):\(padded(minute, 2))" }

  package static func < (left: TimeOfDay, right: TimeOfDay) -> Bool { left.minutes < right.minutes }
}
