package import Storage

/// Reads sudoers files (sudoers(5)) for what would let a caller do more than run netjob, or bring their environment along.
///
/// It knows lines, continuations, comments, `Defaults` and the commands of rules; aliases only by name.
package struct SudoersReview {
  private let account: String
  private let program: String

  /// - Parameters:
  ///   - account: who owns the database.
  ///   - program: the path of the program that they are to run.
  package init(account: String, program: String) {
    self.account = account
    self.program = program
  }

  private static let delicate = ["NETJOB_DB", "NETJOB_KEY_FILE", "XDG_DATA_HOME", "PAGER", "TZ"]

  /// What is wrong with the rules, or that they are fine.
  package func findings(_ files: [(path: String, text: String)]) -> [Finding] {
    var findings: [Finding] = []
    var isThere = false
    for file in files {
      for line in Self.lines(file.text) {
        if line.hasPrefix("Defaults") {
          findings += defaults(line, file.path)
        } else if let rule = rule(line) {
          isThere = isThere || rule.commands.contains { $0 == program || $0.hasPrefix(program + " ") }
          findings += review(rule, file.path)
        }
      }
    }
    if !isThere {
      findings.append(
        Finding(
          "sudoers", .warning, "no rule lets anybody run \(program) as '\(account)'", mend: "sudo netjob init --shared --install")
      )
    }
    return findings.isEmpty ? [Finding("sudoers", .ok, "people may run \(program) as '\(account)', and nothing more")] : findings
  }

  /// The lines without comments, continued ones joined. `#` begins no comment before digits, which are a user id, nor in quotes.
  static func lines(_ text: String) -> [String] {
    let joined = text.replacing("\\\n", with: " ")
    return joined.split(separator: "\n").compactMap { line in
      var isQuoted = false
      var kept: [Character] = []
      let characters = Array(line)
      for (index, character) in characters.enumerated() {
        if character == "\"" { isQuoted.toggle() }
        let isNumber = index + 1 < characters.count && characters[index + 1].isNumber
        if character == "#" && !isQuoted && !isNumber { break }
        kept.append(character == "\t" ? " " : character)
      }
      let words = String(kept).split(separator: " ").joined(separator: " ")
      return words.isEmpty ? nil : words
    }
  }

  // MARK: Defaults

  private func defaults(_ line: String, _ path: String) -> [Finding] {
    // Defaults[@:!>]LIST: of other accounts and commands they are none of our business.
    let scope = line.dropFirst("Defaults".count).prefix { $0 != " " }
    if scope.hasPrefix("!") && !scope.contains(program) { return [] }
    if scope.hasPrefix(">") && !scope.dropFirst().split(separator: ",").contains(where: { $0 == account || $0 == "ALL" }) {
      return []
    }
    let body = line.dropFirst("Defaults".count + scope.count)
    var findings: [Finding] = []
    for setting in Self.split(String(body)) {
      if setting == "!env_reset" {
        findings.append(bad(path, "switches env_reset off: callers bring their whole environment along", "remove '!env_reset'"))
      } else if setting == "setenv" {
        findings.append(bad(path, "sets setenv: callers choose the environment", "remove 'setenv'"))
      } else if setting.hasPrefix("env_keep"), !setting.contains("-=") {
        let names = setting.split(separator: "=").last?.split { $0 == " " || $0 == "\"" }.map(String.init) ?? []
        for name in names {
          let bare = String(name.prefix { $0 != "=" })
          if let passed = Self.delicate.first(where: { Self.matches($0, bare) }) {
            findings.append(
              bad(
                path, "lets \(passed) through with env_keep \(name)",
                "remove '\(name)' from env_keep, or limit it to other commands"))
          }
        }
      }
    }
    return findings
  }

  /// The settings of a line, which commas part outside quotes.
  private static func split(_ text: String) -> [String] {
    var parts: [String] = [""]
    var isQuoted = false
    for character in text {
      if character == "\"" { isQuoted.toggle() }
      if character == "," && !isQuoted { parts.append("") } else { parts[parts.count - 1].append(character) }
    }
    return parts.map { $0.split(separator: " ").joined(separator: " ") }
  }

  /// Whether a name of env_keep, in which `*` stands for anything, covers a variable.
  private static func matches(_ name: String, _ pattern: String) -> Bool {
    guard let star = pattern.firstIndex(of: "*") else { return name == pattern }
    return name.hasPrefix(pattern[..<star]) && (pattern.hasSuffix("*") || name.hasSuffix(pattern[pattern.index(after: star)...]))
  }

  // MARK: rules

  private struct Rule {
    var runAs: [String]
    var tags: Set<String>
    var commands: [String]
    var text: String
  }

  /// A rule `WHO HOST=(RUNAS) TAG: COMMAND, ...` that lets somebody act as the account; nil for others.
  private func rule(_ line: String) -> Rule? {
    guard !line.hasPrefix("@"), !line.contains("_Alias "), let equals = line.firstIndex(of: "=") else { return nil }
    var rest = line[line.index(after: equals)...].drop { $0 == " " }
    var runAs = ["root"]
    if rest.hasPrefix("("), let end = rest.firstIndex(of: ")") {
      let users = rest[rest.index(after: rest.startIndex)..<end].prefix { $0 != ":" }
      runAs = users.split(separator: ",").map { $0.split(separator: " ").joined() }
      rest = rest[rest.index(after: end)...].drop { $0 == " " }
    }
    guard runAs.contains(account) else { return nil }
    var tags: Set<String> = []
    let commands = rest.split(separator: ",").map { part in
      var words = part.split(separator: " ").map(String.init)
      while let first = words.first, first.hasSuffix(":"), first.dropLast().allSatisfy({ $0.isUppercase || $0 == "_" }) {
        tags.insert(String(first.dropLast()))
        words.removeFirst()
      }
      return words.joined(separator: " ")
    }
    return Rule(runAs: runAs, tags: tags, commands: commands, text: line)
  }

  private func review(_ rule: Rule, _ path: String) -> [Finding] {
    var findings: [Finding] = []
    if rule.tags.contains("SETENV") {
      findings.append(bad(path, "has SETENV: '\(rule.text)' lets callers choose the environment", "remove SETENV"))
    }
    for command in rule.commands where !command.hasPrefix("!") {
      let file = command.split(separator: " ").first.map(String.init) ?? command
      if command == "ALL" {
        findings.append(bad(path, "lets people run anything as '\(account)': '\(rule.text)'", "name \(program) instead of ALL"))
      } else if file.contains("*") || file.contains("?") || file.contains("[") || file.hasSuffix("/") {
        findings.append(bad(path, "has a wildcard for the program: '\(command)'", "name \(program)"))
      } else if file != program && file.hasPrefix("/") {
        findings.append(
          file.hasSuffix("/netjob")
            ? Finding(
              "sudoers", .warning, "\(path) names \(file), and this program is \(program)", mend: "sudo visudo -f \(path)")
            : bad(path, "lets people run \(file) as '\(account)', who owns the database", "remove it"))
      } else if file == program && command != program {
        findings.append(
          Finding(
            "sudoers", .note, "\(path) limits the words after \(program): '\(command)'; wildcards there match blanks too",
            mend: "netjob has rights of its own: name the program alone"))
      }
    }
    return findings
  }

  private func bad(_ path: String, _ what: String, _ remedy: String) -> Finding {
    Finding("sudoers", .error, "\(path) \(what)", mend: "sudo visudo -f \(path): \(remedy)")
  }
}
