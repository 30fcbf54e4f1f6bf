extension Platform {
  /// What keeps the first of `lines` that cannot be typed as it stands from being typed: a control character, or one that the
  /// line editor acts on. Lines of a banner and such may have those.
  /// - Parameter replacing: the lines are a whole configuration.
  /// - Returns: the line's index and what is wrong with it.
  package func untypable(_ lines: [String], replacing: Bool = false) -> (index: Int, reason: String)? {
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
      if let change = (replacing ? replacement : nil) ?? change { isEnd = DeviceSession.end(ofEntry: line, in: change) }
    }
    return nil
  }
}
