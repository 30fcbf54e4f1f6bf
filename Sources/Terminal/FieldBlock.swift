/// One thing's fields: `Label: value`, aligned, on a terminal; `key`, tab, value in a pipe.
package struct FieldBlock: Sendable {
  private struct Field: Sendable {
    let label: String
    let key: String
    let value: Cell
  }

  private var fields: [Field] = []

  /// Makes an empty block.
  package init() {}

  /// Adds a field; `key` is the name it has in JSON.
  package mutating func add(_ label: String, key: String, _ value: Cell) {
    fields.append(Field(label: label, key: key, value: value))
  }

  /// Writes the block. On a terminal the further lines of a long text stand under its first one.
  package func write(to output: TextOutput) {
    guard output.isTerminal else {
      for field in fields { output.writeLine("\(field.key)\t\(field.value.text(forTerminal: false))") }
      return
    }
    let width = fields.map { DisplayWidth.of($0.label) }.max() ?? 0
    let indent = String(repeating: " ", count: width + 3)
    for field in fields {
      let padding = String(repeating: " ", count: width - DisplayWidth.of(field.label))
      let lines = field.value.text(forTerminal: true, .block).split(separator: "\n", omittingEmptySubsequences: false)
      for (position, line) in lines.enumerated() {
        let lead = position == 0 ? output.style.apply(.heading, field.label + ":") + padding + "  " : indent
        output.writeLine(line.isEmpty && position > 0 ? "" : lead + output.style.apply(field.value.role, String(line)))
      }
    }
  }
}
