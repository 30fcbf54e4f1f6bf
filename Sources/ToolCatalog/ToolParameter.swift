package import Definitions

/// One value that a tool, or a type of job, asks for.
package struct ToolParameter: Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    case string, integer, boolean, ip, cidr, hostname, interface
    case choice = "enum"
    /// Lines of text, one element each.
    case list
    /// Text that is stored encrypted and shown as `******`.
    case secret
  }

  package let name: String
  package let kind: Kind
  package let isRequired: Bool
  package let defaultValue: ToolValue?
  /// The whole value, or each element of a list, must match.
  package let pattern: Pattern?
  package let help: String
  /// What an integer must lie in.
  package let minimum: Int?
  package let maximum: Int?
  /// The values of an enum.
  package let choices: [String]
  /// The address parameter whose IP version this one must have too.
  package let sameFamilyAs: String?
  /// What each element of a list is; any text where `nil`.
  package let elements: Kind?
  /// A value that is shown in example commands.
  package let example: String?

  /// A parameter of a job type, which no file describes.
  package init(
    _ name: String, _ kind: Kind, isRequired: Bool = false, default defaultValue: ToolValue? = nil, pattern: Pattern? = nil,
    minimum: Int? = nil, maximum: Int? = nil, choices: [String] = [], sameFamilyAs: String? = nil, elements: Kind? = nil,
    example: String? = nil, help: String
  ) {
    self.name = name
    self.kind = kind
    self.isRequired = isRequired
    self.defaultValue = defaultValue
    self.pattern = pattern
    self.help = help
    self.minimum = minimum
    self.maximum = maximum
    self.choices = choices
    self.sameFamilyAs = sameFamilyAs
    self.elements = elements
    self.example = example
  }

  package var isSecret: Bool { kind == .secret }

  /// Where the value may be left out and is then absent in templates.
  var canBeAbsent: Bool { !isRequired && defaultValue == nil }
}

/// A checked value of a parameter.
package enum ToolValue: Sendable, Equatable {
  /// All but the following; integers, addresses and prefixes in their canonical form.
  case text(String)
  case boolean(Bool)
  case list([String])

  /// The value as it is typed: list elements one per line.
  package var text: String {
    switch self {
    case .text(let text): text
    case .boolean(let flag): flag ? "true" : "false"
    case .list(let elements): elements.joined(separator: "\n")
    }
  }
}

extension ToolParameter {
  /// Reads a value.
  /// - Returns: the value, or what is wrong with it, naming the parameter and what is allowed but never a secret.
  func value(of text: String) -> Result<ToolValue, ToolProblem> {
    if kind == .list { return listValue(of: text) }
    if let problem = textProblem(text) { return .failure(problem) }
    return value(of: text, as: kind)
  }

  private func value(of text: String, as kind: Kind) -> Result<ToolValue, ToolProblem> {
    switch kind {
    case .string, .secret, .list: return .success(.text(text))
    case .choice:
      return choices.contains(text)
        ? .success(.text(text)) : .failure(wrong(text, "is none of \(choices.joined(separator: ", "))"))
    case .boolean:
      switch text {
      case "true", "yes", "on", "1": return .success(.boolean(true))
      case "false", "no", "off", "0": return .success(.boolean(false))
      default: return .failure(wrong(text, "is neither true nor false"))
      }
    case .integer:
      guard let number = Int(text) else { return .failure(wrong(text, "is no whole number")) }
      if number < minimum ?? .min || number > maximum ?? .max {
        return .failure(wrong(text, "is out of range \(minimum.map(String.init) ?? "")-\(maximum.map(String.init) ?? "")"))
      }
      return .success(.text(String(number)))
    case .ip:
      guard let address = IPAddress(text) else { return .failure(wrong(text, "is no IPv4 or IPv6 address")) }
      return .success(.text(address.description))
    case .cidr:
      guard let network = IPNetwork(text) else { return .failure(wrong(text, "is no prefix such as 203.0.113.0/24")) }
      guard network.base == network.address else {
        return .failure(wrong(text, "has host bits set; the prefix is \(network.base)/\(network.length)"))
      }
      return .success(.text(network.description))
    case .hostname:
      guard Self.isHostname(text) else { return .failure(wrong(text, "is no host name (RFC 1123)")) }
      return .success(.text(text))
    case .interface:
      guard Self.isInterface(text) else { return .failure(wrong(text, "is no interface name")) }
      return .success(.text(text))
    }
  }

  private func listValue(of text: String) -> Result<ToolValue, ToolProblem> {
    var elements: [String] = []
    for line in TextLines.split(text) where !line.allSatisfy({ $0 == " " }) {
      if let problem = textProblem(line) { return .failure(problem) }
      guard let kind = self.elements else {
        elements.append(line)
        continue
      }
      switch value(of: line, as: kind) {
      case .success(let value): elements.append(value.text)
      case .failure(let problem): return .failure(problem)
      }
    }
    guard !elements.isEmpty else { return .failure(ToolProblem("parameter '\(name)': the list is empty")) }
    return .success(.list(elements))
  }

  private func textProblem(_ text: String) -> ToolProblem? {
    if text.isEmpty { return ToolProblem("parameter '\(name)': the value is empty") }
    // Line and paragraph separators are no control characters, yet some terminals break lines at them.
    if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control || (0x2028...0x2029).contains($0.value) })
    {
      return ToolProblem("parameter '\(name)': the value has a control character in it, such as a line feed or a tab")
    }
    if text.utf8.count > 4096 { return ToolProblem("parameter '\(name)': the value is longer than 4096 bytes") }
    if let pattern, !pattern.matches(text) { return wrong(text, "does not match '\(pattern)'") }
    return nil
  }

  private func wrong(_ text: String, _ problem: String) -> ToolProblem {
    ToolProblem("parameter '\(name)': " + (isSecret ? "the secret" : "'\(text)'") + " " + problem)
  }

  private static func isHostname(_ text: String) -> Bool {
    let labels = text.split(separator: ".", omittingEmptySubsequences: false)
    return text.utf8.count <= 253
      && labels.allSatisfy { label in
        (1...63).contains(label.utf8.count) && label.utf8.first != UInt8(ascii: "-") && label.utf8.last != UInt8(ascii: "-")
          && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
      }
  }

  private static func isInterface(_ text: String) -> Bool {
    guard let first = text.utf8.first, (0x41...0x5A).contains(first & 0xDF), text.utf8.count <= 64 else { return false }
    return text.utf8.allSatisfy { isAlphanumeric($0) || "/.:_-@".utf8.contains($0) }
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
  }
}

/// What is wrong with one parameter.
struct ToolProblem: Error {
  let text: String
  init(_ text: String) { self.text = text }
}
