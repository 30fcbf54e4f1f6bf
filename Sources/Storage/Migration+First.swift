extension Migration {
  /// The first schema. Times are milliseconds since 1970 UTC; flags are 0 or 1.
  ///
  /// AUTOINCREMENT where a row can be deleted and its number lives on in history, approvals, configurations or secrets: a
  /// number that was used again would hand the old row's record to the new one.
  static let first = Migration(
    number: 1, name: "first",
    statements: [
      """
      CREATE TABLE migration (
        number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL
      ) STRICT
      """,
      "CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",

      // People
      """
      CREATE TABLE account (
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, mail TEXT, enabled INTEGER NOT NULL DEFAULT 1,
        created_at INTEGER NOT NULL
      ) STRICT
      """,
      """
      CREATE TABLE account_grant (
        id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
        kind TEXT NOT NULL CHECK (kind IN ('role', 'permission')), name TEXT NOT NULL,
        network_id INTEGER REFERENCES network (id) ON DELETE CASCADE
      ) STRICT
      """,
      "CREATE UNIQUE INDEX account_grant_once ON account_grant (account_id, kind, name, coalesce(network_id, 0))",

      // Devices
      """
      CREATE TABLE network (
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, comment TEXT NOT NULL DEFAULT '',
        host_keys TEXT NOT NULL DEFAULT 'accept-new' CHECK (host_keys IN ('strict', 'accept-new'))
      ) STRICT
      """,
      """
      CREATE TABLE credential (
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, username TEXT NOT NULL,
        network_id INTEGER REFERENCES network (id) ON DELETE RESTRICT, priority INTEGER NOT NULL DEFAULT 100,
        password BLOB, enable BLOB, private_key BLOB, passphrase BLOB,
        created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
      ) STRICT
      """,
      """
      CREATE TABLE device (
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, address TEXT NOT NULL, port INTEGER NOT NULL DEFAULT 22,
        platform TEXT NOT NULL, network_id INTEGER NOT NULL REFERENCES network (id) ON DELETE RESTRICT,
        credential_id INTEGER REFERENCES credential (id) ON DELETE RESTRICT,
        last_credential_id INTEGER REFERENCES credential (id) ON DELETE SET NULL,
        enabled INTEGER NOT NULL DEFAULT 1, legacy INTEGER NOT NULL DEFAULT 0, comment TEXT NOT NULL DEFAULT '',
        fields TEXT NOT NULL DEFAULT '{}', host_key_type TEXT, host_key_fingerprint TEXT,
        hostname TEXT, vendor TEXT, model TEXT, version TEXT, serial TEXT,
        status TEXT NOT NULL DEFAULT 'unknown' CHECK (status IN ('unknown', 'up', 'down')),
        unsaved INTEGER NOT NULL DEFAULT 0, last_seen INTEGER, changed_at INTEGER, created_at INTEGER NOT NULL
      ) STRICT
      """,
      "CREATE INDEX device_network ON device (network_id)",
      """
      CREATE TABLE device_tag (
        device_id INTEGER NOT NULL REFERENCES device (id) ON DELETE CASCADE, tag TEXT NOT NULL, PRIMARY KEY (device_id, tag)
      ) STRICT, WITHOUT ROWID
      """,

      // Jobs
      """
      CREATE TABLE job (
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,
        network_id INTEGER NOT NULL REFERENCES network (id) ON DELETE RESTRICT, type TEXT NOT NULL,
        changes_devices INTEGER NOT NULL, owner TEXT NOT NULL, enabled INTEGER NOT NULL DEFAULT 1, revision INTEGER NOT NULL,
        created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
      ) STRICT
      """,
      """
      CREATE TABLE job_revision (
        job_id INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE, revision INTEGER NOT NULL, definition TEXT NOT NULL,
        saved_by TEXT NOT NULL, saved_at INTEGER NOT NULL, PRIMARY KEY (job_id, revision)
      ) STRICT, WITHOUT ROWID
      """,
      // next_fire is NULL while the trigger or its job is disabled, and when the schedule has no further timing: what is
      // due is then one look at one index.
      """
      CREATE TABLE job_trigger (
        id INTEGER PRIMARY KEY AUTOINCREMENT, job_id INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE, name TEXT NOT NULL,
        kind TEXT NOT NULL, schedule TEXT NOT NULL, timezone TEXT NOT NULL, enabled INTEGER NOT NULL DEFAULT 1,
        next_fire INTEGER, last_fire INTEGER, error TEXT, saved_by TEXT NOT NULL DEFAULT '',
        saved_at INTEGER NOT NULL DEFAULT 0, UNIQUE (job_id, name)
      ) STRICT
      """,
      "CREATE INDEX job_trigger_due ON job_trigger (next_fire) WHERE next_fire IS NOT NULL",
      // rules: canonical text, one per line. timezone NULL is that of the trigger.
      """
      CREATE TABLE schedule_filter (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, timezone TEXT, rules TEXT NOT NULL
      ) STRICT
      """,
      """
      CREATE TABLE job_trigger_filter (
        trigger_id INTEGER NOT NULL REFERENCES job_trigger (id) ON DELETE CASCADE,
        filter_id INTEGER NOT NULL REFERENCES schedule_filter (id) ON DELETE RESTRICT, PRIMARY KEY (trigger_id, filter_id)
      ) STRICT, WITHOUT ROWID
      """,
      "CREATE INDEX job_trigger_filter_use ON job_trigger_filter (filter_id)",

      // Approvals; they outlive their job
      """
      CREATE TABLE approval_request (
        id INTEGER PRIMARY KEY AUTOINCREMENT, job_id INTEGER NOT NULL, job TEXT NOT NULL, network TEXT NOT NULL, revision INTEGER NOT NULL,
        digest TEXT NOT NULL, manifest TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('not-requested', 'requested', 'approved', 'rejected', 'closed')),
        requested_by TEXT NOT NULL, requested_at INTEGER NOT NULL, saved_by TEXT NOT NULL, authors TEXT NOT NULL DEFAULT '',
        approved_at INTEGER,
        execution_id INTEGER
      ) STRICT
      """,
      "CREATE INDEX approval_request_job ON approval_request (job_id, id)",
      "CREATE UNIQUE INDEX approval_request_open ON approval_request (job_id) WHERE status IN ('requested', 'approved')",
      """
      CREATE TABLE approval_vote (
        request_id INTEGER NOT NULL REFERENCES approval_request (id), user TEXT NOT NULL, time INTEGER NOT NULL,
        PRIMARY KEY (request_id, user)
      ) STRICT, WITHOUT ROWID
      """,
      """
      CREATE TABLE approval_log (
        id INTEGER PRIMARY KEY, request_id INTEGER, job_id INTEGER NOT NULL, job TEXT NOT NULL, network TEXT NOT NULL,
        revision INTEGER NOT NULL, time INTEGER NOT NULL, user TEXT NOT NULL, event TEXT NOT NULL, message TEXT NOT NULL
      ) STRICT
      """,
      "CREATE INDEX approval_log_job ON approval_log (job_id, id)",
      "CREATE INDEX approval_log_request ON approval_log (request_id, id)",

      // Executions; they outlive job, trigger and devices, whose names they copy
      """
      CREATE TABLE execution (
        id INTEGER PRIMARY KEY AUTOINCREMENT, job_id INTEGER NOT NULL, job TEXT NOT NULL, network_id INTEGER NOT NULL, network TEXT NOT NULL,
        type TEXT NOT NULL, revision INTEGER NOT NULL, changes_devices INTEGER NOT NULL, user TEXT NOT NULL,
        trigger_id INTEGER, trigger_name TEXT, scheduled_at INTEGER, status TEXT NOT NULL, start_time INTEGER NOT NULL,
        end_time INTEGER, devices_total INTEGER NOT NULL DEFAULT 0, devices_failed INTEGER NOT NULL DEFAULT 0,
        summary TEXT NOT NULL DEFAULT '', request_id INTEGER, generation INTEGER NOT NULL DEFAULT 0,
        owner_host TEXT, owner_boot TEXT, owner_pid INTEGER, owner_start INTEGER, lease_until INTEGER,
        cancel_requested INTEGER NOT NULL DEFAULT 0
      ) STRICT
      """,
      "CREATE UNIQUE INDEX execution_fire ON execution (trigger_id, scheduled_at) WHERE trigger_id IS NOT NULL",
      "CREATE INDEX execution_active ON execution (status) WHERE status IN ('pending', 'running')",
      "CREATE INDEX execution_job ON execution (job_id, id)",
      "CREATE INDEX execution_time ON execution (start_time)",
      """
      CREATE TABLE execution_device (
        execution_id INTEGER NOT NULL REFERENCES execution (id) ON DELETE CASCADE, position INTEGER NOT NULL,
        device_id INTEGER, name TEXT NOT NULL, address TEXT NOT NULL, status TEXT NOT NULL, start_time INTEGER,
        end_time INTEGER, error TEXT, changed INTEGER NOT NULL DEFAULT 0, summary TEXT NOT NULL DEFAULT '',
        last_command TEXT, output TEXT REFERENCES blob (hash), before TEXT REFERENCES blob (hash),
        after TEXT REFERENCES blob (hash), PRIMARY KEY (execution_id, position)
      ) STRICT, WITHOUT ROWID
      """,
      """
      CREATE TABLE device_lease (
        device_id INTEGER PRIMARY KEY, execution_id INTEGER NOT NULL REFERENCES execution (id) ON DELETE CASCADE
      ) STRICT
      """,

      // Contents
      """
      CREATE TABLE blob (
        hash TEXT PRIMARY KEY, size INTEGER NOT NULL, encoding TEXT NOT NULL CHECK (encoding IN ('plain', 'zlib')),
        content BLOB NOT NULL
      ) STRICT
      """,
      """
      CREATE TABLE config_revision (
        id INTEGER PRIMARY KEY, device_id INTEGER NOT NULL, device TEXT NOT NULL, network_id INTEGER NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('running', 'startup')), revision INTEGER NOT NULL,
        content TEXT NOT NULL REFERENCES blob (hash), comparable TEXT NOT NULL, time INTEGER NOT NULL,
        execution_id INTEGER, added INTEGER NOT NULL, removed INTEGER NOT NULL, UNIQUE (device_id, kind, revision)
      ) STRICT
      """,
      "CREATE INDEX config_revision_device ON config_revision (device)",

      // The record
      """
      CREATE TABLE audit (
        id INTEGER PRIMARY KEY, time INTEGER NOT NULL, user TEXT NOT NULL, login_uid INTEGER, mode TEXT NOT NULL,
        action TEXT NOT NULL, object TEXT NOT NULL, detail TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL
      ) STRICT
      """,
      """
      CREATE TABLE outbox (
        id INTEGER PRIMARY KEY, time INTEGER NOT NULL, event TEXT NOT NULL, payload TEXT NOT NULL,
        status TEXT NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'sent', 'failed')),
        attempts INTEGER NOT NULL DEFAULT 0, next_attempt INTEGER NOT NULL, error TEXT
      ) STRICT
      """,
      "CREATE INDEX outbox_waiting ON outbox (next_attempt) WHERE status = 'waiting'",

      // What was written to the record stays as it was written.
      "CREATE TRIGGER audit_keep BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'audit rows cannot be changed'); END",
      "CREATE TRIGGER audit_stay BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'audit rows cannot be deleted'); END",
      """
      CREATE TRIGGER approval_log_keep BEFORE UPDATE ON approval_log
      BEGIN SELECT raise(ABORT, 'approval messages cannot be changed'); END
      """,
      """
      CREATE TRIGGER approval_log_stay BEFORE DELETE ON approval_log
      BEGIN SELECT raise(ABORT, 'approval messages cannot be deleted'); END
      """,
      "INSERT INTO network (name, comment) VALUES ('default', '')",
    ])
}
