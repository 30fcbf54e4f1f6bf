/// One way to log in: a user name with a private key, a password, or both (for servers that ask for both).
///
/// It never shows its secrets: printing or reflecting it yields the user name and the kinds of secret.
package struct LoginCredential: Sendable, Equatable {
  /// A private key in OpenSSH or PEM text. libssh2 derives the public key from it.
  ///
  /// Decrypting an OpenSSH key with a passphrase costs some 100 ms on the event loop at each login: store keys without one.
  package struct PrivateKey: Sendable, Equatable {
    package var text: String
    package var passphrase: String?

    package init(text: String, passphrase: String? = nil) {
      self.text = text
      self.passphrase = passphrase
    }
  }

  package var user: String
  package var privateKey: PrivateKey?
  /// Answers the methods `password` and `keyboard-interactive`.
  package var password: String?
  /// Log in with the keys of the caller's SSH agent, too.
  package var usesAgent: Bool

  package init(user: String, password: String? = nil, privateKey: PrivateKey? = nil, usesAgent: Bool = false) {
    self.user = user
    self.usesAgent = usesAgent
    self.password = password
    self.privateKey = privateKey
  }
}

extension LoginCredential: CustomStringConvertible, CustomReflectable {
  package var description: String {
    let kinds = [privateKey == nil ? nil : "private key", password == nil ? nil : "password", usesAgent ? "agent" : nil]
      .compactMap { $0 }
    return "\(PrintableBytes(user.utf8)) (\(kinds.isEmpty ? "no secret" : kinds.joined(separator: ", ")))"
  }

  package var customMirror: Mirror { Mirror(self, children: ["user": user]) }
}

extension LoginCredential.PrivateKey: CustomStringConvertible, CustomReflectable {
  package var description: String { "private key" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
