internal import JobModel
package import Scheduling

/// A program that jobs of the type agent-d start for each device.
package struct AgentRecord: Equatable, Sendable {
  package var id: Int64
  package var name: String
  package var path: String
  /// SHA-256 of the file that was pinned, in hexadecimal.
  package var digest: String
  package var changesDevices: Bool
  /// Seconds for one device; nil is the job's, or the setting's.
  package var timeout: Int64?
  /// Whether it is given the device's credential.
  package var passesCredential: Bool
  /// Names of the parameters that are secret.
  package var secretParameters: [String]
  package var comment: String
  /// Who pinned the file last, and when.
  package var savedBy: String
  package var savedAt: Timestamp

  init(_ row: SQLRow) throws {
    id = try row.int64("id")
    name = try row.text("name")
    path = try row.text("path")
    digest = try row.text("digest")
    changesDevices = try row.bool("changes_devices")
    timeout = try row.optionalInt64("timeout")
    passesCredential = try row.bool("passes_credential")
    secretParameters = try row.text("secret_parameters").split(separator: "\n").map(String.init)
    comment = try row.text("comment")
    savedBy = try row.text("saved_by")
    savedAt = try row.timestamp("saved_at")
  }

  /// What an approver approves of it, as text.
  package var definitionText: String {
    """
    agent: \(name)
    file: \(path)
    sha256: \(digest)
    changes devices: \(changesDevices ? "yes" : "no")
    is given the credential: \(passesCredential ? "yes" : "no")
    timeout: \(timeout.map { "\($0) s" } ?? "the job's")
    secret parameters: \(secretParameters.isEmpty ? "none" : secretParameters.joined(separator: ", "))

    """
  }
}

/// What `addAgent` is told.
package struct NewAgent: Equatable, Sendable {
  package var name: String
  package var path: String
  package var digest: String
  package var changesDevices: Bool
  package var timeout: Int64?
  package var passesCredential: Bool
  package var secretParameters: [String]
  package var comment: String

  package init(
    name: String, path: String, digest: String, changesDevices: Bool, timeout: Int64? = nil, passesCredential: Bool = false,
    secretParameters: [String] = [], comment: String = ""
  ) {
    self.name = name
    self.path = path
    self.digest = digest
    self.changesDevices = changesDevices
    self.timeout = timeout
    self.passesCredential = passesCredential
    self.secretParameters = secretParameters
    self.comment = comment
  }
}

package enum AgentQueries {
  /// Every agent, by name.
  package static func all(_ sql: any SQLConnection) throws -> [AgentRecord] {
    try sql.rows("SELECT * FROM agent ORDER BY name").map(AgentRecord.init)
  }

  /// The agent with this name or number.
  /// - Throws: `.notFound`.
  package static func find(_ sql: any SQLConnection, _ name: String) throws -> AgentRecord {
    guard let row = try sql.row("SELECT * FROM agent WHERE name = ? OR id = ?", name, Int64(name)) else {
      throw ModelError(.notFound, "there is no agent '\(TextRule.quoted(name))'", hint: "netjob agent list shows them")
    }
    return try AgentRecord(row)
  }

  /// The jobs that start an agent; those that cannot be read start none.
  package static func jobs(_ sql: any SQLConnection, of agent: String) throws -> [JobRecord] {
    try JobQueries.readable(sql).jobs.filter { $0.type == .agentD && $0.definition.agent == agent }
  }
}

extension Change {
  /// Registers a program. It will run with the rights of the account that netjob runs as, so only who may do everything may.
  @discardableResult
  package func addAgent(_ agent: NewAgent) throws -> AgentRecord {
    try require(.administer, network: nil)
    try TextRule.name(agent.name, of: "agent")
    try TextRule.prose(agent.comment, as: "comment")
    try TextRule.line(agent.path, as: "path")
    for name in agent.secretParameters { try TextRule.name(name, of: "parameter") }
    guard try sql.row("SELECT id FROM agent WHERE name = ?", agent.name) == nil else {
      throw ModelError(
        .conflict, "agent '\(agent.name)' exists already", hint: "netjob agent pin \(agent.name) takes its new file")
    }
    try sql.execute(
      """
      INSERT INTO agent (name, path, digest, changes_devices, timeout, passes_credential, secret_parameters, comment, saved_by,
        saved_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, agent.name, agent.path, agent.digest, agent.changesDevices, agent.timeout, agent.passesCredential,
      agent.secretParameters.joined(separator: "\n"), agent.comment, caller.name, now)
    try audit(
      "agent.add", "agent \(agent.name)",
      "\(agent.path), SHA-256 \(agent.digest)\(agent.changesDevices ? ", changes devices" : "")\(agent.passesCredential ? ", is given credentials" : "")"
    )
    return try AgentQueries.find(sql, agent.name)
  }

  /// Takes the file of an agent as it is now. What was approved of its jobs was approved of the old one.
  @discardableResult
  package func pinAgent(_ agent: AgentRecord, digest: String) throws -> AgentRecord {
    try require(.administer, network: nil)
    if agent.digest == digest { return agent }
    try sql.execute(
      "UPDATE agent SET digest = ?, saved_by = ?, saved_at = ? WHERE id = ?", digest, caller.name, now, agent.id)
    try audit("agent.pin", "agent \(agent.name)", "\(agent.digest) -> \(digest)")
    for job in try AgentQueries.jobs(sql, of: agent.name) {
      try resetApproval(of: job.id, because: "the file of agent '\(agent.name)' was pinned anew by \(caller.name)")
    }
    return try AgentQueries.find(sql, agent.name)
  }

  /// - Throws: `.conflict` while a job starts it.
  package func deleteAgent(_ agent: AgentRecord) throws {
    try require(.administer, network: nil)
    let jobs = try AgentQueries.jobs(sql, of: agent.name)
    if let job = jobs.first {
      let more = jobs.count > 1 ? " and \(jobs.count - 1) more" : ""
      throw ModelError(
        .conflict, "agent '\(agent.name)' is used by job '\(job.name)'\(more)", hint: "delete or edit the jobs first")
    }
    try sql.execute("DELETE FROM agent WHERE id = ?", agent.id)
    try audit("agent.delete", "agent \(agent.name)", agent.path)
  }
}
