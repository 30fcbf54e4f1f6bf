import Definitions

extension Platform {
  /// `configuration` with secrets as `******`, for people who may not see them; line by line by the platform's patterns.
  package func mask(configuration: String) -> String {
    Self.replacing(masks, maskBlocks, in: configuration, with: Redactor.mask)
  }

  /// A line as the device sent it or as it is typed, with the secrets as `******` that the platform knows in configurations.
  ///
  /// Where control characters stand in the way of the patterns, it is what a terminal shows that is masked and returned.
  /// - Returns: also the secrets, as they may come back in another form: in an echo, in an error.
  package func mask(line bytes: [UInt8]) -> (text: String, secrets: [String]) {
    let raw = String(decoding: bytes, as: UTF8.self)
    let stripped = String(decoding: bytes.filter { $0 >= 0x20 && $0 != 0x7F }, as: UTF8.self)
    // As it stands, as a terminal shows it, and what the terminal has painted over.
    var forms = [raw]
    if stripped.utf8.count != bytes.count { forms += [TerminalText.line(bytes[...], width: 0), stripped] }
    for form in forms {
      let masked = mask(configuration: form)
      if masked != form { return (masked, Self.hidden(in: form, by: masked)) }
    }
    return (raw, [])
  }

  /// What stands in `text` where `masked` has the mask.
  private static func hidden(in text: String, by masked: String) -> [String] {
    let mask = Array(Redactor.mask.utf8)
    let (text, masked) = (Array(text.utf8), Array(masked.utf8))
    var pieces: [[UInt8]] = [[]]
    var index = 0
    while index < masked.count {
      if masked[index...].starts(with: mask) {
        pieces.append([])
        index += mask.count
      } else {
        pieces[pieces.count - 1].append(masked[index])
        index += 1
      }
    }
    guard text.starts(with: pieces[0]) else { return [] }
    var secrets: [String] = []
    var position = pieces[0].count
    for (number, piece) in pieces.enumerated().dropFirst() {
      let isLast = number == pieces.count - 1
      var end = isLast ? max(position, text.count - piece.count) : position + 1
      while !isLast, end < text.count, !text[end...].starts(with: piece) { end += 1 }
      guard end <= text.count else { break }
      secrets.append(String(decoding: text[position..<end], as: UTF8.self))
      position = min(text.count, end + piece.count)
    }
    return secrets
  }

  /// `configuration` as revisions are compared: what changes by itself, such as a clock, masked; no line is dropped.
  package func normalizedForComparison(_ configuration: String) -> String {
    Self.replacing(ignores, ignoreBlocks, in: configuration, with: "<ignored>")
  }

  private static func replacing(_ patterns: [Pattern], _ blocks: [Block], in text: String, with mask: String) -> String {
    if patterns.isEmpty && blocks.isEmpty { return text }
    var open: Block?
    return TextLines.replacing(in: text) { line in
      open != nil || patterns.contains { $0.matches(line) } || blocks.contains { $0.begin.matches(line) }
    } _: { line in
      if let block = open {
        if !block.end.matches(line) { return mask }
        open = nil
      } else {
        open = blocks.first { $0.begin.matches(line) }
      }
      return replacing(patterns, of: line, with: mask)
    }
  }

  private static func replacing(_ patterns: [Pattern], of line: String, with mask: String) -> String {
    // The first pattern that knows the line decides, or one would mask what another left.
    patterns.first { $0.matches(line) }?.masking(line, with: mask) ?? line
  }

  /// The first of `lines` that the device means as an error.
  func errorLine(in lines: some Sequence<String>) -> String? {
    lines.first { line in
      errors.contains { $0.matches(line) } && !errorExceptions.contains { $0.matches(line) }
    }
  }
}
