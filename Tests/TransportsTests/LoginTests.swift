import Synchronization
import Testing

@testable import Transports

extension LiveTests {
  @Suite struct LoginTests {
    private func logIn(
      _ server: SSHServerFixture, _ credentials: [LoginCredential], _ options: SSHConnection.Options = .init()
    ) async throws -> Int? {
      let connection = try await SSHConnection.connect(
        to: server.endpoint, credentials: credentials, options: options, deadlines: LiveTests.brisk,
        verifier: LiveTests.anyKey, on: try EventLoop())
      let index = await connection.credentialIndex
      await connection.close()
      return index
    }

    /// How often the server was asked to check something by a method.
    private func requestCount(_ server: SSHServerFixture, _ method: String) -> Int {
      server.finalLog().split(whereSeparator: \.isNewline).count {
        $0.contains("userauth-request") && $0.contains("method \(method) ")
      }
    }

    @Test func passwordLoginAndShell() async throws {
      let server = try SSHServerFixture()
      let seen = Mutex<HostKey?>(nil)
      let connector = try SSHConnector()
      let session = try await connector.connect(
        ConnectionRequest(
          endpoint: server.endpoint, credentials: [try server.credential(password: SSHServerFixture.password)],
          deadlines: LiveTests.brisk, verifier: { key in seen.withLock { $0 = key } }))
      #expect(seen.withLock { $0 } == session.hostKey)
      #expect(session.hostKey.algorithm == "ssh-ed25519")
      #expect(try session.hostKey.fingerprint == SSHServerFixture.fingerprint(hostKey: "ed25519"))
      #expect(session.credentialIndex == 0)
      #expect(session.serverIdentification?.hasPrefix("SSH-2.0-OpenSSH") == true)
      #expect(session.timings.keyExchange > .zero && session.timings.login > .zero && session.timings.shell > .zero)
      let deadline = ContinuousClock.now + .seconds(5)
      _ = try await LiveTests.read(session.channel, until: "$ ")
      try await session.channel.write(Array("stty size; echo $TERM | tr a-z A-Z\r".utf8), deadline: deadline)
      let output = try await LiveTests.read(session.channel, until: "VT100\r\n")
      #expect(output.contains("24 511\r\n"))
      try await session.channel.write(Array("exit\r".utf8), deadline: deadline)
      while try await !session.channel.read(deadline: deadline).isEmpty {}
      await session.channel.close()
      await session.channel.close()
      await #expect { try await session.channel.read(deadline: deadline) } throws: {
        ($0 as? TransportError)?.code == .connectionLost
      }
    }

    @Test func aWrongPasswordIsRefusedAndNotRepeatedInTheMessage() async throws {
      let server = try SSHServerFixture()
      let credential = try server.credential(password: "grey eyed")
      let failure = await LiveTests.failure { _ = try await logIn(server, [credential]) }
      #expect(failure?.code == .authenticationFailed)
      #expect(failure?.message.contains("'\(credential.user)'; it offers publickey, password") == true)
      #expect("\(String(describing: failure))".contains("grey") == false)
    }

    @Test(
      arguments: [
        ("user_ed25519", nil), ("user_ecdsa", nil), ("user_pem", nil), ("user_locked", "open sesame"),
        ("user_locked_pem", "open sesame"),
      ] as [(String, String?)])
    func logsInWithAKey(_ key: String, _ passphrase: String?) async throws {
      let server = try SSHServerFixture()
      #expect(try await logIn(server, [server.credential(key: key, passphrase: passphrase)]) == 0)
    }

    @Test(
      arguments: [
        ("user_locked", nil), ("user_locked_pem", nil), ("user_locked", "wrong"), ("user_locked_pem", "wrong"),
        ("authorized_keys", nil),
        ("absent", nil),
      ] as [(String, String?)])
    func aKeyThatCannotBeReadIsABadKey(_ key: String, _ passphrase: String?) async throws {
      let server = try SSHServerFixture()
      let credential = try server.credential(key: key, passphrase: passphrase)
      let failure = await LiveTests.failure { _ = try await logIn(server, [credential]) }
      #expect(failure?.code == .badKey)
      #expect(failure?.message.contains("wrong") == false)
    }

    @Test func anUnknownKeyIsRefused() async throws {
      let server = try SSHServerFixture()
      let failure = await LiveTests.failure { _ = try await logIn(server, [server.credential(key: "stranger")]) }
      #expect(failure?.code == .authenticationFailed)
    }

    @Test(.enabled(if: SSHLibrary.signsRSAWithSHA1Only)) func anRSAUserKeyGetsAHint() async throws {
      let server = try SSHServerFixture()
      let failure = await LiveTests.failure { _ = try await logIn(server, [server.credential(key: "user_rsa")]) }
      #expect(failure?.code == .authenticationFailed)
      #expect(failure?.hint?.contains("RSA") == true)
    }

    @Test func answersKeyboardInteractive() async throws {
      let server = try SSHServerFixture(
        .openSSH, ["UsePAM yes", "KbdInteractiveAuthentication yes", "PasswordAuthentication no"])
      #expect(try await logIn(server, [server.credential(password: SSHServerFixture.password)]) == 0)
      #expect(server.finalLog().contains("Accepted keyboard-interactive/pam"))
    }

    @Test func aPasswordRefusedInteractivelyIsNotSentAgain() async throws {
      let server = try SSHServerFixture(.openSSH, ["UsePAM yes", "KbdInteractiveAuthentication yes"])
      let failure = await LiveTests.failure { _ = try await logIn(server, [server.credential(password: "wrong")]) }
      #expect(failure?.code == .authenticationFailed)
      #expect(requestCount(server, "keyboard-interactive") == 1)
      #expect(requestCount(server, "password") == 0)
    }

    @Test func fallsFromKeyboardInteractiveWithoutPromptsToPassword() async throws {
      let server = try SSHServerFixture(.openSSH, ["KbdInteractiveAuthentication yes"])
      #expect(
        try await logIn(server, [server.credential(password: SSHServerFixture.password)], .init(maximumLoginAttempts: 1)) == 0)
    }

    @Test func triesCredentialsInOrder() async throws {
      let server = try SSHServerFixture()
      let credentials = [
        try server.credential(password: "wrong"), try server.credential(key: "stranger"),
        try server.credential(key: "user_ed25519"),
      ]
      #expect(try await logIn(server, credentials) == 2)
      #expect(server.finalLog().split(whereSeparator: \.isNewline).count { $0.contains("Connection from") } == 1)
    }

    @Test func anotherUserNameTakesAnotherConnection() async throws {
      let server = try SSHServerFixture()
      let credentials = [LoginCredential(user: "nobody", password: "wrong"), try server.credential(key: "user_ed25519")]
      #expect(try await logIn(server, credentials) == 1)
      #expect(server.finalLog().split(whereSeparator: \.isNewline).count { $0.contains("Connection from") } == 2)
    }

    @Test func goesOnWhenTheServerHangsUpAfterARefusal() async throws {
      let server = try SSHServerFixture(.openSSH, ["MaxAuthTries 1"])
      let credentials = [try server.credential(password: "wrong"), try server.credential(key: "user_ed25519")]
      #expect(try await logIn(server, credentials) == 1)
      let failure = await LiveTests.failure { _ = try await logIn(server, [server.credential(password: "wrong")]) }
      #expect(failure?.code == .authenticationFailed)
    }

    /// To ask for the methods counts, too, but for the first time.
    @Test func credentialsOfOneUserTakeOneAttemptForEachSecret() async throws {
      let server = try SSHServerFixture(.openSSH, ["MaxAuthTries 6"])
      let credentials = [
        try server.credential(password: "wrong", key: "stranger"), try server.credential(password: "worse", key: "stranger_2"),
        try server.credential(key: "user_ed25519"),
      ]
      #expect(try await logIn(server, credentials, .init(maximumLoginAttempts: 10)) == 2)
      #expect(requestCount(server, "none") == 1)
      #expect(server.finalLog().split(whereSeparator: \.isNewline).count { $0.contains("Connection from") } == 1)
    }

    @Test func aSecretThatTheServerHasNotSeenIsSentOnAnotherConnection() async throws {
      let server = try SSHServerFixture(.openSSH, ["MaxAuthTries 1"])
      let credential = try server.credential(password: SSHServerFixture.password, key: "stranger")
      #expect(try await logIn(server, [credential]) == 0)
      #expect(server.finalLog().split(whereSeparator: \.isNewline).count { $0.contains("Connection from") } == 2)
      let failure = await LiveTests.failure { _ = try await logIn(server, [credential], .init(maximumLoginAttempts: 1)) }
      #expect(failure?.hint == "stopped after 1 attempt, so as not to lock the account")
      #expect(
        failure?.message.hasSuffix("it then ended the connection: 'Too many authentication failures'") == true,
        "\(String(describing: failure))")
    }

    private func connectionCount(_ server: SSHServerFixture) -> Int {
      server.finalLog().split(whereSeparator: \.isNewline).count { $0.contains("Connection from") }
    }

    /// To ask what is offered behind the first factor is one attempt too many there.
    @Test func twoFactorsWhereOneAttemptIsAllowed() async throws {
      let server = try SSHServerFixture(.openSSH, ["MaxAuthTries 1", "AuthenticationMethods publickey,password"])
      let credential = try server.credential(password: SSHServerFixture.password, key: "user_ed25519")
      #expect(try await logIn(server, [credential]) == 0)
      #expect(connectionCount(server) == 2)
      let wrong = try server.credential(password: "wrong", key: "user_ed25519")
      #expect(await LiveTests.failure { _ = try await logIn(server, [wrong]) }?.code == .authenticationFailed)
    }

    @Test func twoFactorsOfTheSecondCredentialBehindAHangUp() async throws {
      let server = try SSHServerFixture(.openSSH, ["MaxAuthTries 2", "AuthenticationMethods publickey,password"])
      let credentials = [
        try server.credential(password: "wrong", key: "user_ed25519"),
        try server.credential(password: SSHServerFixture.password, key: "user_ecdsa"),
      ]
      #expect(try await logIn(server, credentials) == 1)
    }

    @Test func anAcceptedFactorIsNoAttempt() async throws {
      let server = try SSHServerFixture(.openSSH, ["AuthenticationMethods publickey,password"])
      let credential = try server.credential(password: SSHServerFixture.password, key: "user_ed25519")
      #expect(try await logIn(server, [credential], .init(maximumLoginAttempts: 1)) == 0)
    }

    /// Where the server hangs up on it, the password is not sent by another method, and nothing else is tried for nothing.
    @Test func aPasswordIsSentOnceToAServerThatHangsUp() async throws {
      let server = try SSHServerFixture(.openSSH, ["MaxAuthTries 1", "UsePAM yes", "KbdInteractiveAuthentication yes"])
      let failure = await LiveTests.failure { _ = try await logIn(server, [server.credential(password: "wrong")]) }
      #expect(failure?.code == .authenticationFailed)
      #expect(failure?.message.hasSuffix("it then ended the connection: 'Too many authentication failures'") == true)
      #expect(requestCount(server, "keyboard-interactive") == 1)
      #expect(requestCount(server, "password") == 0)
      #expect(connectionCount(server) == 1)
    }

    /// As one that has banned this host after the first refusal.
    @Test func aServerThatTakesNoSecondConnectionHasRefusedBefore() async throws {
      let server = try SSHServerFixture(connectionLimit: 1)
      let failure = await LiveTests.failure {
        _ = try await SSHConnection.connect(
          to: server.endpoint,
          credentials: [server.credential(password: "wrong"), LoginCredential(user: "nobody", password: "wrong")],
          deadlines: LiveTests.brisk, verifier: LiveTests.anyKey, on: try EventLoop())
      }
      #expect(failure?.code == .authenticationFailed, "\(String(describing: failure))")
      #expect(failure?.message.contains("no further connection: \(server.endpoint): ") == true, "\(String(describing: failure))")
      #expect(failure?.message.contains("nobody") == false, "\(String(describing: failure))")
    }

    /// In whatever order they come: which one worked last is tried first the next time.
    @Test(arguments: ["publickey,password", "password,publickey"], [false, true])
    func twoCredentialsAreTwoFactors(_ methods: String, _ isReversed: Bool) async throws {
      let server = try SSHServerFixture(.openSSH, ["AuthenticationMethods \(methods)"])
      let credentials = [try server.credential(password: SSHServerFixture.password), try server.credential(key: "user_ed25519")]
      #expect(try await logIn(server, isReversed ? credentials.reversed() : credentials, .init(maximumLoginAttempts: 1)) != nil)
    }

    @Test func nobodyIsNamedAsRefusedWhoWasNotTried() async throws {
      let server = try SSHServerFixture()
      let credentials = [LoginCredential(user: "nobody", password: "wrong"), try server.credential(password: "wrong")]
      let failure = await LiveTests.failure { _ = try await logIn(server, credentials, .init(maximumLoginAttempts: 1)) }
      #expect(failure?.message.contains("no credential of user 'nobody';") == true, "\(String(describing: failure))")
      #expect(connectionCount(server) == 1)
    }

    /// A second factor that only the second credential has is asked for when the first one's is used up.
    @Test func theFactorsOfTwoCredentialsOfOneUser() async throws {
      let server = try SSHServerFixture(.openSSH, ["AuthenticationMethods password,publickey"])
      let credentials = [
        try server.credential(password: SSHServerFixture.password), try server.credential(key: "user_ed25519"),
      ]
      #expect(try await logIn(server, credentials) == 1)
    }

    @Test func stopsBeforeTheAccountIsLocked() async throws {
      let server = try SSHServerFixture()
      let credentials = try (1...5).map { try server.credential(password: "wrong \($0)") }
      let failure = await LiveTests.failure { _ = try await logIn(server, credentials, .init(maximumLoginAttempts: 2)) }
      #expect(failure?.code == .authenticationFailed)
      #expect(failure?.hint == "stopped after 2 attempts, so as not to lock the account")
      #expect(requestCount(server, "password") == 2)
    }

    @Test(arguments: ["publickey,password", "password,publickey"])
    func givesAllFactors(_ methods: String) async throws {
      let server = try SSHServerFixture(.openSSH, ["AuthenticationMethods \(methods)"])
      let credential = try server.credential(password: SSHServerFixture.password, key: "user_ed25519")
      #expect(try await logIn(server, [credential]) == 0)
    }

    @Test func noCredentialIsNoLogin() async throws {
      let server = try SSHServerFixture()
      #expect(await LiveTests.failure { _ = try await logIn(server, []) }?.code == .authenticationFailed)
      #expect(!server.finalLog().contains("userauth-request"))
    }

    @Test func logsInToDropbear() async throws {
      let server = try SSHServerFixture(.dropbear)
      #expect(try await logIn(server, [server.credential(password: SSHServerFixture.password)]) == 0)
      #expect(
        await LiveTests.failure { _ = try await logIn(server, [server.credential(password: "wrong")]) }?.code
          == .authenticationFailed)
    }

    @Test func aServerWithoutShellsRefusesTheSession() async throws {
      let server = try SSHServerFixture(.openSSH, ["PermitTTY no"])
      let failure = await LiveTests.failure {
        _ = try await SSHConnector().connect(
          ConnectionRequest(
            endpoint: server.endpoint, credentials: [server.credential(key: "user_ed25519")], deadlines: LiveTests.brisk,
            verifier: LiveTests.anyKey))
      }
      #expect(failure == TransportError(.sessionRefused, "\(server.endpoint): the server refused a terminal"))
    }
  }
}
