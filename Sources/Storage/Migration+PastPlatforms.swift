extension Migration {
  /// The platforms that a device had before: what they mask stays masked in what was stored then.
  static let pastPlatforms = Migration(
    number: 12, name: "past-platforms",
    statements: [
      """
      CREATE TABLE device_past_platform (
        device_id INTEGER NOT NULL REFERENCES device (id) ON DELETE CASCADE,
        platform TEXT NOT NULL,
        PRIMARY KEY (device_id, platform)
      ) STRICT, WITHOUT ROWID
      """
    ])
}
