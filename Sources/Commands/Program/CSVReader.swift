internal import JobModel

/// Reads the records of a CSV file (RFC 4180) one by one. Lines may end with LF or CRLF; a field in quotes may hold either.
/// Empty lines are no records, and a byte order mark is no part of the first field.
struct CSVReader {
  struct Record {
    let line: Int
    let fields: [String]
  }

  private let file: String
  private let bytes: [UInt8]
  private var position = 0
  private var line = 1

  init(text: String, file: String) {
    bytes = Array((text.first == "\u{FEFF}" ? text.dropFirst() : text[...]).utf8)
    self.file = file
  }

  func failure(_ line: Int, _ message: String) -> ModelError { ModelError(.invalid, "\(file) line \(line): \(message)") }

  /// The next record; nil at the end of the file.
  mutating func next() throws(ModelError) -> Record? {
    while let length = atLineEnd {
      position += length
      line += 1
    }
    guard position < bytes.count else { return nil }
    let start = line
    var fields: [String] = []
    while true {
      fields.append(try field())
      if position < bytes.count, bytes[position] == UInt8(ascii: ",") {
        position += 1
        continue
      }
      if let length = atLineEnd {
        position += length
        line += 1
      } else if position < bytes.count {
        throw failure(line, "a comma must follow the quoted field \(fields.count)")
      }
      return Record(line: start, fields: fields)
    }
  }

  /// How many bytes the line end at the position has; nil where there is none.
  private var atLineEnd: Int? {
    guard position < bytes.count else { return nil }
    if bytes[position] == UInt8(ascii: "\n") { return 1 }
    if bytes[position] == UInt8(ascii: "\r"), position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "\n") { return 2 }
    return nil
  }

  private mutating func field() throws(ModelError) -> String {
    if position < bytes.count, bytes[position] == UInt8(ascii: "\"") { return try quotedField() }
    let start = position
    while position < bytes.count, bytes[position] != UInt8(ascii: ","), atLineEnd == nil {
      if bytes[position] == UInt8(ascii: "\"") {
        throw failure(line, "a quote within a field that does not begin with one")
      }
      position += 1
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func quotedField() throws(ModelError) -> String {
    let start = line
    var content: [UInt8] = []
    position += 1
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == UInt8(ascii: "\"") {
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
          return String(decoding: content, as: UTF8.self)
        }
        position += 1
      } else if byte == UInt8(ascii: "\n") {
        line += 1
      }
      content.append(byte)
    }
    throw failure(start, "a quote is not closed")
  }
}
