import Definitions
import Foundation
import Testing
import ToolCatalog

@Suite struct ToolRenderingTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let tool: String
    let platform: String
    let parameters: [String: String]
    var mode = ToolMode.configure
    let commands: [String]
    var verify: [String] = []
    var lacks: [String] = []
    var undo: [String]?
    var testDescription: String { "\(tool) on \(platform) \(parameters)" }
  }

  static let route = ["prefix": "203.0.113.0/24", "next-hop": "10.9.9.2"]
  static let route6 = ["prefix": "2001:DB8:7:0::/48", "next-hop": "2001:db8::0:1"]

  static let cases = [
    Case(
      tool: "static-route-add", platform: "frr", parameters: route, commands: ["ip route 203.0.113.0/24 10.9.9.2"],
      verify: ["ip route 203.0.113.0/24 10.9.9.2"], undo: ["no ip route 203.0.113.0/24 10.9.9.2"]),
    Case(
      tool: "static-route-add", platform: "frr", parameters: route.merging(["distance": "20"]) { $1 },
      commands: ["ip route 203.0.113.0/24 10.9.9.2 20"], verify: ["ip route 203.0.113.0/24 10.9.9.2 20"],
      undo: ["no ip route 203.0.113.0/24 10.9.9.2 20"]),
    Case(
      tool: "static-route-add", platform: "frr", parameters: route6, commands: ["ipv6 route 2001:db8:7::/48 2001:db8::1"],
      verify: ["ipv6 route 2001:db8:7::/48 2001:db8::1"], undo: ["no ipv6 route 2001:db8:7::/48 2001:db8::1"]),
    Case(
      tool: "static-route-add", platform: "cisco_ios", parameters: route.merging(["distance": "250"]) { $1 },
      commands: ["ip route 203.0.113.0 255.255.255.0 10.9.9.2 250"],
      verify: ["ip route 203.0.113.0 255.255.255.0 10.9.9.2 250"],
      undo: ["no ip route 203.0.113.0 255.255.255.0 10.9.9.2"]),
    Case(
      tool: "static-route-add", platform: "cisco_ios", parameters: ["prefix": "0.0.0.0/0", "next-hop": "10.9.9.2"],
      commands: ["ip route 0.0.0.0 0.0.0.0 10.9.9.2"], verify: ["ip route 0.0.0.0 0.0.0.0 10.9.9.2"],
      undo: ["no ip route 0.0.0.0 0.0.0.0 10.9.9.2"]),
    Case(
      tool: "static-route-add", platform: "cisco_ios", parameters: route6, commands: ["ipv6 route 2001:DB8:7::/48 2001:DB8::1"],
      verify: ["ipv6 route 2001:DB8:7::/48 2001:DB8::1"], undo: ["no ipv6 route 2001:DB8:7::/48 2001:DB8::1"]),
    Case(
      tool: "static-route-delete", platform: "frr", parameters: route, commands: ["no ip route 203.0.113.0/24 10.9.9.2"],
      lacks: ["ip route 203.0.113.0/24 10.9.9.2"], undo: ["ip route 203.0.113.0/24 10.9.9.2"]),
    Case(
      tool: "static-route-delete", platform: "cisco_ios", parameters: route,
      commands: ["no ip route 203.0.113.0 255.255.255.0 10.9.9.2"], lacks: ["ip route 203.0.113.0 255.255.255.0 10.9.9.2"],
      undo: ["ip route 203.0.113.0 255.255.255.0 10.9.9.2"]),
    Case(
      tool: "config-commands", platform: "frr", parameters: ["commands": "interface v0\r\n description {{ x }} {% if %}\n\n!\n"],
      commands: ["interface v0", " description {{ x }} {% if %}", "!"]),
    Case(
      tool: "command-runner", platform: "linux", parameters: ["commands": "uname -a\nuptime"], mode: .any,
      commands: ["uname -a", "uptime"]),
    Case(
      tool: "command-runner", platform: "cisco_ios", parameters: ["commands": "show run", "privileged": "yes"], mode: .enable,
      commands: ["show run"]),
  ]

  @Test(arguments: cases) func rendersAsExpected(_ item: Case) throws {
    let tool = try ToolLibrary().tool(named: item.tool)
    let values = try tool.parameterSet.validate(parameters: item.parameters)
    let rendered = try tool.render(platform: item.platform, facts: [:], values: values) { _ in nil }
    #expect(rendered.mode == item.mode)
    #expect(rendered.commands == item.commands)
    #expect(rendered.maskedCommands == item.commands)
    #expect(rendered.verification?.contains ?? [] == item.verify)
    #expect(rendered.verification?.lacks ?? [] == item.lacks)
    #expect(rendered.undo == item.undo)
  }

  @Test func unsupportedPlatform() throws {
    let tool = try ToolLibrary().tool(named: "static-route-add")
    let values = try tool.parameterSet.validate(parameters: Self.route)
    let error = #expect(throws: ToolError.self) { try tool.render(platform: "generic", facts: [:], values: values) { _ in nil } }
    #expect(error?.code == .unsupportedPlatform)
    #expect(
      error?.message
        == "tool 'static-route-add' does not support platform 'generic'; it supports \(tool.platforms.joined(separator: ", "))")
  }

  @Test func readToolsAskThePlatform() throws {
    let tool = try ToolLibrary().tool(named: "command-runner")
    let values = try tool.parameterSet.validate(parameters: ["commands": "show version\nconf t"])
    let error = #expect(throws: ToolError.self) {
      try tool.render(platform: "frr", facts: [:], values: values) { $0 == "conf t" ? "is not among them" : nil }
    }
    #expect(error?.code == .commandRefused)
    #expect(error?.message == "'conf t' is not among them")
    #expect(error?.hint == "configuration is changed with the tool config-commands")
  }

  /// A tool that reads, with a secret in its command.
  private func reading(_ command: String, verify: String = "") throws -> Tool {
    let yaml = """
      name: reading
      title: For tests
      changes-devices: \(verify.isEmpty ? "false" : "true")
      parameters:
        - {name: key, type: secret, required: true, help: h}
      platforms:
        any:
          mode: any
          commands: |
            \(command)
      \(verify)
      """
    return try Tool(yaml: Array(yaml.utf8), file: "reading.yaml")
  }

  @Test func refusalsHideSecretsAndTheSessionLearnsThem() throws {
    let tool = try reading("show key {{ key }}")
    let values = try tool.parameterSet.validate(parameters: ["key": "s3cr3t-Word"])
    var asked: [String] = []
    let error = #expect(throws: ToolError.self) {
      try tool.render(platform: "frr", facts: [:], values: values) {
        asked.append($0)
        return "is not among them"
      }
    }
    // What is asked about is what would be typed.
    #expect(asked == ["show key s3cr3t-Word"])
    #expect(error?.message == "'show key ******' is not among them")
    #expect(try tool.render(platform: "frr", facts: [:], values: values) { _ in nil }.secrets == ["s3cr3t-Word"])
  }

  @Test func secretsDoNotDecideHowManyCommandsThereAre() throws {
    let tool = try reading("show a\n            {% if key == \"two\" %}\n            show b\n            {% endif %}")
    let one = try tool.parameterSet.validate(parameters: ["key": "one"])
    #expect(try tool.render(platform: "frr", facts: [:], values: one) { _ in nil }.commands == ["show a"])
    let two = try tool.parameterSet.validate(parameters: ["key": "two"])
    let error = #expect(throws: ToolError.self) { try tool.render(platform: "frr", facts: [:], values: two) { _ in nil } }
    #expect(error?.code == .badRendering)
  }

  @Test func verificationsOnlyRead() throws {
    let tool = try reading(
      "x", verify: "    verify: {command: 'show key {{ key }}', mode: '{% if key %}configure{% endif %}', contains: [a]}")
    let values = try tool.parameterSet.validate(parameters: ["key": "s3cr3t-Word"])
    let refused = #expect(throws: ToolError.self) {
      try tool.render(platform: "frr", facts: [:], values: values) { _ in "is bad" }
    }
    #expect(refused?.message == "'show key ******' is bad")
    let mode = #expect(throws: ToolError.self) { try tool.render(platform: "frr", facts: [:], values: values) { _ in nil } }
    #expect(mode?.message == "a verification must not enter configuration mode")
  }

  @Test func devicesOwnValuesGoFirst() throws {
    let tool = try ToolLibrary().tool(named: "static-route-add")
    let values = try tool.parameterSet.validate(parameters: ["prefix": "203.0.113.0/24"], perDevice: ["next-hop"])
    let rendered = try tool.render(platform: "frr", facts: [:], values: values, own: ["next-hop": "10.1.1.1"]) { _ in nil }
    #expect(rendered.commands == ["ip route 203.0.113.0/24 10.1.1.1"])
    let missing = #expect(throws: ToolError.self) { try tool.render(platform: "frr", facts: [:], values: values) { _ in nil } }
    #expect(missing?.code == .badParameters)
    let wrong = #expect(throws: ToolError.self) {
      try tool.render(platform: "frr", facts: [:], values: values, own: ["next-hop": "10.1.1.1\nreload", "x": "y"]) { _ in nil }
    }
    #expect(wrong?.problems.count == 2)
  }

  @Test(arguments: [
    ("ip route 203.0.113.0/24 10.9.9.2", true), ("  ip  route 203.0.113.0/24 10.9.9.2 20\r", true),
    ("ip route 203.0.113.0/24 10.9.9.20", false), ("no such line", false), ("ip route 203.0.113.0/24\n10.9.9.2", false),
    ("a\r\nip route 203.0.113.0/24 10.9.9.2\r\nb\r\n", true), ("ip route 203.0.113.0/24\r\n10.9.9.2", false),
    ("", false),
  ]) func verification(_ output: String, _ shown: Bool) throws {
    let tool = try ToolLibrary().tool(named: "static-route-add")
    let added = try tool.render(platform: "frr", facts: [:], values: try tool.parameterSet.validate(parameters: Self.route)) {
      _ in nil
    }
    #expect(try #require(added.verification).failures(in: output).isEmpty == shown)
    let other = try ToolLibrary().tool(named: "static-route-delete")
    let deleted = try other.render(platform: "frr", facts: [:], values: try other.parameterSet.validate(parameters: Self.route)) {
      _ in nil
    }
    #expect(try #require(deleted.verification).failures(in: output).isEmpty == !shown)
  }

  static let synthetic = """
    name: synthetic
    title: For tests
    changes-devices: true
    parameters:
      - {name: user, type: string, required: true, help: h}
      - {name: pass-word, type: secret, required: true, help: h}
      - {name: note, type: string, help: h}
      - {name: hosts, type: list, help: h}
    platforms:
      any:
        mode: configure
        commands: |
          username {{ user }} secret {{ pass-word }}
          {% if note %}
          remark {{ note|uppercase }} on {{ device.hostname }}
          {% elif user == "root" and not hosts %}
          remark root
          {% else %}
          remark none
          {% endif %}
          {# comment #}
          {% for host in hosts %}
          ntp server {{ host }}
          {% endfor %}
    """

  @Test func conditionsLoopsAndSecrets() throws {
    let tool = try Tool(yaml: Array(Self.synthetic.utf8), file: "synthetic.yaml")
    let facts = ["hostname": "r9"]
    func commands(_ more: [String: String]) throws -> RenderedTool {
      let values = try tool.parameterSet.validate(parameters: ["user": "root", "pass-word": "s3cret"].merging(more) { $1 })
      #expect(values.secretNames == ["pass-word"])
      #expect(values.maskedTexts["pass-word"] == "******")
      return try tool.render(platform: "frr", facts: facts, values: values) { _ in nil }
    }
    let plain = try commands([:])
    #expect(plain.commands == ["username root secret s3cret", "remark root"])
    #expect(plain.maskedCommands == ["username root secret ******", "remark root"])
    #expect(try commands(["note": "hi"]).commands == ["username root secret s3cret", "remark HI on r9"])
    #expect(
      try commands(["hosts": "a\nb", "user": "me"]).commands
        == ["username me secret s3cret", "remark none", "ntp server a", "ntp server b"])
  }

  @Test func missingFactStopsBeforeAnyDevice() throws {
    let tool = try Tool(yaml: Array(Self.synthetic.utf8), file: "synthetic.yaml")
    let values = try tool.parameterSet.validate(parameters: ["user": "me", "pass-word": "s"])
    let error = #expect(throws: ToolError.self) { try tool.render(platform: "frr", facts: [:], values: values) { _ in nil } }
    #expect(error?.code == .undefinedVariable)
    #expect(error?.message.contains("device.hostname") == true)
    let newline = #expect(throws: ToolError.self) {
      try tool.render(platform: "frr", facts: ["hostname": "r9\nreload"], values: values) { _ in nil }
    }
    #expect(newline?.code == .badRendering)
  }

  @Test func valuesAreNeverTemplates() throws {
    let tool = try Tool(yaml: Array(Self.synthetic.utf8), file: "synthetic.yaml")
    let values = try tool.parameterSet.validate(parameters: ["user": "{{ pass-word }}", "pass-word": "s3cret"])
    let rendered = try tool.render(platform: "frr", facts: ["hostname": "x"], values: values) { _ in nil }
    #expect(rendered.commands[0] == "username {{ pass-word }} secret s3cret")
  }
}
