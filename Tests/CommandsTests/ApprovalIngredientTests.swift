import Commands
import Foundation
import JobModel
import Storage
import Terminal
import Testing

/// What an approval is bound to: each ingredient is changed alone, and what was approved no longer runs.
@Suite struct ApprovalIngredientTests {
  /// A change of one ingredient.
  struct Ingredient: Sendable, CustomTestStringConvertible {
    let what: String
    /// What the log, or the run, says of it.
    let reason: String
    let change: @Sendable (CommandBench) async throws -> Void
    var testDescription: String { what }

    init(_ what: String, _ reason: String, _ change: @escaping @Sendable (CommandBench) async throws -> Void) {
      self.what = what
      self.reason = reason
      self.change = change
    }

    /// One made by a command of amy's, or of root's where it says so; `~` is a blank within a word.
    init(_ line: String, as user: String = "amy", input: String = "", _ reason: String) {
      self.init(line, reason) { bench in
        let words = line.split(separator: " ").map { $0.replacingOccurrences(of: "~", with: " ") }
        let outcome = await bench.run(words, as: user, input: input)
        try #require(outcome.status == .done, "\(line): \(outcome.errors)")
      }
    }
  }

  private static func tool(_ ending: String = "") -> String {
    """
    name: label
    title: Label an interface
    changes-devices: true
    parameters:
      - {name: text, type: string, required: true, help: The text}
      - {name: index, type: integer, default: 9, help: The index}
      - {name: lines, type: list, required: true, help: More lines}
      - {name: key, type: secret, required: true, help: A secret}
    platforms:
      frr:
        mode: configure
        commands: |
          interface {{ device.uplink }}
          description {{ device.hostname }} {{ text }} {{ index }}
          {% for line in lines %}
          {{ line }}
          {% endfor %}
          password {{ key }}\(ending)

    """
  }

  private static let values = "device,index\nr1,1\nr2,2\n"

  /// Alice's job `label` on r1 and r2, with a trigger that a filter concerns, approved by bob.
  private static func approved() async throws -> CommandBench {
    let bench = try await CommandBench()
    mkdir(bench.folder + "/home/tools", 0o700)
    mkdir(bench.folder + "/home/platforms", 0o700)
    _ = bench.write("tools/label.yaml", tool())
    let steps: [(user: String, line: String, input: String)] = [
      ("root", "credential add lab --username u --password-stdin", "secret\n"),
      ("root", "device edit r1 --field uplink=eth0 --field rack=7", ""), ("root", "device edit r2 --field uplink=eth0", ""),
      ("root", "filter add f --rule window~sat~00:00-24:00", ""), ("root", "filter add g --rule window~sun~00:00-24:00", ""),
      ("alice", "job create label --type tool --tool label --search tag:edge --param text=a --values -", values),
      ("alice", "trigger add label t --daily 1 --at 02:00 --timezone UTC --filter f", ""),
      ("alice", "approval request label -m please", ""), ("bob", "approval approve label -m yes", ""),
    ]
    for step in steps {
      var words = step.line.split(separator: " ").map { $0.replacingOccurrences(of: "~", with: " ") }
      // Standard input holds one of them; the others are given by the store.
      if words.starts(with: ["job", "create"]) { words += ["--param-file", "lines=\(bench.write("lines", "no shutdown"))"] }
      let user: String? = words.starts(with: ["job", "create"]) ? nil : step.user
      if words.starts(with: ["job", "create"]) { words += ["--param-file", "key=\(bench.write("key", "hunter2"))"] }
      let outcome = await bench.run(words, as: user, input: step.input)
      try #require(outcome.status == .done, "\(step.line): \(outcome.errors)")
      if user == nil { _ = await bench.run("job edit label --comment mine", as: "alice") }
    }
    return bench
  }

  /// Changes that are seen at once: the request falls back, and the log says why.
  static let seen: [Ingredient] = [
    Ingredient("job edit label --comment new", "revision 3 was saved by amy"),
    Ingredient("job edit label --param text=b", "revision 3 was saved by amy"),
    Ingredient("job edit label --param-file lines=-", input: "shutdown\n", "revision 3 was saved by amy"),
    Ingredient("job edit label --param-file key=-", input: "hunter3\n", "revision 3 was saved by amy"),
    Ingredient("job edit label --values -", input: "device,index\nr1,1\nr2,3\n", "revision 3 was saved by amy"),
    Ingredient("job edit label --device r2 --device r1", "revision 3 was saved by amy"),
    Ingredient("job edit label --search platform:frr", "revision 3 was saved by amy"),
    Ingredient("job edit label --concurrency 1", "revision 3 was saved by amy"),
    Ingredient("job edit label --max-failures 1", "revision 3 was saved by amy"),
    Ingredient("job edit label --backup-after", "revision 3 was saved by amy"),
    Ingredient("trigger edit label t --daily 1 --at 03:00", "trigger 't' was changed by amy"),
    Ingredient("trigger edit label t --timezone Asia/Tokyo", "trigger 't' was changed by amy"),
    Ingredient("trigger edit label t --no-filter", "trigger 't' was changed by amy"),
    Ingredient("trigger edit label t --filter f --filter g", "trigger 't' was changed by amy"),
    Ingredient("trigger disable label t", "trigger 't' was disabled by amy"),
    Ingredient("trigger add label u --daily 2 --at 02:00", "trigger 'u' was added by amy"),
    Ingredient("trigger remove label t --yes", "trigger 't' was removed by amy"),
    Ingredient("filter edit f --rule window~sun~00:00-24:00", as: "root", "schedule filter 'f' was changed by root"),
    Ingredient("filter edit f --timezone Asia/Tokyo", as: "root", "schedule filter 'f' was changed by root"),
    Ingredient("device edit r1 --field uplink=eth1", as: "root", "device 'r1' was changed by root"),
    Ingredient("device edit r1 --address 192.0.2.9", as: "root", "device 'r1' was changed by root"),
    Ingredient("device edit r1 --port 2222", as: "root", "device 'r1' was changed by root"),
    Ingredient("device edit r1 --platform cisco_ios", as: "root", "device 'r1' was changed by root"),
  ]

  /// Changes behind netjob's back: open requests are shown as stale, and a run refuses them.
  static let unseen: [Ingredient] = [
    Ingredient("the tool's file", "the definition of the tool changed") {
      _ = $0.write("tools/label.yaml", tool("\n      shutdown"))
    },
    Ingredient("a word in the tool's help", "the definition of the tool changed") {
      _ = $0.write("tools/label.yaml", tool().replacingOccurrences(of: "The text", with: "the text"))
    },
    Ingredient("a platform's file", "the definition of platform 'frr' changed") {
      let name = try FileManager.default.contentsOfDirectory(atPath: folderOfPlatforms).first { $0 == "frr.yaml" }
      let path = folderOfPlatforms + "/" + (try #require(name))
      _ = $0.write("platforms/frr.yaml", try String(contentsOfFile: path, encoding: .utf8) + "# mine\n")
    },
    Ingredient("what a device calls itself", "the commands for device 'r2' changed") { bench in
      try bench.store().change(as: CommandBench.root) { change in
        var facts = DeviceFacts()
        facts.hostname = "berlin"
        try change.noteFacts(deviceID: try DeviceQueries.find(change.sql, "r2").id, facts)
      }
    },
    Ingredient("a device that joins, where targets are pinned", "devices joined since the request: r3") { bench in
      for line in ["setting set approval.pin-targets true", "device add r3 --address 192.0.2.7 --platform frr --tag edge"] {
        #expect(await bench.run(line).status == .done)
      }
      _ = await bench.run("device edit r3 --field uplink=eth0")
    },
  ]

  private static let folderOfPlatforms =
    URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path + "/Sources/DeviceCLI/Platforms"

  private func open(_ bench: CommandBench) async throws -> JSONValue {
    try #require(try (await bench.run("approval list --json")).json.arrayValue?.first)
  }

  /// The refusal of a run, at the command line and in the history.
  private func expectRefusal(_ bench: CommandBench, _ reason: String) async throws {
    let run = await bench.run("job run label", as: "alice")
    #expect(run.status == .notApproved)
    #expect(run.errors.contains(reason), "\(run.errors)")
    let last = try #require(try (await bench.run("history list --json")).json.arrayValue?.first)
    #expect(last["status"] == "not-approved")
    #expect(last["summary"]?.stringValue?.contains(reason) == true, "\(last)")
    #expect(try await open(bench)["status"] == "not-requested")
    let log = await bench.run("approval log label --json")
    #expect(try log.strings("event") == ["requested", "approved", "reset"])
    #expect(try log.strings("message").last?.contains(reason) == true)
    #expect((await bench.run("approval show label")).output.contains("status      not-requested"))
    // The way to another approval is open, and it is one for what would run now.
    #expect(await bench.run("approval request label -m again", as: "alice").status == .done)
    #expect(await bench.run("approval approve label -m yes", as: "bob").status == .done)
    #expect(try await open(bench)["changedSince"] == [])
  }

  @Test func unchangedItRuns() async throws {
    let bench = try await Self.approved()
    #expect(try await open(bench)["status"] == "approved")
    #expect(await bench.run("job run label", as: "alice").status == .failed)  // nobody answers
    #expect(try (await bench.run("history list --json")).strings("status") == ["failed"])
    #expect(try await open(bench)["status"] == "closed")
  }

  @Test(arguments: seen) func whatIsEditedFallsBack(_ item: Ingredient) async throws {
    let bench = try await Self.approved()
    try await item.change(bench)
    let request = try await open(bench)
    #expect(request["status"] == "not-requested")
    #expect(try (await bench.run("approval log label --json")).strings("message").last == item.reason)
    // A device of another platform has no commands by this tool: nothing can be asked for.
    if item.what.contains("cisco_ios") { return }
    try await expectRefusal(bench, item.reason)
  }

  @Test(arguments: unseen) func whatIsChangedElsewhereIsNotRun(_ item: Ingredient) async throws {
    let bench = try await Self.approved()
    try await item.change(bench)
    let request = try await open(bench)
    #expect(request["status"] == "approved")
    #expect(request["changedSince"]?.arrayValue?.contains(.string(item.reason)) == true, "\(request)")
    #expect((await bench.run("approval list")).output.contains("stale: "))
    #expect((await bench.run("approval show label")).output.contains("changed     \(item.reason)"))
    try await expectRefusal(bench, item.reason)
  }

  /// What the digest does not cover leaves the approval alone.
  @Test(arguments: [
    "device edit r1 --comment x", "device edit r1 --tag core", "filter edit g --rule window~mon~00:00-24:00",
    "job disable label",
    "setting set approval.pin-targets true", "device edit l1 --field uplink=x", "user add zoe --role approver",
  ])
  func whatIsNotAskedForMayChange(line: String) async throws {
    let bench = try await Self.approved()
    let words = line.split(separator: " ").map { $0.replacingOccurrences(of: "~", with: " ") }
    #expect(await bench.run(words).status == .done)
    let request = try await open(bench)
    #expect(request["status"] == "approved")
    #expect(request["changedSince"] == [])
  }

  @Test func devicesThatComeAndGoAreNamed() async throws {
    let bench = try await Self.approved()
    for line in [
      "device add r3 --address 192.0.2.7 --platform frr --tag edge", "device edit r2 --disabled",
    ] { _ = await bench.run(line) }
    // r3 has no uplink: nothing can be made for it.
    #expect(try await open(bench)["changedSince"]?.arrayValue?.first?.stringValue?.hasPrefix("device 'r3': ") == true)
    #expect(await bench.run("device delete r3 --yes").status == .done)
    let request = try await open(bench)
    #expect(request["left"] == ["r2"])
    #expect((await bench.run("approval show label")).output.contains("left        r2 since the request"))
    let plain = "job create plain --type tool --tool static-route-add --param prefix=203.0.113.0/24 --param next-hop=192.0.2.9"
    #expect(await bench.run(plain + " --search tag:edge", as: "alice").status == .done)
    #expect(await bench.run("approval request plain -m x", as: "alice").status == .done)
    #expect(await bench.run("device add r4 --address 192.0.2.8 --platform frr --tag edge").status == .done)
    let shown = await bench.run("approval show plain")
    #expect(shown.output.contains("joined      r4 since the request"))
    // The approver reads what the newcomer would get as well.
    #expect(
      shown.output.contains(
        """
        What devices that joined since would get
        device      r4 (192.0.2.8 port 22, frr)
            ip route 203.0.113.0/24 192.0.2.9
        """))
    let json = try (await bench.run("approval show plain --json")).json
    #expect(json["joined"] == ["r4"])
    #expect(json["joinedDevices"]?.arrayValue?.first?["commands"] == ["ip route 203.0.113.0/24 192.0.2.9"])
    #expect((await bench.run("approval list --status requested")).output.contains("joined: r4"))
    #expect(await bench.run("approval approve plain -m yes", as: "bob").status == .done)
    #expect(await bench.run("job run plain", as: "alice").status == .failed)
    #expect(
      try (await bench.run("history list --json")).strings("summary").first?.contains("joined since the request: r4") == true)
    #expect(try (await bench.run("approval log plain --json")).strings("message")[2].contains("joined since the request: r4"))
  }

  /// An embedded tool and a platform are overridden by files beside the database.
  @Test func anEmbeddedToolIsOverridden() async throws {
    let bench = try await Self.approved()
    let line =
      "job create plain --type tool --tool static-route-add --param prefix=203.0.113.0/24 --param next-hop=192.0.2.9 --device r1"
    for (line, user) in [(line, "alice"), ("approval request plain -m x", "alice"), ("approval approve plain -m x", "bob")] {
      #expect(await bench.run(line, as: user).status == .done)
    }
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
    let run = await bench.run("job run plain", as: "alice")
    #expect(run.status == .notApproved)
    #expect(run.errors.contains("the definition of the tool changed"))
    #expect(run.errors.contains("the commands for device 'r1' changed"))
  }

  /// That a secret or a platform changed is to be seen by the approver too, though neither is shown.
  @Test func theDifferenceShowsWhatCannotBeShown() async throws {
    let bench = try await Self.approved()
    _ = await bench.run("job edit label --param-file key=-", as: "alice", input: "hunter3\n")
    try await Self.unseen[2].change(bench)
    #expect(await bench.run("approval request label -m again", as: "alice").status == .done)
    let shown = try (await bench.run("approval show label --json")).json
    let difference = shown["difference"]?.stringValue ?? ""
    for part in [
      "\n-secret      key has the fingerprint ", "\n+secret      key has the fingerprint ", "\n+platform    frr SHA256:",
    ] {
      #expect(difference.contains(part), "\(difference)")
    }
    #expect(shown["manifest"]?["parameters"]?["key"] == "******")
    #expect(!(await bench.run("approval show label")).output.contains("hunter"))
  }
}
