import DeviceCLI
import Testing
import Transports

/// One test for each of the classic mistakes with prompts.
@Suite struct PromptTests {
  /// Opens FRR over `script`, its login included, and returns prompt and name; each way of splitting must agree.
  private func learn(_ script: [ReplayScript.Step], platform: Platform? = nil) async throws -> (String, String?) {
    let platform = try platform ?? ReplayedSession.platform("frr")
    let setup = platform.onOpen
    var results: [(String, String?)] = []
    for delivery in [ReplayScript.Delivery.steps, .chunks(1), .chunks(5)] {
      var script = script
      for command in setup {
        guard case .send(let bytes) = script.last else { continue }
        let prompt = String(decoding: bytes, as: UTF8.self).split(separator: "\n").last ?? ""
        script += [.expect("\(command)\n"), .send("\(command)\r\n\(prompt)")]
      }
      let channel = ReplayChannel(ReplayScript(script, ending: .hang, delivery: delivery))
      let session = try await DeviceSession.open(channel, platform: platform)
      results.append((await session.prompt, await session.hostname))
      try channel.checkFinished()
    }
    #expect(results.allSatisfy { $0 == results[0] })
    return results[0]
  }

  @Test func bannerLineThatLooksLikePrompt() async throws {
    let result = try await learn([
      .send("core#\r\nr1> \r\nWelcome to\r\nlab#"), .pause, .expect("\n"), .send("\r\nhave fun\r\nr9# \r\nr9# "),
      .expect("\n"), .send("\r\nr9# "),
    ])
    #expect(result.0 == "r9#")
  }

  @Test func bannerLineThatLooksLikePromptWithinOneRead() async throws {
    let result = try await learn([.send("core#\r\nlab> \r\nr9# "), .expect("\n"), .send("\r\nr9# ")])
    #expect(result.0 == "r9#")
  }

  @Test func messageWithoutLineFeed() async throws {
    let result = try await learn([
      .send("Unauthorized use is prohibited...r9# "), .pause, .expect("\n"), .send("\r\nr9# "), .expect("\n"), .send("\r\nr9# "),
    ])
    #expect(result.0 == "r9#")
    #expect(result.1 == "r9")
  }

  @Test func messageThatComesAfterThePrompt() async throws {
    let result = try await learn([
      .send("r9# "), .pause, .expect("\n"), .send("\r\n*** maintenance tonight ***\r\nr9# "),
    ])
    #expect(result.0 == "r9#")
  }

  /// Behind the second prompt nothing more is waited for: what comes all the same stands before the first command's echo.
  @Test func messageThatComesAfterTheSecondPrompt() async throws {
    let platform = try ReplayedSession.platform("frr")
    #expect(platform.onOpen == ["terminal length 0"])
    for delivery in [ReplayScript.Delivery.steps, .chunks(1), .chunks(5)] {
      let script: [ReplayScript.Step] = [
        .send("r9# "), .expect("\n"), .send("\r\nr9# "), .pause, .expect("terminal length 0\n"),
        .send("\r\n*** maintenance tonight ***\r\nr9# terminal length 0\r\nr9# "), .expect("show x\n"),
        .send("show x\r\nx\r\nr9# "),
      ]
      let channel = ReplayChannel(ReplayScript(script, ending: .hang, delivery: delivery))
      let session = try await DeviceSession.open(channel, platform: platform)
      #expect(await session.prompt == "r9#")
      #expect(try await session.run("show x").output == "x\n")
      try channel.checkFinished()
    }
  }

  @Test func messageThatComesAfterTheFirstCommandIsSent() async throws {
    try await ReplayedSession.run([
      .expect("show uptime\n"), .send("\r\n*** reload at noon ***\r\nr9# show uptime\r\nup 3 days\r\nr9# "),
    ]) { session, _ in
      try await #expect(session.run("show uptime").output == "up 3 days\n")
    }
  }

  @Test func noPromptAtAll() async throws {
    let channel = ReplayChannel(ReplayScript([.send("login as: ")], ending: .hang))
    let platform = try ReplayedSession.platform("frr")
    let error = await #expect(throws: DeviceError.self) { try await DeviceSession.open(channel, platform: platform) }
    #expect(error?.code == .promptNotFound)
    #expect(error?.message.contains("login as:") == true)
  }

  @Test func promptThatNeverSettles() async throws {
    var script: [ReplayScript.Step] = [.send("a0# ")]
    for index in 1...6 { script += [.expect("\n"), .send("\r\na\(index)# ")] }
    let channel = ReplayChannel(ReplayScript(script, ending: .hang))
    let platform = try ReplayedSession.platform("frr")
    let error = await #expect(throws: DeviceError.self) { try await DeviceSession.open(channel, platform: platform) }
    #expect(error?.code == .promptNotFound)
  }

  @Test func promptTextWithinOutput() async throws {
    for delivery in [ReplayScript.Delivery.steps, .chunks(1)] {
      try await ReplayedSession.run(
        delivery: delivery,
        [
          .expect("show logging\n"), .send("show logging\r\nr9# \r\nr9#configure terminal\r\nuser typed r9# and left\r\nr9# "),
          .pause,
        ]
      ) { session, _ in
        let output = try await session.run("show logging").output
        #expect(output == "r9# \nr9#configure terminal\nuser typed r9# and left\n")
      }
    }
  }

  /// A prompt counts after a short silence; one that stood in the output before, only after a long one.
  @Test(arguments: [("a\r\n", Duration.milliseconds(20)), ("r9# \r\na\r\n", .seconds(1))])
  func silenceThatAPromptNeeds(_ output: String, _ silence: Duration) async throws {
    let waits = Recorder()
    let start = ContinuousClock.now
    var options = SessionOptions()
    options.now = { start }
    let platform = try ReplayedSession.platform("frr")
    let script = ReplayedSession.script(platform, prompt: "r9#", [.expect("show x\n"), .send("show x\r\n\(output)r9# ")])
    let channel = ReplayChannel(ReplayScript(script, ending: .hang)) { waits.append("\($0 - start)") }
    let session = try await DeviceSession.open(channel, platform: platform, options: options)
    let before = try #require(waits.all.last)
    _ = try await session.run("show x")
    // Two prompts of the login, of which the second is a mere answer; behind the command that switches paging off nothing can
    // follow.
    #expect(before == "0.022 seconds")
    #expect(waits.all.last == "\(Duration.milliseconds(22) + silence)")
  }

  @Test func promptTextAtReadBoundary() async throws {
    let output = "r9# \r\nr9# show\r\nx\r\nr9#"
    // The login's bytes come first.
    for split in 1..<(output.utf8.count + 40) {
      try await ReplayedSession.run(
        delivery: .split([36 + split]),
        [.expect("show logging\n"), .send("show logging\r\n\(output)\r\ntail\r\nr9# ")]
      ) { session, _ in
        try await #expect(session.run("show logging").output == "r9# \nr9# show\nx\nr9#\ntail\n")
      }
    }
  }

  @Test func outputThatStopsForLongerThanABeat() async throws {
    try await ReplayedSession.run([
      .expect("show tech\n"), .send("show tech\r\npart one\r\n"), .pause, .pause, .send("part t"), .pause, .send("wo\r\nr9# "),
    ]) { session, _ in
      try await #expect(session.run("show tech").output == "part one\npart two\n")
    }
  }

  @Test func promptThatFollowsOutputWithoutLineFeed() async throws {
    try await ReplayedSession.run([.expect("show x\n"), .send("show x\r\nabcr9# "), .pause]) { session, _ in
      try await #expect(session.run("show x").output == "abc\n")
    }
  }

  @Test func promptOfAnotherDevice() async throws {
    try await ReplayedSession.run([
      .expect("show x\n"), .send("show x\r\nr8# "), .pause, .send("\r\nr9# "),
    ]) { session, _ in
      try await #expect(session.run("show x").output == "r8# \n")
    }
  }

  @Test func decoratedPrompts() async throws {
    let yaml = """
      name: decorated
      title: Prompts with a clock and a star
      vendor: none
      modes:
        enable: {prompt: '^(?<host>[a-z0-9]+)#$'}
      login-modes: [enable]
      prompt-decoration: '^(?:\\*|\\[\\d\\d:\\d\\d:\\d\\d\\] )'
      on-open: []
      pager: []
      confirm: []
      errors: []
      mask: []
      ignore: []
      inventory: []
      read-tools: {allow: [show]}
      exit: exit
      """
    let platform = try Platform(yaml: Array(yaml.utf8), file: "decorated.yaml")
    let channel = ReplayChannel(
      ReplayScript(
        [
          .send("[10:00:00] r9# "), .expect("\n"), .send("\r\n[10:00:01] r9# "), .expect("show a\n"),
          .send("show a\r\none\r\n*r9# "), .expect("show b\n"), .send("show b\r\ntwo\r\n[10:00:09] r9# "),
        ], ending: .hang))
    let session = try await DeviceSession.open(channel, platform: platform)
    #expect(await session.prompt == "r9#")
    try await #expect(session.run("show a").output == "one\n")
    try await #expect(session.run("show b").output == "two\n")
  }

  @Test func renamedDevice() async throws {
    try await ReplayedSession.run([
      .expect("configure terminal\n"), .send("configure terminal\r\nr9(config)# "), .expect("hostname edge\n"),
      .send("hostname edge\r\nedge(config)# "), .expect("no hostname\n"), .send("no hostname\r\nfrr(config)# "), .expect("end\n"),
      .send("end\r\nfrr# "), .expect("show x\n"), .send("show x\r\nr9# \r\nfrr# "),
    ]) { session, _ in
      let result = try await session.configure(["hostname edge", "no hostname"])
      #expect(result.refused == nil)
      #expect(await session.hostname == "frr")
      try await #expect(session.run("show x").output == "r9# \n")
    }
  }

  @Test func longNameCutShortInConfigurationMode() async throws {
    try await ReplayedSession.run(
      on: "cisco_ios", prompt: "distribution-switch-07#",
      [
        .expect("configure terminal\n"), .send("configure terminal\r\ndistribution-swi(config)#"), .expect("ip ssh version 2\n"),
        .send("ip ssh version 2\r\ndistribution-swi(config)#"), .expect("end\n"), .send("end\r\ndistribution-switch-07#"),
      ]
    ) { session, _ in
      try await #expect(session.configure(["ip ssh version 2"]).applied == ["ip ssh version 2"])
      #expect(await session.hostname == "distribution-switch-07")
    }
  }
}
