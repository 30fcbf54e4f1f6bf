/// What the audit log keeps of a line of the approval log, so that one altered by hand is found.
struct LoggedMessage: Equatable {
  /// The line's number.
  let id: Int64
  /// SHA-256 of all its fields, in their order.
  let digest: String

  /// - Parameter row: all columns of `approval_log`.
  init(_ row: SQLRow) throws {
    var fields = FieldDigest()
    id = try row.int64("id")
    fields.add(String(id))
    fields.add(try row.optionalInt64("request_id").map { String($0) })
    fields.add(String(try row.int64("job_id")))
    for name in ["job", "network"] { fields.add(try row.text(name)) }
    fields.add(String(try row.int64("revision")))
    fields.add(String(try row.int64("time")))
    for name in ["user", "event", "message"] { fields.add(try row.text(name)) }
    digest = fields.digits
  }

  private init(id: Int64, digest: String) {
    self.id = id
    self.digest = digest
  }

  /// Stands at the end of a logged detail.
  var logged: String { "; message \(id) \(digest)" }

  /// Takes a logged detail apart.
  /// - Returns: the detail without the line; and the line, where one was logged, which versions before this did not do.
  static func split(_ detail: String) -> (detail: String, message: LoggedMessage?) {
    let words = detail.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count > 3, words[words.count - 3] == "message", words[words.count - 4].hasSuffix(";"),
      let id = Int64(words[words.count - 2]), words[words.count - 1].utf8.count == 64
    else { return (detail, nil) }
    let message = LoggedMessage(id: id, digest: String(words[words.count - 1]))
    return (String(detail.dropLast(message.logged.count)), message)
  }
}
