import Commands
import Terminal
import Testing
import Transports

@Suite struct NetworkCommandTests {
  private static let fingerprint = "SHA256:uNiVztksCsDhcc0u9e8BrQkFhTH5iNlDUYnN+N1WRHo"

  private func desk() async throws -> Desk {
    let key = HostKey(algorithm: "ssh-ed25519", fingerprint: Self.fingerprint, blob: [])
    let desk = try await Desk(devices: DeviceAccess(makeConnector: { _ in ReplayConnector([:]) }, scanHostKey: { _, _ in key }))
    try await desk.done("credential add bastion --username jump --password-stdin", input: "x\n")
    return desk
  }

  @Test(arguments: [
    ("bastion.example.net", "bastion.example.net", 22), ("192.0.2.9:2222", "192.0.2.9", 2222),
    ("2001:db8::9", "2001:db8::9", 22), ("[2001:db8::9]", "2001:db8::9", 22), ("[2001:db8::9]:2222", "2001:db8::9", 2222),
  ])
  func jumpHosts(text: String, host: String, port: Int) async throws {
    let desk = try await desk()
    let document = try await desk.json("network add plant --jump \(text) --jump-credential bastion")
    #expect(document["jump"]?["host"] == .string(host) && document["jump"]?["port"] == .int(port))
    #expect(document["jump"]?["credential"] == "bastion" && document["jump"]?["hostKey"] == .null)
    #expect(try await desk.json("network edit plant --no-jump")["jump"] == .null)
  }

  @Test(arguments: [
    "--jump h:0", "--jump h:x", "--jump [::1", "--jump [::1]x", "--jump :22", "--jump a..b", "--jump h:22:22",
  ])
  func jumpHostsThatAreNone(options: String) async throws {
    let desk = try await desk()
    let words = "network add plant \(options) --jump-credential bastion".split(separator: " ").map(String.init)
    #expect(await desk.run(words).status == .usage)
    #expect(await desk.run(["network", "show", "plant"]).status == .notFound)
  }

  @Test func aJumpHostComesWithItsCredential() async throws {
    let desk = try await desk()
    #expect(await desk.run(["network", "add", "plant", "--jump", "h"]).status == .usage)
    #expect(await desk.run(["network", "edit", "default", "--jump-credential", "bastion"]).status == .usage)
    let nix = await desk.run(["network", "edit", "default", "--jump", "h", "--jump-credential", "nix"])
    #expect(nix.status == .notFound)
  }

  @Test func trustPinsTheKeyOfTheJumpHost() async throws {
    let desk = try await desk()
    #expect(await desk.run(["network", "trust", "default", "--scan", "--yes"]).status == .usage)
    try await desk.done("network edit default --jump 192.0.2.9 --jump-credential bastion")
    #expect(await desk.run(["network", "trust", "default", "--scan"]).status == .usage)
    let scanned = try await desk.json("network trust default --scan --yes")
    #expect(scanned["jump"]?["hostKey"] == ["type": "ssh-ed25519", "fingerprint": .string(Self.fingerprint)])
    try await desk.done("user add bob")
    #expect(await desk.run(["network", "trust", "default", "--scan", "--yes"], as: "bob").status == .notPermitted)
  }

  @Test func transportAndLimitsOfNetworkAndDevice() async throws {
    let desk = try await desk()
    let network = try await desk.json("network edit default --transport openssh --connect-timeout 5s --command-timeout 2m")
    #expect(network["transport"] == "openssh")
    #expect(network["timeouts"] == ["connect": 5, "login": .null, "command": 120])
    let device = try await desk.json("device add r1 --address 192.0.2.1 --platform frr --login-timeout 7s")
    #expect(device["transport"] == .null && device["timeouts"]?["login"] == 7)
    #expect(try await desk.json("device edit r1 --transport libssh2")["transport"] == "libssh2")
    let cleared = try await desk.json("device edit r1 --no-transport --login-timeout 0s")
    #expect(cleared["transport"] == .null && cleared["timeouts"]?["login"] == .null)
  }

  @Test func agentAndCommunityOfACredential() async throws {
    let desk = try await desk()
    #expect(try await desk.json("credential add own --username u --agent")["secrets"] == ["agent"])
    let both = try await desk.json(
      "credential edit own --password-stdin --snmp-community-stdin --no-agent", input: "secret\npublic\n")
    #expect(both["secrets"] == ["password", "snmp-community"])
  }
}
