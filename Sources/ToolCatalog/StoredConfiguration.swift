import Definitions

/// A stored configuration that a tool loads again.
package struct StoredConfiguration: Sendable {
  /// What templates see of it.
  static let names = ["configuration", "roots"]

  /// As it is stored, and with its secrets masked, line by line.
  package let text: String
  package let maskedText: String
  /// As a file that the device loads has to have it.
  let fileText: String

  /// What leaves the mode that it is typed in; as its last line it is left out.
  private let leaveCommand: String?

  package init(text: String, maskedText: String, fileText: String? = nil, leaveCommand: String? = nil) {
    self.text = text
    self.fileText = fileText ?? text
    self.maskedText = maskedText
    self.leaveCommand = leaveCommand
  }

  var values: [String: ToolValue] { values(of: text) }
  var maskedValues: [String: ToolValue] { values(of: maskedText) }

  private func values(of text: String) -> [String: ToolValue] {
    var lines = TextLines.split(text).filter { line in !line.allSatisfy { $0 == " " || $0 == "\t" } }
    if let last = lines.last, last == leaveCommand { lines.removeLast() }
    var roots: [String] = []
    // The first node below `set`, for configurations that are stored as such commands.
    for line in lines {
      let words = line.split(separator: " ")
      guard words.count > 1, words[0] == "set", !roots.contains(String(words[1])) else { continue }
      roots.append(String(words[1]))
    }
    return ["configuration": .list(lines), "roots": .list(roots)]
  }
}
