/// One value of a table or a block of fields; the stream decides which of its forms is shown.
package enum Cell: Equatable, Sendable {
  /// Text from anywhere; control characters are escaped.
  case text(String)
  /// A whole number.
  case number(Int64)
  /// A time: how long ago it was for people, RFC 3339 for programs.
  case time(relative: String, exact: String)
  /// A word whose meaning has a colour.
  case status(String, Style.Role)
  /// Several words: commas and spaces for people, commas for programs.
  case list([String])
  /// Nothing: `-` for people, empty for programs.
  case empty

  /// A whole number of the common type.
  package static func int(_ value: Int) -> Cell { .number(Int64(value)) }

  /// Text, or nothing.
  package static func optional(_ text: String?) -> Cell { text.map(Cell.text) ?? .empty }

  /// `yes` or `no`.
  package static func bool(_ value: Bool) -> Cell { .text(value ? "yes" : "no") }

  /// The harmless text on a terminal or in a pipe, without colour.
  func text(forTerminal: Bool, _ mode: EscapingMode = .cell) -> String {
    switch self {
    case .text(let text): forTerminal && text.isEmpty ? "-" : escapeControls(text, mode)
    case .number(let value): String(value)
    case .time(let relative, let exact): escapeControls(forTerminal ? relative : exact)
    case .status(let text, _): escapeControls(text)
    case .list(let words):
      forTerminal && words.isEmpty ? "-" : escapeControls(words.joined(separator: forTerminal ? ", " : ","))
    case .empty: forTerminal ? "-" : ""
    }
  }

  var role: Style.Role {
    switch self {
    case .status(_, let role): role
    case .empty: .muted
    default: .plain
    }
  }
}
