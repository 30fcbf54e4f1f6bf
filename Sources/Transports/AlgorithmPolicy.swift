/// Which algorithms we offer a server, best first.
///
/// Weak ones (SHA-1, CBC, DSS) are offered only to a device that is marked as legacy. libssh2 before 1.11 verifies RSA host
/// keys by SHA-1 signatures only (`ssh-rsa`), so that there a device with only an RSA host key counts as legacy, too.
struct AlgorithmPolicy: Sendable, Equatable {
  private(set) var offers: [AlgorithmCategory: [String]]
  let allowsLegacy: Bool
  let pinnedKeyType: String?

  // `ext-info-c` and `kex-strict-c` are markers, which libssh2 sends only if they are listed.
  private static let modern: [AlgorithmCategory: [String]] = [
    .keyExchange: [
      "mlkem768x25519-sha256", "curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256",
      "ecdh-sha2-nistp384", "ecdh-sha2-nistp521", "diffie-hellman-group16-sha512", "diffie-hellman-group18-sha512",
      "diffie-hellman-group-exchange-sha256", "diffie-hellman-group14-sha256", "ext-info-c",
      "kex-strict-c-v00@openssh.com",
    ],
    .hostKey: [
      "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512", "rsa-sha2-256",
    ],
    .cipher: [
      "aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes128-ctr", "aes192-ctr",
      "aes256-ctr",
    ],
    .mac: ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512"],
  ]

  private static let legacy: [AlgorithmCategory: [String]] = [
    .keyExchange: ["diffie-hellman-group14-sha1", "diffie-hellman-group-exchange-sha1", "diffie-hellman-group1-sha1"],
    .hostKey: ["ssh-rsa", "ssh-dss"],
    .cipher: ["aes256-cbc", "aes192-cbc", "aes128-cbc", "3des-cbc"],
    .mac: ["hmac-sha1-etm@openssh.com", "hmac-sha1"],
  ]

  /// - Parameters:
  ///   - pinnedKeyType: offer host key algorithms of this type of key only, so that the pinned key is what is compared.
  ///   - isSupported: what the library can do.
  init(
    allowsLegacy: Bool, pinnedKeyType: String?,
    isSupported: (String, AlgorithmCategory) -> Bool = { SSHLibrary.supports($0, as: $1) }
  ) {
    self.allowsLegacy = allowsLegacy
    self.pinnedKeyType = pinnedKeyType
    offers = [:]
    for category in AlgorithmCategory.allCases {
      var names = Self.modern[category] ?? []
      if allowsLegacy { names += Self.legacy[category] ?? [] }
      names = names.filter { isSupported($0, category) }
      if category == .hostKey, let pinnedKeyType {
        names = names.filter { Self.keyType(of: $0) == pinnedKeyType }
      }
      offers[category] = names
    }
  }

  /// The type of key that a host key algorithm uses (RFC 8332: one RSA key, several signatures).
  static func keyType(of algorithm: String) -> String {
    algorithm.hasPrefix("rsa-sha2-") ? "ssh-rsa" : algorithm
  }

  /// Markers are no algorithms that could be agreed on.
  static func isMarker(_ name: String) -> Bool {
    name.hasPrefix("ext-info-") || name.hasPrefix("kex-strict-")
  }

  /// The algorithms of a category that can be agreed on.
  func algorithms(_ category: AlgorithmCategory) -> [String] {
    (offers[category] ?? []).filter { !Self.isMarker($0) }
  }
}
