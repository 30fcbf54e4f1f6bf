import Glibc
import Testing

@testable import Transports

extension LiveTests {
  @Suite struct AgentTests {
    private func logIn(
      _ server: SSHServerFixture, _ credential: LoginCredential, _ socket: String?,
      _ deadlines: SessionDeadlines = LiveTests.brisk, attempts: Int = 4
    ) async throws {
      let connection = try await SSHConnection.connect(
        to: server.endpoint, credentials: [credential], options: .init(maximumLoginAttempts: attempts), deadlines: deadlines,
        verifier: LiveTests.anyKey, agentSocket: socket, on: try EventLoop())
      await connection.close()
    }

    @Test(arguments: [["user_ed25519"], ["user_ecdsa"], ["stranger", "user_ed25519"], ["user_rsa", "user_ecdsa"]])
    func logsInWithAKeyOfTheAgent(_ keys: [String]) async throws {
      let server = try SSHServerFixture()
      let agent = try AgentFixture(keys)
      try await logIn(server, server.credential(usesAgent: true), agent.socket)
      #expect(server.finalLog().contains("Accepted publickey"))
    }

    @Test func logsInToDropbearWithAKeyOfTheAgent() async throws {
      // dropbear looks in the home folder, which the lab's user has not: it refuses, and the password serves.
      let server = try SSHServerFixture(.dropbear)
      let agent = try AgentFixture(["user_ed25519"])
      try await logIn(
        server, server.credential(password: SSHServerFixture.password, usesAgent: true), agent.socket)
    }

    @Test func theAgentIsOneOfTwoFactors() async throws {
      let server = try SSHServerFixture(.openSSH, ["AuthenticationMethods publickey,password"])
      let agent = try AgentFixture(["user_ed25519"])
      try await logIn(
        server, server.credential(password: SSHServerFixture.password, usesAgent: true), agent.socket)
    }

    @Test func theAgentIsTheSecondOfTwoFactors() async throws {
      let server = try SSHServerFixture(.openSSH, ["AuthenticationMethods password,publickey"])
      let agent = try AgentFixture(["user_ed25519"])
      try await logIn(server, server.credential(password: SSHServerFixture.password, usesAgent: true), agent.socket)
    }

    @Test func keysOfTheAgentCountAsAttempts() async throws {
      let server = try SSHServerFixture()
      let agent = try AgentFixture(["stranger", "user_ed25519"])
      let failure = await LiveTests.failure {
        try await logIn(server, server.credential(usesAgent: true), agent.socket, attempts: 1)
      }
      #expect(failure?.code == .authenticationFailed)
      #expect(failure?.hint == "stopped after 1 attempt, so as not to lock the account")
    }

    @Test func keysThatTheServerHasNotSeenAreTriedOnAnotherConnection() async throws {
      let server = try SSHServerFixture(.openSSH, ["MaxAuthTries 2"])
      let agent = try AgentFixture(["stranger", "stranger_2", "stranger_3", "user_ed25519"])
      try await logIn(server, server.credential(usesAgent: true), agent.socket, attempts: 8)
      let log = server.finalLog().split(whereSeparator: \.isNewline)
      #expect(log.count { $0.contains("Connection from") } == 2)
      // Each once, and the last one with its signature, too.
      #expect(log.count { $0.contains("userauth-request") && $0.contains("method publickey ") } == 5)
    }

    @Test func withoutAnAgentTheErrorSaysSo() async throws {
      let server = try SSHServerFixture()
      for socket in [nil, "/nonexistent/agent"] {
        let failure = await LiveTests.failure { try await logIn(server, server.credential(usesAgent: true), socket) }
        #expect(failure?.code == .authenticationFailed)
        #expect(failure?.message.contains("SSH agent") == true, "\(String(describing: failure))")
      }
    }

    @Test func anAgentWithoutKeysSaysSo() async throws {
      let server = try SSHServerFixture()
      let agent = try AgentFixture([])
      let failure = await LiveTests.failure { try await logIn(server, server.credential(usesAgent: true), agent.socket) }
      #expect(failure?.message.contains("the SSH agent has no key") == true)
    }

    /// Whoever holds the agent may be asked to confirm: other sessions go on meanwhile, and the deadline holds.
    @Test(arguments: ["", "\0\0\0\u{1}\u{5}", "\0\0\0\u{5}\u{C}\u{7F}\u{7F}\u{7F}\u{7F}", "\u{7F}\u{7F}\u{7F}\u{7F}x"])
    func anAgentThatAnswersNonsenseOrNothing(_ answer: String) async throws {
      let server = try SSHServerFixture()
      let fake = try UnixListener { connection in
        var buffer = [UInt8](repeating: 0, count: 64)
        _ = recv(connection, &buffer, buffer.count, 0)
        _ = LoopbackListener.send(Array(answer.utf8), to: connection)
        return true
      }
      let deadlines = SessionDeadlines(connect: .seconds(5), login: .seconds(1))
      let start = ContinuousClock.now
      let failure = await LiveTests.failure { try await logIn(server, server.credential(usesAgent: true), fake.path, deadlines) }
      #expect(failure?.code == .authenticationFailed, "\(String(describing: failure))")
      #expect(failure?.message.contains("SSH agent") == true)
      #expect(.now - start < .seconds(4))
    }
  }
}

/// A real ssh-agent with keys of the lab, ended when it goes.
final class AgentFixture {
  let socket: String
  private let folder: String
  private let pid: pid_t

  init(_ keys: [String]) throws {
    let lab = try LabEnvironment.shared.get()
    folder = try LabEnvironment.makeFolder()
    socket = folder + "/agent"
    let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
    defer { close(null) }
    pid = try ChildProcess.start(["ssh-agent", "-D", "-a", socket], standardInput: null)
    for _ in 0..<500 where access(socket, F_OK) != 0 { usleep(10_000) }
    for key in keys {
      try ChildProcess.run(["sh", "-c", "SSH_AUTH_SOCK=\(socket) ssh-add -q \(lab.folder)/\(key)"])
    }
  }

  deinit {
    kill(pid, SIGKILL)
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    try? ChildProcess.run(["rm", "-r", folder])
  }
}

/// Listens on a Unix socket and hands each connection to a closure, on one thread.
final class UnixListener: Sendable {
  let path: String
  private let folder: String
  private let descriptor: Int32
  private let thread: pthread_t

  init(handle: @escaping @Sendable (Int32) -> Bool) throws {
    folder = try LabEnvironment.makeFolder()
    path = folder + "/socket"
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let isListening = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        bind(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0 && listen(descriptor, 16) == 0
      }
    }
    guard isListening else { throw ChildProcess.Failure(description: "cannot listen: error \(errno)") }
    self.descriptor = descriptor
    thread = try LoopThread.start {
      var kept: [Int32] = []
      while true {
        let connection = accept(descriptor, nil, nil)
        if connection < 0 { break }
        if handle(connection) { kept.append(connection) } else { close(connection) }
      }
      for connection in kept { close(connection) }
    }
  }

  deinit {
    shutdown(descriptor, Int32(SHUT_RDWR))
    pthread_join(thread, nil)
    close(descriptor)
    try? ChildProcess.run(["rm", "-r", folder])
  }
}
