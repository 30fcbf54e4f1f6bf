internal import JobModel

/// Contents by their SHA-256: written once however often they recur, compressed where that helps.
///
/// One that follows another, as a configuration does the one before it, is stored as what is different (`TextDelta`) where that is
/// much shorter. Nothing that is stored is written again: a revision that comes later changes nothing of those before it.
package enum Blobs {
  /// How many deltas may stand between a content and one that is whole: what reading one can cost.
  static let depthLimit = 60

  /// Stores `text` unless it is there, and returns its hash.
  /// - Parameters:
  ///   - hash: its SHA-256, where that is known.
  ///   - base: the hash of a content that it is probably much like.
  @discardableResult
  package static func put(
    _ sql: any SQLConnection, _ text: String, hash known: String? = nil, after base: String? = nil
  ) throws -> String {
    let hash = known ?? sha256(text)
    if try sql.row("SELECT 1 AS one FROM blob WHERE hash = ?", hash) != nil { return hash }
    var text = text
    let (size, packed) = text.withUTF8 { ($0.count, Compressor.shared.compress($0)) }
    let whole = packed ?? Array(text.utf8)
    if let base, let delta = try delta(sql, Array(text.utf8), against: base, limit: whole.count / 2) {
      try sql.execute(
        """
        INSERT INTO blob (hash, size, encoding, content, base, depth) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
        """, hash, size, encoding(isPacked: delta.isPacked), delta.content, base, delta.depth)
    } else {
      try sql.execute(
        "INSERT INTO blob (hash, size, encoding, content) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", hash, size,
        encoding(isPacked: packed != nil), whole)
    }
    return hash
  }

  /// The text with this hash.
  /// - Throws: `.corrupt` when it is missing or altered.
  package static func get(_ sql: any SQLConnection, _ hash: String) throws -> String {
    String(decoding: try bytes(sql, hash), as: UTF8.self)
  }

  /// As `get`, where the content may build upon one that is at hand.
  /// - Parameter near: a content that was read before, by its hash.
  static func bytes(
    _ sql: any SQLConnection, _ hash: String, near: (hash: String, bytes: [UInt8])? = nil
  ) throws -> [UInt8] {
    var deltas: [(content: [UInt8], size: Int)] = []
    var next = hash
    var text: [UInt8]?
    while text == nil {
      if let near, near.hash == next {
        text = near.bytes
        break
      }
      guard let row = try sql.row("SELECT * FROM blob WHERE hash = ?", next) else {
        throw StorageError(.corrupt, "content \(next) is missing")
      }
      let (content, size) = (try unpacked(row), try row.int("size"))
      guard let content, deltas.count <= depthLimit else { throw damaged(hash) }
      if let base = try row.optionalText("base") {
        deltas.append((content, size))
        next = base
      } else {
        guard content.count == size else { throw damaged(hash) }
        text = content
      }
    }
    for delta in deltas.reversed() { text = text.flatMap { TextDelta.apply(delta.content[...], to: $0, size: delta.size) } }
    guard let text, sha256(text) == hash else { throw damaged(hash) }
    return text
  }

  private static func damaged(_ hash: String) -> StorageError { StorageError(.corrupt, "content \(hash) is damaged") }

  private static func delta(
    _ sql: any SQLConnection, _ text: [UInt8], against base: String, limit: Int
  ) throws -> (content: [UInt8], isPacked: Bool, depth: Int)? {
    guard let row = try sql.row("SELECT depth FROM blob WHERE hash = ?", base) else { return nil }
    let depth = try row.int("depth") + 1
    // One that is damaged is no reason not to store what is new, whole.
    guard depth <= depthLimit, let old = try? bytes(sql, base) else { return nil }
    guard let delta = TextDelta.make(from: old, to: text, limit: text.count / 2),
      // A backup is not to hang on our arithmetic: what does not make the text again is not stored.
      TextDelta.apply(delta[...], to: old, size: text.count) == text
    else { return nil }
    let packed = delta.withUnsafeBufferPointer { Compressor.shared.compress($0) }
    // How long it is when unpacked stands before what is packed.
    let content = packed.map { bigEndian(UInt32(delta.count)) + $0 } ?? delta
    return content.count < limit ? (content, packed != nil, depth) : nil
  }

  /// What a row holds, unpacked: a text, or a delta; nil when it cannot be.
  private static func unpacked(_ row: SQLRow) throws -> [UInt8]? {
    let stored = try row.blob("content")
    let size = try row.int("size")
    // Sizes come from the file: bounded, so that an altered row cannot ask for all the memory.
    guard (0...(1 << 30)).contains(size) else { return nil }
    guard let format = Compressor.Format(rawValue: try row.text("encoding")) else { return stored }
    if row.isNull("base") { return decompressed(stored[...], format, size: size) }
    guard stored.count > 4 else { return nil }
    let length = stored.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    return length <= size ? decompressed(stored.dropFirst(4), format, size: length) : nil
  }

  private static func bigEndian(_ value: UInt32) -> [UInt8] {
    stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> UInt32($0)) }
  }

  private static func encoding(isPacked: Bool) -> String { isPacked ? Compressor.Format.zstd.rawValue : "plain" }

  private static func decompressed(_ bytes: ArraySlice<UInt8>, _ format: Compressor.Format, size: Int) -> [UInt8]? {
    bytes.withUnsafeBufferPointer { Compressor.shared.decompress($0, format, size: size) }
  }
}
