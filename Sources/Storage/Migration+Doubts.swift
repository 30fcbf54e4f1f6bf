extension Migration {
  /// What is known beforehand of a device in the middle of its change, should the process that changes it die: what would have to be
  /// said of it besides its last command, and whether nothing has taken effect yet.
  static let doubts = Migration(
    number: 14, name: "doubts",
    statements: [
      "ALTER TABLE execution_device ADD COLUMN doubt TEXT",
      "ALTER TABLE execution_device ADD COLUMN is_uncommitted INTEGER NOT NULL DEFAULT 0 CHECK (is_uncommitted IN (0, 1))",
    ])
}
