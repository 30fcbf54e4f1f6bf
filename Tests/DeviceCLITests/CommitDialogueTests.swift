import DeviceCLI
import Testing
import Transports

/// What IOS XR asks and warns around a commit.
@Suite struct CommitDialogueTests {
  private static let none = "% No configuration changes to commit"

  private func said(
    _ command: String, _ text: String = "", at place: String = "(config)", on host: String = "x1"
  ) -> [ReplayScript.Step] {
    [.expect(command + "\n"), .send("\(command)\r\n\(text.isEmpty ? "" : text + "\r\n")RP/0/RP0/CPU0:\(host)\(place)#")]
  }

  /// A question without a line end, its answer, and what comes then.
  private func asked(
    _ command: String, _ question: String, _ answer: String, at place: String = "(config)"
  ) -> [ReplayScript.Step] {
    [
      .expect(command + "\n"), .send("\(command)\r\n\(question) "), .expect(answer + "\n"),
      .send("\(answer)\r\nRP/0/RP0/CPU0:x1\(place)#"),
    ]
  }

  private func run(
    _ steps: [[ReplayScript.Step]], _ body: (DeviceSession) async throws -> Void
  ) async throws {
    for delivery in [ReplayScript.Delivery.steps, .chunks(1)] {
      try await ReplayedSession.run(
        on: "cisco_xr", prompt: "RP/0/RP0/CPU0:x1#", delivery: delivery, steps.flatMap { $0 }
      ) { session, _ in try await body(session) }
    }
  }

  /// What others have committed meanwhile was not in the difference: nothing is committed on top of it.
  @Test func commitsOfOthersMeanwhileAreNotOverridden() async throws {
    let warning =
      "One or more commits have occurred from other\r\nconfiguration sessions since this session started\r\n"
      + "or since the last commit was made from this session.\r\nYou can use the 'show configuration commit changes'\r\n"
      + "command to browse the changes.\r\nDo you wish to proceed with this commit anyway? [no]:"
    try await run([
      said("configure exclusive"), said("show commit changes diff", Self.none), said("logging console"), said("root"),
      said("show commit changes diff", "+  logging console"), asked("commit confirmed minutes 5", warning, "no"),
      said("root"), said("clear"), said("show commit changes diff", Self.none), said("end", at: ""),
    ]) { session in
      let result = try await session.configure(["logging console"])
      #expect(result.applied.isEmpty && result.refused?.line == "commit confirmed minutes 5")
      #expect(result.refused?.deviceMessage == "One or more commits have occurred from other")
    }
  }

  /// A set that is there already may be written anew.
  @Test func aWarningIsNoRefusal() async throws {
    let warning =
      "% WARNING: Policy object prefix-set A exists! Reconfiguring it via CLI will replace current definition.\r\n"
      + "Use abort to cancel."
    let lines = ["prefix-set A", "192.0.2.0/24", "end-set"]
    try await run([
      said("configure exclusive"), said("show commit changes diff", Self.none), said(lines[0], warning, at: "(config-pfx)"),
      said(lines[1], at: "(config-pfx)"), said(lines[2]), said("root"), said("show commit changes diff", "+  prefix-set A"),
      said("commit confirmed minutes 5"), said("commit", "% Confirming commit for trial session."), said("end", at: ""),
    ]) { session in
      let result = try await session.configure(lines)
      #expect(result.applied == lines && result.refused == nil)
    }
  }

  /// A confirmation that comes too late commits nothing, and is no success.
  @Test(arguments: ["% Failed to commit one or more configuration items", none])
  func leavingAnUnconfirmedCommitTakesItBack(_ answer: String) async throws {
    let question =
      "You are exiting after a 'commit confirm' with an active rollback session.  If you exit the configuration awaiting\r\n"
      + "confirmation will not be confirmed and the router will immediately rollback to the previous configuration.\r\n"
      + "Do you wish to exit? [no]:"
    try await run([
      said("configure exclusive"), said("show commit changes diff", Self.none), said("logging console"), said("root"),
      said("show commit changes diff", "+  logging console"), said("commit confirmed minutes 5"), said("commit", answer),
      said("root"), said("clear"), said("show commit changes diff", Self.none), asked("end", question, "yes", at: ""),
    ]) { session in
      let result = try await session.configure(["logging console"])
      #expect(result.refused?.line == "commit" && result.refused?.deviceMessage == answer)
      #expect(result.takenBack == .done)
      #expect(await session.mode == .enable)
    }
  }

  /// The prompt shows the old name again when the configuration is left; and the header of a difference is written in two ways.
  @Test func leavingTakesANameBack() async throws {
    let empty = "Mon Nov 30 20:11:36.123 UTC\r\n!! Building configuration...\r\n!! IOS XR Configuration 24.3.1\r\nend\r\n"
    let question = "configuration.\r\nDo you wish to exit? [no]:"
    try await run([
      said("configure exclusive"), said("show commit changes diff", empty), said("hostname x2"), said("root"),
      said("show commit changes diff", "-  hostname x1\r\n+  hostname x2"), said("commit confirmed minutes 5", on: "x2"),
      said("root", on: "x2"), said("clear", on: "x2"), said("show commit changes diff", empty, on: "x2"),
      asked("end", question, "yes", at: ""),
    ]) { session in
      let result = try await session.configure(["hostname x2"], isGood: { false })
      #expect(result.takenBack == .done && result.refused == nil)
      #expect(await session.hostname == "RP/0/RP0/CPU0:x1")
      #expect(await session.mode == .enable)
    }
  }
}
