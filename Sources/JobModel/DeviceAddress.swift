/// What may stand where a device's address is wanted: an IPv4 or IPv6 address, or a host name (RFC 1123).
package enum DeviceAddress {
  /// Checks `text`.
  /// - Throws: `.invalid`.
  package static func validate(_ text: String) throws(ModelError) {
    func wrong(_ why: String) -> ModelError {
      ModelError(
        .invalid, "address '\(TextRule.quoted(text))' is not allowed: \(why)",
        hint: "it is an IPv4 address, an IPv6 address without brackets, or a host name")
    }
    let bytes = Array(text.utf8)
    if bytes.isEmpty || bytes.count > 253 { throw wrong("an IP address or a host name of 1 to 253 characters") }
    if bytes.contains(0x3A) {
      // IPv6, perhaps with a zone such as %eth0.
      let address = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
      guard NetworkAddress(String(address[0])) != nil else { throw wrong("not an IPv6 address") }
      if address.count == 2, address[1].isEmpty || !address[1].utf8.allSatisfy(isLabelByte) {
        throw wrong("the zone after '%' must be an interface name")
      }
      return
    }
    let labels = text.split(separator: ".", omittingEmptySubsequences: false)
    if labels.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }) {
      guard NetworkAddress(text) != nil else { throw wrong("not an IPv4 address") }
      return
    }
    // Resolvers read a name that ends in a number as an IPv4 address of the old forms: 0x7f.1 is 127.0.0.1.
    if let last = labels.last, last.utf8.allSatisfy({ (48...57).contains($0) }) || last.lowercased().hasPrefix("0x") {
      throw wrong("a host name does not end in a number")
    }
    for label in labels {
      if label.isEmpty || label.utf8.count > 63 || label.hasPrefix("-") || label.hasSuffix("-")
        || !label.utf8.allSatisfy(isLabelByte)
      {
        throw wrong("the label '\(TextRule.quoted(String(label)))' is no part of a host name")
      }
    }
  }

  private static func isLabelByte(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 0x2D || byte == 0x5F
      || byte == 0x2E
  }
}
