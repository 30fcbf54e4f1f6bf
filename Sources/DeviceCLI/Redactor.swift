/// Masks secrets in a stream of bytes, also where a secret is spread over several reads.
///
/// Only what could be the beginning of a secret is held back, and the result does not depend on where reads end.
package struct Redactor: Sendable {
  /// What stands for a secret.
  package static let mask = "******"

  private let secrets: [[UInt8]]
  private var pending: [UInt8] = []

  /// - Parameter secrets: empty ones are left out.
  package init(secrets: [String]) {
    // The longest first, as one secret may begin another.
    self.secrets = Set(secrets).map { Array($0.utf8) }.filter { !$0.isEmpty }.sorted { $0.count > $1.count }
  }

  /// Takes the next bytes and returns what is safe to show.
  package mutating func redact(_ bytes: [UInt8]) -> [UInt8] {
    if secrets.isEmpty { return bytes }
    pending += bytes
    return drain(final: false)
  }

  /// Returns what was held back; the stream ends here.
  package mutating func finish() -> [UInt8] { drain(final: true) }

  /// `text` with the secrets masked.
  package func redacting(_ text: String) -> String {
    var copy = Redactor(copying: self)
    var bytes = copy.redact(Array(text.utf8))
    bytes += copy.finish()
    return String(decoding: bytes, as: UTF8.self)
  }

  private init(copying other: Redactor) { secrets = other.secrets }

  private mutating func drain(final: Bool) -> [UInt8] {
    var output: [UInt8] = []
    var position = 0
    scan: while position < pending.count {
      let rest = pending[position...]
      for secret in secrets {
        if rest.starts(with: secret) {
          output += Self.mask.utf8
          position += secret.count
          continue scan
        }
        // A longer secret may still come, even where a shorter one stands complete.
        if !final, rest.count < secret.count, secret.starts(with: rest) { break scan }
      }
      output.append(pending[position])
      position += 1
    }
    pending.removeFirst(position)
    return output
  }
}
