package import JobModel
package import Scheduling

/// What an execution is begun with.
package struct ExecutionStart: Sendable {
  package var job: JobRecord
  package var changesDevices: Bool
  /// Who it runs for.
  package var user: String
  package var trigger: TriggerRecord?
  package var scheduledTime: Timestamp?
  package var status: ExecutionStatus
  package var summary: String
  package var targets: DeviceQueries.Targets
  package var owner: ExecutionOwner?
  package var leaseUntil: Timestamp?
  /// The request that allows it.
  package var requestID: Int64?

  package init(
    job: JobRecord, changesDevices: Bool, user: String, trigger: TriggerRecord? = nil, scheduledTime: Timestamp? = nil,
    status: ExecutionStatus, summary: String = "", targets: DeviceQueries.Targets = DeviceQueries.Targets(),
    owner: ExecutionOwner? = nil, leaseUntil: Timestamp? = nil
  ) {
    self.job = job
    self.changesDevices = changesDevices
    self.user = user
    self.trigger = trigger
    self.scheduledTime = scheduledTime
    self.status = status
    self.summary = summary
    self.targets = targets
    self.owner = owner
    self.leaseUntil = leaseUntil
  }
}

/// A claim on an execution: what a process must show to write its results. A sweep takes it away by raising the generation.
package struct ExecutionClaim: Equatable, Sendable {
  package var id: Int64
  package var generation: Int

  package init(id: Int64, generation: Int) {
    self.id = id
    self.generation = generation
  }
}

/// How one device of an execution ended.
package struct DeviceOutcome: Equatable, Sendable {
  package var status: DeviceStatus
  package var error: String?
  package var changed: Bool
  package var summary: String
  package var output: String?
  /// Running configuration before and after a change.
  package var before: String?
  package var after: String?

  package init(
    status: DeviceStatus, error: String? = nil, changed: Bool = false, summary: String = "", output: String? = nil,
    before: String? = nil, after: String? = nil
  ) {
    self.status = status
    self.error = error
    self.changed = changed
    self.summary = summary
    self.output = output
    self.before = before
    self.after = after
  }
}

extension Change {
  /// Records an execution with its devices. One that is not active is recorded as ended.
  /// - Throws: `.conflict` when this fire of the trigger was recorded already.
  package func beginExecution(_ start: ExecutionStart) throws -> ExecutionClaim {
    if let trigger = start.trigger, let time = start.scheduledTime,
      try sql.row("SELECT id FROM execution WHERE trigger_id = ? AND scheduled_at = ?", trigger.id, time) != nil
    {
      throw ModelError(.conflict, "the fire of \(trigger.job)/\(trigger.name) at \(time) was claimed already")
    }
    let job = start.job
    let id = try sql.insert(
      """
      INSERT INTO execution (job_id, job, network_id, network, type, revision, changes_devices, user, trigger_id, trigger_name,
        scheduled_at, status, start_time, end_time, devices_total, summary, generation, owner_host, owner_boot, owner_pid,
        owner_start, lease_until)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id
      """, job.id, job.name, job.networkID, job.network, job.type.rawValue, job.revision, start.changesDevices, start.user,
      start.trigger?.id, start.trigger?.name, start.scheduledTime, start.status.rawValue, now,
      start.status.isActive ? nil : now, start.targets.devices.count + start.targets.leftOut.count, start.summary, 1,
      start.owner?.host, start.owner?.boot, start.owner?.pid, start.owner?.startTicks, start.leaseUntil)
    try insertDevices(start.targets, of: id)
    try audit(
      "execution.begin", "execution \(id)", "job \(job.name) revision \(job.revision) for \(start.user): \(start.status.rawValue)"
    )
    try notify(ofExecution: id, request: start.requestID)
    return ExecutionClaim(id: id, generation: 1)
  }

  private func insertDevices(_ targets: DeviceQueries.Targets, of id: Int64) throws {
    var position = 0
    for device in targets.devices {
      try sql.execute(
        "INSERT INTO execution_device (execution_id, position, device_id, name, address, status) VALUES (?, ?, ?, ?, ?, 'pending')",
        id, position, device.id, device.name, device.address)
      position += 1
    }
    for device in targets.leftOut {
      try sql.execute(
        """
        INSERT INTO execution_device (execution_id, position, name, address, status, error) VALUES (?, ?, ?, ?, 'skipped', ?)
        """, id, position, device.name, device.address, device.reason)
      position += 1
    }
  }

  /// Sets the approval that allowed the execution.
  package func setRequest(_ request: Int64, of execution: Int64) throws {
    try sql.execute("UPDATE execution SET request_id = ? WHERE id = ?", request, execution)
  }

  /// Takes over a pending execution for this process.
  /// - Returns: nil when another process took it.
  package func adopt(_ execution: ExecutionRecord, owner: ExecutionOwner, leaseUntil: Timestamp) throws -> ExecutionClaim? {
    let changed = try sql.execute(
      """
      UPDATE execution SET status = 'running', start_time = ?, generation = generation + 1, owner_host = ?, owner_boot = ?,
        owner_pid = ?, owner_start = ?, lease_until = ? WHERE id = ? AND status = 'pending' AND generation = ?
      """, now, owner.host, owner.boot, owner.pid, owner.startTicks, leaseUntil, execution.id, execution.generation)
    guard changed == 1 else { return nil }
    try notify(ofExecution: execution.id)
    return ExecutionClaim(id: execution.id, generation: execution.generation + 1)
  }

  /// Renews the lease.
  /// - Returns: nil when the execution was taken away; else whether someone asked to cancel it.
  package func renew(_ claim: ExecutionClaim, until: Timestamp) throws -> Bool? {
    let row = try sql.row(
      """
      UPDATE execution SET lease_until = ? WHERE id = ? AND generation = ? AND status = 'running' RETURNING cancel_requested
      """, until, claim.id, claim.generation)
    return try row?.bool("cancel_requested")
  }

  /// - Throws: `.conflict` when the execution was taken away from this process.
  package func check(_ claim: ExecutionClaim) throws {
    guard
      try sql.row(
        "SELECT id FROM execution WHERE id = ? AND generation = ? AND status = 'running'", claim.id, claim.generation) != nil
    else { throw ModelError(.conflict, "execution \(claim.id) was taken away from this process: its lease had run out") }
  }

  /// Marks a device as begun.
  package func beginDevice(_ claim: ExecutionClaim, position: Int) throws {
    try check(claim)
    try expectOne(
      sql.execute(
        "UPDATE execution_device SET status = 'running', start_time = ? WHERE execution_id = ? AND position = ?", now, claim.id,
        position), claim, position)
  }

  /// Records, before it is sent, the command that is about to change a device.
  /// - Parameters:
  ///   - doubt: what is to be said behind it should the process die before the next one.
  ///   - isUncommitted: nothing that was sent has taken effect, this included, nor will it.
  package func noteCommand(
    _ claim: ExecutionClaim, position: Int, _ command: String, doubt: String? = nil, isUncommitted: Bool = false
  ) throws {
    try check(claim)
    try expectOne(
      sql.execute(
        """
        UPDATE execution_device SET last_command = ?, doubt = ?, is_uncommitted = ? WHERE execution_id = ? AND position = ?
        """, command, doubt, isUncommitted, claim.id, position), claim, position)
  }

  /// A result that lands in no row must stop the execution: the next command must not be sent unrecorded.
  private func expectOne(_ changed: Int, _ claim: ExecutionClaim, _ position: Int) throws {
    if changed != 1 { throw StorageError(.corrupt, "execution \(claim.id) has no device at position \(position)") }
  }

  /// Records the configuration of a device before it is changed.
  package func noteBefore(_ claim: ExecutionClaim, position: Int, _ configuration: String) throws {
    try check(claim)
    let hash = try Blobs.put(sql, configuration)
    try expectOne(
      sql.execute("UPDATE execution_device SET before = ? WHERE execution_id = ? AND position = ?", hash, claim.id, position),
      claim, position)
  }

  /// Records how a device ended.
  package func endDevice(_ claim: ExecutionClaim, position: Int, _ outcome: DeviceOutcome) throws {
    try check(claim)
    let output = try outcome.output.map { try Blobs.put(sql, $0) }
    let before = try outcome.before.map { try Blobs.put(sql, $0) }
    let after = try outcome.after.map { try Blobs.put(sql, $0, after: before) }
    try expectOne(
      sql.execute(
        """
        UPDATE execution_device SET status = ?, end_time = ?, error = ?, changed = ?, summary = ?, output = ?,
          before = coalesce(?, before), after = ? WHERE execution_id = ? AND position = ?
        """, outcome.status.rawValue, now, outcome.error, outcome.changed, outcome.summary, output, before, after, claim.id,
        position), claim, position)
  }

  /// Ends an execution: devices that were never begun are marked so, leases are given back, its approval is closed.
  ///
  /// A device whose end was never recorded is left as a dead process leaves it, and the execution has not succeeded then.
  package func endExecution(_ claim: ExecutionClaim, _ status: ExecutionStatus, summary: String) throws {
    try check(claim)
    let lost = try settleDevices(of: claim.id, because: "its result was not recorded")
    guard !lost.isEmpty else { return try close(claim.id, status, summary: summary) }
    try close(
      claim.id, status == .succeeded ? .failed : status,
      summary: "\(summary); result not recorded: \(lost.joined(separator: ", "))")
  }

  /// Ends an execution whose process is dead, and says of each device how far it had got.
  /// - Returns: the ended execution; nil when another process was faster.
  package func interrupt(_ execution: ExecutionRecord, isGone: Bool = true) throws -> ExecutionRecord? {
    let taken = try sql.execute(
      "UPDATE execution SET generation = generation + 1 WHERE id = ? AND generation = ? AND status = 'running'", execution.id,
      execution.generation)
    guard taken == 1 else { return nil }
    try settleDevices(
      of: execution.id,
      because: isGone ? "netjob died while it worked on the device" : "netjob gave no sign of life while it worked on the device")
    let inDoubt = try ExecutionQueries.devices(sql, of: execution.id).filter { $0.status == .inDoubt }.map(\.name)
    let doubt = inDoubt.isEmpty ? "" : "; in doubt: \(inDoubt.joined(separator: ", "))"
    try close(
      execution.id, .interrupted,
      summary: (isGone ? "the process that ran it died" : "the process that ran it gave no sign of life") + doubt)
    return try ExecutionQueries.find(sql, execution.id)
  }

  /// Marks the devices that are still active: not begun, in doubt once a changing command was on its way, else interrupted.
  /// - Returns: names of those that were begun.
  @discardableResult
  private func settleDevices(of execution: Int64, because reason: String) throws -> [String] {
    var begun: [String] = []
    for device in try ExecutionQueries.devices(sql, of: execution) where device.status.isActive {
      let status: DeviceStatus
      var error: String?
      switch (device.status, device.lastCommand) {
      case (.pending, _):
        status = .notBegun
      case (_, .some) where device.isUncommitted:
        status = .interrupted
        error = "\(reason); nothing was committed\(device.doubt ?? "")"
      case (_, let command?):
        status = .inDoubt
        error = "\(reason); the last command on its way was: \(command)\(device.doubt ?? "")"
      default:
        status = .interrupted
        error = "\(reason); nothing was changed on the device"
      }
      if status != .notBegun { begun.append(device.name) }
      try sql.execute(
        """
        UPDATE execution_device SET status = ?, end_time = ?, error = ?, 
          changed = changed OR (last_command IS NOT NULL AND NOT is_uncommitted)
        WHERE execution_id = ? AND position = ?
        """, status.rawValue, status == .notBegun ? nil : now, error, execution, device.position)
    }
    return begun
  }

  /// Asks the process that runs an execution to stop it.
  package func requestCancel(_ seen: ExecutionRecord) throws {
    // It may have begun or ended since it was looked at: a pending one is closed here, a running one by its process.
    let execution = try ExecutionQueries.find(sql, seen.id)
    let needed: Permission = execution.changesDevices ? .runToolJob : .runJob
    // Who may let a change happen may stop it.
    let rights = try AccountQueries.rights(sql, of: caller.name)
    if !execution.changesDevices || !rights.allows(.approveToolJob, network: execution.networkID) {
      try require(needed, network: execution.networkID)
    }
    guard execution.status.isActive else {
      throw ModelError(.conflict, "execution \(execution.id) has ended: \(execution.status.rawValue)")
    }
    try sql.execute("UPDATE execution SET cancel_requested = 1 WHERE id = ?", execution.id)
    try audit("execution.cancel", "execution \(execution.id)", "job \(execution.job)")
    if execution.status == .pending {
      try sql.execute(
        "UPDATE execution_device SET status = 'not-begun' WHERE execution_id = ? AND status = 'pending'", execution.id)
      try close(execution.id, .cancelled, summary: "cancelled by \(caller.name) before it began")
    }
  }

  /// Takes the lease on a device, so that no other execution changes it meanwhile.
  /// - Returns: nil when it was taken; else the execution that holds it.
  package func lease(_ deviceID: Int64, for claim: ExecutionClaim) throws -> Int64? {
    try check(claim)
    try sql.execute(
      "INSERT INTO device_lease (device_id, execution_id) VALUES (?, ?) ON CONFLICT DO NOTHING", deviceID, claim.id)
    let holder = try sql.row("SELECT execution_id FROM device_lease WHERE device_id = ?", deviceID)?.int64("execution_id")
    return holder == claim.id ? nil : holder
  }

  package func release(_ deviceID: Int64, of claim: ExecutionClaim) throws {
    try sql.execute("DELETE FROM device_lease WHERE device_id = ? AND execution_id = ?", deviceID, claim.id)
  }

  private func close(_ id: Int64, _ status: ExecutionStatus, summary: String) throws {
    try sql.execute("DELETE FROM device_lease WHERE execution_id = ?", id)
    try sql.execute(
      """
      UPDATE execution SET status = ?, end_time = ?, summary = ?, lease_until = NULL,
        devices_failed = (SELECT count(*) FROM execution_device d WHERE d.execution_id = execution.id
          AND d.status IN ('failed', 'interrupted', 'in-doubt'))
      WHERE id = ?
      """, status.rawValue, now, summary, id)
    let devices = try DeviceResults(sql, execution: id)
    try audit("execution.end", "execution \(id)", "\(status.rawValue): \(summary)\(devices.logged)")
    try notify(ofExecution: id)
    if let request = try sql.row("SELECT request_id FROM execution WHERE id = ?", id)?.optionalInt64("request_id") {
      try closeAfterExecution(requestID: request, execution: id, status: status)
    }
  }
}
