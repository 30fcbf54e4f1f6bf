import CSSH2

/// libssh2 as it is linked: initialised once, asked once for what it can do.
package enum SSHLibrary {
  /// The version at run time: `1.10.0`.
  package static let version: String = libssh2_version(0).map { String(cString: $0) } ?? "unknown"

  /// The result of `libssh2_init`, which must be called before any thread uses the library.
  private static let status = libssh2_init(0)

  /// What the library can negotiate, by category, in its own order.
  private static let supported: [AlgorithmCategory: [String]] = {
    guard status == 0, let session = libssh2_session_init_ex(nil, nil, nil, nil) else { return [:] }
    defer { libssh2_session_free(session) }
    var algorithms: [AlgorithmCategory: [String]] = [:]
    for category in AlgorithmCategory.allCases {
      var names: UnsafeMutablePointer<UnsafePointer<CChar>?>?
      let count = libssh2_session_supported_algs(session, category.methods[0], &names)
      guard count > 0, let names else { continue }
      algorithms[category] = UnsafeBufferPointer(start: names, count: Int(count)).compactMap { $0.map { String(cString: $0) } }
      libssh2_free(session, names)
    }
    return algorithms
  }()

  /// - Throws: `.system` when the library does not start.
  static func start() throws(TransportError) {
    guard status == 0 else { throw TransportError(.system, "libssh2 \(version) does not start: error \(status)") }
  }

  /// Versions before 1.11 have no other signatures for RSA keys.
  static var signsRSAWithSHA1Only: Bool { !supports("rsa-sha2-512", as: .hostKey) }

  static func supports(_ algorithm: String, as category: AlgorithmCategory) -> Bool {
    supported[category]?.contains(algorithm) ?? false
  }
}
