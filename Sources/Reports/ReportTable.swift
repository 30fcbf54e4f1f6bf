internal import Terminal

/// What a report says, in a form of its own; the same rows whatever format they are written in.
package struct ReportTable: Equatable, Sendable {
  /// One value.
  package enum Value: Equatable, Sendable {
    case none
    case text(String)
    case number(Int64)
    case flag(Bool)
    /// RFC 3339.
    case time(String)
    /// A word in the colour of what it means; text in every other form.
    case status(String, Tone)

    package init(_ text: String?) { self = text.map(Value.text) ?? .none }

    var shown: String {
      switch self {
      case .none: ""
      case .text(let text), .time(let text), .status(let text, _): text
      case .number(let number): String(number)
      case .flag(let flag): flag ? "yes" : "no"
      }
    }

    /// A time without the seconds and signs that make it hard to read in a column of them: `2026-11-26 08:00 UTC`.
    var node: HTMLNode {
      switch self {
      case .status(let text, let tone): return .word(text, tone)
      case .time(let text) where text.hasSuffix("Z") && text.utf8.count >= 20:
        return .element(.span, style: "time", "\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC")
      case .text(let text) where text.contains("\n"): return .element(.div, style: "message", [.lines(text)])
      case .time(let text): return .element(.span, style: "time", text)
      default: return .text(shown)
      }
    }

    /// Words that others may have chosen.
    var isFreeText: Bool {
      switch self {
      case .text, .status: true
      case .none, .number, .flag, .time: false
      }
    }

    var isNumber: Bool { if case .number = self { true } else { false } }

    var json: JSONValue {
      switch self {
      case .none: .null
      case .text(let text), .time(let text), .status(let text, _): .string(text)
      case .number(let number): .integer(number)
      case .flag(let flag): .bool(flag)
      }
    }
  }

  package struct Column: Equatable, Sendable {
    /// camelCase: the key in JSON and the heading in CSV.
    package var key: String
    package var title: String

    package init(_ key: String, _ title: String) {
      self.key = key
      self.title = title
    }
  }

  package var title: String
  /// What the report is about, each with its value: the network, the time it covers.
  package var facts: [(name: String, value: String)]
  package var columns: [Column]
  package private(set) var rows: [[Value]] = []
  /// Pictures of what is in the rows, for the forms that can have some: before the rows.
  package var charts: [Chart] = []
  /// How the devices in the rows are connected, before the charts.
  package var map: (title: String, topology: Topology)?

  package init(title: String, facts: [(name: String, value: String)], columns: [Column]) {
    self.title = title
    self.facts = facts
    self.columns = columns
  }

  package static func == (one: ReportTable, other: ReportTable) -> Bool {
    one.title == other.title && one.columns == other.columns && one.rows == other.rows && one.charts == other.charts
      && one.map?.title == other.map?.title && one.map?.topology == other.map?.topology
      && one.facts.map(\.name) == other.facts.map(\.name) && one.facts.map(\.value) == other.facts.map(\.value)
  }

  package mutating func append(_ row: [Value]) {
    precondition(row.count == columns.count, "a row has another number of values than there are columns")
    rows.append(row)
  }

  /// A page that needs nothing but itself and prints on A4.
  package var html: String {
    let count = rows.count == 1 ? "1 row" : "\(rows.count) rows"
    var body: [HTMLNode] = [
      .element(.h1, title),
      .terms(facts.map { ($0.name, .text($0.value)) } + [("Rows", .text(count))]),
    ]
    if rows.isEmpty {
      body.append(.element(.p, style: "muted", "There is nothing to report."))
    } else {
      // One bar says no more than its number.
      let shown = charts.filter { !$0.isEmpty && $0.groups.count > 1 }
      let pictures = (map.map { [HTMLNode.map($0.title, $0.topology)] } ?? []) + shown.map(HTMLNode.chart)
      if !pictures.isEmpty { body += [.element(.h2, "Overview")] + pictures }
      body.append(.element(.h2, "Details"))
      let numbers = columns.indices.filter { column in rows.contains { $0[column].isNumber } }
      body.append(.table(columns.map(\.title), rows.map { row in row.map(\.node) }, numbers: Set(numbers)))
    }
    return HTMLDocument(title: title, isWide: columns.count > 5, body: body).text
  }

  /// RFC 4180, the first record being the keys. What a spreadsheet would take for a formula is preceded by an apostrophe (OWASP, "CSV
  /// injection").
  package var csv: String {
    // The second four are the full-width forms.
    let formula = "=+-@\u{FF1D}\u{FF0B}\u{FF0D}\u{FF20}\t\r\n".unicodeScalars
    func field(_ value: Value) -> String {
      // What acts on a terminal, or turns text round, says what it is here as everywhere.
      var text = escapeControls(value.shown, .block)
      if value.isFreeText, let first = value.shown.unicodeScalars.first, formula.contains(first) {
        text = "'" + text
      }
      guard text.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else { return text }
      return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
    let head = columns.map(\.key).joined(separator: ",")
    return ([head] + rows.map { $0.map(field).joined(separator: ",") }).map { $0 + "\r\n" }.joined()
  }

  /// An object with the facts and the rows, each row an object.
  package var json: String {
    let rows = rows.map { row in JSONValue.object(zip(columns, row).map { .init($0.key, $1.json) }) }
    let document: JSONValue = [
      "title": .string(title), "facts": .object(facts.map { .init($0.name, .string($0.value)) }), "rows": .array(rows),
    ]
    return document.pretty + "\n"
  }

  /// Columns aligned with blanks, control characters escaped.
  package var text: String {
    let cells = [columns.map { $0.title.uppercased() }] + rows.map { $0.map { escapeControls($0.shown) } }
    let widths = columns.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
    var text = title + "\n" + facts.map { "\($0.name): \(escapeControls($0.value))\n" }.joined() + "\n"
    if rows.isEmpty { return text + "There is nothing to report.\n" }
    for row in cells {
      let line = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
      text += String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
    }
    return text
  }
}
