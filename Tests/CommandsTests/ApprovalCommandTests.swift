import Commands
import Glibc
import Scheduling
import Terminal
import Testing

@Suite struct ApprovalCommandTests {
  /// A job of alice's that changes r1 and r2, its approval requested by her.
  private func requested() async throws -> CommandBench {
    let bench = try await CommandBench()
    let line =
      "job create route --type tool --tool static-route-add --param prefix=203.0.113.0/24 --param next-hop=192.0.2.9 --search tag:edge"
    #expect(await bench.run(line, as: "alice").status == .done)
    #expect(await bench.run("approval request route -m please", as: "alice").status == .done)
    return bench
  }

  @Test func aRequestShowsWhatIsAsked() async throws {
    let bench = try await requested()
    let list = await bench.run("approval list --json", as: "vera")
    let request = try #require(try list.json.arrayValue?.first)
    for key in ["job", "revision", "status", "requestedBy", "requestedTime", "required", "approvals", "digest"] {
      #expect(request[key] != nil, "\(key)")
    }
    #expect(request["requestedBy"] == "alice")
    #expect(request["requestedTime"] == "2026-03-02T10:00:00Z")
    #expect(request["required"] == 1)
    #expect(request["approvals"] == [])
    #expect(request["digest"]?.stringValue?.hasPrefix("SHA256:") == true)
    let shown = await bench.run("approval show route", as: "bob")
    for part in [
      "parameter   next-hop = 192.0.2.9", "targets     search tag:edge (2 now)", "device      r2 (192.0.2.2 port 22, frr)",
      "    ip route 203.0.113.0/24 192.0.2.9", "name: static-route-add", "alice  requested\n    please",
    ] {
      #expect(shown.output.contains(part), "\(part)")
    }
    let json = try (await bench.run("approval show route --json", as: "bob")).json
    #expect(json["manifest"]?["devices"]?.arrayValue?.count == 2)
    #expect(json["difference"] == .null)
    #expect(await bench.run("approval request route -m again", as: "alice").status == .conflict)
  }

  @Test func whatWouldNotRunAnyMoreIsNotApproved() async throws {
    let bench = try await requested()
    mkdir(bench.folder + "/home/tools", 0o700)
    _ = bench.write(
      "tools/static-route-add.yaml",
      """
      name: static-route-add
      title: Something else
      changes-devices: true
      parameters:
        - {name: prefix, type: cidr, required: true, help: The destination}
        - {name: next-hop, type: ip, required: true, help: The next hop}
      platforms:
        frr: {mode: configure, commands: "no ip route {{ prefix }} {{ next-hop }}"}
      """)
    let shown = try (await bench.run("approval show route --json", as: "bob")).json
    #expect(shown["changedSince"]?.arrayValue?.contains("the definition of the tool changed") == true)
    let refused = await bench.run("approval approve route -m fine", as: "bob")
    #expect(refused.status == .conflict)
    #expect(refused.errors.contains("would not run any more: the definition of the tool changed"), "\(refused.errors)")
    // The refusal is kept: the way to a new request is open, and the log says why.
    #expect(try (await bench.run("approval list --json")).strings("status") == ["not-requested"])
    #expect(try (await bench.run("approval log route --json")).strings("event") == ["requested", "reset"])
    #expect(await bench.run("approval request route -m again", as: "alice").status == .done)
    #expect(await bench.run("approval approve route -m fine", as: "bob").status == .done)
  }

  @Test func oneselfIsNotASecondPerson() async throws {
    let bench = try await requested()
    #expect(await bench.run("approval approve route -m me", as: "alice").status == .notPermitted)
    // Even with the right to approve, and even as an administrator.
    _ = await bench.run("user grant alice administrator")
    let own = await bench.run("approval approve route -m me", as: "alice")
    #expect(own.status == .notPermitted)
    #expect(own.errors.contains("they asked for it or saved the revision"))
    #expect(try (await bench.run("approval list --json")).strings("status") == ["requested"])
    let approved = await bench.run("approval approve route -m fine --json", as: "bob")
    #expect(try approved.json["status"] == "approved")
    #expect(try approved.json["approvals"] == ["bob"])
    #expect(await bench.run("approval approve route -m fine", as: "bob").status == .conflict)
  }

  @Test func whoSavedTheRevisionDoesNotApproveItForAnother() async throws {
    let bench = try await requested()
    _ = await bench.run("job edit route --comment mine", as: "amy")
    #expect(await bench.run("approval request route -m again", as: "alice").status == .done)
    #expect(await bench.run("approval approve route -m fine", as: "amy").status == .notPermitted)
    #expect(await bench.run("approval approve route -m fine", as: "bob").status == .done)
  }

  @Test func theNextStepIsHinted() async throws {
    let bench = try await requested()
    #expect((await bench.run("job run route", as: "alice")).errors.contains("hint: netjob approval show route"))
    #expect((await bench.run("approval approve route -m ok", as: "bob")).errors.contains("netjob job run route"))
    _ = await bench.run("approval close route -m wait", as: "alice")
    _ = await bench.run("trigger add route t --cron @daily", as: "alice")
    let again = await bench.run("approval request route -m please", as: "alice")
    #expect(again.errors.contains("netjob approval approve route -m MESSAGE"))
    #expect(again.output.contains("commands for r1, r2\n    ip route 203.0.113.0/24 192.0.2.9\n"))
    #expect((await bench.run("approval approve route -m ok", as: "bob")).errors.contains("netjob run-due fires it"))
  }

  @Test func twoPeopleAreTwoPeople() async throws {
    let bench = try await requested()
    _ = await bench.run("setting set approval.required-count 2")
    let first = await bench.run("approval approve route -m one --json", as: "bob")
    #expect(try first.json["status"] == "requested")
    #expect(try first.json["required"] == 2)
    #expect(await bench.run("approval approve route -m again", as: "bob").status == .conflict)
    bench.now = bench.now.adding(seconds: 60)
    let second = await bench.run("approval approve route -m two --json", as: "bea")
    #expect(try second.json["status"] == "approved")
    #expect(try second.json["approvals"] == ["bob", "bea"])
  }

  @Test func oneRejectionRejects() async throws {
    let bench = try await requested()
    #expect(await bench.run("approval reject route -m no", as: "vera").status == .notPermitted)
    #expect(try (await bench.run("approval reject route -m no --json", as: "bob")).json["status"] == "rejected")
    #expect(await bench.run("approval approve route -m yes", as: "bea").status == .conflict)
    #expect(await bench.run("approval request route -m again", as: "alice").status == .done)
    // An approval can be withdrawn.
    _ = await bench.run("approval approve route -m yes", as: "bea")
    #expect(await bench.run("approval reject route -m no", as: "bob").status == .done)
    #expect(try (await bench.run("job show route --json")).json["approvalStatus"] == "rejected")
  }

  @Test func commentsChangeNothing() async throws {
    let bench = try await requested()
    for user in ["bob", "alice"] {
      #expect(await bench.run(["approval", "comment", "route", "-m", "which site?"], as: user).status == .done)
    }
    #expect(await bench.run("approval comment route -m x", as: "vera").status == .notPermitted)
    #expect(try (await bench.run("approval list --json")).strings("status") == ["requested"])
    #expect(try (await bench.run("approval log route --json")).strings("event") == ["requested", "commented", "commented"])
  }

  @Test func onlyTheRequesterAndAdministratorsClose() async throws {
    let bench = try await requested()
    for user in ["bob", "amy", "vera"] {
      #expect(await bench.run("approval close route -m x", as: user).status == .notPermitted)
    }
    #expect(await bench.run("approval close route -m x", as: "alice").status == .done)
    #expect(await bench.run("approval close route -m x", as: "alice").status == .conflict)
    _ = await bench.run("approval request route -m again", as: "alice")
    #expect(try (await bench.run("approval close route -m x --json")).json["status"] == "closed")
  }

  @Test(arguments: [
    ("job edit route --param next-hop=192.0.2.7", "revision 2 was saved by amy"),
    ("trigger add route t --cron @daily", "trigger 't' was added by amy"),
  ])
  func anEditTakesTheRequestBack(line: String, reason: String) async throws {
    let bench = try await requested()
    _ = await bench.run("approval approve route -m ok", as: "bob")
    #expect(await bench.run(line, as: "amy").status == .done)
    #expect(try (await bench.run("job show route --json")).json["approvalStatus"] == "not-requested")
    let log = await bench.run("approval log route --json")
    #expect(try log.strings("event") == ["requested", "approved", "reset"])
    #expect(try log.strings("message").last == reason)
    for key in ["time", "user", "event", "message", "revision"] { #expect(try log.json.arrayValue?.first?[key] != nil) }
    #expect(await bench.run("approval approve route -m ok", as: "bea").status == .conflict)
    _ = await bench.run("approval request route -m again", as: "alice")
    let shown = await bench.run("approval show route", as: "bob")
    #expect(shown.output.contains("Difference to revision 1"))
  }

  @Test func theDifferenceToTheLastApprovedIsShown() async throws {
    let bench = try await requested()
    _ = await bench.run("approval approve route -m ok", as: "bob")
    _ = await bench.run("job edit route --param next-hop=192.0.2.7", as: "alice")
    _ = await bench.run("approval request route -m again", as: "alice")
    let difference = try (await bench.run("approval show route --json")).json["difference"]?.stringValue ?? ""
    #expect(difference.contains("\n-    ip route 203.0.113.0/24 192.0.2.9\n"))
    #expect(difference.contains("\n+    ip route 203.0.113.0/24 192.0.2.7\n"))
  }

  @Test func aRevisionIsApprovedOnlyAsShown() async throws {
    let bench = try await requested()
    #expect(await bench.run("approval approve route --revision 2 -m ok", as: "bob").status == .conflict)
    #expect(await bench.run("approval reject route --revision 2 -m ok", as: "bob").status == .conflict)
    #expect(await bench.run("approval approve route --revision 1 -m ok", as: "bob").status == .done)
  }

  @Test func listsAreFiltered() async throws {
    let bench = try await requested()
    #expect(try (await bench.run("approval list --status approved --json")).json == [])
    #expect(try (await bench.run("approval list --status requested --json")).strings("job") == ["route"])
    #expect(try (await bench.run("approval list --mine --json", as: "alice")).strings("job") == ["route"])
    #expect(try (await bench.run("approval list --mine --json", as: "amy")).json == [])
    _ = await bench.run("network add lab")
    _ = await bench.run("user add luke")
    _ = await bench.run("user grant luke operator --network lab")
    #expect(try (await bench.run("approval list --json", as: "luke")).json == [])
    #expect(await bench.run("approval show route", as: "luke").status == .notPermitted)
    #expect(await bench.run("approval log route", as: "luke").status == .notPermitted)
    #expect(await bench.run("approval comment route -m x", as: "luke").status == .notPermitted)
  }

  @Test func theLogOutlivesTheJob() async throws {
    let bench = try await requested()
    _ = await bench.run("delete route --yes")
    let log = await bench.run("approval log route --json")
    #expect(try log.strings("event") == ["requested", "reset"])
    #expect(await bench.run("approval log nothing").status == .notFound)
    #expect(await bench.run("approval log --execution 7").status == .notFound)
  }

  @Test(arguments: [
    ("alice", "approval request route", Commands.ExitStatus.usage, "-m"),
    ("alice", "approval request nowhere -m x", .notFound, "'nowhere'"),
    ("vera", "approval request route -m x", .notPermitted, "edit-job"),
    ("bob", "approval approve nowhere -m x", .notFound, "'nowhere'"), ("bob", "approval approve route", .usage, "--message"),
    ("bob", "approval approve b -m x", .conflict, "not-needed"),
    ("alice", "approval request b -m x", .conflict, "does not change"),
    ("root", "approval request roots -m x", .conflict, "may run it without"),
    ("vera", "approval show b", .conflict, "no approval"),
    ("vera", "approval show nowhere", .notFound, "'nowhere'"), ("vera", "approval log", .usage, "--execution"),
    ("bob", "approval approve route --revision none -m x", .usage, "'none'"),
  ])
  func refusals(user: String, line: String, status: Commands.ExitStatus, message: String) async throws {
    let bench = try await requested()
    _ = await bench.run("job create b --type backup --all-devices", as: "alice")
    _ = await bench.run("job copy route roots")
    let outcome = await bench.run(line, as: user)
    #expect(outcome.status == status)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
  }

  /// The owner of a job that nobody has asked about is told so, not that they asked.
  @Test func whatNobodyAskedForIsNobodysOwn() async throws {
    let bench = try await CommandBench()
    _ = await bench.run("device add r1 --address 192.0.2.1 --platform frr")
    _ = await bench.run("job create read --type backup --device r1")
    let outcome = await bench.run("approval approve read -m well")
    #expect(outcome.status == .conflict)
    let message = "the approval of job 'read' is not-needed: there is no open request to approve"
    #expect(outcome.errors.contains(message), "\(outcome)")
  }
}
