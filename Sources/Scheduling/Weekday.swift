/// A day of the week, numbered as in cron.
package enum Weekday: Int, Hashable, CaseIterable, Sendable {
  case sunday, monday, tuesday, wednesday, thursday, friday, saturday

  package init(daysSinceEpoch days: Int) {
    // 1970-01-01 was a Thursday.
    self = Self.allCases[(days + 4).flooredDivision(by: 7).remainder]
  }

  /// `Monday`.
  package var englishName: String {
    switch self {
    case .sunday: "Sunday"
    case .monday: "Monday"
    case .tuesday: "Tuesday"
    case .wednesday: "Wednesday"
    case .thursday: "Thursday"
    case .friday: "Friday"
    case .saturday: "Saturday"
    }
  }
}
