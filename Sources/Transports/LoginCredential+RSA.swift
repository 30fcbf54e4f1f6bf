extension LoginCredential.PrivateKey {
  /// Whether it is an RSA key, as far as that shows without its passphrase.
  var isRSA: Bool {
    if text.contains("-----BEGIN RSA PRIVATE KEY-----") { return true }
    var body: [UInt8] = []
    for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("-----") { body += line.utf8 }
    let bytes = Base64.decode(body)
    // The public key of OpenSSH's form, and the object identifier of PKCS #8.
    let marks = [Array("ssh-rsa".utf8), [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]]
    return marks.contains { mark in
      bytes.indices.contains { bytes[$0...].starts(with: mark) }
    }
  }
}
