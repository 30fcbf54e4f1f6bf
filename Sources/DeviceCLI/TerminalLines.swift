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
    guard let base = source.baseAddress else { return 0 }
    var taken = 0
    var starts = starts
    let old = bytes
    starts.reserveCapacity(starts.count + source.count / 32)
    bytes = [UInt8](unsafeUninitializedCapacity: old.count + source.count) { target, count in
      guard let start = target.baseAddress else { return }
      old.withUnsafeBufferPointer { if let first = $0.baseAddress { memcpy(start, first, $0.count) } }
      count = old.count
      while taken < source.count {
        guard let feed = memchr(base + taken, 0x0A, source.count - taken) else { return }
        let end = base.distance(to: feed.assumingMemoryBound(to: UInt8.self))
        var length = end - taken
        while length > 0, base[taken + length - 1] == 0x0D { length -= 1 }
        guard Self.isPlain(UnsafeBufferPointer(start: base + taken, count: length)) else { return }
        memcpy(start + count, base + taken, length)
        count += length
        start[count] = 0x0A
        count += 1
        starts.append(count)
        taken = end + 1
      }
    }
    self.starts = starts
    return taken
  }

  private static func isPlain(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    // Without an early end the compiler looks at many bytes at once.
    var others: UInt8 = 0
    for byte in line { others |= byte &- 0x20 > 0x5E ? 1 : 0 }
    return others == 0 || line.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x09 }
  }
}
