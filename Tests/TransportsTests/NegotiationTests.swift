import Testing

@testable import Transports

extension LiveTests {
  @Suite struct NegotiationTests {
    private func connect(_ server: SSHServerFixture, legacy: Bool = false) async throws {
      let connection = try await SSHConnection.connect(
        to: server.endpoint, credentials: [try server.credential(key: "user_ed25519")],
        options: .init(allowsLegacyAlgorithms: legacy), deadlines: LiveTests.brisk, verifier: LiveTests.anyKey,
        on: try EventLoop())
      await connection.close()
    }

    @Test(.enabled(if: SSHLibrary.version.hasPrefix("1.10"))) func namesBothOffers() async throws {
      let server = try SSHServerFixture(
        .openSSH, ["Ciphers chacha20-poly1305@openssh.com", "MACs hmac-sha2-256-etm@openssh.com"])
      let failure = await LiveTests.failure { try await connect(server) }
      #expect(
        failure?.message == "\(server.endpoint): no common algorithm for cipher (server: chacha20-poly1305@openssh.com; "
          + "netjob: aes128-ctr aes192-ctr aes256-ctr), MAC (server: hmac-sha2-256-etm@openssh.com; "
          + "netjob: hmac-sha2-256 hmac-sha2-512)")
      #expect(failure?.code == .negotiationFailed)
      #expect(failure?.hint?.hasPrefix("enable one of aes128-ctr") == true)
    }

    @Test(arguments: ["KexAlgorithms diffie-hellman-group14-sha1", "Ciphers aes128-cbc", "MACs hmac-sha1"])
    func weakAlgorithmsAreForLegacyDevicesOnly(_ line: String) async throws {
      let server = try SSHServerFixture(.openSSH, [line])
      let failure = await LiveTests.failure { try await connect(server) }
      #expect(failure?.code == .negotiationFailed)
      #expect(failure?.hint == "the device offers only weak algorithms here: update it, or mark it as legacy: true")
      try await connect(server, legacy: true)
    }

    @Test(arguments: [
      "curve25519-sha256", "ecdh-sha2-nistp521", "diffie-hellman-group16-sha512", "diffie-hellman-group14-sha256",
      "diffie-hellman-group-exchange-sha256",
    ])
    func exchangesKeysBy(_ method: String) async throws {
      try await connect(SSHServerFixture(.openSSH, ["KexAlgorithms \(method)"]))
    }
  }
}
