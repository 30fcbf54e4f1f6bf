import Testing

@testable import Transports

struct ReplayChannelTests {
  private let soon = ContinuousClock.now + .seconds(5)

  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  private func readAll(_ channel: ReplayChannel) async throws -> [[UInt8]] {
    var reads: [[UInt8]] = []
    while true {
      let next = try await channel.read(deadline: soon)
      if next.isEmpty { return reads }
      reads.append(next)
    }
  }

  @Test func playsAConversation() async throws {
    let channel = ReplayChannel(
      ReplayScript([.send("login: "), .expect("admin\r"), .send("R1#"), .send(" "), .expect("exit\r")]))
    #expect(try await channel.read(deadline: soon) == bytes("login: "))
    try await channel.write(bytes("adm"), deadline: soon)
    try await channel.write(bytes("in\r"), deadline: soon)
    #expect(try await channel.read(deadline: soon) == bytes("R1#"))
    try await channel.write(bytes("exit\r"), deadline: soon)
    #expect(try await channel.read(deadline: soon) == bytes(" "))
    #expect(try await channel.read(deadline: soon).isEmpty)
    try channel.checkFinished()
    #expect(channel.writes == [bytes("adm"), bytes("in\r"), bytes("exit\r")])
  }

  @Test(arguments: [
    (ReplayScript.Delivery.steps, ["abcd", "ef"]),
    (.chunks(1), ["a", "b", "c", "d", "e", "f"]),
    (.chunks(4), ["abcd", "ef"]),
    (.chunks(0), ["a", "b", "c", "d", "e", "f"]),
    (.chunks(.max), ["abcdef"]),
    (.split([5, 1, 1, -3, 99]), ["a", "bcde", "f"]),
    (.split([]), ["abcdef"]),
  ])
  func delivers(_ delivery: ReplayScript.Delivery, _ reads: [String]) async throws {
    let channel = ReplayChannel(ReplayScript([.send("abcd"), .send("ef")], delivery: delivery))
    #expect(try await readAll(channel) == reads.map(bytes))
  }

  @Test func aDifferentWriteTellsBothSidesAndStays() async throws {
    let channel = ReplayChannel(ReplayScript([.expect("show run\r")]))
    let expected = TransportError(
      .system, "replay: 'show ver\\r' was written at replay step 1, which expects 'show run\\r' to be written")
    await #expect(throws: expected) { try await channel.write(bytes("show ver\r"), deadline: soon) }
    await #expect(throws: expected) { try await channel.read(deadline: soon) }
    #expect(channel.failure == expected)
    #expect(throws: expected) { try channel.checkFinished() }
  }

  @Test func aReadBeforeTheExpectedWriteTimesOutAndDoesNoHarm() async throws {
    let channel = ReplayChannel(ReplayScript([.expect("en\r"), .send("#")]))
    await #expect(throws: TransportError(.timedOut, "timed out at replay step 1, which expects 'en\\r' to be written")) {
      try await channel.read(deadline: soon)
    }
    try await channel.write(bytes("en\r"), deadline: soon)
    #expect(try await channel.read(deadline: soon) == bytes("#"))
  }

  @Test func aWriteOverUnreadBytesNeedsTypeAhead() async throws {
    let steps: [ReplayScript.Step] = [.send("Password: "), .pause, .send("x"), .expect("secret\r")]
    let strict = ReplayChannel(ReplayScript(steps))
    await #expect(throws: TransportError.self) { try await strict.write(bytes("secret\r"), deadline: soon) }
    let lenient = ReplayChannel(ReplayScript(steps, allowsTypeAhead: true))
    try await lenient.write(bytes("secret\r"), deadline: soon)
    #expect(try await readAll(lenient) == [bytes("Password: "), bytes("x")])
  }

  @Test func aWriteBeyondTheScriptFails() async throws {
    let channel = ReplayChannel(ReplayScript([]))
    await #expect(throws: TransportError.self) { try await channel.write([1], deadline: soon) }
  }

  @Test func aPauseTimesOutOnce() async throws {
    let channel = ReplayChannel(ReplayScript([.send("a"), .pause, .send("b")]))
    #expect(try await channel.read(deadline: soon) == bytes("a"))
    await #expect { try await channel.read(deadline: soon) } throws: { ($0 as? TransportError)?.code == .timedOut }
    #expect(try await readAll(channel) == [bytes("b")])
  }

  @Test(arguments: [(ReplayScript.Ending.hang, TransportError.Code.timedOut), (.connectionLost, .connectionLost)])
  func ends(_ ending: ReplayScript.Ending, _ code: TransportError.Code) async throws {
    let channel = ReplayChannel(ReplayScript([], ending: ending))
    await #expect { try await channel.read(deadline: soon) } throws: { ($0 as? TransportError)?.code == code }
  }

  @Test func aHangPassesTheDeadlineToTheClockOfTheTest() async throws {
    struct Passed: Error { var deadline: ContinuousClock.Instant }
    let deadline = soon
    let channel = ReplayChannel(ReplayScript([], ending: .hang), wait: { throw Passed(deadline: $0) })
    await #expect { try await channel.read(deadline: deadline) } throws: { ($0 as? Passed)?.deadline == deadline }
  }

  @Test func cancellationEndsAHang() async throws {
    let channel = ReplayChannel(ReplayScript([], ending: .hang), wait: ReplayChannel.untilDeadline)
    let deadline = soon
    let task = Task { try await channel.read(deadline: deadline) }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(ContinuousClock.now < deadline)
  }

  @Test func aClosedChannelIsLost() async throws {
    let channel = ReplayChannel(ReplayScript([.send("a")]))
    await channel.close()
    await channel.close()
    #expect(channel.isClosed)
    await #expect { try await channel.read(deadline: soon) } throws: { ($0 as? TransportError)?.code == .connectionLost }
  }

  @Test func unreadBytesAndUnreachedStepsAreNotTheEnd() async throws {
    #expect(throws: TransportError(.system, "replay ended with 'a\\xff' unread")) {
      try ReplayChannel(ReplayScript([.send([0x61, 0xFF])])).checkFinished()
    }
    #expect(throws: TransportError.self) { try ReplayChannel(ReplayScript([.expect("q")])).checkFinished() }
  }
}
