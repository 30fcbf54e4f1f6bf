import Definitions
import Glibc
import Testing

@testable import DeviceCLI

/// Plain lines take a short cut; what they come to must not depend on it.
@Suite struct TerminalTextTests {
  /// The lines without the short cut: behind an escape sequence everything is shown as a terminal does.
  private static func slowly(_ bytes: [UInt8], width: Int) -> [String] {
    Array(TerminalText.lines((Array("\u{1B}[m".utf8) + bytes)[...], width: width))
  }

  private static let pieces: [[UInt8]] =
    [
      "interface Gi0/1", "\r\n", "\n", "\r", " ", "\t", "x", "\u{8}", "ä", "\u{85}", "\u{1B}[K", "\u{1B}", "\r\r\n", "-- More --",
      "\u{1C}", "#", "\0", String(repeating: "more than is looked at together, ", count: 20),
    ]
    .map { Array($0.utf8) } + [[0xC3], [0xFF], [0x80, 0x41], [0x7F]]

  @Test(arguments: [0, 4, 511]) func theShortCutChangesNothing(width: Int) {
    var generator = LinearGenerator(seed: 7)
    for _ in 0..<3000 {
      let count = Int.random(in: 0..<24, using: &generator)
      let bytes = (0..<count).flatMap { _ in Self.pieces.randomElement(using: &generator) ?? [] }
      #expect(Array(TerminalText.lines(bytes[...], width: width)) == Self.slowly(bytes, width: width), "\(bytes)")
    }
  }

  @Test func linesAreTakenOffAndReadTogether() {
    var lines = TerminalText.lines(Array("a\r\nbb\r\n\r\nccc\r\nsw1#".utf8)[...], width: 511)
    #expect(lines.count == 5)
    #expect(lines.popLast() == "sw1#")
    lines.append("ddd")
    #expect(Array(lines) == ["a", "bb", "", "ccc", "ddd"])
    #expect(lines.text(of: 1..<4) == "bb\n\nccc\n")
    lines.removeLast(2)
    #expect(lines.last == "")
    #expect(lines.text(of: 0..<lines.count) == "a\nbb\n\n")
    #expect(lines.text(of: 1..<1) == "")
  }

  /// Text that is not ASCII in every other line must not have the rest copied for each.
  @Test func fourTimesTheTextTakesFourTimesTheTime() {
    func time(lines count: Int) -> Double {
      let bytes = [[UInt8]](repeating: Array("é\r\nx\r\n".utf8), count: count).flatMap(\.self)
      var (start, end) = (timespec(), timespec())
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start)
      #expect(TerminalText.lines(bytes[...], width: 511).count == 2 * count + 1)
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end)
      return Double(end.tv_sec - start.tv_sec) + Double(end.tv_nsec - start.tv_nsec) / 1e9
    }
    let (one, four) = ((0..<3).map { _ in time(lines: 30_000) }.min() ?? 0, (0..<3).map { _ in time(lines: 120_000) }.min() ?? 0)
    #expect(four < 9 * one, "\(one) and \(four)")
  }

  private struct LinearGenerator: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ (state >> 29)
    }
  }
}
