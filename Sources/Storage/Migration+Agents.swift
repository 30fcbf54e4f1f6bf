extension Migration {
  /// Programs that jobs of the type agent-d start. `digest` is the SHA-256 of the file as it was when it was pinned; the names of
  /// secret parameters stand one to a line; the timeout is in whole seconds.
  static let agents = Migration(
    number: 9, name: "agents",
    statements: [
      """
      CREATE TABLE agent (
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, path TEXT NOT NULL, digest TEXT NOT NULL,
        changes_devices INTEGER NOT NULL, timeout INTEGER, passes_credential INTEGER NOT NULL,
        secret_parameters TEXT NOT NULL DEFAULT '', comment TEXT NOT NULL DEFAULT '', saved_by TEXT NOT NULL,
        saved_at INTEGER NOT NULL
      ) STRICT
      """
    ])
}
