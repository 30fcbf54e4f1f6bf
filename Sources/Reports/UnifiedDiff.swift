/// The difference of two texts by line, as `diff -u` shows it (POSIX `diff`, unified format).
///
/// Lines end with a newline and are compared byte by byte; a carriage return belongs to its line. A last line without a newline
/// differs from the same line with one.
package struct UnifiedDiff: Equatable, Sendable {
  /// One line of a hunk.
  package struct Line: Equatable, Sendable {
    /// What became of the line; the raw value is the sign in front of it.
    package enum Kind: Character, Sendable {
      case context = " "
      case removed = "-"
      case added = "+"
    }

    package let kind: Kind

    /// The line without its newline.
    package let text: String

    /// False for a last line that has no newline.
    package let endsWithNewline: Bool
  }

  /// A run of changes with the context around it.
  package struct Hunk: Equatable, Sendable {
    /// The hunk's first line in the old text, from 1; with no old lines the line before it.
    package let oldStart: Int
    package let oldCount: Int

    /// The hunk's first line in the new text, from 1; with no new lines the line before it.
    package let newStart: Int
    package let newCount: Int

    package let lines: [Line]

    /// `@@ -1,7 +1,8 @@`; a count of 1 is left out.
    package var header: String {
      func range(_ start: Int, _ count: Int) -> String { count == 1 ? "\(start)" : "\(start),\(count)" }
      return "@@ -\(range(oldStart, oldCount)) +\(range(newStart, newCount)) @@"
    }
  }

  /// The hunks in the order of the texts; empty when the texts are equal.
  package let hunks: [Hunk]

  /// The number of lines that only the new text has.
  package let addedCount: Int

  /// The number of lines that only the old text has.
  package let removedCount: Int

  /// Whether the texts are equal, as far as `key` compares them.
  package var isEmpty: Bool { hunks.isEmpty }

  /// Compares two texts.
  ///
  /// `key` gives what a line (without its newline) is compared by, such as the line with its uptime masked; lines of equal key
  /// count as unchanged and, as context, are shown as the old text has them. The result is a shortest one for some thousand
  /// lines; for long texts that share little, work is bounded and the result may be longer than need be.
  package init(from old: String, to new: String, contextLineCount: Int = 3, comparing key: ((String) -> String)? = nil) {
    precondition(contextLineCount >= 0)
    let oldLines = TextLines(old)
    let newLines = TextLines(new)
    var numbering = LineNumbering(key: key)
    let oldNumbers = numbering.numbers(of: oldLines)
    let newNumbers = numbering.numbers(of: newLines)
    let changes = LineComparison(oldNumbers, newNumbers).changes
    removedCount = changes.reduce(0) { $0 + $1.old.count }
    addedCount = changes.reduce(0) { $0 + $1.new.count }
    hunks = Self.hunks(changes, oldLines, newLines, contextLineCount)
  }

  /// The text of `diff -u`, headed by `--- OLD` and `+++ NEW`; empty when there is no difference. A newline or other control
  /// character in a label becomes a `?`, for it would break the format.
  package func text(oldLabel: String, newLabel: String) -> String {
    guard !hunks.isEmpty else { return "" }
    var text = "--- \(Self.label(oldLabel))\n+++ \(Self.label(newLabel))\n"
    for hunk in hunks {
      text += hunk.header + "\n"
      for line in hunk.lines {
        text.append(line.kind.rawValue)
        text += line.text
        text += line.endsWithNewline ? "\n" : "\n\\ No newline at end of file\n"
      }
    }
    return text
  }

  private static func label(_ label: String) -> String {
    var view = String.UnicodeScalarView()
    for scalar in label.unicodeScalars { view.append(scalar.properties.generalCategory == .control ? "?" : scalar) }
    return String(view)
  }

  private static func hunks(_ changes: [LineChange], _ old: TextLines, _ new: TextLines, _ context: Int) -> [Hunk] {
    var hunks: [Hunk] = []
    var first = 0
    while first < changes.count {
      var last = first
      // Changes share a hunk when their contexts touch.
      while last + 1 < changes.count, changes[last + 1].old.lowerBound - changes[last].old.upperBound <= 2 * context { last += 1 }
      let group = changes[first...last]
      let start = changes[first]
      let end = changes[last]
      let before = min(context, start.old.lowerBound)
      let after = min(context, old.count - end.old.upperBound)
      let oldRange = (start.old.lowerBound - before)..<(end.old.upperBound + after)
      let newRange = (start.new.lowerBound - before)..<(end.new.upperBound + after)
      var lines: [Line] = []
      var position = oldRange.lowerBound
      for change in group {
        lines += (position..<change.old.lowerBound).map { old.line($0, .context) }
        lines += change.old.map { old.line($0, .removed) }
        lines += change.new.map { new.line($0, .added) }
        position = change.old.upperBound
      }
      lines += (position..<oldRange.upperBound).map { old.line($0, .context) }
      hunks.append(
        Hunk(
          oldStart: oldRange.isEmpty ? oldRange.lowerBound : oldRange.lowerBound + 1, oldCount: oldRange.count,
          newStart: newRange.isEmpty ? newRange.lowerBound : newRange.lowerBound + 1, newCount: newRange.count, lines: lines))
      first = last + 1
    }
    return hunks
  }
}

/// A text's bytes with where its lines are.
private struct TextLines {
  let bytes: [UInt8]
  /// The lines without their newlines.
  let ranges: [Range<Int>]
  let endsWithNewline: Bool

  init(_ text: String) {
    bytes = Array(text.utf8)
    var ranges: [Range<Int>] = []
    var start = 0
    for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
      ranges.append(start..<index)
      start = index + 1
    }
    endsWithNewline = start == bytes.count
    if !endsWithNewline { ranges.append(start..<bytes.count) }
    self.ranges = ranges
  }

  var count: Int { ranges.count }

  func hasNewline(_ index: Int) -> Bool { endsWithNewline || index != ranges.count - 1 }

  func string(_ index: Int) -> String { String(decoding: bytes[ranges[index]], as: UTF8.self) }

  func line(_ index: Int, _ kind: UnifiedDiff.Line.Kind) -> UnifiedDiff.Line {
    UnifiedDiff.Line(kind: kind, text: string(index), endsWithNewline: hasNewline(index))
  }
}

/// Gives equal lines equal numbers, counting from 0.
private struct LineNumbering {
  /// Compares by bytes: strings would find composed and decomposed accents equal.
  private struct Content: Hashable {
    let bytes: ArraySlice<UInt8>
    let hasNewline: Bool

    static func == (left: Content, right: Content) -> Bool {
      left.hasNewline == right.hasNewline && left.bytes.elementsEqual(right.bytes)
    }

    func hash(into hasher: inout Hasher) {
      bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
  }

  let key: ((String) -> String)?
  private var known: [Content: Int] = [:]

  init(key: ((String) -> String)?) {
    self.key = key
  }

  mutating func numbers(of lines: TextLines) -> [Int] {
    lines.ranges.indices.map { index in
      let bytes = key.map { ArraySlice($0(lines.string(index)).utf8) } ?? lines.bytes[lines.ranges[index]]
      let content = Content(bytes: bytes, hasNewline: lines.hasNewline(index))
      if let number = known[content] { return number }
      let number = known.count
      known[content] = number
      return number
    }
  }
}
