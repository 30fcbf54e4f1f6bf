import DeviceCLI
import Foundation
import JobModel
import JobRunner
import Storage
import Testing
import Transports

/// What a job does on one device and what is recorded of it.
@Suite(.serialized) struct DeviceWorkTests {
  private let lines = ["ip route 203.0.113.0/24 10.0.0.1", "ip route 198.51.100.0/24 10.0.0.1"]

  private func one(_ site: Site, _ execution: ExecutionRecord) throws -> ExecutionDeviceRecord {
    try #require(try site.devices(of: execution).first)
  }

  // MARK: Backup

  @Test func aBackupKeepsWhatChanged() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    try site.addBackup()
    var device = try one(site, try await site.run("backup"))
    #expect(device.status == .succeeded)
    #expect(device.changed)
    #expect(device.summary == "new, 5 lines")
    device = try one(site, try await site.run("backup"))
    #expect(!device.changed)
    #expect(device.summary == "unchanged since revision 1")
    router.running = ["hostname r1", "!", "ip route 192.0.2.0/25 10.0.0.254", "ip route 192.0.2.128/25 10.0.0.254", "!"]
    device = try one(site, try await site.run("backup"))
    #expect(device.changed)
    #expect(device.summary == "changed (+2 -1), revision 2")
    let revisions = try site.store.read { try ConfigQueries.all($0, device: "r1") }
    #expect(revisions.map(\.revision) == [2, 1])
    #expect(revisions.map(\.added) == [2, 5])
    #expect(
      try site.text(revisions[0].content)
        == "hostname r1\n!\nip route 192.0.2.0/25 10.0.0.254\nip route 192.0.2.128/25 10.0.0.254\n!\nend\n")
    let record = try site.store.read { try DeviceQueries.find($0, "r1") }
    #expect(record.version == "8.4.4")
    #expect(record.status == .up)
    #expect(record.lastSeen == site.now)
    #expect(record.hostKeyFingerprint == "SHA256:r1")
  }

  /// Another version of a platform ignores more, or less: the same text is no change by that.
  @Test func otherRulesMakeNoRevision() async throws {
    let site = try Site()
    try site.addRouters(1)
    try site.addBackup()
    _ = try await site.run("backup")
    try site.change(as: "alice") { _ = try $0.sql.execute("UPDATE config_revision SET comparable = 'by other rules'") }
    let device = try one(site, try await site.run("backup"))
    #expect(!device.changed && device.summary == "unchanged since revision 1", "\(device)")
    #expect(try site.count("config_revision") == 1)
  }

  // MARK: Neighbours

  /// A BGP session that is configured and does not stand is no neighbour; one that went down is gone.
  @Test func sessionsThatAreNotEstablishedAreNoNeighbours() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    try site.addJob("around", JobDefinition(type: .neighbor, targets: .allDevices), changes: false)
    router.answer("show ip ospf neighbor", with: "% OSPF is not enabled\n")
    router.answer("show ip neigh", with: "Interface Neighbor MAC #Rules\n")
    func peers(_ state: String) -> String {
      """
      Neighbor        V         AS   MsgRcvd   MsgSent   TblVer  InQ OutQ  Up/Down State/PfxRcd   PfxSnt Desc
      r2(192.0.2.2)   4      65002        12        14        0    0    0 00:01:02            0        3 N/A
      192.0.2.77      4      65077         0         0        0    0    0    never       Active        0 N/A
      *192.0.2.8      4      65008        12        14        0    0    0 00:01:02            7        3 N/A
      r3(to3)         4      65003        12        14        0    0    0 00:01:02 \(state)        3 N/A

      """
    }
    router.answer("show bgp summary", with: peers("     12"))
    var device = try one(site, try await site.run("around"))
    #expect(device.summary.contains("bgp 3 (3 new); not established: 192.0.2.77"), "\(device)")
    var records = try site.store.read { try NeighborQueries.all($0) }
    #expect(records.map(\.sighting.address) == ["192.0.2.2", "192.0.2.8", nil])
    #expect(records.map(\.sighting.localInterface) == [nil, nil, "to3"])
    #expect(records.map(\.sighting.name) == ["r2", nil, "r3"])
    #expect(records.map(\.sighting.state) == ["Established", "Established", "Established"])
    router.answer("show bgp summary", with: peers(" Active"))
    device = try one(site, try await site.run("around"))
    #expect(device.summary.contains("bgp 2 (1 gone); not established: 192.0.2.77, to3"), "\(device)")
    records = try site.store.read { try NeighborQueries.all($0) }
    #expect(records.map(\.isPresent) == [true, true, false])
  }

  /// A protocol that the device does not run fails nobody, and what was known by it stays: it was not looked at.
  @Test func neighboursAreRememberedPerProtocol() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    try site.addJob("around", JobDefinition(type: .neighbor, targets: .allDevices), changes: false)
    let table = "Neighbor ID Pri State Up Time Dead Time Address Interface\n"
    func row(_ id: Int) -> String { "10.0.0.\(id)  1 Full/DR  1m02s  35.123s 192.0.2.\(id)  eth0:192.0.2.1  0 0 0\n" }
    router.answer("show ip ospf neighbor", with: table + row(2) + row(3))
    router.answer("show ip neigh", with: "Interface Neighbor MAC #Rules\n")
    router.answer("show bgp summary", with: "% BGP instance not found\n")
    var device = try one(site, try await site.run("around"))
    #expect(device.status == .succeeded && device.changed)
    #expect(device.summary == "arp 0; ospf 2 (2 new); bgp: not read (% BGP instance not found)")
    router.answer("show ip ospf neighbor", with: table + row(3) + row(4))
    device = try one(site, try await site.run("around"))
    #expect(device.summary.contains("ospf 2 (1 new, 1 gone)"))
    router.answer("show ip ospf neighbor", with: "% OSPF is not enabled\n")
    device = try one(site, try await site.run("around"))
    #expect(device.status == .succeeded && !device.changed, "\(device)")
    let records = try site.store.read { try NeighborQueries.all($0) }
    #expect(records.map(\.sighting.routerID) == ["10.0.0.2", "10.0.0.3", "10.0.0.4"])
    #expect(records.map(\.isPresent) == [false, true, true])
  }

  @Test func unsavedChangesShow() async throws {
    let site = try Site()
    let router = try site.addRouters(1, platform: "cisco_ios")[0]
    router.startup = router.running
    try site.addBackup()
    #expect(try one(site, try await site.run("backup")).summary == "new, 5 lines")
    #expect(try site.store.read { try DeviceQueries.find($0, "r1").isUnsaved } == false)
    router.running.insert("ip domain-name example.net", at: 1)
    #expect(
      try one(site, try await site.run("backup")).summary
        == "changed (+1 -0), revision 2; running differs from startup: unsaved changes")
    #expect(try site.store.read { try DeviceQueries.find($0, "r1").isUnsaved })
    #expect(try site.store.read { try ConfigQueries.all($0, device: "r1", kind: .startup) }.count == 1)
    router.startup = nil
    #expect(try one(site, try await site.run("backup")).summary.contains("there is no startup configuration"))
  }

  /// Between two backups, too: a change that is not saved would be lost, and one that saves saves all.
  @Test func aChangeTellsWhetherItIsSaved() async throws {
    let site = try Site()
    try site.addRouters(1, platform: "cisco_ios")
    func isUnsaved() throws -> Bool { try site.store.read { try DeviceQueries.find($0, "r1").isUnsaved } }
    try site.addChange(lines: [lines[0]], as: "dave")
    try site.addChange("saved", lines: [lines[1]], as: "dave") { $0.save = true }
    try site.addJob(
      "save", JobDefinition(type: .tool, targets: .allDevices, tool: "save-config"), changes: true, as: "dave")
    for (job, expected) in [("change", true), ("save", false), ("saved", false)] {
      let execution = try await site.run(job, as: "dave")
      #expect(execution.status == .succeeded)
      #expect(try isUnsaved() == expected, "\(job)")
    }
  }

  @Test func aTruncatedConfigurationIsNotKept() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    router.set { $0.truncatesConfiguration = true }
    try site.addBackup()
    let execution = try await site.run("backup")
    #expect(execution.status == .failed)
    #expect(execution.devicesFailed == 1)
    #expect(try one(site, execution).error?.contains("does not end with") == true)
    #expect(try site.count("config_revision") == 0)
    // A change reads the configuration first: nothing is sent without it.
    try site.addChange(as: "dave")
    #expect(try await site.run("change", as: "dave").status == .failed)
    #expect(router.count(of: "configure terminal") == 0)
  }

  // MARK: Commands that read

  @Test func outputIsKeptWithoutSecrets() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    router.answer("show ip route", with: "S>* 192.0.2.0/24 via 10.0.0.254\npassword hunter2 is shown")
    router.answer("show clock", with: "12:00")
    let definition = JobDefinition(
      type: .tool, targets: .allDevices, tool: "command-runner", parameters: ["commands": "show ip route\nshow clock"])
    try site.addJob("look", definition, changes: false)
    let execution = try await site.run("look")
    let device = try one(site, execution)
    #expect(device.status == .succeeded)
    #expect(device.summary == "2 commands")
    #expect(
      try site.text(device.output)
        == "$ show ip route\nS>* 192.0.2.0/24 via 10.0.0.254\npassword ****** is shown\n$ show clock\n12:00\n")
    router.set { $0.refused = ["show clock"] }
    let refused = try one(site, try await site.run("look"))
    #expect(refused.status == .failed)
    #expect(refused.error == "'show clock': the device refused it: % Unknown command: show clock")
    #expect(try site.text(refused.output).contains("S>* 192.0.2.0/24"))
  }

  // MARK: Changes

  @Test func aChangeKeepsBeforeAndAfter() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    let job = try site.addChange(lines: lines, as: "dave") { $0.backupAfter = true }
    _ = job
    let before = router.running
    let execution = try await site.run("change", as: "dave")
    #expect(execution.status == .succeeded)
    #expect(execution.changesDevices)
    let device = try one(site, execution)
    #expect(device.changed)
    #expect(device.summary == "configuration changed (+2 -0)")
    #expect(device.lastCommand == lines[1])
    #expect(try site.text(device.before) == (before + ["end"]).joined(separator: "\n") + "\n")
    #expect(try site.text(device.after) == (router.running + ["end"]).joined(separator: "\n") + "\n")
    #expect(try site.text(device.output) == "(configure) \(lines[0])\n(configure) \(lines[1])\n")
    #expect(try site.count("config_revision") == 1)
    #expect(try site.count("device_lease") == 0)
    #expect(router.count(of: "write memory") == 0)
  }

  @Test func aVerifiedChangeIsSaved() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    let definition = JobDefinition(
      type: .tool, targets: .allDevices, tool: "static-route-add",
      parameters: ["prefix": "203.0.113.0/24", "next-hop": "10.0.0.1"])
    try site.addJob("route", definition, changes: true, as: "dave") { $0.save = true }
    var device = try one(site, try await site.run("route", as: "dave"))
    #expect(device.summary == "configuration changed (+1 -0), saved")
    #expect(try site.text(device.output).contains("(verified) show running-config\n(save)\n[OK]"))
    #expect(router.startup == router.running)

    router.set { $0.refusesToSave = true }
    device = try one(site, try await site.run("route", as: "dave"))
    #expect(device.status == .failed)
    #expect(device.error?.hasPrefix("the change was made and is not saved: ") == true)
    #expect(device.after != nil)
  }

  @Test func aChangeThatDidNotTakeIsNotVerified() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    router.set { $0.forgets = [lines[0]] }
    let definition = JobDefinition(
      type: .tool, targets: .allDevices, tool: "static-route-add",
      parameters: ["prefix": "203.0.113.0/24", "next-hop": "10.0.0.1"])
    try site.addJob("route", definition, changes: true, as: "dave") { $0.save = true }
    let execution = try await site.run("route", as: "dave")
    #expect(execution.status == .failed)
    let device = try one(site, execution)
    #expect(device.error == "the change was sent and is not verified: 'show running-config' does not show '\(lines[0])'")
    #expect(!device.changed)
    #expect(device.summary == "the configuration is as before")
    #expect(router.count(of: "write memory") == 0)
  }

  @Test func theFirstRefusedLineEndsTheChange() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    router.set { $0.refused = ["frobnicate"] }
    try site.addChange(lines: [lines[0], "frobnicate", lines[1]], as: "dave")
    let execution = try await site.run("change", as: "dave")
    let device = try one(site, execution)
    #expect(device.status == .failed)
    #expect(device.error == "the device refused 'frobnicate': % Unknown command: frobnicate; applied before it: \(lines[0])")
    #expect(router.count(of: lines[1]) == 0)
    #expect(device.changed)
    #expect(device.summary == "configuration changed (+1 -0)")
    #expect(router.lines.contains("end"))
  }

  /// Errors and the last command are read by everybody; of what the platform knows as a secret in a line they say nothing.
  @Test(arguments: ["refused", "lost"]) func errorsTellNoSecretOfALine(_ trouble: String) async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    let secret = " neighbor 192.0.2.1 password LeakMe77"
    router.set { $0 = trouble == "refused" ? .init(refused: ["bogus LeakMe77"]) : .init(dropsAt: secret) }
    try site.addChange(lines: [lines[0], secret, "bogus LeakMe77"], as: "dave")
    let device = try one(site, try await site.run("change", as: "dave"))
    let error = try #require(device.error)
    #expect(!error.contains("LeakMe") && error.contains("neighbor 192.0.2.1 password ******"), "\(error)")
    #expect(device.status == (trouble == "refused" ? .failed : .inDoubt))
    let last = trouble == "refused" ? "bogus ******" : " neighbor 192.0.2.1 password ******"
    #expect(device.lastCommand == last || device.lastCommand == "bogus LeakMe77", "\(device)")
  }

  /// One that did not do what it should can be taken back, too. An interface that the router does not have is none.
  @Test(arguments: ["Interface eth9 is up, line protocol is up", "Interface eth9 is down\n  pseudo interface"])
  func anUnverifiedChangeTellsHowToTakeItBack(_ shown: String) async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    let definition = JobDefinition(
      type: .tool, targets: .allDevices, tool: "interface-admin", parameters: ["interface": "eth9", "state": "down"])
    try site.addJob("off", definition, changes: true, as: "dave")
    router.answer("show interface eth9", with: shown + "\n")
    let device = try one(site, try await site.run("off", as: "dave"))
    #expect(device.status == .failed && device.changed, "\(device)")
    let end = try site.text(device.output).components(separatedBy: "To take it back").last
    #expect(end == ", as far as it was made:\n(undo) interface eth9\n(undo)  no shutdown\n", "\(device)")
  }

  @Test(arguments: [false, true])
  func aConnectionLostInALineLeavesTheDeviceInDoubt(takes: Bool) async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    router.set {
      $0.dropsAt = lines[1]
      $0.takesLineBeforeDrop = takes
    }
    try site.addChange(lines: lines + ["ip route 192.0.2.0/30 10.0.0.9"], as: "dave") { $0.retries = 3 }
    let execution = try await site.run("change", as: "dave")
    #expect(execution.status == .failed)
    #expect(execution.devicesFailed == 1)
    let device = try one(site, execution)
    #expect(device.status == .inDoubt)
    #expect(
      device.error
        == "connection reset by peer, at '\(lines[1])'; nobody knows whether it took the last command: \(lines[1])")
    #expect(device.lastCommand == lines[1])
    #expect(device.changed)
    #expect(device.before != nil)
    #expect(router.count(of: lines[0]) == 1)
    #expect(router.count(of: "ip route 192.0.2.0/30 10.0.0.9") == 0)
    #expect(router.connections == 1)
  }

  @Test func aConnectionLostAfterTheLastLineIsNoDoubt() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    let definition = JobDefinition(
      type: .tool, targets: .allDevices, tool: "static-route-add",
      parameters: ["prefix": "203.0.113.0/24", "next-hop": "10.0.0.1"])
    try site.addJob("route", definition, changes: true, as: "dave") { $0.save = true }
    router.set { $0.dropsAt = "write memory" }
    let device = try one(site, try await site.run("route", as: "dave"))
    // Whether it was saved is what nobody knows.
    #expect(device.status == .inDoubt)
    #expect(device.lastCommand == "write memory")
  }

  @Test func secretsOfTheJobStayHidden() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    try FileManager.default.createDirectory(atPath: site.folder + "/tools", withIntermediateDirectories: true)
    try """
    name: set-key
    title: Key
    changes-devices: true
    parameters:
      - {name: key, type: secret, required: true, help: The key}
    platforms:
      frr: {mode: configure, commands: "key-string {{ key }}"}
    """.write(toFile: site.folder + "/tools/set-key.yaml", atomically: true, encoding: .utf8)
    try site.addJob(
      "key", JobDefinition(type: .tool, targets: .allDevices, tool: "set-key"), changes: true, as: "dave",
      secrets: ["key": "s3cr3t-Word"])
    let good = try one(site, try await site.run("key", as: "dave"))
    #expect(good.lastCommand == "key-string ******")
    #expect(router.count(of: "key-string s3cr3t-Word") == 1)
    router.set { $0.refused = ["key-string s3cr3t-Word"] }
    let refused = try one(site, try await site.run("key", as: "dave"))
    #expect(
      refused.error
        == "the device refused 'key-string ******': % Unknown command: key-string ******; nothing was applied before it")
    #expect(try !site.text(refused.output).contains("s3cr3t"))
    router.set {
      $0.refused = []
      $0.dropsAt = "key-string s3cr3t-Word"
    }
    let lost = try one(site, try await site.run("key", as: "dave"))
    #expect(lost.error?.contains("s3cr3t") == false)
    let rows = try site.store.read { try $0.rows("SELECT detail FROM audit", [] as [SQLValue]) }
    #expect(try !rows.contains { try $0.text("detail").contains("s3cr3t") })
  }

  @Test func secretsOfAReadingJobStayHidden() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    try FileManager.default.createDirectory(atPath: site.folder + "/tools", withIntermediateDirectories: true)
    try """
    name: look-up
    title: Look up
    changes-devices: false
    parameters:
      - {name: key, type: secret, required: true, help: The key}
    platforms:
      frr: {mode: any, commands: "show key {{ key }}"}
    """.write(toFile: site.folder + "/tools/look-up.yaml", atomically: true, encoding: .utf8)
    try site.addJob(
      "key", JobDefinition(type: .tool, targets: .allDevices, tool: "look-up"), changes: false,
      secrets: ["key": "s3cr3t-Word"])
    router.answer("show key s3cr3t-Word", with: "the key s3cr3t-Word is fine")
    let good = try one(site, try await site.run("key"))
    #expect(try site.text(good.output) == "$ show key ******\nthe key ****** is fine\n")
    router.set { $0.refused = ["show key s3cr3t-Word"] }
    let refused = try one(site, try await site.run("key"))
    #expect(refused.error == "'show key ******': the device refused it: % Unknown command: show key ******")
    #expect(try !site.text(refused.output).contains("s3cr3t"))
    router.set {
      $0.refused = []
      $0.configuresAt = "show key s3cr3t-Word"
    }
    let left = try one(site, try await site.run("key"))
    #expect(left.error == "'show key ******' took the session from mode 'enable' to 'configure'")
  }

  @Test func theSessionKnowsTheJobsSecrets() async throws {
    let site = try Site()
    try site.addRouters(1)
    let opener = DeviceOpener(
      store: site.store, connector: site.routers, catalogs: site.catalogs, caller: Site.caller("alice"))
    let device = try site.store.read { try DeviceQueries.find($0, "r1") }
    let opened = try await opener.open(device, secrets: ["s3cr3t-Word"])
    #expect(opened.redactor.redacting("hunter2 and s3cr3t-Word") == "****** and ******")
    let refusal = try await opened.session.run("frobnicate s3cr3t-Word").refusal
    #expect(refusal == "% Unknown command: frobnicate ******")
    let error = await #expect(throws: DeviceError.self) { try await opened.session.run("show s3cr3t-Word?") }
    #expect(error?.message.hasPrefix("'show ******?': platform 'frr' acts on") == true)
    await opened.session.close()
  }

  /// Whatever the list of reading commands overlooks: nothing is typed where it would change the device.
  @Test func aReadingJobThatGetsIntoConfigurationModeTypesNothingMore() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    router.set { $0.configuresAt = "show trap" }
    let before = router.running
    let definition = JobDefinition(
      type: .tool, targets: .allDevices, tool: "command-runner", parameters: ["commands": "show trap\nshow ip route"])
    try site.addJob("look", definition, changes: false)
    let device = try one(site, try await site.run("look"))
    #expect(device.status == .failed)
    #expect(device.error == "'show trap' took the session from mode 'enable' to 'configure'")
    #expect(router.lines.last == "show trap")
    #expect(router.running == before)
  }

  @Test func aVerificationThatGetsIntoConfigurationModeEndsTheSession() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    try FileManager.default.createDirectory(atPath: site.folder + "/tools", withIntermediateDirectories: true)
    try """
    name: trap
    title: Trap
    changes-devices: true
    parameters: []
    platforms:
      frr: {mode: configure, commands: "ip route 203.0.113.0/24 10.0.0.1", verify: {command: show trap, contains: [x]}}
    """.write(toFile: site.folder + "/tools/trap.yaml", atomically: true, encoding: .utf8)
    router.set { $0.configuresAt = "show trap" }
    try site.addJob("trap", JobDefinition(type: .tool, targets: .allDevices, tool: "trap"), changes: true, as: "dave") {
      $0.save = true
    }
    let device = try one(site, try await site.run("trap", as: "dave"))
    #expect(device.status == .failed)
    #expect(device.error?.contains("'show trap' took the session from mode 'enable' to 'configure'") == true)
    #expect(router.lines.last == "show trap")
  }

  @Test func conTIsRefusedBeforeAnyDevice() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    let definition = JobDefinition(
      type: .tool, targets: .allDevices, tool: "command-runner",
      parameters: ["commands": "con t\nip route 203.0.113.0/24 10.0.0.1"])
    try site.addJob("look", definition, changes: false)
    let device = try one(site, try await site.run("look"))
    #expect(
      device.error
        == "nothing was sent: 'con t' is not among the reading commands of platform 'frr': ping, show, traceroute")
    #expect(router.lines.isEmpty)
  }

  // MARK: Reaching it

  @Test func onlyWhatWasNotReachedIsTriedAgain() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    try site.addBackup { $0.retries = 3 }
    router.set {
      $0.connectionError = TransportError(.unreachable, "no route to host")
      $0.failedConnections = 2
    }
    #expect(try await site.run("backup").status == .succeeded)
    router.set { $0.failedConnections = 4 }
    let failed = try await site.run("backup")
    #expect(failed.status == .failed)
    #expect(try one(site, failed).error == "no route to host")
    #expect(try site.store.read { try DeviceQueries.find($0, "r1").status } == .down)
    // A refused password must not be tried until the account is locked.
    router.set {
      $0.connectionError = TransportError(.authenticationFailed, "every credential was refused")
      $0.failedConnections = 1
    }
    #expect(try await site.run("backup").status == .failed)
    #expect(router.connections == 1)
  }

  @Test func aChangedHostKeyIsRefused() async throws {
    let site = try Site()
    let router = try site.addRouters(1)[0]
    try site.change(as: "root") { change in
      try change.trust(
        try DeviceQueries.find(change.sql, "r1"), keyType: "ssh-ed25519", fingerprint: "SHA256:other", reason: "test")
    }
    try site.addBackup()
    let device = try one(site, try await site.run("backup"))
    #expect(device.status == .failed)
    #expect(device.error?.contains("host key has changed") == true)
    #expect(router.lines.isEmpty)
  }

  @Test func aStrictNetworkPinsNothing() async throws {
    let site = try Site()
    try site.addRouters(1)
    try site.change(as: "root") { change in
      try change.editNetwork(try NetworkQueries.find(change.sql, "default"), comment: nil, hostKeys: .strict)
    }
    try site.addBackup()
    #expect(try one(site, try await site.run("backup")).error?.contains("is not pinned") == true)
    #expect(try site.store.read { try DeviceQueries.find($0, "r1").hostKeyFingerprint } == nil)
  }

  @Test func aDamagedSecretConcernsItsDeviceAlone() async throws {
    let site = try Site()
    let routers = try site.addRouters(2)
    try site.change(as: "root") { change in
      let id = try change.addCredential(
        name: "own", username: "x", secrets: CredentialSecrets(password: "y"), network: nil, priority: 1)
      try change.sql.execute("UPDATE credential SET password = x'00' WHERE id = ?", id)
      try change.sql.execute("UPDATE device SET credential_id = ? WHERE name = 'r1'", id)
    }
    try site.addBackup { $0.concurrency = 1 }
    let execution = try await site.run("backup")
    #expect(try site.devices(of: execution).map(\.status) == [.failed, .succeeded])
    #expect(routers[1].connections == 1)
  }
}
