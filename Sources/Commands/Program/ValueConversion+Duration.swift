internal import Arguments
private import Terminal

extension ValueConversion where Value == Int64 {
  /// Seconds, typed as a duration.
  static func duration(atLeast minimum: Int64) -> ValueConversion<Int64> {
    ValueConversion(
      allowed: "a duration such as 90s, 10m, 1h30m or 2d",
      parse: { text throws(ArgumentError) in
        do throws(TerminalError) {
          let seconds = try DurationText.seconds(text)
          if seconds >= minimum { return seconds }
        } catch {
          throw .invalid(error.message)
        }
        throw .invalid("'\(text)' is too short: at least \(DurationText.text(seconds: minimum)) is needed")
      }, format: { DurationText.text(seconds: $0) })
  }
}
