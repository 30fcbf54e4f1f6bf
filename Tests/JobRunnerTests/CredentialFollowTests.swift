import DeviceCLI
import JobModel
import JobRunner
import Scheduling
import Storage
import Synchronization
import Testing
import Transports

/// When the password in use is what changes, the stored credential follows only after a fresh login with the new one.
@Suite struct CredentialFollowTests {
  private static let password = "N3w-Pass"

  /// A site whose `r1` runs IOS and lets in who knows its passwords.
  private func site(devices count: Int = 1) throws -> (Site, GuardedNetwork) {
    let site = try Site()
    let guarded = GuardedNetwork(site.routers)
    for router in try site.addRouters(count, platform: "cisco_ios") {
      router.answer("show running-config | include ^username", with: "username netjob secret 9 abc")
    }
    return (site, guarded)
  }

  private func run(_ site: Site, _ guarded: GuardedNetwork, user: String = "netjob") async throws -> ExecutionDeviceRecord {
    let definition = JobDefinition(
      type: .tool, targets: .allDevices, tool: "user-password", parameters: ["user": user])
    try site.addJob("pass", definition, changes: true, as: "dave", secrets: ["password": Self.password])
    let runner = Runner(
      store: site.store, catalogs: site.catalogs, zones: ZoneDatabase(), caller: Site.caller("dave"), maximumSessions: 4,
      stop: StopSignal(), pace: Site.quick, makeConnector: { guarded }, report: { _ in }, complain: { _ in })
    let execution = try await runner.run(try site.job("pass"), only: nil, queues: false)
    return try #require(try site.devices(of: execution).first)
  }

  private func secrets(_ site: Site, _ name: String) throws -> CredentialSecrets {
    try site.store.read { sql in
      try CredentialQueries.secrets(sql, of: try CredentialQueries.find(sql, name).id, keys: try site.store.keys(in: sql))
    }
  }

  @Test func itFollowsAfterALogin() async throws {
    let (site, guarded) = try site()
    guarded.accepts = { $0 == "hunter2" || ($0 == Self.password && guarded.isChanged) }
    let device = try await run(site, guarded)
    #expect(device.status == .succeeded, "\(device.error ?? "")")
    #expect(device.summary.contains("a fresh login with the new password succeeded: credential 'lab' has it now"))
    let stored = try secrets(site, "lab")
    #expect(stored.password == Self.password)
    #expect(guarded.passwords == ["hunter2", Self.password])
    // The login's password was the enable secret as well, and that one has not changed.
    #expect(stored.enable == "hunter2")
    #expect(try site.text(device.output).contains(Self.password) == false)
  }

  @Test func aFailedLoginLeavesItAsItWas() async throws {
    let (site, guarded) = try site()
    guarded.accepts = { $0 == "hunter2" }
    let device = try await run(site, guarded)
    #expect(device.status == .failed && device.changed)
    let error = try #require(device.error)
    #expect(error.contains("the change was sent, and a fresh login with the new password failed: the device refused the login"))
    #expect(error.hasSuffix("credential 'lab' is unchanged"), "\(error)")
    #expect(try secrets(site, "lab") == CredentialSecrets(password: "hunter2"))
    // One attempt, as more would count against a lock-out.
    #expect(guarded.passwords == ["hunter2", Self.password])
  }

  @Test func othersKeepTheCredentialTheyShare() async throws {
    let (site, guarded) = try site(devices: 2)
    guarded.accepts = { _ in true }
    let device = try await run(site, guarded)
    #expect(device.status == .succeeded, "\(device.error ?? "")")
    // The first to be changed got a credential of its own; then nobody shared the old one any more.
    let own = try ["r1", "r2"].compactMap(site.deviceCredential)
    #expect(own == ["lab-e1"])
    for name in own + ["lab"] { #expect(try secrets(site, name).password == Self.password) }
  }

  @Test func anotherUsersPasswordIsNoneOfIts() async throws {
    let (site, guarded) = try site()
    guarded.accepts = { $0 == "hunter2" }
    let device = try await run(site, guarded, user: "somebody")
    // FakeRouter shows what it was told: the user 'netjob' alone.
    #expect(device.error?.contains("does not show 'username somebody'") == true)
    #expect(guarded.passwords == ["hunter2"])
    #expect(try secrets(site, "lab").password == "hunter2")
  }

  @Test func theUserInUseIsNotDeleted() async throws {
    let (site, guarded) = try site()
    guarded.accepts = { _ in true }
    let definition = JobDefinition(type: .tool, targets: .allDevices, tool: "user-delete", parameters: ["user": "netjob"])
    try site.addJob("drop", definition, changes: true, as: "dave")
    let execution = try await site.run("drop", as: "dave")
    let device = try #require(try site.devices(of: execution).first)
    #expect(device.status == .failed && !device.changed)
    #expect(device.error == "nothing was sent: 'netjob' is the user that netjob logs in with (credential 'lab')")
  }
}

/// Routers that look at the password first.
final class GuardedNetwork: DeviceConnector {
  private struct State {
    var accepts: @Sendable (String) -> Bool = { _ in true }
    var passwords: [String] = []
  }

  private let network: FakeNetwork
  private let state = Mutex(State())

  init(_ network: FakeNetwork) { self.network = network }

  var accepts: @Sendable (String) -> Bool {
    get { state.withLock { $0.accepts } }
    set { state.withLock { $0.accepts = newValue } }
  }
  /// Those that were shown, in order.
  var passwords: [String] { state.withLock { $0.passwords } }
  /// Whether there was a session before.
  var isChanged: Bool { state.withLock { $0.passwords.count > 1 } }

  func connect(_ request: ConnectionRequest) async throws -> ConnectedShell {
    let password = request.credentials.first?.password ?? ""
    state.withLock { $0.passwords.append(password) }
    guard accepts(password) else {
      throw TransportError(.authenticationFailed, "the device refused the login of '\(request.credentials.first?.user ?? "")'")
    }
    return try await network.connect(request)
  }
}

extension Site {
  /// The name of the credential that is the device's own.
  fileprivate func deviceCredential(_ name: String) throws -> String? {
    try store.read { sql in
      guard let id = try DeviceQueries.find(sql, name).credentialID else { return nil }
      return try CredentialQueries.find(sql, String(id)).name
    }
  }
}
