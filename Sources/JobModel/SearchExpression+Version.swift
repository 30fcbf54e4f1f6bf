extension SearchExpression {
  /// A software version in natural order: runs of digits by number, runs of letters without regard to case, the rest separates.
  ///
  /// `15.2 < 15.2(4)M3 < 15.2(4)M10 < 15.10`: the longer of two versions is the later one, except that `alpha`, `beta` and `rc`
  /// come before the release. Where they meet, a number is later than letters.
  struct Version: Comparable, Sendable {
    let text: String
    private let parts: [Part]

    private enum Part: Comparable, Sendable {
      // In this order: the synthesized comparison goes by it.
      case preRelease(String)
      case end
      case letters(String)
      case number(digitCount: Int, digits: String)
    }

    init(_ text: String) {
      self.text = text
      var parts: [Part] = []
      var run: [UInt8] = []
      var runIsDigits = false
      func flush() {
        guard !run.isEmpty else { return }
        if runIsDigits {
          let digits = run.drop { $0 == UInt8(ascii: "0") }
          parts.append(.number(digitCount: digits.count, digits: String(decoding: digits, as: UTF8.self)))
        } else {
          let letters = String(decoding: run, as: UTF8.self)
          parts.append(["alpha", "beta", "rc"].contains(letters) ? .preRelease(letters) : .letters(letters))
        }
        run = []
      }
      for byte in text.lowercased().utf8 {
        let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte >= 0x80
        if isDigit != runIsDigits || !isDigit && !isLetter { flush() }
        runIsDigits = isDigit
        if isDigit || isLetter { run.append(byte) }
      }
      flush()
      parts.append(.end)
      self.parts = parts
    }

    var hasNumber: Bool {
      parts.contains { if case .number = $0 { true } else { false } }
    }

    static func == (left: Version, right: Version) -> Bool { left.parts == right.parts }

    static func < (left: Version, right: Version) -> Bool { left.parts.lexicographicallyPrecedes(right.parts) }
  }
}
