import Glibc

/// Asks the system's resolver (hosts file, DNS, as nsswitch.conf(5) says) for addresses of names and names of addresses. Each
/// question has a thread of its own, as the resolver blocks.
package enum NameLookup {
  /// The addresses of a name in numbers, IPv4 and IPv6, each once, in the system's order.
  /// - Throws: `.nameNotResolved` with the resolver's reason, `.system`.
  package static func addresses(of name: String) async throws -> [String] {
    guard !name.isEmpty, name.utf8.count <= 1024, !name.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else {
      throw TransportError(.nameNotResolved, "'\(PrintableBytes(name.utf8))' is no host name or address")
    }
    return try await LoopThread.run {
      let found = try SocketAddress.resolve(Endpoint(host: name, port: 0), isNumeric: false) ?? []
      var addresses: [String] = []
      for address in found {
        if let text = try? text(of: address, flags: NI_NUMERICHOST), !addresses.contains(text) { addresses.append(text) }
      }
      return addresses
    }
  }

  /// The name of a numeric address; nil where it has none.
  /// - Throws: `.nameNotResolved` where the resolver fails or `address` is none, `.system`.
  package static func name(of address: String) async throws -> String? {
    guard let address = try SocketAddress.resolve(Endpoint(host: address, port: 0), isNumeric: true)?.first else {
      throw TransportError(.nameNotResolved, "'\(PrintableBytes(address.utf8))' is no IP address")
    }
    return try await LoopThread.run { try text(of: address, flags: NI_NAMEREQD) }
  }

  private static func text(of address: SocketAddress, flags: Int32) throws(TransportError) -> String? {
    // NI_MAXHOST, which Glibc does not show to Swift.
    var name = [CChar](repeating: 0, count: 1025)
    let status =
      address.withPointer { getnameinfo($0, $1, &name, socklen_t(name.count), nil, 0, flags) } ?? EAI_FAIL
    if status == EAI_NONAME { return nil }
    guard status == 0 else {
      let reason = status == EAI_SYSTEM ? "\(SystemError(errno))" : String(cString: gai_strerror(status)).lowercased()
      throw TransportError(.nameNotResolved, "cannot look up the name of an address: \(reason)")
    }
    return PrintableBytes(name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), limit: 255).description
  }
}
