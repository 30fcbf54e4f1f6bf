import DeviceCLI
import Testing
import Transports

/// The classic mistakes with command lines, one session for each, split at every byte boundary.
@Suite struct ClassicSessionTests {
  struct Session: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var platform = "frr"
    var width = 511
    /// Login included; the session is one of `frr` at `r9#` where nothing else is said.
    let steps: [ReplayScript.Step]
    var prompt = "r9#"
    /// The commands, and what they print.
    var runs: [(String, String)] = []
    /// The lines of a change, and the one that is refused.
    var change: ([String], refused: String?)?
    var fails: DeviceError.Code?
  }

  private static let login: [ReplayScript.Step] = [
    .send("\r\nr9# "), .expect("\n"), .send("\r\nr9# "), .expect("terminal length 0\n"), .send("terminal length 0\r\nr9# "),
  ]

  private static func show(_ sent: String...) -> [ReplayScript.Step] {
    login + [.expect("show x\n")] + sent.map { .send($0) }
  }

  static let sessions = [
    Session(
      testDescription: "a banner line that looks like a prompt",
      steps: [
        .send("core#\r\nr1> \r\nlab# \r\nr9# "), .expect("\n"), .send("\r\nr9# "), .expect("terminal length 0\n"),
        .send("terminal length 0\r\nr9# "),
      ]),
    Session(
      testDescription: "a message of the day without a line feed",
      steps: [
        .send("Keep out...r9# "), .pause, .expect("\n"), .send("\r\nr9# "), .expect("\n"), .send("\r\nr9# "),
        .expect("terminal length 0\n"), .send("terminal length 0\r\nr9# "),
      ]),
    Session(
      testDescription: "another device's prompt in the output",
      steps: show("show x\r\nr8# \r\nr9(config)# \r\nlast\r\nr9# "), runs: [("show x", "r8# \nr9(config)# \nlast\n")]),
    Session(
      testDescription: "the prompt's text in the output", steps: show("show x\r\nr9# \r\nuser r9# typed\r\nr9# "),
      runs: [("show x", "r9# \nuser r9# typed\n")]),
    Session(
      testDescription: "a prompt that changes with the mode and the name",
      steps: login + [
        .expect("configure terminal\n"), .send("configure terminal\r\nr9(config)# "), .expect("hostname edge\n"),
        .send("hostname edge\r\nedge(config)# "), .expect("end\n"), .send("end\r\nedge# "), .expect("show x\n"),
        .send("show x\r\na\r\nedge# "),
      ], prompt: "edge#", runs: [("show x", "a\n")], change: (["hostname edge"], nil)),
    Session(
      testDescription: "a prompt with a clock", platform: "arista_eos",
      steps: [
        .send("10:00:00 sw1#"), .expect("\n"), .send("\r\n10:00:01 sw1#"), .expect("terminal length 0\n"),
        .send("terminal length 0\r\n10:00:02 sw1#"), .expect("terminal width 32767\n"),
        .send("terminal width 32767\r\n10:00:03 sw1#"), .expect("show x\n"), .send("show x\r\na\r\n10:59:59 sw1#"),
      ], prompt: "sw1#", runs: [("show x", "a\n")]),
    Session(
      testDescription: "a prompt with a star and a counter", platform: "extreme_exos",
      steps: [
        .send("sw1.1 # "), .expect("\n"), .send("\r\nsw1.2 # "), .expect("disable clipaging\n"),
        .send("disable clipaging\r\n* sw1.3 # "), .expect("show x\n"), .send("show x\r\nsw1.99 # is no prompt\r\n* sw1.4 # "),
      ], prompt: "sw1.4 #", runs: [("show x", "sw1.99 # is no prompt\n")]),
    Session(
      testDescription: "a line above the prompt that belongs to it", platform: "vyos",
      steps: [
        .send("v@r1:~$ "), .expect("\n"), .send("\r\nv@r1:~$ "), .expect("set terminal length 0\n"),
        .send("set terminal length 0\r\nv@r1:~$ "), .expect("set terminal width 511\n"),
        .send("set terminal width 511\r\nv@r1:~$ "), .expect("configure\n"), .send("configure\r\n[edit]\r\nv@r1# "),
        .expect("compare\n"), .send("compare\r\nNo changes between working and active configurations.\r\n\r\n[edit]\r\nv@r1# "),
        .expect("set x\n"), .send("set x\r\n\r\n  Configuration path: [x] is not valid\r\n  Set failed\r\n\r\n[edit]\r\nv@r1# "),
        .expect("top\n"), .send("top\r\n[edit]\r\nv@r1# "), .expect("discard\n"),
        .send("discard\r\n\r\n  Changes have been discarded\r\n\r\n[edit]\r\nv@r1# "), .expect("compare\n"),
        .send("compare\r\nNo changes between working and active configurations.\r\n\r\n[edit]\r\nv@r1# "),
        .expect("exit discard\n"), .send("exit discard\r\nexit\r\nv@r1:~$ "),
      ], prompt: "v@r1:~$", change: (["set x"], "set x")),
    Session(
      testDescription: "an echo that wraps", width: 20,
      steps: login + [
        .expect("show interfaces description\n"), .send("show interface \rs description\r\na\r\nr9# "),
      ], runs: [("show interfaces description", "a\n")]),
    Session(
      testDescription: "paging that could not be switched off",
      steps: login + [
        .expect("show x\n"), .send("show x\r\na\r\n--More--"), .expect(" "), .send("\r        \rb\r\n--More--"), .expect(" "),
        .send("\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}        \u{8}\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}  c\r\nr9# "),
      ], runs: [("show x", "a\nb\n  c\n")]),
    Session(
      testDescription: "CR and LF in any order", steps: show("show x\r\r\na\r\n\rb\n\r\nc\r\r\nr9# "),
      runs: [("show x", "a\nb\n\nc\n")]),
    Session(
      testDescription: "escape sequences, NULs and backspaces",
      steps: show(
        "\u{1B}[4lshow\u{1B}[K x\r\n\u{1B}[31mred\u{1B}[0m\u{0}!\u{7}\r\nabx\u{8}c\r\n\u{1B}]0;t\u{7}\u{1B}[1mr9#\u{1B}[m "),
      runs: [("show x", "red!\nabc\n")]),
    Session(
      testDescription: "output that stops for longer than a beat",
      steps: login + [.expect("show x\n"), .send("show x\r\npart "), .pause, .pause, .send("one\r\nr9# ")],
      runs: [("show x", "part one\n")]),
    Session(
      testDescription: "a question that the platform answers", platform: "cisco_ios",
      steps: [
        .send("R1#"), .expect("\n"), .send("\r\nR1#"), .expect("terminal length 0\n"), .send("terminal length 0\r\nR1#"),
        .expect("terminal width 511\n"), .send("terminal width 511\r\nR1#"), .expect("copy running-config startup-config\n"),
        .send("copy running-config startup-config\r\nDestination filename [startup-config]? "), .expect("\n"),
        .send("\r\nBuilding configuration...\r\n[OK]\r\nR1#"),
      ], prompt: "R1#",
      runs: [
        (
          "copy running-config startup-config",
          "Destination filename [startup-config]? \nBuilding configuration...\n[OK]\n"
        )
      ]),
    Session(
      testDescription: "a question that nobody answers", steps: show("show x\r\nProceed? [confirm]"), runs: [("show x", "")],
      fails: .unexpectedQuestion),
    Session(
      testDescription: "a refused line, and the next one not sent",
      steps: login + [
        .expect("configure terminal\n"), .send("configure terminal\r\nr9(config)# "), .expect("interface v9\n"),
        .send("interface v9\r\n% Unknown command: interface v9\r\nr9(config)# "), .expect("end\n"), .send("end\r\nr9# "),
      ], change: (["interface v9", "shutdown"], "interface v9")),
    Session(
      testDescription: "a truncated configuration",
      steps: login + [.expect("show running-config\n"), .send("show running-config\r\n!\r\nhostname r9\r\nr9# ")],
      fails: .truncatedConfiguration),
  ]

  @Test(arguments: sessions) func wholeAndByteByByte(_ session: Session) async throws {
    for delivery in [ReplayScript.Delivery.steps, .chunks(1), .chunks(3)] { try await play(session, delivery) }
  }

  @Test(arguments: sessions) func splitAtEveryByte(_ session: Session) async throws {
    let count = session.steps.reduce(0) { count, step in if case .send(let bytes) = step { count + bytes.count } else { count } }
    for position in 1..<count { try await play(session, .split([position])) }
  }

  private func play(_ session: Session, _ delivery: ReplayScript.Delivery) async throws {
    let channel = ReplayChannel(ReplayScript(session.steps, ending: .hang, delivery: delivery))
    var options = SessionOptions()
    options.terminalWidth = session.width
    let device = try await DeviceSession.open(
      channel, platform: ReplayedSession.platform(session.platform), options: options)
    if let change = session.change {
      let result = try await device.configure(change.0)
      #expect(result.refused?.line == change.refused)
    }
    if let fails = session.fails {
      let error = await #expect(throws: DeviceError.self) {
        for (command, _) in session.runs { _ = try await device.run(command) }
        if session.runs.isEmpty { _ = try await device.configuration(.running) }
      }
      #expect(error?.code == fails)
    } else {
      for (command, output) in session.runs { try await #expect(device.run(command).output == output) }
      #expect(await device.prompt == session.prompt)
    }
    try channel.checkFinished()
  }
}
