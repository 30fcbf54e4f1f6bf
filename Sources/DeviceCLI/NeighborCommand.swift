import Definitions

/// How a device knows of a neighbour.
package enum NeighborProtocol: String, Sendable, CaseIterable {
  case lldp, cdp, arp, mac, ospf, bgp
}

/// What a device says about a neighbour; the raw values name groups of patterns.
package enum NeighborField: String, Sendable, CaseIterable {
  /// The own interface that it is seen on.
  case interface
  /// Its name, as it gives it.
  case name
  /// Its port or interface.
  case port
  case address
  case mac
  /// Its system description, or platform.
  case platform
  case capabilities
  /// Its router identifier.
  case router
  /// Its autonomous system.
  case asn
  case vlan
  case vrf
  case state
}

/// One neighbour, as far as the device describes it.
package struct Neighbor: Sendable, Equatable {
  package let via: NeighborProtocol
  package let fields: [NeighborField: String]

  package init(via: NeighborProtocol, fields: [NeighborField: String]) {
    self.via = via
    self.fields = fields
  }
}

/// A command that lists neighbours, and how its output is read: line by line, or in records of several lines.
package struct NeighborCommand: Sendable {
  /// No table is longer.
  private static let neighborLimit = 200_000

  package let via: NeighborProtocol
  package let command: String
  package let mode: PlatformMode?
  private let reading: Reading

  private enum Reading: Sendable {
    /// Each line that matches is a neighbour; the first pattern that knows the line decides.
    case rows([Pattern])
    /// A line that matches the pattern begins a record; it is searched too.
    case records(Pattern, [(NeighborField, Pattern)])
  }

  /// The neighbours in what the command printed, in its order; what no pattern knows is left out.
  package func neighbors(in output: String) -> [Neighbor] {
    var found: [Neighbor] = []
    var record: [NeighborField: String]?
    func add(_ fields: [NeighborField: String]?) {
      guard let fields, !fields.isEmpty, found.count < Self.neighborLimit else { return }
      found.append(Neighbor(via: via, fields: fields))
    }
    for line in TextLines.split(output) {
      let bytes = Array(line.utf8)
      switch reading {
      case .rows(let patterns):
        for pattern in patterns {
          guard let fields = Self.fields(of: pattern, in: bytes) else { continue }
          add(fields)
          break
        }
      case .records(let begin, let extract):
        if begin.firstMatch(in: bytes[...]) != nil {
          add(record)
          record = [:]
        }
        guard record != nil else { continue }
        for (field, pattern) in extract where record?[field] == nil {
          guard let range = pattern.firstMatch(in: bytes[...])?[1], !range.isEmpty else { continue }
          record?[field] = Self.text(bytes[range])
        }
      }
    }
    add(record)
    return found
  }

  private static func fields(of pattern: Pattern, in bytes: [UInt8]) -> [NeighborField: String]? {
    guard let match = pattern.firstMatch(in: bytes[...]) else { return nil }
    var fields: [NeighborField: String] = [:]
    for (name, number) in pattern.groupNames {
      guard let field = NeighborField(rawValue: name), let range = match[number], !range.isEmpty else { continue }
      fields[field] = text(bytes[range])
    }
    return fields
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    var text = Substring(String(decoding: bytes, as: UTF8.self))
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}

extension NeighborCommand {
  init(_ node: YAMLNode, _ modes: [PlatformMode: Platform.ModeRules]) throws(DefinitionError) {
    let mapping = try node.mapping(["protocol", "command", "mode", "rows", "begin", "extract"])
    via = try mapping.required("protocol").choice(of: NeighborProtocol.self)
    command = try mapping.required("command").line()
    mode = try mapping["mode"]?.mode(of: modes)
    if let rows = mapping["rows"] {
      for key in ["begin", "extract"] {
        if let node = mapping[key] { throw node.error(.badValue, "'rows' stands alone, without '\(key)'") }
      }
      reading = .rows(try Self.rows(rows))
    } else {
      reading = .records(try mapping.required("begin").pattern(), try Self.extract(mapping.required("extract")))
    }
  }

  private static var fieldNames: String { NeighborField.allCases.map(\.rawValue).joined(separator: ", ") }

  private static func rows(_ node: YAMLNode) throws(DefinitionError) -> [Pattern] {
    var patterns: [Pattern] = []
    for item in try node.list() {
      let pattern = try item.pattern()
      let unknown = pattern.groupNames.keys.sorted().first { NeighborField(rawValue: $0) == nil }
      if let unknown { throw item.error(.badValue, "the group '\(unknown)' is none of \(fieldNames)") }
      guard !pattern.groupNames.isEmpty else { throw item.error(.badValue, "must have named groups out of \(fieldNames)") }
      patterns.append(pattern)
    }
    guard !patterns.isEmpty else { throw node.error(.badValue, "must have one pattern at least") }
    return patterns
  }

  private static func extract(_ node: YAMLNode) throws(DefinitionError) -> [(NeighborField, Pattern)] {
    _ = try node.mapping(NeighborField.allCases.map(\.rawValue))
    var extract: [(NeighborField, Pattern)] = []
    for entry in try node.entries() {
      guard let field = NeighborField(rawValue: entry.key) else { continue }
      let pattern = try entry.value.pattern()
      guard pattern.groupCount == 1 else { throw entry.value.error(.badValue, "must have one group, the value") }
      extract.append((field, pattern))
    }
    guard !extract.isEmpty else { throw node.error(.badValue, "must have one field at least") }
    return extract
  }
}
