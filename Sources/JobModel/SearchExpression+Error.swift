/// Why a search expression was refused.
package struct SearchError: Error, Equatable, Sendable {
  /// The kind of mistake.
  package enum Code: String, Sendable {
    case empty, tooLong, tooDeep, syntax, unknownKey, badValue
  }

  package let code: Code

  /// Where the mistake is, in characters from 1.
  package let column: Int

  /// The mistake with its place and what is allowed; the quoted text holds no control characters.
  package let message: String

  /// How to mend it, where that is known.
  package let hint: String?

  init(_ code: Code, column: Int, _ detail: String, hint: String? = nil) {
    self.code = code
    self.column = column
    self.message = "search expression column \(column): \(detail)"
    self.hint = hint
  }

  static func tooLong(byteCount: Int) -> SearchError {
    SearchError(
      .tooLong, column: 1, "\(byteCount) bytes is too long, at most \(SearchExpression.maximumByteCount) are allowed",
      hint: "mark the devices with a tag and search for the tag")
  }
}

extension SearchExpression {
  /// The text of an expression as scalars: characters would join a quote or a space to a combining mark that follows it.
  struct Source {
    let scalars: [Unicode.Scalar]

    func error(_ code: SearchError.Code, at offset: Int, _ detail: String, hint: String? = nil) -> SearchError {
      SearchError(code, column: column(offset), detail, hint: hint)
    }

    func column(_ offset: Int) -> Int {
      var prefix = String.UnicodeScalarView()
      prefix.append(contentsOf: scalars.prefix(offset))
      return String(prefix).count + 1
    }
  }

  /// The text in quotes for a message, cut where it is long; a tab, the one control character that quotes may hold, as `?`.
  static func quotedForMessage(_ text: String) -> String {
    let cut = text.count <= 60 ? text : text.prefix(57) + "..."
    return "'\(String(cut.map { $0 == "\t" ? "?" : $0 }))'"
  }
}
