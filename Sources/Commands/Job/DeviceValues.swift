internal import JobModel

/// Parameters that differ per device, as a CSV file gives them (RFC 4180): the first column is `device`, the others are named
/// for parameters. An empty field leaves the parameter to the job.
struct DeviceValues {
  struct Row {
    /// The line of the file that the row begins on, from 1.
    let line: Int
    let device: String
    let values: [String: String]
  }

  let columns: [String]
  let rows: [Row]

  /// - Parameter file: its name, for messages.
  /// - Throws: `.invalid`, with the line.
  init(parsing text: String, file: String) throws(ModelError) {
    var reader = RecordReader(text: text, file: Context.name(ofFile: file))
    guard let header = try reader.next() else { throw reader.failure(1, "the file is empty; its first line names the columns") }
    guard header.fields.first == "device" else {
      throw reader.failure(header.line, "the first column is '\(TextRule.quoted(header.fields[0]))', it must be 'device'")
    }
    let columns = Array(header.fields.dropFirst())
    if columns.isEmpty { throw reader.failure(header.line, "there is no column beside 'device'") }
    var known: Set<String> = []
    for column in columns {
      if column.isEmpty { throw reader.failure(header.line, "a column has no name") }
      if !known.insert(column).inserted {
        throw reader.failure(header.line, "the column '\(TextRule.quoted(column))' is there twice")
      }
    }
    var rows: [Row] = []
    var lines: [String: Int] = [:]
    while let record = try reader.next() {
      let fields = record.fields
      guard fields.count == header.fields.count else {
        throw reader.failure(record.line, "\(fields.count) fields where the first line has \(header.fields.count)")
      }
      if fields[0].isEmpty { throw reader.failure(record.line, "the device is missing") }
      if let before = lines.updateValue(record.line, forKey: fields[0]) {
        throw reader.failure(record.line, "device '\(TextRule.quoted(fields[0]))' is there twice, first in line \(before)")
      }
      let pairs = zip(columns, fields.dropFirst()).filter { !$0.1.isEmpty }
      rows.append(Row(line: record.line, device: fields[0], values: Dictionary(pairs, uniquingKeysWith: { first, _ in first })))
    }
    if rows.isEmpty { throw reader.failure(header.line, "no device follows the first line") }
    self.columns = columns
    self.rows = rows
  }
}

/// Reads the records of a CSV file one by one. Lines may end with LF or CRLF; a field in quotes may hold either.
private struct RecordReader {
  struct Record {
    let line: Int
    let fields: [String]
  }

  private let file: String
  private let bytes: [UInt8]
  private var position = 0
  private var line = 1

  init(text: String, file: String) {
    bytes = Array(text.utf8)
    self.file = file
  }

  func failure(_ line: Int, _ message: String) -> ModelError { ModelError(.invalid, "\(file) line \(line): \(message)") }

  /// The next record; nil at the end of the file.
  mutating func next() throws(ModelError) -> Record? {
    guard position < bytes.count else { return nil }
    let start = line
    if atLineEnd != nil { throw failure(start, "the line is empty") }
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
