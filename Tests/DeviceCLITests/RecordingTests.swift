import DeviceCLI
import Foundation
import Testing
import Transports

/// Sessions recorded on devices, and the fixtures that are made of them.
@Suite struct RecordingTests {
  private static let secrets = ["log1n-pw", "en4ble-pw"]

  /// A tour of a Cisco IOS router whose configuration and pager are as bad as they come.
  private static func steps(running: String) -> [ReplayScript.Step] {
    var steps: [ReplayScript.Step] = [.send("\r\nWelcome, log1n-pw\r\nR1>"), .expect("\n"), .send("\r\nR1>")]
    for command in ["terminal length 0", "terminal width 511"] {
      steps += [.expect("\(command)\n"), .send("\(command)\r\nR1>")]
    }
    steps += [.expect("enable\n"), .send("enable\r\nPassword: "), .expect("en4ble-pw\n"), .send("\r\nR1#")]
    steps += [
      .expect("show version\n"),
      .send("show version\r\nCisco IOS Software, C800 Software, Version 15.4(3)M3, RELEASE SOFTWARE (fc2)\r\nR1#"),
      .expect("show running-config\n"), .send("show running-config\r\n!\r\nhostname R1\r\n --More-- "), .expect(" "),
      .send(
        "\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}        \u{8}\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}" + running + "end\r\nR1#"),
      .expect("show startup-config\n"), .send("show startup-config\r\nstartup-config is not present\r\nR1#"),
    ]
    for command in ["lldp neighbors detail", "cdp neighbors detail", "ip arp", "mac address-table", "ip ospf neighbor"] {
      steps += [.expect("show \(command)\n"), .send("show \(command)\r\n% Invalid input detected at '^' marker.\r\nR1#")]
    }
    return steps + [
      .expect("show ip bgp summary\n"),
      .send("show ip bgp summary\r\n192.0.2.2       4        65002    1234    1240       17    0    0 1d02h           42\r\nR1#"),
      .expect("exit\n"),
    ]
  }

  /// Records a tour over `steps`.
  private func record(_ steps: [ReplayScript.Step], secrets: [String] = secrets) async throws -> (String, SessionTour) {
    let platform = try ReplayedSession.platform("cisco_ios")
    let recorder = SessionRecorder()
    let channel = recorder.recording(ReplayChannel(ReplayScript(steps)), platform: platform, secrets: secrets)
    let session = try await DeviceSession.open(channel, platform: platform, secrets: SessionSecrets(enable: "en4ble-pw"))
    var tour = SessionTour()
    await tour.run(on: session)
    let recording = try #require(recorder.recording)
    return (try await recording.fixture(failure: tour.failure.map { "\($0)" }), tour)
  }

  private static let configuration = [
    "username admin secret 5 $1$abc$S3CRETHASH\r\n", "snmp-server community S3CRETcommunity RO\r\n",
    "crypto pki certificate chain X\r\n certificate ca 01\r\n  S3CRET30 82021130\r\n  \tquit\r\n",
    "line vty 0 4\r\n password 7 S3CRET0822\r\n", "line con 0\r\n pass\u{8}\u{8}\u{8}\u{8}password 7 S3CRET9\r\n",
  ]

  @Test func aRecordingIsAFixtureWithoutSecrets() async throws {
    let (text, tour) = try await record(Self.steps(running: Self.configuration.joined()))
    #expect(tour.failure == nil)
    for secret in Self.secrets + ["S3CRET"] { #expect(!text.contains(secret), "\(secret)\n\(text)") }
    let fixture = try SessionFixture(platform: "cisco_ios", file: "recorded.yaml", bytes: Array(text.utf8))
    #expect(fixture.covers == ["login", "enable", "show", "inventory", "config", "startup", "neighbors"])
    for delivery in [ReplayScript.Delivery.steps, .chunks(1), .chunks(7)] { try await fixture.replay(delivery) }
    #expect(text.contains("username admin secret 5 ******\\r\\n"))
    #expect(text.contains("inventory: {vendor: \"Cisco\", version: \"15.4(3)M3\"}"))
    #expect(text.contains("- expect: \"******\\n\""))
  }

  /// The first line behind a pager is where a line's pattern is easily missed.
  @Test func secretBehindThePager() async throws {
    let (text, _) = try await record(Self.steps(running: "enable secret 5 S3CRET\r\n"))
    #expect(!text.contains("S3CRET"))
    #expect(text.contains("enable secret 5 ******"))
  }

  @Test func aSessionThatEndsEarlyIsKept() async throws {
    var steps = Self.steps(running: "enable secret 5 S3CRET\r\n")
    steps.removeLast(2)
    let (text, tour) = try await record(steps)
    #expect((tour.failure as? DeviceError)?.code == .connectionLost)
    #expect(text.contains("# The session ended early: the device ended the session during 'show ip bgp summary'"))
    #expect(!text.contains("S3CRET") && text.contains("\ndo: []\n"))
  }

  /// A password that is also a word of commands cannot be masked without making nonsense of the session.
  @Test func secretThatIsACommonWord() async throws {
    let error = await #expect(throws: DeviceError.self) {
      try await record(Self.steps(running: ""), secrets: ["show"])
    }
    #expect(error?.message.hasPrefix("the recording does not play with its secrets masked") == true)
  }

  @Test func everySessionCanBeRecorded() async throws {
    // Whatever the bytes are: the text is YAML that reads as the same bytes, as far as they are UTF-8.
    let odd = "\u{0}\u{1}\u{7}\u{8}\u{B}\u{1B}[1m\"\\\u{7F}\u{85}\u{FEFF}\u{2028}é日本 #: - {}[]\t"
    let text = try await recordedLogin(odd)
    let fixture = try SessionFixture(platform: "generic", file: "x.yaml", bytes: Array(text.utf8))
    #expect(fixture.script.first == .send("\(odd)\r\nbox> "))
  }

  private func recordedLogin(_ banner: String) async throws -> String {
    let platform = try ReplayedSession.platform("generic")
    let recorder = SessionRecorder()
    let script = ReplayScript([.send("\(banner)\r\nbox> "), .expect("\n"), .send("\r\nbox> "), .expect("exit\n")])
    let channel = recorder.recording(ReplayChannel(script), platform: platform, secrets: [])
    let session = try await DeviceSession.open(channel, platform: platform)
    await session.close()
    let recording = try #require(recorder.recording)
    return try await recording.fixture()
  }
}
