extension CommandTable {
  /// Reads a command line, the program's own name left out.
  ///
  /// Syntax follows the POSIX Utility Syntax Guidelines and the GNU long options: options and operands in any order, `--` ends
  /// the options, `-` is an operand, short flags may be bundled. Abbreviated option names are refused.
  package func parse(_ words: [String]) throws(ArgumentError) -> Invocation {
    var parser = ArgumentParser(table: self, words: words)
    return try parser.run()
  }

  /// What `help WORDS` is about.
  package func helpTopic(for words: [String]) throws(ArgumentError) -> HelpTopic {
    guard let first = words.first else { return .overview }
    if let group = group(first) {
      guard words.count > 1 else { return .group(group) }
      guard let command = command(Array(words.prefix(2))) else { throw unknownVerb(words[1], of: group) }
      guard words.count == 2 else { throw unexpectedOperand(words[2]) }
      return .command(command)
    }
    guard let command = command([first]) else { throw unknownCommand(first) }
    guard words.count == 1 else { throw unexpectedOperand(words[1]) }
    return .command(command)
  }

  func unknownCommand(_ word: String) -> ArgumentError {
    var near = Suggestion.nearest(to: word, among: firstWords)
    if near.isEmpty {
      near = visibleCommands.filter { $0.path.count == 2 && $0.path[1] == word }.prefix(3).map(\.name)
    }
    let guess = near.isEmpty ? "" : "did you mean \(near.map { "'\(program) \($0)'" }.joined(separator: " or "))? "
    return ArgumentError(.unknownCommand, "unknown command \(quoted(word))", hint: "\(guess)see '\(program) -h'")
  }

  func unknownVerb(_ word: String, of group: CommandGroup) -> ArgumentError {
    let verbs = verbs(of: group)
    let near = Suggestion.nearest(to: word, among: verbs.map { $0.path[1] })
    let guess = near.isEmpty ? "" : "did you mean \(near.map { "'\($0)'" }.joined(separator: " or "))? "
    return ArgumentError(
      .unknownVerb,
      "\(program) \(group.name) has no verb \(quoted(word)); it has \(verbs.map { $0.path[1] }.joined(separator: ", "))",
      hint: "\(guess)see '\(program) \(group.name) -h'")
  }

  private func unexpectedOperand(_ word: String) -> ArgumentError {
    ArgumentError(.unexpectedOperand, "unexpected operand \(quoted(word))", hint: "see '\(program) -h'")
  }
}
