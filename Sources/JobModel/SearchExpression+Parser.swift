extension SearchExpression {
  /// Reads tokens by recursive descent: OR of conjunctions of factors, where a factor is a word or a group, with or without `-`.
  struct Parser {
    private let source: Source
    private let tokens: [Token]
    private let terms: TermParser
    private var index = 0
    private var depth = 0

    init(source: Source, tokens: [Token], knownFields: Set<String>) {
      self.source = source
      self.tokens = tokens
      self.terms = TermParser(source: source, knownFields: knownFields)
    }

    private var current: Token? { index < tokens.count ? tokens[index] : nil }

    mutating func parse() throws(SearchError) -> Node {
      guard current != nil else {
        throw source.error(.empty, at: 0, "the expression is empty", hint: "to mean every device, say --all-devices")
      }
      let node = try disjunction()
      if let current {
        // Only ')' ends a disjunction before the text does.
        throw source.error(.syntax, at: current.offset, "')' without '('")
      }
      return node
    }

    private mutating func disjunction() throws(SearchError) -> Node {
      var nodes = [try conjunction()]
      while let token = current, case .or = token.kind {
        index += 1
        guard startsFactor else { throw source.error(.syntax, at: token.offset, "OR needs something after it") }
        nodes.append(try conjunction())
      }
      return Self.group(nodes) {
        if case .any(let inner) = $0 { inner } else { nil }
      } make: {
        .any($0)
      }
    }

    private mutating func conjunction() throws(SearchError) -> Node {
      if let token = current, case .or = token.kind {
        throw source.error(.syntax, at: token.offset, "OR needs something before it")
      }
      var nodes: [Node] = []
      repeat { nodes.append(try factor()) } while startsFactor
      return Self.group(nodes) {
        if case .all(let inner) = $0 { inner } else { nil }
      } make: {
        .all($0)
      }
    }

    private static func group(_ nodes: [Node], inner: (Node) -> [Node]?, make: ([Node]) -> Node) -> Node {
      let flat = nodes.flatMap { inner($0) ?? [$0] }
      return flat.count == 1 ? flat[0] : make(flat)
    }

    private var startsFactor: Bool {
      switch current?.kind {
      case .open, .minus, .word: true
      case .close, .or, nil: false
      }
    }

    private mutating func factor() throws(SearchError) -> Node {
      guard let token = current else {
        throw source.error(.syntax, at: source.scalars.count, "the expression ends too early")
      }
      index += 1
      switch token.kind {
      case .word(let marks): return .term(try terms.term(marks, at: token.offset))
      case .open: return try group(openedAt: token.offset)
      case .minus: return .not(try negated(minusAt: token.offset))
      case .close: throw source.error(.syntax, at: token.offset, "')' without '('")
      case .or: throw source.error(.syntax, at: token.offset, "OR needs something before it")
      }
    }

    private mutating func negated(minusAt offset: Int) throws(SearchError) -> Node {
      switch current?.kind {
      case .open, .word:
        // "- site:lab" would read as a lost word as easily as a negation.
        if current?.offset == offset + 1 { return try factor() }
      case .minus, .close, .or, nil: break
      }
      throw source.error(
        .syntax, at: offset, "'-' needs a word or a group right after it", hint: "put a word that starts with - in quotes")
    }

    private mutating func group(openedAt offset: Int) throws(SearchError) -> Node {
      guard depth < maximumDepth else {
        throw source.error(.tooDeep, at: offset, "parentheses are nested deeper than \(maximumDepth)")
      }
      if let token = current, case .close = token.kind {
        throw source.error(.empty, at: offset, "the parentheses are empty")
      }
      guard current != nil else { throw source.error(.syntax, at: offset, "'(' is not closed") }
      depth += 1
      let node = try disjunction()
      depth -= 1
      guard let token = current, case .close = token.kind else {
        throw source.error(.syntax, at: offset, "'(' is not closed")
      }
      index += 1
      return node
    }
  }
}
