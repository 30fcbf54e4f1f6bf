import Glibc
import Testing

@testable import Transports

extension LiveTests {
  @Suite struct FailureTests {
    private let brief = SessionDeadlines(connect: .milliseconds(300), login: .milliseconds(300), device: .seconds(20))

    private func connect(
      _ endpoint: Endpoint, _ deadlines: SessionDeadlines = LiveTests.brisk, on loop: EventLoop? = nil,
      verifier: @escaping HostKeyVerifier = LiveTests.anyKey
    ) async throws {
      let credential = LoginCredential(user: "somebody", password: "something")
      let connection = try await SSHConnection.connect(
        to: endpoint, credentials: [credential], deadlines: deadlines, verifier: verifier, on: try loop ?? EventLoop())
      await connection.close()
    }

    @Test func nobodyListens() async throws {
      let port = try LoopbackListener(handle: nil).port
      let failure = await LiveTests.failure { try await connect(Endpoint(host: "127.0.0.1", port: port)) }
      #expect(failure?.code == .unreachable)
      #expect(failure?.message == "127.0.0.1:\(port): connection refused")
    }

    @Test func nobodyListensOnIPv6() async throws {
      let failure = await LiveTests.failure { try await connect(Endpoint(host: "::1", port: 1)) }
      #expect(failure?.code == .unreachable)
      #expect(failure?.message.hasPrefix("[::1]:1: ") == true)
    }

    /// None of these names makes the resolver ask the network.
    @Test(arguments: [
      "", "a b", "127.0.0.1\0.example", "a..b", String(repeating: "x", count: 70), String(repeating: "y", count: 5000),
    ])
    func theNameDoesNotResolve(_ name: String) async throws {
      #expect(await LiveTests.failure { try await connect(Endpoint(host: name)) }?.code == .nameNotResolved)
    }

    @Test func resolvesANameAndTriesEachOfItsAddresses() async throws {
      let server = try SSHServerFixture()
      let key = try await SSHConnector().scanHostKey(of: Endpoint(host: "localhost", port: server.endpoint.port))
      #expect(key.algorithm == "ssh-ed25519")
    }

    @Test func aConnectionThatIsNeverAcceptedTimesOut() async throws {
      // With a backlog of 0 Linux queues one connection and lets the next ones wait.
      let listener = try LoopbackListener(backlog: 0, handle: nil)
      let loop = try EventLoop()
      let address = try SocketAddress.resolve(listener.endpoint, isNumeric: true) ?? []
      let first = try await TCPSocket.connect(to: address, of: listener.endpoint, until: .now + .seconds(1), on: loop)
      let failure = await LiveTests.failure { try await connect(listener.endpoint, brief) }
      #expect(failure?.message == "\(listener.endpoint): timed out during connect")
      #expect(failure?.code == .timedOut)
      withExtendedLifetime(first) {}
    }

    @Test(arguments: ["", "SSH-2.0-Silence\r\n", "welcome\r\nSSH-2.0-Sil"])
    func aServerThatFallsSilentTimesOut(_ greeting: String) async throws {
      let listener = try LoopbackListener { LoopbackListener.send(Array(greeting.utf8), to: $0) || true }
      let failure = await LiveTests.failure { try await connect(listener.endpoint, brief) }
      #expect(failure == TransportError(.timedOut, "\(listener.endpoint): timed out during key exchange"))
    }

    @Test func theDeviceDeadlineCutsTheOthersShort() async throws {
      let listener = try LoopbackListener { _ in true }
      let deadlines = SessionDeadlines(login: .seconds(30), device: .milliseconds(200))
      let failure = await LiveTests.failure { try await connect(listener.endpoint, deadlines) }
      #expect(failure?.code == .timedOut)
      #expect(failure?.message.contains("the device's time is used up (0.2 seconds)") == true)
    }

    @Test(arguments: ["", "SSH-2.0-Hasty\r\n", "SSH-2.0-Hasty\r\n\0\0\u{3}\0\u{4}\u{14}"])
    func aServerThatHangsUpIsLost(_ greeting: String) async throws {
      let listener = try LoopbackListener { connection in
        _ = LoopbackListener.send(Array(greeting.utf8), to: connection)
        return false
      }
      let failure = await LiveTests.failure { try await connect(listener.endpoint) }
      #expect(
        failure == TransportError(.connectionLost, "\(listener.endpoint): the server ended the connection during key exchange"))
    }

    @Test func garbageOnAConnectionThatStaysOpenIsNoHangUp() async throws {
      let listener = try LoopbackListener { connection in
        LoopbackListener.send(Array("SSH-2.0-Noise\r\n".utf8) + [UInt8](repeating: 0xA5, count: 20_000), to: connection) || true
      }
      let failure = await LiveTests.failure { try await connect(listener.endpoint) }
      #expect(
        failure
          == TransportError(
            .connectionLost, "\(listener.endpoint): the server sent something that is no SSH during key exchange"))
    }

    @Test func anotherProtocolIsNamed() async throws {
      let listener = try LoopbackListener { connection in
        _ = LoopbackListener.send(Array("220 mail ESMTP \u{1B}[2J\r\n".utf8), to: connection)
        return false
      }
      let failure = await LiveTests.failure { try await connect(listener.endpoint) }
      #expect(failure?.message == "\(listener.endpoint): no SSH server: it sent '220 mail ESMTP \\e[2J\\r\\n'")
    }

    @Test(arguments: [
      "junk\r\n", "SSH-2.0-Flood\r\n", "SSH-2.0-Flood\r\n\0\0\0\u{C}\u{A}\u{2}", "SSH-1.5-old\r\n", "\0\0\0\0\0\0", "\r\n",
    ])
    func aFloodInsteadOfAKeyExchangeEnds(_ text: String) async throws {
      let flood = Array(repeatElement(Array(text.utf8), count: 4096).joined())
      let listener = try LoopbackListener { connection in
        for _ in 0..<2000 {
          if !LoopbackListener.send(flood, to: connection) { break }
        }
        return false
      }
      let start = ContinuousClock.now
      let failure = await LiveTests.failure { try await connect(listener.endpoint) }
      #expect(failure != nil)
      #expect(failure?.code != .timedOut)
      #expect(.now - start < .seconds(3))
    }

    @Test func aServerThatFreezesAtLoginTimesOut() async throws {
      let server = try SSHServerFixture()
      let failure = await LiveTests.failure {
        try await connect(server.endpoint, SessionDeadlines(login: .seconds(1))) { _ in server.freeze() }
      }
      #expect(failure == TransportError(.timedOut, "\(server.endpoint): timed out during login"))
    }

    @Test func aServerThatFreezesOrDiesLaterIsNoticed() async throws {
      let server = try SSHServerFixture()
      let loop = try EventLoop()
      func connect() async throws -> SSHConnection {
        try await SSHConnection.connect(
          to: server.endpoint, credentials: [server.credential(key: "user_ed25519")],
          deadlines: SessionDeadlines(login: .seconds(1)), verifier: LiveTests.anyKey, on: loop)
      }
      let dying = try await connect().openShell()
      _ = try await LiveTests.read(dying, until: "$ ")
      let reading = Task { try await dying.read(deadline: .now + .seconds(10)) }
      server.crash()
      // An sshd that is killed may leave its child to say end-of-file first.
      do {
        #expect(try await reading.value.isEmpty)
      } catch {
        #expect((error as? TransportError)?.code == .connectionLost)
      }
      await dying.close()

      let frozen = try await connect()
      server.freeze()
      let failure = await LiveTests.failure { _ = try await frozen.openShell() }
      #expect(failure == TransportError(.timedOut, "\(server.endpoint): timed out during opening the shell"))
      let start = ContinuousClock.now
      await frozen.close()
      #expect(.now - start < .seconds(3))
    }

    @Test func aSilentDeviceTimesOutAndCanBeReadOn() async throws {
      let server = try SSHServerFixture(.openSSH, ["ForceCommand read line; echo got $line; cat"])
      let connection = try await SSHConnection.connect(
        to: server.endpoint, credentials: [server.credential(key: "user_ed25519")],
        options: .init(keepaliveInterval: .milliseconds(20)), deadlines: LiveTests.brisk, verifier: LiveTests.anyKey,
        on: try EventLoop())
      let channel = try await connection.openShell()
      let failure = await LiveTests.failure { _ = try await channel.read(deadline: .now + .milliseconds(150)) }
      #expect(failure == TransportError(.timedOut, "\(server.endpoint): timed out during the session"))
      try await channel.write(Array("on\r".utf8), deadline: .now + .seconds(5))
      #expect(try await LiveTests.read(channel, until: "got on\r\n").contains("got on\r\n"))
      await channel.close()
      #expect(server.finalLog().contains("keepalive@libssh2.org"))
    }

    @Test func aWriteToADeviceThatDoesNotReadTimesOut() async throws {
      let server = try SSHServerFixture(.openSSH, ["ForceCommand stty raw -echo; echo ready; sleep 20"])
      let connection = try await SSHConnection.connect(
        to: server.endpoint, credentials: [server.credential(key: "user_ed25519")], deadlines: LiveTests.brisk,
        verifier: LiveTests.anyKey, on: try EventLoop())
      let channel = try await connection.openShell()
      _ = try await LiveTests.read(channel, until: "ready")
      let failure = await LiveTests.failure {
        try await channel.write([UInt8](repeating: 0x61, count: 16 << 20), deadline: .now + .milliseconds(500))
      }
      #expect(failure?.code == .timedOut)
      let start = ContinuousClock.now
      await channel.close()
      #expect(.now - start < .seconds(1))
    }

    @Test func aFloodingDeviceLeavesOthersTheirTurn() async throws {
      let flooding = try SSHServerFixture(.openSSH, ["ForceCommand yes 0123456789012345678901234567890123456789"])
      let echoing = try SSHServerFixture(.openSSH, ["ForceCommand stty -echo; echo ready; cat"])
      let loop = try EventLoop()
      func open(_ server: SSHServerFixture) async throws -> any ByteChannel {
        try await SSHConnection.connect(
          to: server.endpoint, credentials: [server.credential(key: "user_ed25519")], deadlines: LiveTests.brisk,
          verifier: LiveTests.anyKey, on: loop
        ).openShell()
      }
      let echo = try await open(echoing)
      _ = try await LiveTests.read(echo, until: "ready\r\n")
      let flood = try await open(flooding)
      let drain = Task {
        var count = 0
        while !Task.isCancelled { count += try await flood.read(deadline: .now + .seconds(5)).count }
        return count
      }
      for index in 0..<20 {
        let start = ContinuousClock.now
        try await echo.write(Array("line \(index)\r".utf8), deadline: .now + .seconds(5))
        _ = try await LiveTests.read(echo, until: "line \(index)\r\n")
        #expect(.now - start < .seconds(1))
      }
      drain.cancel()
      let result = await drain.result
      if case .success(let count) = result { #expect(count > 100_000) }
      await flood.close()
      await echo.close()
    }
  }
}
