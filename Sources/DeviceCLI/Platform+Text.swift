import Definitions

extension Platform {
  /// `configuration` with secrets as `******`, for people who may not see them; line by line by the platform's patterns.
  package func mask(configuration: String) -> String {
    Self.replacing(masks, maskBlocks, in: configuration, with: Redactor.mask)
  }

  /// `configuration` as revisions are compared: what changes by itself, such as a clock, masked; no line is dropped.
  package func normalizedForComparison(_ configuration: String) -> String {
    Self.replacing(ignores, ignoreBlocks, in: configuration, with: "<ignored>")
  }

  private static func replacing(_ patterns: [Pattern], _ blocks: [Block], in text: String, with mask: String) -> String {
    if patterns.isEmpty && blocks.isEmpty { return text }
    var masker = LineMasker(patterns, blocks, mask: mask)
    return TextLines.replacing(in: text) { masker.mask($0) }
  }

  /// Masks secrets line by line, in the order of the lines.
  struct LineMasker {
    private let patterns: [Pattern]
    private let blocks: [Block]
    private let mask: String
    /// The block that the next line is in.
    private var open: Block?

    init(_ patterns: [Pattern], _ blocks: [Block], mask: String) {
      self.patterns = patterns
      self.blocks = blocks
      self.mask = mask
    }

    mutating func mask(_ line: String) -> String {
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
