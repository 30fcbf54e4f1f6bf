import CSSH2

/// What two sides of SSH agree on at key exchange (RFC 4253 section 7.1).
enum AlgorithmCategory: String, CaseIterable, Sendable {
  case keyExchange = "key exchange"
  case hostKey = "host key"
  case cipher
  case mac = "MAC"

  /// libssh2's names for the category, client to server first.
  var methods: [Int32] {
    switch self {
    case .keyExchange: [LIBSSH2_METHOD_KEX]
    case .hostKey: [LIBSSH2_METHOD_HOSTKEY]
    case .cipher: [LIBSSH2_METHOD_CRYPT_CS, LIBSSH2_METHOD_CRYPT_SC]
    case .mac: [LIBSSH2_METHOD_MAC_CS, LIBSSH2_METHOD_MAC_SC]
    }
  }
}
