/// Source text of a manual page in the `man` macros of groff_man(7), as mandoc reads them too.
struct Roff {
  private(set) var source = ""
  /// A paragraph begins by itself after a heading; mandoc complains about a request for one there.
  private var isAfterHeading = false

  /// The head of a page.
  init(title: String, section: Int, date: String, source: String, volume: String) {
    request("TH", [Self.escape(title), String(section), date, Self.escape(source), Self.escape(volume)])
    // Names of commands and options are neither cut nor stretched.
    request("nh")
    request("ad", ["l"])
  }

  mutating func heading(_ text: String) { request("SH", [Self.escape(text)], isHeading: true) }
  mutating func subheading(_ text: String) { request("SS", [Self.escape(text)], isHeading: true) }

  /// A paragraph of prose.
  mutating func paragraph(_ text: String) {
    startParagraph()
    fill(words: Self.words(text))
  }

  /// Prose right after a heading or a tag.
  mutating func body(_ text: String) { fill(words: Self.words(text)) }

  /// A line that is already escaped, such as a synopsis in several fonts.
  mutating func escaped(words: [String]) { fill(words: words) }

  mutating func paragraph(escaped words: [String]) {
    startParagraph()
    fill(words: words)
  }

  /// A paragraph hanging from its tag, which is already escaped.
  mutating func tagged(escaped tag: String, _ text: String) {
    request("TP")
    fill(words: [tag], width: .max)
    body(text)
  }

  mutating func item(_ text: String) {
    request("IP", ["\\(bu", "2"])
    body(text)
  }

  /// Lines that are kept as they are.
  mutating func literal(_ lines: [String]) {
    startParagraph()
    request("RS", ["4"])
    request("EX")
    for line in lines { append(line: line.isEmpty ? "\\&" : Self.escape(line)) }
    request("EE")
    request("RE")
  }

  mutating func discussion(_ text: String) {
    for block in Prose.blocks(of: text) {
      switch block {
      case .paragraph(let text): paragraph(text)
      case .item(let text): item(text)
      case .literal(let lines): literal(lines)
      }
    }
  }

  static func bold(_ text: String) -> String { "\\fB\(escape(text))\\fR" }
  static func italic(_ text: String) -> String { "\\fI\(escape(text))\\fR" }

  /// Text as it stands: ASCII hyphens and quotes stay what they are, other characters are named by code point.
  static func escape(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\(rs"
      case "-": result += "\\-"
      case "'": result += "\\(aq"
      case "`": result += "\\(ga"
      case "^": result += "\\(ha"
      case "~": result += "\\(ti"
      case " "..."~": result.unicodeScalars.append(scalar)
      default:
        let digits = String(scalar.value, radix: 16, uppercase: true)
        result += "\\[u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "]"
      }
    }
    return result
  }

  private static func words(_ text: String) -> [String] {
    text.split(separator: " ").map { escape(String($0)) }
  }

  private mutating func fill(words: [String], width: Int = 76) {
    for line in Prose.fill(words: words, width: width) { append(line: line) }
  }

  private mutating func startParagraph() {
    if !isAfterHeading { request("PP") }
  }

  private mutating func append(line: String) {
    if line.hasPrefix(".") { source += "\\&" }
    source += line + "\n"
    isAfterHeading = false
  }

  /// A request with arguments that are already escaped but for their quotes.
  private mutating func request(_ name: String, _ arguments: [String] = [], isHeading: Bool = false) {
    source += "." + name
    for argument in arguments {
      let text = argument.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\(dq")
      source += text.contains(" ") || text.isEmpty ? " \"\(text)\"" : " " + text
    }
    source += "\n"
    isAfterHeading = isHeading
  }
}
