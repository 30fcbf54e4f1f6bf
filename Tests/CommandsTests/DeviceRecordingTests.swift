import Commands
import DeviceCLI
import Foundation
import Terminal
import Testing
import Transports

/// `netjob device test --record`.
@Suite struct DeviceRecordingTests {
  /// A router at 192.0.2.1 whose configuration has secrets; `steps` follow its login.
  private static func router(_ steps: [ReplayScript.Step]) throws -> DeviceAccess {
    let key = HostKey(
      algorithm: "ssh-ed25519", fingerprint: "SHA256:uNiVztksCsDhcc0u9e8BrQkFhTH5iNlDUYnN+N1WRHo", blob: [])
    let platform = try PlatformCatalog().platform(named: "frr")
    var script: [ReplayScript.Step] = [.send("\r\nsee your-s3cret r9# \r\nr9# "), .expect("\n"), .send("\r\nr9# ")]
    for command in platform.onOpen { script += [.expect("\(command)\n"), .send("\(command)\r\nr9# ")] }
    let session = ReplayScript(script + steps, ending: .endOfFile)
    return DeviceAccess(
      makeConnector: { _ in ReplayConnector(["192.0.2.1": .session(session, hostKey: key, credentialIndex: 0)]) },
      scanHostKey: { _, _ in key })
  }

  private static let tour: [ReplayScript.Step] = [
    .expect("show version\n"), .send("show version\r\nFRRouting 8.4.4 (r9) on Linux(6.1.0).\r\nr9# "),
    .expect("show running-config\n"),
    .send("show running-config\r\n!\r\nfrr version 8.4.4\r\npassword z3bra\r\n!\r\nend\r\nr9# "),
    .expect("show ip neigh\n"), .send("show ip neigh\r\neth1 192.0.2.9 02:00:00:00:00:09 0\r\nr9# "),
    .expect("show ip ospf neighbor\n"), .send("show ip ospf neighbor\r\n% OSPF instance not found\r\nr9# "),
    .expect("show bgp summary\n"), .send("show bgp summary\r\n% BGP instance not found\r\nr9# "), .expect("exit\n"),
  ]

  private func desk(_ steps: [ReplayScript.Step] = tour) async throws -> Desk {
    let desk = try await Desk(devices: try Self.router(steps))
    try await desk.done("user add \(NSUserName()) --role administrator")
    try await desk.done("device add r9 --address 192.0.2.1 --platform frr")
    try await desk.done(
      "credential add lab --username u --password-stdin --network default", input: "your-s3cret\n")
    return desk
  }

  private func inFolder(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "netjob-record-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await body(folder)
  }

  @Test func theSessionIsInTheFile() async throws {
    try await inFolder { folder in
      let desk = try await desk()
      let result = await desk.run(["device", "test", "r9", "--record", folder + "/r9.yaml"], as: nil)
      #expect(result.status == .done)
      #expect(result.errors.contains("look through it before you give it away"))
      let text = try String(contentsOfFile: folder + "/r9.yaml", encoding: .utf8)
      #expect(text.contains("covers: [login, show, inventory, config, neighbors]\n"))
      #expect(text.contains("password ******\\r\\n") && !text.contains("z3bra") && !text.contains("your-s3cret"))
      #expect(text.contains("inventory: {hostname: \"r9\", vendor: \"FRRouting\", version: \"8.4.4\"}"))
      let mode = try FileManager.default.attributesOfItem(atPath: folder + "/r9.yaml")[.posixPermissions] as? Int
      #expect(mode == 0o600)
    }
  }

  @Test func standardOutputHasTheRecordingAlone() async throws {
    let desk = try await desk()
    let result = try await desk.done("device test r9 --record -")
    #expect(result.output.hasPrefix("# Recorded by netjob device test --record;"))
    #expect(result.output.hasSuffix("  - expect: \"exit\\n\"\n"))
    #expect(await desk.run(["device", "test", "r9", "--record", "-", "--json"]).status == .usage)
  }

  @Test func noFilesOfCallersThroughSudo() async throws {
    try await inFolder { folder in
      let desk = try await desk()
      let result = await desk.run(["device", "test", "r9", "--record", folder + "/r9.yaml"])
      #expect(result.status == .notPermitted && result.errors.contains("use '-' and a pipe"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }
  }

  @Test func noFileIsReplaced() async throws {
    try await inFolder { folder in
      try "mine".write(toFile: folder + "/r9.yaml", atomically: true, encoding: .utf8)
      let desk = try await desk()
      let result = await desk.run(["device", "test", "r9", "--record", folder + "/r9.yaml"], as: nil)
      #expect(result.status == .usage)
      #expect(result.errors.contains("a recording never replaces a file"))
      #expect(try String(contentsOfFile: folder + "/r9.yaml", encoding: .utf8) == "mine")
    }
  }

  @Test func aSessionThatFailsIsRecordedAsFarAsItWent() async throws {
    try await inFolder { folder in
      let desk = try await desk(Array(Self.tour.dropLast(5)))
      let result = await desk.run(["device", "test", "r9", "--record", folder + "/r9.yaml"], as: nil)
      #expect(result.status == .failed)
      let text = try String(contentsOfFile: folder + "/r9.yaml", encoding: .utf8)
      #expect(text.contains("# The session ended early: ") && text.contains("\ndo: []\n"))
      #expect(!text.contains("z3bra") && !text.contains("your-s3cret"))
    }
  }

  @Test func nothingIsLeftOfADeviceOutOfReach() async throws {
    try await inFolder { folder in
      let desk = try await Desk(devices: .nowhere)
      try await desk.done("user add \(NSUserName()) --role administrator")
      try await desk.done("device add r9 --address 192.0.2.1 --platform frr")
      try await desk.done("credential add lab --username u --password-stdin --network default", input: "x\n")
      #expect(await desk.run(["device", "test", "r9", "--record", folder + "/r9.yaml"], as: nil).status == .failed)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }
  }

  @Test func changesAreRefusedWhereThePlatformHasNone() async throws {
    let desk = try await Desk()
    try await desk.done("device add box --address 192.0.2.1 --platform generic")
    let result = await desk.run([
      "job", "create", "c", "--type", "tool", "--tool", "config-commands", "--param", "commands=x", "--device", "box",
    ])
    let preview = await desk.run(["job", "preview", "c"])
    #expect((result.errors + preview.errors + preview.output).contains("does not say how to change the configuration"))
  }
}
