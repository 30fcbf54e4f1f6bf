/// Turns the source of a `Pattern` into instructions.
struct PatternCompiler {
  typealias ByteSet = PatternProgram.ByteSet

  private indirect enum Tree {
    case empty
    case byte(ByteSet)
    case sequence([Tree])
    case choice([Tree])
    case group(Int, Tree)
    case repetition(Tree, minimum: Int, maximum: Int?, lazy: Bool)
    case assertion(PatternProgram.Instruction)
  }

  static let wordBytes: ByteSet = {
    var set = ByteSet()
    set.insert(0x30...0x39)
    set.insert(0x41...0x5A)
    set.insert(0x61...0x7A)
    set.insert(0x5F)
    return set
  }()

  private static let sourceLimit = 1000
  private static let instructionLimit = 4000
  private static let repetitionLimit = 256
  private static let depthLimit = 50

  private let source: [UInt8]
  private var position = 0
  private var groupCount = 0
  private var groupNames: [String: Int] = [:]
  private var ignoresCase = false
  private var depth = 0
  private var instructions: [PatternProgram.Instruction] = []

  private init(_ source: String) { self.source = Array(source.utf8) }

  static func compile(_ text: String) throws(DefinitionError) -> PatternProgram {
    var compiler = PatternCompiler(text)
    guard compiler.source.count <= sourceLimit else {
      throw DefinitionError(.badPattern, "a pattern longer than \(sourceLimit) bytes")
    }
    if compiler.source.starts(with: Array("(?i)".utf8)) {
      compiler.ignoresCase = true
      compiler.position = 4
    }
    let tree = try compiler.choice()
    guard compiler.position == compiler.source.count else { throw compiler.error("unmatched ')'") }
    try compiler.emit(.group(0, tree))
    try compiler.append(.match)
    let first = compiler.firstBytes(tree)
    return PatternProgram(
      instructions: compiler.instructions, groupCount: compiler.groupCount, groupNames: compiler.groupNames,
      isAnchored: isAnchored(tree), firstBytes: first.canBeEmpty ? nil : first.set, prefix: prefix(tree))
  }

  // MARK: Parsing

  private func error(_ problem: String) -> DefinitionError {
    DefinitionError(
      .badPattern,
      "pattern '\(String(decoding: source, as: UTF8.self))': \(problem) at character \(min(position, source.count) + 1)")
  }

  private var peek: UInt8? { position < source.count ? source[position] : nil }

  private mutating func take(_ text: String) -> Bool {
    guard source[position...].starts(with: text.utf8) else { return false }
    position += text.utf8.count
    return true
  }

  private mutating func choice() throws(DefinitionError) -> Tree {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.depthLimit else { throw error("groups nested too deep") }
    var choices: [Tree] = [try sequence()]
    while take("|") { choices.append(try sequence()) }
    return choices.count == 1 ? choices[0] : .choice(choices)
  }

  private mutating func sequence() throws(DefinitionError) -> Tree {
    var items: [Tree] = []
    while let byte = peek, byte != UInt8(ascii: "|"), byte != UInt8(ascii: ")") {
      items.append(try repetition(of: try atom()))
    }
    return items.isEmpty ? .empty : .sequence(items)
  }

  private mutating func repetition(of tree: Tree) throws(DefinitionError) -> Tree {
    var minimum = 0
    var maximum: Int?
    switch peek {
    case UInt8(ascii: "*"): position += 1
    case UInt8(ascii: "+"):
      minimum = 1
      position += 1
    case UInt8(ascii: "?"):
      maximum = 1
      position += 1
    case UInt8(ascii: "{"):
      position += 1
      guard let lower = number() else { throw error("a number is expected after '{' (a literal brace is '\\{')") }
      minimum = lower
      maximum = lower
      if take(",") { maximum = peek == UInt8(ascii: "}") ? nil : number() ?? -1 }
      guard take("}") else { throw error("'}' is expected") }
      guard minimum <= maximum ?? .max, max(minimum, maximum ?? 0) <= Self.repetitionLimit else {
        throw error("a repetition must be within 0 and \(Self.repetitionLimit)")
      }
    default: return tree
    }
    if case .assertion = tree { throw error("an anchor cannot be repeated") }
    let lazy = take("?")
    if let byte = peek, [UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"), UInt8(ascii: "{")].contains(byte) {
      throw error("a repetition cannot be repeated")
    }
    return .repetition(tree, minimum: minimum, maximum: maximum, lazy: lazy)
  }

  private mutating func number() -> Int? {
    let start = position
    while let byte = peek, (0x30...0x39).contains(byte), position - start < 4 { position += 1 }
    return Int(String(decoding: source[start..<position], as: UTF8.self))
  }

  private mutating func atom() throws(DefinitionError) -> Tree {
    guard let byte = peek else { return .empty }
    position += 1
    switch byte {
    case UInt8(ascii: "("): return try group()
    case UInt8(ascii: "["): return .byte(try byteClass())
    case UInt8(ascii: "."): return .byte(ByteSet().inverted)
    case UInt8(ascii: "^"): return .assertion(.lineStart)
    case UInt8(ascii: "$"): return .assertion(.lineEnd)
    case UInt8(ascii: "\\"):
      if take("b") { return .assertion(.wordBoundary) }
      return .byte(folded(try escape()))
    case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"), UInt8(ascii: "{"):
      position -= 1
      throw error("nothing to repeat")
    case 0x80...:
      // One character outside ASCII is repeated as a whole.
      var bytes: [Tree] = [.byte(only(byte))]
      while let next = peek, next & 0xC0 == 0x80 {
        bytes.append(.byte(only(next)))
        position += 1
      }
      return .sequence(bytes)
    default: return .byte(folded(only(byte)))
    }
  }

  private mutating func group() throws(DefinitionError) -> Tree {
    var number: Int?
    if take("?:") {
      // A group that does not capture.
    } else if take("?<") {
      let start = position
      while let byte = peek, Self.wordBytes.contains(byte) || byte == UInt8(ascii: "-") { position += 1 }
      let name = String(decoding: source[start..<position], as: UTF8.self)
      guard !name.isEmpty, take(">") else { throw error("a group's name is expected") }
      groupCount += 1
      guard groupNames.updateValue(groupCount, forKey: name) == nil else { throw error("the group '\(name)' is there twice") }
      number = groupCount
    } else if peek == UInt8(ascii: "?") {
      throw error("of the groups '(?...' only '(?:' and '(?<name>' are known")
    } else {
      groupCount += 1
      number = groupCount
    }
    let tree = try choice()
    guard take(")") else { throw error("')' is expected") }
    return number.map { .group($0, tree) } ?? tree
  }

  private mutating func escape() throws(DefinitionError) -> ByteSet {
    guard let byte = peek else { throw error("a character is expected after '\\'") }
    position += 1
    var set = ByteSet()
    switch byte {
    case UInt8(ascii: "d"), UInt8(ascii: "D"): set.insert(0x30...0x39)
    case UInt8(ascii: "w"), UInt8(ascii: "W"): set = Self.wordBytes
    case UInt8(ascii: "s"), UInt8(ascii: "S"): for space in [0x20, 0x09, 0x0B, 0x0C, 0x0D] as [UInt8] { set.insert(space) }
    case UInt8(ascii: "t"): set.insert(0x09)
    case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E, 0x20: set.insert(byte)
    default:
      position -= 1
      throw error("unknown escape")
    }
    return [UInt8(ascii: "D"), UInt8(ascii: "W"), UInt8(ascii: "S")].contains(byte) ? set.inverted : set
  }

  private mutating func byteClass() throws(DefinitionError) -> ByteSet {
    let negated = take("^")
    var set = ByteSet()
    var isFirst = true
    while true {
      guard let byte = peek else { throw error("']' is expected") }
      position += 1
      if byte == UInt8(ascii: "]"), !isFirst { break }
      isFirst = false
      guard byte < 0x80 else { throw error("only ASCII can stand in '[ ]'") }
      if byte == UInt8(ascii: "\\") {
        set.formUnion(try escape())
        continue
      }
      guard peek == UInt8(ascii: "-"), position + 1 < source.count, source[position + 1] != UInt8(ascii: "]") else {
        set.insert(byte)
        continue
      }
      let last = source[position + 1]
      guard last >= byte, last < 0x80, last != UInt8(ascii: "\\") else { throw error("a range that runs backwards") }
      set.insert(byte...last)
      position += 2
    }
    let result = folded(set)
    return negated ? result.inverted : result
  }

  private func only(_ byte: UInt8) -> ByteSet {
    var set = ByteSet()
    set.insert(byte)
    return set
  }

  private func folded(_ set: ByteSet) -> ByteSet {
    guard ignoresCase else { return set }
    var both = set
    for byte in UInt8(ascii: "a")...UInt8(ascii: "z") where set.contains(byte) || set.contains(byte & 0xDF) {
      both.insert(byte)
      both.insert(byte & 0xDF)
    }
    return both
  }

  // MARK: Instructions

  private mutating func append(_ instruction: PatternProgram.Instruction) throws(DefinitionError) {
    guard instructions.count < Self.instructionLimit else { throw error("the pattern is too large") }
    instructions.append(instruction)
  }

  private mutating func emit(_ tree: Tree) throws(DefinitionError) {
    switch tree {
    case .empty: break
    case .byte(let set): try append(.byte(set))
    case .assertion(let instruction): try append(instruction)
    case .sequence(let items): for item in items { try emit(item) }
    case .group(let number, let inner):
      try append(.save(2 * number))
      try emit(inner)
      try append(.save(2 * number + 1))
    case .choice(let choices):
      var jumps: [Int] = []
      for (index, choice) in choices.enumerated() {
        guard index < choices.count - 1 else {
          try emit(choice)
          break
        }
        let split = instructions.count
        try append(.split(0, 0))
        try emit(choice)
        jumps.append(instructions.count)
        try append(.jump(0))
        instructions[split] = .split(split + 1, instructions.count)
      }
      for jump in jumps { instructions[jump] = .jump(instructions.count) }
    case .repetition(let inner, let minimum, let maximum, let lazy):
      for _ in 0..<minimum { try emit(inner) }
      guard let maximum else {
        let split = instructions.count
        try append(.split(0, 0))
        try emit(inner)
        try append(.jump(split))
        instructions[split] = fork(to: split + 1, past: instructions.count, lazy)
        return
      }
      var splits: [Int] = []
      for _ in minimum..<maximum {
        splits.append(instructions.count)
        try append(.split(0, 0))
        try emit(inner)
      }
      for split in splits { instructions[split] = fork(to: split + 1, past: instructions.count, lazy) }
    }
  }

  private func fork(to inner: Int, past: Int, _ lazy: Bool) -> PatternProgram.Instruction {
    lazy ? .split(past, inner) : .split(inner, past)
  }

  // MARK: Short cuts

  private static func isAnchored(_ tree: Tree) -> Bool {
    switch tree {
    case .assertion(.lineStart): true
    case .sequence(let items): items.first.map(isAnchored) ?? false
    case .group(_, let inner): isAnchored(inner)
    case .choice(let choices): choices.allSatisfy(isAnchored)
    default: false
    }
  }

  /// The single bytes behind the line's start.
  private static func prefix(_ tree: Tree) -> [UInt8] {
    guard case .sequence(let items) = tree, case .assertion(.lineStart)? = items.first else { return [] }
    var prefix: [UInt8] = []
    for item in items.dropFirst() {
      guard case .byte(let set) = item, let byte = set.only else { break }
      prefix.append(byte)
    }
    return prefix
  }

  private func firstBytes(_ tree: Tree) -> (set: ByteSet, canBeEmpty: Bool) {
    switch tree {
    case .empty, .assertion: return (ByteSet(), true)
    case .byte(let set): return (set, false)
    case .group(_, let inner): return firstBytes(inner)
    case .repetition(let inner, let minimum, let maximum, _):
      if maximum == 0 { return (ByteSet(), true) }
      let first = firstBytes(inner)
      return (first.set, first.canBeEmpty || minimum == 0)
    case .choice(let choices):
      var set = ByteSet()
      var canBeEmpty = false
      for choice in choices {
        let first = firstBytes(choice)
        set.formUnion(first.set)
        canBeEmpty = canBeEmpty || first.canBeEmpty
      }
      return (set, canBeEmpty)
    case .sequence(let items):
      var set = ByteSet()
      for item in items {
        let first = firstBytes(item)
        set.formUnion(first.set)
        if !first.canBeEmpty { return (set, false) }
      }
      return (set, true)
    }
  }
}
