private import DeviceCLI
internal import JobModel
private import SNMP
internal import Storage
private import Terminal
internal import ToolCatalog
private import Transports

/// What netjob finds out of a device from the host that it runs on.
extension DeviceWork {
  /// Nothing of this goes through a jump host; without it the same address may be another device.
  private func requireDirectWay(_ what: String) async throws -> AccessRules.Rules {
    let reach = try await opener.reach(part.device)
    if let jump = reach.network.jump {
      throw ModelError(
        .invalid, "the way to network '\(reach.network.name)' leads through jump host \(jump.address), and \(what) goes straight")
    }
    return reach
  }

  // MARK: Ports

  /// So many ports of a device are tried at once.
  private static let portWidth = 16
  private static let portLimit = 4096

  /// The ports of `22,80-82`, each once, in order.
  /// - Throws: `.invalid`.
  static func ports(_ text: String) throws(ModelError) -> [UInt16] {
    var ports: Set<UInt16> = []
    for part in text.split(separator: ",") {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
      guard let first = ends.first ?? nil, let last = ends.last ?? nil, first > 0, first <= last, ends.count <= 2 else {
        throw ModelError(
          .invalid, "parameter 'ports': '\(TextRule.quoted(String(part)))' is no port and no span of ports: 1-65535 are")
      }
      ports.formUnion(first...last)
    }
    guard !ports.isEmpty, ports.count <= portLimit else {
      throw ModelError(.invalid, "parameter 'ports' names \(ports.count) ports: 1 to \(portLimit) can be tried")
    }
    return ports.sorted()
  }

  func scanPorts(_ task: BuiltInTask, _ activity: DeviceActivity) async throws -> DeviceOutcome {
    let ports = try Self.ports(task.tool.values["ports"] ?? "")
    let timeout = Duration.seconds(task.tool.values["timeout"].flatMap(Int.init) ?? 3)
    _ = try await requireDirectWay("a port scan")
    activity.current = "trying ports"
    let address = part.device.address
    var states: [UInt16: PortState] = [:]
    try await withThrowingTaskGroup(of: (UInt16, PortState).self) { group in
      var waiting = ports[...]
      func beginNext() {
        guard let port = waiting.popFirst() else { return }
        group.addTask { [opener, pacer = task.pacer] in
          try await pacer.wait()
          return (port, try await opener.connector.probe(Endpoint(host: address, port: port), timeout: timeout))
        }
      }
      for _ in 0..<Self.portWidth { beginNext() }
      while let (port, state) = try await group.next() {
        states[port] = state
        activity.current = "trying ports, \(states.count * 100 / ports.count) %"
        beginNext()
      }
    }
    let open = ports.filter { states[$0] == .open }
    let transcript = ports.map { "\($0)/tcp \(states[$0]?.words ?? "")\n" }.joined()
    if case .unreachable(let reason)? = states[ports[0]], states.values.allSatisfy({ $0 == states[ports[0]] }) {
      return DeviceOutcome(status: .failed, error: "no port can be reached: \(reason)", output: transcript)
    }
    let list =
      open.isEmpty ? "" : ": " + open.prefix(20).map(String.init).joined(separator: ", ") + (open.count > 20 ? ", ..." : "")
    return DeviceOutcome(status: .succeeded, summary: "\(open.count) of \(ports.count) ports open\(list)", output: transcript)
  }

  // MARK: Names

  func lookUp(_ values: [String: String], _ activity: DeviceActivity) async throws -> DeviceOutcome {
    activity.current = "asking for names"
    let device = part.device
    let isNumeric = NetworkAddress(device.address) != nil
    var name = values["name"] ?? (isNumeric ? device.hostname ?? device.name : device.address)
    if let domain = values["domain"], !name.contains(".") { name += ".\(domain)" }
    var transcript = ""
    var complaints: [String] = []
    func addresses(of name: String) async throws -> [String] {
      do {
        let found = try await NameLookup.addresses(of: name)
        transcript += "\(name) has address \(found.joined(separator: ", "))\n"
        return found
      } catch let error as TransportError where error.code == .nameNotResolved {
        transcript += "\(error.message)\n"
        return []
      }
    }
    let found = try await addresses(of: name)
    // The device is where netjob logs in to it.
    let own =
      isNumeric ? [Self.canonical(device.address)] : device.address == name ? found : try await addresses(of: device.address)
    if found.isEmpty { complaints.append("'\(name)' has no address") }
    if own.isEmpty, device.address != name { complaints.append("'\(device.address)' has no address") }
    if !found.isEmpty, !own.isEmpty, Set(found.map(Self.canonical)).isDisjoint(with: own.map(Self.canonical)) {
      complaints.append("'\(name)' is \(found.joined(separator: ", ")), and the device is at \(own.joined(separator: ", "))")
    }
    for address in own {
      let reverse: String?
      do {
        reverse = try await NameLookup.name(of: address)
      } catch let error as TransportError where error.code == .nameNotResolved {
        transcript += "\(error.message)\n"
        complaints.append("the name of \(address) cannot be looked up")
        continue
      }
      transcript += reverse.map { "\(address) has name \($0)\n" } ?? "\(address) has no name\n"
      if let reverse {
        if !Self.isSameName(reverse, name) { complaints.append("\(address) is called '\(reverse)', not '\(name)'") }
      } else {
        complaints.append("\(address) has no name")
      }
    }
    guard complaints.isEmpty else {
      return DeviceOutcome(status: .failed, error: complaints.joined(separator: "; "), output: transcript)
    }
    return DeviceOutcome(
      status: .succeeded, summary: "\(name) and \(own.joined(separator: ", ")) belong together", output: transcript)
  }

  private static func canonical(_ address: String) -> String { NetworkAddress(address)?.description ?? address }

  /// Names are compared without regard to case (RFC 4343); one without a domain stands for that of any domain.
  static func isSameName(_ left: String, _ right: String) -> Bool {
    let sides = [left, right].map { name in name.lowercased().split(separator: ".") }
    return sides[0] == sides[1] || (sides.contains { $0.count == 1 } && sides[0].first == sides[1].first)
  }

  // MARK: SNMP

  func askSystem(_ values: [String: String], _ activity: DeviceActivity) async throws -> DeviceOutcome {
    _ = try await requireDirectWay("SNMP")
    let device = part.device
    let credentials = try await store.readAsync { sql in
      let keys = try store.keys(in: sql)
      let candidates =
        device.credentialID == nil
        ? try CredentialQueries.all(sql, network: device.networkID) : try CredentialQueries.candidates(sql, for: device)
      return try candidates.compactMap { record in
        try CredentialQueries.secrets(sql, of: record.id, keys: keys).snmpCommunity.map { (name: record.name, community: $0) }
      }
    }
    guard !credentials.isEmpty else {
      throw ModelError(
        .invalid, "no credential of device '\(device.name)' has an SNMP community",
        hint: "netjob credential edit NAME --snmp-community-stdin gives one to it")
    }
    activity.current = "asking by SNMP"
    let port = values["port"].flatMap(UInt16.init) ?? 161
    let timeout = Duration.seconds(values["timeout"].flatMap(Int.init) ?? 2)
    let host =
      NetworkAddress(device.address) == nil ? try await NameLookup.addresses(of: device.address).first : device.address
    guard let host else { throw TransportError(.nameNotResolved, "'\(device.address)' has no address") }
    var asked: Set<String> = []
    for credential in credentials where asked.insert(credential.community).inserted {
      try Task.checkCancellation()
      let answer = try await SNMPQuery.system(
        of: Endpoint(host: host, port: port), community: credential.community, timeout: timeout)
      guard let system = answer else { continue }
      var lines = [
        ("sysDescr", system.description), ("sysObjectID", system.identifier), ("sysName", system.name),
        ("sysContact", system.contact), ("sysLocation", system.location),
      ]
      if let uptime = system.uptime { lines.append(("sysUpTime", "\(uptime.components.seconds) s")) }
      let secrets = Redactor(secrets: credentials.map(\.community))
      let transcript = lines.filter { !$0.1.isEmpty }.map { name, value in
        // An agent's text may have several lines.
        "\(name): \(value.split(whereSeparator: \.isNewline).joined(separator: " | "))\n"
      }.joined()
      let first = system.description.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
      return DeviceOutcome(
        status: .succeeded,
        summary: secrets.redacting([system.name, first].filter { !$0.isEmpty }.joined(separator: ": ")),
        output: secrets.redacting("(community of credential '\(credential.name)')\n\(transcript)"))
    }
    return DeviceOutcome(
      status: .failed,
      error: "no answer from UDP port \(port), or not to the communit\(asked.count == 1 ? "y" : "ies") of "
        + credentials.map { "'\($0.name)'" }.joined(separator: ", "))
  }
}

extension PortState {
  /// As lists show it.
  fileprivate var words: String {
    switch self {
    case .open: "open"
    case .closed: "closed"
    case .filtered: "filtered"
    case .unreachable(let reason): "unreachable (\(reason))"
    }
  }
}
