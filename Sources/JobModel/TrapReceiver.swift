/// How SNMPv3 protects what is sent (RFC 3411, section 3.4.3).
package enum TrapSecurityLevel: String, Sendable, CaseIterable {
  case noAuthNoPriv, authNoPriv, authPriv
}

/// The HMAC that authenticates SNMPv3 messages (RFC 3414, RFC 7860).
package enum TrapAuthProtocol: String, Sendable, CaseIterable {
  case sha, sha224 = "sha-224", sha256 = "sha-256", sha384 = "sha-384", sha512 = "sha-512"
}

/// The cipher that hides SNMPv3 messages (RFC 3826; the longer keys as net-snmp and Cisco know them).
package enum TrapPrivProtocol: String, Sendable, CaseIterable {
  case aes, aes192 = "aes-192", aes256 = "aes-256"
}

/// The version of SNMP in which traps are sent.
package enum TrapVersion: String, Sendable, CaseIterable {
  case v2c = "2c"
  case v3 = "3"
}

/// What may stand as an enterprise's object identifier: below `enterprises`, with at most 20 numbers in all.
package enum EnterpriseIdentifier {
  package static let standard = "1.3.6.1.4.1.8072.9999.9999"
  private static let enterprises: [UInt32] = [1, 3, 6, 1, 4, 1]

  /// The numbers; nil for what is none.
  package static func numbers(_ text: String) -> [UInt32]? {
    var numbers: [UInt32] = []
    for part in text.split(separator: ".", omittingEmptySubsequences: false) {
      guard let number = UInt32(part), String(number) == part else { return nil }
      numbers.append(number)
    }
    guard numbers.count > enterprises.count, numbers.count <= 20, numbers.starts(with: enterprises) else { return nil }
    return numbers
  }
}
