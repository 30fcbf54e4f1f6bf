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

  @Test func lineFeeds() { #expect(TextLines.lineFeedCount("a\r\nb\n\rc") == 2) }
}
