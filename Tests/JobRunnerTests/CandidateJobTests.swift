import Foundation
import JobModel
import JobRunner
import Storage
import Testing

/// What is typed on a platform with a candidate configuration, and what its devices then say.
struct CandidateCase: Sendable, CustomTestStringConvertible {
  let platform: String
  let dialect: any Dialect.Type
  let lines: [String]
  /// Whether the last line is in force where the lines have led.
  let statement: Statement
  /// How the device shows the change before it is committed.
  let difference: String
  /// What looks whether the change took, as it is typed while a commit waits for its confirmation.
  let read: String
  let typedRead: String
  let shows: String
  var check: String?
  let commit: String
  var confirm: String?
  /// What takes a trial back; the last is refused in the test of that.
  var cancel: String?
  let renaming: String
  /// Whether what is in force has to be saved.
  var saves = false
  /// Whether what was typed outlives the connection.
  var outlivesConnection = false
  let refusal: String

  var testDescription: String { platform }
  /// The line that makes the difference.
  var last: String { lines[lines.count - 1] }

  static let junos = CandidateCase(
    platform: "juniper_junos", dialect: Junos.self, lines: ["edit system", "set time-zone UTC"],
    statement: ["system", "time-zone UTC"], difference: "[edit system]\n+  time-zone UTC;\n",
    read: "show configuration | display set", typedRead: "run show configuration | display set",
    shows: "set system time-zone UTC",
    check: "commit check", commit: "commit confirmed 5", confirm: "commit", cancel: "rollback 1",
    renaming: "set system host-name r2", refusal: "error: it may not be")
  static let xr = CandidateCase(
    platform: "cisco_xr", dialect: XR.self, lines: ["interface Loopback7", " description test"],
    statement: ["interface Loopback7", "description test"], difference: "   interface Loopback7\n+   description test\n   !\n",
    read: "show running-config", typedRead: "do show running-config", shows: " description test",
    commit: "commit confirmed minutes 5",
    confirm: "commit", renaming: "hostname r2", refusal: "% Failed to commit one or more configuration items")
  static let sros = CandidateCase(
    platform: "nokia_sros", dialect: SROS.self, lines: ["/configure system", "location lab"],
    statement: ["configure", "system", "location lab"], difference: "    system {\n+       location lab\n    }\n",
    read: "show system information", typedRead: "/show system information", shows: "System Location        : lab",
    check: "validate",
    commit: "commit confirmed 5", confirm: "commit confirmed accept", cancel: "commit confirmed cancel",
    renaming: "/configure system name \"r2\"", saves: true, refusal: "MINOR: MGMT_CORE #4001: it may not be")
  static let eos = CandidateCase(
    platform: "arista_eos", dialect: EOS.self, lines: ["ntp server 192.0.2.1"], statement: ["ntp server 192.0.2.1"],
    difference: "@@ -1,3 +1,4 @@\n !\n+ntp server 192.0.2.1\n !\n", read: "show running-config", typedRead: "show running-config",
    shows: "ntp server 192.0.2.1", commit: "commit timer 00:05:00", confirm: "configure session netjob-N commit",
    cancel: "configure session netjob-N abort", renaming: "hostname r2", saves: true, outlivesConnection: true,
    refusal: "% it may not be")
  static let vyos = CandidateCase(
    platform: "vyos", dialect: VyOS.self, lines: ["edit system", "set time-zone UTC"], statement: ["system", "time-zone UTC"],
    difference: "[edit system]\n+time-zone UTC\n", read: "show configuration commands", typedRead: "show configuration commands",
    shows: "set system time-zone 'UTC'", commit: "commit", renaming: "set system host-name r2", saves: true,
    refusal: "Commit failed")
  static let panos = CandidateCase(
    platform: "paloalto_panos", dialect: PANOS.self, lines: ["set deviceconfig system timezone UTC"],
    statement: ["config", "deviceconfig", "system", "timezone UTC"], difference: "     system {\n+      timezone UTC;\n     }\n",
    read: "show config running", typedRead: "show config running", shows: "timezone UTC;", check: "validate full",
    commit: "commit",
    renaming: "set deviceconfig system hostname r2", outlivesConnection: true, refusal: "Commit failed")

  static let all = [junos, xr, sros, eos, vyos, panos]
  static let withTrial = [junos, xr, sros, eos]
}

/// A site with one such router, and a job that changes it.
struct CandidateBench {
  static let comesBack = "; not confirmed: the device goes back by itself within 5 minutes"
  static let rolledBack = "; rolled back: the configuration is as before"

  let site: Site
  let router: CandidateRouter
  let used: CandidateCase
  let before: [Statement]

  init(_ used: CandidateCase) throws {
    self.used = used
    site = try Site()
    router = CandidateRouter("r1", used.dialect)
    before = router.running
    site.routers.add(router, at: "10.0.0.1")
    try site.change(as: "root") { change in
      var edit = DeviceEdit()
      edit.address = "10.0.0.1"
      edit.platform = used.platform
      try change.addDevice(name: "r1", edit, network: try NetworkQueries.find(change.sql, "default"))
    }
  }

  /// - Parameter shows: what is looked for when it is in force, in place of what the change makes.
  func add(_ lines: [String]? = nil, shows: String? = nil, save: Bool = false, seconds: Int64? = nil) throws {
    let lines = lines ?? used.lines
    try FileManager.default.createDirectory(atPath: site.folder + "/tools", withIntermediateDirectories: true)
    try """
    name: change
    title: Change
    changes-devices: true
    parameters: []
    platforms:
      \(used.platform):
        mode: configure
        commands: |
    \(lines.map { "      " + $0 }.joined(separator: "\n"))
        verify: {command: '\(used.read)', contains: ['\((shows ?? used.shows).replacing("'", with: "''"))']}
    """.write(toFile: site.folder + "/tools/change.yaml", atomically: true, encoding: .utf8)
    try site.addJob(
      "change", JobDefinition(type: .tool, targets: .allDevices, tool: "change"), changes: true, as: "dave"
    ) {
      $0.save = save
      $0.timeout = seconds
    }
  }

  /// - Returns: how the device ended.
  func run(stop: StopSignal = StopSignal()) async throws -> ExecutionDeviceRecord {
    try #require(try site.devices(of: try await site.run("change", as: "dave", stop: stop)).first)
  }

  func output(_ device: ExecutionDeviceRecord) throws -> String { FakeRouter.known(try site.text(device.output)) }
  func error(_ device: ExecutionDeviceRecord) -> String { FakeRouter.known(device.error ?? "") }

  var isAsBefore: Bool { router.running == before }
  var isChanged: Bool { router.running.contains(used.statement) }
}

@Suite(.serialized) struct CandidateJobTests {
  private typealias Bench = CandidateBench

  // MARK: What goes well

  @Test(arguments: CandidateCase.all) func aChangeIsInForceAndStays(_ used: CandidateCase) async throws {
    let bench = try Bench(used)
    try bench.add(save: true)
    let device = try await bench.run()
    #expect(device.status == .succeeded && device.changed && device.error == nil, "\(device)")
    #expect(
      device.summary
        == "configuration changed (+\(used.platform == "cisco_xr" ? 3 : used.platform == "arista_eos" ? 2 : 1) -0), saved")
    let output = try bench.output(device)
    for line in used.lines { #expect(output.contains("(configure) \(line)\n")) }
    #expect(output.contains("(commit)\n") && output.contains(used.difference), "\(output)")
    #expect(output.contains("(verified) \(used.read)\n"))
    #expect(output.contains("(login) a fresh login succeeded\n") == (used.confirm != nil))
    #expect(output.contains("(save) there is nothing to save") == !used.saves)
    #expect((bench.router.device.saved == bench.router.device.running) == used.saves)
    #expect(bench.router.lines.contains(used.typedRead))
    #expect(bench.router.connections == (used.confirm == nil ? 1 : 2))
    bench.router.endTrial()
    #expect(bench.isChanged && bench.router.isClean, "\(bench.router.device)")
  }

  /// What is in force already is not committed, and no commit of anybody is undone for it.
  @Test(arguments: CandidateCase.all) func whatIsInForceIsNotCommitted(_ used: CandidateCase) async throws {
    let bench = try Bench(used)
    try bench.add()
    #expect(try await bench.run().status == .succeeded)
    let after = bench.router.running
    let device = try await bench.run()
    #expect(device.status == .succeeded && !device.changed, "\(device)")
    #expect(device.summary == "the configuration is as before")
    #expect(try bench.output(device).contains("(commit) there was nothing to commit\n"))
    #expect(bench.router.count(of: used.commit) == 1 && bench.router.running == after && bench.router.isClean)
  }

  /// What was not committed is not taken back, whatever is found to be wrong.
  @Test(arguments: CandidateCase.all) func whatWasNotCommittedIsNotTakenBack(_ used: CandidateCase) async throws {
    let bench = try Bench(used)
    try bench.add(shows: "no such line")
    bench.router.device.running.set(used.statement)
    let after = bench.router.running
    let device = try await bench.run()
    #expect(device.status == .failed && !device.changed, "\(device)")
    #expect(device.error?.hasSuffix(" does not show 'no such line'") == true, "\(device)")
    #expect(bench.router.running == after && bench.router.device.history.isEmpty && bench.router.isClean)
  }

  @Test(arguments: CandidateCase.all) func aDeviceIsRenamed(_ used: CandidateCase) async throws {
    let bench = try Bench(used)
    try bench.site.addChange(lines: [used.renaming], as: "dave") { $0.save = true }
    let device = try await bench.run()
    #expect(device.status == .succeeded && device.changed, "\(device)")
    bench.router.endTrial()
    #expect(bench.router.device.name == "r2" && bench.router.isClean)
    #expect((bench.router.device.saved == bench.router.device.running) == used.saves)
  }

  // MARK: What the device refuses

  @Test(arguments: CandidateCase.all) func aRefusedLineChangesNothing(_ used: CandidateCase) async throws {
    let bench = try Bench(used)
    let bogus = used.platform == "paloalto_panos" ? "set bogus" : used.platform == "nokia_sros" ? "/configure bogus 1" : "bogus 1"
    try bench.add(used.lines + [bogus])
    let device = try await bench.run()
    #expect(device.status == .failed && !device.changed, "\(device)")
    #expect(device.error?.hasPrefix("the device refused '\(bogus)': ") == true, "\(device)")
    #expect(device.error?.hasSuffix("; nothing was applied before it") == true, "\(device)")
    #expect(bench.isAsBefore && bench.router.isClean && bench.router.count(of: used.commit) == 0, "\(bench.router.device)")
  }

  @Test(arguments: CandidateCase.all) func aRefusedCheckOrCommitChangesNothing(_ used: CandidateCase) async throws {
    for step in [used.check, used.commit].compactMap(\.self) {
      let bench = try Bench(used)
      try bench.add()
      bench.router.set { $0.says[step] = used.refusal }
      let device = try await bench.run()
      #expect(device.status == .failed && !device.changed, "\(device)")
      #expect(device.error == "the device refused '\(step)': \(used.refusal); the configuration is as before")
      #expect(try bench.output(device).contains(used.difference))
      #expect(bench.isAsBefore && bench.router.isClean, "\(bench.router.device)")
      #expect(bench.router.count(of: used.commit) == (step == used.commit ? 1 : 0))
    }
  }

  /// VyOS commits what it can.
  @Test func aPartOfARefusedCommitIsTold() async throws {
    let used = CandidateCase.vyos
    let bench = try Bench(used)
    try bench.add(used.lines + ["set domain-name example.net"])
    bench.router.set { $0.commitsInPart = used.statement }
    let device = try await bench.run()
    #expect(device.status == .failed && device.changed && device.summary == "configuration changed (+1 -0)", "\(device)")
    #expect(device.error == "the device refused 'commit': Commit failed; a part of it took effect")
    #expect(bench.isChanged && bench.router.running.count == bench.before.count + 1 && bench.router.isClean)
  }

  @Test(arguments: CandidateCase.withTrial) func aRefusedConfirmationIsTakenBack(_ used: CandidateCase) async throws {
    let bench = try Bench(used)
    try bench.add()
    let confirm = try #require(used.confirm)
    bench.router.set { $0.says[confirm] = used.refusal }
    let device = try await bench.run()
    #expect(device.status == .failed && !device.changed, "\(device)")
    #expect(bench.error(device) == "the device refused '\(confirm)': \(used.refusal)\(Bench.rolledBack)")
    #expect(try bench.output(device).contains("(rolled back)\n"))
    #expect(bench.isAsBefore && bench.router.isClean, "\(bench.router.device)")
  }

  // MARK: What is found to be wrong

  @Test(arguments: CandidateCase.all) func whatIsNotVerifiedIsTakenBackWhereItCanBe(_ used: CandidateCase) async throws {
    let bench = try Bench(used)
    try bench.add(shows: "no such line", save: true)
    let device = try await bench.run()
    let error = "the change was sent and is not verified: '\(used.read)' does not show 'no such line'"
    #expect(device.status == .failed && device.error == error + (used.confirm == nil ? "" : Bench.rolledBack), "\(device)")
    #expect(device.changed == (used.confirm == nil) && bench.isChanged == device.changed)
    #expect(bench.isAsBefore == !device.changed && bench.router.isClean, "\(bench.router.device)")
    #expect(bench.router.connections == 1 && bench.router.device.saved == nil)
  }

  /// The name is the old one again, and the session goes on.
  @Test(arguments: CandidateCase.withTrial) func aNewNameIsTakenBack(_ used: CandidateCase) async throws {
    let bench = try Bench(used)
    try bench.add([used.renaming], shows: "no such line")
    let device = try await bench.run()
    #expect(device.status == .failed && !device.changed && bench.error(device).hasSuffix(Bench.rolledBack), "\(device)")
    #expect(bench.isAsBefore && bench.router.isClean, "\(bench.router.device)")
  }

  /// Junos takes a confirmation that comes too late for an empty commit.
  @Test(arguments: CandidateCase.withTrial) func aConfirmationThatComesTooLateIsNoSuccess(_ used: CandidateCase) async throws {
    let bench = try Bench(used)
    try bench.add(save: true)
    let confirm = try #require(used.confirm)
    bench.router.set { $0.endsTrialAt = confirm }
    let device = try await bench.run()
    #expect(device.status == .failed && !device.changed, "\(device)")
    if used.platform == "juniper_junos" {
      #expect(device.error == "the change was confirmed and is not in force: the device has gone back before that")
    } else {
      let error = bench.error(device)
      #expect(error.hasPrefix("the device refused '\(confirm)': ") && error.hasSuffix(Bench.rolledBack), "\(device)")
    }
    #expect(bench.isAsBefore && bench.router.isClean && bench.router.device.saved == nil, "\(bench.router.device)")
  }

  /// The session that made the change goes on; nobody could log in any more.
  @Test(arguments: CandidateCase.withTrial) func whatShutsNetjobOutIsTakenBack(_ used: CandidateCase) async throws {
    let bench = try Bench(used)
    try bench.add()
    bench.router.set { $0.refusesConnectionsAfter = used.commit }
    let device = try await bench.run()
    #expect(device.status == .failed && !device.changed, "\(device)")
    #expect(device.error == "the change was sent, and a fresh login failed: connection refused" + Bench.rolledBack)
    #expect(bench.isAsBefore && bench.router.isClean, "\(bench.router.device)")
  }

  /// Where leaving takes it back nothing is refused; and EOS takes a session back that is discarded.
  @Test(arguments: CandidateCase.withTrial) func aRefusedCancellationIsSaid(_ used: CandidateCase) async throws {
    guard let cancel = used.cancel else { return }
    let bench = try Bench(used)
    try bench.add(shows: "no such line")
    bench.router.set { $0.says[cancel] = used.refusal }
    let device = try await bench.run()
    #expect(try bench.output(device).contains("(not rolled back) '\(cancel)': \(used.refusal)\n"))
    let stays = used.platform == "juniper_junos"
    #expect(device.status == .failed && device.changed == stays && bench.isChanged == stays, "\(device)")
    let end = "; the rollback did not take: the configuration differs" + Bench.comesBack
    #expect(device.error?.hasSuffix(stays ? end : Bench.rolledBack) == true, "\(device)")
    #expect(bench.router.count(of: used.confirm ?? "") == 0)
    bench.router.endTrial()
    #expect(bench.isAsBefore && bench.router.isClean, "\(bench.router.device)")
  }

  // MARK: Lost connections

  @Test(arguments: CandidateCase.all, [true, false])
  func aConnectionLostAtALineChangesNothing(_ used: CandidateCase, _ arrives: Bool) async throws {
    let bench = try Bench(used)
    try bench.add()
    bench.router.set {
      $0.dropsAt = used.last
      $0.takesLineBeforeDrop = arrives
    }
    let device = try await bench.run()
    #expect(device.status == .failed && !device.changed, "\(device)")
    let left = used.outlivesConnection ? "; what was typed may be left in a candidate configuration there" : ""
    #expect(device.error == "connection reset by peer, at '\(used.last)'; nothing was committed\(left)")
    #expect(bench.isAsBefore && bench.router.device.owner == nil)
    #expect(bench.router.isClean || used.outlivesConnection, "\(bench.router.device)")
  }

  @Test(arguments: CandidateCase.all, [true, false])
  func aConnectionLostAtTheCommitIsInDoubt(_ used: CandidateCase, _ arrives: Bool) async throws {
    for notices in [true, false] {
      let bench = try Bench(used)
      try bench.add()
      bench.router.set {
        $0.dropsAt = used.commit
        $0.takesLineBeforeDrop = arrives
        $0.noticesLostConnections = notices
      }
      let device = try await bench.run()
      #expect(device.status == .inDoubt && device.changed, "\(device)")
      let left =
        used.outlivesConnection ? "; unless it took that, what was typed may be left in a candidate configuration there" : ""
      #expect(
        device.error
          == "connection reset by peer, at '\(used.commit)'; nobody knows whether it took the last command: \(used.commit)"
          + (used.confirm == nil ? "" : Bench.comesBack) + left)
      bench.router.endTrial()
      #expect(bench.isChanged == (arrives && used.confirm == nil) && bench.isAsBefore == !bench.isChanged)
      #expect(bench.router.isClean == (arrives || !used.outlivesConnection), "\(bench.router.device)")
    }
  }

  @Test(arguments: CandidateCase.withTrial) func aConnectionLostWhileItIsLookedAtIsTold(_ used: CandidateCase) async throws {
    for notices in [true, false] {
      let bench = try Bench(used)
      try bench.add()
      bench.router.set {
        $0.dropsAfter = used.commit
        $0.noticesLostConnections = notices
      }
      let device = try await bench.run()
      #expect(device.status == .failed && device.changed, "\(device)")
      #expect(
        device.error
          == "every command was sent and answered, then: connection reset by peer, at '\(used.typedRead)'\(Bench.comesBack)")
      #expect(bench.router.count(of: used.confirm ?? "") == 0)
      bench.router.endTrial()
      #expect(bench.isAsBefore && bench.router.isClean, "\(bench.router.device)")
    }
  }

  @Test(arguments: CandidateCase.withTrial, [true, false])
  func aConnectionLostAtTheConfirmationIsInDoubt(_ used: CandidateCase, _ arrives: Bool) async throws {
    let bench = try Bench(used)
    try bench.add()
    let confirm = try #require(used.confirm)
    bench.router.set {
      $0.dropsAt = confirm
      $0.takesLineBeforeDrop = arrives
    }
    let device = try await bench.run()
    #expect(device.status == .inDoubt && device.changed, "\(device)")
    #expect(
      bench.error(device)
        == "connection reset by peer, at '\(confirm)'; nobody knows whether it took the last command: \(confirm)"
        + "; unless it took that, the device goes back by itself within 5 minutes")
    bench.router.endTrial()
    #expect(bench.isChanged == arrives && bench.isAsBefore == !arrives && bench.router.isClean, "\(bench.router.device)")
  }

  /// What was answered is not in doubt, and stays.
  @Test(arguments: CandidateCase.all) func aConnectionLostBehindTheLastCommandIsNoDoubt(_ used: CandidateCase) async throws {
    let bench = try Bench(used)
    try bench.add()
    bench.router.set { $0.dropsAfter = used.confirm ?? used.commit }
    let device = try await bench.run()
    #expect(device.status == .failed && device.changed, "\(device)")
    #expect(
      bench.error(device).hasPrefix("every command was sent and answered, then: connection reset by peer, at '"), "\(device)")
    #expect(device.error?.hasSuffix("'") == true, "\(device)")
    bench.router.endTrial()
    #expect(bench.isChanged && bench.router.device.trial == nil && bench.router.device.owner == nil, "\(bench.router.device)")
  }

  /// The commit takes longer than there is time for the device: what it does by itself then is told.
  @Test(arguments: [CandidateCase.junos, .eos]) func aDeviceWhoseTimeRunsOutMeanwhileGoesBack(_ used: CandidateCase) async throws
  {
    let bench = try Bench(used)
    try bench.add(seconds: 3)
    bench.router.set { $0.holdsAt = used.commit }
    let device = try await bench.run()
    #expect(device.status == .inDoubt && device.changed, "\(device)")
    #expect(device.error?.hasPrefix("the time for one device, 3 s, ran out at '") == true, "\(device)")
    #expect(device.error?.contains(Bench.comesBack) == true, "\(device)")
    bench.router.endTrial()
    #expect(bench.isAsBefore && bench.router.isClean, "\(bench.router.device)")
  }

  // MARK: A wish to stop

  private func stopped(_ bench: Bench, at line: String) async throws -> ExecutionDeviceRecord {
    bench.router.set { $0.holdsAt = line }
    let stop = StopSignal()
    async let device = bench.run(stop: stop)
    try await bench.router.holding()
    stop.stop(.signal)
    bench.router.resume()
    return try await device
  }

  @Test(arguments: CandidateCase.all) func whoStopsBeforeTheCommitChangesNothing(_ used: CandidateCase) async throws {
    let bench = try Bench(used)
    try bench.add()
    let device = try await stopped(bench, at: used.last)
    #expect(device.status == .failed && !device.changed, "\(device)")
    #expect(device.error == "stopped (netjob was told to end); sent before: \(used.lines.joined(separator: " | "))")
    #expect(bench.isAsBefore && bench.router.isClean && bench.router.count(of: used.commit) == 0, "\(bench.router.device)")
  }

  @Test(arguments: CandidateCase.withTrial) func whoStopsBeforeTheConfirmationTakesItBack(_ used: CandidateCase) async throws {
    let bench = try Bench(used)
    try bench.add()
    let device = try await stopped(bench, at: used.commit)
    #expect(device.status == .failed && !device.changed, "\(device)")
    #expect(device.error?.hasSuffix(" | \(used.commit); taken back at once") == true, "\(device)")
    #expect(bench.isAsBefore && bench.router.isClean, "\(bench.router.device)")
  }

  @Test func whoStopsIsToldOfARefusedCancellation() async throws {
    let bench = try Bench(.junos)
    try bench.add()
    bench.router.set { $0.says["rollback 1"] = "error: it may not be" }
    let device = try await stopped(bench, at: bench.used.commit)
    #expect(device.status == .failed && device.changed && bench.isChanged, "\(device)")
    #expect(device.error?.hasSuffix(" | \(bench.used.commit)" + Bench.comesBack) == true, "\(device)")
    bench.router.endTrial()
    #expect(bench.isAsBefore && bench.router.isClean, "\(bench.router.device)")
  }

  // MARK: The work of others

  /// One candidate is everybody's: what somebody has begun there is neither committed nor thrown away.
  @Test(arguments: [CandidateCase.junos, .sros, .panos])
  func somebodysUncommittedChangesAreLeftAlone(_ used: CandidateCase) async throws {
    let bench = try Bench(used)
    try bench.add()
    let theirs = Configuration(bench.before + [used.statement.dropLast() + ["domain-name example.net"]])
    bench.router.device.shared = theirs
    let device = try await bench.run()
    #expect(device.status == .failed && !device.changed, "\(device)")
    let reasons = [
      "juniper_junos": "the device refused 'configure exclusive': 'error: configuration database modified'",
      "nokia_sros":
        "the device refused 'configure exclusive': 'MINOR: MGMT_CORE #2052: Exclusive datastore access unavailable - model-driven interface editing global candidate'",
      "paloalto_panos": "somebody's uncommitted changes are in the candidate configuration: '--- running'",
    ]
    #expect(device.error == reasons[used.platform])
    #expect(bench.isAsBefore && bench.router.device.shared == theirs && bench.router.count(of: used.last) == 0)
  }

  /// Another commit would confirm it, or is refused meanwhile; it stays as it is.
  @Test(arguments: [CandidateCase.junos, .xr, .eos]) func somebodysTrialIsLeftAlone(_ used: CandidateCase) async throws {
    let bench = try Bench(used)
    try bench.add()
    bench.router.device.trial = .init(before: Configuration(Array(bench.before.dropLast())), shell: 99, session: "theirs")
    let device = try await bench.run()
    #expect(device.status == .failed && !device.changed, "\(device)")
    let reasons = [
      "juniper_junos":
        "somebody's commit waits for its confirmation: '# commit confirmed will be rolled back in 5 minutes'",
      "cisco_xr":
        "the device refused 'configure exclusive': 'Cannot enter exclusive mode. A trial commit is underway in another configuration session.'",
      "arista_eos":
        "the device refused 'commit timer 00:05:00': % Cannot commit: session theirs is pending commit timer; the configuration is as before",
    ]
    #expect(device.error == reasons[used.platform])
    #expect(bench.isAsBefore && bench.router.device.trial != nil && bench.router.device.owner == nil)
    bench.router.endTrial()
    #expect(bench.router.isClean)
  }

  // MARK: Stored configurations

  private func restore(_ bench: Bench, _ text: String) async throws -> ExecutionDeviceRecord {
    try bench.site.change(as: "root") { change in
      _ = try change.addConfigRevision(
        of: try DeviceQueries.find(change.sql, "r1"), .running, text: text, comparable: "x", execution: nil, added: 6, removed: 0)
    }
    try bench.site.addJob(
      "change", JobDefinition(type: .tool, targets: .allDevices, tool: "restore-config", parameters: ["revision": "1"]),
      changes: true, as: "dave")
    return try await bench.run()
  }

  @Test(arguments: [CandidateCase.junos, .eos, .vyos]) func aStoredConfigurationIsInForceAgain(_ used: CandidateCase) async throws
  {
    let bench = try Bench(used)
    let stored = bench.router.text
    bench.router.device.running.statements += [used.statement]
    let device = try await restore(bench, stored)
    #expect(device.status == .succeeded && device.changed, "\(device)")
    #expect(try bench.output(device).contains("(verified) the configuration is the stored one\n"))
    bench.router.endTrial()
    #expect(bench.isAsBefore && bench.router.isClean, "\(bench.router.device)")
    let again = try await bench.run()
    #expect(again.status == .succeeded && !again.changed, "\(again)")
    #expect(bench.router.count(of: used.commit) == 1 && bench.router.isClean)
  }

  /// The device has made something else of it.
  @Test(arguments: [CandidateCase.junos, .eos, .vyos])
  func whatIsNotTheStoredConfigurationIsTakenBack(_ used: CandidateCase) async throws {
    let bench = try Bench(used)
    // What stands there twice the device has once.
    let line =
      used.platform == "juniper_junos"
      ? "version 20.2R3.9;\n" : used.platform == "vyos" ? "set service ssh port '22'\n" : "ntp server 192.0.2.9\n"
    bench.router.device.running.statements += [used.statement]
    let after = bench.router.running
    let stored = bench.router.text.replacing(line, with: line + line)
    bench.router.device.running.statements = bench.before
    let device = try await restore(bench, stored)
    let error = "the change was sent and the configuration is not the stored one: +0 -1 lines"
    #expect(device.status == .failed && device.error == error + (used.confirm == nil ? "" : Bench.rolledBack), "\(device)")
    #expect(
      bench.router.running == (used.confirm == nil ? after : bench.before) && bench.router.isClean, "\(bench.router.device)")
  }
}
