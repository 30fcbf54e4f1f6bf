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

  @Test func differencesAreColoured() {
    #expect(
      markup(.difference("--- a<\n+++ b\n@@ -1 +1 @@\n-old\n+new & more\n same\n"))
        == "<pre class=\"diff\">\n<span class=\"hunk\">--- a&lt;</span>\n<span class=\"hunk\">+++ b</span>\n"
        + "<span class=\"hunk\">@@ -1 +1 @@</span>\n<span class=\"minus\">-old</span>\n"
        + "<span class=\"plus\">+new &amp; more</span>\n same</pre>\n")
  }

  @Test(arguments: [
    (0, 1, 1), (1, 1, 1), (4, 4, 1), (5, 5, 1), (6, 6, 2), (11, 15, 5), (26, 30, 10), (1000, 1000, 200), (1001, 1500, 500),
  ])
  func scalesAreRound(most: Int, top: Int, step: Int) {
    let scale = Chart.scale(upTo: most)
    #expect(scale.top == top && scale.step == step)
  }

  @Test func columnsStandOnTheScale() {
    let groups = (1...31).map { Chart.Group("03-\($0)", [$0, 0]) }
    let text = markup(.chart(Chart(title: "x", form: .columns, series: [.init("a"), .init("b", .bad)], groups: groups)))
    let boxes = text.matches(of: /<rect class="plain" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/)
      .compactMap { match -> (x: Double, end: Double, bottom: Double)? in
        guard let x = Double(match.output.1), let y = Double(match.output.2), let width = Double(match.output.3),
          let height = Double(match.output.4)
        else { return nil }
        return (x, x + width, y + height)
      }
    #expect(boxes.count == 31)
    for (one, next) in zip(boxes, boxes.dropFirst()) { #expect(one.end < next.x && abs(one.bottom - next.bottom) < 0.2) }
    #expect((boxes.last?.end ?? 1000) <= 680)
    #expect(!text.contains("class=\"bad\""))
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
