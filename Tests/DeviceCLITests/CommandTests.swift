import DeviceCLI
import Testing
import Transports

/// What comes back for one command, however the device prints it.
@Suite struct CommandTests {
  struct Answer: Sendable, CustomTestStringConvertible {
    let what: String
    let sent: String
    let output: String
    var command = "show interfaces description"
    var width = 511
    var testDescription: String { what }
  }

  static let answers = [
    Answer(what: "nothing", sent: "show interfaces description\r\nr9# ", output: ""),
    Answer(what: "CR/LF soup", sent: "show interfaces description\r\r\na\r\n\rb\n\r\nc\r\r\nr9# ", output: "a\nb\n\nc\n"),
    Answer(
      what: "echo wrapped by readline", sent: "show interface\u{20}\rs description\r\na\r\nr9# ", output: "a\n", width: 20),
    Answer(what: "echo wrapped with CR LF", sent: "show interfaces des\r\ncription\r\na\r\nr9# ", output: "a\n"),
    Answer(what: "echo scrolled by readline", sent: "\r<es description\r\na\r\nr9# ", output: "a\n"),
    Answer(
      what: "echo repainted with backspaces",
      sent: "show int\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}show interfaces desx\u{8} \u{8}cription\r\na\r\nr9# ", output: "a\n"),
    Answer(
      what: "echo with escape sequences", sent: "\u{1B}[4lshow\u{1B}[K inter\u{1B}[1mfaces description\u{1B}[m\r\na\r\nr9# ",
      output: "a\n"),
    Answer(
      what: "ANSI colours and NULs", sent: "show interfaces description\r\n\u{1B}[31mred\u{1B}[0m\u{0}!\u{7}\r\nr9# ",
      output: "red!\n"),
    Answer(what: "title and charset", sent: "show interfaces description\r\n\u{1B}]0;t\u{7}a\u{1B}(B\r\nr9# ", output: "a\n"),
    Answer(what: "backspaces", sent: "show interfaces description\r\nabx\u{8}c\r\nr9# ", output: "abc\n"),
    Answer(what: "progress painted over", sent: "show interfaces description\r\n10%\r50%\r100%\r\nr9# ", output: "100%\n"),
    Answer(what: "erased line", sent: "show interfaces description\r\nwait...\r\u{1B}[Kdone\r\nr9# ", output: "done\n"),
    Answer(what: "leading and trailing blanks", sent: "show interfaces description\r\n  a  \r\nr9# ", output: "  a  \n"),
    Answer(what: "prompt before the echo", sent: "r9# \r\nr9# show interfaces description\r\na\r\nr9# ", output: "a\n"),
    Answer(
      what: "pager painted over with blanks",
      sent: "show interfaces description\r\na\r\n--More--", output: "a\nb\n"),
  ]

  @Test(arguments: answers) func output(_ answer: Answer) async throws {
    for delivery in [ReplayScript.Delivery.steps, .chunks(1), .chunks(3)] {
      var options = SessionOptions()
      options.terminalWidth = answer.width
      var steps: [ReplayScript.Step] = [.expect(answer.command + "\n"), .send(answer.sent)]
      if answer.sent.hasSuffix("--More--") { steps += [.expect(" "), .send("\r        \rb\r\nr9# ")] }
      try await ReplayedSession.run(options: options, delivery: delivery, steps) { session, _ in
        try await #expect(session.run(answer.command).output == answer.output)
      }
    }
  }

  @Test func invalidUTF8() async throws {
    let bytes = Array("show x\r\n".utf8) + [0xC3, 0x28, 0xFF, 0xC3, 0xA9] + Array("\r\nr9# ".utf8)
    try await ReplayedSession.run([.expect("show x\n"), .send(bytes)]) { session, _ in
      try await #expect(session.run("show x").output == "\u{FFFD}(\u{FFFD}é\n")
    }
  }

  @Test func deviceThatEchoesNothing() async throws {
    try await ReplayedSession.run([.expect("show x\n"), .send("a\r\nb\r\nr9# "), .pause]) { session, _ in
      try await #expect(session.run("show x").output == "a\nb\n")
    }
  }

  @Test func refusalThatRepeatsTheCommandOfADeviceThatEchoesNothing() async throws {
    try await ReplayedSession.run([.expect("show x\n"), .send("% Unknown command: show x\r\nr9# "), .pause]) { session, _ in
      try await #expect(session.run("show x").refusal == "% Unknown command: show x")
    }
  }

  @Test func commandThatNeverEnds() async throws {
    try await ReplayedSession.run([.expect("ping 10.0.0.1\n"), .send("ping 10.0.0.1\r\n64 bytes from")]) { session, _ in
      let error = await #expect(throws: DeviceError.self) { try await session.run("ping 10.0.0.1", timeout: .seconds(30)) }
      #expect(error?.code == .timedOut)
      #expect(error?.message == "'ping 10.0.0.1' did not end within 30 s; the last line was '64 bytes from'")
      #expect(await session.isUsable == false)
      let next = await #expect(throws: DeviceError.self) { try await session.run("show x") }
      #expect(next?.code == .unusable)
    }
  }

  @Test func endlessOutput() async throws {
    var options = SessionOptions()
    options.outputByteLimit = 5000
    let flood = String(repeating: "0123456789abcdef\r\n", count: 400)
    let platform = try ReplayedSession.platform("frr")
    let script = ReplayedSession.script(platform, prompt: "r9#", [.expect("show x\n"), .send("show x\r\n" + flood)])
    let session = try await DeviceSession.open(
      ReplayChannel(ReplayScript(script, ending: .hang, delivery: .chunks(1000))), platform: platform, options: options)
    let error = await #expect(throws: DeviceError.self) { try await session.run("show x") }
    #expect(error?.code == .outputTooLarge)
  }

  @Test(arguments: [
    "Proceed with reload? [confirm]", "Delete flash:x? [y/n]", "Address or name of remote host []?", "New password:",
    "Destination filename [running-config]?",
  ]) func questionWithoutAnswer(_ question: String) async throws {
    try await ReplayedSession.run(
      on: "cisco_ios", prompt: "R1#", [.expect("copy a b\n"), .send("copy a b\r\n\(question)")]
    ) { session, _ in
      let error = await #expect(throws: DeviceError.self) { try await session.run("copy a b") }
      #expect(error?.code == .unexpectedQuestion)
      #expect(error?.message.contains(question) == true)
    }
  }

  @Test func questionThatThePlatformAnswers() async throws {
    try await ReplayedSession.run(
      on: "cisco_ios", prompt: "R1#",
      [
        .expect("copy running-config startup-config\n"),
        .send("copy running-config startup-config\r\nDestination filename [startup-config]? "), .expect("\n"),
        .send("\r\nBuilding configuration...\r\n[OK]\r\nR1#"),
      ]
    ) { session, _ in
      let result = try await session.run("copy running-config startup-config")
      #expect(result.output == "Destination filename [startup-config]? \nBuilding configuration...\n[OK]\n")
    }
  }

  @Test func reloadThatDropsTheLine() async throws {
    try await ReplayedSession.run(ending: .endOfFile, [.expect("reload\n"), .send("reload\r\nSystem going down\r\n")]) {
      session, _ in
      let error = await #expect(throws: DeviceError.self) { try await session.run("reload") }
      #expect(error?.code == .connectionLost)
    }
    try await ReplayedSession.run(ending: .connectionLost, [.expect("reload\n"), .send("reload\r\n")]) { session, _ in
      let error = await #expect(throws: TransportError.self) { try await session.run("reload") }
      #expect(error?.code == .connectionLost)
      #expect(await session.isUsable == false)
    }
  }

  @Test(arguments: ["show a\nreload", "show a\r", "show\ta", "show \u{1B}[A", "show \u{85}", "show ?"])
  func commandThatCannotBeTyped(_ command: String) async throws {
    try await ReplayedSession.run([]) { session, channel in
      let written = channel.writes.count
      let error = await #expect(throws: DeviceError.self) { try await session.run(command) }
      #expect(error?.code == .badCommand)
      #expect(channel.writes.count == written)
      #expect(await session.isUsable)
    }
  }

  @Test func trafficIsSeenWithoutSecrets() async throws {
    let seen = Recorder()
    var options = SessionOptions()
    options.observer = { direction, bytes in
      seen.append((direction == .toDevice ? ">" : "<") + String(decoding: bytes, as: UTF8.self))
    }
    try await ReplayedSession.run(
      on: "cisco_ios", prompt: "R1>", secrets: SessionSecrets(enable: "tops3cret"), options: options, delivery: .chunks(1),
      [
        .expect("enable\n"), .send("enable\r\nPassword: "), .expect("tops3cret\n"), .send("\r\nR1#"), .expect("show x\n"),
        .send("show x\r\nsecret tops3cret ends\r\nR1#"), .expect("exit\n"),
      ]
    ) { session, _ in
      try await session.enter(.enable)
      try await #expect(session.run("show x").output == "secret tops3cret ends\n")
      await session.close()
    }
    let text = seen.text
    #expect(!text.contains("tops3cret") && !text.contains("t<o<p"))
    #expect(text.contains(">******\n"))
    #expect(text.replacing("<", with: "").contains("secret ****** ends"))
  }
}
