import Foundation
import Testing

/// Runs the commands of a session one after the other, each with the program that was built, in a home folder of their own.
struct TranscriptRunner {
  /// Whose session it is, in messages.
  let name: String
  let home: PrivateFolder
  /// What two lines must share to be the same: the line itself, unless the session shows its lines in another form.
  var normalized: (String) -> String = { $0 }
  /// A program that runs each command, with its arguments.
  var wrapper: [String] = []
  /// What commands and output say in place of words that are different each time.
  var standIns: [(real: String, shown: String)] = []

  /// Compares what each step prints, and how it ends, with what is expected; when recording, writes it into the step.
  func play(_ steps: inout [Transcript.Step]) throws {
    for index in steps.indices {
      let step = steps[index]
      let (lines, status) = try run(step.command)
      let isExpected =
        try LinePattern.match(step.output.map(normalized)[...], lines.map(normalized)[...]) && status == step.status
      if isRecording {
        if !isExpected { steps[index].output = try keepingPlaceholders(of: step.output, in: lines) }
        steps[index].status = status
      } else if !isExpected {
        Issue.record("\(name): \(difference(step, lines, status))")
      }
    }
  }

  /// What the command prints and how it ends; the home folder reads `{home}`.
  private func run(_ command: String) throws -> (lines: [String], status: Int32) {
    let home = home.path
    let programFolder = URL(fileURLWithPath: BuiltProgram.path).deletingLastPathComponent().path
    var command = command
    for word in standIns { command.replace(word.shown, with: word.real) }
    let result = try BuiltProgram.run(
      "/usr/bin/env", wrapper + ["/bin/sh", "-c", command],
      environment: [
        "PATH": programFolder + ":/usr/bin:/bin", "HOME": home, "NETJOB_DB": home + "/netjob/netjob.db", "TZ": "UTC",
        "LC_ALL": "C", "COLUMNS": "100",
      ], folder: home)
    var text = result.text
    for word in standIns { text.replace(word.real, with: word.shown) }
    var lines = text.replacingOccurrences(of: home, with: "{home}")
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last == "" { lines.removeLast() }
    return (lines, result.status)
  }

  /// The new lines, with the expected ones kept where they still match: their placeholders are somebody's work.
  private func keepingPlaceholders(of expected: [String], in lines: [String]) throws -> [String] {
    var rest = expected[...]
    return try lines.map { line in
      guard let index = try rest.firstIndex(where: { try LinePattern($0).matches(line) }) else { return line }
      defer { rest = rest[(index + 1)...] }
      return rest[index]
    }
  }

  private func difference(_ step: Transcript.Step, _ lines: [String], _ status: Int32) -> String {
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
