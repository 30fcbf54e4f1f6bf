/// A page of HTML that needs nothing but itself: no script, no picture, no style sheet from elsewhere. It reads on a screen,
/// light or dark as the reader has it, and prints on A4.
package struct HTMLDocument: Sendable {
  private let title: String
  private let pageNote: PageNote?
  private let body: [HTMLNode]
  private let isWide: Bool

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

  /// - Parameter isWide: for tables of many columns: as wide as the screen has room, and printed across.
  package init(title: String, pageNote: PageNote? = nil, isWide: Bool = false, body: [HTMLNode]) {
    self.title = title
    self.pageNote = pageNote
    self.body = body
    self.isWide = isWide
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
    if isWide { text += "@page { size: A4 landscape; }\n" }
    text += "</style>\n</head>\n<body\(isWide ? " class=\"wide\"" : "")>\n"
    for node in body { node.write(to: &text) }
    return text + "</body>\n</html>\n"
  }

  private static let style = """
    @page { size: A4; margin: 18mm 15mm 20mm; }
    @page { @bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif; color: #444; } }
    :root { color-scheme: light; --text: #111; --back: #fff; --soft: #555; --line: #c4c8cc; --strong: #666; --panel: #f6f7f8;
      --good: #1b7f3b; --caution: #b26a00; --bad: #c01c28; --plain: #3a6ea5; --quiet: #8a9199; --plus: #e4f5e8; --minus: #fce8e8; }
    @media screen and (prefers-color-scheme: dark) { :root { color-scheme: dark; --text: #e6e8ea; --back: #15181c; --soft: #a4abb3;
      --line: #3a4048; --strong: #78818a; --panel: #1e2329; --good: #57c97c; --caution: #e0a447; --bad: #ff7b7b; --plain: #7fb1e6;
      --quiet: #868e97; --plus: #16331f; --minus: #3d1d20; } }
    * { box-sizing: border-box; }
    body { font: 10pt/1.4 "DejaVu Sans", "Liberation Sans", Arial, sans-serif; color: var(--text); background: var(--back);
      margin: 0 auto; max-width: 180mm; padding: 8mm 4mm; overflow-wrap: anywhere; }
    body.wide { max-width: 320mm; }
    h1 { font-size: 16pt; line-height: 1.2; margin: 0 0 4mm; border-bottom: 0.6mm solid var(--text); padding-bottom: 2mm; }
    h2 { font-size: 12pt; margin: 7mm 0 2mm; border-bottom: 0.2mm solid var(--strong); padding-bottom: 1mm; }
    h3 { font-size: 10pt; margin: 3mm 0 1mm; }
    h1, h2, h3, figcaption { break-after: avoid; }
    p { margin: 0 0 2mm; orphans: 2; widows: 2; }
    ul { margin: 0 0 2mm; padding-left: 6mm; }
    dl { display: grid; grid-template-columns: 34mm 1fr; gap: 1mm 3mm; margin: 0; }
    dt { color: var(--soft); }
    dd { margin: 0; min-width: 0; }
    table { border-collapse: collapse; width: 100%; }
    caption { text-align: left; font-weight: bold; padding-bottom: 1mm; }
    thead { display: table-header-group; }
    th, td { text-align: left; vertical-align: top; padding: 0.7mm 2mm; border-bottom: 0.2mm solid var(--line); }
    th { font-weight: bold; border-bottom: 0.4mm solid var(--strong); white-space: nowrap; }
    td { overflow-wrap: break-word; }
    .number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
    .time { white-space: nowrap; }
    tr { break-inside: avoid; }
    pre, code { font: 8.5pt/1.35 "DejaVu Sans Mono", "Liberation Mono", monospace; }
    pre { white-space: pre-wrap; margin: 0; padding: 2mm; border: 0.2mm solid var(--line); background: var(--panel); orphans: 3;
      widows: 3; box-decoration-break: clone; -webkit-box-decoration-break: clone; }
    figure { margin: 0 0 5mm; break-inside: avoid; }
    figcaption { font-weight: bold; margin-bottom: 1.5mm; }
    svg { display: block; width: 100%; max-width: 180mm; height: auto; font: 10px "DejaVu Sans", "Liberation Sans", Arial, sans-serif; }
    svg.map { width: auto; max-width: 100%; }
    svg text { fill: var(--text); }
    svg .grid { stroke: var(--line); stroke-width: 1; }
    svg rect { stroke: var(--back); stroke-width: 1; }
    svg .good { fill: var(--good); } svg .warning { fill: var(--caution); } svg .bad { fill: var(--bad); }
    svg .plain { fill: var(--plain); } svg .muted { fill: var(--quiet); }
    .legend { list-style: none; display: flex; flex-wrap: wrap; gap: 1mm 5mm; margin: 1mm 0 0; padding: 0; color: var(--soft); }
    .key { display: inline-block; width: 3mm; height: 3mm; margin-right: 1.5mm; }
    .key.good { background: var(--good); } .key.warning { background: var(--caution); } .key.bad { background: var(--bad); }
    .key.plain { background: var(--plain); } .key.muted { background: var(--quiet); }
    span.good, span.caution, span.bad { font-weight: bold; white-space: nowrap; }
    span.good { color: var(--good); } span.caution { color: var(--caution); } span.bad { color: var(--bad); }
    span.quiet { color: var(--soft); }
    .keep { break-inside: avoid; margin-bottom: 3mm; }
    .message { white-space: pre-wrap; }
    .warning { border: 0.4mm solid var(--bad); padding: 2mm; margin: 0 0 3mm; }
    .warning p:last-child { margin-bottom: 0; }
    .diff .plus { background: var(--plus); color: var(--good); }
    .diff .minus { background: var(--minus); color: var(--bad); }
    .diff .hunk, .muted { color: var(--soft); }
    .signatures td { height: 13mm; vertical-align: bottom; }
    @media print { body, body.wide { max-width: none; padding: 0; } pre { background: none; }
      svg, .key, .diff span { -webkit-print-color-adjust: exact; print-color-adjust: exact; } }
    @media screen and (max-width: 700px) { body { padding: 4mm; } dl { display: block; } dd { margin-bottom: 1mm; }
      table { display: block; overflow-x: auto; } }
    """
}
