import Definitions

extension Platform {
  /// `configuration` with secrets as `******`, for people who may not see them; line by line by the platform's patterns.
  package func mask(configuration: String) -> String {
    Self.replacing(masks, maskBlocks, maskInterest, in: configuration, with: Redactor.mask)
  }

  /// The same for a difference as a device prints it, whose lines begin with signs such as `+`.
  func mask(difference lines: some Sequence<String>) -> [String] {
    var masker = SessionMasker(self)
    return lines.map { line in
      let signs = line.prefix { "+-#<>~!".contains($0) }
      return signs + masker.mask(line: Array(line.utf8.dropFirst(signs.utf8.count))).text
    }
  }

  /// Masks the lines of a session one after the other, also those whose secret only the lines before them tell: a private key, an
  /// entry of a block.
  package struct SessionMasker: Sendable {
    private let platform: Platform
    private var open: Block?

    package init(_ platform: Platform) { self.platform = platform }

    /// Whether the next line is within a secret.
    package var isWithinBlock: Bool { open != nil }

    /// Forgets a block whose end has not come.
    package mutating func leaveBlock() { open = nil }

    /// As `Platform.mask(line:)`.
    /// - Parameter isWhole: whether the line's end has come; else more of it is still to be masked.
    package mutating func mask(line bytes: [UInt8], isWhole: Bool = true) -> (text: String, secrets: [String]) {
      if platform.maskBlocks.isEmpty { return platform.mask(line: bytes) }
      let forms = Platform.forms(of: bytes)
      if let block = open {
        guard forms.contains(where: block.end.matches) else { return (bytes.isEmpty ? "" : Redactor.mask, []) }
        if isWhole { open = nil }
      } else if isWhole {
        open = platform.maskBlocks.first { block in forms.contains(where: block.begin.matches) }
      }
      return platform.mask(line: bytes)
    }
  }

  /// A line as it stands, as a terminal shows it, and what the terminal has painted over.
  private static func forms(of bytes: [UInt8]) -> [String] {
    let raw = String(decoding: bytes, as: UTF8.self)
    let stripped = String(decoding: bytes.filter { $0 >= 0x20 && $0 != 0x7F }, as: UTF8.self)
    return stripped.utf8.count == bytes.count ? [raw] : [raw, TerminalText.line(bytes[...], width: 0), stripped]
  }

  /// A line as the device sent it or as it is typed, with the secrets as `******` that the platform knows in configurations.
  ///
  /// Where control characters stand in the way of the patterns, it is what a terminal shows that is masked and returned.
  /// - Returns: also the secrets, as they may come back in another form: in an echo, in an error.
  package func mask(line bytes: [UInt8]) -> (text: String, secrets: [String]) {
    let forms = Self.forms(of: bytes)
    for form in forms {
      let masked = mask(configuration: form)
      if masked != form { return (masked, Self.hidden(in: form, by: masked)) }
    }
    return (forms[0], [])
  }

  /// What the platform knows as secrets in `lines`, to be found wherever they come up again.
  package func secrets(in lines: some Sequence<String>) -> [String] {
    // What is shorter is found in every other word.
    lines.flatMap { mask(line: Array($0.utf8)).secrets }.filter { $0.utf8.count > 2 }
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
    Self.replacing(ignores, ignoreBlocks, ignoreInterest, in: configuration, with: "<ignored>")
  }

  private static func replacing(
    _ patterns: [Pattern], _ blocks: [Block], _ interest: PatternSet, in text: String, with mask: String
  ) -> String {
    if patterns.isEmpty && blocks.isEmpty { return text }
    let masker = LineMasker(patterns, blocks, interest, mask: mask)
    return TextLines.replacing(in: text, where: { masker.knows($0) }) { masker.mask($0) }
  }

  /// Masks secrets line by line, in the order of the lines. A class: it is asked of each line, and a copy of its fields for each
  /// would cost more than the answer.
  final class LineMasker {
    private let patterns: [Pattern]
    private let blocks: [Block]
    private let mask: String
    private let interest: PatternSet
    /// The block that the next line is in.
    private var open: Block?

    /// - Parameter interest: the lines that one of the patterns knows, or that begin a block.
    init(_ patterns: [Pattern], _ blocks: [Block], _ interest: PatternSet, mask: String) {
      self.patterns = patterns
      self.blocks = blocks
      self.mask = mask
      self.interest = interest
    }

    /// Whether the line is another one behind the mask, or begins a block.
    func knows(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
      open != nil || interest.matches(line)
    }

    func mask(_ line: String) -> String {
      if let block = open {
        if !block.end.matches(line) { return mask }
        open = nil
      } else {
        open = blocks.first { $0.begin.matches(line) }
      }
      // The first pattern that knows the line decides, or one would mask what another left.
      return patterns.first { $0.matches(line) }?.masking(line, with: mask) ?? line
    }
  }

  /// The first of `lines` that the device means as an error.
  func errorLine(in lines: some Sequence<String>) -> String? {
    lines.first { line in
      errors.contains { $0.matches(line) } && !errorExceptions.contains { $0.matches(line) }
    }
  }
}
