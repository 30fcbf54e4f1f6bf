import Terminal
import Testing

@Suite struct TextTests {
  static let escapes: [(String, String, String)] = [
    ("plain äöü €", "plain äöü €", "plain äöü €"),
    ("a\nb\tc", "a\\nb\\tc", "a\nb\tc"),
    ("a\r\nb", "a\\r\\nb", "a\nb"),
    ("a\rb", "a\\rb", "a\\rb"),
    ("a\r\r\nb", "a\\r\\r\\nb", "a\\r\nb"),
    ("\u{1b}[31mred\u{7}", "\\x1b[31mred\\x07", "\\x1b[31mred\\x07"),
    ("\u{0}\u{7f}\u{9b}", "\\x00\\x7f\\x9b", "\\x00\\x7f\\x9b"),
    ("\u{202e}abc\u{2066}", "\\u202eabc\\u2066", "\\u202eabc\\u2066"),
    ("e\u{301}\u{1b}", "e\u{301}\\x1b", "e\u{301}\\x1b"),
    ("", "", ""),
  ]

  @Test(arguments: escapes) func escapesControls(_ text: String, _ cell: String, _ block: String) {
    #expect(escapeControls(text) == cell)
    #expect(escapeControls(text, .block) == block)
  }

  @Test func nothingThatControlsATerminalIsLeft() {
    for value in (UInt32(0)..<0x3000) {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let isControl =
        scalar.properties.generalCategory == .control || (0x2028...0x202E).contains(value)
        || (0x2066...0x2069).contains(value)
      #expect(escapeControls(String(scalar)).unicodeScalars.contains(scalar) == !isControl, "\(value)")
    }
  }

  @Test func bytesThatAreNotUTF8AreReplaced() {
    #expect(escapeControls([0x61, 0xFF, 0x62, 0xC3]) == "a\u{FFFD}b\u{FFFD}")
    #expect(escapeControls([0x61, 0x1B, 0x0A], .block) == "a\\x1b\n")
  }

  @Test(arguments: [
    ("abc", 3), ("", 0), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("ｆ", 2), ("👍", 2), ("👍🏽", 2), ("👨‍👩‍👧", 2),
    ("🇩🇪", 2), ("❤\u{FE0F}", 2),
    ("한", 2), ("\u{1112}\u{1161}\u{11ab}", 2), ("€…", 2), ("a\u{200b}b", 2), ("Ω", 1), ("क्ष", 1),
  ])
  func width(_ text: String, _ width: Int) {
    #expect(DisplayWidth.of(text) == width)
  }

  @Test(arguments: [
    ("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("abcdef", 1, "…"), ("abcdef", 0, ""), ("日本語", 5, "日本…"),
    ("日本語", 4, "日…"), ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
  ])
  func truncates(_ text: String, _ width: Int, _ expected: String) {
    #expect(DisplayWidth.truncate(text, to: width) == expected)
    #expect(DisplayWidth.of(expected) <= width)
  }

  @Test func truncatedTextNeverExceedsTheWidth() {
    let pieces = ["a", "日", "e\u{301}", "👍🏽", "🇩🇪", "\u{301}", "x"]
    var random = SplitMix(state: 3)
    for _ in 0..<5000 {
      let text = (0..<Int(random.next() % 12)).map { _ in pieces[Int(random.next() % UInt64(pieces.count))] }.joined()
      let width = Int(random.next() % 12)
      #expect(DisplayWidth.of(DisplayWidth.truncate(text, to: width)) <= width)
    }
  }

  static let environments: [(Bool, Bool, [String: String], Bool)] = [
    (true, false, ["TERM": "xterm"], true), (false, false, ["TERM": "xterm"], false), (true, true, ["TERM": "xterm"], false),
    (true, false, ["TERM": "dumb"], false), (true, false, [:], false), (true, false, ["TERM": ""], false),
    (true, false, ["TERM": "xterm", "NO_COLOR": "1"], false), (true, false, ["TERM": "xterm", "NO_COLOR": ""], true),
  ]

  @Test(arguments: environments.indices) func colour(_ index: Int) {
    let (isTerminal, noColor, environment, expected) = Self.environments[index]
    #expect(Style(isTerminal: isTerminal, noColor: noColor, environment: environment).isColoured == expected)
  }

  @Test func styleAppliesToItsRole() {
    let style = Style(isColoured: true)
    #expect(style.apply(.good, "ok") == "\u{1B}[32mok\u{1B}[0m")
    #expect(style.apply(.plain, "ok") == "ok")
    #expect(style.apply(.bad, "") == "")
    #expect(Style.plain.apply(.bad, "ok") == "ok")
  }
}
