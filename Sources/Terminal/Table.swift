/// Rows under headings: aligned and cut to the width on a terminal, tab-separated without headings in a pipe.
package struct Table: Sendable {
  /// Where the text of a column stands.
  package enum Alignment: Sendable {
    case left
    case right
  }

  /// One column.
  package struct Column: Sendable {
    /// The priority of a column that is never left out.
    package static let essential = Int.max

    /// The heading, in capitals by custom.
    package let title: String
    /// Where the text stands; what stands on the right, being a number, is never cut for want of space.
    package let alignment: Alignment
    /// The columns of the terminal below which it is not cut.
    package let minimumWidth: Int
    /// The columns of the terminal beyond which it is always cut; nil for no limit.
    package let maximumWidth: Int?
    /// When the terminal is too narrow, columns are left out beginning with the lowest priority.
    package let priority: Int
    /// Whether it is shown only where nothing has to be cut or left out for it.
    package let isSpare: Bool

    /// Makes a column.
    package init(
      _ title: String, alignment: Alignment = .left, minimumWidth: Int = 6, maximumWidth: Int? = nil,
      priority: Int = essential, isSpare: Bool = false
    ) {
      self.title = title
      self.alignment = alignment
      self.minimumWidth = max(1, minimumWidth)
      self.maximumWidth = maximumWidth
      self.priority = priority
      self.isSpare = isSpare
    }
  }

  private let columns: [Column]
  private var rows: [[Cell]] = []

  /// Makes an empty table.
  package init(columns: [Column]) {
    self.columns = columns
  }

  /// Whether there is no row.
  package var isEmpty: Bool { rows.isEmpty }

  /// Adds a row with one cell for each column.
  package mutating func append(_ row: [Cell]) {
    precondition(row.count == columns.count, "a row has \(row.count) cells for \(columns.count) columns")
    rows.append(row)
  }

  /// Writes the table; without rows, nothing.
  package func write(to output: TextOutput) {
    guard !rows.isEmpty else { return }
    guard output.isTerminal else {
      for row in rows { output.writeLine(row.map { $0.text(forTerminal: false) }.joined(separator: "\t")) }
      return
    }
    let texts = rows.map { $0.map { $0.text(forTerminal: true) } }
    let layout = TableLayout(columns: columns, texts: texts, width: output.width)
    output.writeLine(line(columns.map(\.title), roles: columns.map { _ in .heading }, layout, output.style))
    for (row, text) in zip(rows, texts) {
      output.writeLine(line(text, roles: row.map(\.role), layout, output.style))
    }
  }

  private func line(_ texts: [String], roles: [Style.Role], _ layout: TableLayout, _ style: Style) -> String {
    var line = ""
    for (position, column) in layout.columns.enumerated() {
      let isLast = position == layout.columns.count - 1
      let text = DisplayWidth.truncate(texts[column.index], to: column.width)
      let padding = String(repeating: " ", count: max(0, column.width - DisplayWidth.of(text)))
      let coloured = style.apply(roles[column.index], text)
      switch columns[column.index].alignment {
      case .left: line += isLast ? coloured : coloured + padding
      case .right: line += padding + coloured
      }
      if !isLast { line += TableLayout.gap }
    }
    return line
  }
}

/// Which columns of a table are shown on a terminal, and how wide.
struct TableLayout {
  struct Column: Equatable {
    let index: Int
    let width: Int
  }

  static let gap = "  "
  let columns: [Column]

  init(columns: [Table.Column], texts: [[String]], width: Int) {
    var natural = columns.map { DisplayWidth.of($0.title) }
    for row in texts {
      for (index, text) in row.enumerated() { natural[index] = max(natural[index], DisplayWidth.of(text)) }
    }
    var shown = columns.indices.map { Column(index: $0, width: min(natural[$0], columns[$0].maximumWidth ?? natural[$0])) }
    while Self.total(shown.map(\.width)) > width, let spare = shown.lastIndex(where: { columns[$0.index].isSpare }) {
      shown.remove(at: spare)
    }
    // A number that is cut is another number, and a heading that is cut is hard to guess.
    let minimum = columns.indices.map { index in
      let column = columns[index]
      let whole = min(natural[index], column.maximumWidth ?? natural[index])
      return column.alignment == .right ? whole : min(whole, max(column.minimumWidth, DisplayWidth.of(column.title)))
    }
    while Self.total(shown.map { minimum[$0.index] }) > width, let victim = Self.leastImportant(shown, columns) {
      shown.remove(at: victim)
    }
    // The widest column gives way first: names and numbers stay whole while a comment is cut.
    var excess = Self.total(shown.map(\.width)) - width
    while excess > 0 {
      let candidates = shown.indices.filter { shown[$0].width > minimum[shown[$0].index] }
      guard let widest = candidates.max(by: { shown[$0].width < shown[$1].width }) else { break }
      let next = candidates.map { shown[$0].width }.filter { $0 < shown[widest].width }.max() ?? 0
      let step = min(excess, max(1, shown[widest].width - max(next, minimum[shown[widest].index])))
      shown[widest] = Column(index: shown[widest].index, width: shown[widest].width - step)
      excess -= step
    }
    self.columns = shown
  }

  private static func total(_ widths: [Int]) -> Int {
    widths.reduce(0, +) + max(0, widths.count - 1) * gap.count
  }

  private static func leastImportant(_ shown: [Column], _ columns: [Table.Column]) -> Int? {
    shown.indices.filter { columns[shown[$0].index].priority != Table.Column.essential }
      .min { columns[shown[$0].index].priority < columns[shown[$1].index].priority }
  }
}
