internal import Arguments
private import Glibc
private import JobModel
internal import Storage
private import Terminal

/// The options through which the secrets of a credential come in.
enum SecretOptions {
  private static let password = Flag("password-stdin", help: "read the password from standard input, or be asked for it")
  private static let enable = Flag(
    "enable-stdin", help: "read the password of the privileged mode from standard input, or be asked for it")
  private static let passphrase = Flag(
    "passphrase-stdin", help: "read the passphrase of the private key from standard input, or be asked for it")
  private static let snmpCommunity = Flag(
    "snmp-community-stdin", help: "read an SNMP community from standard input, or be asked for it")
  private static let privateKey = Option<String>(
    "private-key-file", valueName: "FILE",
    help: "the private key to log in with, in OpenSSH or PEM form; - is standard input", completion: .file)

  static let all: [any CommandParameter] = [password, enable, passphrase, privateKey, snmpCommunity]

  private static let keyLimit = 64 << 10

  /// The secrets that the options announce, read in the documented order.
  /// - Parameter asksForPassword: whether the password is asked for where no option announces a secret.
  static func read(
    _ arguments: ParsedArguments, _ context: Context, asksForPassword: Bool
  ) throws -> CredentialSecrets {
    var secrets = CredentialSecrets()
    let keyFile = arguments[privateKey]
    if let keyFile { try context.requireOwnFiles(keyFile, as: "private key file") }
    let isAnnounced =
      keyFile != nil || arguments[password] || arguments[enable] || arguments[passphrase] || arguments[snmpCommunity]
    if asksForPassword && !isAnnounced && !context.input.isTerminal {
      throw ModelError(
        .invalid, "a credential needs a secret: nobody can be asked for the password, as this is not a terminal",
        hint: "give it as a line of standard input with --password-stdin, or a key with --private-key-file FILE")
    }
    // A key of a file is judged before the person types anything.
    if let keyFile, keyFile != "-" { secrets.privateKey = try key(ofFile: keyFile, context) }
    if arguments[password] || (asksForPassword && !isAnnounced) { secrets.password = try context.secret("password") }
    if arguments[enable] { secrets.enable = try context.secret("enable password") }
    if arguments[passphrase] { secrets.passphrase = try context.secret("passphrase") }
    if arguments[snmpCommunity] { secrets.snmpCommunity = try context.secret("SNMP community") }
    if keyFile == "-" { secrets.privateKey = try key(context.input.readAll(limit: keyLimit), from: "standard input") }
    return secrets
  }

  private static func key(ofFile path: String, _ context: Context) throws -> String {
    let place = "private key file '\(TextRule.quoted(path))'"
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
    guard descriptor >= 0 else { throw unreadable(place, String(cString: strerror(errno))) }
    defer { close(descriptor) }
    var information = stat()
    guard fstat(descriptor, &information) == 0 else { throw unreadable(place, String(cString: strerror(errno))) }
    guard information.st_mode & S_IFMT == S_IFREG else { throw unreadable(place, "it is no regular file") }
    let text = try key(try TextInput(descriptor: descriptor, name: place).readAll(limit: keyLimit), from: place)
    if information.st_mode & 0o077 != 0 {
      context.warn("\(place) is open to other users: chmod 600 '\(TextRule.quoted(path))'")
    }
    return text
  }

  /// Checks that the text is a private key; what it holds stands in no message.
  private static func key(_ bytes: [UInt8], from place: String) throws(ModelError) -> String {
    guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
      throw ModelError(.invalid, "\(place) is no private key: it is not text")
    }
    guard text.contains("-----BEGIN "), text.contains("PRIVATE KEY-----") else {
      let isPublic = text.hasPrefix("ssh-") || text.hasPrefix("ecdsa-") || text.contains("PUBLIC KEY-----")
      throw ModelError(
        .invalid, "\(place) is \(isPublic ? "a public key" : "no private key"): a private key in OpenSSH or PEM form is needed",
        hint: isPublic ? "the private key is usually the file of the same name without .pub" : nil)
    }
    return text
  }

  private static func unreadable(_ place: String, _ reason: String) -> ModelError {
    ModelError(.invalid, "\(place) cannot be read: \(reason)")
  }
}
