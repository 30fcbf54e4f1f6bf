import Testing

@testable import Reports

@Suite struct HTMLDocumentTests {
  private func markup(_ node: HTMLNode) -> String {
    var markup = ""
    node.write(to: &markup)
    return markup
  }

  @Test(arguments: [
    ("plain", "plain"), ("<b>&amp;", "&lt;b&gt;&amp;amp;"), ("\"'", "&quot;&#39;"), ("日本 ångström 😀", "日本 ångström 😀"),
    ("a\nb\tc", "a\\nb\\tc"), ("\u{1B}[31m", "\\x1b[31m"), ("\u{202E}x\u{2069}", "\\u202ex\\u2069"), ("\u{0}", "\\x00"),
    ("\u{85}", "\\x85"), ("</td><script>", "&lt;/td&gt;&lt;script&gt;"),
  ])
  func textIsData(text: String, expected: String) {
    #expect(markup(.text(text)) == expected)
  }

  @Test(arguments: [0xFDD0, 0xFDEF, 0xFFFE, 0xFFFF, 0x1FFFE, 0x10FFFF] as [UInt32]) func noncharactersAreReplaced(value: UInt32)
    throws
  {
    #expect(markup(.text(String(try #require(Unicode.Scalar(value))))) == "\u{FFFD}")
  }

  @Test func linesKeepTheirEnds() {
    #expect(markup(.lines("a\r\nb\tc\u{7}<")) == "a\nb\tc\\x07&lt;")
    // The line end after <pre> is the parser's; one that belongs to the text stays.
    #expect(markup(.preformatted("\nx")) == "<pre>\n\nx</pre>\n")
  }

  @Test func elementsNest() {
    #expect(markup(.element(.p, style: "muted", "<x>")) == "<p class=\"muted\">&lt;x&gt;</p>\n")
    #expect(
      markup(.table(["A", "B"], [[.text("1"), .element(.strong, "2")]]))
        == "<table><thead><tr><th>A</th><th>B</th></tr>\n</thead>\n"
        + "<tbody><tr><td>1</td><td><strong>2</strong></td></tr>\n</tbody>\n</table>\n")
    #expect(markup(.terms([("a<", .text("b"))])) == "<dl><dt>a&lt;</dt><dd>b</dd>\n</dl>\n")
  }

  @Test func aPageNeedsNothingElse() {
    let page = HTMLDocument(
      title: "</title><script>", pageNote: HTMLDocument.PageNote("SHA256:00ff"), body: [.element(.h1, "x")]
    ).text
    #expect(page.contains("<title>&lt;/title&gt;&lt;script&gt;</title>"))
    #expect(page.contains("content=\"default-src 'none'; style-src 'unsafe-inline'\""))
    #expect(page.contains("@page { @bottom-left { content: \"SHA256:00ff\";"))
    #expect(page.contains("<meta charset=\"utf-8\">"))
    #expect(page.hasSuffix("<body>\n<h1>x</h1>\n</body>\n</html>\n"))
    #expect(!page.contains("<script"))
  }

  /// It stands in the style sheet, where other rules hold than in text.
  @Test(arguments: ["a\"b", "a b", "</style>", "a\\b", "ä", "a\nb", "a;b"]) func notesAreStrict(text: String) {
    #expect(HTMLDocument.PageNote(text) == nil)
  }
}
