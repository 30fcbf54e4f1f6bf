extension Migration {
  /// Contents may be compressed by Zstandard. What a column may hold can only be said anew with its table; the contents in it stay
  /// as they are.
  static let zstandard = Migration(
    number: 15, name: "zstandard",
    statements: [
      """
      CREATE TABLE blob_next (
        hash TEXT PRIMARY KEY, size INTEGER NOT NULL, encoding TEXT NOT NULL CHECK (encoding IN ('plain', 'zlib', 'zstd')),
        content BLOB NOT NULL, base TEXT REFERENCES blob (hash), depth INTEGER NOT NULL DEFAULT 0
      ) STRICT
      """,
      "INSERT INTO blob_next SELECT hash, size, encoding, content, base, depth FROM blob",
      "DROP TABLE blob",
      "ALTER TABLE blob_next RENAME TO blob",
      "CREATE INDEX blob_base ON blob (base) WHERE base IS NOT NULL",
    ])
}
