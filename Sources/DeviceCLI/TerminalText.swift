/// What a terminal would show for the bytes of a device: carriage returns, backspaces and cursor movements applied, the
/// other escape sequences (ECMA-48) and control characters left out.
struct TerminalText {
  /// Stands in the bytes where a pager's text was taken out; what is painted over it leaves no trailing blanks.
  static let pagerMark: UInt8 = 0x1C

  private static let movementLimit = 512

  private var lines = TerminalLines()
  private var cells: [Unicode.Scalar] = []
  private var column = 0
  private var trimsLine = false
  /// How many blanks cursor movements may still add, so that few bytes cannot become much text.
  private var padding = 1 << 20
  /// The terminal's width: a carriage return goes to the start of the row, which matters where the line editor wraps.
  private let width: Int

  /// - Parameter width: 0 where lines never wrap.
  init(width: Int = 0) {
    self.width = width
  }

  /// The lines in `bytes`, the last one being what follows the last line feed.
  static func lines(_ bytes: ArraySlice<UInt8>, width: Int) -> TerminalLines {
    var text = TerminalText(width: width)
    bytes.withUnsafeBufferPointer { text.append($0) }
    text.endLine()
    return text.lines
  }

  /// The bytes of a single line.
  static func line(_ bytes: ArraySlice<UInt8>, width: Int) -> String {
    lines(bytes, width: width).last ?? ""
  }

  private mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
    var rest = bytes
    while !rest.isEmpty {
      rest = UnsafeBufferPointer(rebasing: rest[lines.takePlainLines(rest)...])
      // What no line feed ends, or has to be shown as a terminal does.
      let feed = rest.firstIndex(of: 0x0A)
      var part = UnsafeBufferPointer(rebasing: rest[..<(feed.map { $0 + 1 } ?? rest.count)])
      // An escape sequence may run over the line's end.
      if part.contains(0x1B) { part = rest }
      show(part)
      rest = UnsafeBufferPointer(rebasing: rest[part.count...])
    }
  }

  private mutating func show(_ bytes: UnsafeBufferPointer<UInt8>) {
    var scalars = String(decoding: bytes, as: UTF8.self).unicodeScalars.makeIterator()
    while let scalar = scalars.next() {
      switch scalar.value {
      case 0x0A: endLine()
      case 0x0D: column = rowStart
      case 0x08: column = max(0, column - 1)
      case 0x1B: escape(&scalars)
      case UInt32(Self.pagerMark): trimsLine = true
      case 0x09, 0x20...0x7E, 0xA0...: put(scalar)
      default: break
      }
    }
  }

  private var rowStart: Int {
    guard width > 0, column > 0 else { return 0 }
    // After a row's last column the cursor still waits on that row.
    return (column - 1) / width * width
  }

  private mutating func put(_ scalar: Unicode.Scalar) {
    if cells.count < column {
      column = min(column, cells.count + padding)
      padding -= column - cells.count
      while cells.count < column { cells.append(" ") }
    }
    if column < cells.count { cells[column] = scalar } else { cells.append(scalar) }
    column += 1
  }

  private mutating func endLine() {
    if trimsLine { while cells.last == " " { cells.removeLast() } }
    for scalar in cells { lines.write(scalar) }
    lines.endLine()
    cells.removeAll(keepingCapacity: true)
    column = 0
    trimsLine = false
  }

  private mutating func escape(_ scalars: inout String.UnicodeScalarView.Iterator) {
    guard let kind = scalars.next() else { return }
    switch kind {
    case "[": controlSequence(&scalars)
    case "]", "P", "X", "^", "_":
      // A string, ended by BEL or ESC \; one that does not end stops at the line.
      while let scalar = scalars.next(), scalar.value != 0x07, scalar.value != 0x0A {
        if scalar.value == 0x1B {
          _ = scalars.next()
          break
        }
      }
    case "(", ")", "*", "+", "#", "%", " ": _ = scalars.next()
    case "E", "D": endLine()
    default: break
    }
  }

  private mutating func controlSequence(_ scalars: inout String.UnicodeScalarView.Iterator) {
    var parameter = 0
    var hasParameter = false
    var isFirst = true
    while let scalar = scalars.next() {
      switch scalar.value {
      case 0x30...0x39:
        guard isFirst else { continue }
        parameter = min(Self.movementLimit, parameter * 10 + Int(scalar.value - 0x30))
        hasParameter = true
      case 0x3A...0x3F: isFirst = false
      case 0x20...0x2F: continue
      case 0x40...0x7E:
        perform(scalar, hasParameter ? parameter : nil)
        return
      default: return
      }
    }
  }

  private mutating func perform(_ final: Unicode.Scalar, _ parameter: Int?) {
    let count = max(1, parameter ?? 1)
    switch final {
    case "C": column = min(column + count, cells.count + Self.movementLimit)
    case "D": column = max(0, column - count)
    case "G": column = min(count - 1, cells.count + Self.movementLimit)
    case "K", "J":
      switch parameter ?? 0 {
      case 0: if column < cells.count { cells.removeSubrange(column...) }
      case 1: for index in 0..<min(column, cells.count) { cells[index] = " " }
      default: cells.removeAll(keepingCapacity: true)
      }
    case "P":
      if column < cells.count { cells.removeSubrange(column..<min(cells.count, column + count)) }
    case "@":
      let count = min(count, padding)
      padding -= count
      if column < cells.count { cells.insert(contentsOf: Array(repeating: " ", count: count), at: column) }
    default: break
    }
  }
}
