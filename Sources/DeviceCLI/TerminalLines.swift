import Glibc

/// Lines of text in one piece of memory, each made a string when it is looked at: listings and configurations are long, and
/// few of their lines are looked at one by one.
struct TerminalLines: RandomAccessCollection, Sendable {
  /// The lines, each followed by a line feed, which is in none of them.
  private var bytes: [UInt8] = []
  /// Where each line begins, and where the next one would.
  private var starts: [Int] = [0]

  var startIndex: Int { 0 }
  var endIndex: Int { starts.count - 1 }

  subscript(index: Int) -> String { String(decoding: bytes[starts[index]..<(starts[index + 1] - 1)], as: UTF8.self) }

  /// The lines of `range`, each with its line feed.
  func text(of range: Range<Int>) -> String {
    String(decoding: bytes[starts[range.lowerBound]..<starts[range.upperBound]], as: UTF8.self)
  }

  /// The memory of the line at `index`.
  func withBytes<Result>(of index: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    bytes[starts[index]..<(starts[index + 1] - 1)].withUnsafeBufferPointer(body)
  }

  mutating func append(_ line: String) {
    bytes += line.utf8
    endLine()
  }

  /// Adds to the line that is being written, which counts from `endLine` on.
  mutating func write(_ scalar: Unicode.Scalar) {
    if scalar.isASCII {
      bytes.append(UInt8(truncatingIfNeeded: scalar.value))
    } else {
      bytes += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
    }
  }

  mutating func endLine() {
    bytes.append(0x0A)
    starts.append(bytes.count)
  }

  mutating func removeLast(_ count: Int = 1) {
    precondition(count < starts.count, "more lines are removed than there are")
    starts.removeLast(count)
    bytes.removeLast(bytes.count - starts[starts.count - 1])
  }

  mutating func popLast() -> String? {
    guard let last else { return nil }
    removeLast()
    return last
  }

  /// Takes over lines of printable ASCII and tabs, which end with LF or CR LF, up to the first that is something else.
  /// - Returns: how many bytes were taken.
  mutating func takePlainLines(_ source: UnsafeBufferPointer<UInt8>) -> Int {
    let plain = source[..<Self.plainCount(source)]
    guard let last = plain.lastIndex(of: 0x0A), let base = source.baseAddress else { return 0 }
    let end = last + 1
    let old = bytes.count
    var from = 0
    // Held once, or they would be copied for each piece.
    var starts = starts
    self.starts = []
    let piece = [UInt8](unsafeUninitializedCapacity: end) { memory, count in
      guard let target = memory.baseAddress else { return }
      while from < end, let feed = memchr(base + from, 0x0A, end - from) {
        let lineEnd = base.distance(to: feed.assumingMemoryBound(to: UInt8.self))
        var length = lineEnd - from
        while length > 0, base[from + length - 1] == 0x0D { length -= 1 }
        // One within the line goes back to its beginning.
        if memchr(base + from, 0x0D, length) != nil { return }
        (target + count).update(from: base + from, count: length)
        count += length
        target[count] = 0x0A
        count += 1
        starts.append(old + count)
        from = lineEnd + 1
      }
    }
    if bytes.isEmpty { bytes = piece } else { bytes += piece }
    self.starts = starts
    return from
  }

  /// How many bytes at the beginning are printable ASCII, tabs and the ends of lines.
  private static func plainCount(_ source: UnsafeBufferPointer<UInt8>) -> Int {
    guard let base = source.baseAddress else { return 0 }
    var start = 0
    while start < source.count {
      let block = UnsafeBufferPointer(start: base + start, count: Swift.min(512, source.count - start))
      // Without an early end the compiler looks at many bytes at once.
      var others: UInt8 = 0
      for byte in block {
        others |= (byte &- 0x20 > 0x5E ? 1 : 0) & (byte == 0x09 ? 0 : 1) & (byte == 0x0A ? 0 : 1) & (byte == 0x0D ? 0 : 1)
      }
      if others != 0 { break }
      start += block.count
    }
    return source[start...].firstIndex { $0 &- 0x20 > 0x5E && ![0x09, 0x0A, 0x0D].contains($0) } ?? source.count
  }
}
