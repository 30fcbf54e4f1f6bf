import Glibc
import Testing

@testable import Transports

extension LiveTests {
  @Suite struct JumpHostTests {
    private func jump(
      _ bastion: SSHServerFixture, _ credential: LoginCredential? = nil, pin: HostKeyPin? = nil,
      verifier: @escaping HostKeyVerifier = LiveTests.anyKey
    ) throws -> JumpHost {
      JumpHost(
        endpoint: bastion.endpoint, credentials: [try credential ?? bastion.credential(key: "user_ed25519")],
        options: .init(hostKeyPin: pin), verifier: verifier)
    }

    private func request(
      _ device: Endpoint, _ jump: JumpHost, _ deadlines: SessionDeadlines = LiveTests.brisk
    ) throws -> ConnectionRequest {
      let lab = try LabEnvironment.shared.get()
      return ConnectionRequest(
        endpoint: device, jump: jump, credentials: [LoginCredential(user: lab.user, password: SSHServerFixture.password)],
        deadlines: deadlines, verifier: LiveTests.anyKey)
    }

    private func acceptedCount(_ server: SSHServerFixture) -> Int {
      server.finalLog().split(whereSeparator: \.isNewline).count { $0.contains("Accepted publickey") }
    }

    @Test(arguments: [SSHServerFixture.Program.openSSH, .dropbear], [false, true])
    func reachesADeviceThroughAJumpHost(_ program: SSHServerFixture.Program, _ isIPv6: Bool) async throws {
      let bastion = try SSHServerFixture(program, isIPv6: isIPv6)
      let device = try SSHServerFixture(isIPv6: isIPv6)
      let credential = try bastion.credential(password: SSHServerFixture.password)
      let session = try await SSHConnector().connect(try request(device.endpoint, jump(bastion, credential)))
      #expect(session.timings.jump > .zero && session.timings.connect > .zero && session.timings.resolve == .zero)
      #expect(try session.hostKey.fingerprint == SSHServerFixture.fingerprint(hostKey: "ed25519"))
      _ = try await LiveTests.read(session.channel, until: "$ ")
      // Much in both directions.
      let deadline = ContinuousClock.now + .seconds(20)
      try await session.channel.write(
        Array("stty -echo raw; head -c 3000000 /dev/zero | tr '\\0' x; head -c 300000 | wc -c\n".utf8), deadline: deadline)
      var count = 0
      while count < 3_000_000 {
        let bytes = try await session.channel.read(deadline: deadline)
        if bytes.isEmpty { break }
        count += bytes.count { $0 == 0x78 }
      }
      // Not before the terminal is raw: it would drop what exceeds a line.
      try await session.channel.write([UInt8](repeating: 0x79, count: 300_000), deadline: deadline)
      let tail = try await LiveTests.read(session.channel, until: "300000")
      #expect(count >= 3_000_000)
      #expect(tail.contains("300000"))
      await session.channel.close()
    }

    @Test(arguments: [1, 2]) func sessionsShareTheConnectionsToTheJumpHost(_ loopCount: Int) async throws {
      let bastion = try SSHServerFixture()
      let device = try SSHServerFixture(.dropbear)
      let connector = try SSHConnector(loopCount: loopCount)
      let request = try request(device.endpoint, jump(bastion), SessionDeadlines(connect: .seconds(20), login: .seconds(20)))
      try await withThrowingTaskGroup(of: ConnectedShell.self) { group in
        for _ in 0..<40 { group.addTask { try await connector.connect(request) } }
        var sessions: [ConnectedShell] = []
        for try await session in group { sessions.append(session) }
        for (index, session) in sessions.enumerated() {
          try await session.channel.write(Array("echo $((\(index)+1000000))\r".utf8), deadline: .now + .seconds(5))
        }
        for (index, session) in sessions.enumerated() {
          #expect(try await LiveTests.read(session.channel, until: "\(index + 1_000_000)").contains("\(index + 1_000_000)"))
          await session.channel.close()
        }
      }
      // Ends only when the last connection to the jump host is closed, without the connector having to go.
      #expect((1...8).contains(acceptedCount(bastion)))
      withExtendedLifetime(connector) {}
    }

    @Test func theJumpHostsKeyIsCheckedLikeAnyOther() async throws {
      let bastion = try SSHServerFixture()
      let device = try SSHServerFixture()
      let pin = HostKeyPin(algorithm: "ssh-ed25519", fingerprint: "SHA256:other")
      let failure = await LiveTests.failure {
        _ = try await SSHConnector().connect(try request(device.endpoint, jump(bastion, pin: pin)))
      }
      #expect(failure?.code == .hostKeyChanged)
      #expect(failure?.concernsJumpHost == true)
      #expect(failure?.message.hasPrefix("jump host \(bastion.endpoint): the host key has changed") == true)
      #expect(!bastion.finalLog().contains("userauth-request"))
    }

    /// Another network may pin another key of the same jump host, or trust none.
    @Test func aSharedConnectionIsJudgedByEachOfItsUsers() async throws {
      struct Refused: Error {}
      let bastion = try SSHServerFixture()
      let device = try SSHServerFixture()
      let connector = try SSHConnector()
      let session = try await connector.connect(try request(device.endpoint, jump(bastion)))
      await #expect(throws: Refused.self) {
        _ = try await connector.connect(try request(device.endpoint, jump(bastion, verifier: { _ in throw Refused() })))
      }
      let pin = HostKeyPin(algorithm: "ssh-ed25519", fingerprint: "SHA256:other")
      let failure = await LiveTests.failure {
        _ = try await connector.connect(try request(device.endpoint, jump(bastion, pin: pin)))
      }
      #expect(failure?.code == .hostKeyChanged && failure?.concernsJumpHost == true)
      await session.channel.close()
    }

    @Test func aRefusedLoginAtTheJumpHostIsNotRepeatedForEachDevice() async throws {
      let bastion = try SSHServerFixture()
      let device = try SSHServerFixture()
      let connector = try SSHConnector()
      let request = try request(device.endpoint, jump(bastion, bastion.credential(password: "wrong")))
      await withTaskGroup(of: TransportError?.self) { group in
        for _ in 0..<10 { group.addTask { await LiveTests.failure { _ = try await connector.connect(request) } } }
        for await failure in group {
          #expect(failure?.code == .authenticationFailed && failure?.concernsJumpHost == true, "\(String(describing: failure))")
          #expect(failure?.message.hasPrefix("jump host ") == true)
        }
      }
      let log = bastion.finalLog()
      #expect(log.split(whereSeparator: \.isNewline).count { $0.contains("Failed password") } == 1)
    }

    @Test func aJumpHostOutOfReachIsNamedAsSuch() async throws {
      let device = try SSHServerFixture()
      let bastion = try SSHServerFixture()
      var jump = try jump(bastion)
      jump.endpoint = Endpoint(host: "127.0.0.1", port: try LoopbackListener(handle: nil).port)
      let refused = await LiveTests.failure { _ = try await SSHConnector().connect(try request(device.endpoint, jump)) }
      #expect(refused?.message == "jump host \(jump.endpoint): connection refused")
      #expect(refused?.code == .unreachable && refused?.concernsJumpHost == true)
      let silent = try LoopbackListener { _ in true }
      jump.endpoint = silent.endpoint
      let brief = SessionDeadlines(connect: .milliseconds(300), login: .milliseconds(300))
      let mute = await LiveTests.failure { _ = try await SSHConnector().connect(try request(device.endpoint, jump, brief)) }
      #expect(mute?.message == "jump host \(silent.endpoint): timed out during key exchange")
      #expect(mute?.code == .timedOut && mute?.concernsJumpHost == true)
    }

    @Test func aDeviceThatIsDownBehindTheJumpHostIsTheDevicesTrouble() async throws {
      let bastion = try SSHServerFixture()
      let down = Endpoint(host: "127.0.0.1", port: try LoopbackListener(handle: nil).port)
      let jump = try jump(bastion)
      let failure = await LiveTests.failure { _ = try await SSHConnector().connect(try request(down, jump)) }
      #expect(failure == TransportError(.unreachable, "\(down): jump host \(bastion.endpoint) cannot connect to it"))
    }

    /// libssh2 opens one channel at a time: one that nobody answers must not hold up the others.
    @Test func aBlackHoleBehindTheJumpHostHoldsUpNobodyElse() async throws {
      let bastion = try SSHServerFixture()
      let device = try SSHServerFixture()
      let hole = try LoopbackListener(backlog: 0, handle: nil)
      let loop = try EventLoop()
      let address = try SocketAddress.resolve(hole.endpoint, isNumeric: true) ?? []
      let queued = try await TCPSocket.connect(to: address, of: hole.endpoint, until: .now + .seconds(1), on: loop)
      let connector = try SSHConnector()
      let jump = try jump(bastion)
      let deadlines = SessionDeadlines(connect: .milliseconds(1500), login: .seconds(10))
      let lost = try request(hole.endpoint, jump, deadlines)
      let holes = (0..<3).map { _ in Task { await LiveTests.failure { _ = try await connector.connect(lost) } } }
      for _ in 0..<5 {
        let session = try await connector.connect(try request(device.endpoint, jump, deadlines))
        await session.channel.close()
      }
      for hole in holes {
        let failure = await hole.value
        #expect(failure?.code == .timedOut && failure?.concernsJumpHost == false, "\(String(describing: failure))")
        #expect(failure?.message.contains("timed out during connect through jump host") == true)
      }
      withExtendedLifetime(queued) {}
    }

    @Test func aJumpHostThatForwardsNothingSaysSo() async throws {
      let bastion = try SSHServerFixture(.openSSH, ["AllowTcpForwarding no"])
      let device = try SSHServerFixture()
      let jump = try jump(bastion)
      let failure = await LiveTests.failure { _ = try await SSHConnector().connect(try request(device.endpoint, jump)) }
      #expect(failure?.message == "\(device.endpoint): jump host \(bastion.endpoint) does not forward connections to it")
      #expect(failure?.concernsJumpHost == true)
      #expect(failure?.hint?.contains("AllowTcpForwarding") == true)
    }

    @Test func aJumpHostThatDiesIsNamedBySessionsThroughIt() async throws {
      let bastion = try SSHServerFixture()
      let device = try SSHServerFixture()
      let jump = try jump(bastion)
      let session = try await SSHConnector().connect(try request(device.endpoint, jump))
      _ = try await LiveTests.read(session.channel, until: "$ ")
      bastion.crash()
      let failure = await LiveTests.failure {
        while try await !session.channel.read(deadline: .now + .seconds(5)).isEmpty {}
      }
      #expect(failure?.code == .connectionLost && failure?.concernsJumpHost == true, "\(String(describing: failure))")
      #expect(failure?.message.hasPrefix("jump host \(bastion.endpoint)") == true)
      await session.channel.close()
    }

    @Test func aFrozenJumpHostEndsByTheDeadlines() async throws {
      let bastion = try SSHServerFixture()
      let device = try SSHServerFixture()
      let deadlines = SessionDeadlines(connect: .seconds(2), login: .seconds(2), device: .seconds(4))
      let start = ContinuousClock.now
      let jump = try jump(bastion, verifier: { _ in bastion.freeze() })
      let failure = await LiveTests.failure {
        _ = try await SSHConnector().connect(try request(device.endpoint, jump, deadlines))
      }
      #expect(failure?.code == .timedOut && failure?.concernsJumpHost == true)
      #expect(.now - start < .seconds(5))
    }

    @Test func cancellingAWaitingSessionLetsTheOthersGoOn() async throws {
      let bastion = try SSHServerFixture()
      let device = try SSHServerFixture()
      let connector = try SSHConnector()
      let request = try request(device.endpoint, jump(bastion))
      let tasks = (0..<12).map { _ in Task { try await connector.connect(request) } }
      for (index, task) in tasks.enumerated() where index % 2 == 0 { task.cancel() }
      for (index, task) in tasks.enumerated() {
        do {
          let session = try await task.value
          await session.channel.close()
        } catch {
          #expect(error is CancellationError && index % 2 == 0, "\(error)")
        }
      }
      _ = bastion.finalLog()
    }

    @Test func scansThroughAJumpHost() async throws {
      let bastion = try SSHServerFixture()
      let device = try SSHServerFixture(hostKey: "ecdsa")
      let key = try await SSHConnector().scanHostKey(of: try request(device.endpoint, jump(bastion)))
      #expect(try key.fingerprint == SSHServerFixture.fingerprint(hostKey: "ecdsa"))
    }

    @Test func sessionsThroughAJumpHostLeaveNoDescriptorBehind() async throws {
      let bastion = try SSHServerFixture()
      let device = try SSHServerFixture()
      let connector = try SSHConnector()
      let request = try request(device.endpoint, jump(bastion))
      func count() -> Int { LiveTests.descriptorCount }
      try await connector.connect(request).channel.close()
      _ = bastion.finalLog()
      // Sleeping takes a descriptor of its own at the first time.
      try await Task.sleep(for: .milliseconds(1))
      let before = count()
      for index in 0..<20 {
        let session = try await connector.connect(request)
        if index % 2 == 0 { await session.channel.close() }
      }
      for _ in 0..<200 where count() > before { try await Task.sleep(for: .milliseconds(10)) }
      #expect(count() <= before, "\(LiveTests.descriptors)")
    }
  }
}
