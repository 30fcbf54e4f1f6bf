import DeviceCLI
import Synchronization
import Testing
import Transports

/// Changes by way of a candidate configuration: all of it takes effect, or none.
@Suite struct CandidateTests {
  private static let enter = step("configure exclusive", "Entering configuration mode", "#")
  private static let leave = step("exit configuration-mode", "Exiting configuration mode", ">")
  private static let clean = step("show | compare", "", "#")
  private static let top = step("top", "", "#")
  private static let line = step("set system time-zone UTC", "", "#")
  private static let changed = step("show | compare", "[edit system]\r\n+  time-zone UTC;", "#")
  private static let check = step("commit check", "configuration check succeeds", "#")
  private static let trial = step(
    "commit confirmed 5", "commit confirmed will be automatically rolled back\r\ncommit complete", "#")
  private static let confirm = step("commit", "commit complete", "#")
  private static let discard = step("rollback 0", "load complete", "#")

  private static func step(_ command: String, _ said: String, _ end: String) -> [ReplayScript.Step] {
    let context = end == "#" ? "[edit]\r\n" : ""
    return [.expect(command + "\n"), .send("\(command)\r\n\(said.isEmpty ? "" : said + "\r\n")\r\n\(context)a@j1\(end) ")]
  }

  /// Every prompt tells of a commit that waits for its confirmation.
  private static func waiting(_ steps: [ReplayScript.Step]) -> [ReplayScript.Step] {
    steps.map { step in
      guard case .send(let bytes) = step else { return step }
      let prompt = "[edit]\r\na@j1"
      return .send(
        String(decoding: bytes, as: UTF8.self)
          .replacing(prompt, with: "# commit confirmed will be rolled back in 5 minutes\r\n" + prompt))
    }
  }

  private func run(
    _ steps: [[ReplayScript.Step]], ending: ReplayScript.Ending = .hang, _ body: (DeviceSession) async throws -> Void
  ) async throws {
    for delivery in [ReplayScript.Delivery.steps, .chunks(1)] {
      try await ReplayedSession.run(
        on: "juniper_junos", prompt: "a@j1>", delivery: delivery, ending: ending, steps.flatMap { $0 }
      ) { session, _ in try await body(session) }
    }
  }

  @Test func allOfItTakesEffect() async throws {
    try await run([
      Self.enter, Self.clean, Self.line, Self.top, Self.changed, Self.check, Self.trial, Self.confirm, Self.leave,
    ]) { session in
      let seen = Recorder()
      let result = try await session.configure(["set system time-zone UTC"]) { seen.append($0) }
      #expect(result.applied == ["set system time-zone UTC"] && result.refused == nil)
      #expect(result.difference == "[edit system]\n+  time-zone UTC;\n")
      #expect(seen.all == ["set system time-zone UTC", "commit check", "commit confirmed 5", "commit"])
      #expect(await session.mode == .exec)
    }
  }

  /// It may show secrets that are none of the change's: what is near, what goes away.
  @Test func secretsInTheDifferenceAreMasked() async throws {
    let difference = Self.step(
      "show | compare", "[edit system]\r\n-  encrypted-password \"$6$old\";\r\n+  time-zone UTC;", "#")
    try await run([
      Self.enter, Self.clean, Self.line, Self.top, difference, Self.check, Self.trial, Self.confirm, Self.leave,
    ]) { session in
      let result = try await session.configure(["set system time-zone UTC"])
      #expect(result.difference == "[edit system]\n-  encrypted-password \"******\";\n+  time-zone UTC;\n")
    }
  }

  /// The prompt shows the new name from the commit on, not when the line is typed.
  @Test(arguments: [true, false]) func aCommitThatRenamesTheDevice(_ isConfirmed: Bool) async throws {
    func renamed(_ steps: [ReplayScript.Step]) -> [ReplayScript.Step] {
      steps.map { step in
        if case .send(let bytes) = step {
          .send(String(decoding: bytes, as: UTF8.self).replacing("a@j1", with: "a@edge-7"))
        } else {
          step
        }
      }
    }
    let line = Self.step("set system host-name edge-7", "", "#")
    let refusal = renamed(Self.step("commit", "error: configuration database modified", "#"))
    let renaming = Self.step("show | compare", "[edit system]\r\n-  host-name a;\r\n+  host-name edge-7;", "#")
    let back = Self.step("show | compare", "[edit system]\r\n-  host-name edge-7;\r\n+  host-name a;", "#")
    let steps = [Self.enter, Self.clean, line, Self.top, renaming, Self.check, renamed(Self.trial)]
    let end =
      isConfirmed
      ? [Self.confirm] : [refusal, Self.previous, back, Self.confirm, Self.top, Self.discard, Self.clean]
    try await run(
      steps + (end + [Self.leave]).map(renamed)
    ) { session in
      let result = try await session.configure(["set system host-name edge-7"])
      #expect((result.refused == nil) == isConfirmed)
      #expect(await session.hostname == "edge-7")
    }
  }

  @Test func nothingToCommit() async throws {
    try await run([Self.enter, Self.clean, Self.line, Self.top, Self.clean, Self.leave]) { session in
      let result = try await session.configure(["set system time-zone UTC"])
      #expect(result.difference == "" && result.refused == nil)
    }
  }

  @Test func somebodysUncommittedChangesAreLeftAlone() async throws {
    try await run([Self.enter, Self.changed, Self.leave]) { session in
      let error = await #expect(throws: DeviceError.self) { try await session.configure(["set system time-zone UTC"]) }
      #expect(error?.code == .commandRefused)
      #expect(error?.message == "somebody's uncommitted changes are in the candidate configuration: '[edit system]'")
      #expect(await session.isUsable)
    }
  }

  @Test func theDatabaseIsLocked() async throws {
    try await run([
      Self.step("configure exclusive", "error: configuration database locked by:\r\n  bob terminal p0", ">")
    ]) { session in
      let error = await #expect(throws: DeviceError.self) { try await session.configure(["set system time-zone UTC"]) }
      #expect(error?.code == .modeUnavailable)
    }
  }

  @Test func aRefusedLineLeavesNothingBehind() async throws {
    try await run([
      Self.enter, Self.clean, Self.line, Self.step("set bogus", "      ^\r\nsyntax error.", "#"), Self.top, Self.discard,
      Self.clean, Self.leave,
    ]) { session in
      let result = try await session.configure(["set system time-zone UTC", "set bogus", "set never"])
      #expect(result.applied.isEmpty)
      #expect(result.refused?.line == "set bogus" && result.refused?.deviceMessage == "syntax error.")
    }
  }

  @Test(arguments: ["error: commit failed: daemon file propagation failed", "configuration check-out failed", "what?"])
  func aRefusedCommitLeavesNothingBehind(_ said: String) async throws {
    try await run([
      Self.enter, Self.clean, Self.line, Self.top, Self.changed, Self.check, Self.step("commit confirmed 5", said, "#"), Self.top,
      Self.discard, Self.clean, Self.leave,
    ]) { session in
      let result = try await session.configure(["set system time-zone UTC"])
      #expect(result.applied.isEmpty && result.refused?.line == "commit confirmed 5")
      #expect(result.refused?.deviceMessage == said)
    }
  }

  private static let previous = step("rollback 1", "load complete", "#")
  private static let reversed = step("show | compare", "[edit system]\r\n-  time-zone UTC;", "#")
  private static let begun = [enter, clean, line, top, changed, check, trial]
  private static let emptied = [top, discard, clean, leave]

  @Test func aRefusedConfirmationIsTakenBackAtOnce() async throws {
    let refusal = Self.step("commit", "error: could not commit", "#")
    try await run(Self.begun + [refusal, Self.previous, Self.reversed, Self.confirm] + Self.emptied) { session in
      let result = try await session.configure(["set system time-zone UTC"])
      #expect(result.refused?.line == "commit" && result.refused?.deviceMessage == "error: could not commit")
      #expect(result.takenBack == .done)
    }
  }

  /// It is looked at where the commit has left the session: leaving could end the trial, or its lock.
  @Test(arguments: [true, false]) func whatIsNotGoodIsTakenBack(_ isGood: Bool) async throws {
    let reading = [
      Self.step("run show ntp", "synchronized", "#"),
      Self.step("run show configuration", "version 20.2R3.9;\r\nsystem {\r\n    time-zone UTC;\r\n}", "#"),
      [.expect("\n"), .send("\r\n[edit]\r\na@j1# ")],
    ]
    let end =
      isGood ? [Self.confirm, Self.leave] : [Self.previous, Self.reversed].map(Self.waiting) + [Self.confirm] + Self.emptied
    try await run(Self.begun.dropLast() + ([Self.trial] + reading).map(Self.waiting) + end) { session in
      let result = try await session.configure(
        ["set system time-zone UTC"],
        isGood: {
          let read = try await session.read("show ntp", in: .exec)
          #expect(read.output == "synchronized\n")
          let running = try await session.wholeConfiguration(.running)
          #expect(running.hasSuffix("    time-zone UTC;\n}\n"))
          return isGood
        })
      #expect(result.applied == ["set system time-zone UTC"] && result.refused == nil)
      #expect(result.takenBack == (isGood ? nil : .done))
      #expect(await session.mode == .exec)
    }
  }

  /// It would be in force for good, without a look; and the report would say that there was nothing to commit.
  @Test(arguments: ["commit", "commit confirmed 10", "comm", " Commit and-quit", "/commit", "co"])
  func aLineThatCommitsIsNotTyped(_ line: String) async throws {
    try await run([]) { session in
      let error = await #expect(throws: DeviceError.self) { try await session.configure(["set system time-zone UTC", line]) }
      #expect(error?.code == .badCommand && error?.message.contains("would commit the candidate configuration") == true)
      let typing = session.platform.untypable(["set x", line])
      #expect(typing?.index == 1)
      #expect(session.platform.untypable(["set x", line], isConfiguration: false) == nil)
      #expect(session.platform.untypable(["set x", "load merge terminal", line, "^D", "set commits 5", "c"]) == nil)
    }
  }

  /// The same lines at other places are another change.
  @Test func placesCount() async throws {
    func swap(_ first: String, _ second: String) -> String {
      "[edit interfaces a]\r\n-  description \(first);\r\n+  description \(second);\r\n"
        + "[edit interfaces b]\r\n-  description \(second);\r\n+  description \(first);"
    }
    let steps: [[ReplayScript.Step]] = [
      Self.enter, Self.clean, Self.line, Self.top, Self.step("show | compare", swap("x", "y"), "#"), Self.check, Self.trial,
      Self.previous, Self.step("show | compare", swap("x", "y"), "#"), Self.top, Self.discard, Self.clean, Self.leave,
    ]
    try await run(steps) { session in
      let result = try await session.configure(["set system time-zone UTC"], isGood: { false })
      #expect(result.takenBack == .refused("what the device has kept is not what was in force before"))
    }
  }

  /// What the device keeps may hold somebody else's work, or the change itself.
  @Test(arguments: ["", "[edit system]\r\n-  time-zone UTC;\r\n-  host-name a;", "[edit system]\r\n+  time-zone UTC;"])
  func nothingElseIsTakenBack(_ kept: String) async throws {
    let steps = [
      Self.previous, Self.step("show | compare", kept, "#"), Self.top, Self.discard, Self.waiting(Self.clean), Self.leave,
    ]
    try await run(Self.begun + steps) { session in
      let result = try await session.configure(["set system time-zone UTC"], isGood: { false })
      #expect(result.takenBack == .refused("what the device has kept is not what was in force before"))
    }
  }

  @Test func aRefusedCancellationIsSaid() async throws {
    let refusal = Self.step("rollback 1", "error: could not open rollback file", "#")
    try await run(Self.begun + [refusal, Self.top, Self.discard, Self.waiting(Self.clean), Self.leave]) { session in
      let result = try await session.configure(["set system time-zone UTC"], isGood: { false })
      #expect(result.takenBack == .refused("'rollback 1': error: could not open rollback file"))
    }
  }

  /// What is wrong with the look is thrown, and the trial is not left to its end.
  @Test func aFailedLookIsTakenBack() async throws {
    struct Broken: Error {}
    try await run(Self.begun + [Self.previous, Self.reversed, Self.confirm] + Self.emptied) { session in
      let stopped = await #expect(throws: TrialStopped.self) {
        try await session.configure(["set system time-zone UTC"], isGood: { throw Broken() })
      }
      #expect(stopped?.cause is Broken && stopped?.takenBack == .done)
      #expect(await session.isUsable)
    }
  }

  /// The confirmation of a commit that has ended would confirm nothing, and say that it did.
  /// - Parameter isSlow: it is the commit itself that takes long, which the device counts too.
  /// And what the device has kept may be the change itself by then, which would be committed anew.
  @Test(arguments: ["commit confirmed 5", "look", "commit"])
  func aTrialThatIsNearlyOverIsNotConfirmed(_ slow: String) async throws {
    let time = Mutex((now: ContinuousClock.now, isCommitting: false))
    var options = SessionOptions()
    options.now = {
      time.withLock { time in
        defer { if time.isCommitting { time = (time.now + .seconds(290), false) } }
        return time.now
      }
    }
    let steps = Self.begun + Self.emptied
    try await ReplayedSession.run(
      on: "juniper_junos", prompt: "a@j1>", options: options, steps.flatMap { $0 }
    ) { session, _ in
      let result = try await session.configure(
        ["set system time-zone UTC"],
        onLine: { line in
          guard line == slow else { return }
          time.withLock { if slow == "commit" { $0.now += .seconds(290) } else { $0.isCommitting = true } }
        },
        isGood: {
          if slow == "look" { time.withLock { $0.now += .seconds(290) } }
          return true
        })
      #expect(result.refused?.line == "commit" && result.refused?.wasSent == false)
      #expect(result.refused?.deviceMessage == "the 5 minutes of the commit are nearly over")
      #expect(result.takenBack == .refused("the 5 minutes of the commit are nearly over"))
    }
  }

  /// Nothing is left in the candidate that nobody has compared.
  @Test(arguments: [true, false]) func aRefusedComparisonEmptiesTheCandidate(_ isAnsweredLater: Bool) async throws {
    let refusal = Self.step("show | compare", "error: permission denied", "#")
    let end = isAnsweredLater ? [Self.clean, Self.leave] : [refusal]
    try await run([Self.enter, Self.clean, Self.line, Self.top, refusal, Self.top, Self.discard] + end) { session in
      let error = await #expect(throws: DeviceError.self) { try await session.configure(["set system time-zone UTC"]) }
      let message = "the device refused 'show | compare': 'error: permission denied'"
      #expect(error?.message == (isAnsweredLater ? message : "the candidate configuration may not be empty: " + message))
      #expect(await session.isUsable == isAnsweredLater)
    }
  }

  @Test func whatCannotBeDiscardedIsSaid() async throws {
    try await run([
      Self.enter, Self.clean, Self.step("set bogus", "syntax error.", "#"), Self.top, Self.discard, Self.changed,
    ]) { session in
      let error = await #expect(throws: DeviceError.self) { try await session.configure(["set bogus"]) }
      #expect(error?.message == "the candidate configuration could not be discarded: '[edit system]'")
      #expect(await session.isUsable == false)
    }
  }

  @Test(arguments: ["set never", "commit check", "commit confirmed 5", "commit"])
  func stoppingDiscards(_ last: String) async throws {
    struct Stop: Error {}
    var steps = [Self.enter, Self.clean, Self.line]
    if last != "set never" { steps += [Self.top, Self.changed] }
    if last == "commit confirmed 5" { steps.append(Self.check) }
    if last == "commit" { steps += [Self.check, Self.trial, Self.previous, Self.reversed, Self.confirm] }
    try await run(steps + [Self.top, Self.discard, Self.clean, Self.leave]) { session in
      let lines = ["set system time-zone UTC"] + (last == "set never" ? [last] : [])
      let error = await #expect(throws: (any Error).self) {
        try await session.configure(lines) { if $0 == last { throw Stop() } }
      }
      #expect(((error as? TrialStopped)?.cause ?? error) is Stop)
      #expect((error as? TrialStopped)?.takenBack == (last == "commit" ? .done : nil))
      #expect(await session.mode == .exec)
      #expect(await session.isUsable)
    }
  }

  /// Without the commit nothing is in force: a lost connection in between changes nothing.
  @Test func aLostConnectionBeforeTheCommit() async throws {
    try await run([Self.enter, Self.clean, Self.line], ending: .connectionLost) { session in
      await #expect(throws: TransportError.self) { try await session.configure(["set system time-zone UTC", "set x"]) }
      #expect(await session.isUsable == false)
    }
  }

  @Test func linesThatLeaveTheModeAreNotCommitted() async throws {
    try await run([
      Self.enter, Self.clean, Self.leave, Self.enter, Self.top, Self.discard, Self.clean, Self.leave,
    ]) { session in
      let result = try await session.configure(["exit configuration-mode"])
      #expect(result.applied.isEmpty)
      #expect(result.refused?.deviceMessage == "the lines left the mode 'configure' before the commit")
    }
  }

  /// Any commit would confirm it.
  @Test func somebodysUnconfirmedCommitIsLeftAlone() async throws {
    try await run([Self.waiting(Self.enter), Self.waiting(Self.clean), Self.leave]) { session in
      let error = await #expect(throws: DeviceError.self) { try await session.configure(["set system time-zone UTC"]) }
      #expect(
        error?.message
          == "somebody's commit waits for its confirmation: '# commit confirmed will be rolled back in 5 minutes'")
      #expect(await session.isUsable)
    }
  }

  /// On EOS what is said of a session that was discarded begins like a refusal: before that it is one.
  @Test func aComparisonThatIsDeniedIsNoSuccess() async throws {
    let denied = "show session-config named netjob-0 diffs"
    func said(_ command: String, _ text: String, _ end: String) -> [ReplayScript.Step] {
      [.expect(command + "\n"), .send("\(command)\r\n\(text.isEmpty ? "" : text + "\r\n")sw1\(end)")]
    }
    var options = SessionOptions()
    options.configurationSession = { "netjob-0" }
    let steps = [
      said("configure session netjob-0", "", "(config-s-netjob)#"),
      said(denied, "% Authorization denied for command 'show session-config named netjob-0 diffs'", "(config-s-netjob)#"),
      said("end", "", "#"), said("configure session netjob-0 abort", "", "#"),
      said(denied, "% Authorization denied for command 'show session-config named netjob-0 diffs'", "#"),
    ]
    try await ReplayedSession.run(on: "arista_eos", prompt: "sw1#", options: options, steps.flatMap { $0 }) { session, _ in
      let error = await #expect(throws: DeviceError.self) { try await session.configure(["ip routing"]) }
      #expect(error?.code == .commandRefused && error?.message.contains("Authorization denied") == true)
    }
  }
}
