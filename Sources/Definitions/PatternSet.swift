/// Patterns that are looked for together in many lines, most of which have none of them.
package struct PatternSet: Sendable {
  private let programs: [PatternProgram]
  private let automaton = PatternAutomaton.Lazy()
  /// The bytes that a line begins with when it has a match; nil where any line can have one.
  private let firstBytes: PatternProgram.ByteSet?

  package init(_ patterns: [Pattern]) {
    programs = patterns.map(\.program)
    var all: PatternProgram.ByteSet? = PatternProgram.ByteSet()
    for pattern in patterns {
      guard pattern.program.isAnchored, let set = pattern.program.firstBytes else {
        all = nil
        break
      }
      all?.formUnion(set)
    }
    firstBytes = all
  }

  /// Whether one of them has a match in `line`, bytes without a line feed.
  package func matches(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    if let firstBytes {
      guard let first = line.first, firstBytes.contains(first) else { return false }
    }
    return !programs.isEmpty && automaton.matches(line, of: programs)
  }
}
