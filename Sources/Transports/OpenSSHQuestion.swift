/// What `ssh` asks on its controlling terminal: about the host key, for a password, for a passphrase.
struct OpenSSHQuestion {
  private var bytes: [UInt8] = []
  /// Nothing has followed for a while.
  var isQuiet = false

  private static let maximumByteCount = 8192

  /// Whether there is the beginning of a question.
  var isPending: Bool { !line.isEmpty }

  /// The last line, which has no end yet.
  private var line: ArraySlice<UInt8> {
    bytes[(bytes.lastIndex { $0 == 0x0A || $0 == 0x0D }.map { $0 + 1 } ?? 0)...]
  }

  /// Takes the next bytes.
  mutating func append(_ more: [UInt8]) {
    isQuiet = false
    bytes += more
    if bytes.count > Self.maximumByteCount { bytes.removeFirst(bytes.count - Self.maximumByteCount) }
  }

  /// The question, once it is complete; it is taken away then.
  /// - Parameter isHidden: the program has switched the echo off, as it does before it asks for a secret.
  mutating func complete(isHidden: Bool) -> String? {
    guard isPending else { return nil }
    let text = String(decoding: line, as: UTF8.self)
    guard isHidden || isQuiet || Self.isAboutHostKey(text) else { return nil }
    discard()
    return text
  }

  mutating func discard() {
    bytes.removeAll(keepingCapacity: true)
    isQuiet = false
  }

  static func isAboutHostKey(_ text: String) -> Bool {
    text.hasSuffix("(yes/no/[fingerprint])? ") || text.hasSuffix("(yes/no)? ")
  }

  /// The server's prompt without what ssh puts before it: `(user@host) Password: `.
  static func prompt(in text: String) -> String {
    guard text.hasPrefix("("), let end = text.firstIndex(of: ")") else { return text }
    return String(text[text.index(after: end)...].drop { $0 == " " })
  }
}
