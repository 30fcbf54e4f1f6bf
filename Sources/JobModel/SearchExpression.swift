/// A device search: `platform:cisco_* tag:core -site:lab address:10.1.0.0/16`.
///
/// Words are ANDed; `A OR B` binds more loosely than that; `-` negates a word or a group; parentheses group. Text compares
/// without regard to case, `*` stands for any characters. A bare word matches name, hostname, address or comment: as a part of
/// them, or as a whole when it has a `*`. With a key the whole value must match. Quotes take everything literally (`*`, spaces,
/// colons, operators), with `\"` and `\\` inside them; quoted and unquoted parts join: `tag:"core edge"*`.
///
/// A value that a device does not have never matches, so `site:*` finds devices with a site and `-site:*` those without.
package struct SearchExpression: Equatable, Sendable, CustomStringConvertible {
  /// The longest accepted text, in UTF-8 bytes; it bounds the canonical text too, so that that can always be read back.
  package static let maximumByteCount = 4096

  /// The deepest accepted nesting of parentheses.
  package static let maximumDepth = 32

  let root: Node

  /// Reads a search expression.
  ///
  /// `knownFields` are the custom field keys that exist; any other key is an error, and a built-in key wins over a field of the
  /// same name. Keys are case-sensitive. Throws for empty text, unknown keys, bad values and everything malformed, with the column.
  package init(parsing text: String, knownFields: Set<String> = []) throws(SearchError) {
    guard text.utf8.count <= Self.maximumByteCount else { throw .tooLong(byteCount: text.utf8.count) }
    let source = Source(scalars: Array(text.unicodeScalars))
    var lexer = Lexer(source: source)
    var parser = Parser(source: source, tokens: try lexer.tokens(), knownFields: knownFields)
    root = try parser.parse()
    let canonicalCount = description.utf8.count
    guard canonicalCount <= Self.maximumByteCount else { throw .tooLong(byteCount: canonicalCount) }
  }

  /// Whether the device matches; `now` in milliseconds since 1970 is what `changed` counts back from.
  package func matches(_ device: SearchSubject, now: Int64) -> Bool {
    root.matches(device, now: now)
  }

  /// The canonical text; read back with the same fields known it gives an equal value.
  package var description: String { root.text(inside: .top) }
}

extension SearchExpression {
  /// The tree of an expression: groups within a group of their own kind are flattened, groups of one are unwrapped.
  indirect enum Node: Equatable, Sendable {
    case all([Node])
    case any([Node])
    case not(Node)
    case term(Term)

    enum Surroundings { case top, all, not }

    func matches(_ device: SearchSubject, now: Int64) -> Bool {
      switch self {
      case .all(let nodes): nodes.allSatisfy { $0.matches(device, now: now) }
      case .any(let nodes): nodes.contains { $0.matches(device, now: now) }
      case .not(let node): !node.matches(device, now: now)
      case .term(let term): term.matches(device, now: now)
      }
    }

    func text(inside surroundings: Surroundings) -> String {
      switch self {
      case .all(let nodes):
        let text = nodes.map { $0.text(inside: .all) }.joined(separator: " ")
        return surroundings == .not ? "(\(text))" : text
      case .any(let nodes):
        // A conjunction binds more tightly than OR and needs no parentheses there.
        let text = nodes.map { $0.text(inside: .top) }.joined(separator: " OR ")
        return surroundings == .top ? text : "(\(text))"
      case .not(let node):
        let text = "-" + node.text(inside: .not)
        return surroundings == .not ? "(\(text))" : text
      case .term(let term):
        return term.description
      }
    }
  }
}
