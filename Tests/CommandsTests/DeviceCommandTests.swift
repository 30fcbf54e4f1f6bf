import Commands
import DeviceCLI
import Terminal
import Testing
import Transports

@Suite struct DeviceCommandTests {
  private static let fingerprint = "SHA256:uNiVztksCsDhcc0u9e8BrQkFhTH5iNlDUYnN+N1WRHo"
  private static let other = "SHA256:BWy6t5WGThsFdGBZPJs778/ktqjmAMXC/a6BEuHdnGc"
  private static let key = HostKey(algorithm: "ssh-ed25519", fingerprint: fingerprint, blob: [])

  /// A router at 192.0.2.1 that answers with the prompt `r9#`.
  private static func router(presenting key: HostKey = key) throws -> DeviceAccess {
    let platform = try PlatformCatalog().platform(named: "frr")
    var script: [ReplayScript.Step] = [.send("\r\nr9# "), .expect("\n"), .send("\r\nr9# ")]
    for command in platform.onOpen { script += [.expect("\(command)\n"), .send("\(command)\r\nr9# ")] }
    let session = ReplayScript(script, ending: .hang)
    return DeviceAccess(
      makeConnector: { _ in ReplayConnector(["192.0.2.1": .session(session, hostKey: key, credentialIndex: 0)]) },
      scanHostKey: { _, _ in key })
  }

  private static func desk(_ devices: DeviceAccess) async throws -> Desk {
    let desk = try await Desk(devices: devices)
    try await desk.done("device add r9 --address 192.0.2.1 --platform frr")
    try await desk.done("credential add lab --username u --password-stdin --network default", input: "secret\n")
    return desk
  }

  // MARK: add, list, show, edit, delete

  @Test func keysOfTheDocument() async throws {
    let desk = try await Desk()
    let document = try await desk.json(
      "device add r1 --address 192.0.2.1 --platform frr --tag b --tag a --tag b --field site=x --legacy --disabled")
    for name in [
      "name", "address", "port", "platform", "network", "tags", "enabled", "vendor", "model", "version", "serial", "lastSeen",
      "hostKey", "credential", "comment", "fields",
    ] {
      #expect(document[name] != nil, "\(name) is missing")
    }
    #expect(document["tags"] == ["a", "b"])
    #expect(document["fields"] == ["site": "x"])
    #expect(document["port"] == 22)
    #expect(document["enabled"] == false)
    #expect(document["legacy"] == true)
    #expect(document["network"] == "default")
    #expect(try await desk.json("device show r1") == document)
    #expect(try await desk.json("device list") == .array([document]))
  }

  @Test(arguments: [
    ("--address 192.0.2.256 --platform frr", Commands.ExitStatus.usage, "not an IPv4 address"),
    ("--address 192.0.2.1 --platform nix", .notFound, "there are arista_eos"),
    ("--address 192.0.2.1 --platform frr --network nix", .notFound, "there is no network 'nix'"),
    ("--address 192.0.2.1 --platform frr --credential nix", .notFound, "there is no credential 'nix'"),
    ("--address 192.0.2.1 --platform frr --port 0", .usage, "from 1 to 65535"),
    ("--address 192.0.2.1 --platform frr --field a=1 --field a=2", .usage, "field 'a' is given more than once"),
    ("--address 192.0.2.1 --platform frr --field =1", .usage, "KEY=VALUE"),
    ("--address 192.0.2.1", .usage, "--platform"),
  ])
  func refusedDevices(options: String, status: Commands.ExitStatus, message: String) async throws {
    let desk = try await Desk()
    let result = await desk.run(["device", "add", "r1"] + options.split(separator: " ").map(String.init))
    #expect(result.status == status)
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(try await desk.json("device list") == [])
  }

  @Test func editChangesWhatIsGiven() async throws {
    let desk = try await Desk()
    try await desk.done("credential add lab --username u --password-stdin", input: "secret\n")
    try await desk.done("device add r1 --address 192.0.2.1 --platform frr --tag a --field x=1 --credential lab")
    let document = try await desk.json("device edit r1 --tag b --untag a --field x= --field y=2 --port 2022 --no-credential")
    #expect(document["tags"] == ["b"])
    #expect(document["fields"] == ["y": "2"])
    #expect(document["port"] == 2022)
    #expect(document["credential"] == .null)
    #expect(document["address"] == "192.0.2.1")
    #expect(try await desk.json("device edit r1 --disabled")["enabled"] == false)
    #expect(try await desk.json("device edit r1 --enabled")["enabled"] == true)
    #expect(await desk.run(["device", "edit", "r1"]).status == .usage)
    #expect(await desk.run(["device", "edit", "nix", "--enabled"]).status == .notFound)
  }

  @Test func onlyNetworksThatOneMaySee() async throws {
    let desk = try await Desk()
    try await desk.done("network add branches")
    try await desk.done("device add r1 --address 192.0.2.1 --platform frr")
    try await desk.done("device add r2 --address 192.0.2.2 --platform frr --network branches")
    try await desk.done("user add bob")
    try await desk.done("user grant bob view --network branches")
    try await desk.done("user grant bob manage-devices --network branches")
    let seen = try await desk.json("device list", as: "bob")
    #expect(seen.arrayValue?.compactMap { $0["name"]?.stringValue } == ["r2"])
    #expect(await desk.run(["device", "show", "r1"], as: "bob").status == .notPermitted)
    #expect(await desk.run(["device", "edit", "r1", "--disabled"], as: "bob").status == .notPermitted)
    #expect(await desk.run(["device", "trust", "r1", "--scan", "--yes"], as: "bob").status == .notPermitted)
    #expect(await desk.run(["device", "test", "r1"], as: "bob").status == .notPermitted)
    // A device cannot be moved to where one has no right either.
    #expect(await desk.run(["device", "edit", "r2", "--network", "default"], as: "bob").status == .notPermitted)
    #expect(try await desk.done("__complete device ", as: "bob").output == "r2\n")
  }

  @Test func deletingIsAskedFor() async throws {
    let desk = try await Desk()
    try await desk.done("device add r1 --address 192.0.2.1 --platform frr")
    let refused = await desk.run(["device", "delete", "r1"])
    #expect(refused.status == .usage)
    #expect(refused.errors.contains("--yes"))
    #expect(try await desk.json("device delete r1 --yes")["name"] == "r1")
    #expect(await desk.run(["device", "show", "r1"]).status == .notFound)
  }

  // MARK: test and trust

  @Test func testPinsTheFirstKeyAndTellsThePrompt() async throws {
    let desk = try await Self.desk(try Self.router())
    let document = try await desk.json("device test r9")
    #expect(document["prompt"] == "r9#")
    #expect(document["credential"] == "lab")
    #expect(document["hostKey"] == ["type": "ssh-ed25519", "fingerprint": .string(Self.fingerprint)])
    #expect(document["timings"]?.names == ["resolve", "connect", "keyExchange", "login", "shell", "prompt", "total"])
    let device = try await desk.json("device show r9")
    #expect(device["hostKey"] == document["hostKey"])
    #expect(device["status"] == "up")
    #expect(device["lastSeen"] == "2026-09-21T14:13:20Z")
  }

  @Test func anotherKeyIsRefusedWithTheCommandThatPinsIt() async throws {
    let desk = try await Self.desk(try Self.router())
    try await desk.done("device trust r9 --fingerprint \(Self.other) --key-type ssh-ed25519")
    let result = await desk.run(["device", "test", "r9"])
    #expect(result.status == .failed)
    #expect(result.errors.contains("netjob device trust r9 --scan"))
    let device = try await desk.json("device show r9")
    #expect(device["status"] == "down")
    #expect(device["hostKey"]?["fingerprint"] == .string(Self.other))
  }

  @Test func aFingerprintAloneLearnsItsType() async throws {
    let desk = try await Self.desk(try Self.router())
    #expect(
      try await desk.json("device trust r9 --fingerprint \(Self.fingerprint)")["hostKey"]
        == ["type": .null, "fingerprint": .string(Self.fingerprint)])
    try await desk.done("device test r9")
    #expect(try await desk.json("device show r9")["hostKey"]?["type"] == "ssh-ed25519")
    // And refuses another key, whatever the policy of the network is.
    try await desk.done("device trust r9 --fingerprint \(Self.other)")
    #expect(await desk.run(["device", "test", "r9"]).status == .failed)
    #expect(try await desk.json("device show r9")["hostKey"]?["fingerprint"] == .string(Self.other))
  }

  @Test func aStrictNetworkTrustsNothingUnseen() async throws {
    let desk = try await Self.desk(try Self.router())
    try await desk.done("network edit default --host-keys strict")
    let result = await desk.run(["device", "test", "r9"])
    #expect(result.status == .failed)
    #expect(result.errors.contains("netjob device trust r9 --fingerprint \(Self.fingerprint)"))
    #expect(try await desk.json("device show r9")["hostKey"] == .null)
    try await desk.done("device trust r9 --scan --yes")
    try await desk.done("device test r9")
  }

  @Test func scanShowsWhatItTrusts() async throws {
    let desk = try await Self.desk(try Self.router())
    #expect(await desk.run(["device", "trust", "r9", "--scan"]).status == .usage)
    try await desk.done("device trust r9 --fingerprint \(Self.other)")
    let result = try await desk.done("device trust r9 --scan --yes")
    #expect(result.errors.contains("presents ssh-ed25519 \(Self.fingerprint)"))
    #expect(result.errors.contains("pinned is another key: \(Self.other)"))
    #expect(try await desk.json("device show r9")["hostKey"]?["fingerprint"] == .string(Self.fingerprint))
  }

  @Test func aDeviceOutOfReachIsDown() async throws {
    let desk = try await Self.desk(.nowhere)
    #expect(await desk.run(["device", "test", "r9"]).status == .failed)
    #expect(try await desk.json("device show r9")["status"] == "down")
    #expect(await desk.run(["device", "trust", "r9", "--scan", "--yes"]).status == .failed)
  }

  @Test(arguments: [
    "SHA256:short", "MD5:16:27:ac:a5", "", "sha256:\(fingerprint.dropFirst(7))", "SHA256:" + String(repeating: "é", count: 43),
  ])
  func fingerprintsThatAreNone(text: String) async throws {
    let desk = try await Desk()
    try await desk.done("device add r1 --address 192.0.2.1 --platform frr")
    #expect(await desk.run(["device", "trust", "r1", "--fingerprint", text]).status == .usage)
  }

  /// What a device's prompt holds cannot act on the terminal.
  @Test func whatPeopleWroteIsShownHarmlessly() async throws {
    let desk = try await Desk()
    let result = await desk.run(["device", "show", "\u{1B}[31mred"])
    #expect(!result.errors.contains("\u{1B}"))
  }
}
