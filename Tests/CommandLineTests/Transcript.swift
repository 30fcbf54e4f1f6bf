/// A terminal session as a file: commands with what they print and how they end.
///
///     # Lines like this one are for the reader.
///     $ netjob network list
///     default\taccept-new\t
///     $ netjob network show nix
///     netjob: error: there is no network 'nix'
///     [exit 3]
///
/// A line that begins with `> ` continues a command. In expected lines `{time}`, `{number}`, `{sha256}` and `{word}` stand for
/// what changes from run to run, `{...}` for any text within the line, and a line that is only `{lines}` for any lines.
struct Transcript: Equatable {
  struct Step: Equatable {
    /// The lines before the command, as they stand.
    var prose: [String]
    /// As typed, its lines joined by line ends.
    var command: String
    var output: [String]
    var status: Int32
  }

  var steps: [Step] = []
  /// The lines after the last command's output.
  var ending: [String] = []

  init(parsing text: String) {
    var prose: [String] = []
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)[...]
    if lines.last == "" { lines.removeLast() }
    while let line = lines.popFirst() {
      guard line.hasPrefix("$ ") else {
        prose.append(line)
        continue
      }
      var step = Step(prose: prose, command: String(line.dropFirst(2)), output: [], status: 0)
      prose = []
      while let next = lines.first, next.hasPrefix("> ") {
        step.command += "\n" + next.dropFirst(2)
        lines.removeFirst()
      }
      while let next = lines.first, !next.hasPrefix("$ "), !next.hasPrefix("#") {
        step.output.append(next)
        lines.removeFirst()
      }
      // Empty lines before prose are the reader's.
      while step.output.last == "" && (lines.first?.hasPrefix("#") ?? true) {
        prose.append("")
        step.output.removeLast()
      }
      if let last = step.output.last, last.hasPrefix("[exit "), let status = Int32(last.dropFirst(6).dropLast()) {
        step.status = status
        step.output.removeLast()
      }
      steps.append(step)
    }
    ending = prose
  }

  var text: String {
    var lines: [String] = []
    for step in steps {
      lines += step.prose
      for (position, line) in step.command.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
        lines.append((position == 0 ? "$ " : "> ") + line)
      }
      lines += step.output
      if step.status != 0 { lines.append("[exit \(step.status)]") }
    }
    return (lines + ending).joined(separator: "\n") + "\n"
  }
}
