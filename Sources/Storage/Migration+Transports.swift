extension Migration {
  /// How devices are reached: jump hosts, the transport, time limits (whole seconds), the agent, SNMP communities.
  ///
  /// NULL in a device is its network's value, NULL in a network is the setting's.
  static let transports = Migration(
    number: 5, name: "transports",
    statements: [
      """
      ALTER TABLE network ADD COLUMN transport TEXT NOT NULL DEFAULT 'libssh2' CHECK (transport IN ('libssh2', 'openssh'))
      """,
      "ALTER TABLE network ADD COLUMN jump_host TEXT",
      "ALTER TABLE network ADD COLUMN jump_port INTEGER",
      "ALTER TABLE network ADD COLUMN jump_credential_id INTEGER REFERENCES credential (id) ON DELETE RESTRICT",
      "ALTER TABLE network ADD COLUMN jump_key_type TEXT",
      "ALTER TABLE network ADD COLUMN jump_key_fingerprint TEXT",
      "ALTER TABLE network ADD COLUMN connect_timeout INTEGER",
      "ALTER TABLE network ADD COLUMN login_timeout INTEGER",
      "ALTER TABLE network ADD COLUMN command_timeout INTEGER",
      "ALTER TABLE device ADD COLUMN transport TEXT CHECK (transport IN ('libssh2', 'openssh'))",
      "ALTER TABLE device ADD COLUMN connect_timeout INTEGER",
      "ALTER TABLE device ADD COLUMN login_timeout INTEGER",
      "ALTER TABLE device ADD COLUMN command_timeout INTEGER",
      "ALTER TABLE credential ADD COLUMN uses_agent INTEGER NOT NULL DEFAULT 0",
      "ALTER TABLE credential ADD COLUMN snmp_community BLOB",
    ])
}
