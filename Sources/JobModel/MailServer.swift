/// The server that takes mail: `smtp://HOST[:PORT]` (port 25) or `smtps://HOST[:PORT]` (TLS from the start, port 465).
package struct MailServer: Equatable, Sendable, CustomStringConvertible {
  package let isImplicitTLS: Bool
  /// An IPv6 address stands without its brackets.
  package let host: String
  package let port: UInt16

  /// - Throws: `.invalid`.
  package init(parsing text: String) throws(ModelError) {
    func wrong(_ why: String) -> ModelError {
      ModelError(.invalid, "mail server '\(TextRule.quoted(text))' is not allowed: \(why)")
    }
    let rest: Substring
    if text.hasPrefix("smtp://") {
      isImplicitTLS = false
      rest = text.dropFirst(7)
    } else if text.hasPrefix("smtps://") {
      isImplicitTLS = true
      rest = text.dropFirst(8)
    } else {
      throw wrong("it is smtp://HOST[:PORT] or smtps://HOST[:PORT]")
    }
    let hostText: Substring
    var portText: Substring?
    if rest.hasPrefix("[") {
      guard let end = rest.firstIndex(of: "]") else { throw wrong("the bracket of the IPv6 address is not closed") }
      hostText = rest[rest.index(after: rest.startIndex)..<end]
      let after = rest[rest.index(after: end)...]
      if !after.isEmpty {
        guard after.hasPrefix(":") else { throw wrong("after the address there may be only a port") }
        portText = after.dropFirst()
      }
    } else {
      let parts = rest.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      hostText = parts[0]
      portText = parts.count == 2 ? parts[1] : nil
    }
    try DeviceAddress.validate(String(hostText))
    host = String(hostText)
    if let portText {
      guard let number = UInt16(portText), number > 0, String(number) == portText else {
        throw wrong("the port is a number from 1 to 65535")
      }
      port = number
    } else {
      port = isImplicitTLS ? 465 : 25
    }
  }

  /// With its port.
  package var description: String {
    "\(isImplicitTLS ? "smtps" : "smtp")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
  }
}

/// When mail is encrypted on a connection that begins in the clear.
package enum StartTLSPolicy: String, Sendable, CaseIterable {
  /// Where the server offers it; a password is never sent without.
  case whenOffered = "when-offered"
  case required, never
}
