internal import Arguments
private import Scheduling
internal import Terminal

/// The columns of a list: what is shown unless asked otherwise, what can be asked for with `--columns`, and `--sort`.
///
/// A column has the name of a member of the list's JSON, which is also where its cell comes from unless it says otherwise, and
/// what it is sorted by.
struct Listing<Row>: Sendable {
  /// One column.
  struct Column: Sendable {
    /// What its cells hold.
    enum Kind: Sendable {
      case text, number, time
    }

    /// Where it is shown without `--columns`.
    enum Place: Sendable {
      /// In pipes, and on terminals that have room for it.
      case standard
      /// Only on terminals that have room for it beside all others, none of them cut.
      case wide
      /// Nowhere.
      case onRequest
    }

    let key: String
    let kind: Kind
    let place: Place
    private let title: String?
    private let minimumWidth: Int
    private let maximumWidth: Int?
    private let priority: Int
    private let cell: (@Sendable (Row, Context) -> Cell)?

    /// - Parameters:
    ///   - title: the heading; the key in words where it is left out.
    ///   - cell: what is shown in the place of the JSON's value.
    init(
      _ key: String, _ kind: Kind = .text, title: String? = nil, minimumWidth: Int = 6, maximumWidth: Int? = nil,
      priority: Int = Table.Column.essential, place: Place = .standard, cell: (@Sendable (Row, Context) -> Cell)? = nil
    ) {
      self.key = key
      self.kind = kind
      self.place = place
      self.title = title
      self.minimumWidth = minimumWidth
      self.maximumWidth = maximumWidth
      self.priority = priority
      self.cell = cell
    }

    /// `nextFire` as `next Fire`.
    private static func words(_ key: String) -> String {
      key.reduce(into: "") { words, letter in words += letter.isUppercase ? " \(letter)" : "\(letter)" }
    }

    func shape(isChosen: Bool) -> Table.Column {
      Table.Column(
        title ?? Self.words(key).uppercased(), alignment: kind == .number ? .right : .left, minimumWidth: minimumWidth,
        maximumWidth: maximumWidth,
        priority: isChosen ? Table.Column.essential : priority, isSpare: !isChosen && place == .wide)
    }

    func cell(_ row: Row, _ document: JSONValue, _ context: Context) -> Cell {
      if let cell { return cell(row, context) }
      let value = document[key] ?? .null
      if kind == .time, let text = value.stringValue { return context.cell(try? Timestamp(parsing: text)) }
      return Cell(value)
    }

    /// What it is sorted by; nil for what is not known, which comes last. A number that is shown goes before the JSON's value.
    func sortKey(_ row: Row, _ document: JSONValue, _ context: Context) -> NaturalOrder? {
      if let cell, case .number(let value) = cell(row, context) { return NaturalOrder(Double(value)) }
      return (document[key] ?? .null).sortKey
    }
  }

  private let columns: [Column]
  private let choice: Option<ColumnChoice>
  private let order: Option<SortOrder>

  /// Columns in the order of the table; `more` are the other members of the JSON, shown on request.
  init(_ columns: [Column], more: [String] = []) {
    self.columns = columns + more.map { Column($0, place: .onRequest) }
    let names = self.columns.map(\.key)
    choice = Option(
      "columns", valueName: "COLUMN,...", help: "show these columns, in this order, of: \(names.joined(separator: ", "))",
      completion: .words(names, isList: true), conversion: ColumnChoice.conversion(of: names))
    order = Option(
      "sort", valueName: "COLUMN", help: "sort by this column; -COLUMN is the other way round",
      completion: .words(names + names.map { "-" + $0 }, isList: false), conversion: SortOrder.conversion(of: names))
  }

  /// The options for the command's parameters.
  var parameters: [any CommandParameter] { [choice, order] }

  /// Shows the rows: an array with `--json`, else the table.
  func show(
    _ rows: [Row], _ context: Context, _ arguments: ParsedArguments, document: (Row) -> JSONValue
  ) {
    var entries = rows.map { (row: $0, document: document($0)) }
    if let order = arguments[order], let column = columns.first(where: { $0.key == order.column }) {
      entries = order.sort(entries) { column.sortKey($0.row, $0.document, context) }
    }
    let chosen = arguments[choice].map { choice in
      choice.names.compactMap { name in columns.first { $0.key == name } }
    }
    context.show(.array(entries.map { Self.part($0.document, chosen) })) { write(entries, chosen, context) }
  }

  /// Writes the table of a command that is no list itself.
  func write(_ rows: [Row], _ context: Context, document: (Row) -> JSONValue) {
    write(rows.map { ($0, document($0)) }, nil, context)
  }

  private func write(_ entries: [(row: Row, document: JSONValue)], _ chosen: [Column]?, _ context: Context) {
    let shown =
      chosen ?? columns.filter { $0.place == .standard || ($0.place == .wide && context.output.isTerminal) }
    var table = Table(columns: shown.map { $0.shape(isChosen: chosen != nil) })
    for entry in entries { table.append(shown.map { $0.cell(entry.row, entry.document, context) }) }
    table.write(to: context.output)
  }

  private static func part(_ document: JSONValue, _ chosen: [Column]?) -> JSONValue {
    guard let chosen else { return document }
    return .object(chosen.map { .init($0.key, document[$0.key] ?? .null) })
  }
}

extension Cell {
  /// A value of a JSON document.
  fileprivate init(_ value: JSONValue) {
    switch value {
    case .null: self = .empty
    case .bool(let value): self = .bool(value)
    case .integer(let value): self = .number(value)
    case .number(let value): self = .text("\(value)")
    case .string(let text): self = .text(text)
    case .array(let elements): self = .list(elements.map(\.word))
    case .object: self = .optional(value.word.isEmpty ? nil : value.word)
    }
  }
}

extension JSONValue {
  /// In a word: of an object its name, or all that it has.
  fileprivate var word: String {
    switch self {
    case .null: return ""
    case .bool(let value): return value ? "yes" : "no"
    case .integer(let value): return String(value)
    case .number(let value): return "\(value)"
    case .string(let text): return text
    case .array(let elements): return elements.map(\.word).joined(separator: ",")
    case .object(let members):
      if let name = self["name"]?.stringValue { return name }
      return members.filter { $0.value != .null }.map { "\($0.name)=\($0.value.word)" }.joined(separator: " ")
    }
  }

  fileprivate var sortKey: NaturalOrder? {
    switch self {
    case .null: nil
    case .bool(let value): NaturalOrder(value ? 1 : 0)
    case .integer(let value): NaturalOrder(Double(value))
    case .number(let value): NaturalOrder(value)
    case .string(let text):
      if let time = try? Timestamp(parsing: text) { NaturalOrder(Double(time.milliseconds)) } else { NaturalOrder(text) }
    case .array, .object: NaturalOrder(word)
    }
  }
}

/// The columns that `--columns` names.
struct ColumnChoice: ArgumentValue {
  let names: [String]

  /// Names parted by commas, whichever they are.
  static let conversion = ValueConversion<ColumnChoice>(
    allowed: "names parted by commas",
    parse: { text in ColumnChoice(names: text.split(separator: ",").map(String.init)) },
    format: { $0.names.joined(separator: ",") })

  /// Some of `known`, none of them twice.
  static func conversion(of known: [String]) -> ValueConversion<ColumnChoice> {
    ValueConversion(
      allowed: "names of columns parted by commas",
      parse: { text throws(ArgumentError) in
        var names: [String] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
          let name = try ColumnName.find(String(part), among: known)
          if names.contains(name) { throw .invalid("the column '\(name)' is named twice") }
          names.append(name)
        }
        return ColumnChoice(names: names)
      },
      format: { $0.names.joined(separator: ",") })
  }
}

/// What `--sort` names.
struct SortOrder: ArgumentValue {
  let column: String
  let isDescending: Bool

  /// A name, whichever it is, behind a `-` for the other way round.
  static let conversion = ValueConversion<SortOrder>(
    allowed: "a name, or one behind a '-'",
    parse: { text in
      SortOrder(column: text.hasPrefix("-") ? String(text.dropFirst()) : text, isDescending: text.hasPrefix("-"))
    },
    format: { ($0.isDescending ? "-" : "") + $0.column })

  /// One of `known`.
  static func conversion(of known: [String]) -> ValueConversion<SortOrder> {
    ValueConversion(
      allowed: "the name of a column, or one behind a '-'",
      parse: { text throws(ArgumentError) in
        let order = try conversion.parse(text)
        return SortOrder(column: try ColumnName.find(order.column, among: known), isDescending: order.isDescending)
      },
      format: conversion.format)
  }

  /// Sorts by the values; equal ones keep their order, and what has none comes last whichever way.
  func sort<Element>(_ elements: [Element], by key: (Element) -> NaturalOrder?) -> [Element] {
    let keyed = elements.enumerated().map { (place: $0.offset, element: $0.element, key: key($0.element)) }
    return keyed.sorted { left, right in
      guard let first = left.key, let second = right.key else {
        return (left.key == nil ? 1 : 0, left.place) < (right.key == nil ? 1 : 0, right.place)
      }
      if first < second { return !isDescending }
      if second < first { return isDescending }
      return left.place < right.place
    }.map(\.element)
  }
}

private enum ColumnName {
  /// The column that is meant, upper and lower case and hyphens aside: `next-fire` is `nextFire`.
  static func find(_ text: String, among known: [String]) throws(ArgumentError) -> String {
    func plain(_ name: String) -> String { name.filter { $0 != "-" && $0 != "_" }.lowercased() }
    guard let name = known.first(where: { plain($0) == plain(text) }) else {
      let refusal = ValueConversion<String>.oneOf(known)
      throw .invalid(
        "'\(text.prefix(100))' is not a column; the columns are \(known.joined(separator: ", "))",
        hint: refusal.suggestion(for: text))
    }
    return name
  }
}
