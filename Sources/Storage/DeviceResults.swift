/// What the audit log keeps of how the devices of an execution ended, so that results altered by hand are found.
///
/// Outputs and configurations are pruned before the rest is; so they have a digest of their own.
struct DeviceResults {
  let count: Int
  /// SHA-256 of names, addresses, statuses, errors, summaries, changes and last commands, in their order.
  let results: String
  /// SHA-256 of the hashes of outputs and of the configurations before and after.
  let contents: String

  /// The columns that count.
  static let columns = "position, name, address, status, error, changed, summary, last_command, output, before, after"

  init(_ sql: any SQLConnection, execution: Int64) throws {
    var sum = Sum()
    try sql.each(
      "SELECT \(Self.columns) FROM execution_device WHERE execution_id = ? ORDER BY position", [.integer(execution)]
    ) { try sum.add($0) }
    self = sum.total
  }

  /// The devices of one execution, taken in one after another, by their position.
  struct Sum {
    private var count = 0
    private var results = FieldDigest()
    private var contents = FieldDigest()

    mutating func add(_ row: SQLRow) throws {
      count += 1
      results.add(String(try row.int("position")))
      for name in ["name", "address", "status"] { results.add(try row.text(name)) }
      results.add(try row.optionalText("error"))
      results.add(try row.bool("changed") ? "1" : "0")
      results.add(try row.text("summary"))
      results.add(try row.optionalText("last_command"))
      for name in ["output", "before", "after"] { contents.add(try row.optionalText(name)) }
    }

    var total: DeviceResults { DeviceResults(count: count, results: results.digits, contents: contents.digits) }
  }

  private init(count: Int, results: String, contents: String) {
    self.count = count
    self.results = results
    self.contents = contents
  }

  /// Stands behind the summary in the log; nothing where there were no devices.
  var logged: String { count == 0 ? "" : "; devices \(count) \(results) \(contents)" }

  /// Takes a logged detail apart.
  /// - Returns: the detail without the results; and them, where they were logged, which versions before this did not do.
  static func split(_ detail: String) -> (detail: String, devices: DeviceResults?) {
    let words = detail.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count > 4, words[words.count - 4] == "devices", words[words.count - 5].hasSuffix(";"),
      let count = Int(words[words.count - 3]), words.suffix(2).allSatisfy({ $0.utf8.count == 64 })
    else { return (detail, nil) }
    let devices = DeviceResults(
      count: count, results: String(words[words.count - 2]), contents: String(words[words.count - 1]))
    return (String(detail.dropLast(devices.logged.count)), devices)
  }
}
