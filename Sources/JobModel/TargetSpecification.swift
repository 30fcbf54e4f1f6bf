/// Which devices of its network a job is for.
package enum TargetSpecification: Codable, Equatable, Sendable {
  /// No devices: the job is none that goes to devices it is given, see `JobType.hasTargets`.
  case none
  /// Every enabled device of the network, evaluated at each execution.
  case allDevices
  /// The enabled devices that match a search expression, evaluated at each execution.
  case search(String)
  /// The devices of this list, by name, in this order.
  case devices([String])

  private enum CodingKeys: String, CodingKey { case kind, search, devices }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    switch try container.decode(String.self, forKey: .kind) {
    case "none": self = .none
    case "all-devices": self = .allDevices
    case "search": self = .search(try container.decode(String.self, forKey: .search))
    case "static-list": self = .devices(try container.decode([String].self, forKey: .devices))
    case let kind:
      throw DecodingError.dataCorruptedError(
        forKey: .kind, in: container, debugDescription: "unknown target kind '\(kind)'")
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(kind, forKey: .kind)
    switch self {
    case .none, .allDevices: break
    case .search(let expression): try container.encode(expression, forKey: .search)
    case .devices(let names): try container.encode(names, forKey: .devices)
    }
  }

  /// The word for this kind: `none`, `all-devices`, `search` or `static-list`.
  package var kind: String {
    switch self {
    case .none: "none"
    case .allDevices: "all-devices"
    case .search: "search"
    case .devices: "static-list"
    }
  }

  /// One line that a person reads, such as `search platform:cisco_*`.
  package var sentence: String {
    switch self {
    case .none: "none"
    case .allDevices: "all devices"
    case .search(let expression): "search \(expression)"
    case .devices(let names): "devices \(names.joined(separator: ", "))"
    }
  }
}
