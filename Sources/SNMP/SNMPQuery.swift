private import CNetSNMP
package import Transports

/// What a device says of itself by SNMPv2c (RFC 3418, the system group).
package struct SNMPSystem: Sendable, Equatable {
  package var description: String
  /// sysObjectID in numbers; empty where there is none.
  package var identifier: String
  package var name: String
  /// Who is to be asked about it, and where it is; empty where there is none.
  package var contact: String
  package var location: String
  /// The time since the agent started, which begins anew after 497 days; nil where there is none.
  package var uptime: Duration?

  package init(
    description: String, identifier: String, name: String, contact: String = "", location: String = "", uptime: Duration? = nil
  ) {
    self.description = description
    self.identifier = identifier
    self.name = name
    self.contact = contact
    self.location = location
    self.uptime = uptime
  }
}

/// Asks devices for their system group; each question has a thread of its own, as the library blocks.
package enum SNMPQuery {
  /// Loads the library, which changes the process's environment once.
  package static func prepare() { _ = netjob_load_snmp() }

  /// - Parameters:
  ///   - endpoint: a numeric address and UDP port.
  ///   - timeout: for each of two attempts.
  /// - Returns: nil where nobody answers, or not to this community.
  /// - Throws: `.system` where libnetsnmp cannot be loaded or a thread not be made.
  package static func system(
    of endpoint: Endpoint, community: String, timeout: Duration
  ) async throws -> SNMPSystem? {
    let milliseconds = max(1, Int(timeout / .milliseconds(1)))
    return try await LoopThread.run { try ask(endpoint, community, milliseconds) }
  }

  private static func ask(_ endpoint: Endpoint, _ community: String, _ milliseconds: Int) throws -> SNMPSystem? {
    var system = netjob_system()
    var reason = [CChar](repeating: 0, count: 300)
    let status = netjob_get_system(
      endpoint.host, endpoint.port, community, milliseconds, 1, &system, &reason, reason.count)
    if status == netjob_trap_no_library {
      throw TransportError(
        .system, "SNMP needs libnetsnmp, which cannot be loaded: \(text(reason))", hint: "apt install libsnmp40")
    }
    guard status == netjob_trap_sent else { return nil }
    return SNMPSystem(
      description: withUnsafeBytes(of: system.description) { text($0.bindMemory(to: CChar.self)) },
      identifier: withUnsafeBytes(of: system.identifier) { text($0.bindMemory(to: CChar.self)) },
      name: withUnsafeBytes(of: system.name) { text($0.bindMemory(to: CChar.self)) },
      contact: withUnsafeBytes(of: system.contact) { text($0.bindMemory(to: CChar.self)) },
      location: withUnsafeBytes(of: system.location) { text($0.bindMemory(to: CChar.self)) },
      // In hundredths of a second.
      uptime: system.has_uptime != 0 ? .milliseconds(Int64(system.uptime) * 10) : nil)
  }

  private static func text(_ characters: some Sequence<CChar>) -> String {
    String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
