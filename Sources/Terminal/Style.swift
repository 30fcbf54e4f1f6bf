/// Colours that read on light and on dark backgrounds, or none at all.
package struct Style: Equatable, Sendable {
  /// What a piece of text means; the colour never carries it alone.
  package enum Role: Sendable {
    case plain
    case heading
    case good
    case bad
    case warning
    case muted
  }

  /// Whether anything is coloured.
  package let isColoured: Bool

  /// Makes a style.
  package init(isColoured: Bool) {
    self.isColoured = isColoured
  }

  /// Text as it is.
  package static let plain = Style(isColoured: false)

  /// The style for a stream.
  ///
  /// It is plain without a terminal, with `--no-color`, with a non-empty `NO_COLOR`, and with `TERM` unset or `dumb`.
  package init(isTerminal: Bool, noColor: Bool = false, environment: [String: String]) {
    let refused = noColor || !(environment["NO_COLOR"] ?? "").isEmpty
    let term = environment["TERM"] ?? ""
    isColoured = isTerminal && !refused && !term.isEmpty && term != "dumb"
  }

  /// The text in the colour of its role. It must be harmless already; see `escapeControls`.
  package func apply(_ role: Role, _ text: String) -> String {
    guard isColoured, !text.isEmpty, let code = role.code else { return text }
    return "\u{1B}[\(code)m\(text)\u{1B}[0m"
  }
}

extension Style.Role {
  /// SGR parameters (ECMA-48). No yellow or cyan, which vanish on white, and no blue, which vanishes on black.
  fileprivate var code: String? {
    switch self {
    case .plain: nil
    case .heading: "1"
    case .good: "32"
    case .bad: "1;31"
    case .warning: "35"
    case .muted: "2"
    }
  }
}
