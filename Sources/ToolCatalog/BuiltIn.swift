/// What a tool does that netjob itself can do, instead of typing commands.
package enum BuiltIn: String, Sendable, CaseIterable {
  /// Copies a file of this host to the device.
  case pushFile = "push-file"
  /// Tries which TCP ports of the device take connections.
  case portScan = "port-scan"
  /// Compares what name servers say of the device's name and address.
  case dnsLookup = "dns-lookup"
  /// Asks the device by SNMP what it is.
  case snmpSystemInfo = "snmp-system-info"

  package var changesDevices: Bool { self == .pushFile }

  /// The parameters that it reads: these the tool must have, of these types.
  var parameters: [(name: String, kind: ToolParameter.Kind)] {
    switch self {
    case .pushFile:
      [
        ("file", .string), ("destination", .string), ("protocol", .choice), ("replace", .boolean), ("sha256", .string),
        ("size", .integer),
      ]
    case .portScan: [("ports", .string), ("timeout", .integer), ("rate", .integer)]
    case .dnsLookup: [("name", .hostname), ("domain", .hostname)]
    case .snmpSystemInfo: [("port", .integer), ("timeout", .integer)]
    }
  }
}
