import Commands
import Foundation
import Scheduling
import Storage
import Terminal
import Testing

/// What people see of requests: before asking, in lists, before deciding, on paper, afterwards.
@Suite struct ApprovalViewTests {
  private static let job =
    "job create route --type tool --tool static-route-add --param prefix=203.0.113.0/24 --param next-hop=192.0.2.9 --search tag:edge"

  private func made() async throws -> CommandBench {
    let bench = try await CommandBench()
    #expect(await bench.run(Self.job, as: "alice").status == .done)
    return bench
  }

  private func requested(_ lines: String...) async throws -> CommandBench {
    let bench = try await made()
    for line in lines { try #require(await bench.run(line).status == .done, "\(line)") }
    #expect(await bench.run("approval request route -m please", as: "alice").status == .done)
    return bench
  }

  private func only(_ bench: CommandBench, _ line: String = "approval list --json", as user: String = "root") async throws
    -> JSONValue
  {
    let list = try #require(try (await bench.run(line, as: user)).json.arrayValue)
    try #require(list.count == 1)
    return list[0]
  }

  // MARK: asking

  @Test func aDryRunShowsAllAndAsksForNothing() async throws {
    let bench = try await made()
    _ = await bench.run("trigger add route t --daily 1 --at 02:00 --timezone UTC", as: "alice")
    let shown = await bench.run("approval request route -m x --dry-run", as: "alice")
    #expect(shown.status == .done)
    for part in [
      "needs       1 approval, of amy, bea, bob, root", "digest      SHA256:",
      "next fires  t: 2026-03-03T02:00:00Z, 2026-03-04T02:00:00Z, 2026-03-05T02:00:00Z", "targets     search tag:edge (2 now)",
      "device      r2 (192.0.2.2 port 22, frr)\n    ip route 203.0.113.0/24 192.0.2.9",
      "tool definition\n    name: static-route-add",
    ] { #expect(shown.output.contains(part), "\(part) in \(shown.output)") }
    let json = try (await bench.run("approval request route -m x --dry-run --json", as: "alice")).json
    #expect(json["manifest"]?["devices"]?.arrayValue?.count == 2)
    #expect(json["eligible"] == ["amy", "bea", "bob", "root"])
    #expect(json["required"] == 1)
    #expect(try (await bench.run("approval list --json")).json == [])
    let rows = try bench.store().read { try $0.row("SELECT count(*) AS n FROM audit WHERE action LIKE 'approval%'")?.int("n") }
    #expect(rows == 0)
    // What is then asked for is that.
    let asked = try (await bench.run("approval request route -m x --json", as: "alice")).json
    #expect(asked["digest"] == json["digest"])
    #expect(asked["manifest"] == json["manifest"])
    #expect(asked["status"] == "requested")
    // It is refused as the request itself would be.
    #expect(await bench.run("approval request route -m x --dry-run", as: "alice").status == .conflict)
    #expect(await bench.run("approval request route -m x --dry-run", as: "vera").status == .notPermitted)
  }

  @Test func atATerminalItIsShownAndAskedBack() async throws {
    let bench = try await made()
    let words = ["approval", "request", "route", "-m", "x"]
    let declined = try await bench.run(words, as: "alice", atTerminalAnswering: "n")
    #expect(declined.status != .done)
    #expect(declined.output.contains("device      r1 (192.0.2.1 port 22, frr)"))
    #expect(try (await bench.run("approval list --json")).json == [])
    let said = try await bench.run(words, as: "alice", atTerminalAnswering: "y")
    #expect(said.status == .done, "\(said.errors)")
    #expect(try await only(bench)["status"] == "requested")
    // --yes does not ask, nor does a pipe.
    _ = await bench.run("approval close route -m x", as: "alice")
    let yes = try await bench.run(words + ["--yes"], as: "alice", atTerminalAnswering: nil)
    #expect(yes.status == .done && !yes.output.contains("device      r1"))
    // The approver is shown everything, and asked.
    let approve = ["approval", "approve", "route", "-m", "x"]
    let no = try await bench.run(approve, as: "bob", atTerminalAnswering: "n")
    #expect(no.output.contains("asked by    alice, 2026-03-02T10:00:00Z (now)") && no.output.contains("\nLog\n"))
    #expect(try await only(bench)["status"] == "requested")
    #expect(try await bench.run(approve, as: "bob", atTerminalAnswering: "y").status == .done)
    #expect(try await only(bench)["status"] == "approved")
  }

  @Test func whatMovedWhileItWasLookedAtIsNotAskedFor() async throws {
    let bench = try await made()
    let store = try bench.store()
    let error = #expect(throws: (any Error).self) {
      try store.change(as: CommandBench.root) { change in
        let job = try JobQueries.find(change.sql, "route")
        _ = try change.requestApproval(
          of: job, ApprovalFixture.manifest(job), message: "m", shownDigest: "SHA256:of something else")
      }
    }
    #expect("\(String(describing: error))".contains("changed while you looked at it"))
  }

  @Test func tooFewPeopleAreSaidAtOnce() async throws {
    let bench = try await made()
    for line in ["user revoke amy approver", "user disable bea", "user revoke bob approver"] {
      #expect(await bench.run(line).status == .done)
    }
    #expect(await bench.run("setting set approval.required-count 2").status == .done)
    let asked = await bench.run("approval request route -m x", as: "alice")
    #expect(asked.status == .done)
    #expect(asked.errors.contains("warning: 2 more users have to approve it, and only root may"), "\(asked.errors)")
    #expect(try await only(bench)["missing"] == 2)
    #expect(try await only(bench)["eligible"] == ["root"])
  }

  // MARK: lists

  @Test func theListSaysWhoIsMissing() async throws {
    let bench = try await requested("setting set approval.required-count 2")
    bench.now = bench.now.adding(seconds: 3 * 3600)
    _ = await bench.run("approval approve route -m x", as: "bob")
    let row = try await only(bench)
    #expect(row["required"] == 2 && row["missing"] == 1)
    #expect(row["approvals"] == ["bob"] && row["lapsed"] == [])
    // Neither alice, who asked, nor bob, who did, nor vera, who may not.
    #expect(row["eligible"] == ["amy", "bea", "root"])
    #expect((await bench.run("approval list")).output.contains("\t1/2: bob\tdefault\tamy, bea, root\t"))
    let terminal = try await bench.run(["approval", "list"], as: "root", atTerminalAnswering: nil)
    #expect(terminal.output.contains("3 h ago"))
    #expect(terminal.output.contains("MAY APPROVE"))
    let shown = await bench.run("approval show route", as: "bea")
    #expect(shown.output.contains("approvals   1 of 2 (bob)\nmissing     1 more, of amy, bea, root\n"))
    // Many names are cut for people, not for scripts.
    for number in 1...5 { _ = await bench.run("user add u\(number) --role approver") }
    #expect((await bench.run("approval list")).output.contains("amy, bea, root and 5 more"))
    #expect(try await only(bench)["eligible"]?.arrayValue?.count == 8)
  }

  @Test func listsAreInOrderAndFiltered() async throws {
    let bench = try await requested()
    for (line, user) in [
      ("job copy route two", "amy"), ("job copy route three", "alice"), ("approval request two -m x", "amy"),
      ("approval request three -m x", "alice"), ("approval reject three -m x", "bob"), ("approval comment route -m x", "bob"),
    ] {
      bench.now = bench.now.adding(seconds: 60)
      try #require(await bench.run(line, as: user).status == .done, "\(line)")
    }
    func jobs(_ options: String, as user: String = "root") async throws -> [String] {
      try (await bench.run("approval list \(options) --json", as: user)).strings("job")
    }
    #expect(try await jobs("") == ["route", "two", "three"])
    #expect(try await jobs("--status requested") == ["route", "two"])
    #expect(try await jobs("--mine", as: "alice") == ["route", "three"])
    #expect(try await jobs("--mine", as: "amy") == ["two"])
    #expect(try await jobs("--waiting-for-me", as: "amy") == ["route"])
    #expect(try await jobs("--waiting-for-me", as: "bob") == ["route", "two"])
    #expect(try await jobs("--waiting-for-me", as: "alice") == [])
    #expect(try await jobs("--waiting-for-me --status rejected", as: "bob") == [])
    // A newer request takes the older one's place, a deleted job's is gone; --all shows them.
    _ = await bench.run("approval request three -m again", as: "alice")
    _ = await bench.run("delete two --yes")
    #expect(try await jobs("") == ["route", "three"])
    #expect(try await jobs("--all") == ["route", "two", "three", "three"])
    let old = await bench.run("approval show --request 3 --json")
    #expect(try old.json["status"] == "rejected")
    #expect(try (await bench.run("approval show --request 2 --json")).json["job"] == "two")
    #expect(await bench.run("approval show --request 9").status == .notFound)
    #expect(await bench.run("approval show").status == .usage)
    #expect(await bench.run("approval show route --request 1").status == .usage)
  }

  @Test func theBannerCountsWhatWaitsForTheCaller() async throws {
    let bench = try await requested()
    func banner(_ words: [String], as user: String) async throws -> String {
      try await bench.run(words, as: user, atTerminalAnswering: nil).errors
    }
    let line = "netjob: 1 approval request waits for you: netjob approval list --waiting-for-me\n"
    #expect(try await banner(["job", "list"], as: "bob") == line)
    #expect(try await banner(["job", "list"], as: "alice") == "")
    #expect(try await banner(["job", "list"], as: "vera") == "")
    #expect(try await banner(["job", "list", "--json"], as: "bob") == "")
    #expect(try await banner(["job", "list", "-q"], as: "bob") == "")
    #expect((await bench.run("job list", as: "bob")).errors == "")
    _ = await bench.run("approval approve route -m x", as: "bob")
    #expect(try await banner(["job", "list"], as: "amy") == "")
  }

  // MARK: what counts

  @Test func aVoiceThatLapsedDoesNotCount() async throws {
    let bench = try await requested()
    _ = await bench.run("approval approve route -m x", as: "bob")
    #expect(await bench.run("user revoke bob approver").status == .done)
    #expect(await bench.run("user grant bob viewer").status == .done)
    // At once, and the log says why.
    let row = try await only(bench)
    #expect(row["status"] == "requested")
    #expect(row["approvals"] == [] && row["missing"] == 1)
    let log = await bench.run("approval log route --json")
    #expect(try log.strings("event") == ["requested", "approved", "reopened"])
    #expect(try log.strings("message").last == "1 approval is needed, it has 0; bob may no longer approve")
    #expect(await bench.run("job run route", as: "alice").status == .notApproved)
    #expect(await bench.run("approval approve route -m x", as: "bob").status == .notPermitted)
    #expect(await bench.run("approval approve route -m x", as: "bea").status == .done)
    #expect(try await only(bench)["status"] == "approved")
    // Disabled is as good as revoked.
    #expect(await bench.run("user disable bea").status == .done)
    #expect(try await only(bench)["status"] == "requested")
    // One of two is named until there are enough.
    _ = await bench.run("setting set approval.required-count 2")
    _ = await bench.run("approval approve route -m x", as: "amy")
    _ = await bench.run("user revoke amy approver")
    let half = try await only(bench)
    #expect(half["approvals"] == ["amy"] && half["lapsed"] == ["amy"] && half["missing"] == 2)
    #expect((await bench.run("approval list")).output.contains("amy may no longer approve"))
    #expect((await bench.run("approval show route")).output.contains("lapsed      amy may no longer approve"))
  }

  /// Rights that went another way, as when a role changes: whoever looks next finds out.
  @Test(arguments: ["job run route", "approval approve route -m x"]) func aVoiceThatLapsedUnseen(line: String) async throws {
    let bench = try await requested()
    _ = await bench.run("approval approve route -m x", as: "bob")
    try bench.store().change(as: CommandBench.root) {
      _ = try $0.sql.execute(
        "DELETE FROM account_grant WHERE account_id = (SELECT id FROM account WHERE name = 'bob') AND name = 'approver'")
    }
    let isRun = line.hasPrefix("job")
    let outcome = await bench.run(line, as: isRun ? "alice" : "bea")
    if isRun {
      #expect(outcome.status == .notApproved)
      #expect(outcome.errors.contains("1 approvals are needed, it has 0; bob may no longer approve"), "\(outcome.errors)")
      #expect(try await only(bench)["status"] == "requested")
    } else {
      #expect(outcome.status == .done)
      #expect(try await only(bench)["status"] == "approved")
    }
    #expect(try (await bench.run("approval log route --json")).strings("event").contains("reopened"))
  }

  @Test(arguments: 1...3) func asManyAsTheSettingSays(required: Int) async throws {
    let bench = try await requested("setting set approval.required-count \(required)")
    for (position, user) in ["bob", "bea", "amy"].prefix(required).enumerated() {
      #expect(await bench.run("job run route", as: "alice").status == .notApproved)
      #expect(try await only(bench)["missing"] == .int(required - position))
      #expect(await bench.run("approval approve route -m x", as: user).status == .done)
      #expect(await bench.run("approval approve route -m x", as: user).status == .conflict)
    }
    #expect(try await only(bench)["status"] == "approved")
    #expect(await bench.run("job run route", as: "alice").status == .failed)
    #expect(await bench.run("setting set approval.required-count 4").status == .usage)
    #expect(await bench.run("setting set approval.required-count 0").status == .usage)
  }

  @Test func raisedAndLowered() async throws {
    let bench = try await requested()
    _ = await bench.run("approval approve route -m x", as: "bob")
    _ = await bench.run("setting set approval.required-count 2")
    #expect(try await only(bench)["status"] == "requested")
    #expect(await bench.run("job run route", as: "alice").status == .notApproved)
    _ = await bench.run("setting set approval.required-count 1")
    // Lowering approves nothing by itself, the next approval does.
    #expect(try await only(bench)["status"] == "requested")
    #expect(try await only(bench)["missing"] == 1)
    #expect(await bench.run("approval approve route -m x", as: "bob").status == .conflict)
    #expect(await bench.run("approval approve route -m x", as: "bea").status == .done)
    #expect(try await only(bench)["approvals"]?.arrayValue?.count == 2)
    // Raised again to what it has: it stays.
    _ = await bench.run("setting set approval.required-count 2")
    #expect(try await only(bench)["status"] == "approved")
  }

  @Test func anOldApprovalIsClosed() async throws {
    let bench = try await requested("setting set approval.expires-after 3600")
    bench.now = bench.now.adding(seconds: 600)
    _ = await bench.run("approval approve route -m x", as: "bob")
    #expect(try await only(bench)["expiresTime"] == "2026-03-02T11:10:00Z")
    bench.now = bench.now.adding(seconds: 3600)
    #expect((await bench.run("approval list")).output.contains("\t\t\n"))
    bench.now = bench.now.adding(seconds: 1)
    #expect((await bench.run("approval list")).output.contains("\texpired\n"))
    // cron closes it, silently; so does whoever asks anew.
    let tick = await bench.run("run-due", as: "root")
    #expect(tick.status == .done && tick.output == "" && tick.errors == "")
    #expect(try await only(bench)["status"] == "closed")
    #expect(try (await bench.run("approval log route --json")).strings("message").last == "not used within 3600 seconds")
    #expect(await bench.run("approval request route -m again", as: "alice").status == .done)
    _ = await bench.run("approval approve route -m x", as: "bob")
    bench.now = bench.now.adding(seconds: 3601)
    let run = await bench.run("job run route", as: "alice")
    #expect(run.status == .notApproved && run.errors.contains("the approval is older than 3600 seconds"))
    #expect(await bench.run("approval request route -m again", as: "alice").status == .done)
    _ = await bench.run("approval approve route -m x", as: "bob")
    bench.now = bench.now.adding(seconds: 3601)
    #expect(await bench.run("approval request route -m again", as: "alice").status == .done)
    #expect(try await only(bench)["status"] == "requested")
  }

  @Test func anApprovalIsForOneExecution() async throws {
    let bench = try await requested()
    for (line, user) in [
      ("approval close route -m x", "alice"), ("trigger add route a --cron @hourly --timezone UTC", "alice"),
      ("trigger add route b --cron @hourly --timezone UTC", "alice"), ("approval request route -m x", "alice"),
      ("approval approve route -m x", "bob"),
    ] { try #require(await bench.run(line, as: user).status == .done, "\(line)") }
    bench.now = bench.now.adding(seconds: 3600)
    let fired = await bench.run("run-due", as: "root")
    #expect(fired.status == .failed)
    let rows = try #require(try (await bench.run("history list --json")).json.arrayValue)
    #expect(rows.compactMap { $0["status"]?.stringValue } == ["not-approved", "failed"])
    #expect(rows[0]["summary"] == "the approval was used by execution 1")
    #expect(try await only(bench)["status"] == "closed")
    #expect(try await only(bench)["execution"] == 1)
    // What was used is a record: that an approver has left since takes nothing from it.
    #expect(await bench.run("user disable bob").status == .done)
    #expect(try await only(bench)["lapsed"] == [])
    #expect((await bench.run("approval list")).output.contains("\t1/1: bob\t"))
    // The next fire finds it closed.
    bench.now = bench.now.adding(seconds: 3600)
    #expect(await bench.run("run-due", as: "root").status == .done)
    #expect(
      try (await bench.run("history list --json")).strings("status") == [
        "not-approved", "not-approved", "not-approved", "failed",
      ])
    // The whole record, from the job and from the execution; from no other execution.
    let events = ["requested", "approved", "executed", "closed"]
    #expect(try (await bench.run("approval log --execution 1 --json")).strings("event") == events)
    #expect(try (await bench.run("history show 1 --json")).json["approval"]?.arrayValue?.count == 4)
    let none = await bench.run("approval log --execution 2")
    #expect(none.output == "" && none.errors.contains("no request allowed execution 2"))
    // It stays when the job goes, and under its number when another takes the name.
    #expect(await bench.run("delete route --yes").status == .done)
    #expect(try (await bench.run("approval log --execution 1 --json")).strings("event") == events)
    #expect(try (await bench.run("approval log route --json")).strings("event").suffix(4) == events[...])
    #expect(await bench.run(Self.job, as: "alice").status == .done)
    let again = await bench.run("approval log route")
    #expect(again.output == "" && again.errors.contains("netjob approval log 1 shows theirs"))
    #expect(try (await bench.run("approval log 1 --json")).strings("event").suffix(4) == events[...])
  }

  // MARK: paper

  @Test func thePageHoldsEverythingAndNothingElse() async throws {
    let bench = try await made()
    for (words, user) in [
      (["filter", "add", "f", "--rule", "window sat 00:00-24:00"], "root"),
      (["trigger", "add", "route", "t", "--daily", "1", "--at", "02:00", "--timezone", "UTC", "--filter", "f"], "alice"),
      (["job", "edit", "route", "--comment", "<script>alert(1)</script>\nÅngström & 日本 \u{202E}evil\u{2066}"], "alice"),
      (["device", "edit", "r1", "--comment", "</pre><img src=x onerror=alert(1)>"], "root"),
      (["approval", "request", "route", "-m", "</style></title><script src=\"//evil\"></script> \"'&"], "alice"),
      (["approval", "comment", "route", "-m", "line one\nline two"], "bob"),
    ] { try #require(await bench.run(words, as: user).status == .done, "\(words)") }
    let page = await bench.run("approval show route --output html", as: "bob")
    #expect(page.status == .done && page.errors == "")
    let html = page.output
    #expect(html.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\">"))
    #expect(html.hasSuffix("</html>\n"))
    for part in [
      "<title>Request for approval: route, revision 2</title>",
      "&lt;script&gt;alert(1)&lt;/script&gt;\nÅngström &amp; 日本 \\u202eevil",
      "&lt;/style&gt;&lt;/title&gt;&lt;script src=&quot;//evil&quot;&gt;&lt;/script&gt; &quot;&#39;&amp;",
      "ip route 203.0.113.0/24 192.0.2.9", "<h3>r1, r2</h3>", "f: window sat 00:00-24:00", "2026-03-03T02:00:00Z",
      "line one\nline two", "name: static-route-add", "Approver 1", "Applicant: alice", "SHA256:", "@page { size: A4;",
      "search tag:edge (2 when it was asked for)",
    ] { #expect(html.contains(part), "\(part)") }
    // Nothing that loads, runs or leads elsewhere; every tag is closed in order.
    for word in ["<script", "<img", "<link", "<a ", "http:", "https:", "url(", "@import", "javascript:", "onerror=\""] {
      #expect(!html.contains(word), "\(word)")
    }
    let digest = try #require(try await only(bench)["digest"]?.stringValue)
    #expect(html.contains("content: \"\(digest)\""))
    #expect(Self.isBalanced(html))
    #expect(await bench.run("approval show route --output html --json").status == .usage)
    #expect(await bench.run("approval show route --output pdf").status == .usage)
    // Through no pager, at a terminal either.
    #expect(
      try await bench.run(["approval", "show", "route", "--output", "html"], as: "bob", atTerminalAnswering: nil).output == html)
    // Afterwards it says what became of it.
    _ = await bench.run("approval approve route -m yes", as: "bob")
    _ = await bench.run("device add r3 --address 192.0.2.8 --platform frr --tag edge")
    let later = (await bench.run("approval show route --output html", as: "bob")).output
    #expect(later.contains("Approver 1: bob") && later.contains("Joined since: r3"))
    _ = await bench.run("job edit route --param next-hop=192.0.2.7", as: "alice")
    _ = await bench.run("approval request route -m again", as: "alice")
    let again = (await bench.run("approval show route --output html", as: "bob")).output
    #expect(again.contains("Difference to revision 2") && again.contains("\n-    ip route 203.0.113.0/24 192.0.2.9\n"))
  }

  /// Whether every element that is opened is closed, innermost first.
  static func isBalanced(_ html: String) -> Bool {
    var open: [Substring] = []
    var rest = html[...]
    while let start = rest.firstIndex(of: "<") {
      guard let end = rest[start...].firstIndex(of: ">") else { return false }
      let tag = rest[rest.index(after: start)..<end]
      rest = rest[rest.index(after: end)...]
      if tag.hasPrefix("!") || tag.hasPrefix("meta") { continue }
      if tag.hasPrefix("/") {
        guard open.popLast() == tag.dropFirst() else { return false }
      } else {
        open.append(tag.prefix { $0 != " " })
      }
    }
    return open.isEmpty
  }

  @Test func aLargePageIsMadeQuickly() async throws {
    let bench = try await CommandBench()
    try bench.store().change(as: CommandBench.root) { change in
      let network = try NetworkQueries.find(change.sql, "default")
      for number in 1...200 {
        var edit = DeviceEdit()
        edit.address = "198.51.100.\(number)"
        edit.platform = "frr"
        edit.tags = ["many"]
        try change.addDevice(name: "many-\(number)", edit, network: network)
      }
    }
    let values = "device,next-hop\n" + (1...200).map { "many-\($0),192.0.2.\($0 % 250 + 1)\n" }.joined()
    #expect(
      await bench.run(
        "job create many --type tool --tool static-route-add --param prefix=203.0.113.0/24 --search tag:many --values -",
        as: "alice",
        input: values
      ).status == .done)
    #expect(await bench.run("approval request many -m x", as: "alice").status == .done)
    let page = (await bench.run("approval show many --output html", as: "bob")).output
    #expect(page.components(separatedBy: "<section class=\"keep\">").count == 201)
    #expect(Self.isBalanced(page))
  }

  /// Whoever makes or approves such a job reads its lines as they are; those who only look on do not read the secrets in them.
  @Test func secretsInPlainLinesAreHiddenFromViewers() async throws {
    let bench = try await CommandBench()
    #expect(await bench.run("user add vic").status == .done)
    #expect(await bench.run("user grant vic viewer").status == .done)
    let create = "job create snmp --type tool --tool config-commands --param-file commands=- --search tag:edge"
    let lines = "snmp-server community grey-eyed-1 RO\nsnmp-server location here\n"
    #expect(await bench.run(create, as: "alice", input: lines).status == .done)
    #expect(await bench.run("approval request snmp -m please", as: "alice").status == .done)
    for line in [
      "job show snmp", "job show snmp --json", "job preview snmp", "job preview snmp --json", "job export snmp",
      "approval show snmp", "approval show snmp --json", "approval show snmp --output html",
    ] {
      let hidden = await bench.run(line, as: "vic")
      #expect(hidden.status == .done && !hidden.output.contains("grey-eyed"), "\(line): \(hidden)")
      #expect(hidden.output.contains("snmp-server community ******"), "\(line): \(hidden)")
      #expect(hidden.output.contains("snmp-server location here"), "\(line): \(hidden)")
      for reader in ["alice", "bob"] {
        let shown = await bench.run(line, as: reader)
        #expect(shown.output.contains("snmp-server community grey-eyed-1 RO"), "\(line) as \(reader): \(shown)")
      }
    }
  }
}
