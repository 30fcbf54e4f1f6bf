import DeviceCLI
import Testing
import Transports

/// A connection that is lost while a commit waits for its confirmation: nothing more is typed, and nothing is said to be done.
@Suite struct LostTrialTests {
  /// How a platform's devices speak, up to the commit.
  struct Dialogue: Sendable, CustomTestStringConvertible {
    let platform: String
    let prompt: String
    let line: String
    let begun: [ReplayScript.Step]
    /// What looks at the change, as it is typed meanwhile.
    let read: String
    let typedRead: String
    let confirm: String

    var testDescription: String { platform }

    static func step(_ command: String, _ said: String, _ prompt: String) -> [ReplayScript.Step] {
      [.expect(command + "\n"), .send("\(command)\r\n\(said.isEmpty ? "" : said + "\r\n")\(prompt)")]
    }

    static let all = [junos, xr, sros, eos]

    static let junos: Dialogue = {
      let prompt = "\r\n[edit]\r\na@j1# "
      return Dialogue(
        platform: "juniper_junos", prompt: "a@j1>", line: "set system time-zone UTC",
        begun: step("configure exclusive", "Entering configuration mode", prompt) + step("show | compare", "", prompt)
          + step("set system time-zone UTC", "", prompt) + step("top", "", prompt)
          + step("show | compare", "[edit system]\r\n+  time-zone UTC;", prompt)
          + step("commit check", "configuration check succeeds", prompt)
          + step(
            "commit confirmed 5",
            "commit confirmed will be automatically rolled back in 5 minutes unless confirmed\r\ncommit complete",
            "\r\n# commit confirmed will be rolled back in 5 minutes" + prompt),
        read: "show ntp", typedRead: "run show ntp", confirm: "commit")
    }()

    static let xr: Dialogue = {
      let prompt = "RP/0/RP0/CPU0:x1(config)#"
      return Dialogue(
        platform: "cisco_xr", prompt: "RP/0/RP0/CPU0:x1#", line: "logging console",
        begun: step("configure exclusive", "", prompt) + step("show commit changes diff", "end", prompt)
          + step("logging console", "", prompt) + step("root", "", prompt)
          + step("show commit changes diff", "+  logging console\r\nend", prompt)
          + step("commit confirmed minutes 5", "", prompt),
        read: "show logging", typedRead: "do show logging", confirm: "commit")
    }()

    static let sros: Dialogue = {
      let prompt = "\r\n[ex:/configure]\r\nA:admin@s1# "
      let changed = "\r\n*[ex:/configure]\r\nA:admin@s1# "
      return Dialogue(
        platform: "nokia_sros", prompt: "A:admin@s1#", line: "/configure system location lab",
        begun: step("configure exclusive", "INFO: CLI #2060: Entering exclusive configuration mode", prompt)
          + step("compare", "", prompt) + step("/configure system location lab", "", changed) + step("/configure", "", changed)
          + step("compare", "    system {\r\n+       location lab\r\n    }", changed) + step("validate", "", changed)
          + step("commit confirmed 5", "", prompt),
        read: "show system information", typedRead: "/show system information", confirm: "commit confirmed accept")
    }()

    static let eos: Dialogue = {
      let prompt = "e1(config-s-netjob)#"
      return Dialogue(
        platform: "arista_eos", prompt: "e1#", line: "ntp server 192.0.2.1",
        begun: step("configure session netjob-0", "", prompt) + step("show session-config named netjob-0 diffs", "", prompt)
          + step("ntp server 192.0.2.1", "", prompt)
          + step("show session-config named netjob-0 diffs", "+ntp server 192.0.2.1", prompt)
          + step("commit timer 00:05:00", "", "e1#"),
        read: "show ntp status", typedRead: "show ntp status", confirm: "configure session netjob-0 commit")
    }()
  }

  private func lose(
    _ used: Dialogue, at last: String, _ isGood: (@Sendable (DeviceSession) async throws -> Bool)?, announced: [String]
  ) async throws {
    var options = SessionOptions()
    options.configurationSession = { "netjob-0" }
    try await ReplayedSession.run(
      on: used.platform, prompt: used.prompt, options: options, ending: .connectionLost, used.begun + [.expect(last + "\n")]
    ) { session, _ in
      let seen = Recorder()
      let look = isGood.map { isGood in { @Sendable in try await isGood(session) } }
      let error = await #expect(throws: TransportError.self) {
        try await session.configure([used.line], onLine: { seen.append($0) }, isGood: look)
      }
      #expect(
        error?.code == .connectionLost && error?.message.hasSuffix(", at '\(last)'") == true, "\(String(describing: error))")
      #expect(Array(seen.all.suffix(announced.count)) == announced)
      #expect(await session.isUsable == false)
      await #expect(throws: DeviceError.self) { try await session.run(used.read) }
    }
  }

  @Test(arguments: Dialogue.all) func whileItIsLookedAt(_ used: Dialogue) async throws {
    let commit = [
      "juniper_junos": "commit confirmed 5", "cisco_xr": "commit confirmed minutes 5", "nokia_sros": "commit confirmed 5",
    ]
    try await lose(
      used, at: used.typedRead, { session in try await !session.read(used.read).output.isEmpty },
      announced: [commit[used.platform] ?? "commit timer 00:05:00"])
  }

  @Test(arguments: Dialogue.all) func atTheConfirmation(_ used: Dialogue) async throws {
    try await lose(used, at: used.confirm, nil, announced: [used.confirm])
  }
}
