import DeviceCLI
import Testing
import Transports

/// Devices that send anything at all: a result or an error, in bounded time and memory, never a trap.
@Suite struct HostileOutputTests {
  private static let pieces: [[UInt8]] =
    [
      "\u{1B}[", "\u{1B}[999999999C", "\u{1B}[2K", "\u{1B}]0;", "\u{1B}", "\u{8}", "\r", "\n", "\r\n", "--More--", "r9# ", "r9",
      "# ", "% ",
      "show x", "show x\r\n", "[confirm]", "\u{0}", "\u{1C}", "(END)", ":", "end", "\u{1B}[500@", "\u{1B}[P", "\u{1B}E", "a",
    ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0xE2, 0x82]]

  @Test(arguments: 0..<300) func randomOutput(_ seed: Int) async throws {
    var random = SplitMix(state: UInt64(seed))
    var bytes: [UInt8] = []
    for _ in 0..<Int.random(in: 1...60, using: &random) { bytes += Self.pieces.randomElement(using: &random) ?? [] }
    let platform = try ReplayedSession.platform("frr")
    let script = ReplayedSession.script(platform, prompt: "r9#", [.expect("show x\n"), .send(bytes)])
    let channel = ReplayChannel(
      ReplayScript(script, ending: seed % 2 == 0 ? .hang : .endOfFile, delivery: .chunks(1 + seed % 5), allowsTypeAhead: true))
    let session = try await DeviceSession.open(channel, platform: platform)
    do {
      _ = try await session.run("show x")
    } catch is DeviceError {
    } catch is TransportError {
    }
    await session.close()
    #expect(channel.isClosed)
  }

  @Test func fewBytesDoNotBecomeMuchText() async throws {
    var options = SessionOptions()
    options.outputByteLimit = 1 << 20
    let jumps = String(repeating: "\u{1B}[512Cx\r\n", count: 50_000)
    try await ReplayedSession.run(
      options: options, delivery: .chunks(65536), [.expect("show x\n"), .send("show x\r\n\(jumps)r9# ")]
    ) { session, _ in
      let result = try await session.run("show x")
      #expect(result.output.utf8.count < 2 << 20)
    }
  }

  @Test func longLinesAreReadInLinearTime() async throws {
    let line = String(repeating: "0123456789", count: 100_000)
    try await ReplayedSession.run(
      delivery: .chunks(1000), [.expect("show x\n"), .send("show x\r\n\(line)\r\nr9# ")]
    ) { session, _ in
      let result = try await session.run("show x")
      #expect(result.output.utf8.count == 1_000_001)
    }
  }
}
