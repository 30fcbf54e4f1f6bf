import Arguments
import Commands
import Foundation
import Terminal
import Testing
import ToolCatalog

@Suite struct ToolCommandTests {
  static let tools = (try? ToolLibrary().names()) ?? []

  /// The command line that `tool show` prints makes a job as it stands.
  @Test(arguments: tools) func exampleWorksAsPasted(_ name: String) async throws {
    let desk = try await Desk()
    // What the example of push-file copies.
    let files = desk.folder + "/data/files"
    try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
    try "image".write(toFile: files + "/image.bin", atomically: true, encoding: .utf8)
    let shown = try await desk.done("tool show \(name)").output
    let line = try #require(shown.split(separator: "\n").last.map(String.init))
    #expect(try await desk.json("tool show \(name)")["example"]?.stringValue == line)
    let calls = try #require(ShellLine.calls(of: "netjob", in: line))
    #expect(calls.count == 1)
    let result = await desk.run(try #require(calls.first), input: "S3cr3t-Word\n")
    #expect(result.status == .done, "\(line)\n\(result.errors)")
    let job = try await desk.json("job show my-\(name)")
    #expect(job["tool"]?.stringValue == name)
  }

  /// What a template of the user's own asks for is asked for before the job is saved.
  @Test func smartChangeAsksForWhatItsTemplateUses() async throws {
    let desk = try await Desk()
    try await desk.done("device add r1 --address 192.0.2.1 --platform frr")
    try await desk.done("device add r2 --address 192.0.2.2 --platform cisco_ios")
    let create = ["job", "create", "smart", "--type", "tool", "--tool", "smart-change", "--all-devices"]
    let template =
      "template=interface {{ port }}\n description {{ device.name }} to {{ peer }}{% if note %} ({{ note }}){% endif %}"
    let missing = await desk.run(create + ["--param-file", "template=-"], input: String(template.dropFirst(9)))
    #expect(missing.status == .usage)
    #expect(missing.errors.contains("parameter 'peer' is missing") && missing.errors.contains("parameter 'port' is missing"))
    #expect(!missing.errors.contains("'note'"))
    let wrong = await desk.run(create + ["--param", "template=ntp server {{ server", "--param", "server=192.0.2.1"])
    #expect(wrong.errors.contains("parameter 'template': template line 1: '{{' is not closed by '}}'"), "\(wrong.errors)")
    let values = "device,port,note\nr1,eth1,\nr2,GigabitEthernet0/1,to be moved\n"
    let made = await desk.run(create + ["--param", "peer=core1", "--param", template, "--values", "-"], input: values)
    #expect(made.status == .done, "\(made.errors)")
    let preview = try await desk.json("job preview smart")
    #expect(preview.arrayValue?[0]["commands"]?.arrayValue?[0].stringValue == "interface eth1")
    #expect(preview.arrayValue?[0]["commands"]?.arrayValue?[1].stringValue == " description r1 to core1")
    #expect(preview.arrayValue?[1]["commands"]?.arrayValue?[1].stringValue == " description r2 to core1 (to be moved)")
    let refused = await desk.run(["job", "edit", "smart", "--values", "-"], input: "device,prot\nr1,eth1\n")
    #expect(refused.status == .usage)
    #expect(refused.errors.contains("line 1: tool 'smart-change' has no parameter 'prot'"), "\(refused.errors)")
  }

  /// Nothing reaches a device where a character would be acted on before its line is complete.
  @Test func whatALineEditorActsOnIsRefusedBeforehand() async throws {
    let desk = try await Desk()
    try await desk.done("device add r1 --address 192.0.2.1 --platform cisco_ios")
    let made = await desk.run([
      "job", "create", "ask", "--type", "tool", "--tool", "config-commands", "--device", "r1", "--param",
      "commands=snmp-server contact who?",
    ])
    #expect(made.status == .usage)
    #expect(
      made.errors.contains("'snmp-server contact who?' has '?' in it, and platform 'cisco_ios' acts on that"), "\(made.errors)")
  }

  /// The lines behind it would be typed as commands, or not at all.
  @Test func aLineThatLeavesTheConfigurationIsTheLast() async throws {
    let desk = try await Desk()
    try await desk.done("device add r1 --address 192.0.2.1 --platform cisco_ios")
    func create(_ name: String, _ lines: String...) async -> Desk.Result {
      await desk.run([
        "job", "create", name, "--type", "tool", "--tool", "config-commands", "--device", "r1", "--param",
        "commands=" + lines.joined(separator: "\n"),
      ])
    }
    let refused = await create("a", "interface Gi0/1", " END", "interface Gi0/2")
    #expect(refused.status == .usage)
    #expect(refused.errors.contains("line 2 ' END' leaves the configuration, and more lines follow it"), "\(refused.errors)")
    #expect(await create("b", "interface Gi0/1", "end").status == .done)
    // Within a banner it is text.
    #expect(await create("c", "banner motd #", "end", "of the world#", "hostname x").status == .done)
  }

  @Test func previewShowsWhatTakesItBack() async throws {
    let desk = try await Desk()
    try await desk.done("device add r1 --address 192.0.2.1 --platform frr")
    try await desk.done(
      "job create add --type tool --tool static-route-add --device r1 --param prefix=203.0.113.0/24 --param next-hop=192.0.2.9")
    #expect(
      try await desk.done("job preview add").output.contains("to take it back:\n    no ip route 203.0.113.0/24 192.0.2.9\n"))
  }

  /// A value that a platform's commands would drop without a word.
  @Test func aParameterWithoutUseIsRefused() async throws {
    let desk = try await Desk()
    try await desk.done("device add r1 --address 192.0.2.1 --platform linux")
    let made = await desk.run(
      "job create p --type tool --tool ping --device r1 --param host=192.0.2.9 --param vrf=mgmt".split(separator: " ").map(
        String.init))
    #expect(made.status == .usage)
    #expect(made.errors.contains("tool 'ping' makes no use of parameter 'vrf' on platform 'linux'"), "\(made.errors)")
  }

  @Test func ownToolsGoBeforeNetjobs() async throws {
    let desk = try await Desk()
    let folder = desk.folder + "/data/tools"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let text = """
      name: version
      title: Mine
      changes-devices: false
      parameters: []
      platforms:
        frr: {mode: any, commands: show version}
      """
    try text.write(toFile: folder + "/version.yaml", atomically: true, encoding: .utf8)
    #expect(try await desk.json("tool show version")["title"]?.stringValue == "Mine")
    try text.replacing("mode: any", with: "mode: anny").write(toFile: folder + "/version.yaml", atomically: true, encoding: .utf8)
    let wrong = await desk.run(["tool", "check", folder + "/version.yaml"], as: nil)
    #expect(wrong.status == .usage)
    #expect(
      wrong.errors.contains("version.yaml:6:15: platforms.frr.mode: 'anny' is none of any, exec, enable"), "\(wrong.errors)")
  }
}
