import Foundation
import JobModel
import Scheduling
import Storage
import Synchronization

/// A folder that goes when the test ends.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    // Memory, where there is a file system for it: what is synced there costs nothing.
    let parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
    var template = Array("\(parent)/netjob-storage-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw StorageError(.io, "no temporary folder") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    chmod(path, 0o700)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A clock that stands still until the test moves it.
final class TestClock: Sendable {
  private let time = Mutex(Timestamp(seconds: 1_800_000_000))

  var now: Timestamp { time.withLock { $0 } }
  func advance(seconds: Int64) { time.withLock { $0 = $0.adding(seconds: seconds) } }
}

/// An installation with people: `ada` administers, `rita` and `rob` are operators, `abe`, `ann` and `art` approve.
final class Fixture: Sendable {
  let folder: TemporaryFolder
  let installation: Installation
  let clock = TestClock()
  let store: Store

  init() throws {
    folder = try TemporaryFolder()
    installation = Installation(databasePath: folder.path + "/db/netjob.db")
    try installation.create(now: clock.now)
    store = try Store(opening: installation, clock: { [clock] in clock.now })
    try store.change(as: Fixture.caller("ada")) { change in
      try change.addFirstAdministrator(name: "ada")
      for name in ["rita", "rob"] { try change.addAccount(name: name, mail: nil, roles: [.operator]) }
      for name in ["abe", "ann", "art"] { try change.addAccount(name: name, mail: nil, roles: [.approver]) }
      try change.addAccount(name: "vera", mail: nil, roles: [.viewer])
    }
  }

  /// Another connection to the same file, as another process has it.
  func another() throws -> Store { try Store(opening: installation, clock: { [clock] in clock.now }) }

  static func caller(_ name: String) -> Caller { Caller(name: name, isDelegated: true, ownsDatabase: true, loginUID: 1000) }

  @discardableResult
  func change<Value>(as name: String, _ body: (Change) throws -> Value) throws -> Value {
    try store.change(as: Fixture.caller(name), body)
  }

  func read<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value { try store.read(body) }

  var network: NetworkRecord { get throws { try read { try NetworkQueries.find($0, "default") } } }

  @discardableResult
  func addDevice(_ name: String, address: String = "192.0.2.1", in network: NetworkRecord? = nil) throws -> DeviceRecord {
    let home = try network ?? self.network
    return try change(as: "ada") { change in
      var edit = DeviceEdit()
      edit.address = address
      edit.platform = "frr"
      try change.addDevice(name: name, edit, network: home)
      return try DeviceQueries.find(change.sql, name)
    }
  }

  @discardableResult
  func addJob(
    _ name: String, as owner: String = "rita", changes: Bool = true, targets: TargetSpecification = .allDevices,
    secrets: [String: String] = [:]
  ) throws -> JobRecord {
    let network = try network
    return try change(as: owner) {
      try $0.createJob(
        name: name, network: network, JobDefinition(type: .tool, targets: targets, tool: "static-route-add"), secrets: secrets,
        changesDevices: changes)
    }
  }

  @discardableResult
  func addTrigger(_ name: String, to job: JobRecord, as user: String = "rita") throws -> TriggerRecord {
    try change(as: user) {
      try $0.addTrigger(
        name, to: job, try Schedule(parsing: "cron 0 2 * * *"), timezone: "UTC", enabled: true, zones: ZoneDatabase())
    }
  }

  func job(_ name: String) throws -> JobRecord { try read { try JobQueries.find($0, name) } }

  /// What an approver would be asked, without devices.
  static func manifest(_ job: JobRecord) -> ApprovalManifest {
    ApprovalManifest(
      job: job.name, network: job.network, revision: job.revision, definition: job.definition, toolSource: "",
      platformDigests: [:],
      secretDigests: [:], triggers: [], filters: [:], devices: [])
  }

  @discardableResult
  func request(_ name: String, as user: String = "rita") throws -> ApprovalRequestRecord {
    try change(as: user) { change in
      let job = try JobQueries.find(change.sql, name)
      return try change.requestApproval(of: job, Fixture.manifest(job), message: "please")
    }
  }

  @discardableResult
  func decide(_ event: ApprovalEvent, _ name: String, as user: String, revision: Int? = nil) throws -> ApprovalRequestRecord {
    try change(as: user) {
      try $0.decide(event, on: try JobQueries.find($0.sql, name), message: "so be it", revision: revision)
    }
  }

  func status(_ name: String) throws -> ApprovalStatus {
    try read { try ApprovalQueries.status($0, of: try JobQueries.find($0, name)) }
  }

  func log(_ job: JobRecord) throws -> [String] {
    try read { try ApprovalQueries.log($0, job: job.id).map { "\($0.user) \($0.event)" } }
  }

  func setting(_ key: String, _ value: String) throws { try change(as: "ada") { try $0.set(key, to: value) } }

  static let owner = ExecutionOwner(host: "h", boot: "b", pid: 42, startTicks: 7)

  /// Begins an execution on all devices of the network.
  func begin(
    _ name: String, status: ExecutionStatus = .running, trigger: TriggerRecord? = nil, at time: Timestamp? = nil
  ) throws -> ExecutionClaim {
    try change(as: "rita") { change in
      let job = try JobQueries.find(change.sql, name)
      return try change.beginExecution(
        ExecutionStart(
          job: job, changesDevices: job.changesDevices, user: job.owner, trigger: trigger, scheduledTime: time, status: status,
          targets: try DeviceQueries.resolve(change.sql, job.definition.targets, network: job.networkID, now: change.now),
          owner: status == .running ? Fixture.owner : nil, leaseUntil: status == .running ? change.now.adding(seconds: 60) : nil))
    }
  }

  func execution(_ id: Int64) throws -> ExecutionRecord { try read { try ExecutionQueries.find($0, id) } }
  func devices(_ id: Int64) throws -> [ExecutionDeviceRecord] { try read { try ExecutionQueries.devices($0, of: id) } }
}

/// The code of the error that `body` throws, as `conflict` or `storage diskFull`; nil when it throws none.
func refusal(_ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch let error as ModelError {
    return error.code.rawValue
  } catch let error as StorageError {
    return "storage \(error.code.rawValue)"
  } catch {
    return "\(error)"
  }
}
