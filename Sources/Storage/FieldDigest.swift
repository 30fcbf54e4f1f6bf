private import Crypto

/// SHA-256 of a row of fields, each with its length before it: no text can be taken for the end of a field.
struct FieldDigest {
  private var function = SHA256()

  mutating func add(_ field: String?) {
    var bytes = Array((field.map { "\($0.utf8.count):" } ?? "-").utf8)
    bytes += (field ?? "").utf8
    function.update(data: bytes)
  }

  /// 64 digits in lower case.
  var digits: String { function.finalize().withUnsafeBytes { hexadecimal($0) } }
}
