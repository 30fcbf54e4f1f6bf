/// A regular expression over one line of text, matched in time proportional to the line's length.
///
/// What is matched comes from devices and is hostile input, and the patterns come from people: a backtracking engine
/// could be kept busy for ever. So patterns run on Thompson's construction with submatches (R. Cox, "Regular Expression
/// Matching: the Virtual Machine Approach", 2009); there are no back-references and no look-around.
///
/// Syntax: literals, `.`, `[a-z]`, `[^a-z]`, `\d \w \s \D \W \S`, `\b`, `\t`, `( )`, `(?: )`, `(?<name> )`, `|`,
/// `* + ?` and `{m,n}`, each also lazy with `?`, `^`, `$`, and `(?i)` at the start. Bytes are matched: text outside ASCII
/// stands for its UTF-8, and only outside of `[ ]`.
package struct Pattern: Sendable, Hashable, CustomStringConvertible {
  /// A match: byte ranges of the whole and of each group.
  package struct Match: Sendable {
    let ranges: [Range<Int>?]

    /// The range of group `number` in the matched bytes, 0 is the whole; `nil` where the group took no part.
    package subscript(number: Int) -> Range<Int>? { number < ranges.count ? ranges[number] : nil }
  }

  package let source: String
  package var description: String { source }
  let program: PatternProgram

  /// - Throws: `.badPattern`, naming the character at fault.
  package init(_ source: String) throws(DefinitionError) {
    self.source = source
    program = try PatternCompiler.compile(source)
  }

  package static func == (left: Pattern, right: Pattern) -> Bool { left.source == right.source }
  package func hash(into hasher: inout Hasher) { hasher.combine(source) }

  /// How many groups capture.
  package var groupCount: Int { program.groupCount }
  /// The numbers of the named groups.
  package var groupNames: [String: Int] { program.groupNames }

  /// The leftmost match in `line`, alternatives and repetitions preferred as in Perl.
  /// - Parameter line: bytes without a line feed; the ranges of the match count from its first byte.
  package func firstMatch(in line: ArraySlice<UInt8>) -> Match? {
    line.withUnsafeBufferPointer { program.firstMatch(in: $0) }
  }

  package func matches(_ line: String) -> Bool {
    var line = line
    return line.withUTF8 { program.matches($0) }
  }

  /// Whether `line`, bytes without a line feed, has a match.
  package func matches(_ line: UnsafeBufferPointer<UInt8>) -> Bool { program.matches(line) }

  /// The text of group `number` of the first match.
  package func text(ofGroup number: Int, in line: String) -> String? {
    let bytes = Array(line.utf8)
    guard let range = firstMatch(in: bytes[...])?[number] else { return nil }
    return String(decoding: bytes[range], as: UTF8.self)
  }

  /// The text of the group called `name` of the first match.
  package func text(ofGroup name: String, in line: String) -> String? {
    groupNames[name].flatMap { text(ofGroup: $0, in: line) }
  }

  /// `line` with every match replaced: its groups where it has some that took part, else the whole of it.
  package func masking(_ line: String, with mask: String) -> String {
    let bytes = Array(line.utf8)
    var result: [UInt8] = []
    var position = 0
    while position <= bytes.count, let match = program.firstMatch(in: bytes, from: position) {
      guard let whole = match[0] else { break }
      let groups = match.ranges.dropFirst().compactMap { $0 }.sorted { $0.lowerBound < $1.lowerBound }
      var copied = position
      for range in groups.isEmpty ? [whole] : groups where range.lowerBound >= copied && !range.isEmpty {
        result += bytes[copied..<range.lowerBound]
        result += Array(mask.utf8)
        copied = range.upperBound
      }
      if copied < whole.upperBound {
        result += bytes[copied..<whole.upperBound]
        copied = whole.upperBound
      }
      // An empty match makes no headway by itself.
      if whole.isEmpty {
        if copied < bytes.count { result.append(bytes[copied]) }
        copied += 1
      }
      position = copied
    }
    if position < bytes.count { result += bytes[position...] }
    return String(decoding: result, as: UTF8.self)
  }
}
