package import Definitions

/// What a device shows of itself before its platform is known; what was not asked is `nil`.
package struct DeviceEvidence: Sendable, Equatable {
  /// SNMPv2-MIB's sysObjectID, in numbers: `1.3.6.1.4.1.9.1.620`.
  package var sysObjectID: String?
  /// SNMPv2-MIB's sysDescr.
  package var sysDescr: String?
  /// The identification that the SSH server sends, `SSH-2.0-...`.
  package var sshBanner: String?
  /// What `show version`, or the like of it, printed.
  package var version: String?

  package init(sysObjectID: String? = nil, sysDescr: String? = nil, sshBanner: String? = nil, version: String? = nil) {
    self.sysObjectID = sysObjectID
    self.sysDescr = sysDescr
    self.sshBanner = sshBanner
    self.version = version
  }
}

/// How devices of a platform are known.
package struct PlatformDetection: Sendable {
  /// Beginnings of sysObjectID, whole numbers.
  package let sysObjectIDs: [String]
  package let sysDescr: [Pattern]
  package let sshBanner: [Pattern]
  package let version: [Pattern]

  /// How much speaks for the platform: 0 for nothing. What a device says of its software counts more than its vendor's
  /// number, and that more than the name of its SSH server.
  package func weight(of evidence: DeviceEvidence) -> Int {
    var weight = 0
    if let text = evidence.version, Self.matches(version, text) { weight += 8 }
    if let text = evidence.sysDescr, Self.matches(sysDescr, text) { weight += 4 }
    if let identifier = evidence.sysObjectID {
      let dotted = (identifier.hasPrefix(".") ? String(identifier.dropFirst()) : identifier) + "."
      if sysObjectIDs.contains(where: { dotted.hasPrefix($0 + ".") }) { weight += 2 }
    }
    if let text = evidence.sshBanner, Self.matches(sshBanner, text) { weight += 1 }
    return weight
  }

  private static func matches(_ patterns: [Pattern], _ text: String) -> Bool {
    if patterns.isEmpty { return false }
    return TextLines.split(text).contains { line in patterns.contains { $0.matches(line) } }
  }
}

extension PlatformDetection {
  init(_ node: YAMLNode?) throws(DefinitionError) {
    let mapping = try node?.mapping(["sys-object-id", "sys-descr", "ssh-banner", "version"])
    var identifiers: [String] = []
    for item in try mapping?["sys-object-id"]?.list() ?? [] {
      let text = try item.line()
      let parts = text.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count > 1, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else {
        throw item.error(.badValue, "'\(text)' must be an object identifier in numbers, such as 1.3.6.1.4.1.9")
      }
      identifiers.append(text)
    }
    sysObjectIDs = identifiers
    sysDescr = try mapping?["sys-descr"]?.patterns() ?? []
    sshBanner = try mapping?["ssh-banner"]?.patterns() ?? []
    version = try mapping?["version"]?.patterns() ?? []
  }
}

extension PlatformCatalog {
  /// The platforms that `evidence` speaks for, the likeliest first, equally likely ones by name.
  /// - Throws: `.unreadable` where the user's folder cannot be read.
  package func detect(_ evidence: DeviceEvidence) throws(DefinitionError) -> [String] {
    var weights: [(name: String, weight: Int)] = []
    for name in try names() {
      // A wrong file of the user's is for `platform check` to explain.
      guard let weight = try? platform(named: name).detection.weight(of: evidence) else { continue }
      if weight > 0 { weights.append((name, weight)) }
    }
    return weights.sorted { ($1.weight, $0.name) < ($0.weight, $1.name) }.map(\.name)
  }
}
