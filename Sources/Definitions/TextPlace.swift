/// A place in a text, for messages: both count from 1, the column in Unicode scalars.
package struct TextPlace: Equatable, Sendable {
  package let line: Int
  package let column: Int

  /// - Parameter index: of a byte.
  package init(of index: Int, in bytes: [UInt8]) {
    let before = bytes[..<index]
    let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    line = before.count { $0 == 0x0A } + 1
    column = String(decoding: before[start...], as: UTF8.self).unicodeScalars.count + 1
  }

  /// The first byte that is not UTF-8; the count of bytes where all are.
  package static func invalidIndex(_ bytes: [UInt8]) -> Int {
    var codec = UTF8()
    var iterator = bytes.makeIterator()
    var index = 0
    while case .scalarValue(let scalar) = codec.decode(&iterator) { index += UTF8.width(scalar) }
    return min(index, bytes.count)
  }
}
