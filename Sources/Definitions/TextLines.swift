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

  /// `text` with each line, its end left out, as `transform` makes it; the ends stay as they are.
  package static func replacing(in text: String, _ transform: (String) -> String) -> String {
    var result: [UInt8] = []
    walk(text) { line, end in
      result += transform(String(decoding: line, as: UTF8.self)).utf8
      result += end
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// How many line feeds there are.
  package static func lineFeedCount(_ text: String) -> Int { text.utf8.count { $0 == 0x0A } }

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
