/// Finds the echo of a typed command in what the device sends back.
///
/// Everything before the echo is older than the command: a late banner, a prompt of a probe. The line editor may have
/// wrapped or repainted the line, so blanks and control characters do not count.
enum CommandEcho {
  /// Further in, an echo is no longer looked for.
  static let searchLimit = 64 * 1024

  /// The position after the line feed that ends the echo's line; `nil` while it is not there.
  /// - Parameter isError: whether a line is an error: such lines often repeat the command, and must not pass for its echo.
  static func end(of command: String, in bytes: [UInt8], width: Int, isError: (String) -> Bool) -> Int? {
    let wanted = Array(command.utf8).filter { $0 > 0x20 && $0 != 0x7F }
    let head = bytes.prefix(searchLimit)
    guard !wanted.isEmpty else { return head.firstIndex(of: 0x0A).map { $0 + 1 } }
    // Mostly the echo is the first line, and the output behind it long.
    if let feed = head.firstIndex(of: 0x0A), lastOffset(of: wanted, in: head[..<feed]) != nil,
      !isError(TerminalText.line(head[..<feed], width: width))
    {
      return feed + 1
    }
    let last = lastOffset(of: wanted, in: head)
    var start = head.startIndex
    while let feed = head[start...].firstIndex(of: 0x0A) {
      let line = TerminalText.line(head[start..<feed], width: width)
      let shown = line.utf8.filter { $0 > 0x20 }
      // A line editor that paints over itself only makes sense as a terminal shows it.
      let isEcho = last.map { (start..<feed).contains($0) } ?? false || contains(shown, wanted) || isScrolled(shown, wanted)
      if isEcho, !isError(line) { return feed + 1 }
      start = feed + 1
    }
    return nil
  }

  /// Where the last byte of the first occurrence of `wanted` is, blanks, controls and escape sequences left out.
  private static func lastOffset(of wanted: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
    var visible: [UInt8] = []
    var offsets: [Int] = []
    var index = bytes.startIndex
    while index < bytes.endIndex {
      let byte = bytes[index]
      if byte == 0x1B {
        index = endOfEscape(bytes, index)
        continue
      }
      if byte > 0x20, byte != 0x7F {
        visible.append(byte)
        offsets.append(index)
      }
      index += 1
    }
    guard visible.count >= wanted.count else { return nil }
    for start in 0...(visible.count - wanted.count) where visible[start..<start + wanted.count].elementsEqual(wanted) {
      return offsets[start + wanted.count - 1]
    }
    return nil
  }

  /// Whether `shown` is the right end of `wanted`, as line editors show it on terminals that they cannot wrap on: readline
  /// marks the cut with `<`, IOS with `$`.
  private static func isScrolled(_ shown: [UInt8], _ wanted: [UInt8]) -> Bool {
    guard let cut = shown.firstIndex(where: { $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: "$") }) else { return false }
    let rest = shown[(cut + 1)...]
    return rest.count >= 4 && rest.count < wanted.count && wanted.suffix(rest.count).elementsEqual(rest)
  }

  private static func contains(_ haystack: [UInt8], _ needle: [UInt8]) -> Bool {
    guard haystack.count >= needle.count else { return false }
    return (0...(haystack.count - needle.count)).contains { haystack[$0..<$0 + needle.count].elementsEqual(needle) }
  }

  private static func endOfEscape(_ bytes: ArraySlice<UInt8>, _ start: Int) -> Int {
    var index = start + 1
    guard index < bytes.endIndex else { return index }
    guard bytes[index] == UInt8(ascii: "[") else { return index + 1 }
    index += 1
    while index < bytes.endIndex, !(0x40...0x7E).contains(bytes[index]) { index += 1 }
    return min(index + 1, bytes.endIndex)
  }
}
