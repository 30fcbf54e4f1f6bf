import Arguments
import Commands
import Foundation
import JobModel
import Notifications
import Scheduling
import Terminal
import Testing

@Suite struct NotificationCommandTests {
  @Test(arguments: NotificationEvent.allCases)
  func whatNotificationsSayToRunCanBeRun(event: NotificationEvent) throws {
    for status in ["requested", "approved"] {
      var notice = Notice(event, time: Timestamp(seconds: 0), actor: "a")
      notice.job = "route"
      notice.device = "r1"
      notice.revision = 3
      notice.digest = "SHA256:00"
      notice.execution = 7
      notice.status = status
      for line in NextCommands.lines(for: notice) {
        // A command that is no more, or takes other options now, does not parse.
        _ = try AllCommands.table().parse(line.split(separator: " ").dropFirst().map(String.init))
      }
    }
  }

  @Test func secretsOfReceiversAreLinesInTheDocumentedOrderAndNeverShown() async throws {
    let desk = try await Desk()
    let document = try await desk.json(
      "trap add noc --host 192.0.2.1 --priv-stdin --auth-stdin --user n --inform --priv-protocol aes-256 --auth-protocol sha-512",
      input: "auth-secret\npriv-secret\n")
    #expect(
      document.names == [
        "id", "name", "host", "port", "version", "inform", "user", "securityLevel", "authProtocol", "privProtocol", "engineId",
      ])
    #expect(document["version"] == "3" && document["securityLevel"] == "authPriv" && document["port"] == 162)
    var written = ""
    for line in ["trap list", "trap show noc", "trap list --json", "trap edit noc --no-inform -v", "setting list --json"] {
      let result = try await desk.done(line)
      written += result.output + result.errors
    }
    try await desk.done("setting set mail.password --stdin", input: "mail-secret\n")
    #expect(try await desk.done("setting get mail.password").output == "******\n")
    written += try await desk.done("setting list").output
    for secret in ["auth-secret", "priv-secret", "mail-secret"] {
      #expect(!written.contains(secret))
      for name in try FileManager.default.contentsOfDirectory(atPath: desk.folder + "/data") {
        let bytes = FileManager.default.contents(atPath: desk.folder + "/data/" + name) ?? Data()
        #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(secret) is in \(name)")
      }
    }
    let refused = await desk.run(["setting", "set", "mail.password", "mail-secret"])
    #expect(refused.status == .usage && !refused.errors.contains("mail-secret"))
    try await desk.done("setting set mail.password --stdin", input: "again\n")
    #expect(await desk.run(["setting", "set", "mail.password", ""]).status == .done)
    #expect(try await desk.done("setting get mail.password").output == "\n")
  }

  @Test(arguments: [
    ("--community-stdin --user n", "c\n", "a community is of version 2c"), ("", "", "needs a community"),
    ("--version 3", "", "needs a user"), ("--version 2c --user n --community-stdin", "c\n", "are of SNMPv3"),
    ("--user n --auth-protocol sha", "", "needs its secret"), ("--user n --priv-stdin", "privsecret\n", "without authentication"),
    ("--user n --auth-stdin", "short\n", "too short"),
    ("--user n --security-level authPriv --auth-stdin", "authsecret\n", "authNoPriv"),
    ("--user n --security-level authNoPriv --auth-stdin --priv-stdin", "authsecret\nprivsecret\n", "make it authPriv"),
  ])
  func receiversThatAreRefused(options: String, input: String, message: String) async throws {
    let desk = try await Desk()
    let words = "trap add noc --host h.example \(options)".split(separator: " ").map(String.init)
    let result = await desk.run(words, input: input)
    #expect(result.status == .usage, "\(result)")
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(try await desk.json("trap list") == [])
  }

  @Test func aReceiverIsEditedAndRemoved() async throws {
    let desk = try await Desk()
    try await desk.done("trap add nms --host h.example --community-stdin", input: "public\n")
    #expect(await desk.run(["trap", "add", "nms", "--host", "h", "--community-stdin"], input: "x\n").status == .conflict)
    // Another port is another server: the community was not given for that one.
    #expect(await desk.run(["trap", "edit", "nms", "--port", "1162"]).status == .usage)
    #expect(
      try await desk.json("trap edit nms --inform --port 1162 --community-stdin", input: "public\n")["inform"] == true)
    #expect(try await desk.json("trap edit nms --port 1162")["port"] == 1162, "the same port is no other place")
    #expect(try await desk.json("trap edit nms --no-inform")["inform"] == false)
    let turned = try await desk.json("trap edit nms --version 3 --user n --auth-stdin", input: "authsecret\n")
    #expect(turned["securityLevel"] == "authNoPriv" && turned["port"] == 1162)
    // The community went with the version.
    #expect(await desk.run(["trap", "edit", "nms", "--version", "2c"]).status == .usage)
    #expect(await desk.run(["trap", "edit", "nms"]).status == .usage)
    #expect(await desk.run(["trap", "remove", "nms"]).status == .usage, "nobody can be asked")
    try await desk.done("trap remove nms --yes")
    #expect(await desk.run(["trap", "show", "nms"]).status == .notFound)
    #expect(await desk.run(["trap", "test"]).status == .notFound)
  }

  @Test func whoMayDoWhat() async throws {
    let desk = try await Desk()
    try await desk.done("user add vera --role viewer")
    for line in [
      "trap add x --host h --community-stdin", "trap edit x --port 1", "trap remove x --yes", "trap test", "mail test a@b",
      "notification retry --all", "setting set mail.server smtp://h",
    ] {
      let result = await desk.run(line.split(separator: " ").map(String.init), as: "vera", input: "x\n")
      #expect(result.status == .notPermitted, "\(line): \(result)")
    }
    for line in ["trap list", "notification list", "notification list --json"] { try await desk.done(line, as: "vera") }
    #expect(await desk.run(["trap", "list"], as: "mallory").status == .notPermitted)
    #expect(await desk.run(["trap", "mib"], as: "mallory").status == .done)
  }

  @Test func aNetworkThatOneMayNotSeeIsNotInTheOutbox() async throws {
    let desk = try await Desk()
    try await desk.done("network add hidden")
    try await desk.done("user add vera")
    try await desk.done("user grant vera view --network default")
    try await desk.done("user add bob --role approver --mail bob@example.net")
    // Nothing listens there: what is sent fails and waits.
    try await desk.done("setting set mail.server smtp://127.0.0.1:1")
    try await desk.done("device add r1 --address 192.0.2.1 --platform frr --network hidden")
    try await desk.done("user add olga --role operator")
    try await desk.done(
      "job create route --type tool --tool static-route-add --param prefix=203.0.113.0/24 --param next-hop=192.0.2.1 --device r1 --network hidden",
      as: "olga")
    let asked = try await desk.done("approval request route -m please", as: "olga")
    #expect(!asked.errors.contains("notification"), "nothing is said in a pipe")
    let all = try await desk.json("notification list")
    #expect(all.arrayValue?.count == 1)
    let row = try #require(all.arrayValue?.first)
    #expect(
      row.names == [
        "id", "time", "event", "channel", "recipient", "job", "subject", "device", "network", "execution", "status", "attempts",
        "nextAttemptTime", "giveUpTime", "endTime", "error",
      ])
    #expect(row["status"] == "waiting" && row["recipient"] == "bob" && row["giveUpTime"] == "2026-09-24T14:13:20Z")
    #expect(try await desk.json("notification list", as: "vera") == [])
    #expect(await desk.run(["notification", "retry", "99"]).status == .notFound)
    #expect(await desk.run(["notification", "retry"]).status == .usage)
  }
}
