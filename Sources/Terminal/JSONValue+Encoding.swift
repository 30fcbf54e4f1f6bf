extension JSONValue {
  /// The document on one line, without a line end.
  package var compact: String {
    var text = ""
    write(to: &text, indent: nil)
    return text
  }

  /// The document with one member or element per line, indented by two spaces, without a final line end.
  package var pretty: String {
    var text = ""
    write(to: &text, indent: 0)
    return text
  }

  private func write(to text: inout String, indent: Int?) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .number(let value): text += value.isFinite ? "\(value)" : "null"
    case .string(let value): Self.write(string: value, to: &text)
    case .array(let values):
      Self.write(values, between: "[", and: "]", to: &text, indent: indent) { value, inner, text in
        value.write(to: &text, indent: inner)
      }
    case .object(let members):
      Self.write(members, between: "{", and: "}", to: &text, indent: indent) { member, inner, text in
        Self.write(string: member.name, to: &text)
        text += inner == nil ? ":" : ": "
        member.value.write(to: &text, indent: inner)
      }
    }
  }

  private static func write<Element>(
    _ elements: [Element], between open: String, and close: String, to text: inout String, indent: Int?,
    _ writeElement: (Element, Int?, inout String) -> Void
  ) {
    text += open
    for (position, element) in elements.enumerated() {
      if position > 0 { text += "," }
      newLine(in: &text, indent: indent.map { $0 + 1 })
      writeElement(element, indent.map { $0 + 1 }, &text)
    }
    if !elements.isEmpty { newLine(in: &text, indent: indent) }
    text += close
  }

  private static func newLine(in text: inout String, indent: Int?) {
    guard let indent else { return }
    text += "\n"
    text += String(repeating: "  ", count: indent)
  }

  /// Beyond what RFC 8259 demands, whatever could act on a terminal is escaped too; the decoded value is the same.
  private static func write(string: String, to text: inout String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.isTerminalControl:
        // All of them lie in the basic plane: no surrogates are needed.
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
