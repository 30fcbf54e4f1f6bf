import Commands
import Foundation
import JobModel
import Scheduling
import Storage
import Terminal
import Testing

/// Jobs of the type agent-d, with real programs.
@Suite struct AgentTests {
  /// In shell: reads its document, says what there is to say.
  static let shell = """
    #!/bin/sh
    read -r document
    case $document in *'"netjobAgent":1'*) ;; *) exit 9 ;; esac
    echo '{"type":"log","message":"begun"}'
    printf '%s\\n' '{"type":"output","text":"the lamp is green"}'
    echo '{"type":"fact","name":"model","value":"PDU 8"}'
    printf '%s\\n' '{"type":"config","kind":"running","text":"lamp green\\n"}'
    echo '{"type":"result","status":"ok","summary":"lamp read"}'
    """

  /// In Python: what it was given, and what it runs in.
  static let python = """
    #!/usr/bin/env python3
    import json, os, sys
    given = json.load(sys.stdin)
    def say(**line): print(json.dumps(line), flush=True)
    credential = given["credential"]
    say(type="output", text="device %s at %s" % (given["device"]["name"], given["device"]["address"]))
    say(type="output", text="parameters %s" % sorted(given["parameters"]))
    say(type="output", text="user %s secret %s" % (credential["username"], credential["password"]))
    say(type="output", text="token " + given["parameters"].get("token", "none"))
    say(type="output", text="environment %s" % sorted(os.environ))
    say(type="output", text="leader %s folder %s" % (os.getpgid(0) == os.getpid(), os.getcwd()))
    sys.stderr.write("warning: password is %s\\n" % credential["password"])
    say(type="result", status="ok", summary="colour " + given["parameters"]["colour"], changed=True)
    """

  private func bench(_ name: String, _ program: String, _ options: String = "") async throws -> CommandBench {
    let bench = try await CommandBench()
    let folder = bench.folder + "/home/agents"
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    try write(program, to: name, bench)
    let added = await bench.run("agent add \(name) --command \(name) \(options)")
    #expect(added.status == .done, "\(added.errors)")
    return bench
  }

  private func write(_ program: String, to name: String, _ bench: CommandBench) throws {
    chmod(bench.write("agents/\(name)", program + "\n"), 0o700)
  }

  private func run(_ bench: CommandBench, _ job: String, as user: String? = "root") async throws -> JSONValue {
    let outcome = await bench.run("job run \(job) --json", as: user)
    let id = try #require(
      try (await bench.run("history list --json")).json.arrayValue?.first?["id"]?.integerValue, "\(outcome.errors)")
    return try (await bench.run("history show \(id) --json")).json
  }

  private func device(_ execution: JSONValue) -> JSONValue? { execution["devices"]?.arrayValue?.first }

  @Test func aShellAgentReadsADevice() async throws {
    let bench = try await bench("lamp", Self.shell)
    #expect(await bench.run("job create read --type agent-d --agent lamp --device r1 --device l1", as: "alice").status == .done)
    let preview = try (await bench.run("job preview read --json")).json
    #expect(preview.arrayValue?.count == 2)
    #expect(preview.arrayValue?.first?["commands"]?.arrayValue?.first?.stringValue?.contains("/agents/lamp (SHA-256 ") == true)
    let execution = try await run(bench, "read", as: "alice")
    #expect(execution["status"] == "succeeded")
    #expect(device(execution)?["status"] == "succeeded")
    #expect(await bench.run("history output 1 r1").output.contains("(log) begun\nthe lamp is green\n"))
    #expect(await bench.run("config show r1").output == "lamp green\n")
    #expect(try (await bench.run("device show r1 --json")).json["model"] == "PDU 8")
  }

  @Test func aPythonAgentIsGivenWhatItNeedsAndNoMore() async throws {
    let bench = try await bench("colour", Self.python, "--with-credential --secret-parameter token --changes-devices")
    _ = await bench.run(
      ["credential", "add", "c", "--username", "admin", "--network", "default", "--password-stdin"], input: "hunter2\n")
    let create = "job create paint --type agent-d --agent colour --device r1 --param colour=red"
    #expect(await bench.run(create + " --param token=x").errors.contains("is secret"))
    #expect(
      await bench.run((create + " --param-file token=-").split(separator: " ").map(String.init), input: "s3cret!\n").status
        == .done)
    // Its author alone decides nothing.
    let refused = await bench.run("job run paint", as: "alice")
    #expect(refused.status == .notApproved)
    _ = await bench.run("user grant root run-tool-job-without-approval")
    let execution = try await run(bench, "paint", as: nil)
    #expect(execution["status"] == "succeeded", "\(execution.pretty)")
    #expect(device(execution)?["changed"] == true)
    let output = await bench.run("history output \(execution["id"]?.integerValue ?? 0) r1").output
    #expect(output.contains("device r1 at 192.0.2.1"))
    #expect(output.contains("user admin secret ******") && output.contains("token ******"))
    #expect(output.contains("warning: password is ******"))
    #expect(output.contains("['LANG', ") || output.contains("['LC_CTYPE', 'LANG', ") || output.contains("'NETJOB_AGENT'"))
    #expect(!output.contains("NETJOB_DB") && !output.contains("SUDO_USER"))
    #expect(output.contains("leader True folder /"))
    #expect(!output.contains("hunter2") && !output.contains("s3cret!"))
  }

  @Test func aChangedFileIsNotStarted() async throws {
    let bench = try await bench("lamp", Self.shell)
    _ = await bench.run("job create read --type agent-d --agent lamp --device r1")
    try write(Self.shell.replacingOccurrences(of: "green", with: "red"), to: "lamp", bench)
    #expect(try (await bench.run("agent show lamp --json")).json["file"] == "changed since it was pinned")
    let execution = try await run(bench, "read")
    #expect(execution["status"] == "failed")
    #expect(device(execution)?["error"]?.stringValue?.contains("is not the one that was pinned") == true)
    #expect(await bench.run("agent pin lamp").status == .done)
    #expect(try await run(bench, "read")["status"] == "succeeded")
  }

  /// What is approved is one file.
  @Test func pinningAnewTakesApprovalBack() async throws {
    let bench = try await bench("colour", Self.shell, "--changes-devices")
    _ = await bench.run("job create paint --type agent-d --agent colour --device r1", as: "alice")
    #expect(await bench.run(["approval", "request", "paint", "-m", "please"], as: "alice").status == .done)
    #expect(await bench.run("approval show paint", as: "bob").output.contains("sha256: "))
    #expect(await bench.run(["approval", "approve", "paint", "-m", "ok"], as: "bob").status == .done)
    try write(Self.shell + "\n# newer", to: "colour", bench)
    #expect(await bench.run("agent pin colour").status == .done)
    #expect(try (await bench.run("job show paint --json")).json["approvalStatus"] == "not-requested")
    #expect(await bench.run("job run paint", as: "alice").status == .notApproved)
    #expect(await bench.run("agent delete colour --yes").status == .conflict)
  }

  /// What an agent is told of a device is approved with it, and a file that is another now costs no approval.
  @Test func anApprovalHoldsForWhatTheAgentIsTold() async throws {
    let bench = try await bench("colour", Self.shell, "--changes-devices")
    _ = await bench.run("job create paint --type agent-d --agent colour --device r1", as: "alice")
    func approve() async {
      #expect(await bench.run(["approval", "request", "paint", "-m", "please"], as: "alice").status == .done)
      #expect(await bench.run(["approval", "approve", "paint", "-m", "ok"], as: "bob").status == .done)
    }
    await approve()
    try write(Self.shell + "\n# newer", to: "colour", bench)
    let other = await bench.run("job run paint", as: "alice")
    #expect(other.status == .notApproved && (other.output + other.errors).contains("is not the one that was pinned"), "\(other)")
    let doctor = await bench.run("doctor")
    #expect(doctor.output.contains("agent 'colour': the agent's file"), "\(doctor.output)")
    try write(Self.shell, to: "colour", bench)
    #expect(try (await bench.run("job show paint --json")).json["approvalStatus"] == "approved")
    #expect(await bench.run("device edit r1 --tag prod").status == .done)
    let stale = await bench.run("job run paint", as: "alice")
    #expect(stale.status == .notApproved && (stale.output + stale.errors).contains("what was approved is not what would run"))
    await approve()
    #expect(await bench.run("job run paint", as: "alice").status == .done)
  }

  struct Fault: Sendable, CustomTestStringConvertible {
    var what: String
    var body: String
    var words: String
    var options = ""
    var status = "failed"
    var testDescription: String { what }
  }

  @Test(arguments: [
    Fault(what: "no result", body: "exit 3", words: "ended with status 3 and without a result"),
    Fault(what: "no JSON", body: "echo hello", words: "line 1 of its output: it is no JSON object: 'hello'"),
    Fault(what: "unknown type", body: "echo '{\"type\":\"dance\"}'", words: "'type' is 'dance', not one of log"),
    Fault(
      what: "after the result",
      body: "echo '{\"type\":\"result\",\"status\":\"ok\"}'; echo '{\"type\":\"log\",\"message\":\"x\"}'",
      words: "nothing may follow the result"),
    Fault(
      what: "success and a bad status", body: "echo '{\"type\":\"result\",\"status\":\"ok\"}'; exit 4",
      words: "ended with status 4"),
    Fault(what: "complaints", body: "echo broken >&2; exit 1", words: "it complained: broken"),
    Fault(
      what: "its own failure", body: "echo '{\"type\":\"result\",\"status\":\"failed\",\"error\":\"no lamp\"}'", words: "no lamp"),
    Fault(what: "a flood", body: "yes '{\"type\":\"log\",\"message\":\"x\"}'", words: "wrote more than 16 MiB"),
    Fault(what: "no end", body: "sleep 600", words: "did not end in time", options: "--timeout 1s"),
    Fault(
      what: "deaf to signals, with children", body: "trap '' TERM; sleep 601 & sleep 601; sleep 601",
      words: "did not end in time",
      options: "--timeout 1s"),
    Fault(
      what: "a change that dies", body: "kill -9 $$", words: "nobody knows what it changed", options: "--changes-devices",
      status: "in-doubt"),
    Fault(
      what: "a change that is killed", body: "sleep 600", words: "nobody knows what it changed",
      options: "--changes-devices --timeout 1s", status: "in-doubt"),
  ])
  func faultsAreTold(_ fault: Fault) async throws {
    let bench = try await bench("bad", "#!/bin/sh\n" + fault.body, fault.options)
    _ = await bench.run("user grant root run-tool-job-without-approval")
    #expect(await bench.run("job create x --type agent-d --agent bad --device r1").status == .done)
    let began = ContinuousClock.now
    let execution = try await run(bench, "x")
    // Far below the sleeps, far above what a loaded machine needs.
    #expect(ContinuousClock.now - began < .seconds(300))
    #expect(execution["status"] == "failed")
    #expect(device(execution)?["status"] == .string(fault.status))
    #expect(device(execution)?["error"]?.stringValue?.contains(fault.words) == true, "\(execution.pretty)")
  }

  @Test func nobodyElseCanPutAProgramInItsPlace() async throws {
    let bench = try await bench("lamp", Self.shell)
    func add(_ path: String, as user: String? = nil) async -> CommandBench.Outcome {
      await bench.run("agent add x --command \(path)", as: user)
    }
    let path = bench.folder + "/home/agents/lamp"
    chmod(path, 0o722)
    #expect(await add(path).errors.contains("can be written by others"))
    chmod(path, 0o600)
    #expect(await add(path).errors.contains("is not executable"))
    chmod(path, 0o700)
    chmod(bench.folder + "/home/agents", 0o777)
    #expect(await add(path).errors.contains("which others can write"))
    chmod(bench.folder + "/home/agents", 0o700)
    symlink(path, bench.folder + "/home/agents/link")
    #expect(await add("link").status == .usage)
    #expect(await add("/bin/true", as: "root").status == .notPermitted)
    #expect(await add(bench.folder + "/home/agents/../key", as: "root").status == .usage)
    #expect(await add("lamp", as: "alice").status == .notPermitted)
    #expect(await add("nothing").errors.contains("No such file"))
    #expect(await bench.run("agent delete lamp --yes", as: "root").status == .done)
    #expect(try (await bench.run("agent list --json", as: "vera")).json == [])
    #expect(await bench.run("agent show lamp").status == .notFound)
    #expect(await bench.run("job create x --type agent-d --agent lamp --all-devices").status == .notFound)
    #expect(await bench.run("job create x --type agent-d --all-devices").status == .usage)
  }
}
