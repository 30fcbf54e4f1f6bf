import DeviceCLI
import Synchronization
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

  /// A device that never stops talking, and what is on its clock.
  private final class TalkingChannel: ByteChannel {
    private struct State {
      var greeting: [[UInt8]]
      var now = ContinuousClock.now
      var reads = 0
    }

    private let state: Mutex<State>
    private let babble: [UInt8]

    init(greeting: [String], babble: String) {
      state = Mutex(State(greeting: greeting.map { Array($0.utf8) }))
      self.babble = Array(babble.utf8)
    }

    var now: ContinuousClock.Instant { state.withLock { $0.now } }
    var reads: Int { state.withLock { $0.reads } }

    func read(deadline: ContinuousClock.Instant) async throws -> [UInt8] {
      try state.withLock { state in
        if let first = state.greeting.first {
          if first.isEmpty {
            state.greeting.removeFirst()
            throw TransportError(.timedOut, "silent")
          }
          state.greeting[0] = []
          return first
        }
        state.now += .milliseconds(500)
        state.reads += 1
        return babble
      }
    }

    func write(_ bytes: [UInt8], deadline: ContinuousClock.Instant) async throws {}
    func close() async {}
  }

  @Test(arguments: ["x", "x\r\n", "\r\n", "\u{1B}[K"])
  func oneThatNeverStopsTalkingMeetsItsDeadline(_ babble: String) async throws {
    let platform = try ReplayedSession.platform("frr")
    let channel = TalkingChannel(greeting: ["r9# ", "r9# ", "terminal length 0\r\nr9# "], babble: babble)
    var options = SessionOptions()
    options.now = { channel.now }
    let session = try await DeviceSession.open(channel, platform: platform, options: options)
    let error = await #expect(throws: DeviceError.self) { try await session.run("show x", timeout: .seconds(10)) }
    #expect(error?.code == .timedOut)
    #expect(error?.message.hasPrefix("'show x' did not end within 10 s") == true)
    #expect(channel.reads <= 21)

    let mute = TalkingChannel(greeting: [], babble: babble)
    options.now = { mute.now }
    let refusal = await #expect(throws: DeviceError.self) {
      try await DeviceSession.open(mute, platform: platform, options: options)
    }
    #expect(refusal?.code == .promptNotFound)
    #expect(mute.reads <= 41)
  }

  @Test func allTogetherAreHeldToABudget() async throws {
    let budget = OutputBudget(byteCount: 3 << 20)
    var options = SessionOptions()
    options.budget = budget
    let line = String(repeating: "0123456789", count: 100) + "\r\n"
    func output(_ megabytes: Int) -> [ReplayScript.Step] {
      [.expect("show x\n"), .send("show x\r\n" + String(repeating: line, count: megabytes * 1047) + "r9# ")]
    }
    for megabytes in [0, 1, 3] {
      try await ReplayedSession.run(options: options, delivery: .chunks(32768), output(megabytes)) { session, _ in
        _ = try await session.run("show x")
      }
      #expect(budget.remaining == 3 << 20)
    }
    let platform = try ReplayedSession.platform("frr")
    let script = ReplayedSession.script(platform, prompt: "r9#", output(5))
    let channel = ReplayChannel(ReplayScript(script, ending: .hang, delivery: .chunks(32768)))
    let session = try await DeviceSession.open(channel, platform: platform, options: options)
    let error = await #expect(throws: DeviceError.self) { try await session.run("show x") }
    #expect(error?.code == .outputTooLarge)
    #expect(error?.message.hasSuffix("bytes while other devices print as much") == true)
    #expect(budget.remaining == 3 << 20)
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
