private import Terminal

/// A piece of an HTML document (HTML Living Standard). Text in it is data: whatever it says, it stays text.
package indirect enum HTMLNode: Equatable, Sendable {
  /// The elements that documents are made of; a name is never made of data.
  package enum Tag: String, Sendable {
    case article, header, footer, section, h1, h2, h3, p, div, span, strong, code, pre, ul, li, dl, dt, dd
    case table, caption, thead, tbody, tr, th, td
  }

  /// Text on one line: control characters and those that reorder text are shown by their codes, line ends too.
  case text(String)
  /// Text whose line ends count.
  case lines(String)
  /// A picture of counts.
  case chart(Chart)
  /// Devices and their links as a picture under a title.
  case map(String, Topology)
  /// An element; `style` is a class of the document's style sheet.
  case node(Tag, StaticClass?, [HTMLNode])

  /// A class of the style sheet, written in the code and never made of data.
  package struct StaticClass: Equatable, Sendable, ExpressibleByStringLiteral {
    fileprivate let name: String

    package init(stringLiteral name: StaticString) { self.name = name.description }
  }

  /// An element with others in it.
  package static func element(_ tag: Tag, style: StaticClass? = nil, _ children: [HTMLNode]) -> HTMLNode {
    .node(tag, style, children)
  }

  /// An element with nothing but text in it.
  package static func element(_ tag: Tag, style: StaticClass? = nil, _ text: String) -> HTMLNode {
    .node(tag, style, [.text(text)])
  }

  /// Lines as they stand, in type of one width.
  package static func preformatted(_ text: String, style: StaticClass? = nil) -> HTMLNode {
    .node(.pre, style, [.lines(text)])
  }

  /// What `diff -u` says, its lines coloured by what they are.
  package static func difference(_ text: String) -> HTMLNode {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let last = lines.last?.isEmpty == true ? lines.count - 1 : lines.count
    return .node(
      .pre, "diff",
      lines.prefix(last).enumerated().flatMap { number, line -> [HTMLNode] in
        let style: StaticClass? =
          switch line.unicodeScalars.first {
          case "+" where !line.hasPrefix("+++ "): "plus"
          case "-" where !line.hasPrefix("--- "): "minus"
          case "@", "+", "-": "hunk"
          default: nil
          }
        let shown = HTMLNode.lines(String(line))
        return (style.map { [.element(.span, style: $0, [shown])] } ?? [shown]) + (number + 1 < last ? [.lines("\n")] : [])
      })
  }

  /// A word in the colour of what it means.
  package static func word(_ text: String, _ tone: Tone) -> HTMLNode { .element(.span, style: tone.style, text) }

  /// A table with headings; each row has a cell for each of them.
  /// - Parameter numbers: the columns whose cells stand on the right.
  package static func table(
    style: StaticClass? = nil, _ headings: [String], _ rows: [[HTMLNode]], numbers: Set<Int> = []
  ) -> HTMLNode {
    func cell(_ tag: Tag, _ column: Int, _ content: HTMLNode) -> HTMLNode {
      .element(tag, style: numbers.contains(column) ? "number" : nil, [content])
    }
    precondition(rows.allSatisfy { $0.count == headings.count }, "a row has another number of cells than there are headings")
    return .element(
      .table, style: style,
      [
        .element(.thead, [.element(.tr, headings.enumerated().map { cell(.th, $0, .text($1)) })]),
        .element(.tbody, rows.map { row in .element(.tr, row.enumerated().map { cell(.td, $0, $1) }) }),
      ])
  }

  /// Terms with what is said of each.
  package static func terms(_ pairs: [(term: String, description: HTMLNode)]) -> HTMLNode {
    .element(.dl, pairs.flatMap { [.element(.dt, $0.term), .element(.dd, [$0.description])] })
  }

  /// Appends the markup of this piece.
  func write(to markup: inout String) {
    switch self {
    case .text(let text): Self.escape(Self.harmless(text), to: &markup)
    case .lines(let text): Self.escape(escapeControls(text, .block), to: &markup)
    case .chart(let chart): chart.write(to: &markup)
    case .map(let title, let topology):
      markup += "<figure>\n<figcaption>"
      HTMLNode.text(title).write(to: &markup)
      markup += "</figcaption>\n\(TopologyPicture(topology).element)</figure>\n"
    case .node(let tag, let style, let children):
      markup += "<\(tag.rawValue)"
      if let style {
        markup += " class=\""
        Self.escape(style.name, to: &markup)
        markup += "\""
      }
      markup += ">"
      // The parser drops one line end after <pre>: it is given one.
      if tag == .pre { markup += "\n" }
      for child in children { child.write(to: &markup) }
      markup += "</\(tag.rawValue)>"
      switch tag {
      case .span, .strong, .code, .th, .td, .dt: break
      default: markup += "\n"
      }
    }
  }

  /// Text with what no reader sees shown by its code.
  static func harmless(_ text: String) -> String { escapeControls(text) }

  /// Escapes what means something in element content and in quoted attribute values.
  static func escape(_ text: String, to markup: inout String) {
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": markup += "&amp;"
      case "<": markup += "&lt;"
      case ">": markup += "&gt;"
      case "\"": markup += "&quot;"
      case "'": markup += "&#39;"
      default:
        // No document may contain noncharacters.
        let isNoncharacter = (0xFDD0...0xFDEF).contains(scalar.value) || scalar.value & 0xFFFE == 0xFFFE
        markup.unicodeScalars.append(isNoncharacter ? "\u{FFFD}" : scalar)
      }
    }
  }
}
