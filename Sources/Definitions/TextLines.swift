private import Glibc

/// The lines of a text, found by bytes: Swift takes CR LF as one character, so characters split at "\n" would leave such
/// lines in one piece.
///
/// LF, CR LF and CR each end a line.
package enum TextLines {
  /// The lines without their ends, empty ones left out.
  package static func split(_ text: String) -> [String] {
    var lines: [String] = []
    walk(text) { line, _ in
      if !line.isEmpty { lines.append(String(decoding: line, as: UTF8.self)) }
    }
    return lines
  }

  /// Every line without its end, empty ones too: the number of a line is its index and one. What ends with a line end has no
  /// empty line after it.
  package static func all(_ text: String) -> [String] {
    var lines: [String] = []
    walk(text) { line, end in
      if !line.isEmpty || !end.isEmpty { lines.append(String(decoding: line, as: UTF8.self)) }
    }
    return lines
  }

  /// `text` with each line, its end left out, as `transform` makes it; the ends stay as they are.
  package static func replacing(in text: String, _ transform: (String) -> String) -> String {
    var result: [UInt8] = []
    walk(text) { line, end in
      result += transform(String(decoding: line, as: UTF8.self)).utf8
      result += end
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// As `replacing`, for the lines that `isOfInterest` finds; called for each line in order, before it is transformed. Where it
  /// finds none, the result is `text` itself.
  package static func replacing(
    in text: String, where isOfInterest: (UnsafeBufferPointer<UInt8>) -> Bool, _ transform: (String) -> String
  ) -> String {
    var copy = text
    let result: [UInt8]? = copy.withUTF8 { bytes in
      var result: [UInt8]?
      var copied = 0
      var position = 0
      let hasReturns = next(0x0D, bytes, from: 0) != nil
      while position < bytes.count {
        let end = lineEnd(bytes, position, hasReturns)
        let line = UnsafeBufferPointer(rebasing: bytes[position..<end])
        if isOfInterest(line) {
          if result == nil { result = [] }
          result?.append(contentsOf: bytes[copied..<position])
          result?.append(contentsOf: transform(String(decoding: line, as: UTF8.self)).utf8)
          copied = end
        }
        position = end + 1
        if end < bytes.count, bytes[end] == 0x0D, position < bytes.count, bytes[position] == 0x0A { position += 1 }
      }
      result?.append(contentsOf: bytes[copied...])
      return result
    }
    return result.map { String(decoding: $0, as: UTF8.self) } ?? text
  }

  private static func lineEnd(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ hasReturns: Bool) -> Int {
    if hasReturns { return bytes[start...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? bytes.count }
    return next(0x0A, bytes, from: start) ?? bytes.count
  }

  /// Where `byte` is next, found many bytes at a time.
  private static func next(_ byte: UInt8, _ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
    guard let base = bytes.baseAddress, let found = memchr(base + start, Int32(byte), bytes.count - start) else { return nil }
    return base.distance(to: found.assumingMemoryBound(to: UInt8.self))
  }

  /// How many line feeds there are.
  package static func lineFeedCount(_ text: String) -> Int {
    var text = text
    return text.withUTF8 { bytes in
      var count = 0
      var start = 0
      while let feed = next(0x0A, bytes, from: start) {
        count += 1
        start = feed + 1
      }
      return count
    }
  }

  private static func walk(_ text: String, _ body: (_ line: ArraySlice<UInt8>, _ end: ArraySlice<UInt8>) -> Void) {
    var rest = Array(text.utf8)[...]
    while let end = rest.firstIndex(where: { $0 == 0x0A || $0 == 0x0D }) {
      var next = end + 1
      if rest[end] == 0x0D, next < rest.endIndex, rest[next] == 0x0A { next += 1 }
      body(rest[..<end], rest[end..<next])
      rest = rest[next...]
    }
    body(rest, [])
  }
}
