import Commands
import Glibc
import Storage
import Terminal
import Testing

@Suite struct JobCommandTests {
  private static let route =
    "job create route --type tool --tool static-route-add --param prefix=203.0.113.0/24 --param next-hop=192.0.2.9"

  @Test func aBackupJobIsCreatedListedAndShown() async throws {
    let bench = try await CommandBench()
    let created = await bench.run("job create nightly --type backup --all-devices --retries 2 --json", as: "alice")
    #expect(created.status == .done)
    #expect(try created.json["name"] == "nightly")
    let list = await bench.run("job list --json", as: "vera")
    let job = try #require(try list.json.arrayValue?.first)
    let keys = ["id", "name", "type", "network", "comment", "owner", "enabled", "revision", "approvalStatus", "nextFire"]
    #expect(job.objectValue?.map(\.name) == keys)
    #expect(job["owner"] == "alice")
    #expect(job["approvalStatus"] == "not-needed")
    #expect(job["nextFire"] == .null)
    let shown = try (await bench.run("job show nightly --json")).json
    #expect(shown["targets"] == ["kind": "all-devices"])
    #expect(shown["triggers"] == [])
    #expect(shown["parameters"] == [:])
    #expect(shown["options"]?["retries"] == 2)
    #expect(shown["options"]?["grace"] == 3600)
    let text = await bench.run("job show 1")
    #expect(text.output.contains("targets\tall devices\n"))
  }

  /// What lists jobs, and the words of its answer that tell that the others are there.
  static let listings: [(line: String, others: [String])] = [
    ("job list", ["first\t", "last\t"]), ("job list --type backup --json", ["\"first\"", "\"last\""]),
    ("job export", ["name: first", "name: last"]), ("status", ["jobs\t3"]),
    ("upcoming", ["\tfirst\t", "failed\tthe definition of job 'middle'"]),
  ]

  @Test(
    arguments: listings,
    [
      "UPDATE job_revision SET definition = '{' WHERE job_id = 2", "UPDATE job SET revision = 9 WHERE id = 2",
      "UPDATE job SET type = 'other' WHERE id = 2",
    ]) func aDamagedJobHidesNoOthers(_ listing: (line: String, others: [String]), _ damage: String) async throws
  {
    let bench = try await CommandBench()
    for job in ["first", "middle", "last"] {
      _ = await bench.run("job create \(job) --type backup --all-devices", as: "alice")
      _ = await bench.run("trigger add \(job) t --cron @hourly --timezone UTC", as: "alice")
    }
    let whole = await bench.run(listing.line, as: "alice")
    #expect(whole.status == .done && whole.errors == "", "\(whole)")
    try SQLiteDatabase(path: bench.installation.databasePath, enforcesForeignKeys: false).write { _ = try $0.execute(damage) }
    let outcome = await bench.run(listing.line, as: "alice")
    #expect(outcome.status == .failed, "\(outcome)")
    #expect(outcome.errors.hasPrefix("netjob: error: ") && outcome.errors.contains("'middle'"), "\(outcome)")
    for word in listing.others where !damage.contains("other") || !word.contains("definition") {
      #expect(outcome.output.contains(word), "\(outcome)")
    }
  }

  @Test func aDamagedJobIsToldOnlyToThoseWhoMaySeeIt() async throws {
    let bench = try await CommandBench()
    for line in [
      "network add lab", "user add half", "user grant half viewer --network lab", "job create j --type backup --all-devices",
    ] {
      #expect(await bench.run(line).status == .done, "\(line)")
    }
    try bench.store().database.write { _ = try $0.execute("UPDATE job_revision SET definition = '{'") }
    for line in ["job list", "job export", "status"] {
      let outcome = await bench.run(line, as: "half")
      #expect(outcome.status == .done && outcome.errors == "", "\(line): \(outcome)")
      #expect(await bench.run(line, as: "vera").status == .failed)
    }
    #expect(await bench.run("job list --network lab", as: "vera").status == .done)
    #expect(await bench.run("__complete job j", as: "vera").output == "j\n")
    let check = await bench.run("db check")
    #expect(check.output.contains("error\tjobs\tthe definition of job 'j', revision 1, in the database"), "\(check)")
    // Looking at the job itself, and at what it did, is no bug either.
    #expect(await bench.run("job log j").status == .failed)
    // There is a way on from there.
    #expect(await bench.run("job delete j --yes", as: "vera").status == .notPermitted)
    #expect(try (await bench.run("job delete j --yes --json")).json["name"] == "j")
    #expect(await bench.run("job list").status == .done)
    #expect(await bench.run("db check").status == .done)
  }

  @Test func aToolJobWantsApprovalOfItsOwner() async throws {
    let bench = try await CommandBench()
    let created = await bench.run("\(Self.route) --search tag:edge --json", as: "alice")
    #expect(try created.json["approvalStatus"] == "not-requested")
    let targets = await bench.run("job targets route --json", as: "vera")
    #expect(try targets.strings("name") == ["r1", "r2"])
    #expect(try targets.json.arrayValue?.first?.objectValue?.map(\.name) == ["name", "address", "platform"])
    let preview = await bench.run("job preview route --device r2 --json", as: "vera")
    #expect(preview.status == .done)
    #expect(try preview.json == [["device": "r2", "commands": ["ip route 203.0.113.0/24 192.0.2.9"]]])
  }

  /// Wrong command lines, files and rights: status, and a piece of the message that names the culprit.
  @Test(arguments: [
    ("alice", "job create x --type backup", Commands.ExitStatus.usage, "--all-devices"),
    ("alice", "job create x --type discover", .usage, "'ranges'"),
    ("alice", "job create x --type backup --all-devices --search tag:edge", .usage, "exclude each other"),
    ("alice", "job create x --type backup --search foo:bar", .usage, "column 1"),
    ("alice", "job create x --type backup --device nowhere", .notFound, "'nowhere'"),
    ("alice", "job create x --type backup --device r1 --device r1", .usage, "listed twice"),
    ("alice", "job create x --type backup --all-devices --network nowhere", .notFound, "'nowhere'"),
    ("alice", "job create x --type backup --all-devices --tool command-runner", .usage, "--tool"),
    ("alice", "job create x --type backup --all-devices --save", .usage, "--save"),
    ("alice", "job create x --type backup --all-devices --batch 1,0", .usage, "'0'"),
    ("alice", "job create x --type backup --all-devices --max-failures 101%", .usage, "101%"),
    ("alice", "job create x --type backup --all-devices --timeout 0s", .usage, "--timeout"),
    ("alice", "job create x --type backup --all-devices --grace 5x", .usage, "--grace"),
    ("alice", "job create 12 --type backup --all-devices", .usage, "'12'"),
    ("alice", "job create x --type tool --all-devices", .usage, "--tool NAME"),
    ("alice", "job create x --type tool --tool static-route --all-devices", .notFound, "static-route-add"),
    ("alice", "job create x --type tool --tool static-route-add --device r1", .usage, "'next-hop' is missing"),
    ("alice", "job create x --type tool --tool static-route-add --device r1", .usage, "'prefix' is missing"),
    ("alice", "\(route) --param next-hop=192.0.2.8 --device r1", .usage, "more than once"),
    ("alice", "\(route) --param nexthop=192.0.2.8 --device r1", .usage, "did you mean 'next-hop'"),
    ("alice", "job create save --type tool --tool save-config --device l1", .usage, "does not support platform 'linux'"),
    ("alice", "\(route) --device r1 --param-file distance=/etc/hostname", .notPermitted, "through sudo"),
    ("alice", "job create x --type backup --devices-from /etc/hostname", .notPermitted, "through sudo"),
    (
      "alice", "job create x --type tool --tool command-runner --device r1 --param-file commands=- --devices-from -", .usage,
      "exclude"
    ),
    ("vera", "job create x --type backup --all-devices", .notPermitted, "edit-job"),
    ("nobody", "job list", .notPermitted, "is unknown here"),
    ("vera", "job show nowhere", .notFound, "'nowhere'"),
    ("vera", "job targets nowhere", .notFound, "'nowhere'"),
    ("vera", "job preview nowhere", .notFound, "'nowhere'"),
    ("vera", "job log nowhere", .notFound, "'nowhere'"),
    ("alice", "job edit nowhere --comment x", .notFound, "'nowhere'"),
    ("alice", "job enable nowhere", .notFound, "'nowhere'"),
    ("alice", "job copy nowhere new", .notFound, "'nowhere'"),
    ("root", "job delete nowhere --yes", .notFound, "'nowhere'"),
    ("alice", "job list --network nowhere", .notFound, "'nowhere'"),
  ])
  func refusals(user: String, line: String, status: Commands.ExitStatus, message: String) async throws {
    let bench = try await CommandBench()
    let outcome = await bench.run(line, as: user)
    #expect(outcome.status == status, "\(outcome.errors)")
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
    #expect(try (await bench.run("job list --json")).json == [])
  }

  @Test func aSearchOverUnsupportedDevicesIsSavedWithAWarning() async throws {
    let bench = try await CommandBench()
    let created = await bench.run("job create route --type tool --tool save-config --all-devices", as: "alice")
    #expect(created.status == .done)
    #expect(created.errors.contains("warning: device 'l1'"))
    let preview = await bench.run("job preview route --json")
    #expect(preview.status == .failed)
    #expect(try preview.strings("device") == ["r1", "r2"])
    #expect(await bench.run("job preview route --device r7").status == .notFound)
  }

  @Test func anEditMergesAndMakesARevisionOnlyWhenItChangesSomething() async throws {
    let bench = try await CommandBench()
    _ = await bench.run("\(Self.route) --device r1", as: "alice")
    let same = await bench.run("job edit route --param next-hop=192.0.2.9 --comment= --json", as: "amy")
    #expect(try same.json["revision"] == 1)
    #expect(try same.json["owner"] == "alice")
    #expect((await bench.run("job edit route --device r1", as: "amy")).errors.contains("nothing changed"))
    let changed = await bench.run("job edit route --param distance=5 --batch 1,50% --json", as: "amy")
    #expect(try changed.json["revision"] == 2)
    #expect(try changed.json["owner"] == "amy")
    _ = await bench.run("job edit route --param distance= --reset batch --comment why", as: "amy")
    let shown = try (await bench.run("job show route --json")).json
    #expect(shown["revision"] == 3)
    #expect(shown["parameters"] == ["next-hop": "192.0.2.9", "prefix": "203.0.113.0/24"])
    #expect(shown["options"]?["batch"] == [])
    let log = try (await bench.run("job log route --json")).json.arrayValue
    #expect(
      log?.map { $0["changes"] } == [
        ["comment", "parameter distance", "options"], ["parameter distance", "options"], ["created"],
      ])
    #expect(log?.first?["user"] == "amy")
    #expect(await bench.run("job edit route", as: "amy").status == .usage)
    #expect(await bench.run("job edit route --comment x", as: "vera").status == .notPermitted)
    #expect(await bench.run("job edit route --tool save-config --device l1", as: "amy").status == .usage)
    #expect(try (await bench.run("job show route --json")).json["revision"] == 3)
  }

  @Test func devicesComeFromAList() async throws {
    let bench = try await CommandBench()
    let created = await bench.run(
      "job create b --type backup --devices-from -", as: "alice", input: "# core\r\nr2\r\n\n r1 # the first\n")
    #expect(created.status == .done, "\(created.errors)")
    #expect(try (await bench.run("job show b --json")).json["targets"] == ["kind": "static-list", "devices": ["r2", "r1"]])
    for (input, message) in [("r1\nr9\n", "standard input line 2"), ("r1\nr2\nr1\n", "line 3"), ("# none\n", "lists no device")] {
      let wrong = await bench.run("job create c --type backup --devices-from -", as: "alice", input: input)
      #expect(wrong.status == .usage)
      #expect(wrong.errors.contains(message), "\(wrong.errors)")
    }
  }

  @Test func valuesDifferPerDevice() async throws {
    let bench = try await CommandBench()
    let line = "job create v --type tool --tool static-route-add --param prefix=203.0.113.0/24 --device r1 --device r2 --values -"
    for (input, message) in [
      ("device,next-hop\nr1,192.0.2.9\nr9,192.0.2.9\n", "standard input line 3: device 'r9'"),
      ("device,next-hop\nr1,192.0.2.9\nr2,nonsense\n", "line 3: parameter 'next-hop'"),
      ("device,hop\nr1,192.0.2.9\n", "line 1: tool 'static-route-add' has no parameter 'hop'"),
      ("device,next-hop\nr1,192.0.2.9\n", "device 'r2': parameter 'next-hop' is missing"),
      ("device,next-hop\nr1,192.0.2.9\nr1,192.0.2.9\n", "line 3: device 'r1' is there twice"),
    ] {
      let wrong = await bench.run(line, as: "alice", input: input)
      #expect(wrong.status == .usage)
      #expect(wrong.errors.contains(message), "\(wrong.errors)")
    }
    let input = "device,next-hop,distance\r\nr1,192.0.2.8,\r\n\"r2\",192.0.2.9,7"
    #expect(await bench.run(line, as: "alice", input: input).status == .done)
    #expect(
      try (await bench.run("job preview v --json")).json == [
        ["device": "r1", "commands": ["ip route 203.0.113.0/24 192.0.2.8"]],
        ["device": "r2", "commands": ["ip route 203.0.113.0/24 192.0.2.9 7"]],
      ])
  }

  @Test func secretsAreSealedAndNeverShown() async throws {
    let bench = try await CommandBench()
    mkdir(bench.folder + "/home/tools", 0o700)
    _ = bench.write(
      "tools/set-secret.yaml",
      """
      name: set-secret
      title: Set the enable secret
      changes-devices: true
      parameters:
        - name: secret
          type: secret
          required: true
          help: the new one
      platforms:
        frr:
          mode: configure
          commands: "enable password {{ secret }}"

      """)
    let line = "job create s --type tool --tool set-secret --device r1"
    let argv = await bench.run("\(line) --param secret=hunter2", as: "alice")
    #expect(argv.status == .usage)
    #expect(argv.errors.contains("--param-file secret=-"))
    #expect(!argv.errors.contains("hunter2"))
    #expect(await bench.run(line, as: "alice").errors.contains("'secret' is missing"))
    let csv = await bench.run("\(line) --values -", as: "alice", input: "device,secret\nr1,hunter2\n")
    #expect(csv.errors.contains("cannot differ per device"))
    #expect(!csv.errors.contains("hunter2"))
    #expect(await bench.run("\(line) --param-file secret=-", as: "alice", input: "hunter2\n").status == .done)
    let same = await bench.run("job edit s --param-file secret=-", as: "alice", input: "hunter2\n")
    #expect(same.errors.contains("nothing changed"))
    let copied = await bench.run("job copy s t", as: "alice")
    #expect(copied.errors.contains("no triggers"))
    for name in ["s", "t"] {
      #expect(try (await bench.run("job show \(name) --json")).json["parameters"] == ["secret": "******"])
      #expect(
        try (await bench.run("job preview \(name) --json")).json == [["device": "r1", "commands": ["enable password ******"]]])
    }
    let job = try bench.store().read { try JobQueries.find($0, "t") }
    let keys = try bench.store().keys()
    #expect(try JobQueries.secretParameters(job, keys: keys) == ["secret": "hunter2"])
    let edited = await bench.run("job edit s --param-file secret=- --json", as: "alice", input: "other\n")
    #expect(try edited.json["revision"] == 2)
    _ = await bench.run("approval request s -m secret --json", as: "alice")
    for line in ["approval show s", "approval show s --json", "job show s"] {
      let shown = await bench.run(line)
      #expect(shown.status == .done)
      #expect(shown.output.contains("******"))
      #expect(!shown.output.contains("other"))
    }
  }

  @Test func jobsAreSwitchedCopiedAndDeleted() async throws {
    let bench = try await CommandBench()
    _ = await bench.run("job create b --type backup --all-devices", as: "alice")
    _ = await bench.run(["trigger", "add", "b", "t", "--cron", "0 3 * * *"], as: "alice")
    #expect(try (await bench.run("job disable b --json", as: "alice")).json["nextFire"] == .null)
    #expect((await bench.run("job disable b", as: "alice")).errors.contains("already"))
    #expect(try (await bench.run("job enable b --json", as: "alice")).json["nextFire"] == "2026-03-03T03:00:00Z")
    #expect(await bench.run("job disable b", as: "vera").status == .notPermitted)
    #expect(await bench.run("job copy b b", as: "alice").status == .conflict)
    #expect(try (await bench.run("job copy b c --json", as: "amy")).json["owner"] == "amy")
    #expect(await bench.run("job delete b --yes", as: "alice").status == .notPermitted)
    let asked = await bench.run("job delete b")
    #expect(asked.status == .usage)
    #expect(asked.errors.contains("--yes"))
    #expect(try (await bench.run("delete b --yes --json")).json["name"] == "b")
    #expect(try (await bench.run("job list --json")).strings("name") == ["c"])
    #expect(try (await bench.run("trigger list --json")).json == [])
    // Its number is not given again: history and approval log go by it.
    _ = await bench.run("delete c --yes")
    #expect(try (await bench.run("job create d --type backup --all-devices --json")).json["id"] == 3)
  }

  @Test func listsAreFilteredAndHideOtherNetworks() async throws {
    let bench = try await CommandBench()
    _ = await bench.run("network add lab")
    _ = await bench.run("user add luke")
    _ = await bench.run("user grant luke operator --network lab")
    _ = await bench.run("job create inlab --type backup --all-devices --network lab", as: "luke")
    _ = await bench.run("job create b --type backup --all-devices", as: "alice")
    _ = await bench.run("\(Self.route) --device r1", as: "alice")
    #expect(try (await bench.run("job list --json", as: "luke")).strings("name") == ["inlab"])
    #expect(await bench.run("job show b", as: "luke").status == .notPermitted)
    #expect(await bench.run("job create b2 --type backup --all-devices", as: "luke").status == .notPermitted)
    #expect(try (await bench.run("job list --network default --json")).strings("name") == ["b", "route"])
    #expect(try (await bench.run("job list --type tool --json")).strings("name") == ["route"])
    #expect(try (await bench.run("job list --status not-requested --json")).strings("name") == ["route"])
  }
}
