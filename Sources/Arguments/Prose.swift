/// The paragraphs of a discussion.
enum Prose {
  enum Block: Equatable {
    case paragraph(String)
    case item(String)
    case literal([String])
  }

  /// Cuts text at empty lines; `- ` begins an item, two spaces a line that is kept as it is.
  static func blocks(of text: String) -> [Block] {
    var blocks: [Block] = []
    var paragraph: [Substring] = []
    func finish() {
      if !paragraph.isEmpty { blocks.append(.paragraph(paragraph.joined(separator: " "))) }
      paragraph = []
    }
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.isEmpty {
        finish()
      } else if line.hasPrefix("- ") {
        finish()
        blocks.append(.item(String(line.dropFirst(2))))
      } else if line.hasPrefix("  ") {
        finish()
        let kept = String(line.dropFirst(2))
        if case .literal(let lines) = blocks.last {
          blocks[blocks.count - 1] = .literal(lines + [kept])
        } else {
          blocks.append(.literal([kept]))
        }
      } else {
        paragraph.append(line)
      }
    }
    finish()
    return blocks
  }

  /// Words filled into lines of at most `width` characters, where words allow it; one empty line for no words.
  static func fill(_ text: String, width: Int) -> [String] {
    fill(words: text.split(separator: " ").map(String.init), width: width)
  }

  static func fill(words: [String], width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in words {
      if line.isEmpty {
        line = word
      } else if line.count + 1 + word.count <= width {
        line += " " + word
      } else {
        lines.append(line)
        line = word
      }
    }
    lines.append(line)
    return lines
  }
}
