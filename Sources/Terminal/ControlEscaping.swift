/// Where escaped text is to stand.
package enum EscapingMode: Sendable {
  /// On one line: line ends and tabs are escaped as well.
  case cell
  /// In a block of its own: line ends and tabs are kept, `\r\n` counting as a line end.
  case block
}

/// Text from a device, a file or another person, made harmless: what acts on a terminal becomes visible, as `\x1b` or `\u202e`.
///
/// That is C0, DEL, C1, the line and paragraph separators, and the bidirectional embeddings, overrides and isolates (UAX #9).
package func escapeControls(_ text: String, _ mode: EscapingMode = .cell) -> String {
  guard text.unicodeScalars.contains(where: \.isTerminalControl) else { return text }
  var result = ""
  result.reserveCapacity(text.utf8.count + 16)
  var scalars = text.unicodeScalars.makeIterator()
  var pending = scalars.next()
  while let scalar = pending {
    pending = scalars.next()
    guard scalar.isTerminalControl else {
      result.unicodeScalars.append(scalar)
      continue
    }
    if mode == .block, scalar == "\n" || scalar == "\t" {
      result.unicodeScalars.append(scalar)
    } else if mode == .block, scalar == "\r", pending == "\n" {
      continue
    } else {
      result += scalar.visibleForm
    }
  }
  return result
}

/// Bytes from a device or a file as harmless text; what is not UTF-8 becomes U+FFFD.
package func escapeControls(_ bytes: [UInt8], _ mode: EscapingMode = .cell) -> String {
  escapeControls(String(decoding: bytes, as: UTF8.self), mode)
}

extension Unicode.Scalar {
  var isTerminalControl: Bool {
    switch value {
    case 0x00..<0x20, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  fileprivate var visibleForm: String {
    switch self {
    case "\n": return "\\n"
    case "\r": return "\\r"
    case "\t": return "\\t"
    default:
      let digits = String(value, radix: 16)
      let width = value < 0x100 ? 2 : 4
      return (width == 2 ? "\\x" : "\\u") + String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
  }
}
