/// A stretch of user text without blanks, with the place it came from.
struct Word: Equatable {
  let text: String
  /// Counted from 1, in Unicode scalars.
  let column: Int

  /// The parts of `text` between blanks (space and tab only: a line break is never a separator here).
  static func split(_ text: String) -> [Word] {
    var words: [Word] = []
    var current = String.UnicodeScalarView()
    var column = 0
    for scalar in text.unicodeScalars {
      column += 1
      if scalar == " " || scalar == "\t" {
        if !current.isEmpty { words.append(Word(text: String(current), column: column - current.count)) }
        current = String.UnicodeScalarView()
      } else {
        current.append(scalar)
      }
    }
    if !current.isEmpty { words.append(Word(text: String(current), column: column - current.count + 1)) }
    return words
  }

  /// The parts between occurrences of `separator`, empty ones included.
  func split(at separator: Unicode.Scalar) -> [Word] {
    var words: [Word] = []
    var current = String.UnicodeScalarView()
    var start = column
    for scalar in text.unicodeScalars {
      if scalar == separator {
        words.append(Word(text: String(current), column: start))
        start += current.count + 1
        current = String.UnicodeScalarView()
      } else {
        current.append(scalar)
      }
    }
    words.append(Word(text: String(current), column: start))
    return words
  }

  /// The value of a run of ASCII digits, nil for anything else; stops growing far above every limit used here.
  var number: Int? {
    guard !text.isEmpty else { return nil }
    var value = 0
    for byte in text.utf8 {
      guard byte >= 48, byte <= 57 else { return nil }
      value = min(value * 10 + Int(byte) - 48, 1_000_000_000)
    }
    return value
  }
}

/// `text` in single quotes, safe to show: control characters escaped, long text cut.
func quoted(_ text: String) -> String {
  var shown = ""
  var count = 0
  for scalar in text.unicodeScalars {
    if count == 60 {
      shown += "..."
      break
    }
    count += 1
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: shown += "\\u{\(String(scalar.value, radix: 16))}"
    default: shown.unicodeScalars.append(scalar)
    }
  }
  return "'\(shown)'"
}

/// Decimal digits of a value that is not negative, with leading zeros up to `width`.
func padded(_ value: Int, _ width: Int) -> String {
  let digits = String(value)
  return digits.count >= width ? digits : String(repeating: "0", count: width - digits.count) + digits
}
