extension AlgorithmPolicy {
  /// Says why a server that offers `server` and we cannot agree.
  ///
  /// libssh2 tells no more than that it failed.
  /// - Returns: nil when the two share an algorithm in each category.
  func disagreement(with server: AlgorithmOffer, at endpoint: Endpoint) -> TransportError? {
    let gaps = AlgorithmCategory.allCases.filter { hasGap(in: $0, with: server) }
    if gaps.isEmpty { return nil }
    let details = gaps.map { category in
      "\(category.rawValue) (server: \(Self.list(server.algorithms(category))); netjob: \(Self.list(algorithms(category))))"
    }
    let message = details.joined(separator: ", ")
    if let pinnedKeyType, gaps.contains(.hostKey), !algorithms(.hostKey).isEmpty {
      return TransportError(
        .hostKeyChanged,
        "\(endpoint): the server has no \(pinnedKeyType) host key any more, which is the pinned one: \(message)",
        hint: "find out why the key changed; then pin the new one")
    }
    var error = TransportError(
      .negotiationFailed, "\(endpoint): no common algorithm for \(message)", hint: advice(gaps, server))
    error.suggestsOpenSSH = gaps.allSatisfy { server.algorithms($0).contains(where: Self.isKnownToOpenSSH) }
    return error
  }

  private func hasGap(in category: AlgorithmCategory, with server: AlgorithmOffer) -> Bool {
    if category == .mac, let cipher = algorithms(.cipher).first(where: server.algorithms(.cipher).contains) {
      // AEAD ciphers authenticate by themselves.
      if cipher.contains("gcm") || cipher.contains("poly1305") { return false }
    }
    return server.directions(category).contains { names in !algorithms(category).contains(where: names.contains) }
  }

  private func advice(_ gaps: [AlgorithmCategory], _ server: AlgorithmOffer) -> String {
    if !allowsLegacy {
      let wider = AlgorithmPolicy(allowsLegacy: true, pinnedKeyType: pinnedKeyType)
      if gaps.allSatisfy({ !wider.hasGap(in: $0, with: server) }) {
        if gaps == [.hostKey], server.algorithms(.hostKey).contains(where: { $0.hasPrefix("rsa-sha2-") }) {
          return "libssh2 \(SSHLibrary.version) verifies RSA host keys by SHA-1 only: give the device an Ed25519 or ECDSA "
            + "host key, or mark it as legacy: true"
        }
        return "the device offers only weak algorithms here: update it, or mark it as legacy: true"
      }
    }
    let wanted = gaps.flatMap { algorithms($0).prefix(3) }.map(\.description)
    let version = "or use a newer libssh2 than \(SSHLibrary.version)"
    if wanted.isEmpty { return "mark the device as legacy: true, \(version)" }
    return "enable one of \(wanted.joined(separator: ", ")) on the device, \(version)"
  }

  /// What current OpenSSH negotiates by default and libssh2 1.10 does not.
  private static func isKnownToOpenSSH(_ name: String) -> Bool {
    let prefixes = ["sntrup761x25519-sha512", "mlkem768x25519-sha256", "rsa-sha2-", "sk-", "chacha20-poly1305", "umac-"]
    return prefixes.contains(where: name.hasPrefix) || name.hasSuffix("-gcm@openssh.com") || name.hasSuffix("-etm@openssh.com")
  }

  private static func list(_ names: [String]) -> String {
    names.isEmpty ? "none" : PrintableBytes(names.joined(separator: " ").utf8, limit: 600).description
  }
}
