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
}
