/// A page of HTML that needs nothing but itself: no script, no picture, no style sheet from elsewhere. It reads on a screen and
/// prints on A4.
package struct HTMLDocument: Sendable {
  private let title: String
  private let pageNote: PageNote?
  private let body: [HTMLNode]

  /// What stands at the foot of each printed page: ASCII letters, digits and `:.-` alone, as it becomes part of the style sheet.
  package struct PageNote: Equatable, Sendable {
    fileprivate let text: String

    /// - Returns: nil where the text has other characters.
    package init?(_ text: String) {
      let allowed = text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
          UInt8(ascii: ":"), UInt8(ascii: "."), UInt8(ascii: "-"):
          true
        default: false
        }
      }
      guard allowed else { return nil }
      self.text = text
    }
  }

  package init(title: String, pageNote: PageNote? = nil, body: [HTMLNode]) {
    self.title = title
    self.pageNote = pageNote
    self.body = body
  }

  /// The page, UTF-8. A browser is told to load and run nothing, should an escape ever fail (Content Security Policy, level 3).
  package var text: String {
    var text = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>
      """
    HTMLNode.text(title).write(to: &text)
    text += "</title>\n<style>\n\(Self.style)\n"
    if let pageNote {
      text += "@page { @bottom-left { content: \"\(pageNote.text)\"; font: 7pt monospace; color: #444; } }\n"
    }
    text += "</style>\n</head>\n<body>\n"
    for node in body { node.write(to: &text) }
    return text + "</body>\n</html>\n"
  }

  private static let style = """
    @page { size: A4; margin: 18mm 15mm 20mm; }
    @page { @bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif; color: #444; } }
    * { box-sizing: border-box; }
    body { font: 10pt/1.4 "DejaVu Sans", "Liberation Sans", Arial, sans-serif; color: #111; background: #fff; margin: 0 auto;
      max-width: 180mm; padding: 8mm 0; overflow-wrap: anywhere; }
    h1 { font-size: 16pt; line-height: 1.2; margin: 0 0 4mm; border-bottom: 0.6mm solid #111; padding-bottom: 2mm; }
    h2 { font-size: 12pt; margin: 7mm 0 2mm; border-bottom: 0.2mm solid #888; padding-bottom: 1mm; }
    h3 { font-size: 10pt; margin: 3mm 0 1mm; }
    h1, h2, h3 { break-after: avoid; }
    p { margin: 0 0 2mm; orphans: 2; widows: 2; }
    ul { margin: 0 0 2mm; padding-left: 6mm; }
    dl { display: grid; grid-template-columns: 34mm 1fr; gap: 1mm 3mm; margin: 0; }
    dt { color: #444; }
    dd { margin: 0; min-width: 0; }
    table { border-collapse: collapse; width: 100%; }
    caption { text-align: left; font-weight: bold; padding-bottom: 1mm; }
    thead { display: table-header-group; }
    th, td { text-align: left; vertical-align: top; padding: 0.7mm 2mm; border-bottom: 0.2mm solid #bbb; }
    th { font-weight: bold; border-bottom: 0.4mm solid #555; white-space: nowrap; }
    td:first-child { overflow-wrap: break-word; }
    .time { white-space: nowrap; }
    tr { break-inside: avoid; }
    pre, code { font: 8.5pt/1.35 "DejaVu Sans Mono", "Liberation Mono", monospace; }
    pre { white-space: pre-wrap; margin: 0; padding: 2mm; border: 0.2mm solid #bbb; background: #f6f6f6; orphans: 3; widows: 3;
      box-decoration-break: clone; -webkit-box-decoration-break: clone; }
    .keep { break-inside: avoid; margin-bottom: 3mm; }
    .message { white-space: pre-wrap; }
    .warning { border: 0.4mm solid #a00; padding: 2mm; margin: 0 0 3mm; }
    .added { font-weight: bold; color: #060; }
    .removed { color: #900; text-decoration: line-through; }
    .muted { color: #444; }
    .signatures td { height: 13mm; vertical-align: bottom; }
    @media print { body { max-width: none; padding: 0; } pre { background: none; } }
    @media screen and (max-width: 700px) { body { padding: 4mm; } dl { display: block; } }
    """
}
