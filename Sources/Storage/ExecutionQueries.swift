package import JobModel
package import Scheduling

/// One execution, as stored.
package struct ExecutionRecord: Equatable, Sendable {
  package var id: Int64
  package var jobID: Int64
  package var job: String
  package var networkID: Int64
  package var network: String
  package var type: JobType
  package var revision: Int
  package var changesDevices: Bool
  package var user: String
  package var triggerID: Int64?
  package var trigger: String?
  package var scheduledTime: Timestamp?
  package var status: ExecutionStatus
  package var startTime: Timestamp
  package var endTime: Timestamp?
  package var devicesTotal: Int
  package var devicesFailed: Int
  package var summary: String
  package var requestID: Int64?
  package var generation: Int
  package var owner: ExecutionOwner?
  package var leaseUntil: Timestamp?
  package var isCancelRequested: Bool

  init(_ row: SQLRow) throws {
    id = try row.int64("id")
    jobID = try row.int64("job_id")
    job = try row.text("job")
    networkID = try row.int64("network_id")
    network = try row.text("network")
    type = try row.choice("type", as: JobType.self)
    revision = try row.int("revision")
    changesDevices = try row.bool("changes_devices")
    user = try row.text("user")
    triggerID = try row.optionalInt64("trigger_id")
    trigger = try row.optionalText("trigger_name")
    scheduledTime = try row.optionalTimestamp("scheduled_at")
    status = try row.choice("status", as: ExecutionStatus.self)
    startTime = try row.timestamp("start_time")
    endTime = try row.optionalTimestamp("end_time")
    devicesTotal = try row.int("devices_total")
    devicesFailed = try row.int("devices_failed")
    summary = try row.text("summary")
    requestID = try row.optionalInt64("request_id")
    generation = try row.int("generation")
    if let pid = try row.optionalInt64("owner_pid") {
      owner = ExecutionOwner(
        host: try row.text("owner_host"), boot: try row.text("owner_boot"), pid: pid, startTicks: try row.int64("owner_start"))
    }
    leaseUntil = try row.optionalTimestamp("lease_until")
    isCancelRequested = try row.bool("cancel_requested")
  }
}

/// The process that works on an execution: enough to tell it from any other, at any time, on any host.
package struct ExecutionOwner: Equatable, Sendable {
  package var host: String
  /// The kernel's boot id.
  package var boot: String
  package var pid: Int64
  /// The process's start time in clock ticks since boot, as in `/proc/PID/stat`.
  package var startTicks: Int64

  package init(host: String, boot: String, pid: Int64, startTicks: Int64) {
    self.host = host
    self.boot = boot
    self.pid = pid
    self.startTicks = startTicks
  }
}

/// One device of an execution, as stored.
package struct ExecutionDeviceRecord: Equatable, Sendable {
  package var executionID: Int64
  package var position: Int
  package var deviceID: Int64?
  package var name: String
  package var address: String
  package var status: DeviceStatus
  package var startTime: Timestamp?
  package var endTime: Timestamp?
  package var error: String?
  package var changed: Bool
  package var summary: String
  /// The last command that was on its way to change the device.
  package var lastCommand: String?
  /// What is to be said behind it should the process die now.
  var doubt: String?
  /// Whether nothing that was sent has taken effect.
  var isUncommitted: Bool
  /// Hashes of contents.
  package var output: String?
  package var before: String?
  package var after: String?

  init(_ row: SQLRow) throws {
    executionID = try row.int64("execution_id")
    position = try row.int("position")
    deviceID = try row.optionalInt64("device_id")
    name = try row.text("name")
    address = try row.text("address")
    status = try row.choice("status", as: DeviceStatus.self)
    startTime = try row.optionalTimestamp("start_time")
    endTime = try row.optionalTimestamp("end_time")
    error = try row.optionalText("error")
    changed = try row.bool("changed")
    summary = try row.text("summary")
    lastCommand = try row.optionalText("last_command")
    doubt = try row.optionalText("doubt")
    isUncommitted = try row.bool("is_uncommitted")
    output = try row.optionalText("output")
    before = try row.optionalText("before")
    after = try row.optionalText("after")
  }
}

package enum ExecutionQueries {
  /// What narrows a list of executions; nil is anything.
  package struct Filter: Equatable, Sendable {
    package var job: String?
    package var type: JobType?
    package var network: String?
    package var user: String?
    package var status: ExecutionStatus?
    package var since: Timestamp?
    package var until: Timestamp?
    package var limit: Int = 50
    /// Networks that the caller may see; nil is all.
    package var visible: Set<Int64>?

    package init() {}
  }

  /// How many executions have ended since a time, by network and status.
  package static func endedCounts(
    _ sql: any SQLConnection, since: Timestamp
  ) throws -> [(networkID: Int64, status: ExecutionStatus, count: Int)] {
    try sql.rows(
      "SELECT network_id, status, count(*) AS n FROM execution WHERE end_time >= ? GROUP BY network_id, status", since
    ).map { row in
      (try row.int64("network_id"), try row.choice("status", as: ExecutionStatus.self), try row.int("n"))
    }
  }

  /// Executions, newest first.
  package static func list(_ sql: any SQLConnection, _ filter: Filter) throws -> [ExecutionRecord] {
    var conditions: [String] = []
    var arguments: [SQLValue] = []
    func add(_ condition: String, _ value: (any SQLConvertible)?) {
      guard let value else { return }
      conditions.append(condition)
      arguments.append(value.sqlValue)
    }
    if let job = filter.job {
      // By number of the job where it is there, so that the index serves; by name for deleted jobs.
      if let row = try sql.row("SELECT id FROM job WHERE name = ? OR id = ?", job, Int64(job)) {
        add("(job_id = ?)", try row.int64("id"))
      } else {
        add("job = ?", job)
      }
    }
    add("type = ?", filter.type?.rawValue)
    add("network = ?", filter.network)
    add("user = ?", filter.user)
    add("status = ?", filter.status?.rawValue)
    add("start_time >= ?", filter.since)
    add("start_time < ?", filter.until)
    if let visible = filter.visible {
      conditions.append("network_id IN (\(visible.sorted().map(String.init).joined(separator: ",")))")
    }
    let condition = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
    arguments.append(.integer(Int64(filter.limit)))
    // By time where times are asked for: in the order of the numbers, a few recent rows would take a walk through all of them.
    let order = filter.job == nil && (filter.since != nil || filter.until != nil) ? "start_time DESC, id DESC" : "id DESC"
    return try sql.rows("SELECT * FROM execution \(condition) ORDER BY \(order) LIMIT ?", arguments).map(ExecutionRecord.init)
  }

  package static func find(_ sql: any SQLConnection, _ id: Int64) throws -> ExecutionRecord {
    guard let row = try sql.row("SELECT * FROM execution WHERE id = ?", id) else {
      throw ModelError(.notFound, "there is no execution \(id)", hint: "netjob history shows them")
    }
    return try ExecutionRecord(row)
  }

  /// Executions that are pending or running, oldest first.
  package static func active(_ sql: any SQLConnection) throws -> [ExecutionRecord] {
    try sql.rows("SELECT * FROM execution WHERE status IN ('pending', 'running') ORDER BY id").map(ExecutionRecord.init)
  }

  /// The devices of an execution in the order of their turn.
  package static func devices(_ sql: any SQLConnection, of id: Int64) throws -> [ExecutionDeviceRecord] {
    try sql.rows("SELECT * FROM execution_device WHERE execution_id = ? ORDER BY position", id).map(ExecutionDeviceRecord.init)
  }
}
