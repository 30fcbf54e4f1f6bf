private import CZlib
internal import JobModel

/// Contents by their SHA-256: written once however often they recur, compressed where that helps.
package enum Blobs {
  /// Stores `text` unless it is there, and returns its hash.
  /// - Parameter hash: its SHA-256, where that is known.
  @discardableResult
  package static func put(_ sql: any SQLConnection, _ text: String, hash known: String? = nil) throws -> String {
    let hash = known ?? sha256(text)
    if try sql.row("SELECT 1 AS one FROM blob WHERE hash = ?", hash) != nil { return hash }
    var text = text
    let (size, packed) = text.withUTF8 { ($0.count, Deflater.shared.compress($0)) }
    try sql.execute(
      "INSERT INTO blob (hash, size, encoding, content) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", hash, size,
      packed == nil ? "plain" : "zlib", packed ?? Array(text.utf8))
    return hash
  }

  /// The text with this hash.
  /// - Throws: `.corrupt` when it is missing or altered.
  package static func get(_ sql: any SQLConnection, _ hash: String) throws -> String {
    guard let row = try sql.row("SELECT * FROM blob WHERE hash = ?", hash) else {
      throw StorageError(.corrupt, "content \(hash) is missing")
    }
    let stored = try row.blob("content")
    let size = try row.int("size")
    let bytes = try row.text("encoding") == "zlib" ? decompressed(stored, size: size) : stored
    guard let bytes, sha256(bytes) == hash else { throw StorageError(.corrupt, "content \(hash) is damaged") }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func decompressed(_ bytes: [UInt8], size: Int) -> [UInt8]? {
    // The size comes from the file: bounded, so that an altered row cannot ask for all the memory.
    guard (0...(1 << 30)).contains(size) else { return nil }
    var length = uLong(size)
    var result = [UInt8](repeating: 0, count: max(size, 1))
    guard uncompress(&result, &length, bytes, uLong(bytes.count)) == Z_OK, Int(length) == size else { return nil }
    return Array(result.prefix(size))
  }
}
