private import Glibc
private import JobModel
private import JobRunner
private import Scheduling
internal import Storage

/// What `doctor` finds in the database: its soundness, and what in it will not work.
struct DataExamination {
  let sql: any SQLConnection
  let store: Store
  let patient: Patient
  private static let most = 5

  /// Everything, in the order of the report. A database of another schema is only checked for being sound.
  func all() -> [Finding] {
    let inspection = DatabaseInspection(sql, of: store)
    let schema = inspection.schema()
    let sound = inspection.integrity(isQuick: true) + schema + inspection.key()
    // Of an older schema, or a damaged one, there may be no such tables.
    if let current = try? Migration.current(sql), current != Migration.newest { return sound }
    return sound + inspection.settings() + inspection.jobs() + inspection.auditChain() + looking("clock", clock)
      + looking("executions", executions)
      + looking("fires", fires)
      + looking("triggers", triggers) + looking("owners", owners) + looking("credentials", credentials)
      + looking("host-keys", hostKeys) + looking("notifications", notifications) + looking("agents", agents)
      + looking("zone-data", zoneData)
  }

  private func looking(_ name: String, _ body: () throws -> [Finding]) -> [Finding] { Finding.looking(name, body) }

  /// The findings of rows, the first few of them; where there are none, that all is well.
  private func each(
    _ name: String, _ rows: [SQLRow], fine: String, _ finding: (SQLRow) throws -> (detail: String, mend: String)
  ) throws -> [Finding] {
    if rows.isEmpty { return [Finding(name, .ok, fine)] }
    var findings = try rows.prefix(Self.most).map { row in
      let found = try finding(row)
      return Finding(name, .warning, found.detail, mend: found.mend)
    }
    if rows.count > Self.most { findings.append(Finding(name, .warning, "and \(rows.count - Self.most) more")) }
    return findings
  }

  private func clock() throws -> [Finding] {
    guard let last = try AuditQueries.lastTime(sql) else { return [] }
    if patient.now.adding(seconds: 60) < last {
      return [
        Finding(
          "clock", .error, "the clock shows \(patient.now.rfc3339), and the last change was made at \(last.rfc3339)",
          mend: "set the clock: triggers fire by it; timedatectl status")
      ]
    }
    return [Finding("clock", .ok, patient.now.rfc3339)]
  }

  private func executions() throws -> [Finding] {
    let stuck = try sql.rows(
      "SELECT id, job FROM execution WHERE status IN ('pending', 'running') AND coalesce(lease_until, 0) < ? ORDER BY id",
      patient.now)
    let held = try sql.rows(
      """
      SELECT d.name, l.execution_id FROM device_lease l JOIN execution e ON e.id = l.execution_id JOIN device d ON d.id = l.device_id
      WHERE e.status NOT IN ('pending', 'running') ORDER BY d.name
      """)
    return try each("executions", stuck, fine: "none is stuck") { row in
      let id = try row.int64("id")
      return (
        "execution \(id) of job '\(try row.text("job"))' is stuck: its process has not been heard of", "netjob run-due ends it"
      )
    }
      + held.prefix(Self.most).map { row in
        Finding(
          "executions", .warning, "device '\(try row.text("name"))' is still held by execution \(try row.int64("execution_id"))",
          mend: "netjob run-due frees it")
      }
  }

  /// A record of the last run-due would be a write each minute; a fire that is overdue says the same.
  private func fires() throws -> [Finding] {
    let rows = try sql.rows(
      """
      SELECT t.name, t.next_fire, j.name AS job FROM job_trigger t JOIN job j ON j.id = t.job_id
      WHERE t.next_fire IS NOT NULL AND t.next_fire < ? ORDER BY t.next_fire
      """, patient.now.adding(seconds: -300))
    return try each("fires", rows, fine: "no fire is overdue") { row in
      let time = try row.timestamp("next_fire")
      return (
        "trigger '\(try row.text("name"))' of job '\(try row.text("job"))' was due at \(time.rfc3339): run-due did not come",
        "look at the check 'cron'; 'netjob run-due' by hand shows what stops it"
      )
    }
  }

  private func triggers() throws -> [Finding] {
    let rows = try sql.rows(
      """
      SELECT t.name, t.error, j.name AS job FROM job_trigger t JOIN job j ON j.id = t.job_id WHERE t.error IS NOT NULL
      ORDER BY j.name, t.name
      """)
    return try each("triggers", rows, fine: "none is in error") { row in
      let (job, name) = (try row.text("job"), try row.text("name"))
      return (
        "trigger '\(name)' of job '\(job)' was switched off: \(try row.text("error"))",
        "netjob trigger edit \(job) \(name), then netjob trigger enable \(job) \(name)"
      )
    }
  }

  /// Agents whose file would not be started.
  private func agents() throws -> [Finding] {
    let agents = try AgentQueries.all(sql)
    let findings = agents.compactMap { agent -> Finding? in
      do throws(ModelError) {
        try agent.checkFile()
        return nil
      } catch {
        return Finding(
          "agents", .error, "agent '\(agent.name)': \(error.message)",
          mend: error.hint ?? "netjob agent show \(agent.name)")
      }
    }
    return agents.isEmpty || !findings.isEmpty
      ? findings : [Finding("agents", .ok, "every agent's file is the one that was pinned")]
  }

  /// Jobs that fire for somebody who may not run them.
  private func owners() throws -> [Finding] {
    let jobs = try JobQueries.readable(sql).jobs.filter(\.isEnabled)
    let fired = Set(try sql.rows("SELECT DISTINCT job_id FROM job_trigger WHERE enabled = 1").map { try $0.int64("job_id") })
    var findings: [Finding] = []
    for job in jobs where fired.contains(job.id) {
      let permission = job.type.runPermission
      guard try !AccountQueries.rights(sql, of: job.owner).allows(permission, network: job.networkID) else { continue }
      findings.append(
        Finding(
          "owners", .warning, "job '\(job.name)' fires for '\(job.owner)', who lacks \(permission.rawValue)",
          mend: "netjob job edit \(job.name) by somebody who may run it makes it theirs; or: netjob user grant \(job.owner) "
            + permission.rawValue))
    }
    return findings.isEmpty ? [Finding("owners", .ok, "every job fires for somebody who may run it")] : findings
  }

  private func credentials() throws -> [Finding] {
    let rows = try sql.rows(
      """
      SELECT d.name, n.name AS network FROM device d JOIN network n ON n.id = d.network_id
      WHERE d.enabled = 1 AND d.credential_id IS NULL
        AND NOT EXISTS (SELECT 1 FROM credential c WHERE c.network_id = d.network_id) ORDER BY d.name
      """)
    return try each("credentials", rows, fine: "there is one for every device") { row in
      let network = try row.text("network")
      return (
        "device '\(try row.text("name"))' has no credential, nor has its network '\(network)'",
        "netjob credential add NAME --username USER --network \(network)"
      )
    }
  }

  private func hostKeys() throws -> [Finding] {
    let rows = try sql.rows(
      """
      SELECT d.name, n.name AS network FROM device d JOIN network n ON n.id = d.network_id
      WHERE d.enabled = 1 AND n.host_keys = 'strict' AND d.host_key_fingerprint IS NULL ORDER BY d.name
      """)
    return try each("host-keys", rows, fine: "every device of a strict network has a pinned key") { row in
      let name = try row.text("name")
      return (
        "device '\(name)' of the strict network '\(try row.text("network"))' has no pinned key",
        "netjob device trust \(name) --scan"
      )
    }
  }

  /// Mail and traps: the libraries, people without an address, and what could not be sent.
  private func notifications() throws -> [Finding] {
    var findings: [Finding] = []
    let mail = try sql.rows("SELECT key, value FROM setting WHERE key = 'mail.server' AND value <> ''")
    if !mail.isEmpty {
      findings += library(["libcurl.so.4", "libcurl-gnutls.so.4"], for: "mail", package: "libcurl4")
      let mute = try sql.rows("SELECT name FROM account WHERE enabled = 1 AND mail IS NULL ORDER BY name")
      findings +=
        try mute.isEmpty
        ? []
        : each("notifications", mute, fine: "") { row in
          let name = try row.text("name")
          return ("user '\(name)' has no mail address", "netjob user edit \(name) --mail ADDRESS")
        }
    }
    if try hasRows("trap_receiver") { findings += library(["libnetsnmp.so.40"], for: "traps", package: "libsnmp40") }
    let failed = try sql.row("SELECT count(*) AS number FROM outbox WHERE status = 'failed'")?.int("number") ?? 0
    if failed > 0 {
      findings.append(
        Finding(
          "notifications", .warning, "\(failed) could not be sent", mend: "netjob notification list; netjob notification retry"))
    }
    return findings.isEmpty ? [Finding("notifications", .ok, "none failed")] : findings
  }

  private func hasRows(_ table: String) throws -> Bool {
    guard try sql.row("SELECT 1 AS one FROM sqlite_master WHERE type = 'table' AND name = ?", table) != nil else { return false }
    return try sql.row("SELECT 1 AS one FROM \(table) LIMIT 1") != nil
  }

  /// Whether a library that is loaded only when it is needed is there.
  private func library(_ names: [String], for what: String, package: String) -> [Finding] {
    guard let handle = names.lazy.compactMap({ dlopen($0, RTLD_LAZY) }).first else {
      return [
        Finding(
          "notifications", .error, "\(what) cannot be sent: \(names[0]) is not installed", mend: "apt-get install \(package)")
      ]
    }
    dlclose(handle)
    return []
  }

  private func zoneData() throws -> [Finding] {
    guard let stored = try FireTimes.storedVersion(sql), let current = patient.zones.version else { return [] }
    if stored == current { return [Finding("zone-data", .ok, "fire times were computed with \(stored)")] }
    return [
      Finding(
        "zone-data", .note, "fire times were computed with \(stored), installed is \(current)",
        mend: "the next run-due computes them anew")
    ]
  }
}
