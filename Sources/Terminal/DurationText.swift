/// Durations as people type them: `90s`, `10m`, `1h30m`, `2d`, `1w`; a number alone counts seconds.
package enum DurationText {
  private static let units: [(letter: Character, seconds: Int64)] = [
    ("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1),
  ]
  /// A hundred years: enough for any setting, and milliseconds or nanoseconds of it still fit an `Int64`.
  package static let maximumSeconds: Int64 = 36_500 * 86_400

  /// The seconds of a duration, 0 to `maximumSeconds`. Units go from large to small, each at most once.
  ///
  /// Throws `.invalidDuration`.
  package static func seconds(_ text: String) throws(TerminalError) -> Int64 {
    var total: Int64 = 0
    var rest = text[...]
    var next = 0
    repeat {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      guard let number = Int64(digits) else {
        throw failure(text, digits.isEmpty ? "it needs a form such as 90s, 10m, 1h30m or 2d" : "it is longer than 100 years")
      }
      rest = rest[digits.endIndex...]
      let scale: Int64
      if let letter = rest.popFirst() {
        guard let unit = units.firstIndex(where: { $0.letter == letter }) else {
          throw failure(text, "the units are w, d, h, m and s")
        }
        guard unit >= next else { throw failure(text, "its units do not go from large to small") }
        next = unit + 1
        scale = units[unit].seconds
      } else {
        guard next == 0 else { throw failure(text, "its last number has no unit") }
        scale = 1
      }
      let (product, overflow) = number.multipliedReportingOverflow(by: scale)
      // Neither term exceeds the maximum, so that their sum cannot overflow.
      guard !overflow, product <= maximumSeconds, total + product <= maximumSeconds else {
        throw failure(text, "it is longer than 100 years")
      }
      total += product
    } while !rest.isEmpty
    return total
  }

  /// The duration as it would be typed, with the units that are not zero: `1h30m`, `0s`; a negative one is `0s`.
  package static func text(seconds: Int64) -> String {
    guard seconds > 0 else { return "0s" }
    var rest = seconds
    var text = ""
    // Weeks are read but not written: 14d is plainer than 2w.
    for (letter, scale) in units.dropFirst() where rest >= scale {
      text += "\(rest / scale)\(letter)"
      rest %= scale
    }
    return text
  }

  private static func failure(_ text: String, _ reason: String) -> TerminalError {
    TerminalError(.invalidDuration, "'\(text.prefix(40))' is not a duration: \(reason)")
  }
}
