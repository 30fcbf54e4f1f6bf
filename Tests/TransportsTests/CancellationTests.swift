import Testing

@testable import Transports

extension LiveTests {
  @Suite struct CancellationTests {
    enum Stage: CaseIterable { case resolve, connect, keyExchange, verifier, login, shell, read, write }

    /// Everything has a deadline far away, so that only the cancellation can end it soon.
    @Test(arguments: Stage.allCases) func endsPromptly(_ stage: Stage) async throws {
      let server = try SSHServerFixture(.openSSH, ["ForceCommand stty raw -echo; echo ready; sleep 20"])
      let deaf = try LoopbackListener(backlog: 0, handle: nil)
      let silent = try LoopbackListener { _ in true }
      let loop = try EventLoop()
      let queued = try await TCPSocket.connect(
        to: try SocketAddress.resolve(deaf.endpoint, isNumeric: true) ?? [], of: deaf.endpoint, until: .now + .seconds(1),
        on: loop)
      let endpoint =
        switch stage {
        case .connect: deaf.endpoint
        case .keyExchange: silent.endpoint
        default: server.endpoint
        }
      let credential = try server.credential(key: "user_ed25519")
      let box = Flag()
      let task = Task {
        if stage == .resolve {
          box.raise()
          try await loop.waitForSignal(until: .now + .seconds(60)) { _ in }
          return
        }
        if stage == .connect || stage == .keyExchange { box.raise() }
        let connection = try await SSHConnection.connect(
          to: endpoint, credentials: [credential], deadlines: SessionDeadlines(connect: .seconds(60), login: .seconds(60)),
          verifier: { _ in
            if stage == .login { server.freeze() }
            if stage == .login || stage == .verifier { box.raise() }
            if stage == .verifier { try await Task.sleep(for: .seconds(60)) }
          }, on: loop)
        if stage == .shell {
          server.freeze()
          box.raise()
        }
        let channel = try await connection.openShell()
        _ = try await channel.read(deadline: .now + .seconds(10))
        box.raise()
        if stage == .read { _ = try await channel.read(deadline: .now + .seconds(60)) }
        if stage == .write { try await channel.write([UInt8](repeating: 0x61, count: 16 << 20), deadline: .now + .seconds(60)) }
      }
      await box.wait()
      // Let it get from the flag into the wait; being too early is no error, only another path.
      for _ in 0..<50 { await Task.yield() }
      try await Task.sleep(for: .milliseconds(20))
      let start = ContinuousClock.now
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(.now - start < .seconds(1))
      withExtendedLifetime(queued) {}
    }
  }

  /// Raised once, awaited once.
  private final class Flag: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    init() { (stream, continuation) = AsyncStream.makeStream() }
    func raise() { continuation.finish() }
    func wait() async { for await _ in stream {} }
  }
}
