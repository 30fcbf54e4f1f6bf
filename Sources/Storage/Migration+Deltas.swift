extension Migration {
  /// Contents that are stored as what is different against another: `base` is that one's hash, `depth` how many there are up to
  /// one that is whole. The index serves whoever deletes contents: one that is a base must stay.
  static let deltas = Migration(
    number: 8, name: "deltas",
    statements: [
      "ALTER TABLE blob ADD COLUMN base TEXT REFERENCES blob (hash)",
      "ALTER TABLE blob ADD COLUMN depth INTEGER NOT NULL DEFAULT 0",
      "CREATE INDEX blob_base ON blob (base) WHERE base IS NOT NULL",
    ])
}
