extension Migration {
  /// The reports that jobs of type report made; each stays with its execution.
  static let reports = Migration(
    number: 10, name: "reports",
    statements: [
      """
      CREATE TABLE execution_report (
        execution_id INTEGER PRIMARY KEY REFERENCES execution (id) ON DELETE CASCADE, kind TEXT NOT NULL, format TEXT NOT NULL,
        content TEXT NOT NULL REFERENCES blob (hash)
      ) STRICT
      """
    ])
}
