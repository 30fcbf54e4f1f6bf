import Glibc
import Testing

@testable import Transports

extension LiveTests {
  /// The same as for libssh2, over the system's ssh.
  @Suite struct OpenSSHTests {
    private func request(
      _ endpoint: Endpoint, _ credentials: [LoginCredential], _ options: SSHConnection.Options = .init(),
      _ deadlines: SessionDeadlines = LiveTests.brisk, jump: JumpHost? = nil,
      verifier: @escaping HostKeyVerifier = LiveTests.anyKey
    ) -> ConnectionRequest {
      ConnectionRequest(
        endpoint: endpoint, transport: .openSSH, jump: jump, credentials: credentials, options: options, deadlines: deadlines,
        verifier: verifier)
    }

    @discardableResult
    private func logIn(_ request: ConnectionRequest, _ resources: CallerResources = .none) async throws -> Int? {
      let session = try await SSHConnector(resources: resources).connect(request)
      await session.channel.close()
      return session.credentialIndex
    }

    private func pin(_ algorithm: String, _ hostKey: String) throws -> HostKeyPin {
      HostKeyPin(algorithm: algorithm, fingerprint: try SSHServerFixture.fingerprint(hostKey: hostKey))
    }

    @Test func passwordLoginAndShell() async throws {
      let server = try SSHServerFixture()
      let session = try await SSHConnector().connect(
        request(server.endpoint, [server.credential(password: SSHServerFixture.password)]))
      #expect(session.hostKey.algorithm == "ssh-ed25519")
      #expect(try session.hostKey.fingerprint == SSHServerFixture.fingerprint(hostKey: "ed25519"))
      #expect(session.credentialIndex == 0)
      #expect(session.serverIdentification?.hasPrefix("SSH-2.0-OpenSSH") == true)
      let timings = session.timings
      #expect(timings.connect > .zero && timings.keyExchange > .zero && timings.login > .zero && timings.shell > .zero)
      let deadline = ContinuousClock.now + .seconds(5)
      _ = try await LiveTests.read(session.channel, until: "$ ")
      // A tilde at the start of a line is no escape, and bytes pass as they are.
      try await session.channel.write(Array("stty size; echo $TERM | tr a-z A-Z\r~.\r".utf8), deadline: deadline)
      let output = try await LiveTests.read(session.channel, until: "~.: not found")
      #expect(output.contains("24 511\r\n"))
      #expect(output.contains("VT100\r\n"))
      try await session.channel.write(Array("exit 3\r".utf8), deadline: deadline)
      while try await !session.channel.read(deadline: deadline).isEmpty {}
      await session.channel.close()
      await session.channel.close()
      await #expect { try await session.channel.read(deadline: deadline) } throws: {
        ($0 as? TransportError)?.code == .connectionLost
      }
    }

    @Test func muchInBothDirections() async throws {
      let server = try SSHServerFixture()
      let session = try await SSHConnector().connect(request(server.endpoint, [server.credential(key: "user_ed25519")]))
      let deadline = ContinuousClock.now + .seconds(20)
      _ = try await LiveTests.read(session.channel, until: "$ ")
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
      #expect(count >= 3_000_000 && tail.contains("300000"))
      await session.channel.close()
    }

    @Test(
      arguments: [
        ("user_ed25519", nil), ("user_ecdsa", nil), ("user_rsa", nil), ("user_pem", nil), ("user_locked", "open sesame"),
        ("user_locked_pem", "open sesame"),
      ] as [(String, String?)])
    func logsInWithAKey(_ key: String, _ passphrase: String?) async throws {
      let server = try SSHServerFixture()
      #expect(try await logIn(request(server.endpoint, [server.credential(key: key, passphrase: passphrase)])) == 0)
    }

    @Test(arguments: [("user_locked", nil), ("user_locked", "grey eyed"), ("authorized_keys", nil)] as [(String, String?)])
    func aKeyThatCannotBeReadIsABadKey(_ key: String, _ passphrase: String?) async throws {
      let server = try SSHServerFixture()
      let credential = try server.credential(key: key, passphrase: passphrase)
      let failure = await LiveTests.failure { try await logIn(request(server.endpoint, [credential])) }
      #expect(failure?.code == .badKey, "\(String(describing: failure))")
      #expect(failure?.message.contains("grey") == false)
    }

    @Test func answersKeyboardInteractive() async throws {
      let server = try SSHServerFixture(
        .openSSH, ["UsePAM yes", "KbdInteractiveAuthentication yes", "PasswordAuthentication no"])
      #expect(try await logIn(request(server.endpoint, [server.credential(password: SSHServerFixture.password)])) == 0)
      #expect(server.finalLog().contains("Accepted keyboard-interactive/pam"))
    }

    @Test(arguments: ["publickey,password", "password,publickey"])
    func givesAllFactors(_ methods: String) async throws {
      let server = try SSHServerFixture(.openSSH, ["AuthenticationMethods \(methods)"])
      let credential = try server.credential(password: SSHServerFixture.password, key: "user_ed25519")
      #expect(try await logIn(request(server.endpoint, [credential])) == 0)
    }

    @Test func aWrongPasswordIsGivenOnceAndNotRepeatedInTheMessage() async throws {
      let server = try SSHServerFixture(.openSSH, ["UsePAM yes", "KbdInteractiveAuthentication yes"])
      let credential = try server.credential(password: "grey eyed")
      let failure = await LiveTests.failure { try await logIn(request(server.endpoint, [credential])) }
      #expect(failure?.code == .authenticationFailed)
      #expect(failure?.message.contains("accepts no credential of user '\(credential.user)'; it offers publickey,") == true)
      #expect("\(String(describing: failure))".contains("grey") == false)
      let log = server.finalLog().split(whereSeparator: \.isNewline)
      #expect(log.count { $0.contains("Failed ") && !$0.contains("Failed none") } <= 1, "\(log)")
    }

    @Test func triesCredentialsInOrderUpToTheLimit() async throws {
      let server = try SSHServerFixture()
      let credentials = [
        try server.credential(password: "wrong"), try server.credential(key: "stranger"),
        try server.credential(key: "user_ed25519"),
      ]
      #expect(try await logIn(request(server.endpoint, credentials)) == 2)
      let failure = await LiveTests.failure {
        try await logIn(request(server.endpoint, credentials, .init(maximumLoginAttempts: 2)))
      }
      #expect(failure?.hint == "stopped after 2 attempts, so as not to lock the account")
    }

    /// What counts is what the server was shown, not what a credential has.
    @Test func onlyWhatWasTriedCounts() async throws {
      let server = try SSHServerFixture(.openSSH, ["PasswordAuthentication no"])
      let credentials = [
        try server.credential(password: "wrong", key: "stranger"), try server.credential(password: "wrong", key: "stranger_2"),
        try server.credential(key: "user_ed25519"),
      ]
      #expect(try await logIn(request(server.endpoint, credentials, .init(maximumLoginAttempts: 3))) == 2)
    }

    @Test func aServerThatHangsUpOnAPasswordHasRefusedIt() async throws {
      let server = try SSHServerFixture(.dropbear, arguments: ["-T", "1"])
      let credentials = [
        try server.credential(password: "wrong"), try server.credential(password: SSHServerFixture.password),
      ]
      #expect(try await logIn(request(server.endpoint, credentials)) == 1)
      let failure = await LiveTests.failure { try await logIn(request(server.endpoint, [credentials[0]])) }
      #expect(failure?.code == .authenticationFailed, "\(String(describing: failure))")
      #expect(failure?.message.contains("it then ended the connection") == true)
    }

    /// What the server has not seen is tried on another connection.
    @Test(arguments: [["MaxAuthTries 1"], ["MaxAuthTries 2"], ["AuthenticationMethods password"]])
    func whatTheAgentLeavesIsTried(_ lines: [String]) async throws {
      let server = try SSHServerFixture(.openSSH, lines)
      let agent = try AgentFixture(["stranger", "stranger_2", "stranger_3"])
      let resources = CallerResources(agentSocket: agent.socket)
      let right = SSHServerFixture.password
      let apart = [try server.credential(usesAgent: true), try server.credential(password: right)]
      for (credentials, index) in [(apart, 1), ([try server.credential(password: right, usesAgent: true)], 0)] {
        #expect(
          try await logIn(request(server.endpoint, credentials, .init(maximumLoginAttempts: 4)), resources) == index,
          "\(credentials)")
      }
    }

    @Test(arguments: [["MaxAuthTries 1"], ["MaxAuthTries 1", "AuthenticationMethods publickey,password"]])
    func keysOfTheAgentThatTheServerHasNotSeenAreTried(_ lines: [String]) async throws {
      let server = try SSHServerFixture(.openSSH, lines)
      let agent = try AgentFixture(["stranger", "user_ed25519"])
      let credential = try server.credential(password: SSHServerFixture.password, usesAgent: true)
      #expect(try await logIn(request(server.endpoint, [credential]), CallerResources(agentSocket: agent.socket)) == 0)
    }

    /// How discovery gets to know who is there.
    @Test func withoutACredentialTheVerifierHearsOfTheHostKey() async throws {
      struct Seen: Error { let key: HostKey }
      let server = try SSHServerFixture()
      await #expect { try await logIn(request(server.endpoint, []) { throw Seen(key: $0) }) } throws: {
        ($0 as? Seen)?.key.algorithm == "ssh-ed25519"
      }
      #expect(
        await LiveTests.failure { try await logIn(request(server.endpoint, [])) }?.message
          == "\(server.endpoint): there is no credential for this device")
    }

    @Test func anAcceptedFactorIsNoAttempt() async throws {
      let server = try SSHServerFixture(.openSSH, ["AuthenticationMethods publickey,password"])
      let credential = try server.credential(password: SSHServerFixture.password, key: "user_ed25519")
      #expect(try await logIn(request(server.endpoint, [credential], .init(maximumLoginAttempts: 1))) == 0)
    }

    @Test func aServerThatTakesNoSecondConnectionHasRefusedBefore() async throws {
      let server = try SSHServerFixture(connectionLimit: 1)
      let credentials = [try server.credential(password: "wrong"), LoginCredential(user: "nobody", password: "wrong")]
      let failure = await LiveTests.failure { try await logIn(request(server.endpoint, credentials)) }
      #expect(failure?.code == .authenticationFailed, "\(String(describing: failure))")
      #expect(failure?.message.contains("no further connection: \(server.endpoint): ") == true, "\(String(describing: failure))")
    }

    @Test func anotherProtocolIsNamed() async throws {
      let listener = try LoopbackListener { connection in
        _ = LoopbackListener.send(Array("220 mail ESMTP\r\n".utf8), to: connection)
        return false
      }
      let failure = await LiveTests.failure {
        try await logIn(request(listener.endpoint, [LoginCredential(user: "u", password: "p")]))
      }
      #expect(failure?.message == "\(listener.endpoint): no SSH server: it sent '220 mail ESMTP'")
    }

    @Test func thePasswordIsNotGivenBeyondTheLimit() async throws {
      let server = try SSHServerFixture()
      let credential = try server.credential(password: SSHServerFixture.password, key: "stranger")
      let failure = await LiveTests.failure {
        try await logIn(request(server.endpoint, [credential], .init(maximumLoginAttempts: 1)))
      }
      #expect(failure?.hint == "stopped after 1 attempt, so as not to lock the account")
      #expect(!server.finalLog().contains("method password "))
      #expect(try await logIn(request(server.endpoint, [credential], .init(maximumLoginAttempts: 2))) == 0)
    }

    @Test func logsInToDropbear() async throws {
      let server = try SSHServerFixture(.dropbear)
      #expect(try await logIn(request(server.endpoint, [server.credential(password: SSHServerFixture.password)])) == 0)
    }

    // MARK: Host keys

    @Test func aRefusedKeyEndsTheConnectionBeforeAnythingIsSentToLogIn() async throws {
      struct Refused: Error {}
      let server = try SSHServerFixture()
      await #expect(throws: Refused.self) {
        try await logIn(
          request(
            server.endpoint, [server.credential(password: SSHServerFixture.password)], verifier: { _ in throw Refused() }))
      }
      #expect(!server.finalLog().contains("userauth-request"))
    }

    @Test func aChangedKeyIsTheSameErrorAsOverTheLibrary() async throws {
      let server = try SSHServerFixture()
      let changed = HostKeyPin(algorithm: "ssh-ed25519", fingerprint: "SHA256:other")
      var request = request(
        server.endpoint, [try server.credential(password: SSHServerFixture.password)], .init(hostKeyPin: changed))
      let failure = await LiveTests.failure { try await logIn(request) }
      #expect(!server.finalLog().contains("userauth-request"))
      request.transport = .libssh2
      #expect(await LiveTests.failure { try await logIn(request) } == failure)
      #expect(failure?.code == .hostKeyChanged)
    }

    @Test func aPinOfATypeThatTheServerNoLongerHasIsAChange() async throws {
      let server = try SSHServerFixture(hostKey: "ed25519")
      let failure = await LiveTests.failure {
        try await logIn(
          request(
            server.endpoint, [server.credential(key: "user_ed25519")], .init(hostKeyPin: pin("ecdsa-sha2-nistp256", "ecdsa"))))
      }
      #expect(failure?.code == .hostKeyChanged)
      #expect(failure?.message.contains("ssh-ed25519") == true, "\(String(describing: failure))")
    }

    /// What libssh2 1.10 cannot negotiate is what this transport is for.
    @Test func rsaHostKeysWithSHA2() async throws {
      let server = try SSHServerFixture(hostKey: "rsa", ["HostKeyAlgorithms rsa-sha2-512,rsa-sha2-256"])
      var request = request(server.endpoint, [try server.credential(key: "user_rsa")])
      #expect(try await logIn(request) == 0)
      request.options.hostKeyPin = try pin("ssh-rsa", "rsa")
      #expect(try await logIn(request) == 0)
      if SSHLibrary.signsRSAWithSHA1Only {
        request.transport = .libssh2
        request.options.hostKeyPin = nil
        let failure = await LiveTests.failure { try await logIn(request) }
        #expect(failure?.code == .negotiationFailed && failure?.suggestsOpenSSH == true)
      }
    }

    @Test(arguments: ["ed25519", "ecdsa", "rsa"]) func scansWithoutLoggingIn(_ name: String) async throws {
      let server = try SSHServerFixture(hostKey: name)
      let key = try await SSHConnector().scanHostKey(of: request(server.endpoint, []))
      #expect(try key.fingerprint == SSHServerFixture.fingerprint(hostKey: name))
      #expect(!server.finalLog().contains("Accepted"))
    }

    @Test(arguments: ["KexAlgorithms diffie-hellman-group14-sha1", "Ciphers aes128-cbc", "MACs hmac-sha1"])
    func weakAlgorithmsAreForLegacyDevicesOnly(_ line: String) async throws {
      // The ciphers with their own authentication need no MAC.
      let server = try SSHServerFixture(.openSSH, [line, "Ciphers aes128-ctr"])
      let credential = try server.credential(key: "user_ed25519")
      let failure = await LiveTests.failure { try await logIn(request(server.endpoint, [credential])) }
      #expect(failure?.code == .negotiationFailed)
      // Both sides are named: what to mend on either shows.
      let name = line.split(separator: " ")[1]
      let message = failure?.message ?? ""
      #expect(message.contains("no common algorithm for ") && message.contains("(server: \(name)"), "\(message)")
      #expect(message.contains("; ssh: ") && !message.contains("; ssh: )"), "\(message)")
      try await logIn(request(server.endpoint, [credential], .init(allowsLegacyAlgorithms: true)))
    }

    /// A banner comes before the password is asked for, and could pretend to be ssh.
    @Test func aServersBannerAsksNothing() async throws {
      let folder = try LabEnvironment.makeFolder()
      try LabEnvironment.write(
        "debug1: Server host key: ssh-ed25519 SHA256:fake\ndebug2: shell request accepted on channel 0\n"
          + "Are you sure you want to continue connecting (yes/no/[fingerprint])? \nPassword: ", to: folder + "/banner")
      let server = try SSHServerFixture(.openSSH, ["Banner \(folder)/banner"])
      let session = try await SSHConnector().connect(
        request(server.endpoint, [server.credential(password: SSHServerFixture.password)]))
      #expect(try session.hostKey.fingerprint == SSHServerFixture.fingerprint(hostKey: "ed25519"))
      _ = try await LiveTests.read(session.channel, until: "$ ")
      try await session.channel.write(Array("echo $((1+1000000))\r".utf8), deadline: .now + .seconds(5))
      #expect(try await LiveTests.read(session.channel, until: "1000001").contains("1000001"))
      await session.channel.close()
      try ChildProcess.run(["rm", "-r", folder])
    }

    // MARK: Failures

    @Test func nobodyListens() async throws {
      let endpoint = Endpoint(host: "127.0.0.1", port: try LoopbackListener(handle: nil).port)
      let failure = await LiveTests.failure { try await logIn(request(endpoint, [LoginCredential(user: "u", password: "p")])) }
      #expect(failure?.code == .unreachable)
      #expect(failure?.message == "\(endpoint): connection refused")
    }

    @Test(arguments: ["a..b", "-oProxyCommand=touch"]) func theNameDoesNotResolve(_ name: String) async throws {
      let failure = await LiveTests.failure {
        try await logIn(request(Endpoint(host: name), [LoginCredential(user: "u", password: "p")]))
      }
      #expect(failure?.code == .nameNotResolved || failure?.code == .connectionLost, "\(String(describing: failure))")
    }

    @Test func aConnectionThatIsNeverAcceptedTimesOut() async throws {
      let listener = try LoopbackListener(backlog: 0, handle: nil)
      let loop = try EventLoop()
      let address = try SocketAddress.resolve(listener.endpoint, isNumeric: true) ?? []
      let first = try await TCPSocket.connect(to: address, of: listener.endpoint, until: .now + .seconds(1), on: loop)
      let brief = SessionDeadlines(connect: .milliseconds(500), login: .milliseconds(500))
      let failure = await LiveTests.failure {
        try await logIn(request(listener.endpoint, [LoginCredential(user: "u", password: "p")], .init(), brief))
      }
      #expect(failure?.message == "\(listener.endpoint): timed out during connect")
      #expect(failure?.code == .timedOut)
      withExtendedLifetime(first) {}
    }

    /// ssh's own deadline, that of connecting, may come first.
    @Test(
      arguments: ["", "SSH-2.0-Silence\r\n"],
      [
        SessionDeadlines(connect: .seconds(3), login: .milliseconds(500)),
        SessionDeadlines(connect: .seconds(1), login: .seconds(5)),
      ])
    func aServerThatFallsSilentTimesOut(_ greeting: String, _ brief: SessionDeadlines) async throws {
      let listener = try LoopbackListener { LoopbackListener.send(Array(greeting.utf8), to: $0) || true }
      let failure = await LiveTests.failure {
        try await logIn(request(listener.endpoint, [LoginCredential(user: "u", password: "p")], .init(), brief))
      }
      #expect(failure == TransportError(.timedOut, "\(listener.endpoint): timed out during key exchange"))
    }

    @Test func aServerWithoutShellsRefusesTheSession() async throws {
      let server = try SSHServerFixture(.openSSH, ["PermitTTY no"])
      let failure = await LiveTests.failure {
        try await logIn(request(server.endpoint, [server.credential(key: "user_ed25519")]))
      }
      #expect(failure == TransportError(.sessionRefused, "\(server.endpoint): the server refused a terminal"))
    }

    @Test func aLostConnectionIsNoEndOfTheShell() async throws {
      let server = try SSHServerFixture()
      let session = try await SSHConnector().connect(request(server.endpoint, [server.credential(key: "user_ed25519")]))
      _ = try await LiveTests.read(session.channel, until: "$ ")
      server.crash()
      let failure = await LiveTests.failure {
        while try await !session.channel.read(deadline: .now + .seconds(5)).isEmpty {}
      }
      #expect(failure?.code == .connectionLost, "\(String(describing: failure))")
      await session.channel.close()
    }

    @Test func cancellationAndClosingLeaveNoProcessAndNoDescriptor() async throws {
      let server = try SSHServerFixture()
      let silent = try LoopbackListener { _ in true }
      let connector = try SSHConnector()
      let good = request(server.endpoint, [try server.credential(key: "user_ed25519")])
      let mute = request(silent.endpoint, [LoginCredential(user: "u", password: "p")])
      try await connector.connect(good).channel.close()
      try await Task.sleep(for: .milliseconds(1))
      // The silent server keeps its four.
      let before = LiveTests.descriptorCount + 4
      for _ in 0..<4 {
        let task = Task { try await connector.connect(mute) }
        try await Task.sleep(for: .milliseconds(150))
        let start = ContinuousClock.now
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
        #expect(.now - start < .seconds(1))
        let session = try await connector.connect(good)
        await session.channel.close()
        // Dropped instead of closed.
        _ = try await connector.connect(good)
      }
      for _ in 0..<200 where LiveTests.descriptorCount > before { try await Task.sleep(for: .milliseconds(10)) }
      #expect(LiveTests.descriptorCount <= before, "\(LiveTests.descriptors)")
      for _ in 0..<200 where LiveTests.hasChild("ssh") { try await Task.sleep(for: .milliseconds(10)) }
      #expect(!LiveTests.hasChild("ssh"))
    }

    // MARK: Jump host, agent, own configuration

    @Test func throughAJumpHost() async throws {
      let bastion = try SSHServerFixture()
      let device = try SSHServerFixture(hostKey: "rsa", ["HostKeyAlgorithms rsa-sha2-512"])
      let jump = JumpHost(
        endpoint: bastion.endpoint, credentials: [try bastion.credential(key: "user_ed25519")], verifier: LiveTests.anyKey)
      let session = try await SSHConnector().connect(
        request(device.endpoint, [device.credential(password: SSHServerFixture.password)], jump: jump))
      #expect(session.hostKey.algorithm == "ssh-rsa")
      #expect(session.timings.jump > .zero)
      _ = try await LiveTests.read(session.channel, until: "$ ")
      try await session.channel.write(Array("echo $((1+1000000))\r".utf8), deadline: .now + .seconds(5))
      #expect(try await LiveTests.read(session.channel, until: "1000001").contains("1000001"))
      await session.channel.close()
      #expect(bastion.finalLog().contains("Accepted publickey"))
    }

    @Test func withKeysOfTheAgent() async throws {
      let server = try SSHServerFixture()
      let agent = try AgentFixture(["user_rsa"])
      let request = request(server.endpoint, [try server.credential(usesAgent: true)])
      #expect(try await logIn(request, CallerResources(agentSocket: agent.socket)) == 0)
      #expect(await LiveTests.failure { try await logIn(request) }?.code == .authenticationFailed)
    }

    @Test func keysOfTheAgentAreTriedUpToTheLimit() async throws {
      let server = try SSHServerFixture()
      let agent = try AgentFixture(["stranger", "stranger_2", "user_ed25519"])
      let credential = try server.credential(usesAgent: true)
      let failure = await LiveTests.failure {
        try await logIn(
          request(server.endpoint, [credential], .init(maximumLoginAttempts: 2)), CallerResources(agentSocket: agent.socket))
      }
      #expect(failure?.code == .authenticationFailed, "\(String(describing: failure))")
      #expect(failure?.hint == "stopped after 2 attempts, so as not to lock the account")
      #expect(server.finalLog().split(whereSeparator: \.isNewline).count { $0.contains("publickey test pkalg") } == 2)
      #expect(try await logIn(request(server.endpoint, [credential]), CallerResources(agentSocket: agent.socket)) == 0)
    }

    /// People who came in through sudo must not have a program of their choice started with the account's rights.
    @Test func theOwnConfigurationIsReadForItsOwnerOnly() async throws {
      let server = try SSHServerFixture()
      let home = try LabEnvironment.makeFolder()
      mkdir(home + "/.ssh", 0o700)
      // ssh takes the home folder from the account, so that the configuration is named as a system-wide one would be.
      let command = try OpenSSHCommand(
        destination: server.endpoint, isRelayed: false, credential: nil, keyPath: nil, agentKeyPaths: nil, options: .init(),
        deadlines: LiveTests.brisk, terminal: TerminalSize(), resources: .none)
      #expect(command.arguments.starts(with: ["-F", "none"]))
      #expect(command.arguments.contains("ProxyCommand=none"))
      let own = try OpenSSHCommand(
        destination: server.endpoint, isRelayed: false, credential: nil, keyPath: nil, agentKeyPaths: nil, options: .init(),
        deadlines: LiveTests.brisk, terminal: TerminalSize(), resources: CallerResources(ownConfiguration: .init(home: home)))
      #expect(!own.arguments.contains("-F") && !own.arguments.contains("ProxyCommand=none"))
      #expect(own.arguments.contains("PermitLocalCommand=no") && own.arguments.contains("KnownHostsCommand=none"))
      try ChildProcess.run(["rm", "-r", home])
    }

    @Test func noSecretIsOnTheCommandLineOrInTheEnvironment() throws {
      let credential = LoginCredential(
        user: "admin", password: "secret-one", privateKey: .init(text: "secret-two", passphrase: "secret-three"))
      let command = try OpenSSHCommand(
        destination: Endpoint(host: "r1"), isRelayed: false, credential: credential, keyPath: "/proc/1/fd/3", agentKeyPaths: nil,
        options: .init(), deadlines: LiveTests.brisk, terminal: TerminalSize(), resources: .none)
      #expect(!(command.arguments + command.environment).contains { $0.contains("secret") })
    }
  }

  /// What each open descriptor is.
  static var descriptors: [String] {
    (0..<256).compactMap { number in
      var target = [CChar](repeating: 0, count: 256)
      return readlink("/proc/self/fd/\(number)", &target, 255) > 0
        ? "\(number): \(String(decoding: target.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))" : nil
    }
  }

  static var descriptorCount: Int { entryCount("/proc/self/fd") }

  static func entryCount(_ path: String) -> Int {
    guard let folder = opendir(path) else { return 0 }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    return count
  }

  /// Whether this process has a child of that name, dead ones included.
  static func hasChild(_ name: String) -> Bool {
    guard let folder = opendir("/proc") else { return false }
    defer { closedir(folder) }
    while let entry = readdir(folder) {
      let pid = withUnsafePointer(to: entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard Int(pid) != nil else { continue }
      let fields = LabEnvironment.read("/proc/\(pid)/stat").split(separator: " ")
      if fields.count > 3, fields[1] == "(\(name))", fields[3] == "\(getpid())" { return true }
    }
    return false
  }
}
