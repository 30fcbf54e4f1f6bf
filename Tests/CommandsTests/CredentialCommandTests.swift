import Commands
import Foundation
import Terminal
import Testing

@Suite struct CredentialCommandTests {
  private static let key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----\n"

  @Test func secretsAreLinesInTheDocumentedOrder() async throws {
    let desk = try await Desk()
    // The flags stand in another order than the lines, which is password, enable, passphrase, key.
    let document = try await desk.json(
      "credential add lab --private-key-file - --passphrase-stdin --enable-stdin --password-stdin --username u",
      input: "one\ntwo\nthree\n" + Self.key)
    #expect(document.names == ["id", "name", "username", "network", "priority", "secrets", "updatedTime"])
    #expect(document["secrets"] == ["password", "enable", "private-key", "passphrase"])
    #expect(document["network"] == .null)
    #expect(document["updatedTime"] == "2026-09-21T14:13:20Z")
  }

  @Test func noSecretIsInAnyFileOrOutput() async throws {
    let desk = try await Desk()
    let secrets = ["hunter-two-7f3a", "enable-me-9c1d", "pass-phrase-55e0"]
    var written = ""
    for line in [
      "credential add lab --username u --password-stdin --enable-stdin --passphrase-stdin -v",
      "credential show lab", "credential list --json", "credential show lab --json",
      "credential edit lab --password-stdin --enable-stdin --passphrase-stdin",
    ] {
      let result = try await desk.done(line, input: secrets.joined(separator: "\n") + "\n")
      written += result.output + result.errors
    }
    for name in try FileManager.default.contentsOfDirectory(atPath: desk.folder + "/data") {
      let bytes = FileManager.default.contents(atPath: desk.folder + "/data/" + name) ?? Data()
      for secret in secrets { #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(secret) is in \(name)") }
    }
    for secret in secrets { #expect(!written.contains(secret)) }
  }

  @Test(arguments: [
    ("", "ends before the password"), ("\n", "is empty"), ("one\n", "ends before the enable password"),
    ("one\n\0two\n", "holds NUL"),
  ])
  func badSecrets(input: String, message: String) async throws {
    let desk = try await Desk()
    let result = await desk.run(
      ["credential", "add", "lab", "--username", "u", "--password-stdin", "--enable-stdin"], input: input)
    #expect(result.status == .usage)
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(try await desk.json("credential list") == [])
  }

  @Test func aKeyFileIsJudgedButNeverQuoted() async throws {
    let desk = try await Desk()
    for content in ["ssh-ed25519 AAAAC3Nza me@here", "root:x:0:0:root", "\u{0}", ""] {
      let result = await desk.run(
        ["credential", "add", "k", "--username", "u", "--private-key-file", "-"], input: content)
      #expect(result.status == .usage)
      #expect(!result.errors.contains("AAAAC3") && !result.errors.contains("root:x"))
    }
    let huge = String(repeating: "x", count: 70_000)
    #expect(
      await desk.run(["credential", "add", "k", "--username", "u", "--private-key-file", "-"], input: huge).status == .usage)
  }

  @Test func filesAreRefusedThroughSudo() async throws {
    let desk = try await Desk()
    let path = desk.folder + "/key"
    try Self.key.write(toFile: path, atomically: true, encoding: .utf8)
    let line = ["credential", "add", "k", "--username", "u", "--private-key-file", path]
    #expect(await desk.run(line).status == .notPermitted)
    let missing = ["credential", "add", "k", "--username", "u", "--private-key-file", path + "x"]
    // Whether the file is there is not told either.
    #expect(await desk.run(missing).status == .notPermitted)
  }

  @Test func wrongNamesAreToldBeforeSecretsAreRead() async throws {
    let desk = try await Desk()
    #expect(await desk.run(["credential", "edit", "nix", "--password-stdin"]).status == .notFound)
    #expect(await desk.run(["credential", "add", "a b", "--username", "u", "--password-stdin"]).status == .usage)
    let network = await desk.run(["credential", "add", "k", "--username", "u", "--password-stdin", "--network", "nix"])
    #expect(network.status == .notFound)
  }

  @Test func whatIsNotGivenStays() async throws {
    let desk = try await Desk()
    try await desk.done("credential add lab --username u --password-stdin --network default", input: "one\n")
    let document = try await desk.json("credential edit lab --priority 7")
    #expect(document["secrets"] == ["password"])
    #expect(document["network"] == "default")
    #expect(document["priority"] == 7)
    #expect(await desk.run(["credential", "edit", "lab"]).status == .usage)
  }

  @Test func onlyNetworksThatOneMaySee() async throws {
    let desk = try await Desk()
    try await desk.done("network add branches")
    try await desk.done("credential add a --username u --password-stdin --network branches", input: "x\n")
    try await desk.done("credential add b --username u --password-stdin --network default", input: "x\n")
    try await desk.done("credential add c --username u --password-stdin", input: "x\n")
    try await desk.done("user add bob")
    try await desk.done("user grant bob view --network branches")
    let seen = try await desk.json("credential list", as: "bob")
    #expect(seen.arrayValue?.compactMap { $0["name"]?.stringValue } == ["a"])
    #expect(await desk.run(["credential", "show", "b"], as: "bob").status == .notPermitted)
    #expect(await desk.run(["credential", "show", "c"], as: "bob").status == .notPermitted)
  }
}
