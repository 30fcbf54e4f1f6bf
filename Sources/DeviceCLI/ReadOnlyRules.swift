import Definitions

/// The commands of a platform that only read: tools that change nothing may type these and no others.
///
/// The rules allow, as a list of what is refused is got around by the abbreviations of command lines. A rule is a line of
/// words, and a command meets it word by word:
/// - `show` stands for itself, `sh[ow]` for `sh`, `sho` and `show`, `addr|route` for either of the two.
/// - `*` stands for any one word that does not begin with `-`, `flash:*` for one that begins with `flash:`.
/// - `...` at the end stands for any further words; else there may be none.
package struct ReadOnlyRules: Sendable {
  private let platform: String
  private let ignoresCase: Bool
  private let allowed: [Rule]
  /// What may stand behind a `|`.
  private let filters: [Rule]
  private let refusedPatterns: [Pattern]

  /// - Parameter platform: its name in messages.
  init(_ node: YAMLNode, platform: String) throws(DefinitionError) {
    let mapping = try node.mapping(["ignore-case", "allow", "filters", "refuse-patterns"])
    self.platform = platform
    ignoresCase = try mapping["ignore-case"]?.bool() ?? false
    allowed = try Self.rules(mapping.required("allow"))
    filters = try mapping["filters"].map { node throws(DefinitionError) in try Self.rules(node) } ?? []
    refusedPatterns = try mapping["refuse-patterns"]?.patterns() ?? []
  }

  private static func rules(_ node: YAMLNode) throws(DefinitionError) -> [Rule] {
    var rules: [Rule] = []
    for item in try node.list() {
      let line = try item.line()
      guard let rule = Rule(line) else {
        throw item.error(.badValue, "'\(line)' must be words such as 'show', 'sh[ow]', 'addr|route', '*', and '...' at the end")
      }
      rules.append(rule)
    }
    return rules
  }

  /// Why `command` is no reading one, to be read behind the command; `nil` when it reads.
  package func refusal(of command: String) -> String? {
    let bytes = Array(command.utf8)
    guard bytes.allSatisfy({ (0x20...0x7E).contains($0) }) else {
      return "has other characters than printable ASCII, and reading commands have none"
    }
    if let pattern = refusedPatterns.first(where: { $0.matches(command) }) {
      return "has what reading commands of platform '\(platform)' must not have: it matches '\(pattern)'"
    }
    let bar = bytes.firstIndex(of: UInt8(ascii: "|"))
    let words = words(bytes[..<(bar ?? bytes.endIndex)])
    let isNot = "is not among the reading commands of platform '\(platform)'"
    guard allowed.contains(where: { $0.isMet(by: words) }) else {
      let near = allowed.filter { rule in words.first.map(rule.begins) ?? false }
      return isNot + ": " + (near.isEmpty ? Self.names(allowed) : near.map(\.source).joined(separator: ", "))
    }
    guard let bar else { return nil }
    if filters.isEmpty { return isNot + ": there may be no '|'" }
    return isFilter(bytes[(bar + 1)...]) ? nil : isNot + ": behind '|' may only be " + Self.names(filters) + ", once"
  }

  /// Whether the text behind a `|` only picks lines. Another `|` belongs to its regular expression as long as nothing behind
  /// it can be a command with an argument.
  private func isFilter(_ text: ArraySlice<UInt8>) -> Bool {
    guard filters.contains(where: { $0.isMet(by: words(text)) }) else { return false }
    guard let bar = text.firstIndex(of: UInt8(ascii: "|")) else { return true }
    return text[max(text.startIndex, bar - 1)...].allSatisfy { $0 != 0x20 }
  }

  private func words(_ bytes: ArraySlice<UInt8>) -> [String] {
    bytes.split(separator: 0x20).map { word in
      let text = String(decoding: word, as: UTF8.self)
      return ignoresCase ? text.lowercased() : text
    }
  }

  private static func names(_ rules: [Rule]) -> String {
    Set(rules.flatMap(\.names)).sorted().joined(separator: ", ")
  }

  // MARK: Rules

  private struct Rule: Sendable {
    let source: String
    private let words: [Word]
    private let hasMore: Bool

    /// `nil` for what is no rule, and for one that begins with any word.
    init?(_ source: String) {
      self.source = source
      var parts = source.split(separator: " ")
      hasMore = parts.last == "..."
      if hasMore { parts.removeLast() }
      words = parts.compactMap(Word.init)
      guard let first = words.first, words.count == parts.count, !first.choices.contains(where: \.isOpen) else { return nil }
    }

    var names: [String] { words[0].choices.map(\.full) }

    func begins(_ word: String) -> Bool { words[0].isMet(by: word) }

    func isMet(by command: [String]) -> Bool {
      guard hasMore ? command.count >= words.count : command.count == words.count else { return false }
      return zip(words, command).allSatisfy { $0.isMet(by: $1) }
    }
  }

  private struct Word: Sendable {
    struct Choice: Sendable {
      let minimum: String
      let full: String
      /// Whether anything may follow.
      let isOpen: Bool

      init?(_ source: Substring) {
        var text = source
        isOpen = text.last == "*"
        if isOpen { text.removeLast() }
        let parts = text.split(separator: "[", omittingEmptySubsequences: false)
        minimum = String(parts[0])
        if parts.count == 2, !isOpen, parts[1].last == "]" {
          full = minimum + parts[1].dropLast()
        } else if parts.count == 1 {
          full = minimum
        } else {
          return nil
        }
        guard isOpen || !minimum.isEmpty, full != "...", !full.contains(where: { "[]*".contains($0) }) else { return nil }
      }

      func isMet(by word: String) -> Bool {
        guard isOpen else { return word.hasPrefix(minimum) && full.hasPrefix(word) }
        return minimum.isEmpty ? !word.hasPrefix("-") : word.hasPrefix(minimum)
      }
    }

    let choices: [Choice]

    init?(_ source: Substring) {
      let parts = source.split(separator: "|", omittingEmptySubsequences: false)
      choices = parts.compactMap(Choice.init)
      guard choices.count == parts.count else { return nil }
    }

    func isMet(by word: String) -> Bool { choices.contains { $0.isMet(by: word) } }
  }
}
