/// Masks secrets in a stream of bytes, also where a secret is spread over several reads.
///
/// Only what could be the beginning of a secret is held back, and the result does not depend on where reads end. A longer
/// secret is also found where a line editor has wrapped or repainted it: control characters in it, with the blanks around them,
/// do not count.
package struct Redactor: Sendable {
  /// What stands for a secret.
  package static let mask = "******"

  private let secrets: [[UInt8]]
  /// Whether a secret begins with a byte.
  private let begins: [Bool]
  private var pending: [UInt8] = []

  /// - Parameter secrets: empty ones are left out.
  package init(secrets: [String]) {
    // The longest first, as one secret may begin another.
    self.secrets = Set(secrets).map { Array($0.utf8) }.filter { !$0.isEmpty }.sorted { $0.count > $1.count }
    var begins = [Bool](repeating: false, count: 256)
    for secret in self.secrets { begins[Int(secret[0])] = true }
    self.begins = begins
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

  private init(copying other: Redactor) { (secrets, begins) = (other.secrets, other.begins) }

  private mutating func drain(final: Bool) -> [UInt8] {
    var output: [UInt8] = []
    var position = 0
    output.reserveCapacity(pending.count)
    scan: while position < pending.count {
      let harmless = pending[position...].firstIndex { begins[Int($0)] } ?? pending.count
      output += pending[position..<harmless]
      position = harmless
      if position == pending.count { break }
      for secret in secrets {
        switch match(secret, at: position) {
        case .whole(let end):
          output += Self.mask.utf8
          position = end
          continue scan
        // A longer secret may still come, even where a shorter one stands complete.
        case .beginning where !final: break scan
        case .beginning, .none: break
        }
      }
      output.append(pending[position])
      position += 1
    }
    pending.removeFirst(position)
    return output
  }

  private enum Match {
    case none
    case beginning
    /// Where it ends.
    case whole(Int)
  }

  /// A short secret is found by chance where so much is left out.
  private static let leastCountWithGaps = 6
  private static let gapLimit = 24

  private func match(_ secret: [UInt8], at position: Int) -> Match {
    var index = position
    for (offset, byte) in secret.enumerated() {
      guard index < pending.count else { return .beginning }
      if pending[index] != byte {
        guard offset > 0, secret.count >= Self.leastCountWithGaps else { return .none }
        guard let end = endOfGap(at: index) else { return .none }
        guard end < pending.count else { return .beginning }
        guard pending[end] == byte else { return .none }
        index = end
      }
      index += 1
    }
    return .whole(index)
  }

  /// Behind blanks and control characters, escape sequences included (ECMA-48); nil when there are none, or too many. At the
  /// end of what has come, more of them may follow.
  private func endOfGap(at start: Int) -> Int? {
    var index = start
    var hasControl = false
    while index < pending.count, index - start <= Self.gapLimit {
      let byte = pending[index]
      if byte == 0x1B {
        hasControl = true
        index += 1
        guard index < pending.count else { break }
        index += 1
        if pending[index - 1] == UInt8(ascii: "[") {
          while index < pending.count, (0x20...0x3F).contains(pending[index]) { index += 1 }
          if index < pending.count { index += 1 }
        }
      } else if byte < 0x20 || byte == 0x7F {
        hasControl = true
        index += 1
      } else if byte == 0x20 {
        index += 1
      } else {
        break
      }
    }
    if index - start > Self.gapLimit { return nil }
    if index >= pending.count { return pending.count }
    return hasControl ? index : nil
  }
}
