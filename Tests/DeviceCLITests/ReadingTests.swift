import DeviceCLI
import Testing
import Transports

/// Commands that only read, and what happens when they do more.
@Suite struct ReadingTests {
  @Test func readingStaysWhereItIs() async throws {
    try await ReplayedSession.run([.expect("show x\n"), .send("show x\r\na\r\nr9# ")]) { session, _ in
      try await #expect(session.read("show x").output == "a\n")
      #expect(await session.mode == .enable)
    }
  }

  @Test func aModeIsEnteredFirst() async throws {
    try await ReplayedSession.run(
      prompt: "r9>", [.expect("enable\n"), .send("enable\r\nr9# "), .expect("show x\n"), .send("show x\r\na\r\nr9# ")]
    ) { session, _ in
      try await #expect(session.read("show x", in: .enable).output == "a\n")
    }
  }

  @Test(arguments: ["r9(config)# ", "r9(config-router)# ", "r9> "])
  func anotherModesPromptEndsTheSession(_ prompt: String) async throws {
    try await ReplayedSession.run([.expect("con t\n"), .send("con t\r\n\(prompt)"), .pause]) { session, channel in
      let error = await #expect(throws: DeviceError.self) { try await session.read("con t") }
      #expect(error?.code == .leftReadMode)
      #expect(error?.message.hasPrefix("'con t' took the session from mode 'enable' to '") == true)
      #expect(await session.isUsable == false)
      let written = channel.writes.count
      let next = await #expect(throws: DeviceError.self) { try await session.read("show x") }
      #expect(next?.code == .unusable)
      await #expect(throws: DeviceError.self) { try await session.run("show x") }
      await #expect(throws: DeviceError.self) { try await session.configure(["ip route 203.0.113.0/24 10.9.9.2"]) }
      await session.close()
      #expect(channel.writes.count == written)
      #expect(channel.isClosed)
    }
  }

  @Test func nothingIsReadInConfigurationMode() async throws {
    try await ReplayedSession.run([]) { session, channel in
      let written = channel.writes.count
      let error = await #expect(throws: DeviceError.self) { try await session.read("show x", in: .configure) }
      #expect(error?.code == .leftReadMode)
      #expect(channel.writes.count == written)
      #expect(await session.isUsable)
    }
  }

  @Test func configurationModeIsLeftFirst() async throws {
    try await ReplayedSession.run([
      .expect("configure terminal\n"), .send("configure terminal\r\nr9(config)# "), .expect("end\n"), .send("end\r\nr9# "),
      .expect("show x\n"), .send("show x\r\na\r\nr9# "),
    ]) { session, _ in
      try await session.enter(.configure)
      try await #expect(session.read("show x").output == "a\n")
    }
  }

  /// What `run` answers, as the platform says, is left alone here.
  @Test func readingAnswersNoQuestion() async throws {
    try await ReplayedSession.run(
      on: "cisco_ios", prompt: "R1#",
      [.expect("show x\n"), .send("show x\r\nDestination filename [startup-config]? ")]
    ) { session, channel in
      let written = channel.writes.count
      let error = await #expect(throws: DeviceError.self) { try await session.read("show x") }
      #expect(error?.code == .unexpectedQuestion)
      #expect(channel.writes.count == written + 1)
    }
  }

  @Test func otherSecretsAreMaskedInWhatIsQuoted() async throws {
    let secrets = SessionSecrets(modeSecrets: [:], others: ["s3cr3t-Word"])
    try await ReplayedSession.run(
      secrets: secrets,
      [
        .expect("frobnicate s3cr3t-Word\n"),
        .send("frobnicate s3cr3t-Word\r\n% Unknown command: frobnicate s3cr3t-Word\r\nr9# "),
        .expect("frobnicate s3cr3t-Word\n"), .send("frobnicate s3cr3t-Word\r\nr9(config)# "), .pause,
      ]
    ) { session, _ in
      try await #expect(session.read("frobnicate s3cr3t-Word").refusal == "% Unknown command: frobnicate ******")
      let error = await #expect(throws: DeviceError.self) { try await session.read("frobnicate s3cr3t-Word") }
      #expect(error?.message == "'frobnicate ******' took the session from mode 'enable' to 'configure'")
    }
  }

  /// Swift takes `?` with a combining mark for another character; the device acts on the byte.
  @Test func helpKeyUnderACombiningMark() async throws {
    try await ReplayedSession.run([]) { session, channel in
      let written = channel.writes.count
      let error = await #expect(throws: DeviceError.self) { try await session.run("show ?\u{301}") }
      #expect(error?.code == .badCommand)
      #expect(channel.writes.count == written)
    }
  }
}
