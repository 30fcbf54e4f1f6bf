/// Bytes as one line of printable ASCII for messages: `\r`, `\n`, `\t`, `\e`, `\xNN`, cut with `...` after `limit` bytes.
///
/// What a server sends must not reach the user's terminal raw.
package struct PrintableBytes: CustomStringConvertible, Sendable {
  package let description: String

  package init(_ bytes: some Collection<UInt8>, limit: Int = 80) {
    var text = ""
    for byte in bytes.prefix(limit) {
      switch byte {
      case 0x0D: text += "\\r"
      case 0x0A: text += "\\n"
      case 0x09: text += "\\t"
      case 0x1B: text += "\\e"
      case 0x5C: text += "\\\\"
      case 0x20...0x7E: text.unicodeScalars.append(Unicode.Scalar(byte))
      default: text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
    }
    if bytes.count > limit { text += "..." }
    description = text
  }
}
