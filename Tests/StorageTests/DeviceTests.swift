import JobModel
import Scheduling
import Storage
import Testing

@Suite struct DeviceTests {
  private func edit(_ fixture: Fixture, _ name: String, _ build: (inout DeviceEdit) -> Void) throws -> DeviceRecord {
    try fixture.change(as: "ada") { change in
      var edit = DeviceEdit()
      build(&edit)
      try change.editDevice(try DeviceQueries.find(change.sql, name), edit)
      return try DeviceQueries.find(change.sql, name)
    }
  }

  private func pin(_ fixture: Fixture, _ device: DeviceRecord, _ fingerprint: String = "SHA256:a") throws {
    try fixture.change(as: "rita") { try $0.pinFirstSeen(device, keyType: "ssh-ed25519", fingerprint: fingerprint) }
  }

  @Test func anotherAddressForgetsTheHostKey() throws {
    let fixture = try Fixture()
    let device = try fixture.addDevice("r1")
    try pin(fixture, device)
    for build: (inout DeviceEdit) -> Void in [
      { $0.comment = "x" }, { $0.address = "192.0.2.1" }, { $0.port = 22 }, { $0.enabled = false }, { $0.tags = ["a"] },
      { $0.platform = "linux" },
    ] { #expect(try edit(fixture, "r1", build).hostKeyFingerprint == "SHA256:a") }
    let moved = try edit(fixture, "r1") { $0.address = "192.0.2.2" }
    #expect((moved.hostKeyType, moved.hostKeyFingerprint) == (nil, nil))
    try pin(fixture, moved)
    #expect(try edit(fixture, "r1") { $0.port = 2222 }.hostKeyFingerprint == nil)
  }

  @Test func aFirstKeyIsPinnedOnceAndToItsAddress() throws {
    let fixture = try Fixture()
    let device = try fixture.addDevice("r1")
    try pin(fixture, device)
    #expect(refusal { try pin(fixture, device) } == nil)
    #expect(refusal { try pin(fixture, device, "SHA256:b") } == "conflict")
    // The session was opened to an address that is no longer the device's.
    _ = try edit(fixture, "r1") { $0.address = "192.0.2.2" }
    #expect(refusal { try pin(fixture, device, "SHA256:b") } == "conflict")
    #expect(try fixture.read { try DeviceQueries.find($0, "r1").hostKeyFingerprint } == nil)
    // Pinned by its fingerprint alone, the first contact fills in the type and nothing else.
    let moved = try fixture.read { try DeviceQueries.find($0, "r1") }
    try fixture.change(as: "ada") { try $0.trust(moved, keyType: nil, fingerprint: "SHA256:c", reason: "x") }
    #expect(refusal { try pin(fixture, moved, "SHA256:d") } == "conflict")
    try pin(fixture, moved, "SHA256:c")
    #expect(try fixture.read { try DeviceQueries.find($0, "r1").hostKeyType } == "ssh-ed25519")
    try fixture.change(as: "ada") { try $0.deleteDevice(moved) }
    #expect(refusal { try pin(fixture, moved, "SHA256:c") } == "conflict")
  }

  @Test(arguments: [
    "name", "hostname", "address", "network", "platform", "vendor", "model", "version", "serial", "tag", "status", "changed", "",
    "a b", "12", "a:b",
  ])
  func reservedAndIllegalFieldNamesAreRefused(_ name: String) throws {
    let fixture = try Fixture()
    try fixture.addDevice("r1")
    #expect(refusal { _ = try edit(fixture, "r1") { $0.fields = [name: "x"] } } == "invalid")
    // What is reserved is what the searches know; 'site' is a field like any other that they have a word for.
    #expect(refusal { _ = try edit(fixture, "r1") { $0.fields = ["site": "x", "rack": "7"] } } == nil)
  }

  @Test func editsKeepWhatIsNotGiven() throws {
    let fixture = try Fixture()
    try fixture.addDevice("r1")
    _ = try edit(fixture, "r1") {
      $0.tags = ["b", "a", "a"]
      $0.fields = ["rack": "7", "row": "2"]
      $0.comment = "hello"
      $0.legacy = true
    }
    let device = try edit(fixture, "r1") {
      $0.untags = ["b", "c"]
      $0.tags = ["d"]
      $0.fields = ["rack": "", "row": "3"]
    }
    #expect(device.tags == ["a", "d"])
    #expect(device.fields == ["row": "3"])
    #expect((device.comment, device.isLegacy, device.isEnabled, device.port) == ("hello", true, true, 22))
    #expect(try fixture.read { try DeviceQueries.fieldNames($0) } == ["row"])
  }

  @Test(arguments: [0, -1, 65_536, Int.max]) func ports(_ port: Int) throws {
    let fixture = try Fixture()
    try fixture.addDevice("r1")
    #expect(refusal { _ = try edit(fixture, "r1") { $0.port = port } } == "invalid")
  }

  @Test func aListedDeviceStays() throws {
    let fixture = try Fixture()
    let device = try fixture.addDevice("r1")
    try fixture.addDevice("r2")
    let job = try fixture.addJob("route", targets: .devices(["r1"]))
    let error = #expect(throws: ModelError.self) { try fixture.change(as: "ada") { try $0.deleteDevice(device) } }
    #expect(error?.code == .conflict)
    #expect(error?.message.contains("route") == true)
    // Nor does it go by way of another network.
    let lab = try fixture.change(as: "ada") { change in
      _ = try change.addNetwork(name: "lab", comment: "", hostKeys: .strict)
      return try NetworkQueries.find(change.sql, "lab")
    }
    let moved = try edit(fixture, "r1") { $0.network = lab }
    #expect(refusal { try fixture.change(as: "ada") { try $0.deleteDevice(moved) } } == "conflict")
    #expect(refusal { try fixture.change(as: "ada") { try $0.deleteNetwork(lab) } } == "conflict")
    // A revision that is no longer current does not hold it.
    let network = try fixture.network
    try fixture.change(as: "rita") {
      _ = try $0.editJob(
        job, network: network, JobDefinition(type: .tool, targets: .devices(["r2"])), secrets: [:], changesDevices: true)
    }
    #expect(refusal { try fixture.change(as: "ada") { try $0.deleteDevice(moved) } } == nil)
    let again = try fixture.addDevice("r1")
    #expect(again.id > device.id)
  }

  static let lists: [([String], String?)] = [
    (["r1", "r2"], nil), ([], "invalid"), (["r1", "r1"], "invalid"), (["r9"], "notFound"), (["1"], "invalid"),
    (["r1", "1"], "invalid"), (["lab1"], "invalid"),
  ]

  @Test(arguments: lists) func staticListsAreOfNamesInTheNetwork(_ names: [String], expected: String?) throws {
    let fixture = try Fixture()
    for name in ["r1", "r2"] { try fixture.addDevice(name) }
    let lab = try fixture.change(as: "ada") { change in
      _ = try change.addNetwork(name: "lab", comment: "", hostKeys: .strict)
      return try NetworkQueries.find(change.sql, "lab")
    }
    try fixture.addDevice("lab1", in: lab)
    #expect(refusal { try fixture.addJob("route", targets: .devices(names)) } == expected)
  }

  @Test func targetsAreWhatIsThereNow() throws {
    let fixture = try Fixture()
    for name in ["r1", "r2", "r3"] { try fixture.addDevice(name) }
    _ = try edit(fixture, "r1") { $0.tags = ["core"] }
    _ = try edit(fixture, "r2") {
      $0.tags = ["core"]
      $0.enabled = false
    }
    func resolve(_ targets: TargetSpecification) throws -> ([String], [String]) {
      let result = try fixture.read { try DeviceQueries.resolve($0, targets, network: 1, now: fixture.clock.now) }
      return (result.devices.map(\.name), result.leftOut.map { "\($0.name): \($0.reason)" })
    }
    #expect(try resolve(.allDevices) == (["r1", "r3"], []))
    #expect(try resolve(.search("tag:core")) == (["r1"], []))
    #expect(try resolve(.search("tag:none")) == ([], []))
    #expect(
      try resolve(.devices(["r3", "r2", "r9", "r1"]))
        == (["r3", "r1"], ["r2: the device is disabled", "r9: the device no longer exists"]))
    #expect(refusal { _ = try resolve(.search("tag:")) } == "invalid")
  }

  /// Likewise a job's definition, wherever it is looked for.
  @Test func definitionsThatAreNoneAreNamed() throws {
    let fixture = try Fixture()
    try fixture.addDevice("r1")
    try fixture.addJob("j")
    try fixture.store.database.write { _ = try $0.execute("UPDATE job_revision SET definition = '{'") }
    let looks: [(any SQLConnection) throws -> Void] = [
      { _ = try JobQueries.find($0, "j") }, { _ = try JobQueries.all($0) }, { _ = try SealedSecrets.all($0) },
    ]
    for look in looks {
      let error = #expect(throws: StorageError.self) { try fixture.read(look) }
      #expect(error?.message == "the definition of job 'j', revision 1, in the database is not as netjob writes it")
    }
  }

  /// What somebody wrote into the file by hand is no bug of netjob's, and is named.
  @Test func fieldsThatAreNoneAreNamed() throws {
    let fixture = try Fixture()
    try fixture.addDevice("r1")
    try fixture.store.database.write { _ = try $0.execute("UPDATE device SET fields = '[1'") }
    let error = #expect(throws: StorageError.self) { try fixture.read { _ = try DeviceQueries.find($0, "r1") } }
    #expect(error?.code == .corrupt && error?.message.contains("device 'r1'") == true)
    #expect(refusal { _ = try fixture.read { try DeviceQueries.fieldNames($0) } } == "storage corrupt")
  }
}
