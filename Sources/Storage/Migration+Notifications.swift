extension Migration {
  /// The outbox of notifications, of which nothing was written before: a row is one delivery to one recipient on one channel.
  static let notifications = Migration(
    number: 3, name: "notifications",
    statements: [
      "DROP TABLE outbox",
      // next_attempt is also the lease: whoever claims a row moves it to where the row is due again should they die meanwhile.
      """
      CREATE TABLE outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, event TEXT NOT NULL,
        channel TEXT NOT NULL CHECK (channel IN ('mail', 'trap')), recipient TEXT NOT NULL, network_id INTEGER, topic TEXT,
        payload TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'sent', 'failed')),
        attempts INTEGER NOT NULL DEFAULT 0, next_attempt INTEGER NOT NULL, give_up_at INTEGER NOT NULL, ended_at INTEGER,
        error TEXT
      ) STRICT
      """,
      "CREATE INDEX outbox_waiting ON outbox (next_attempt) WHERE status = 'waiting'",
      "CREATE INDEX outbox_ended ON outbox (ended_at) WHERE status <> 'waiting'",
      "CREATE INDEX outbox_topic ON outbox (topic, time) WHERE topic IS NOT NULL",
      """
      CREATE TABLE trap_receiver (
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, host TEXT NOT NULL, port INTEGER NOT NULL DEFAULT 162,
        version TEXT NOT NULL CHECK (version IN ('2c', '3')), inform INTEGER NOT NULL DEFAULT 0, community BLOB, username TEXT,
        auth_protocol TEXT, auth_secret BLOB, priv_protocol TEXT, priv_secret BLOB, created_at INTEGER NOT NULL
      ) STRICT
      """,
      // The SNMP engine that traps come from, one for all processes: receivers remember it.
      """
      CREATE TABLE snmp_engine (
        id INTEGER PRIMARY KEY CHECK (id = 1), identifier BLOB NOT NULL, boots INTEGER NOT NULL, booted_at INTEGER NOT NULL,
        seen_at INTEGER NOT NULL
      ) STRICT
      """,
      "CREATE TABLE setting_secret (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT",
    ])
}
