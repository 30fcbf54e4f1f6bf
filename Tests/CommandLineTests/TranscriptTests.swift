import Foundation
import Testing

/// Runs the sessions of `Transcripts/` with the program that was built. NETJOB_RECORD=1 writes what was printed into them.
@Suite struct TranscriptTests {
  private static let folder = packageRoot + "/Tests/CommandLineTests/Transcripts"
  private static let names: [String] = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()

  @Test func thereAreTranscripts() {
    #expect(Self.names.contains { $0.hasSuffix(".txt") })
  }

  @Test(arguments: names) func session(name: String) throws {
    let path = Self.folder + "/" + name
    let text = try String(contentsOfFile: path, encoding: .utf8)
    var transcript = Transcript(parsing: text)
    #expect(transcript.text == text, "\(name) is not written the way it is read")
    try #require(!transcript.steps.isEmpty, "\(name) holds no command")
    let home = try PrivateFolder()
    for index in transcript.steps.indices {
      let step = transcript.steps[index]
      let (lines, status) = try Self.run(step.command, home: home.path)
      let isExpected = try LinePattern.match(step.output[...], lines[...]) && status == step.status
      if isRecording {
        if !isExpected { transcript.steps[index].output = try Self.keepingPlaceholders(of: step.output, in: lines) }
        transcript.steps[index].status = status
      } else if !isExpected {
        Issue.record("\(name): \(Self.difference(step, lines, status))")
      }
    }
    if isRecording { try transcript.text.write(toFile: path, atomically: true, encoding: .utf8) }
  }

  /// What the command prints and how it ends; the home folder reads `{home}`.
  private static func run(_ command: String, home: String) throws -> (lines: [String], status: Int32) {
    let programFolder = URL(fileURLWithPath: BuiltProgram.path).deletingLastPathComponent().path
    let result = try BuiltProgram.run(
      "/bin/sh", ["-c", command],
      environment: [
        "PATH": programFolder + ":/usr/bin:/bin", "HOME": home, "NETJOB_DB": home + "/netjob/netjob.db", "TZ": "UTC",
        "LC_ALL": "C", "COLUMNS": "100",
      ], folder: home)
    var lines = result.text.replacingOccurrences(of: home, with: "{home}")
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last == "" { lines.removeLast() }
    return (lines, result.status)
  }

  /// The new lines, with the expected ones kept where they still match: their placeholders are somebody's work.
  private static func keepingPlaceholders(of expected: [String], in lines: [String]) throws -> [String] {
    var rest = expected[...]
    return try lines.map { line in
      guard let index = try rest.firstIndex(where: { try LinePattern($0).matches(line) }) else { return line }
      defer { rest = rest[(index + 1)...] }
      return rest[index]
    }
  }

  private static func difference(_ step: Transcript.Step, _ lines: [String], _ status: Int32) -> String {
    var report = ["$ \(step.command)"]
    let changes = lines.difference(from: step.output) { (try? LinePattern($0).matches($1)) ?? ($0 == $1) }
    var removed: Set<Int> = []
    var inserted: [Int: String] = [:]
    for change in changes {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, let line, _): inserted[offset] = line
      }
    }
    var position = 0
    for (index, line) in step.output.enumerated() {
      if removed.contains(index) {
        report.append("- " + line)
        continue
      }
      while let new = inserted[position] {
        report.append("+ " + new)
        position += 1
      }
      report.append("  " + line)
      position += 1
    }
    while let new = inserted[position] {
      report.append("+ " + new)
      position += 1
    }
    if status != step.status { report += ["- [exit \(step.status)]", "+ [exit \(status)]"] }
    return report.joined(separator: "\n")
  }
}
