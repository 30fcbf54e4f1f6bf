import Definitions

/// Which commands of a platform only read, and so are allowed in tools that change nothing.
///
/// Either most commands read and the others are named (`refuse`), or the other way round (`allow`), as in a shell.
/// Words can be abbreviated: `conf[igure] t[erminal]` stands for `conf t` to `configure terminal`, case ignored.
package struct ReadOnlyRules: Sendable {
  private struct Words: Sendable {
    let source: String
    let words: [(minimum: String, full: String)]

    init(_ source: String) {
      self.source = source
      words = source.split(separator: " ").map { word in
        let parts = word.split(separator: "[", maxSplits: 1, omittingEmptySubsequences: false)
        let minimum = parts[0].lowercased()
        let rest = parts.count > 1 ? parts[1].dropLast().lowercased() : ""
        return (minimum, minimum + rest)
      }
    }

    func begin(_ command: [String]) -> Bool {
      guard command.count >= words.count else { return false }
      return zip(words, command).allSatisfy { $1.hasPrefix($0.minimum) && $0.full.hasPrefix($1) }
    }
  }

  private let refused: [Words]
  private let allowed: [Words]
  private let refusedPatterns: [Pattern]

  init(_ node: YAMLNode) throws(DefinitionError) {
    let mapping = try node.mapping(["refuse", "allow", "refuse-patterns"])
    refused = try Self.words(mapping["refuse"])
    allowed = try Self.words(mapping["allow"])
    refusedPatterns = try mapping["refuse-patterns"]?.patterns() ?? []
    guard refused.isEmpty != allowed.isEmpty else {
      throw node.error(.badValue, "must have either 'refuse' or 'allow'")
    }
  }

  private static func words(_ node: YAMLNode?) throws(DefinitionError) -> [Words] {
    guard let node else { return [] }
    var result: [Words] = []
    for item in try node.list() {
      let line = try item.line()
      guard (try? Pattern(#"^[^\[\] ]+(?:\[[^\[\] ]+\])?(?: [^\[\] ]+(?:\[[^\[\] ]+\])?)*$"#))?.matches(line) ?? false else {
        throw item.error(.badValue, "'\(line)' must be words such as 'conf[igure]'")
      }
      result.append(Words(line))
    }
    return result
  }

  /// Why `command` is no reading one: the entry of the platform's list that it meets; `nil` when it reads.
  package func refusal(of command: String) -> String? {
    let words = command.split(whereSeparator: \.isWhitespace).map { $0.lowercased() }
    if words.isEmpty { return nil }
    if let pattern = refusedPatterns.first(where: { $0.matches(command) }) { return pattern.source }
    if !allowed.isEmpty {
      return allowed.contains { $0.begin(words) } ? nil : "not one of: " + allowed.map(\.source).joined(separator: ", ")
    }
    return refused.first { $0.begin(words) }?.source
  }
}
