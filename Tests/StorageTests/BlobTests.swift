import Storage
import Testing

@Suite struct BlobTests {
  static let texts: [String] = [
    "", "x", "\u{0}\u{1}\r\n", "grüße 東京 🛰️", String(repeating: "interface Gi0/1\n", count: 100_000),
    (0..<50_000).map { _ in String(UnicodeScalar(UInt8.random(in: 33...126))) }.joined(),
  ]

  @Test(arguments: texts.indices) func roundTrip(_ index: Int) throws {
    let fixture = try Fixture()
    let text = Self.texts[index]
    let hash = try fixture.store.database.write { try Blobs.put($0, text) }
    #expect(try fixture.read { try Blobs.get($0, hash) } == text)
    #expect(hash == sha256(Array(text.utf8)))
    let row = try #require(try fixture.read { try $0.row("SELECT * FROM blob WHERE hash = ?", hash) })
    #expect(try row.int("size") == text.utf8.count)
    #expect(try row.blob("content").count <= max(text.utf8.count, 1))
  }

  @Test func whatRecursIsStoredOnce() throws {
    let fixture = try Fixture()
    try fixture.store.database.write { sql in
      for _ in 0..<3 { for text in ["a", "b", "a"] { try Blobs.put(sql, text) } }
    }
    #expect(try fixture.read { try $0.row("SELECT count(*) AS n FROM blob")?.int("n") } == 2)
    #expect(sha256(Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }

  @Test(arguments: [
    "UPDATE blob SET content = randomblob(length(content))", "UPDATE blob SET content = substr(content, 2)",
    "UPDATE blob SET content = x''", "UPDATE blob SET size = size + 1", "UPDATE blob SET size = size - 1",
    "UPDATE blob SET size = 0", "UPDATE blob SET size = -1", "UPDATE blob SET size = 9223372036854775807",
    "UPDATE blob SET encoding = 'plain'", "UPDATE blob SET content = zeroblob(length(content))", "DELETE FROM blob",
  ])
  func damageIsFound(_ statement: String) throws {
    let fixture = try Fixture()
    let hash = try fixture.store.database.write { try Blobs.put($0, String(repeating: "line of text\n", count: 500)) }
    try fixture.store.database.write { _ = try $0.execute(statement) }
    #expect(refusal { _ = try fixture.read { try Blobs.get($0, hash) } } == "storage corrupt")
  }

  /// What was stored before schema 15 is in zlib's format, also within what is stored as a difference.
  @Test func contentsInTheOlderFormatAreRead() throws {
    let fixture = try Fixture()
    let base = String(repeating: "line of text\n", count: 20)
    let text = String(repeating: "interface\n", count: 20) + base
    let rows = [
      "('\(sha256(base))', 260, 'zlib', x'7801cbc9cc4b55c84f532849ad28e1ca19991c007e9e5af1', NULL, 0)",
      "('\(sha256(text))', 460, 'zlib', x'000000cd78019bc09c9957925a9496989cca35b4599d2c0c00cc164bbd', '\(sha256(base))', 1)",
    ]
    let database = try SQLiteDatabase(path: fixture.installation.folder + "/old.db", create: true, enforcesForeignKeys: false)
    try database.write { sql in
      _ = try Migration.apply(sql, now: 1, steps: Array(Migration.all.prefix(14)))
      for row in rows { _ = try sql.execute("INSERT INTO blob (hash, size, encoding, content, base, depth) VALUES \(row)") }
    }
    for count in [14, Migration.newest] {
      try database.write { _ = try Migration.apply($0, now: 2, steps: Array(Migration.all.prefix(count))) }
      #expect(try database.read { try Blobs.get($0, sha256(base)) } == base)
      #expect(try database.read { try Blobs.get($0, sha256(text)) } == text)
    }
    let next = try database.write { try Blobs.put($0, text + text, after: sha256(text)) }
    #expect(try database.read { try Blobs.get($0, next) } == text + text)
    try database.write { _ = try $0.execute("UPDATE blob SET content = substr(content, 1, length(content) - 1)") }
    #expect(refusal { _ = try database.read { try Blobs.get($0, sha256(base)) } } == "storage corrupt")
  }
}
