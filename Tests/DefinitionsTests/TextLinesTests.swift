import Definitions
import Testing

@Suite struct TextLinesTests {
  @Test(arguments: [
    ("", []), ("a", ["a"]), ("a\nb\n", ["a", "b"]), ("a\r\nb\r\n", ["a", "b"]), ("a\rb", ["a", "b"]), ("\n\r\n\r", []),
    ("a\r\r\nb\n\n c ", ["a", "b", " c "]), ("ä\r\n\u{301}b", ["ä", "\u{301}b"]),
  ]) func split(_ text: String, _ lines: [String]) { #expect(TextLines.split(text) == lines) }

  @Test(arguments: [
    ("", "<>"), ("a\r\nb", "<a>\r\n<b>"), ("a\nb\n", "<a>\n<b>\n<>"), ("a\rb\r\r\n", "<a>\r<b>\r<>\r\n<>"),
  ]) func replacing(_ text: String, _ replaced: String) {
    #expect(Array(TextLines.replacing(in: text) { "<\($0)>" }.utf8) == Array(replaced.utf8))
  }

  @Test(arguments: ["", "a", "a\n", "\n\n", "a\r\nbad\r\n", "bad", "bad\nb", "\rbad\r\r\nx\n\rbad", "x\nbad ä\nbad\n\n"])
  func onlyLinesOfInterestAreReplaced(_ text: String) {
    let bad = Array("bad".utf8)
    let some = TextLines.replacing(in: text) {
      $0.starts(with: bad)
    } _: {
      "<\($0)>"
    }
    let all = TextLines.replacing(in: text) { $0.hasPrefix("bad") ? "<\($0)>" : $0 }
    #expect(Array(some.utf8) == Array(all.utf8))
  }

  @Test func lineFeeds() { #expect(TextLines.lineFeedCount("a\r\nb\n\rc") == 2) }
}
