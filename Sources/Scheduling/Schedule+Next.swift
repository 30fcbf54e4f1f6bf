extension Schedule {
  /// The first `count` timings strictly later than `after`, ascending, each on a whole minute and within the years 0000-9999.
  ///
  /// Clock changes: an expression whose minute or hour begins with `*` fires whenever the wall clock matches. Every other
  /// schedule fires in the first pass of a repeated hour only, and for timings that a change of less than three hours skips
  /// once at the instant of the change. `rules` then remove what they match at the real instant. Fewer than `count` come back
  /// only if there are no more: the search goes on for 400 years, a whole cycle of the calendar, past the last timing found,
  /// or for 60 once rules have removed two million timings since.
  package func next(
    after: Timestamp, count: Int, in zone: TimeZoneRules, excluding rules: [BoundFilterRule] = []
  ) -> [Timestamp] {
    var search = FireSearch(self, in: zone, excluding: rules, count: count)
    let start = after.milliseconds.flooredDivision(by: 60_000).quotient + 1
    return search.run(from: start).map { Timestamp(seconds: $0 * 60) }
  }
}
