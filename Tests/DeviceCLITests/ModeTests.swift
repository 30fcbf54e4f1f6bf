import DeviceCLI
import Testing
import Transports

@Suite struct ModeTests {
  @Test func wrongEnableSecret() async throws {
    try await ReplayedSession.run(
      on: "cisco_ios", prompt: "R1>", secrets: SessionSecrets(enable: "wrong"),
      [.expect("enable\n"), .send("enable\r\nPassword: "), .expect("wrong\n"), .send("\r\nPassword: ")]
    ) { session, _ in
      let error = await #expect(throws: DeviceError.self) { try await session.enter(.enable) }
      #expect(error?.code == .enableRefused)
      #expect(error?.message == "the device did not accept the enable secret")
    }
  }

  @Test func enableSecretThatIsRefusedAtOnce() async throws {
    try await ReplayedSession.run(
      on: "cisco_ios", prompt: "R1>", secrets: SessionSecrets(enable: "wrong"),
      [.expect("enable\n"), .send("enable\r\nPassword: "), .expect("wrong\n"), .send("\r\n% Access denied\r\n\r\nR1>")]
    ) { session, _ in
      let error = await #expect(throws: DeviceError.self) { try await session.enter(.enable) }
      #expect(error?.code == .enableRefused)
      #expect(error?.message == "the device refused 'enable': '% Access denied'")
      #expect(await session.isUsable)
    }
  }

  @Test func noEnableSecretToGive() async throws {
    try await ReplayedSession.run(
      on: "cisco_ios", prompt: "R1>", [.expect("enable\n"), .send("enable\r\nPassword: ")]
    ) { session, _ in
      let error = await #expect(throws: DeviceError.self) { try await session.enter(.enable) }
      #expect(error?.code == .enableRefused)
      #expect(await session.isUsable == false)
    }
  }

  @Test func modeThatThePlatformDoesNotHave() async throws {
    try await ReplayedSession.run([]) { session, _ in
      let error = await #expect(throws: DeviceError.self) { try await session.enter(.shell) }
      #expect(error?.code == .modeUnavailable)
      #expect(error?.message == "platform 'frr' has no mode 'shell'; it has exec, enable, configure")
    }
  }

  @Test func modeThatTheDeviceRefuses() async throws {
    try await ReplayedSession.run([
      .expect("configure terminal\n"), .send("configure terminal\r\n% Unknown command: configure terminal\r\nr9# "),
    ]) { session, _ in
      let error = await #expect(throws: DeviceError.self) { try await session.enter(.configure) }
      #expect(error?.code == .modeUnavailable)
      #expect(await session.mode == .enable)
    }
  }

  /// `exit` would end the session of somebody who logged in as root.
  @Test func whatIsForALowerModeIsReadInRootsLoginShell() async throws {
    try await ReplayedSession.run(
      on: "linux", prompt: "root@l1:~#",
      [
        .expect("uname -n\n"), .send("uname -n\r\nl1\r\nroot@l1:~# "),
      ]
    ) { session, _ in
      #expect(await session.mode == .enable)
      let name = try await session.read("uname -n", in: .exec)
      #expect(name.output == "l1\n")
    }
  }

  @Test func upAndDownTheModes() async throws {
    try await ReplayedSession.run(
      on: "cisco_ios", prompt: "R1>",
      [
        .expect("enable\n"), .send("enable\r\nR1#"), .expect("configure terminal\n"), .send("configure terminal\r\nR1(config)#"),
        .expect("end\n"), .send("end\r\nR1#"), .expect("disable\n"), .send("disable\r\nR1>"),
      ]
    ) { session, _ in
      try await session.enter(.configure)
      #expect(await session.prompt == "R1(config)#")
      try await session.enter(.exec)
      #expect(await session.prompt == "R1>")
      let error = await #expect(throws: DeviceError.self) { try await session.leave() }
      #expect(error?.code == .modeUnavailable)
    }
  }

  @Test func commandThatChangesTheModeByItself() async throws {
    try await ReplayedSession.run([
      .expect("disable\n"), .send("disable\r\nr9> "), .pause, .expect("show x\n"), .send("show x\r\na\r\nr9> "),
    ]) { session, _ in
      _ = try await session.run("disable")
      #expect(await session.mode == .exec)
      try await #expect(session.run("show x").output == "a\n")
    }
  }

  @Test func closingTwice() async throws {
    try await ReplayedSession.run(ending: .endOfFile, [.expect("exit\n")]) { session, channel in
      await session.close()
      await session.close()
      #expect(channel.isClosed)
    }
  }

  @Test func closingADeviceThatHangs() async throws {
    try await ReplayedSession.run(ending: .hang, [.expect("exit\n")]) { session, channel in
      await session.close()
      #expect(channel.isClosed)
    }
  }
}
