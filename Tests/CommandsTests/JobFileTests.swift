import Commands
import Foundation
import Storage
import Terminal
import Testing

/// Jobs as files: `netjob job export` and `netjob job apply`.
@Suite struct JobFileTests {
  private static let file = """
    version: 1
    jobs:
      - name: nightly
        type: backup
        targets: all-devices
        options: {retries: 2, batch: [1, 20%], timeout: 90s}
        triggers:
          - {name: two, schedule: "daily 1 at 02:00", timezone: Europe/Berlin}
      - name: route
        type: tool
        tool: static-route-add
        targets: {devices: [r1]}
        parameters: {prefix: 203.0.113.0/24, next-hop: 192.0.2.9}

    """

  private func apply(
    _ bench: CommandBench, _ text: String, _ options: String = "", as user: String? = "alice"
  ) async -> CommandBench.Outcome {
    await bench.run("job apply -f - \(options)", as: user, input: text)
  }

  @Test func everyTypeOfJobComesBackAsItWas() async throws {
    let bench = try await CommandBench()
    for line in [
      "job create a --type backup --search platform:frr --batch 1,20% --max-failures 5% --timeout 90s --retries 3",
      "job create b --type neighbor --device r1 --param protocols=ospf,bgp",
      "job create c --type report --report inventory --param format=csv --grace 2h --missed skip --overlap queue",
      "job create d --type discover --param ranges=10.0.0.0/24 --param snmp=no --concurrency 7",
      "job create e --type tool --tool static-route-add --param prefix=203.0.113.0/24 --param next-hop=192.0.2.9 --device r1 --backup-after --save",
      "job disable e",
    ] {
      let outcome = await bench.run(line)
      #expect(outcome.status == .done, "\(line): \(outcome.errors)")
    }
    #expect(await bench.run(["job", "edit", "a", "--comment", "it's \"so\": #1\nand more"]).status == .done)
    #expect(
      await bench.run(["trigger", "add", "a", "t", "--cron", "0 2 * * 1-5", "--timezone", "Europe/Berlin", "--disabled"]).status
        == .done)
    let lines = await bench.run(
      ["job", "create", "f", "--type", "tool", "--tool", "command-runner", "--all-devices", "--param-file", "commands=-"],
      input: "show version\nshow clock\n")
    #expect(lines.status == .done, "\(lines.errors)")
    let exported = await bench.run("job export")
    let again = await apply(bench, exported.output, "--plan", as: "root")
    #expect(again.status == .done && again.output.isEmpty, "\(exported.output)\(again.output)\(again.errors)")
    #expect(again.errors.contains("6 unchanged"))
    // In another installation, too.
    let other = try await CommandBench()
    let created = await apply(other, exported.output, as: "root")
    #expect(created.status == .done, "\(created.errors)")
    #expect(await other.run("job export").output == exported.output)
  }

  @Test func thePlanSaysWhatApplyDoesAndTheSecondTimeNothing() async throws {
    let bench = try await CommandBench()
    let plan = await apply(bench, Self.file, "--plan")
    #expect(plan.status == .failed && plan.errors.contains("2 would be created, 0 would be changed"), "\(plan.errors)")
    #expect(plan.output.contains("+ nightly") && plan.output.contains("trigger two added: daily 1 at 02:00, Europe/Berlin"))
    #expect(plan.output.contains("it runs only after approval: netjob approval request route"))
    #expect(try (await bench.run("job list --json")).json == [], "a plan writes nothing")
    let applied = await apply(bench, Self.file)
    #expect(applied.status == .done && applied.output == plan.output, "\(applied.errors)")
    #expect(await apply(bench, Self.file, "--plan").status == .done)
    _ = await apply(bench, Self.file)
    #expect(try (await bench.run("job show nightly --json")).json["revision"] == 1)
    let job = try (await bench.run("job show route --json")).json
    #expect(job["owner"] == "alice" && job["approvalStatus"] == "not-requested")
  }

  @Test func aChangeTakesTheApprovalBackAndNoChangeKeepsIt() async throws {
    let bench = try await CommandBench()
    _ = await apply(bench, Self.file)
    #expect(await bench.run(["approval", "request", "route", "-m", "please"], as: "alice").status == .done)
    #expect(await bench.run(["approval", "approve", "route", "-m", "ok"], as: "bob").status == .done)
    _ = await apply(bench, Self.file, as: "amy")
    let kept = try (await bench.run("job show route --json")).json
    #expect(kept["approvalStatus"] == "approved" && kept["owner"] == "alice")
    let changed = await apply(bench, Self.file.replacing("192.0.2.9", with: "192.0.2.8"), as: "amy")
    #expect(changed.output.contains("parameter next-hop: 192.0.2.9 -> 192.0.2.8"), "\(changed.output)\(changed.errors)")
    let fallen = try (await bench.run("job show route --json")).json
    #expect(fallen["approvalStatus"] == "not-requested" && fallen["owner"] == "amy" && fallen["revision"] == 2)
  }

  @Test func triggersStayAreChangedOrGo() async throws {
    let bench = try await CommandBench()
    _ = await apply(bench, Self.file)
    let later = await apply(bench, Self.file.replacing("at 02:00", with: "at 03:00"))
    #expect(later.output.contains("trigger two: daily 1 at 02:00, Europe/Berlin -> daily 1 at 03:00"), "\(later.output)")
    #expect(try (await bench.run("job show nightly --json")).json["revision"] == 1, "the job itself is as it was")
    let lines = Self.file.split(separator: "\n", omittingEmptySubsequences: false)
    let without = lines.filter { !$0.contains("triggers:") && !$0.contains("name: two") }.joined(separator: "\n")
    #expect(await apply(bench, without, "--plan").status == .done, "without the key they stay")
    let none = await apply(
      bench,
      Self.file.replacing("triggers:", with: "triggers: []").split(separator: "\n").filter {
        !$0.contains("name: two")
      }.joined(separator: "\n"))
    #expect(none.output.contains("trigger two removed"), "\(none.output)\(none.errors)")
  }

  @Test func whatIsNotInTheFileGoesOnlyWithPrune() async throws {
    let bench = try await CommandBench()
    _ = await apply(bench, Self.file)
    let first = String(Self.file[..<(Self.file.firstRange(of: "  - name: route")?.lowerBound ?? Self.file.endIndex)])
    #expect(await apply(bench, first, "--plan").status == .done)
    let plan = await apply(bench, first, "--plan --prune", as: "root")
    #expect(plan.status == .failed && plan.output.contains("- route"), "\(plan.output)\(plan.errors)")
    #expect(await apply(bench, first, "--prune", as: "root").status == .usage, "nobody can be asked")
    #expect(await apply(bench, first, "--prune --yes", as: "alice").status == .notPermitted)
    #expect(await apply(bench, first, "--prune --yes", as: "root").status == .done)
    #expect(await bench.run("job show route").status == .notFound)
  }

  @Test(arguments: [
    ("retries: 2", "retries: 11", "standard input:6:24: jobs[0].options.retries: 11 is out of range 0-10"),
    ("type: backup", "type: backups", "standard input:4:11: jobs[0].type: 'backups' is none of report"),
    ("targets: all-devices", "target: all-devices", "unknown key 'target'"),
    ("targets: all-devices", "targets: all", "must be all-devices"),
    ("daily 1 at 02:00", "daily 99 at 02:00", "must be 1-31"),
    ("Europe/Berlin", "Europe/Bärlin", "Bärlin"),
    ("next-hop: 192.0.2.9", "hop: 192.0.2.9", "standard input:9:5: job 'route'"),
    ("[r1]", "[r7]", "there is no device 'r7'"),
    ("tool: static-route-add", "tool: static-route", "static-route-add"),
    ("name: route", "name: nightly", "job 'nightly' is there twice"),
    ("Europe/Berlin", "Nowhere/City", "standard input:3:5: job 'nightly': trigger 'two': time zone 'Nowhere/City'"),
    ("next-hop: 192.0.2.9}", "next-hop: 192.0.2.9}\n    values: {r1: {hop: 192.0.2.1}}", "values of 'r1': tool"),
    ("next-hop: 192.0.2.9}", "next-hop: 192.0.2.9}\n    values: {r1: {prefix: x}}", "values of 'r1': "),
    ("next-hop: 192.0.2.9}", "next-hop: 192.0.2.9}\n    values: {r9: {prefix: 10.0.0.0/8}}", "there is no device 'r9'"),
    ("version: 1", "version: 1\nnetwork: nowhere", "there is no network 'nowhere'"),
    ("version: 1", "version: 2", "2 is out of range 1-1"),
    ("type: backup", "type: backup\n    tool: static-route-add", "is for jobs of type tool"),
    ("targets: all-devices", "targets: all-devices\n    secrets: [x]", "parameter 'x' is secret and not stored"),
  ]) func mistakesChangeNothing(_ right: String, _ wrong: String, _ words: String) async throws {
    let bench = try await CommandBench()
    let text = Self.file.replacing(right, with: wrong)
    #expect(text != Self.file)
    let outcome = await apply(bench, text)
    #expect(outcome.status == .usage, "\(outcome.errors)")
    #expect(outcome.errors.contains(words), "\(outcome.errors)")
    #expect(try (await bench.run("job list --json")).json == [])
  }

  /// The file names them; what is stored stays.
  @Test func secretsAreNotInTheFileAndStay() async throws {
    let bench = try await CommandBench()
    mkdir(bench.folder + "/home/tools", 0o700)
    _ = bench.write(
      "tools/set-secret.yaml",
      """
      name: set-secret
      title: Set the enable secret
      changes-devices: true
      parameters:
        - {name: secret, type: secret, required: true, help: the new one}
        - {name: note, type: string, help: why}
      platforms:
        frr:
          mode: configure
          commands: "enable password {{ secret }}"

      """)
    _ = await bench.run(
      "job create s --type tool --tool set-secret --device r1 --param-file secret=-", as: "alice", input: "hunter2\n")
    let exported = await bench.run("job export s").output
    #expect(exported.contains("secrets: [secret]") && !exported.contains("hunter2"), "\(exported)")
    #expect(await apply(bench, exported, "--plan").status == .done)
    let changed = await apply(bench, exported.replacing("    secrets:", with: "    comment: now\n    secrets:"))
    #expect(changed.status == .done && changed.output.contains("comment: "), "\(changed.errors)")
    let job = try bench.store().read { try JobQueries.find($0, "s") }
    #expect(try JobQueries.secretParameters(job, keys: try bench.store().keys()) == ["secret": "hunter2"])
    #expect(job.revision == 2)
    let told = await apply(bench, exported.replacing("    secrets: [secret]", with: "    parameters: {secret: hunter3}"))
    #expect(told.status == .usage && told.errors.contains("must not stand in a file") && !told.errors.contains("hunter3"))
    let missing = await apply(bench, exported.replacing("    secrets: [secret]\n", with: ""))
    #expect(missing.status == .usage && missing.errors.contains("'secret' is missing"), "\(missing.errors)")
  }

  /// A secret goes to no other tool, which could show it, and into no values, which everybody reads.
  @Test func aSecretStaysWithItsTool() async throws {
    let bench = try await CommandBench()
    mkdir(bench.folder + "/home/tools", 0o700)
    for (name, kind) in [("hides", "secret"), ("shows", "string")] {
      _ = bench.write(
        "tools/\(name).yaml",
        """
        name: \(name)
        title: Set the enable secret
        changes-devices: true
        parameters:
          - {name: password, type: \(kind), required: true, help: the new one}
        platforms:
          frr:
            mode: configure
            commands: "enable password {{ password }}"

        """)
    }
    let made = await bench.run(
      "job create pw --type tool --tool hides --param-file password=- --device r1", as: "alice",
      input: "hunter2\n")
    #expect(made.status == .done, "\(made.errors)")
    let exported = await bench.run("job export pw").output
    let other = await apply(bench, exported.replacing("tool: hides", with: "tool: shows"))
    #expect(other.status == .usage && other.errors.contains("parameter 'password' is secret and not stored"), "\(other.errors)")
    #expect(!(await bench.run("job preview pw", as: "alice")).output.contains("hunter2"))
    let values = await apply(bench, exported + "    values: {r1: {password: hunter3}}\n")
    #expect(values.status == .usage && values.errors.contains("'password' is secret and cannot differ per device"))
    #expect(!values.errors.contains("hunter3"))
    let plain = await apply(bench, exported.replacing("secrets: [password]", with: "secrets: [password, other]"))
    #expect(plain.status == .usage, "\(plain.errors)")
  }

  /// A file outlives the times of its triggers.
  @Test func aTriggerThatIsPastIsStoredSwitchedOff() async throws {
    let bench = try await CommandBench()
    let text = Self.file.replacing("daily 1 at 02:00", with: "once 2001-01-01T00:00")
    let first = await apply(bench, text)
    #expect(first.status == .done && first.output.contains("which is past: disabled"), "\(first.errors)")
    #expect(await apply(bench, text, "--plan").status == .done)
    let twice = await bench.run("job export nightly nightly")
    #expect(await apply(bench, twice.output, "--plan").status == .done, "\(twice.output)")
  }

  @Test func pruneKnowsItsNetworks() async throws {
    let bench = try await CommandBench()
    #expect(await apply(bench, Self.file).status == .done)
    let none = await apply(bench, "version: 1\njobs: []\n", "--prune --yes", as: "root")
    #expect(none.status == .usage && none.errors.contains("names no network"), "\(none.errors)")
    let all = await apply(bench, "version: 1\nnetwork: default\njobs: []\n", "--prune --yes", as: "root")
    #expect(all.status == .done && all.errors.contains("2 deleted"), "\(all.errors)")
  }

  @Test func whoMayNotSaveOneSavesNone() async throws {
    let bench = try await CommandBench()
    let text = Self.file + "  - {name: find, type: discover, parameters: {ranges: 10.0.0.0/24}}\n"
    #expect(await apply(bench, text).status == .notPermitted)
    #expect(try (await bench.run("job list --json")).json == [])
    #expect(await apply(bench, Self.file, as: "vera").status == .notPermitted)
    #expect(await bench.run("job apply -f \(bench.folder)/x.yaml", as: "alice").status == .notPermitted)
  }
}
