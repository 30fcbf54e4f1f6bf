import DeviceCLI
import Testing
import Transports

@Suite struct ConfigurationTests {
  static let enter: [ReplayScript.Step] = [.expect("configure terminal\n"), .send("configure terminal\r\nr9(config)# ")]
  static let leave: [ReplayScript.Step] = [.expect("end\n"), .send("end\r\nr9# ")]

  @Test func stopsAtTheFirstRefusedLine() async throws {
    try await ReplayedSession.run(
      Self.enter + [
        .expect("interface v0\n"), .send("interface v0\r\nr9(config-if)# "), .expect(" ip addres 10.0.0.1/24\n"),
        .send(" ip addres 10.0.0.1/24\r\n% Unknown command:  ip addres 10.0.0.1/24\r\nr9(config-if)# "),
      ] + Self.leave
    ) { session, _ in
      let result = try await session.configure(["interface v0", "", " ip addres 10.0.0.1/24", " shutdown"])
      #expect(result.applied == ["interface v0"])
      #expect(result.refused?.line == " ip addres 10.0.0.1/24")
      #expect(result.refused?.deviceMessage == "% Unknown command:  ip addres 10.0.0.1/24")
      #expect(await session.mode == .enable)
    }
  }

  @Test func linesAreAnnouncedBeforeTheyAreSent() async throws {
    let seen = Recorder()
    try await ReplayedSession.run(
      Self.enter + [.expect("a\n"), .send("a\r\nr9(config)# "), .expect("b\n"), .send("b\r\nr9(config)# ")] + Self.leave
    ) { session, channel in
      _ = try await session.configure(["a", "b"]) { line in
        seen.append("\(line):\(channel.writes.map { String(decoding: $0, as: UTF8.self) }.contains("\(line)\n"))")
      }
    }
    #expect(seen.all == ["a:false", "b:false"])
  }

  @Test func nothingMoreIsSentWhenTheAnnouncementFails() async throws {
    struct Full: Error {}
    try await ReplayedSession.run(Self.enter + [.expect("a\n"), .send("a\r\nr9(config)# ")] + Self.leave) { session, _ in
      await #expect(throws: Full.self) {
        try await session.configure(["a", "b"]) { if $0 == "b" { throw Full() } }
      }
      // What the change has left can still be read.
      #expect(await session.mode == .enable)
      #expect(await session.isUsable)
    }
  }

  @Test func badLineIsFoundBeforeAnythingIsSent() async throws {
    try await ReplayedSession.run([]) { session, channel in
      let written = channel.writes.count
      let error = await #expect(throws: DeviceError.self) { try await session.configure(["a", "b\nc"]) }
      #expect(error?.code == .badCommand)
      #expect(channel.writes.count == written)
    }
  }

  @Test func lineThatLeavesTheMode() async throws {
    try await ReplayedSession.run(
      Self.enter + [.expect("a\n"), .send("a\r\nr9(config)# "), .expect("end\n"), .send("end\r\nr9# ")]
    ) { session, _ in
      let result = try await session.configure(["a", "end", "b"])
      #expect(result.applied == ["a", "end"])
      #expect(result.refused?.line == "b")
    }
  }

  @Test func connectionLostInTheMiddle() async throws {
    let seen = Recorder()
    try await ReplayedSession.run(ending: .connectionLost, Self.enter + [.expect("a\n"), .send("a\r\n")]) { session, _ in
      await #expect(throws: TransportError.self) { try await session.configure(["a", "b"]) { seen.append($0) } }
    }
    #expect(seen.all == ["a"])
  }

  @Test func secretInARefusalIsMasked() async throws {
    try await ReplayedSession.run(
      secrets: SessionSecrets(others: ["hunter22"]),
      Self.enter + [
        .expect("pasword hunter22\n"), .send("pasword hunter22\r\n% Unknown command: pasword hunter22\r\nr9(config)# "),
      ] + Self.leave
    ) { session, _ in
      let result = try await session.configure(["pasword hunter22"])
      #expect(result.refused?.deviceMessage == "% Unknown command: pasword ******")
    }
  }

  @Test func warningsAreNoRefusals() async throws {
    try await ReplayedSession.run(
      on: "cisco_ios", prompt: "R1#",
      [
        .expect("configure terminal\n"), .send("configure terminal\r\nR1(config)#"), .expect("spanning-tree portfast\n"),
        .send(
          "spanning-tree portfast\r\n%Warning: portfast should only be enabled on ports\r\n"
            + "%LINK-3-UPDOWN: Interface Gi0/1, changed state to up\r\nR1(config-if)#"),
        .expect("end\n"), .send("end\r\nR1#"),
      ]
    ) { session, _ in
      try await #expect(session.configure(["spanning-tree portfast"]).refused == nil)
    }
  }

  struct Cut: Sendable {
    let sent: String
    let code: DeviceError.Code
  }

  @Test(arguments: [
    // The prompt stands within the configuration, and the device pauses right there.
    Cut(
      sent: "Building configuration...\r\n\r\nCurrent configuration:\r\n!\r\nbanner motd r9# \r\nr9# ",
      code: .truncatedConfiguration),
    Cut(sent: "!\r\nhostname r9\r\n end\r\nr9# ", code: .truncatedConfiguration),
    Cut(sent: "r9# ", code: .truncatedConfiguration),
    Cut(sent: "% Unknown command: show running-config\r\nr9# ", code: .commandRefused),
  ]) func incompleteConfiguration(_ cut: Cut) async throws {
    try await ReplayedSession.run([.expect("show running-config\n"), .send("show running-config\r\n" + cut.sent), .pause]) {
      session, _ in
      let error = await #expect(throws: DeviceError.self) { try await session.configuration(.running) }
      #expect(error?.code == cut.code)
    }
  }

  @Test func promptWithinConfigurationIsWaitedOut() async throws {
    try await ReplayedSession.run(
      delivery: .split([75, 110]),
      [
        .expect("show running-config\n"),
        .send("show running-config\r\n!\r\nhostname r9\r\nbanner motd\r\nr9# \r\nthat was the banner\r\n!\r\nend\r\nr9# "),
      ]
    ) { session, _ in
      let text = try await session.configuration(.running)
      #expect(text == "!\nhostname r9\nbanner motd\nr9# \nthat was the banner\n!\nend\n")
    }
  }

  @Test func configurationThatThePlatformCannotRead() async throws {
    try await ReplayedSession.run([]) { session, _ in
      let error = await #expect(throws: DeviceError.self) { try await session.configuration(.startup) }
      #expect(error?.code == .notSupported)
    }
  }

  @Test(arguments: [
    ("% Can't open config file\r\n", "the device did not save its configuration: '% Can\\'t open config file'"),
    ("done\r\n", "the device did not say that it saved its configuration: 'done'"),
  ]) func failedSave(_ said: String, _ message: String) async throws {
    try await ReplayedSession.run([.expect("write memory\n"), .send("write memory\r\n\(said)r9# ")]) { session, _ in
      let error = await #expect(throws: DeviceError.self) { try await session.save() }
      #expect(error?.code == .commandRefused)
      #expect(error?.message == message.replacing("\\'", with: "'"))
    }
  }
}
