import Testing

@testable import Transports

extension LiveTests {
  @Suite struct HostKeyTests {
    private struct Refused: Error, Equatable {}

    private func connect(
      _ server: SSHServerFixture, _ options: SSHConnection.Options = .init(),
      verifier: @escaping HostKeyVerifier = LiveTests.anyKey
    ) async throws -> HostKey? {
      let connection = try await SSHConnection.connect(
        to: server.endpoint, credentials: [try server.credential(key: "user_ed25519")], options: options,
        deadlines: LiveTests.brisk, verifier: verifier, on: try EventLoop())
      let key = await connection.hostKey
      await connection.close()
      return key
    }

    private func pin(_ algorithm: String, _ hostKey: String) throws -> HostKeyPin {
      HostKeyPin(algorithm: algorithm, fingerprint: try SSHServerFixture.fingerprint(hostKey: hostKey))
    }

    @Test func aRefusedKeyEndsTheConnectionBeforeAnythingIsSentToLogIn() async throws {
      let server = try SSHServerFixture()
      await #expect(throws: Refused()) { try await connect(server, verifier: { _ in throw Refused() }) }
      #expect(server.finalLog().contains("KEX done"))
      #expect(!server.finalLog().contains("userauth-request"))
    }

    @Test func aChangedKeyEndsTheConnectionBeforeAnythingIsSentToLogIn() async throws {
      let server = try SSHServerFixture()
      let changed = HostKeyPin(algorithm: "ssh-ed25519", fingerprint: "SHA256:other")
      let failure = await LiveTests.failure { _ = try await connect(server, .init(hostKeyPin: changed)) }
      #expect(failure?.code == .hostKeyChanged)
      #expect(failure?.message.contains(try SSHServerFixture.fingerprint(hostKey: "ed25519")) == true)
      #expect(server.finalLog().contains("KEX done"))
      #expect(!server.finalLog().contains("userauth-request"))
    }

    @Test func aPinOfATypeThatTheServerNoLongerHasIsAChange() async throws {
      let server = try SSHServerFixture(hostKey: "ed25519")
      let failure = await LiveTests.failure {
        _ = try await connect(server, .init(hostKeyPin: pin("ecdsa-sha2-nistp256", "ecdsa")))
      }
      #expect(failure?.code == .hostKeyChanged)
      #expect(failure?.message.contains("ssh-ed25519") == true)
    }

    @Test(arguments: [("ssh-ed25519", "ed25519"), ("ecdsa-sha2-nistp256", "ecdsa")])
    func thePinDecidesWhichKeyIsCompared(_ algorithm: String, _ name: String) async throws {
      let lab = try LabEnvironment.shared.get()
      let server = try SSHServerFixture(hostKey: "ed25519", ["HostKey \(lab.folder)/host_ecdsa"])
      #expect(try await connect(server, .init(hostKeyPin: pin(algorithm, name)))?.algorithm == algorithm)
    }

    @Test(.enabled(if: SSHLibrary.signsRSAWithSHA1Only)) func anRSAHostKeyIsLegacy() async throws {
      let server = try SSHServerFixture(hostKey: "rsa", ["HostKeyAlgorithms rsa-sha2-512,rsa-sha2-256,ssh-rsa"])
      let failure = await LiveTests.failure { _ = try await connect(server) }
      #expect(failure?.code == .negotiationFailed)
      #expect(failure?.message.contains("host key (server: rsa-sha2-512 rsa-sha2-256 ssh-rsa; netjob: ssh-ed25519") == true)
      #expect(failure?.hint?.contains("legacy: true") == true)
      let pinned = try pin("ssh-rsa", "rsa")
      #expect(try await connect(server, .init(allowsLegacyAlgorithms: true))?.pin == pinned)
      #expect(try await connect(server, .init(hostKeyPin: pinned, allowsLegacyAlgorithms: true))?.pin == pinned)
      let refused = await LiveTests.failure { _ = try await connect(server, .init(hostKeyPin: pinned)) }
      #expect(refused?.code == .negotiationFailed)
    }

    @Test(arguments: ["ed25519", "ecdsa"]) func scansWithoutLoggingIn(_ name: String) async throws {
      let server = try SSHServerFixture(hostKey: name)
      let key = try await SSHConnector().scanHostKey(of: server.endpoint, deadlines: LiveTests.brisk)
      #expect(try key.fingerprint == SSHServerFixture.fingerprint(hostKey: name))
      #expect(!server.finalLog().contains("userauth-request"))
    }
  }
}
