/// A server's public key, as it proved to hold it during key exchange (RFC 4253).
package struct HostKey: Sendable, Hashable {
  /// The key's type, as in known_hosts: `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`, ...
  package var algorithm: String
  /// `SHA256:` and the unpadded base64 of the hash over `blob`, as OpenSSH prints it.
  package var fingerprint: String
  /// The public key in SSH wire format.
  package var blob: [UInt8]

  package init(algorithm: String, fingerprint: String, blob: [UInt8]) {
    self.algorithm = algorithm
    self.fingerprint = fingerprint
    self.blob = blob
  }

  package var pin: HostKeyPin { HostKeyPin(algorithm: algorithm, fingerprint: fingerprint) }
}

/// The host key that a device must present.
package struct HostKeyPin: Sendable, Hashable {
  /// As `HostKey.algorithm`; decides which kind of host key is negotiated.
  package var algorithm: String
  /// As `HostKey.fingerprint`.
  package var fingerprint: String

  package init(algorithm: String, fingerprint: String) {
    self.algorithm = algorithm
    self.fingerprint = fingerprint
  }
}

/// Judges a host key after key exchange and before anything is sent to authenticate. What it throws ends the connection and
/// reaches the caller unchanged.
package typealias HostKeyVerifier = @Sendable (HostKey) async throws -> Void
