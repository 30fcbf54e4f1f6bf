/// What names, comments and messages may hold.
package enum TextRule {
  /// Returns `name` when it is a legal name: 1 to 64 ASCII letters, digits, `.`, `_`, `-`, starting with a letter or digit.
  /// - Parameter noun: what is named, for the message, such as `job`.
  /// - Throws: `.invalid`.
  @discardableResult
  package static func name(_ name: String, of noun: String) throws(ModelError) -> String {
    let bytes = Array(name.utf8)
    func isAlphanumeric(_ byte: UInt8) -> Bool {
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
    guard let first = bytes.first, bytes.count <= 64, isAlphanumeric(first),
      bytes.allSatisfy({ isAlphanumeric($0) || $0 == 0x2E || $0 == 0x5F || $0 == 0x2D })
    else {
      throw ModelError(
        .invalid,
        "\(noun) name '\(quoted(name))' is not allowed: 1 to 64 letters, digits, '.', '_' or '-', starting with a letter or digit"
      )
    }
    // A name of digits only could not be told from a numeric id.
    if bytes.allSatisfy({ (48...57).contains($0) }) {
      throw ModelError(.invalid, "\(noun) name '\(name)' is not allowed: digits alone would read as a number of a \(noun)")
    }
    return name
  }

  /// Returns `text` when it is free of control characters other than newline and tab, and at most 64 KiB.
  /// - Parameter what: what the text is, for the message, such as `comment`.
  /// - Throws: `.invalid`.
  @discardableResult
  package static func prose(_ text: String, as what: String) throws(ModelError) -> String {
    if text.utf8.count > 65_536 {
      throw ModelError(.invalid, "\(what) is \(text.utf8.count) bytes long: at most 65536 are allowed")
    }
    for scalar in text.unicodeScalars where isControl(scalar) && scalar != "\n" && scalar != "\t" {
      throw ModelError(
        .invalid,
        "\(what) holds the control character U+\(hexadecimal(scalar.value)): only newline and tab are allowed")
    }
    return text
  }

  /// Returns `text` when it is prose that says something: it is read by the others, and kept.
  /// - Throws: `.invalid`.
  @discardableResult
  package static func message(_ text: String) throws(ModelError) -> String {
    try prose(text, as: "message")
    if text.allSatisfy(\.isWhitespace) { throw ModelError(.invalid, "the message is empty: say why, it stays in the log") }
    return text
  }

  /// Returns `text` when it is one line of prose that is not empty.
  /// - Throws: `.invalid`.
  @discardableResult
  package static func line(_ text: String, as what: String) throws(ModelError) -> String {
    try prose(text, as: what)
    if text.isEmpty { throw ModelError(.invalid, "\(what) is empty") }
    if text.contains("\n") || text.contains("\t") {
      throw ModelError(.invalid, "\(what) '\(quoted(text))' must be one line without tabs")
    }
    return text
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
  }

  private static func hexadecimal(_ value: UInt32) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  /// `text` shortened and with control characters escaped, fit for an error message.
  package static func quoted(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars.prefix(80) {
      if isControl(scalar) { result += "\\u{\(hexadecimal(scalar.value))}" } else { result.unicodeScalars.append(scalar) }
    }
    return text.unicodeScalars.count > 80 ? result + "..." : result
  }
}
