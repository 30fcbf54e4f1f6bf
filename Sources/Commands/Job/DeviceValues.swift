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
    var reader = CSVReader(text: text, file: Context.name(ofFile: file))
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
