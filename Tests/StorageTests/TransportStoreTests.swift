import JobModel
import Storage
import Testing

/// How networks and devices are reached, and what happens when that changes.
@Suite struct TransportStoreTests {
  private static let fingerprint = "SHA256:uNiVztksCsDhcc0u9e8BrQkFhTH5iNlDUYnN+N1WRHo"

  private func fixture() throws -> Fixture {
    let fixture = try Fixture()
    try fixture.change(as: "ada") { change in
      try change.addCredential(
        name: "bastion", username: "jump", secrets: CredentialSecrets(password: "x"), network: nil, priority: 100)
      try change.editNetwork(try NetworkQueries.find(change.sql, "default"), jump(change, "192.0.2.9"))
    }
    return fixture
  }

  private func jump(_ change: Change, _ host: String, port: Int = 22) throws -> NetworkEdit {
    var edit = NetworkEdit()
    edit.jump = NetworkEdit.JumpHost(host: host, port: port)
    edit.jumpCredential = try CredentialQueries.find(change.sql, "bastion")
    return edit
  }

  /// Inside a change.
  private func network(_ change: Change) throws -> NetworkRecord { try NetworkQueries.find(change.sql, "default") }

  private func network(_ fixture: Fixture) throws -> NetworkRecord { try fixture.read { try NetworkQueries.find($0, "default") } }

  private func audit(_ fixture: Fixture) throws -> [String] {
    try fixture.read {
      try $0.rows("SELECT action, detail FROM audit ORDER BY id").map { "\(try $0.text("action")) \(try $0.text("detail"))" }
    }
  }

  @Test func aJumpHostIsStoredAndAudited() throws {
    let fixture = try fixture()
    let jump = try network(fixture).jump
    #expect(jump?.address == "192.0.2.9:22" && jump?.credential == "bastion" && jump?.hostKeyFingerprint == nil)
    #expect(
      try audit(fixture).contains("network.edit host keys accept-new; jump host none -> 192.0.2.9:22 with credential bastion"))
  }

  @Test func theFirstKeyOfAJumpHostIsPinnedOnce() throws {
    let fixture = try fixture()
    let before = try network(fixture)
    func see(_ fingerprint: String) throws {
      try fixture.change(as: "ada") {
        try $0.pinFirstSeenJumpHost(of: before, keyType: "ssh-ed25519", fingerprint: fingerprint)
      }
    }
    try see(Self.fingerprint)
    try see(Self.fingerprint)
    #expect(throws: ModelError.self) { try see("SHA256:other") }
    #expect(try network(fixture).jump?.hostKeyFingerprint == Self.fingerprint)
    #expect(try audit(fixture).count { $0.hasPrefix("network.trust") } == 1)
    // Elsewhere is another server until its key says otherwise.
    try fixture.change(as: "ada") { try $0.editNetwork(network($0), jump($0, "192.0.2.9", port: 2222)) }
    #expect(try network(fixture).jump?.hostKeyFingerprint == nil)
    #expect(throws: ModelError.self) { try see(Self.fingerprint) }
  }

  @Test func whatAJumpHostNeeds() throws {
    let fixture = try Fixture()
    try fixture.change(as: "ada") { change in
      _ = try change.addNetwork(name: "lab", comment: "", hostKeys: .strict)
      let lab = try NetworkQueries.find(change.sql, "lab")
      try change.addCredential(
        name: "bastion", username: "u", secrets: CredentialSecrets(password: "x"), network: lab, priority: 1)
    }
    // Whoever manages one network could else have another's secrets sent where they like.
    #expect(throws: ModelError.self) {
      try fixture.change(as: "ada") { try $0.editNetwork(network($0), jump($0, "192.0.2.9")) }
    }
    #expect(throws: ModelError.self) {
      try fixture.change(as: "ada") { change in
        var edit = NetworkEdit()
        edit.jump = NetworkEdit.JumpHost(host: "192.0.2.9", port: 22)
        try change.editNetwork(network(change), edit)
      }
    }
    #expect(try network(fixture).jump == nil)
  }

  @Test func theCredentialOfAJumpHostStays() throws {
    let fixture = try fixture()
    #expect(throws: ModelError.self) {
      try fixture.change(as: "ada") { try $0.deleteCredential(try CredentialQueries.find($0.sql, "bastion")) }
    }
    try fixture.change(as: "ada") { change in
      var edit = NetworkEdit()
      edit.clearsJump = true
      try change.editNetwork(network(change), edit)
      try change.deleteCredential(try CredentialQueries.find(change.sql, "bastion"))
    }
    #expect(try network(fixture).jump == nil)
  }

  @Test func limitsAreSetAndTakenAway() throws {
    let fixture = try Fixture()
    func edit(_ timeouts: SessionTimeouts) throws -> SessionTimeouts {
      try fixture.change(as: "ada") { change in
        var edit = NetworkEdit()
        edit.timeouts = timeouts
        try change.editNetwork(network(change), edit)
      }
      return try network(fixture).timeouts
    }
    #expect(try edit(SessionTimeouts(connect: 3, command: 90)) == SessionTimeouts(connect: 3, command: 90))
    #expect(try edit(SessionTimeouts(connect: 0, login: 5)) == SessionTimeouts(login: 5, command: 90))
    #expect(SessionTimeouts(login: 1).or(SessionTimeouts(connect: 2, login: 3)) == SessionTimeouts(connect: 2, login: 1))
  }

  @Test func aCredentialThatCannotLogInIsNotTried() throws {
    let fixture = try Fixture()
    let device = try fixture.change(as: "ada") { change in
      let network = try NetworkQueries.find(change.sql, "default")
      for (name, secrets, agent) in [
        ("snmp", CredentialSecrets(snmpCommunity: "public"), false), ("agent", CredentialSecrets(), true),
      ] {
        try change.addCredential(
          name: name, username: "u", secrets: secrets, network: network, priority: 1, usesAgent: agent)
      }
      var edit = DeviceEdit()
      edit.address = "192.0.2.1"
      edit.platform = "frr"
      try change.addDevice(name: "r1", edit, network: network)
      return try DeviceQueries.find(change.sql, "r1")
    }
    #expect(try fixture.read { try CredentialQueries.candidates($0, for: device).map(\.name) } == ["agent"])
    let id = try fixture.read { try CredentialQueries.find($0, "snmp").id }
    let keys = try fixture.store.keys()
    #expect(try fixture.read { try CredentialQueries.secrets($0, of: id, keys: keys).snmpCommunity } == "public")
  }
}
