/// An expected line of a transcript, in which placeholders stand for what changes from run to run.
struct LinePattern {
  private static let placeholders: [(name: String, expression: String)] = [
    ("{time}", #"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"#), ("{number}", #"\d+(?:\.\d+)?"#), ("{sha256}", "[0-9A-Za-z+/]{43}"),
    ("{word}", #"\S+"#), ("{...}", ".*"),
  ]
  private static let special = Set(#"\^$.|?*+()[]{}"#)

  private let expression: Regex<AnyRegexOutput>?
  private let text: String

  init(_ text: String) throws {
    self.text = text
    var pattern = ""
    var rest = text[...]
    var isLiteral = true
    while let character = rest.first {
      if let found = Self.placeholders.first(where: { rest.hasPrefix($0.name) }) {
        pattern += found.expression
        rest = rest.dropFirst(found.name.count)
        isLiteral = false
      } else {
        pattern += Self.special.contains(character) ? "\\\(character)" : String(character)
        rest.removeFirst()
      }
    }
    expression = isLiteral ? nil : try Regex(pattern)
  }

  func matches(_ line: String) -> Bool {
    guard let expression else { return line == text }
    return line.wholeMatch(of: expression) != nil
  }

  /// Whether `lines` are what `patterns` describe, `{lines}` standing for any number of them.
  static func match(_ patterns: ArraySlice<String>, _ lines: ArraySlice<String>) throws -> Bool {
    guard let pattern = patterns.first else { return lines.isEmpty }
    if pattern == "{lines}" {
      for start in lines.startIndex...lines.endIndex where try match(patterns.dropFirst(), lines[start...]) { return true }
      return false
    }
    guard let line = lines.first, try LinePattern(pattern).matches(line) else { return false }
    return try match(patterns.dropFirst(), lines.dropFirst())
  }
}
