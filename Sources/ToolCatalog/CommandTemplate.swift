import Definitions

/// A Stencil template, checked strictly before Stencil sees it.
///
/// Stencil renders what it does not know as nothing, and some malformed templates make it trap. So a template may only
/// use the part of the language described here, over names that are declared:
/// `{{ NAME|FILTER }}`, `{{ device.FACT }}`, `{% if NAME %}`, `{% if NAME == "text" and not OTHER %}`, `{% elif %}`, `{% else %}`,
/// `{% for ITEM in NAME %}` and comments. What may be absent must be used within an `if` that asks for it.
struct CommandTemplate: Sendable {
  /// A use of a name that needs a value.
  struct Reference: Sendable, Hashable {
    let name: String
    let line: Int
  }

  private static let filters = [
    "uppercase", "lowercase", "capitalize", "join", "network", "netmask", "wildcard", "prefix-length", "ip-version",
    "address-kind",
  ]
  private static let sizeLimit = 16 * 1024
  private static let depthLimit = 16

  let source: String
  /// The facts of the device that must be there.
  let requiredFacts: Set<String>
  /// The parameters that it makes use of.
  let parameterNames: Set<String>
  /// Whether the text stands for itself.
  let isLiteral: Bool

  init(_ node: YAMLNode, _ parameters: [ToolParameter]) throws(DefinitionError) {
    do {
      try self.init(try node.string(), parameters)
    } catch let problem as ToolProblem {
      throw node.error(.badValue, problem.text)
    } catch let error as DefinitionError {
      throw error
    } catch {
      throw node.error(.badValue, "\(error)")
    }
  }

  init(_ source: String, _ parameters: [ToolParameter]) throws(ToolProblem) {
    var checker = Checker(parameters)
    try checker.check(source)
    self.init(source, checker)
  }

  private init(_ source: String, _ checker: Checker) {
    self.source = source
    requiredFacts = checker.requiredFacts
    parameterNames = checker.used
    isLiteral = !checker.hasTags
  }

  /// Reads a template whose names nobody has declared: they become parameters, required unless they are only asked for.
  /// - Parameter reserved: names that it must not use.
  static func open(_ source: String, reserved: Set<String>) throws(ToolProblem) -> (CommandTemplate, [ToolParameter]) {
    var checker = Checker([], declares: true)
    try checker.check(source)
    if let name = checker.used.sorted().first(where: reserved.contains) {
      throw ToolProblem("'\(name)' is the tool's own name, the template has to take another")
    }
    let parameters = checker.parameters.values.sorted { $0.name < $1.name }
    return (CommandTemplate(source, checker), parameters)
  }

  private struct Checker {
    enum Block {
      case condition(guards: Set<String>, hadElse: Bool)
      case loop(String)
    }

    private static let marks: Set<Character> = ["{", "}", "%", "#", "|", "\""]

    var parameters: [String: ToolParameter]
    /// Whether an unknown name is a parameter that is declared by its use.
    private let declares: Bool
    var requiredFacts: Set<String> = []
    var used: Set<String> = []
    var hasTags = false
    private var blocks: [Block] = []
    private var line = 1

    init(_ parameters: [ToolParameter], declares: Bool = false) {
      self.declares = declares
      self.parameters = Dictionary(parameters.map { ($0.name, $0) }) { first, _ in first }
    }

    mutating func check(_ source: String) throws(ToolProblem) {
      guard source.utf8.count <= sizeLimit else { throw ToolProblem("a template larger than \(sizeLimit) bytes") }
      // Stencil looks at scalars: a bracket with a combining mark on it is one there, and would be none here.
      guard
        source.count(where: { Self.marks.contains($0) })
          == source.unicodeScalars.count(where: { Self.marks.contains(Character($0)) })
      else { throw ToolProblem("a bracket, quote or bar has a combining mark on it") }
      var rest = source[...]
      while let open = rest.firstIndex(of: "{") {
        line += rest[..<open].count { $0.isNewline }
        rest = rest[open...]
        let closing: String
        switch rest.dropFirst().first {
        case "{": closing = "}}"
        case "%": closing = "%}"
        case "#": closing = "#}"
        default:
          rest = rest.dropFirst()
          continue
        }
        hasTags = true
        let body = rest.dropFirst(2)
        guard let end = body.firstRange(of: closing) else { throw problem("'\(rest.prefix(2))' is not closed by '\(closing)'") }
        let content = body[..<end.lowerBound]
        guard !content.contains(where: \.isNewline) else { throw problem("a tag must stand on one line") }
        switch closing {
        case "}}": try value(words(content))
        case "%}": try tag(words(content))
        default: break
        }
        rest = rest[end.upperBound...]
      }
      guard blocks.isEmpty else { throw problem("an 'if' or 'for' is not closed") }
    }

    private func problem(_ text: String) -> ToolProblem { ToolProblem("template line \(line): \(text)") }

    /// Splits at blanks outside of quotes.
    private func words(_ text: Substring) throws(ToolProblem) -> [String] {
      var words: [String] = []
      var word = ""
      var isQuoted = false
      for character in text {
        if character == "\"" { isQuoted.toggle() }
        if character == " ", !isQuoted {
          if !word.isEmpty { words.append(word) }
          word = ""
        } else {
          word.append(character)
        }
      }
      guard !isQuoted else { throw problem("a quote is not closed") }
      if !word.isEmpty { words.append(word) }
      return words
    }

    private mutating func value(_ words: [String]) throws(ToolProblem) {
      guard words.count == 1 else { throw problem("a value is '{{ NAME }}' or '{{ NAME|FILTER }}', without blanks") }
      try need(try operand(words[0]))
    }

    private mutating func tag(_ words: [String]) throws(ToolProblem) {
      switch words.first {
      case "if":
        blocks.append(.condition(guards: try condition(words.dropFirst()), hadElse: false))
      case "elif":
        guard case .condition(_, false) = blocks.popLast() else { throw problem("'elif' outside of 'if'") }
        blocks.append(.condition(guards: try condition(words.dropFirst()), hadElse: false))
      case "else":
        guard words.count == 1, case .condition(_, false) = blocks.popLast() else { throw problem("'else' outside of 'if'") }
        blocks.append(.condition(guards: [], hadElse: true))
      case "endif":
        guard words.count == 1, case .condition = blocks.popLast() else { throw problem("'endif' without 'if'") }
      case "for":
        guard words.count == 4, words[2] == "in", isName(words[1]), parameters[words[1]] == nil, words[1] != "device",
          !loopItems.contains(words[1])
        else { throw problem("a loop is '{% for ITEM in NAME %}', with a new name for the item") }
        if declares, isName(words[3]), parameters[words[3]]?.kind != .list, !loopItems.contains(words[3]) {
          guard parameters[words[3]] == nil else { throw problem("'\(words[3])' is used as a text before") }
          declare(words[3], .list, isRequired: true)
        }
        used.insert(words[3])
        guard parameters[words[3]]?.kind == .list else { throw problem("'\(words[3])' is no parameter of type list") }
        blocks.append(.loop(words[1]))
      case "endfor":
        guard words.count == 1, case .loop = blocks.popLast() else { throw problem("'endfor' without 'for'") }
      default:
        throw problem("unknown tag '\(words.first ?? "")'; allowed: if, elif, else, endif, for, endfor")
      }
      guard blocks.count <= depthLimit else { throw problem("blocks are nested too deep") }
    }

    /// Returns the names that have a value wherever the condition holds.
    private mutating func condition(_ words: ArraySlice<String>) throws(ToolProblem) -> Set<String> {
      var guards: Set<String> = []
      var hasOr = false
      var rest = words
      while true {
        var negated = false
        if rest.first == "not" {
          negated = true
          rest = rest.dropFirst()
        }
        guard let word = rest.popFirst() else { throw problem("a condition is expected") }
        let name = try operand(word)
        // A filter works on a value, so there must be one.
        if word.contains("|") { try need(name) }
        if let comparison = rest.first, comparison == "==" || comparison == "!=" {
          rest = rest.dropFirst()
          guard let text = rest.popFirst(), text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\""),
            !text.dropFirst().dropLast().contains("\"")
          else { throw problem("a quoted text is expected after '\(comparison)'") }
          if comparison == "!=" { negated = true }
        }
        if !negated { guards.insert(name) }
        guard let joint = rest.popFirst() else { return hasOr ? [] : guards }
        switch joint {
        case "and": break
        case "or": hasOr = true
        default: throw problem("'and', 'or', '==' or '!=' is expected, not '\(joint)'")
        }
      }
    }

    /// Checks `NAME|FILTER|FILTER:"text"` and returns the name.
    private mutating func operand(_ word: String) throws(ToolProblem) -> String {
      var parts: [Substring] = []
      var isQuoted = false
      var start = word.startIndex
      for index in word.indices {
        if word[index] == "\"" { isQuoted.toggle() }
        if word[index] == "|", !isQuoted {
          parts.append(word[start..<index])
          start = word.index(after: index)
        }
      }
      parts.append(word[start...])
      let name = String(parts[0])
      let isFact = name.hasPrefix("device.") && isName(String(name.dropFirst("device.".count)))
      if declares, !isFact, isName(name), name != "device", parameters[name] == nil, !loopItems.contains(name) {
        declare(name, .string, isRequired: false)
      }
      if !isFact { used.insert(name) }
      guard isFact || isName(name) else { throw problem("'\(name)' is no name") }
      guard isFact || parameters[name] != nil || loopItems.contains(name) else {
        let known = parameters.keys.sorted() + loopItems
        throw problem("'\(name)' is no parameter; there are \((known + ["device.FACT"]).joined(separator: ", "))")
      }
      for part in parts.dropFirst() {
        let pieces = part.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard filters.contains(String(pieces[0])) else {
          throw problem("unknown filter '\(pieces[0])'; allowed: \(filters.joined(separator: ", "))")
        }
        guard (pieces.count == 2) == (pieces[0] == "join") else {
          throw problem("only the filter 'join' takes a text: 'join:\", \"'")
        }
        if pieces.count == 2 {
          let text = pieces[1]
          guard text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\""), !text.dropFirst().dropLast().contains("\"") else {
            throw problem("the text of 'join' must stand in double quotes")
          }
        }
      }
      return name
    }

    /// Notes that `name` must have a value here.
    private mutating func need(_ name: String) throws(ToolProblem) {
      if loopItems.contains(name) || guards.contains(name) { return }
      if name.hasPrefix("device.") {
        requiredFacts.insert(String(name.dropFirst("device.".count)))
      } else if declares {
        declare(name, parameters[name]?.kind ?? .string, isRequired: true)
      } else if parameters[name]?.canBeAbsent ?? false {
        throw problem("'\(name)' may be absent; put it within '{% if \(name) %}'")
      }
    }

    private mutating func declare(_ name: String, _ kind: ToolParameter.Kind, isRequired: Bool) {
      parameters[name] = ToolParameter(
        name, kind, isRequired: isRequired, help: "of the template" + (kind == .list ? "; one element per line" : ""))
    }

    private var loopItems: [String] {
      blocks.compactMap { if case .loop(let item) = $0 { item } else { nil } }
    }

    private var guards: Set<String> {
      blocks.reduce(into: []) { if case .condition(let guards, _) = $1 { $0.formUnion(guards) } }
    }

    private func isName(_ text: String) -> Bool {
      guard let first = text.utf8.first, (0x61...0x7A).contains(first),
        !["in", "or", "and", "not", "true", "false"].contains(text)
      else { return false }
      return text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F || $0 == 0x2D }
    }
  }
}
