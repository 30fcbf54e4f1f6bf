extension SearchExpression {
  /// One scalar of a word, with where it stood and whether quotes made it literal.
  struct Mark {
    let scalar: Unicode.Scalar
    let isQuoted: Bool
    let offset: Int

    func isOperator(_ other: Unicode.Scalar) -> Bool { !isQuoted && scalar == other }
  }

  struct Token {
    enum Kind {
      case open, close, minus, or
      case word([Mark])
    }

    let kind: Kind
    let offset: Int
  }

  /// Splits the text into parentheses, minus signs, `OR` and words.
  struct Lexer {
    private let source: Source
    private var index = 0

    init(source: Source) {
      self.source = source
    }

    mutating func tokens() throws(SearchError) -> [Token] {
      var tokens: [Token] = []
      while index < source.scalars.count {
        let scalar = source.scalars[index]
        switch scalar {
        case _ where scalar.properties.isWhitespace: index += 1
        case "(": tokens.append(single(.open))
        case ")": tokens.append(single(.close))
        case "-": tokens.append(single(.minus))
        default: tokens.append(try word())
        }
      }
      return tokens
    }

    private mutating func single(_ kind: Token.Kind) -> Token {
      defer { index += 1 }
      return Token(kind: kind, offset: index)
    }

    private mutating func word() throws(SearchError) -> Token {
      let start = index
      var marks: [Mark] = []
      scan: while index < source.scalars.count {
        let scalar = source.scalars[index]
        switch scalar {
        case _ where scalar.properties.isWhitespace: break scan
        case ")": break scan
        case "\"": try quoted(into: &marks)
        case "(": try parenthesised(into: &marks)
        case "\u{201c}", "\u{201d}", "\u{201e}":
          throw source.error(.syntax, at: index, "typographic quote '\(scalar)', only \" quotes")
        default: try take(into: &marks, isQuoted: false)
        }
      }
      return try classified(marks, at: start)
    }

    /// Tells `OR` from words, and refuses the other operators of other search languages: as a word, `NOT site:lab` would find
    /// just what it was meant to leave out.
    private func classified(_ marks: [Mark], at start: Int) throws(SearchError) -> Token {
      guard marks.count <= 3, !marks.contains(where: \.isQuoted) else { return Token(kind: .word(marks), offset: start) }
      let text = SearchExpression.text(marks)
      if text == "OR" { return Token(kind: .or, offset: start) }
      let hint: String
      switch text.lowercased() {
      case "or": hint = "write OR in capitals"
      case "and": hint = "leave it out: words are ANDed"
      case "not": hint = "write - before what to leave out, as in -site:lab"
      default: return Token(kind: .word(marks), offset: start)
      }
      throw source.error(.syntax, at: start, "'\(text)' is no operator", hint: "\(hint), or \"\(text)\" in quotes for the word")
    }

    private mutating func take(into marks: inout [Mark], isQuoted: Bool) throws(SearchError) {
      let scalar = source.scalars[index]
      switch scalar.properties.generalCategory {
      case .control where !(isQuoted && scalar == "\t"), .format where scalar != "\u{200d}":
        // Invisible characters come with pasted text, and would make -site:lab leave out nothing.
        let code = String(scalar.value, radix: 16, uppercase: true)
        throw source.error(
          .syntax, at: index, "invisible character U+\(String(repeating: "0", count: max(0, 4 - code.count)))\(code)")
      default:
        marks.append(Mark(scalar: scalar, isQuoted: isQuoted, offset: index))
        index += 1
      }
    }

    private mutating func quoted(into marks: inout [Mark]) throws(SearchError) {
      let start = index
      index += 1
      while index < source.scalars.count {
        switch source.scalars[index] {
        case "\"":
          index += 1
          return
        case "\\":
          index += 1
          guard index < source.scalars.count else { break }
          guard source.scalars[index] == "\"" || source.scalars[index] == "\\" else {
            throw source.error(.syntax, at: index - 1, "a backslash in quotes stands only before \" and \\")
          }
          try take(into: &marks, isQuoted: true)
        default: try take(into: &marks, isQuoted: true)
        }
      }
      throw source.error(.syntax, at: start, "quote is not closed")
    }

    /// Parentheses inside a value, as in `version:15.2(4)M3`; anything that might have been meant as a group is refused.
    private mutating func parenthesised(into marks: inout [Mark]) throws(SearchError) {
      let start = index
      let hasKey = marks.contains { $0.isOperator(":") }
      let rest = source.scalars[(index + 1)...]
      let end = rest.firstIndex { !Self.isPlain($0) && $0 != "*" }
      guard hasKey, let end, source.scalars[end] == ")" else {
        throw source.error(
          .syntax, at: start, "'(' inside a word", hint: "put a space before a group, or the value in quotes")
      }
      while index <= end { try take(into: &marks, isQuoted: false) }
    }

    /// Whether the scalar has no meaning of its own anywhere but at the start of a word.
    static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
      scalar.properties.isAlphabetic || scalar.properties.numericType != nil || "._-/@+%,".unicodeScalars.contains(scalar)
    }
  }

  static func text(_ marks: some Sequence<Mark>) -> String {
    var view = String.UnicodeScalarView()
    for mark in marks { view.append(mark.scalar) }
    return String(view)
  }
}
