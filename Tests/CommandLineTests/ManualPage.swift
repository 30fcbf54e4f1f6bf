import Foundation

/// A page of the manual that is written by hand, as far as its examples are concerned.
///
/// An example stands between `.EX` and `.EE`. Its lines that begin with `$ ` are commands and what follows is what they print, as in
/// a transcript; `bob$ ` is a command of the person of that name. Columns are set with blanks where the program writes tabs. A
/// comment `.\" $ COMMAND` is a command that readers need not see, and whose output does not matter; `.\" ...` behind a command
/// says that what it prints is not shown. An example without a command is not run; behind a comment `.\" file NAME` it is a file that
/// the later examples find. A page with a comment `.\" played in the lab` has devices, those of `LabDesk`, whose password is in the
/// file `password`.
struct ManualPage {
  private enum Piece {
    case line(String)
    /// A number of steps, those of one example.
    case example([Transcript.Step])
    case hidden(String)
    case file(name: String, [String])
  }

  private var pieces: [Piece] = []

  init(parsing text: String) {
    var example: [String]?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if line == ".EX" {
        pieces.append(.line(line))
        example = []
      } else if line == ".EE" {
        let lines = example ?? []
        example = nil
        if let name = fileName(before: pieces.count - 1) {
          pieces.append(.file(name: name, lines))
        } else {
          pieces += Self.isSession(lines) ? [.example(Self.steps(lines))] : lines.map(Piece.line)
        }
        pieces.append(.line(line))
      } else if example != nil {
        example?.append(line)
      } else if line.hasPrefix(Self.comment + "$ ") {
        pieces.append(.hidden(String(line.dropFirst(Self.comment.count + 2))))
      } else {
        pieces.append(.line(line))
      }
    }
  }

  private func fileName(before index: Int) -> String? {
    guard index > 0, case .line(let line) = pieces[index - 1], line.hasPrefix(Self.comment + "file ") else { return nil }
    return String(line.dropFirst(Self.comment.count + 5))
  }

  /// Whether its examples need devices.
  var isPlayedInTheLab: Bool {
    pieces.contains { if case .line(Self.comment + "played in the lab") = $0 { true } else { false } }
  }

  private static let comment = #".\" "#

  private static func isSession(_ lines: [String]) -> Bool { lines.contains { person(of: $0) != nil } }

  /// Whose command the line is: empty for the reader's own; nil where it is none.
  private static func person(of line: String) -> String? {
    guard let match = line.prefixMatch(of: #/([a-z]*)\$ /#) else { return nil }
    return String(match.1)
  }

  private static func steps(_ lines: [String]) -> [Transcript.Step] {
    var steps: [Transcript.Step] = []
    for line in lines {
      let text = unescaped(line)
      if let person = person(of: text) {
        steps.append(Transcript.Step(prose: [person], command: String(text.dropFirst(person.count + 2)), output: [], status: 0))
      } else if steps.isEmpty {
        continue
      } else if line == comment + "..." {
        steps[steps.count - 1].output.append("{lines}")
      } else if text.hasPrefix("> "), steps[steps.count - 1].output.isEmpty {
        steps[steps.count - 1].command += "\n" + text.dropFirst(2)
      } else if text.hasPrefix("[exit "), let status = Int32(text.dropFirst(6).dropLast()) {
        steps[steps.count - 1].status = status
      } else {
        steps[steps.count - 1].output.append(text)
      }
    }
    return steps
  }

  /// Runs all examples in their order.
  mutating func play(with runner: TranscriptRunner) throws {
    for index in pieces.indices {
      switch pieces[index] {
      case .line: continue
      case .file(let name, let lines):
        try (lines.map(Self.unescaped).joined(separator: "\n") + "\n")
          .write(toFile: runner.home.path + "/" + name, atomically: true, encoding: .utf8)
      case .hidden(let command):
        var steps = [Transcript.Step(prose: [], command: command, output: ["{lines}"], status: 0)]
        try runner.play(&steps)
      case .example(let steps):
        var played = steps.map { step in
          var step = step
          if let person = step.prose.first, !person.isEmpty { step.command = "export SUDO_USER=\(person); " + step.command }
          return step
        }
        try runner.play(&played)
        // The commands stay as they are shown.
        for position in played.indices { played[position].command = steps[position].command }
        pieces[index] = .example(played)
      }
    }
  }

  var text: String {
    pieces.flatMap { piece in
      switch piece {
      case .line(let line): [line]
      case .hidden(let command): [Self.comment + "$ " + command]
      case .file(_, let lines): lines
      case .example(let steps): steps.flatMap(Self.lines)
      }
    }.joined(separator: "\n")
  }

  private static func lines(of step: Transcript.Step) -> [String] {
    let prompts = [(step.prose.first ?? "") + "$ "]
    var lines = step.command.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map { position, line in
      escaped((position == 0 ? prompts[0] : "> ") + line)
    }
    lines += aligned(step.output).map { $0 == "{lines}" ? comment + "..." : escaped($0) }
    if step.status != 0 { lines.append("[exit \(step.status)]") }
    return lines
  }

  /// Sets what is parted by tabs in columns.
  private static func aligned(_ lines: [String]) -> [String] {
    let rows = lines.map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
    var widths: [Int] = []
    for row in rows where row.count > 1 {
      for (column, cell) in row.enumerated() {
        if column == widths.count { widths.append(0) }
        widths[column] = max(widths[column], cell.count)
      }
    }
    return rows.map { row in
      guard row.count > 1 else { return row[0] }
      let cells = row.enumerated().map { column, cell in
        column == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
      }
      return String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
    }
  }

  /// A line with its columns as far apart as those of any other, and without the moment at which it was printed: such times have
  /// parts of a second.
  static func normalized(_ line: String) -> String {
    let cells = line.split(separator: #/\t| {2,}/#, omittingEmptySubsequences: true).map(String.init)
    return cells.joined(separator: "  ").replacing(#/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z/#, with: "now")
  }

  /// The same, with what real devices make different each time: keys, spans and dates, and the versions of an update.
  static func normalizedInTheLab(_ line: String) -> String {
    normalized(line)
      .replacing(#/SSH-2\.0-OpenSSH\S*( Debian\S*)?/#, with: "SSH-2.0-OpenSSH")
      .replacing(#/frr version \S+/#, with: "frr version")
      .replacing(#/SHA256:[A-Za-z0-9+\/]{43}/#, with: "SHA256:fingerprint")
      .replacing(#/\d+(\.\d+)? m?s\b|\b\d\d:\d\d:\d\d\b/#, with: "a moment")
      .replacing(#/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?/#, with: "then")
  }

  private static let escapes: [(roff: String, text: String)] = [
    (#"\e"#, #"\"#), (#"\-"#, "-"), (#"\(aq"#, "'"), (#"\(ga"#, "`"), (#"\(ha"#, "^"), (#"\(ti"#, "~"), (#"\(dq"#, "\""),
    (#"\&"#, ""),
  ]

  private static func unescaped(_ line: String) -> String {
    var text = ""
    var rest = line[...]
    while let first = rest.first {
      if let escape = escapes.first(where: { rest.hasPrefix($0.roff) }) {
        text += escape.text
        rest = rest.dropFirst(escape.roff.count)
      } else {
        text.append(first)
        rest.removeFirst()
      }
    }
    return text
  }

  private static func escaped(_ text: String) -> String {
    let line = text.map { character in escapes.first { $0.text == String(character) }?.roff ?? String(character) }.joined()
    return line.hasPrefix(".") ? #"\&"# + line : line
  }
}
