import Terminal
import Testing

@Suite struct TableTests {
  static func table() -> Table {
    var table = Table(columns: [
      Table.Column("ID", alignment: .right), Table.Column("NAME"), Table.Column("STATUS", priority: 3),
      Table.Column("COMMENT", minimumWidth: 8, maximumWidth: 30, priority: 1), Table.Column("NEXT", priority: 2),
    ])
    table.append([
      .number(7), .text("save"), .status("failed", .bad), .text("nightly"),
      .time(relative: "in 2 h", exact: "2026-03-29T01:00:00Z"),
    ])
    table.append([.int(12), .text("日本"), .status("succeeded", .good), .text("a\tb\u{1b}[2J"), .empty])
    return table
  }

  static func write(width: Int, style: Style = .plain, _ table: Table = table()) -> String {
    let output = TextOutput(isTerminal: true, width: width, style: style)
    table.write(to: output)
    return output.text
  }

  @Test func alignedOnATerminal() {
    #expect(
      Self.write(width: 80) == """
        ID  NAME  STATUS     COMMENT      NEXT
         7  save  failed     nightly      in 2 h
        12  日本  succeeded  a\\tb\\x1b[2J  -

        """)
  }

  @Test func tabSeparatedInAPipe() {
    let output = TextOutput(isTerminal: false)
    Self.table().write(to: output)
    #expect(
      output.text
        == "7\tsave\tfailed\tnightly\t2026-03-29T01:00:00Z\n12\t日本\tsucceeded\ta\\tb\\x1b[2J\t\n")
  }

  @Test func widestColumnGivesWayFirst() {
    #expect(
      Self.write(width: 38) == """
        ID  NAME  STATUS     COMMENT    NEXT
         7  save  failed     nightly    in 2 h
        12  日本  succeeded  a\\tb\\x1b…  -

        """)
  }

  @Test func leastImportantColumnIsLeftOutFirst() {
    #expect(Self.write(width: 26).hasPrefix("ID  NAME  STATUS    NEXT\n"))
    #expect(Self.write(width: 18).hasPrefix("ID  NAME  STATUS\n"))
    #expect(Self.write(width: 10).hasPrefix("ID  NAME\n"))
    #expect(Self.write(width: 1).hasPrefix("ID  NAME\n"))
  }

  @Test func spareColumnsComeOnlyWhereNothingSuffers() {
    var table = Table(columns: [
      Table.Column("ID", alignment: .right), Table.Column("COMMENT"), Table.Column("MORE", isSpare: true),
      Table.Column("LAST", isSpare: true),
    ])
    table.append([.number(1), .text("0123456789"), .text("abcdef"), .text("xyz")])
    #expect(Self.write(width: 26, table) == "ID  COMMENT     MORE\n 1  0123456789  abcdef\n")
    #expect(Self.write(width: 28, table) == "ID  COMMENT     MORE    LAST\n 1  0123456789  abcdef  xyz\n")
    #expect(Self.write(width: 21, table) == "ID  COMMENT\n 1  0123456789\n")
  }

  @Test func headingsAreNotCut() {
    var table = Table(columns: [Table.Column("CHANGES DEVICES", priority: 1), Table.Column("TITLE")])
    table.append([.text("yes"), .text("0123456789")])
    // TITLE keeps at least six columns.
    #expect(Self.write(width: 23, table) == "CHANGES DEVICES  TITLE\nyes              01234…\n")
    #expect(Self.write(width: 20, table) == "TITLE\n0123456789\n")
  }

  @Test func linesKeepToTheWidth() {
    for width in 14...80 {
      for line in Self.write(width: width).split(separator: "\n") { #expect(DisplayWidth.of(String(line)) <= width) }
    }
  }

  @Test func coloursDoNotDisturbTheAlignment() {
    let plain = Self.write(width: 80)
    let coloured = Self.write(width: 80, style: Style(isColoured: true))
    #expect(coloured.contains("\u{1B}[1;31mfailed\u{1B}[0m     nightly"))
    #expect(coloured.replacing(/\u{1B}\[[0-9;]*m/, with: "") == plain)
  }

  @Test func maximumWidthAlwaysHolds() {
    var table = Table(columns: [Table.Column("TEXT", maximumWidth: 10)])
    table.append([.text(String(repeating: "x", count: 50))])
    #expect(Self.write(width: 80, table) == "TEXT\nxxxxxxxxx…\n")
  }

  @Test func numbersAreNeverCut() {
    var table = Table(columns: [Table.Column("ID", alignment: .right), Table.Column("TEXT")])
    table.append([.number(1_234_567_890), .text(String(repeating: "x", count: 50))])
    #expect(Self.write(width: 12, table) == "        ID  TEXT\n1234567890  xxxxx…\n")
  }

  @Test func emptyTableIsSilent() {
    let table = Table(columns: [Table.Column("ID")])
    #expect(table.isEmpty)
    #expect(Self.write(width: 80, table) == "")
  }

  @Test(arguments: [
    (Cell.text(""), "-", ""), (.bool(true), "yes", "yes"), (.optional(nil), "-", ""), (.list(["a", "b"]), "a, b", "a,b"),
    (.list([]), "-", ""), (.number(-3), "-3", "-3"),
  ])
  func cell(_ cell: Cell, _ terminal: String, _ pipe: String) {
    for (isTerminal, text) in [(true, "X\n\(terminal)\n"), (false, "\(pipe)\n")] {
      var table = Table(columns: [Table.Column("X")])
      table.append([cell])
      let output = TextOutput(isTerminal: isTerminal)
      table.write(to: output)
      #expect(output.text == text)
    }
  }

  @Test func rowOfAnotherLengthTraps() async {
    await #expect(processExitsWith: .failure) {
      var table = Table(columns: [Table.Column("ID")])
      table.append([])
    }
  }

  @Test func fields() {
    var block = FieldBlock()
    block.add("Name", key: "name", .text("save"))
    block.add("Next fire", key: "nextFire", .time(relative: "in 2 h", exact: "2026-03-29T01:00:00Z"))
    block.add("Comment", key: "comment", .text("one\ntwo\u{7}\n\nfour"))
    block.add("Owner", key: "owner", .empty)
    let terminal = TextOutput(isTerminal: true)
    block.write(to: terminal)
    #expect(
      terminal.text == """
        Name:       save
        Next fire:  in 2 h
        Comment:    one
                    two\\x07

                    four
        Owner:      -

        """)
    let pipe = TextOutput(isTerminal: false)
    block.write(to: pipe)
    #expect(
      pipe.text == "name\tsave\nnextFire\t2026-03-29T01:00:00Z\ncomment\tone\\ntwo\\x07\\n\\nfour\nowner\t\n")
  }
}
