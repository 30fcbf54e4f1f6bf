import Testing

@testable import Transports

struct ReplayConnectorTests {
  private struct Refused: Error {}
  private let soon = ContinuousClock.now + .seconds(5)

  private func request(
    _ host: String, pin: HostKeyPin? = nil, verifier: @escaping HostKeyVerifier = { _ in }
  ) -> ConnectionRequest {
    ConnectionRequest(endpoint: Endpoint(host: host), credentials: [], options: .init(hostKeyPin: pin), verifier: verifier)
  }

  @Test func answersByHost() async throws {
    let connector = ReplayConnector([
      "r1": .session(ReplayScript([.send("R1#")])), "r2": .failure(TransportError(.timedOut, "slow")),
    ])
    let session = try await connector.connect(request("r1"))
    #expect(try await session.channel.read(deadline: soon) == Array("R1#".utf8))
    await #expect(throws: TransportError(.timedOut, "slow")) { try await connector.connect(request("r2")) }
    await #expect { try await connector.connect(request("r3")) } throws: { ($0 as? TransportError)?.code == .unreachable }
    #expect(connector.requestedHosts == ["r1", "r2", "r3"])
    #expect(connector.channels(to: "r1").count == 1)
  }

  @Test func checksHostKeys() async throws {
    let connector = ReplayConnector(["r1": .session(ReplayScript([]))])
    let pin = HostKeyPin(algorithm: "ssh-ed25519", fingerprint: "SHA256:other")
    await #expect { try await connector.connect(request("r1", pin: pin)) } throws: {
      ($0 as? TransportError)?.code == .hostKeyChanged
    }
    await #expect(throws: Refused.self) { try await connector.connect(request("r1") { _ in throw Refused() }) }
    #expect(connector.channels(to: "r1").isEmpty)
  }

  @Test func aRecordingReplays() async throws {
    let script = ReplayScript([.send("login: "), .expect("admin\r"), .send("R1#")], delivery: .chunks(2))
    let recording = RecordingChannel(ReplayChannel(script))
    while try await !recording.read(deadline: soon).contains(0x20) {}
    try await recording.write(Array("adm".utf8), deadline: soon)
    try await recording.write(Array("in\r".utf8), deadline: soon)
    #expect(recording.script.ending == .hang)
    while try await !recording.read(deadline: soon).isEmpty {}
    #expect(recording.script == ReplayScript(script.steps))
  }
}
