import Foundation
import Testing

@testable import Reports

@Suite struct UnifiedDiffTests {
  struct Example: CustomTestStringConvertible, Sendable {
    let name: String
    let old: String
    let new: String
    let expected: String
    var testDescription: String { name }
  }

  static let examples: [Example] = [
    Example(name: "equal", old: "a\nb\n", new: "a\nb\n", expected: ""),
    Example(name: "both empty", old: "", new: "", expected: ""),
    Example(name: "from nothing", old: "", new: "a\nb\n", expected: "--- o\n+++ n\n@@ -0,0 +1,2 @@\n+a\n+b\n"),
    Example(name: "to nothing", old: "a\n", new: "", expected: "--- o\n+++ n\n@@ -1 +0,0 @@\n-a\n"),
    Example(name: "one line", old: "a\n", new: "b\n", expected: "--- o\n+++ n\n@@ -1 +1 @@\n-a\n+b\n"),
    Example(
      name: "newline lost", old: "a\nb\n", new: "a\nb",
      expected: "--- o\n+++ n\n@@ -1,2 +1,2 @@\n a\n-b\n+b\n\\ No newline at end of file\n"),
    Example(
      name: "newline gained", old: "a\nb", new: "a\nb\n",
      expected: "--- o\n+++ n\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n"),
    Example(
      name: "no newline in context", old: "a\nb", new: "c\nb",
      expected: "--- o\n+++ n\n@@ -1,2 +1,2 @@\n-a\n+c\n b\n\\ No newline at end of file\n"),
    Example(
      name: "only a newline", old: "", new: "\n", expected: "--- o\n+++ n\n@@ -0,0 +1 @@\n+\n"),
    Example(
      name: "carriage return counts", old: "a\r\nb\n", new: "a\nb\n",
      expected: "--- o\n+++ n\n@@ -1,2 +1,2 @@\n-a\r\n+a\n b\n"),
    Example(
      name: "composed and decomposed differ", old: "caf\u{e9}\n", new: "cafe\u{301}\n",
      expected: "--- o\n+++ n\n@@ -1 +1 @@\n-caf\u{e9}\n+cafe\u{301}\n"),
    Example(
      name: "three lines of context", old: "1\n2\n3\n4\n5\n6\n7\n8\n9\n", new: "1\n2\n3\n4\nx\n6\n7\n8\n9\n",
      expected: "--- o\n+++ n\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n"),
    Example(
      name: "contexts that touch join", old: "a\n1\n2\n3\n4\n5\n6\nb\n", new: "A\n1\n2\n3\n4\n5\n6\nB\n",
      expected: "--- o\n+++ n\n@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n"),
    Example(
      name: "contexts apart", old: "a\n1\n2\n3\n4\n5\n6\n7\nb\n", new: "A\n1\n2\n3\n4\n5\n6\n7\nB\n",
      expected: "--- o\n+++ n\n@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n"),
    Example(
      name: "an added block is whole", old: "int a\n ip 1\n!\nint c\n ip 3\n!\n",
      new: "int a\n ip 1\n!\nint b\n ip 2\n!\nint c\n ip 3\n!\n",
      expected: "--- o\n+++ n\n@@ -1,6 +1,9 @@\n int a\n  ip 1\n !\n+int b\n+ ip 2\n+!\n int c\n  ip 3\n !\n"),
  ]

  @Test(arguments: examples) func showsAsDiffDoes(_ example: Example) {
    let diff = UnifiedDiff(from: example.old, to: example.new)
    #expect(diff.text(oldLabel: "o", newLabel: "n") == example.expected)
    #expect(diff.isEmpty == example.expected.isEmpty)
  }

  @Test func countsLines() {
    let diff = UnifiedDiff(from: "a\nb\nc\nd\n", to: "a\nx\ny\nz\nd\n")
    #expect(diff.addedCount == 3)
    #expect(diff.removedCount == 2)
    #expect(diff.hunks.first?.lines.first == UnifiedDiff.Line(kind: .context, text: "a", endsWithNewline: true))
  }

  @Test func maskedLinesCompareEqualAndAreShown() {
    func mask(_ line: String) -> String { line.hasPrefix("uptime is") ? "uptime is" : line }
    let old = "host a\nuptime is 3 days\nend\n"
    #expect(UnifiedDiff(from: old, to: "host a\nuptime is 4 days\nend\n", comparing: mask).isEmpty)
    let diff = UnifiedDiff(from: old, to: "host b\nuptime is 4 days\nend\n", comparing: mask)
    #expect(
      diff.text(oldLabel: "o", newLabel: "n") == "--- o\n+++ n\n@@ -1,3 +1,3 @@\n-host a\n+host b\n uptime is 3 days\n end\n")
    #expect(diff.addedCount == 1)
  }

  @Test func labelsKeepTheFormat() {
    let text = UnifiedDiff(from: "a\n", to: "b\n").text(oldLabel: "x\n+++ y", newLabel: "\u{1b}[2J")
    #expect(text.hasPrefix("--- x?+++ y\n+++ ?[2J\n@@"))
  }

  @Test func contextCanBeNone() {
    let diff = UnifiedDiff(from: "a\nb\nc\n", to: "a\nc\n", contextLineCount: 0)
    #expect(diff.text(oldLabel: "o", newLabel: "n") == "--- o\n+++ n\n@@ -2 +1,0 @@\n-b\n")
  }

  /// Texts of some hundred KB that share no line, no order, or hardly anything but frequent lines.
  @Test(arguments: ["disjoint", "shuffled", "two letters", "reversed", "few kinds"]) func staysFast(_ kind: String) {
    var random = SplitMix(state: 7)
    func text(_ lines: [String]) -> String { lines.joined(separator: "\n") + "\n" }
    let lines = (0..<15_000).map { "interface GigabitEthernet0/0/\($0) up" }
    let (old, new): (String, String)
    switch kind {
    case "disjoint": (old, new) = (text(lines), text(lines.map { "no " + $0 }))
    case "shuffled": (old, new) = (text(lines), text(lines.shuffled(using: &random)))
    case "reversed": (old, new) = (text(lines), text(lines.reversed()))
    case "two letters":
      (old, new) = (
        text((0..<250_000).map { _ in Bool.random(using: &random) ? "a" : "b" }),
        text((0..<250_000).map { _ in Bool.random(using: &random) ? "a" : "b" })
      )
    default:
      (old, new) = (
        text((0..<50_000).map { _ in "line \(Int.random(in: 0..<300, using: &random))" }),
        text((0..<50_000).map { _ in "line \(Int.random(in: 0..<300, using: &random))" })
      )
    }
    let clock = ContinuousClock()
    var diff: UnifiedDiff?
    let time = clock.measure { diff = UnifiedDiff(from: old, to: new) }
    print("diff of \(kind): \(time), +\(diff?.addedCount ?? 0) -\(diff?.removedCount ?? 0)")
    // Ten times what an unoptimized build on a busy machine takes; without the bound it is minutes.
    #expect(time < .seconds(30))
    #expect(diff.map { apply($0, to: old) } == new)
  }

  @Test func hunksGiveTheNewText() {
    var random = SplitMix(state: 1)
    for _ in 0..<3000 {
      let old = randomText(&random)
      let new = Bool.random(using: &random) ? randomText(&random) : edited(old, &random)
      let context = Int.random(in: 0...4, using: &random)
      #expect(apply(UnifiedDiff(from: old, to: new, contextLineCount: context), to: old) == new)
    }
  }

  @Test func aGivenUpSearchIsStillRight() {
    var random = SplitMix(state: 2)
    for _ in 0..<5000 {
      let symbols = Int.random(in: 1...6, using: &random)
      let old = (0..<Int.random(in: 0...40, using: &random)).map { _ in Int.random(in: 0..<symbols, using: &random) }
      let new = (0..<Int.random(in: 0...40, using: &random)).map { _ in Int.random(in: 0..<symbols, using: &random) }
      for limit in [1, 2, 5, nil] {
        let changes = LineComparison(old, new, editLimit: limit).changes
        var rebuilt: [Int] = []
        var position = 0
        for change in changes {
          rebuilt += old[position..<change.old.lowerBound] + new[change.new]
          position = change.old.upperBound
        }
        rebuilt += old[position...]
        #expect(rebuilt == new)
        if limit == nil {
          let edits = changes.reduce(0) { $0 + $1.old.count + $1.new.count }
          #expect(edits == old.count + new.count - 2 * longestCommonSubsequence(old, new))
        }
      }
    }
  }

  @Test(
    .enabled(
      if: FileManager.default.isExecutableFile(atPath: "/usr/bin/diff")
        && FileManager.default.isExecutableFile(atPath: "/usr/bin/patch")))
  func agreesWithGNU() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "UnifiedDiffTests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var random = SplitMix(state: 3)
    var same = 0
    let rounds = 60
    for _ in 0..<rounds {
      let old = randomText(&random)
      let new = edited(old, &random)
      try Data(old.utf8).write(to: folder.appending(path: "old"))
      try Data(new.utf8).write(to: folder.appending(path: "new"))
      let diff = UnifiedDiff(from: old, to: new)
      let mine = diff.text(oldLabel: "old", newLabel: "new")
      let theirs = try run(
        "/usr/bin/diff", ["-u", "--minimal", "--label", "old", "--label", "new", "old", "new"], in: folder)
      // Among several shortest ways the two may choose differently, but not in how many lines change.
      #expect(mine.isEmpty == theirs.isEmpty)
      #expect(changeCounts(mine) == changeCounts(theirs))
      #expect(changeCounts(mine) == [diff.addedCount, diff.removedCount])
      if mine == theirs { same += 1 }
      guard !diff.isEmpty else { continue }
      try Data(mine.utf8).write(to: folder.appending(path: "patch"))
      _ = try run("/usr/bin/patch", ["--silent", "--output=patched", "old", "patch"], in: folder)
      #expect(try Data(contentsOf: folder.appending(path: "patched")) == Data(new.utf8))
    }
    print("the same as GNU diff: \(same) of \(rounds)")
    #expect(same > rounds / 2)
  }

  // MARK: Helpers

  private func run(_ path: String, _ arguments: [String], in folder: URL) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.currentDirectoryURL = folder
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus <= 1)
    return String(decoding: data, as: UTF8.self)
  }

  private func changeCounts(_ text: String) -> [Int] {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(2)
    return [lines.count { $0.hasPrefix("+") }, lines.count { $0.hasPrefix("-") }]
  }

  private func randomText(_ random: inout SplitMix) -> String {
    let kinds = Int.random(in: 1...30, using: &random)
    let count = Int.random(in: 0...60, using: &random)
    let lines = (0..<count).map { _ in "line \(Int.random(in: 0..<kinds, using: &random))" }
    return lines.joined(separator: "\n") + (Bool.random(using: &random) ? "\n" : "")
  }

  private func edited(_ text: String, _ random: inout SplitMix) -> String {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    for _ in 0..<Int.random(in: 0...8, using: &random) {
      let position = Int.random(in: 0...lines.count, using: &random)
      if Bool.random(using: &random) {
        lines.insert("line \(Int.random(in: 0..<30, using: &random))", at: position)
      } else if position < lines.count {
        lines.remove(at: position)
      }
    }
    return lines.joined(separator: "\n")
  }

  /// Applies the hunks by their positions, checking the old lines and the counts.
  private func apply(_ diff: UnifiedDiff, to text: String) -> String {
    var old: [String] = []
    var line = ""
    for scalar in text.unicodeScalars {
      line.unicodeScalars.append(scalar)
      if scalar == "\n" {
        old.append(line)
        line = ""
      }
    }
    if !line.isEmpty { old.append(line) }
    var result = ""
    var resultCount = 0
    var position = 0
    for hunk in diff.hunks {
      let start = hunk.oldCount == 0 ? hunk.oldStart : hunk.oldStart - 1
      resultCount += start - position
      while position < start {
        result += old[position]
        position += 1
      }
      #expect(resultCount == (hunk.newCount == 0 ? hunk.newStart : hunk.newStart - 1))
      #expect(hunk.lines.count { $0.kind != .added } == hunk.oldCount)
      #expect(hunk.lines.count { $0.kind != .removed } == hunk.newCount)
      for line in hunk.lines {
        let full = line.text + (line.endsWithNewline ? "\n" : "")
        if line.kind != .added {
          if old[position] != full { Issue.record("old line \(position) is not \(full)") }
          position += 1
        }
        if line.kind != .removed {
          result += full
          resultCount += 1
        }
      }
    }
    return result + old[position...].joined()
  }

  private func longestCommonSubsequence(_ left: [Int], _ right: [Int]) -> Int {
    var last = Array(repeating: 0, count: right.count + 1)
    for one in left {
      var line = [0]
      for (column, other) in right.enumerated() {
        line.append(one == other ? last[column] + 1 : max(line[column], last[column + 1]))
      }
      last = line
    }
    return last[right.count]
  }
}

/// A small generator with a seed, so that a failure comes again.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}
