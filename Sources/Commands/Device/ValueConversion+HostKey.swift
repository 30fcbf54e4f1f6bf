internal import Arguments

extension ValueConversion where Value == String {
  /// `SHA256:` and 43 digits of base64, as OpenSSH prints it; padding is dropped.
  static var fingerprint: ValueConversion {
    .custom(allowed: "a fingerprint of the form SHA256: and 43 base64 digits, as ssh-keygen -l prints it") { text in
      let bare = text.hasSuffix("=") ? String(text.dropLast()) : text
      guard bare.hasPrefix("SHA256:") else { return nil }
      let digits = bare.utf8.dropFirst(7)
      let isBase64 = digits.allSatisfy { byte in
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 0x2B || byte == 0x2F
      }
      return digits.count == 43 && isBase64 ? bare : nil
    }
  }

  /// The types of host key that can be pinned.
  static var hostKeyType: ValueConversion {
    .oneOf(["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa", "ssh-dss"])
  }
}
