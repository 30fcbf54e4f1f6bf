private import Definitions

extension Platform {
  /// What keeps the first of `lines` that cannot be typed as it stands from being typed: a control character, or one that the
  /// line editor acts on. Lines of a banner and such may have those.
  /// - Parameters:
  ///   - isConfiguration: the lines are typed in the configuration.
  ///   - replacing: they are a whole configuration.
  /// - Returns: the line's index and what is wrong with it.
  package func untypable(
    _ lines: [String], isConfiguration: Bool = true, replacing: Bool = false
  ) -> (index: Int, reason: String)? {
    let change = (replacing ? replacement : nil) ?? change
    var isEnd: ((String) -> Bool)?
    for (index, line) in lines.enumerated() {
      if line.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
        return (index, "has a control character in it")
      }
      if let end = isEnd {
        if end(line) { isEnd = nil }
        continue
      }
      if let character = line.unicodeScalars.first(where: { forbiddenCharacters.unicodeScalars.contains($0) }) {
        return (index, "has '\(character)' in it, and platform '\(name)' acts on that before the line is complete")
      }
      if isConfiguration, change?.commits(line) ?? false { return (index, Change.commitReason) }
      if let change { isEnd = DeviceSession.end(ofEntry: line, in: change) }
    }
    return nil
  }

  /// A configuration as a file that the device loads has to have it: where the device shows `^C` around a text, as Cisco does, the
  /// file has the control character.
  package func fileText(of configuration: String) -> String {
    guard let change else { return configuration }
    let shown = "^C"
    var isWithin = false
    let lines = TextLines.split(configuration).map { line in
      if !isWithin {
        let isBeginning = change.multiLine.contains { form in
          guard let number = form.begin.groupNames["delimiter"] else { return false }
          return form.begin.text(ofGroup: number, in: line) == shown
        }
        guard isBeginning else { return line }
        isWithin = DeviceSession.end(ofEntry: line, in: change) != nil
      } else if line.contains(shown) {
        isWithin = false
      }
      return line.replacing(shown, with: "\u{3}")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The first of `lines` that leaves the configuration although others follow it, which would no longer be taken as such.
  /// - Returns: the line's index. What stands within an entry of several lines leaves nothing.
  package func leaving(_ lines: [String]) -> Int? {
    guard let change, let command = modes[change.mode]?.leaveCommand else { return nil }
    var isEnd: ((String) -> Bool)?
    var leaving: Int?
    for (index, line) in lines.enumerated() {
      if let end = isEnd {
        if end(line) { isEnd = nil }
        continue
      }
      let words = line.split(separator: " ")
      if words.isEmpty { continue }
      if let leaving { return leaving }
      if words.joined(separator: " ").lowercased() == command { leaving = index }
      isEnd = DeviceSession.end(ofEntry: line, in: change)
    }
    return nil
  }
}

extension Platform.Change {
  static let commitReason = "would commit the candidate configuration; netjob does that, and looks at what came of it"

  /// Whether a line would commit the candidate configuration, or confirm a commit, behind netjob's back: in full, with more behind the
  /// word as in `commit-confirm`, or abbreviated.
  func commits(_ line: String) -> Bool {
    guard method == .candidate else { return false }
    let word = line.drop { $0 == " " || $0 == "\t" || $0 == "/" }.prefix { $0 != " " && $0 != "\t" }.lowercased()
    return word.hasPrefix("commit") || word.count > 1 && "commit".hasPrefix(word)
  }
}
