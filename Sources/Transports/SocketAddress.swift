import Glibc

/// An address of a socket, as the system resolves and connects it.
struct SocketAddress: Sendable, Equatable {
  var family: Int32
  /// A `sockaddr_in` or `sockaddr_in6`.
  var bytes: [UInt8]

  /// Resolves `endpoint` with `getaddrinfo`, which blocks unless `isNumeric`.
  /// - Parameter isNumeric: take numeric addresses only.
  /// - Returns: one address at least, in the system's order of preference; nil when there is none.
  /// - Throws: `.nameNotResolved` with the resolver's reason; for numeric ones, nil is returned instead.
  static func resolve(_ endpoint: Endpoint, isNumeric: Bool) throws(TransportError) -> [SocketAddress]? {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_NUMERICSERV | (isNumeric ? AI_NUMERICHOST : AI_ADDRCONFIG)
    var list: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(endpoint.host, String(endpoint.port), &hints, &list)
    defer { if list != nil { freeaddrinfo(list) } }
    if status != 0 {
      if isNumeric { return nil }
      let reason = status == EAI_SYSTEM ? "\(SystemError(errno))" : String(cString: gai_strerror(status)).lowercased()
      throw TransportError(
        .nameNotResolved, "cannot resolve '\(PrintableBytes(endpoint.host.utf8))': \(reason)",
        hint: "check the device's address, or give it as an IP address")
    }
    var addresses: [SocketAddress] = []
    var next = list
    while let entry = next?.pointee {
      if let address = entry.ai_addr, entry.ai_family == AF_INET || entry.ai_family == AF_INET6 {
        let bytes = UnsafeRawBufferPointer(start: address, count: Int(entry.ai_addrlen))
        addresses.append(SocketAddress(family: entry.ai_family, bytes: Array(bytes)))
      }
      next = entry.ai_next
    }
    return addresses.isEmpty ? nil : addresses
  }

  /// Calls `body` with the address as the socket functions take it.
  func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result? {
    bytes.withUnsafeBytes { raw in
      raw.bindMemory(to: sockaddr.self).baseAddress.map { body($0, socklen_t(raw.count)) }
    }
  }
}
