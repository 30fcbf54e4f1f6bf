extension SearchExpression {
  /// Text to find, with `*` for any characters; compares without regard to case and to composed or decomposed accents.
  struct Pattern: Equatable, Sendable {
    /// The literal parts between stars: one part without a star, `core*` is `["core", ""]`. Empty parts only at the ends.
    private let parts: [String]
    private let folded: [[Character]]
    private let isSubstring: Bool

    /// `matchesPart` lets a pattern without a star match anywhere in the text.
    init(_ marks: some Sequence<Mark>, matchesPart: Bool) {
      var parts: [String] = []
      var part: [Mark] = []
      for mark in marks {
        if mark.isOperator("*") {
          // A run of stars is one star.
          if !part.isEmpty || parts.isEmpty { parts.append(SearchExpression.text(part)) }
          part = []
        } else {
          part.append(mark)
        }
      }
      parts.append(SearchExpression.text(part))
      self.parts = parts
      self.folded = parts.map { Array($0.lowercased()) }
      self.isSubstring = matchesPart && parts.count == 1
    }

    /// Whether nothing but stars is in it.
    var isOnlyStars: Bool { parts.count > 1 && parts.allSatisfy(\.isEmpty) }

    /// An empty text is a missing value and matches nothing, not even `*`.
    func matches(_ text: String) -> Bool {
      guard !text.isEmpty else { return false }
      let text = Array(text.lowercased())
      guard let first = folded.first, let last = folded.last else { return false }
      guard folded.count > 1 else {
        return isSubstring ? Self.end(of: first, in: text[...]) != nil : text == first
      }
      guard text.count >= first.count + last.count, text.starts(with: first), text.suffix(last.count).elementsEqual(last) else {
        return false
      }
      var rest = text[first.count..<(text.count - last.count)]
      for part in folded.dropFirst().dropLast() {
        guard let end = Self.end(of: part, in: rest) else { return false }
        rest = rest[end...]
      }
      return true
    }

    /// Where the first occurrence of the part ends.
    private static func end(of part: [Character], in text: ArraySlice<Character>) -> Int? {
      var start = text.startIndex
      while text.endIndex - start >= part.count {
        if text[start...].starts(with: part) { return start + part.count }
        start += 1
      }
      return nil
    }

    /// The canonical text; a bare word must not look like `KEY:VALUE` or an operator.
    func text(isBareWord: Bool) -> String {
      parts.map { $0.isEmpty ? "" : Self.literal($0, isBareWord: isBareWord) }.joined(separator: "*")
    }

    /// The text as written, in quotes where it would mean something else without.
    static func literal(_ text: String, isBareWord: Bool) -> String {
      let isPlain = text.unicodeScalars.allSatisfy { Lexer.isPlain($0) || !isBareWord && $0 == ":" }
      if isPlain, !isBareWord || text.unicodeScalars.first != "-" && !["or", "and", "not"].contains(text.lowercased()) {
        return text
      }
      var quoted = "\""
      for scalar in text.unicodeScalars {
        if scalar == "\"" || scalar == "\\" { quoted.unicodeScalars.append("\\") }
        quoted.unicodeScalars.append(scalar)
      }
      quoted.unicodeScalars.append("\"")
      return quoted
    }
  }
}
