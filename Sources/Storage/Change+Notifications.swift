internal import JobModel
internal import Scheduling

extension Change {
  /// Puts a notification into the outbox, in the transaction of what it tells: one delivery for each trap receiver and for each
  /// person concerned who has a mail address. Nothing is written where nothing is configured.
  /// - Parameters:
  ///   - isByTrigger: no person stands behind it at a terminal.
  ///   - isReadOnly: it is of an execution that does not change devices.
  ///   - topic: what is told once a day at most, however often it happens.
  func notify(
    _ event: NotificationEvent, network: Int64?, request: ApprovalRequestRecord? = nil, isByTrigger: Bool = false,
    isReadOnly: Bool = false, afterExecution: Bool = false, topic: String? = nil, _ fill: (inout Notice) -> Void
  ) throws {
    let receivers = try TrapReceiverQueries.names(sql, for: event, isReadOnly: isReadOnly)
    let isMailed = try MailSettings.isWanted(sql, event, isReadOnly: isReadOnly)
    guard isMailed || !receivers.isEmpty else { return }
    if let topic {
      let since = now.adding(seconds: -86_400)
      if try sql.row("SELECT 1 AS one FROM outbox WHERE topic = ? AND time > ? LIMIT 1", topic, since) != nil { return }
    }
    var notice = Notice(event, time: now, actor: caller.name)
    if let request {
      notice.job = request.job
      notice.network = request.network
      notice.revision = request.revision
      notice.owner = request.savedBy
      notice.request = request.id
      notice.requestedBy = request.requestedBy
      notice.approvals = request.approvals
      notice.required = try SettingQueries.requiredApprovals(sql)
      notice.digest = request.digest
      notice.status = request.status.rawValue
    }
    fill(&notice)
    var people: [String] = []
    if isMailed {
      var names = try concerned(
        by: event.audience(afterExecution: afterExecution), notice, request, network: network)
      if !event.tellsActor(isByTrigger: isByTrigger) { names.remove(caller.name) }
      people = try reachable(names, network: network)
    }
    let deliveries = receivers.map { (NotificationChannel.trap, $0) } + people.map { (NotificationChannel.mail, $0) }
    try post(notice, deliveries, network: network, topic: topic)
  }

  /// Puts deliveries of a notice into the outbox, with the head of the audit log as it is now.
  /// - Parameter report: the execution whose report goes with them.
  func post(
    _ notice: Notice, _ deliveries: [(channel: NotificationChannel, recipient: String)], network: Int64?, topic: String? = nil,
    report: Int64? = nil
  ) throws {
    if deliveries.isEmpty { return }
    var notice = notice
    if let head = try sql.row("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1") {
      notice.auditRow = try head.int64("id")
      notice.auditHead = try head.text("hash")
    }
    let payload = try CanonicalJSON.text(notice)
    for (channel, recipient) in deliveries {
      try sql.execute(
        """
        INSERT INTO outbox (time, event, channel, recipient, network_id, topic, payload, next_attempt, give_up_at, report)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """, now, notice.event.rawValue, channel.rawValue, recipient, network, topic, payload, now,
        now.adding(seconds: RetrySchedule.lifetimeSeconds), report)
    }
    outbox?.raise()
  }

  /// The names of those who are concerned.
  private func concerned(
    by audience: Set<NotificationAudience>, _ notice: Notice, _ request: ApprovalRequestRecord?, network: Int64?
  ) throws -> Set<String> {
    var names: Set<String> = []
    func holders(of permission: Permission) throws -> [String] {
      try sql.rows("SELECT name FROM account WHERE enabled = 1 AND mail IS NOT NULL").map { try $0.text("name") }
        .filter { try AccountQueries.rights(sql, of: $0).allows(permission, network: network) }
    }
    for group in audience {
      switch group {
      case .requester: names.formUnion([notice.requestedBy].compactMap { $0 })
      case .owner: names.formUnion([notice.owner].compactMap { $0 })
      case .runner: names.formUnion([notice.runsFor].compactMap { $0 })
      case .voters: names.formUnion(request?.approvals ?? [])
      case .deviceManagers: names.formUnion(try holders(of: .manageDevices))
      case .approvers:
        let excluded = Set((request?.authors ?? []) + (request?.approvals ?? []))
          .union([request?.requestedBy, request?.savedBy].compactMap { $0 })
        names.formUnion(try holders(of: .approveToolJob).filter { !excluded.contains($0) })
      }
    }
    return names
  }

  /// Those of them who have a mail address, are enabled, and may see the network.
  private func reachable(_ names: Set<String>, network: Int64?) throws -> [String] {
    try names.sorted().filter { try AccountQueries.problem(sql, ofMailing: $0, network: network) == nil }
  }

  /// Tells of a request's event.
  func notify(
    _ event: NotificationEvent, of request: ApprovalRequestRecord, message: String, execution: Int64? = nil
  ) throws {
    let network =
      try sql.row("SELECT network_id AS id FROM job WHERE id = ?", request.jobID)
      ?? sql.row("SELECT id FROM network WHERE name = ?", request.network)
    try notify(event, network: try network?.int64("id"), request: request, afterExecution: execution != nil) { notice in
      notice.message = message
      notice.execution = execution
    }
  }

  /// Tells that an execution began or ended, as its status says; nothing of one that waits or was skipped.
  /// - Parameter request: the number of the request that allowed it, where the execution does not say yet.
  func notify(ofExecution id: Int64, request requestID: Int64? = nil) throws {
    let execution = try ExecutionQueries.find(sql, id)
    let event: NotificationEvent
    switch execution.status {
    case .running: event = .executed
    case .succeeded: event = .completed
    case .failed, .cancelled, .interrupted, .missed: event = .failed
    case .notApproved: event = .notApproved
    case .pending, .skipped: return
    }
    var request = try (requestID ?? execution.requestID).flatMap { try ApprovalQueries.get(sql, id: $0) }
    if event == .notApproved { request = try ApprovalQueries.latest(sql, job: execution.jobID).first }
    let owner = try sql.row("SELECT owner FROM job WHERE id = ?", execution.jobID)?.text("owner")
    try notify(
      event, network: execution.networkID, request: request, isByTrigger: execution.trigger != nil,
      isReadOnly: !execution.changesDevices
    ) { notice in
      notice.name(execution)
      notice.owner = owner ?? notice.owner
      notice.runsFor = execution.user
      notice.devicesTotal = execution.devicesTotal
      notice.devicesFailed = execution.devicesFailed
      notice.status = execution.status.rawValue
      notice.message = execution.summary
    }
  }

  /// Records that a device showed another host key than the pinned one, and tells of it once a day.
  package func noteChangedHostKey(_ device: DeviceRecord, message: String) throws {
    try audit("device.host-key-changed", "device \(device.name)", message)
    try notify(.hostKeyChanged, network: device.networkID, isByTrigger: true, topic: "host-key/\(device.id)") { notice in
      notice.device = device.name
      notice.network = device.network
      notice.message = message
    }
  }
}

extension Notice {
  /// Says which execution it is about.
  mutating func name(_ execution: ExecutionRecord) {
    job = execution.job
    network = execution.network
    revision = execution.revision
    self.execution = execution.id
    trigger = execution.trigger
    scheduledTime = execution.scheduledTime
  }
}
