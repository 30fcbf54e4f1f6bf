import Yams

/// One value of a YAML file, read strictly: every question that the file answers wrongly throws with file, line and column.
///
/// Messages name keys and what is allowed, and quote the value in question only.
package struct YAMLNode {
  /// More alias marks than that can make a small file expand without end.
  private static let aliasLimit = 32

  package let file: String
  /// How to get here from the root, for messages: `modes.enable.prompt`.
  package let path: String
  private let node: Node

  private init(_ node: Node, file: String, path: String) {
    self.node = node
    self.file = file
    self.path = path
  }

  /// Parses the single document in `bytes`.
  /// - Throws: `.syntax`.
  package static func parse(
    _ bytes: [UInt8], file: String, limit: Int = DefinitionFolder.byteCountLimit
  ) throws(DefinitionError) -> YAMLNode {
    guard bytes.count <= limit else { throw DefinitionError(.syntax, "larger than \(limit) bytes", file: file) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw error("not valid UTF-8", at: TextPlace.invalidIndex(bytes), bytes, file)
    }
    let marks = aliasMarks(bytes)
    guard marks.count <= aliasLimit else {
      throw error("more than \(aliasLimit) aliases", at: marks[aliasLimit], bytes, file)
    }
    do {
      // The encoding is named, as the default asks the environment; the resolver knows no rules, see `PlainScalar`.
      guard let root = try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot() else {
        throw DefinitionError(.syntax, "the file is empty", file: file, line: 1, column: 1)
      }
      return YAMLNode(root, file: file, path: "")
    } catch let error as DefinitionError {
      throw error
    } catch let error as YamlError {
      throw syntaxError(error, file: file)
    } catch {
      throw DefinitionError(.syntax, "not valid YAML", file: file)
    }
  }

  private var tag: Tag.Name { Self.tag(of: node) }

  /// The type of a value: what its tag says, or how it looks.
  private static func tag(of node: Node) -> Tag.Name {
    guard case .scalar(let scalar) = node else { return Tag.Name(rawValue: node.tag.description) }
    let name = Tag.Name(rawValue: scalar.tag.description)
    return name == .implicit ? PlainScalar.tag(of: scalar.string) : name
  }

  /// Keys have lost their tags: Yams compares them.
  private static func isWord(_ key: Node.Scalar) -> Bool {
    key.style != .plain || [.str, .bool, .int].contains(PlainScalar.tag(of: key.string))
  }

  /// Whether this value is a list, a mapping, or nothing at all.
  package var isList: Bool { if case .sequence = node { true } else { false } }
  package var isMapping: Bool { if case .mapping = node { true } else { false } }
  package var isNull: Bool { tag == .null }

  /// An error at this value's place.
  package func error(_ code: DefinitionError.Code, _ message: String, hint: String? = nil) -> DefinitionError {
    let place = path.isEmpty ? "" : "\(path): "
    return DefinitionError(
      code, place + message, hint: hint, file: file, line: node.mark?.line, column: node.mark?.column)
  }

  /// This value as a mapping that has no other keys than `allowed`.
  package func mapping(_ allowed: [String]) throws(DefinitionError) -> YAMLMapping {
    let entries = try entries()
    for entry in entries where !allowed.contains(entry.key) {
      let hint = NameSuggestion.closest(to: entry.key, in: allowed).map { "did you mean '\($0)'?" }
      throw DefinitionError(
        .unknownKey,
        (path.isEmpty ? "" : "\(path): ") + "unknown key '\(entry.key)'; allowed: \(allowed.joined(separator: ", "))",
        hint: hint, file: file, line: entry.line, column: entry.column)
    }
    return YAMLMapping(node: self, entries: entries)
  }

  /// This value as a mapping with keys of the file's own choosing, in its order.
  package func entries() throws(DefinitionError) -> [YAMLMapping.Entry] {
    guard case .mapping(let mapping) = node, tag == .map else {
      throw wrongType("a mapping")
    }
    var entries: [YAMLMapping.Entry] = []
    for (key, value) in mapping {
      guard case .scalar(let scalar) = key, Self.isWord(scalar) else {
        throw DefinitionError(
          .wrongType, "\(path.isEmpty ? "the file" : path): a key must be a word", file: file, line: key.mark?.line,
          column: key.mark?.column)
      }
      let child = YAMLNode(value, file: file, path: path.isEmpty ? scalar.string : path + "." + scalar.string)
      entries.append(.init(key: scalar.string, value: child, line: key.mark?.line, column: key.mark?.column))
    }
    return entries
  }

  /// This value as a sequence.
  package func list() throws(DefinitionError) -> [YAMLNode] {
    guard case .sequence(let sequence) = node, tag == .seq else { throw wrongType("a list") }
    return sequence.enumerated().map { YAMLNode($1, file: file, path: "\(path)[\($0)]") }
  }

  /// This value as text; a plain `yes`, `12` or `~` is none, it wants quotes.
  package func string() throws(DefinitionError) -> String {
    guard case .scalar(let scalar) = node, tag == .str else {
      if case .scalar(let scalar) = node { throw wrongType("a string", hint: "put quotes around \(scalar.string)") }
      throw wrongType("a string")
    }
    return scalar.string
  }

  /// This value as text of one line that is not empty.
  package func line() throws(DefinitionError) -> String {
    let text = try string()
    guard !text.isEmpty, !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
      throw error(.badValue, "must be one line of text, not empty")
    }
    return text
  }

  /// This value as a whole number within `range`.
  package func int(in range: ClosedRange<Int>) throws(DefinitionError) -> Int {
    guard case .scalar(let scalar) = node, tag == .int, let value = Int(scalar.string) else {
      throw wrongType("a number")
    }
    guard range.contains(value) else {
      throw error(.badValue, "\(value) is out of range \(range.lowerBound)-\(range.upperBound)")
    }
    return value
  }

  /// This value as `true` or `false`.
  package func bool() throws(DefinitionError) -> Bool {
    guard case .scalar(let scalar) = node, tag == .bool else { throw wrongType("true or false") }
    switch scalar.string {
    case "true": return true
    case "false": return false
    default: throw wrongType("true or false")
    }
  }

  /// This value as it stands in the file: text, number or truth value alike, as defaults of parameters are given.
  package func scalarText() throws(DefinitionError) -> String {
    guard case .scalar(let scalar) = node, [.str, .int, .bool].contains(tag) else {
      throw wrongType("a string, a number, true or false")
    }
    return scalar.string
  }

  /// This value as a regular expression.
  package func pattern() throws(DefinitionError) -> Pattern {
    let source = try line()
    do {
      return try Pattern(source)
    } catch {
      throw self.error(.badPattern, error.message)
    }
  }

  /// This value as a list of regular expressions.
  package func patterns() throws(DefinitionError) -> [Pattern] {
    var patterns: [Pattern] = []
    for node in try list() { patterns.append(try node.pattern()) }
    return patterns
  }

  /// This value as a list of one-line texts.
  package func lines() throws(DefinitionError) -> [String] {
    var lines: [String] = []
    for node in try list() { lines.append(try node.line()) }
    return lines
  }

  /// This value as one of `allowed`.
  package func choice<Value: RawRepresentable & CaseIterable>(
    of type: Value.Type
  ) throws(DefinitionError) -> Value where Value.RawValue == String {
    let text = try string()
    guard let value = Value(rawValue: text) else {
      let allowed = Value.allCases.map(\.rawValue).joined(separator: ", ")
      throw error(.badValue, "'\(text)' is none of \(allowed)")
    }
    return value
  }

  private func wrongType(_ wanted: String, hint: String? = nil) -> DefinitionError {
    let found =
      switch node {
      case .mapping: "a mapping"
      case .sequence: "a list"
      case .scalar(let scalar): scalar.string.isEmpty ? "nothing" : "'\(scalar.string.prefix(40))'"
      case .alias: "an alias"
      }
    return error(.wrongType, "must be \(wanted), is \(found)", hint: hint)
  }

  private static func syntaxError(_ error: YamlError, file: String) -> DefinitionError {
    func at(_ mark: Mark, _ problem: String) -> DefinitionError {
      DefinitionError(.syntax, problem, file: file, line: mark.line, column: mark.column)
    }
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
      return at(mark, problem)
    case .duplicatedKeysInMapping(let duplicates, let context):
      return at(context.mark, "the key '\(duplicates.first ?? "")' is there twice")
    case .reader(let problem, _, _, _), .writer(let problem), .emitter(let problem), .representer(let problem):
      return DefinitionError(.syntax, problem, file: file)
    case .no, .memory, .dataCouldNotBeDecoded:
      return DefinitionError(.syntax, "not valid YAML", file: file)
    }
  }

  private static func error(_ problem: String, at index: Int, _ bytes: [UInt8], _ file: String) -> DefinitionError {
    let place = TextPlace(of: index, in: bytes)
    return DefinitionError(.syntax, problem, file: file, line: place.line, column: place.column)
  }

  /// Where `bytes` may have aliases. A `*word` in text counts as one only if some `&word` could be its anchor: searches are
  /// full of `*`, and an alias without its anchor is refused by the parser.
  private static func aliasMarks(_ bytes: [UInt8]) -> [Int] {
    func name(after index: Int) -> ArraySlice<UInt8> {
      bytes[(index + 1)...].prefix { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) || byte == 0x5F || byte == 0x2D
      }
    }
    let anchors = Set(bytes.indices.lazy.filter { bytes[$0] == UInt8(ascii: "&") }.map { name(after: $0) })
    if anchors.isEmpty { return [] }
    return bytes.indices.filter { index in
      bytes[index] == UInt8(ascii: "*") && bytes.index(after: index) < bytes.endIndex
        && (index == 0 || [0x20, 0x09, 0x0A, 0x0D, 0x2C, 0x5B, 0x7B, 0x3A, 0x2D].contains(bytes[index - 1]))
        && anchors.contains(name(after: index))
    }
  }
}

extension YAMLNode {
  /// This value as a name: small letters, digits, `-` and `_`, 64 at most.
  package func identifier() throws(DefinitionError) -> String {
    let text = try string()
    let allowed = text.utf8.allSatisfy {
      (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
    }
    guard allowed, (1...64).contains(text.utf8.count) else {
      throw error(.badValue, "a name has small letters, digits, '-' and '_', 64 at most")
    }
    return text
  }
}
