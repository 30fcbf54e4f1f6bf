import DeviceCLI
import Testing
import Transports

/// Devices that print no end marker: the prompt has to prove that the configuration is over.
@Suite struct EndOfConfigurationTests {
  private static let head = "show running-config\r\n\r\n!Command: show running-config\r\n\r\nversion 9.3(5)\r\nhostname sw1\r\n"

  private func read(_ steps: [ReplayScript.Step], _ body: (DeviceSession) async throws -> Void) async throws {
    try await ReplayedSession.run(on: "cisco_nxos", prompt: "sw1#", [.expect("show running-config\n")] + steps) { session, _ in
      try await body(session)
    }
  }

  @Test func anEmptyLineBringsThePromptBack() async throws {
    try await read([.send(Self.head + "boot x\r\n\r\nsw1# "), .expect("\n"), .send("\r\nsw1# ")]) { session in
      try await #expect(session.configuration(.running) == "version 9.3(5)\nhostname sw1\nboot x\n")
    }
  }

  /// The prompt stands in a banner, and the device pauses right behind it.
  @Test func promptWithinTheConfiguration() async throws {
    let rest = "\r\nthat was a banner\r\nboot x\r\nsw1# \r\nsw1# "
    let whole = Self.head + "banner\r\nsw1# \r\nthat was a banner\r\nboot x\r\nsw1# "
    try await read([
      .send(Self.head + "banner\r\nsw1# "), .expect("\n"), .send(rest), .pause, .expect("show running-config\n"), .send(whole),
      .pause, .expect("\n"), .send("\r\nsw1# "),
    ]) { session in
      let text = try await session.configuration(.running)
      #expect(text == "version 9.3(5)\nhostname sw1\nbanner\nsw1# \nthat was a banner\nboot x\n")
    }
  }

  @Test func aConfigurationThatGoesOnAgainIsNotStored() async throws {
    let part = Self.head + "banner\r\nsw1# "
    let rest = "\r\nboot x\r\nsw1# \r\nsw1# "
    try await read([
      .send(part), .expect("\n"), .send(rest), .pause, .expect("show running-config\n"), .send(part), .pause, .expect("\n"),
      .send(rest), .pause,
    ]) { session in
      let error = await #expect(throws: DeviceError.self) { try await session.configuration(.running) }
      #expect(error?.code == .truncatedConfiguration)
      #expect(error?.message == "the running configuration went on behind what looked like the prompt")
    }
  }

  @Test func aConfigurationWithoutItsFirstLineIsNotWhole() async throws {
    try await read([.send("show running-config\r\nhostname sw1\r\nsw1# "), .expect("\n"), .send("\r\nsw1# ")]) { session in
      let error = await #expect(throws: DeviceError.self) { try await session.configuration(.running) }
      #expect(error?.code == .truncatedConfiguration)
      #expect(error?.message == "the running configuration has no line that matches '^version '")
    }
  }

  /// A brace ends many lines of it, so the prompt alone is not believed either.
  @Test func aWeakMarkerIsNotEnough() async throws {
    let part = "show configuration\r\nversion 20.2R3.9;\r\nsystem {\r\n    host-name j1;\r\n}\r\na@j1> "
    let rest = "\r\nprotocols {\r\n}\r\na@j1> \r\na@j1> "
    try await ReplayedSession.run(
      on: "juniper_junos", prompt: "a@j1>",
      [
        .expect("show configuration\n"), .send(part), .expect("\n"), .send(rest), .pause, .expect("show configuration\n"),
        .send(part), .pause, .expect("\n"), .send(rest), .pause,
      ]
    ) { session, _ in
      let error = await #expect(throws: DeviceError.self) { try await session.configuration(.running) }
      #expect(error?.code == .truncatedConfiguration)
    }
  }
}

/// Devices with an end marker, which stands within the configuration too, in front of what looks like the prompt; there they pause.
/// What comes next shows that the configuration went on.
@Suite struct FalseEndTests {
  private static let part = "show running-config\r\nBuilding configuration...\r\n\r\nhostname R1\r\nbanner motd ^C\r\nend\r\nR1# "
  private static let rest = "\r\n^C\r\ninterface Gi0/1\r\nend\r\n\r\nR1# "
  private static let whole = part + rest

  private func read(
    _ steps: [ReplayScript.Step], delivery: ReplayScript.Delivery = .steps, ending: ReplayScript.Ending = .hang,
    _ body: @escaping (DeviceSession) async throws -> Void
  ) async throws {
    try await ReplayedSession.run(
      on: "cisco_ios", prompt: "R1#", delivery: delivery, ending: ending, [.expect("show running-config\n")] + steps
    ) { session, _ in try await body(session) }
  }

  /// The line editor echoes what was typed when it is done with the output before.
  @Test func theRestComesBeforeTheNextEcho() async throws {
    try await read([
      .send(Self.part), .pause, .expect("show version\n"),
      .send(Self.rest + "show version\r\nCisco IOS Software\r\nR1# "), .pause,
    ]) { session in
      _ = try await session.configuration(.running)
      let error = await #expect(throws: DeviceError.self) { try await session.run("show version") }
      #expect(error?.code == .truncatedConfiguration)
      #expect(error?.message == "the running configuration went on behind what looked like the prompt")
      #expect(await session.isUsable)
    }
  }

  /// The terminal echoes at once, in the midst of the output.
  @Test func theRestComesBehindTheNextEcho() async throws {
    try await read([
      .send(Self.part), .pause, .expect("show version\n"),
      .send("show version\r\n" + Self.rest + "\r\nCisco IOS Software\r\nR1# "), .pause,
    ]) { session in
      _ = try await session.configuration(.running)
      let error = await #expect(throws: DeviceError.self) { try await session.run("show version") }
      #expect(error?.code == .truncatedConfiguration)
    }
  }

  /// Each answer is taken for that to the command before: the last one is left over when the session ends.
  @Test func theRestShowsAtTheEndOfTheSession() async throws {
    try await read(
      [
        .send(Self.part), .pause, .expect("show version\n"), .send("show version\r\n" + Self.rest), .pause, .expect("exit\n"),
        .send("exit\r\nCisco IOS Software\r\nR1# \r\n"),
      ], ending: .endOfFile
    ) { session in
      _ = try await session.configuration(.running)
      _ = try await session.run("show version")
      let error = await session.close()
      #expect(error?.code == .truncatedConfiguration)
    }
  }

  @Test func aWholeConfigurationIsReadOnceMoreWithPatience() async throws {
    try await read([
      .send(Self.part), .pause, .expect("\n"), .send(Self.rest + "\r\nR1# "), .pause, .expect("show running-config\n"),
      .send(Self.whole), .pause, .expect("\n"), .send("\r\nR1# "), .pause,
    ]) { session in
      let text = try await session.wholeConfiguration(.running)
      #expect(text.contains("interface Gi0/1"))
    }
  }

  /// What is normal between two commands is no late output: blanks, the prompt painted anew, an echo that the editor broke.
  @Test(arguments: [
    "show version\r\nCisco IOS Software\r\nR1# ", "\r\nR1# show version\r\nCisco IOS Software\r\nR1# ",
    "\r\nR1# \r\nR1# show version\r\nCisco IOS Software\r\nR1# ", "show ver\r\nsion\r\nCisco IOS Software\r\nR1# ",
    "show version\r\nCisco IOS Software\r\nR1# \r\nR1# ",
  ]) func whatIsNormal(answer: String) async throws {
    try await read(
      [
        .send("show running-config\r\nhostname R1\r\nend\r\nR1# "), .pause, .expect("show version\n"), .send(answer), .pause,
        .expect("exit\n"), .send("exit\r\nbye\r\n"),
      ], ending: .endOfFile
    ) { session in
      #expect(try await session.configuration(.running) == "hostname R1\nend\n")
      _ = try await session.run("show version")
      #expect(await session.close() == nil)
    }
  }
}

/// Entries of several lines, between which the device prints no prompt.
@Suite struct MultiLineEntryTests {
  private static let enter: [ReplayScript.Step] = [.expect("configure terminal\n"), .send("configure terminal\r\nR1(config)#")]
  private static let leave: [ReplayScript.Step] = [.expect("end\n"), .send("end\r\nR1#")]

  private func configure(_ lines: [String], _ steps: [ReplayScript.Step]) async throws -> ConfigurationResult {
    var result: ConfigurationResult?
    try await ReplayedSession.run(on: "cisco_ios", prompt: "R1#", Self.enter + steps + Self.leave) { session, _ in
      result = try await session.configure(lines)
    }
    return try #require(result)
  }

  @Test func aBannerIsTypedInOnePiece() async throws {
    let lines = ["banner motd ^C", "", "% is the sign?", "R1(config)#", "^C", "ip ssh version 2"]
    let result = try await configure(
      lines,
      [
        .expect(lines[..<5].joined(separator: "\n") + "\n"),
        .send(
          "banner motd ^C\r\nEnter TEXT message.  End with the character '^'.\r\n\r\n% is the sign?\r\nR1(config)#\r\n^C\r\nR1(config)#"
        ),
        .pause, .expect("ip ssh version 2\n"), .send("ip ssh version 2\r\nR1(config)#"),
      ])
    #expect(result.applied == lines && result.refused == nil)
  }

  @Test func aBannerOnOneLineIsALine() async throws {
    let lines = ["banner login #No entry#", "shutdown"]
    let result = try await configure(
      lines,
      [
        .expect("banner login #No entry#\n"), .send("banner login #No entry#\r\nR1(config)#"), .expect("shutdown\n"),
        .send("shutdown\r\n% Ambiguous command\r\nR1(config)#"),
      ])
    #expect(result.refused?.line == "shutdown")
  }

  @Test func anEntryWithoutItsEndIsRefusedBeforeAnythingIsSent() async throws {
    try await ReplayedSession.run(on: "cisco_ios", prompt: "R1#", []) { session, channel in
      let written = channel.writes.count
      let error = await #expect(throws: DeviceError.self) { try await session.configure(["banner motd ^", "no end"]) }
      #expect(error?.code == .badCommand)
      #expect(error?.message == "'banner motd ^' begins an entry of several lines, and its end is missing")
      #expect(channel.writes.count == written)
    }
  }

  @Test func controlCharactersAreRefusedInTextToo() async throws {
    try await ReplayedSession.run(on: "cisco_ios", prompt: "R1#", []) { session, _ in
      let error = await #expect(throws: DeviceError.self) { try await session.configure(["banner motd ^", "a\u{3}b", "^"]) }
      #expect(error?.code == .badCommand)
    }
  }
}
