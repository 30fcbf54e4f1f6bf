/// Where a device listens: a name or a numeric IPv4 or IPv6 address (a scope such as `%eth0` is allowed), and a TCP port.
package struct Endpoint: Sendable, Hashable, CustomStringConvertible {
  package var host: String
  package var port: UInt16

  package init(host: String, port: UInt16 = 22) {
    self.host = host
    self.port = port
  }

  /// `host:port`, an IPv6 address in brackets.
  package var description: String {
    let printable = PrintableBytes(host.utf8).description
    return host.utf8.contains(UInt8(ascii: ":")) ? "[\(printable)]:\(port)" : "\(printable):\(port)"
  }

  /// What is missing where the address is a link-local one without its scope (RFC 4007); nil for others.
  var scopeHint: String? {
    let isUnscoped = host.lowercased().hasPrefix("fe80:") && !host.contains("%")
    return isUnscoped ? "a link-local address needs its interface: \(host)%INTERFACE" : nil
  }
}
