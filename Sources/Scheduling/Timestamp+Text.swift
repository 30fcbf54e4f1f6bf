extension Timestamp {
  /// RFC 3339 in UTC, `2026-03-29T01:00:00Z`; a fraction of three digits only where it is not zero.
  ///
  /// A year beyond 0000-9999, which RFC 3339 cannot write, carries a sign.
  package var rfc3339: String { Self.text(milliseconds, offset: 0, suffix: "Z") }

  /// RFC 3339 in local time with the zone's offset at this instant, `2026-03-29T03:00:00+02:00`.
  ///
  /// An offset with seconds (before about 1972) is shown and applied in whole minutes, rounded towards minus infinity.
  package func rfc3339(in zone: TimeZoneRules) -> String {
    let minutes = zone.offset(at: self).flooredDivision(by: 60).quotient
    let sign = minutes < 0 ? "-" : "+"
    let suffix = "\(sign)\(padded(abs(minutes) / 60, 2)):\(padded(abs(minutes) % 60, 2))"
    return Self.text(milliseconds, offset: minutes, suffix: suffix)
  }

  private static func text(_ milliseconds: Int64, offset minutes: Int, suffix: String) -> String {
    let (day, inDay) = milliseconds.flooredDivision(by: 86_400_000)
    let (shift, local) = (inDay + Int64(minutes) * 60_000).flooredDivision(by: 86_400_000)
    let date = CivilDate(daysSinceEpoch: Int(day + shift))
    let (second, fraction) = (Int(local / 1000), Int(local % 1000))
    let clock = "\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))"
    return "\(date)T\(clock)\(fraction == 0 ? "" : ".\(padded(fraction, 3))")\(suffix)"
  }

  /// Parses RFC 3339 with seconds and an offset or `Z`; digits beyond milliseconds are dropped.
  package init(parsing text: String) throws(ScheduleError) {
    let parts = try DateTimeText(parsing: text)
    guard parts.second != nil, let offset = parts.offset else {
      throw ScheduleError(
        .invalidTime, "time \(quoted(text)): must be RFC 3339 with an offset", hint: "for example 2026-12-01T02:00:00Z")
    }
    self = parts.timestamp(offset: offset)
  }

  /// Parses a time operand: local date, local date and time (seconds optional), or RFC 3339 with offset.
  ///
  /// A date alone is the start of that day. A wall time that a clock change skips is the instant of the change; one that
  /// it repeats is the first of the two.
  /// `zone` is asked for only where the text carries no offset.
  package init(
    operand text: String, in zone: @autoclosure () throws(ScheduleError) -> TimeZoneRules
  ) throws(ScheduleError) {
    let parts = try DateTimeText(parsing: text)
    if let offset = parts.offset {
      self = parts.timestamp(offset: offset)
    } else {
      let zone = try zone()
      let whole = zone.instant(ofLocalSeconds: parts.localSeconds)
      // A fraction means nothing where the wall time itself was moved to the instant of a change.
      let moved = whole + Int64(zone.offset(at: Timestamp(seconds: whole))) != parts.localSeconds
      self = Timestamp(seconds: whole).adding(milliseconds: moved ? 0 : Int64(parts.millisecond))
    }
  }
}
