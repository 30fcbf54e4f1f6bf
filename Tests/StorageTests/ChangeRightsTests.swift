import Foundation
import JobModel
import Scheduling
import Storage
import Testing

/// Every method by which a command changes state asks for its right, whoever calls.
@Suite struct ChangeRightsTests {
  /// What there is to change.
  private struct Subjects {
    let network: NetworkRecord
    let device: DeviceRecord
    let credential: CredentialRecord
    let filter: FilterRecord
    let job: JobRecord
    let trigger: TriggerRecord
    let execution: ExecutionRecord
    let account: AccountRecord
    let role: RoleRecord
    let receiver: TrapReceiverRecord
    let agent: AgentRecord
  }

  private struct Operation: Sendable {
    /// The method of `Change`.
    let method: String
    /// What it takes; one is missing at a time.
    let needs: [Permission]
    let body: @Sendable (Change, Subjects) throws -> Void

    init(_ method: String, _ needs: Permission..., body: @escaping @Sendable (Change, Subjects) throws -> Void) {
      self.method = method
      self.needs = needs
      self.body = body
    }
  }

  private static let operations: [Operation] = [
    Operation("addNetwork", .manageDevices) { change, _ in _ = try change.addNetwork(name: "x", comment: "", hostKeys: .strict) },
    Operation("editNetwork", .manageDevices) { try $0.editNetwork($1.network, comment: "x", hostKeys: nil) },
    Operation("deleteNetwork", .manageDevices) { try $0.deleteNetwork($1.network) },
    Operation("addCredential", .manageCredentials) { change, _ in
      _ = try change.addCredential(name: "x", username: "u", secrets: CredentialSecrets(), network: nil, priority: 1)
    },
    Operation("editCredential", .manageCredentials) {
      try $0.editCredential($1.credential, username: "x", secrets: CredentialSecrets(), network: nil, priority: nil)
    },
    Operation("deleteCredential", .manageCredentials) { try $0.deleteCredential($1.credential) },
    Operation("addDevice", .manageDevices) { _ = try $0.addDevice(name: "x", DeviceEdit(), network: $1.network) },
    Operation("editDevice", .manageDevices) { try $0.editDevice($1.device, DeviceEdit()) },
    Operation("deleteDevice", .manageDevices) { try $0.deleteDevice($1.device) },
    Operation("trust", .manageDevices) { try $0.trust($1.device, keyType: "x", fingerprint: "y", reason: "z") },
    Operation("addFilter", .manageFilters) { change, _ in
      _ = try change.addFilter(
        name: "x", rules: [try FilterRule(parsing: "window mon 01:00-02:00")], timezone: nil, zones: ZoneDatabase())
    },
    Operation("editFilter", .manageFilters) {
      _ = try $0.editFilter($1.filter, rules: nil, timezone: "UTC", zones: ZoneDatabase())
    },
    Operation("deleteFilter", .manageFilters) { try $0.deleteFilter($1.filter) },
    Operation("createJob", .editJob) {
      _ = try $0.createJob(name: "x", network: $1.network, $1.job.definition, secrets: [:], changesDevices: false)
    },
    Operation("editJob", .editJob) {
      _ = try $0.editJob($1.job, network: $1.network, $1.job.definition, secrets: [:], changesDevices: false)
    },
    Operation("setJob", .editJob) { try $0.setJob($1.job, enabled: false, zones: ZoneDatabase()) },
    Operation("setJob", .editJob, .runToolJob) { try $0.setJob($1.job, enabled: true, zones: ZoneDatabase()) },
    Operation("deleteJob", .deleteJob) { try $0.deleteJob($1.job.id) },
    Operation("addTrigger", .editJob, .runToolJob) {
      _ = try $0.addTrigger(
        "x", to: $1.job, try Schedule(parsing: "cron 0 0 * * *"), timezone: "UTC", enabled: true, zones: ZoneDatabase())
    },
    Operation("editTrigger", .editJob, .runToolJob) {
      _ = try $0.editTrigger($1.trigger, of: $1.job, TriggerEdit(), zones: ZoneDatabase())
    },
    Operation("setTrigger", .editJob) { try $0.setTrigger($1.trigger, of: $1.job, enabled: false, zones: ZoneDatabase()) },
    Operation("setTrigger", .editJob, .runToolJob) {
      try $0.setTrigger($1.trigger, of: $1.job, enabled: true, zones: ZoneDatabase())
    },
    Operation("removeTrigger", .editJob) { try $0.removeTrigger($1.trigger, of: $1.job) },
    Operation("requestApproval", .editJob) {
      _ = try $0.requestApproval(of: $1.job, Fixture.manifest($1.job), message: "m")
    },
    Operation("decide", .approveToolJob) { _ = try $0.decide(.approve, on: $1.job, message: "m") },
    Operation("decide", .approveToolJob) { _ = try $0.decide(.reject, on: $1.job, message: "m") },
    Operation("decide", .administer) { _ = try $0.decide(.close, on: $1.job, message: "m") },
    // Either of two rights is enough.
    Operation("requestCancel") { try $0.requestCancel($1.execution) },
    Operation("addAccount", .manageUsers) { change, _ in _ = try change.addAccount(name: "x", mail: nil, roles: []) },
    Operation("setMail", .manageUsers) { try $0.setMail("x@example.net", of: $1.account) },
    Operation("grant", .manageUsers) { try $0.grant("view", to: $1.account, network: nil) },
    Operation("revoke", .manageUsers) { try $0.revoke("operator", from: $1.account, network: nil) },
    Operation("setAccount", .manageUsers) { try $0.setAccount($1.account, enabled: false) },
    Operation("setAccount", .manageUsers) { try $0.setAccount($1.account, enabled: true) },
    Operation("deleteAccount", .manageUsers) { try $0.deleteAccount($1.account) },
    Operation("addRole", .manageUsers) { change, _ in _ = try change.addRole(name: "x", comment: "", permissions: [.view]) },
    Operation("editRole", .manageUsers) { try $0.editRole($1.role, comment: "x", permissions: nil) },
    Operation("deleteRole", .manageUsers) { try $0.deleteRole($1.role) },
    Operation("limitTool", .administer) { change, _ in try change.limitTool("x", to: ["viewer"]) },
    Operation("unlimitTool", .administer) { change, _ in try change.unlimitTool("static-route-add") },
    Operation("addAgent", .administer) { change, _ in
      _ = try change.addAgent(NewAgent(name: "y", path: "/y", digest: "0", changesDevices: false))
    },
    Operation("pinAgent", .administer) { _ = try $0.pinAgent($1.agent, digest: "1") },
    Operation("deleteAgent", .administer) { try $0.deleteAgent($1.agent) },
    Operation("addTrapReceiver", .manageSettings) { change, _ in _ = try change.addTrapReceiver("x", TrapReceiverEdit()) },
    Operation("editTrapReceiver", .manageSettings) { try $0.editTrapReceiver($1.receiver, TrapReceiverEdit()) },
    Operation("removeTrapReceiver", .manageSettings) { try $0.removeTrapReceiver($1.receiver) },
    Operation("retryDeliveries", .manageSettings) { change, _ in _ = try change.retryDeliveries(nil) },
    Operation("trustJumpHost", .manageDevices) {
      try $0.trustJumpHost(of: $1.network, keyType: nil, fingerprint: "SHA256:x", reason: "test")
    },
    Operation("prune", .administer) { change, _ in
      _ = try change.prune(
        PruneRequest(before: change.now, isOutputsOnly: false), after: PruneProgress(), budget: .milliseconds(10))
    },
    Operation("set", .manageSettings) { change, _ in try change.set("approval.required-count", to: "1") },
  ]

  /// Methods that no command calls for a person's wish alone: they record what a run, a claim or another change came to, and that
  /// one was asked for its right. `require` and its like are the questions themselves.
  private static let unasked: Set<String> = [
    "require", "requireTool", "audit", "addFirstAdministrator",
    "resetApproval", "consume", "closeAfterExecution", "expire", "expireApprovals", "reopenIfUncovered",
    "beginExecution", "setRequest", "adopt", "renew", "check", "beginDevice", "noteCommand", "noteBefore", "endDevice",
    "endExecution", "interrupt", "lease", "release", "noteZoneData", "addConfigRevision", "pinFirstSeen", "pinFirstSeenJumpHost",
    "noteContact",
    "noteFacts", "noteNeighbors", "keepReport",
    "addDiscovered", "noteDiscovered", "pruneStanding", "noteUnsaved", "followSecrets", "advance", "disableBroken",
    "noteChangedHostKey",
    "useEngine",
    "claimDeliveries",
    "deliverySucceeded", "deliveryFailed", "releaseDelivery", "pruneDeliveries",
  ]

  private func filled() throws -> (Fixture, Subjects) {
    let fixture = try Fixture()
    let device = try fixture.addDevice("r1")
    let job = try fixture.addJob("route")
    let trigger = try fixture.addTrigger("night", to: job)
    let claim = try fixture.begin("route")
    let (credential, filter, role) = try fixture.change(as: "ada") { change in
      _ = try change.addCredential(name: "c", username: "u", secrets: CredentialSecrets(), network: nil, priority: 1)
      let filter = try change.addFilter(
        name: "f", rules: [try FilterRule(parsing: "window mon 01:00-02:00")], timezone: nil, zones: ZoneDatabase())
      return (
        try CredentialQueries.find(change.sql, "c"), filter,
        try change.addRole(name: "night", comment: "", permissions: [.view])
      )
    }
    try fixture.change(as: "rita") {
      _ = try $0.requestApproval(of: job, Fixture.manifest(job), message: "please")
    }
    let receiver = try fixture.change(as: "ada") { change in
      try change.limitTool("static-route-add", to: ["operator", "viewer"])
      var edit = TrapReceiverEdit()
      edit.host = "192.0.2.7"
      edit.secrets = TrapSecrets(community: "public")
      _ = try change.addTrapReceiver("nms", edit)
      return try TrapReceiverQueries.find(change.sql, "nms")
    }
    let agent = try fixture.change(as: "ada") {
      try $0.addAgent(NewAgent(name: "a", path: "/a", digest: "0", changesDevices: false))
    }
    let subjects = Subjects(
      network: try fixture.network, device: device, credential: credential, filter: filter, job: job, trigger: trigger,
      execution: try fixture.execution(claim.id), account: try fixture.read { try AccountQueries.find($0, "rob") }, role: role,
      receiver: receiver, agent: agent)
    return (fixture, subjects)
  }

  /// Somebody with every permission but one, and but the one that holds them all.
  private func person(without missing: Permission, _ fixture: Fixture) throws -> String {
    let name = "no-\(missing.rawValue)"
    try fixture.change(as: "ada") { change in
      guard try !AccountQueries.all(change.sql).contains(where: { $0.name == name }) else { return }
      // The role is what the limited tool asks for; it has fewer permissions than any that is missing here.
      try change.addAccount(name: name, mail: nil, roles: missing == .view ? [] : [.viewer])
      let account = try AccountQueries.find(change.sql, name)
      for permission in Permission.allCases where permission != .administer && permission != missing {
        try change.grant(permission.rawValue, to: account, network: nil)
      }
    }
    return name
  }

  @Test func everyChangeAsksForItsRight() throws {
    let (fixture, subjects) = try filled()
    func rows() throws -> Int? { try fixture.read { try $0.row("SELECT count(*) AS n FROM audit")?.int("n") } }
    for (index, operation) in Self.operations.enumerated() {
      var people = try operation.needs.map { try person(without: $0, fixture) }
      people += ["nobody"]
      // A viewer lacks everything here.
      people.append("vera")
      let before = try rows()
      for name in people {
        let result = refusal { try fixture.change(as: name) { try operation.body($0, subjects) } }
        #expect(result == "notPermitted", "\(operation.method) (\(index)) as \(name)")
      }
      #expect(try rows() == before, "\(operation.method)")
    }
  }

  /// The refusals above are for the permission that is missing: an administrator is refused none of them so.
  @Test func administratorsAreNotRefused() throws {
    for operation in Self.operations {
      let (fixture, subjects) = try filled()
      #expect(
        refusal { try fixture.change(as: "ada") { try operation.body($0, subjects) } } != "notPermitted", "\(operation.method)")
    }
  }

  /// A method that nobody listed above shows here.
  @Test func everyMethodIsListed() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Sources/Storage")
    var found: Set<String> = []
    for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
      guard file.pathExtension == "swift" else { continue }
      var isInside = false
      for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false) {
        if line.hasPrefix("extension Change {") || line.hasPrefix("package struct Change {") { isInside = true }
        if line == "}" { isInside = false }
        guard isInside, let range = line.range(of: "package func ") else { continue }
        found.insert(String(line[range.upperBound...].prefix { $0.isLetter }))
      }
    }
    let listed = Set(Self.operations.map(\.method))
    #expect(found.count > 50)
    #expect(found.subtracting(listed).subtracting(Self.unasked).isEmpty, "methods of Change that this test does not know")
    #expect(listed.union(Self.unasked).subtracting(found).isEmpty, "methods that are no more")
  }
}
