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
    var open: Block?
    return TextLines.replacing(in: text) { line in
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
