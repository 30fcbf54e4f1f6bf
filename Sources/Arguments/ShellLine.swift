/// Reads an example as a POSIX shell would cut it: enough for quotes, comments, pipes, redirections and substitutions.
package enum ShellLine {
  private enum Token: Equatable {
    case word(String)
    case separator
    case redirection
  }

  /// The words of each call of `program` on the line, its own name left out; nil when a quote or substitution does not end.
  ///
  /// Assignments before it and `sudo` with its options are skipped.
  package static func calls(of program: String, in line: String) -> [[String]]? {
    guard let tokens = tokens(of: line) else { return nil }
    var calls: [[String]] = []
    for words in simpleCommands(tokens) {
      var rest = words[...]
      while let first = rest.first, isAssignment(first) { rest.removeFirst() }
      if rest.first == "sudo" {
        rest.removeFirst()
        while let option = rest.first, option.hasPrefix("-") {
          rest.removeFirst()
          if option == "-u" || option == "-g", !rest.isEmpty { rest.removeFirst() }
        }
        while let first = rest.first, isAssignment(first) { rest.removeFirst() }
      }
      if rest.first == program { calls.append(Array(rest.dropFirst())) }
    }
    return calls
  }

  private static func isAssignment(_ word: String) -> Bool {
    guard let equals = word.firstIndex(of: "="), let first = word.first, first.isLetter || first == "_" else { return false }
    return word[..<equals].allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
  }

  private static func simpleCommands(_ tokens: [Token]) -> [[String]] {
    var commands: [[String]] = [[]]
    var skipsWord = false
    for token in tokens {
      switch token {
      case .separator: commands.append([])
      case .redirection: skipsWord = true
      case .word(let word):
        if !skipsWord { commands[commands.count - 1].append(word) }
        skipsWord = false
      }
    }
    return commands
  }

  private static func tokens(of line: String) -> [Token]? {
    var tokens: [Token] = []
    var word: String?
    let characters = Array(line)
    var index = 0
    func finishWord() {
      if let finished = word { tokens.append(.word(finished)) }
      word = nil
    }
    while index < characters.count {
      let character = characters[index]
      index += 1
      switch character {
      case " ", "\t": finishWord()
      case "\n", ";", "|", "(", ")":
        finishWord()
        tokens.append(.separator)
      case "&":
        // `2>&1`: the ampersand belongs to the redirection.
        if tokens.last != .redirection || word != nil {
          finishWord()
          tokens.append(.separator)
        }
      case "<", ">":
        if let number = word, number.allSatisfy(\.isNumber) { word = nil }
        finishWord()
        if tokens.last != .redirection { tokens.append(.redirection) }
      case "#" where word == nil:
        while index < characters.count, characters[index] != "\n" { index += 1 }
      case "\\":
        guard index < characters.count else { return nil }
        if characters[index] != "\n" { word = (word ?? "") + String(characters[index]) }
        index += 1
      case "'":
        guard let end = characters[index...].firstIndex(of: "'") else { return nil }
        word = (word ?? "") + String(characters[index..<end])
        index = end + 1
      case "\"":
        guard let (text, end) = doubleQuoted(characters, from: index) else { return nil }
        word = (word ?? "") + text
        index = end
      case "$" where index < characters.count && characters[index] == "(":
        guard let end = characters[index...].firstIndex(of: ")") else { return nil }
        word = (word ?? "") + "$" + String(characters[index...end])
        index = end + 1
      default: word = (word ?? "") + String(character)
      }
    }
    finishWord()
    return tokens
  }

  private static func doubleQuoted(_ characters: [Character], from start: Int) -> (text: String, end: Int)? {
    var text = ""
    var index = start
    while index < characters.count {
      let character = characters[index]
      index += 1
      if character == "\"" { return (text, index) }
      if character == "\\", index < characters.count, "\"\\$`".contains(characters[index]) {
        text.append(characters[index])
        index += 1
      } else {
        text.append(character)
      }
    }
    return nil
  }
}
