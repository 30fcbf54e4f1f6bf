extension Migration {
  /// Roles of an installation's own, tools that are limited to roles, and the audit keys of before a rotation.
  static let roles = Migration(
    number: 2, name: "roles",
    statements: [
      """
      CREATE TABLE role (
        name TEXT PRIMARY KEY, comment TEXT NOT NULL DEFAULT '', created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
      ) STRICT
      """,
      """
      CREATE TABLE role_permission (
        role TEXT NOT NULL REFERENCES role (name) ON DELETE CASCADE, permission TEXT NOT NULL, PRIMARY KEY (role, permission)
      ) STRICT, WITHOUT ROWID
      """,
      // A tool without a row is open to everyone whose permissions suffice. The role may be a built-in one.
      """
      CREATE TABLE tool_limit (tool TEXT NOT NULL, role TEXT NOT NULL, PRIMARY KEY (tool, role)) STRICT, WITHOUT ROWID
      """,
      // The key that chained the audit rows up to until_row, sealed under the one in force.
      """
      CREATE TABLE audit_key (id INTEGER PRIMARY KEY AUTOINCREMENT, until_row INTEGER NOT NULL, key BLOB NOT NULL) STRICT
      """,
    ])
}
