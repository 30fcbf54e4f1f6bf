import Synchronization
import Testing

@testable import Transports

extension LiveTests {
  @Suite struct LoginTests {
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
  }
}
