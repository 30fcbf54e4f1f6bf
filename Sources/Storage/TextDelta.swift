/// What is different in one text against another, as copies of parts of the other and bytes of its own.
///
/// The matches are found line by line, as that is how configurations change, and are then made as long as they go. The form: for
/// each step a variable-length number; an even one is followed by so many bytes of its own (half of it), an odd one copies so
/// many (half of it) from the place that the next number names.
enum TextDelta {
  /// - Returns: how `text` is made from `base`; nil when that is no shorter than `limit` bytes.
  static func make(from base: [UInt8], to text: [UInt8], limit: Int) -> [UInt8]? {
    var delta: [UInt8] = []
    var own = 0..<0
    var position = 0
    let places = lineStarts(base)
    func flush() {
      if own.isEmpty { return }
      append(own.count << 1, to: &delta)
      delta += text[own]
    }
    // Where the next line is expected: after the last copy.
    var expected = 0
    while position < text.count {
      let end = lineEnd(text, position)
      if let start = match(base, text, position..<end, expected, places) {
        var length = end - position
        while position + length < text.count, start + length < base.count, text[position + length] == base[start + length] {
          length += 1
        }
        // Backwards too, into what was taken for its own.
        var back = 0
        while back < own.count, start - back > 0, base[start - back - 1] == text[position - back - 1] { back += 1 }
        own = own.lowerBound..<(own.upperBound - back)
        flush()
        append((length + back) << 1 | 1, to: &delta)
        append(start - back, to: &delta)
        position += length
        expected = start + length
        own = position..<position
        // The rest of a line that was copied in part is its own.
        if position > 0, position < text.count, text[position - 1] != 0x0A {
          let rest = lineEnd(text, position)
          own = position..<rest
          position = rest
          expected = min(base.count, expected < base.count ? lineEnd(base, expected) : expected)
        }
      } else {
        own = (own.isEmpty ? position : own.lowerBound)..<end
        position = end
        expected = expected < base.count ? lineEnd(base, expected) : expected
      }
      if delta.count + own.count >= limit { return nil }
    }
    flush()
    return delta.count < limit ? delta : nil
  }

  /// The text that a delta makes of `base`.
  /// - Parameter size: of the text; nothing longer is made.
  /// - Returns: nil when it is malformed or makes a text of another size.
  static func apply(_ delta: ArraySlice<UInt8>, to base: [UInt8], size: Int) -> [UInt8]? {
    var rest = delta
    var text: [UInt8] = []
    text.reserveCapacity(size)
    while !rest.isEmpty {
      guard let step = number(&rest) else { return nil }
      let count = step >> 1
      guard count > 0, count <= size - text.count else { return nil }
      if step & 1 == 0 {
        guard count <= rest.count else { return nil }
        text += rest.prefix(count)
        rest = rest.dropFirst(count)
      } else {
        guard let start = number(&rest), start <= base.count, count <= base.count - start else { return nil }
        text += base[start..<(start + count)]
      }
    }
    return text.count == size ? text : nil
  }

  /// Where in `base` the line stands: rather where it is expected than elsewhere.
  private static func match(
    _ base: [UInt8], _ text: [UInt8], _ line: Range<Int>, _ expected: Int, _ places: [Int: Int]
  ) -> Int? {
    func fits(_ start: Int) -> Bool {
      start + line.count <= base.count && base[start..<(start + line.count)].elementsEqual(text[line])
    }
    if fits(expected) { return expected }
    guard let start = places[hash(text[line])], fits(start) else { return nil }
    return start
  }

  /// The first place of each line, by the hash of its bytes. Short lines are everywhere and lead nowhere.
  private static func lineStarts(_ base: [UInt8]) -> [Int: Int] {
    var places: [Int: Int] = [:]
    var position = 0
    while position < base.count {
      let end = lineEnd(base, position)
      if end - position > 4 {
        let hash = hash(base[position..<end])
        if places[hash] == nil { places[hash] = position }
      }
      position = end
    }
    return places
  }

  /// FNV-1a: what only looks alike is found out by comparing.
  private static func hash(_ bytes: ArraySlice<UInt8>) -> Int {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return Int(truncatingIfNeeded: hash)
  }

  /// After the line feed that ends the line at `position`.
  private static func lineEnd(_ bytes: [UInt8], _ position: Int) -> Int {
    (bytes[position...].firstIndex(of: 0x0A) ?? bytes.count - 1) + 1
  }

  private static func append(_ value: Int, to bytes: inout [UInt8]) {
    var value = value
    while value > 0x7F {
      bytes.append(UInt8(truncatingIfNeeded: value & 0x7F | 0x80))
      value >>= 7
    }
    bytes.append(UInt8(value))
  }

  private static func number(_ bytes: inout ArraySlice<UInt8>) -> Int? {
    var value = 0
    for shift in stride(from: 0, through: 35, by: 7) {
      guard let byte = bytes.popFirst() else { return nil }
      value |= Int(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return value }
    }
    return nil
  }
}
