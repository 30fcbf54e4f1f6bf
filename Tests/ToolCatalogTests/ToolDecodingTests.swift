import Definitions
import Foundation
import Testing
import ToolCatalog

@Suite struct ToolDecodingTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Sources/ToolCatalog/Tools")

  @Test func libraryHoldsTheFolder() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted()
    let library = ToolLibrary()
    #expect(try library.names().map { $0 + ".yaml" } == files)
    for name in try library.names() {
      let bytes = Array(try Data(contentsOf: Self.folder.appending(path: name + ".yaml")))
      #expect(try library.tool(named: name).source == bytes)
    }
  }

  @Test func unknownToolListsTheKnown() throws {
    let error = #expect(throws: DefinitionError.self) { try ToolLibrary().tool(named: "pong") }
    #expect(error?.message == "there is no tool 'pong'; there are \(try ToolLibrary().names().joined(separator: ", "))")
    #expect(error?.hint == "did you mean 'ping'?")
  }

  static let plain = """
    name: plain
    title: Plain
    changes-devices: true
    parameters:
      - {name: vlan, type: integer, required: true, help: h}
      - {name: note, type: string, help: h}
      - {name: hosts, type: list, help: h}
    platforms:
      frr:
        mode: configure
        commands: COMMANDS
    """

  static func yaml(_ commands: String) -> String {
    plain.replacing("COMMANDS", with: "|\n" + commands.split(separator: "\n").map { "      " + $0 }.joined(separator: "\n"))
  }

  @Test(arguments: [
    "vlan {{ vlan }}", "vlan {{vlan}}", "{% if note %}name {{ note }}{% endif %}",
    "{% if note and vlan == \"5\" %}{{ note|lowercase }}{% endif %}",
    "{% for x in hosts %}{{ x }}{% endfor %}", "{{ device.hostname }}", "a { b } c",
    "{% if hosts %}{{ hosts|join:\" \" }}{% endif %}",
    "{% if not note %}a{% else %}b{% endif %}",
  ]) func acceptedTemplates(_ template: String) throws {
    _ = try Tool(yaml: Array(Self.yaml(template).utf8), file: "plain.yaml")
  }

  @Test(arguments: [
    ("vlan {{ vlna }}", "template line 1: 'vlna' is no parameter; there are hosts, note, vlan, device.FACT"),
    ("a\nvlan {{ vlan|hex }}", "template line 2: unknown filter 'hex'"), ("{{ vlan", "'{{' is not closed by '}}'"),
    ("{% if note %}x", "an 'if' or 'for' is not closed"), ("{% endif %}", "'endif' without 'if'"),
    ("{% else %}", "'else' outside of 'if'"),
    ("{% include \"/etc/passwd\" %}", "unknown tag 'include'"), ("{% now %}", "unknown tag 'now'"), ("{% %}", "unknown tag ''"),
    ("{{ }}", "a value is"), ("{{ vlan| }}", "unknown filter ''"), ("{{ | }}", "is no name"),
    ("{{ vlan | uppercase }}", "without blanks"),
    ("{{ note }}", "'note' may be absent; put it within '{% if note %}'"),
    ("{% if note %}a{% else %}{{ note }}{% endif %}", "may be absent"),
    ("{% if not note %}{{ note }}{% endif %}", "may be absent"), ("{% if note or vlan %}{{ note }}{% endif %}", "may be absent"),
    ("{{ hosts.last }}", "is no name"), ("{{ vlan.0 }}", "is no name"), ("{{ \"a\" }}", "is no name"),
    ("{% if %}x{% endif %}", "a condition is expected"),
    ("{% if vlan == %}x{% endif %}", "a quoted text is expected"), ("{% if vlan vlan %}x{% endif %}", "is expected, not 'vlan'"),
    ("{% for x in note %}{% endfor %}", "is no parameter of type list"), ("{% for vlan in hosts %}{% endfor %}", "a loop is"),
    ("{% for x in hosts %}{% endif %}", "'endif' without 'if'"), ("{{ x }}", "is no parameter"),
    ("{{ vlan|join }}", "only the filter 'join'"),
    ("{{ vlan|uppercase:\"x\" }}", "only the filter 'join'"), ("{{ \"vlan }}", "a quote is not closed"),
    ("{{ vlan\n}}", "one line"),
  ]) func refusedTemplates(_ template: String, _ message: String) {
    let error = #expect(throws: DefinitionError.self) { try Tool(yaml: Array(Self.yaml(template).utf8), file: "plain.yaml") }
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    #expect(error?.line != nil)
  }

  @Test(arguments: [
    ("mode: configure", "mode: config", "plain.yaml:10:11: platforms.frr.mode: 'config' is none of any, exec, enable, configure"),
    ("changes-devices: true", "changes-devices: false", "'configure' is none of any, exec, enable"),
    ("changes-devices: true", "changes-devices: maybe", "must be true or false"),
    ("type: string", "type: text", "'text' is none of string, integer,"),
    ("name: note", "name: vlan", "the parameter 'vlan' is there twice"), ("name: note", "name: device", "is not 'device'"),
    ("name: note", "name: Note", "small letters"),
    ("type: string, help", "type: string, min: 1, help", "'min' belongs to the type integer"),
    ("type: string, help", "type: enum, help", "'values' belongs to the type enum"),
    ("type: string, help", "type: string, defualt: x, help", "unknown key 'defualt'"),
    ("type: string, help", "type: secret, default: x, help", "a secret has no default"),
    ("required: true, help", "required: true, default: 5, help", "a required parameter has no default"),
    ("type: integer, required: true", "type: integer, min: 5, default: 3", "'3' is out of range 5-"),
    ("type: string, help", "type: string, pattern: '(', help", "')' is expected"),
    ("type: string, help", "type: string, same-family-as: vlan, help", "'same-family-as' joins"),
    ("  frr:", "  FRR:", "is no platform's name"), ("title: Plain\n", "", "the key 'title' is missing"),
    ("mode: configure", "mode: configure\n    verify: {command: show x}", "must have 'contains' or 'lacks'"),
    ("mode: configure", "mode: configure\n    verfiy: {}", "unknown key 'verfiy'"),
    ("mode: configure", "mode: configure\n    errors: ['^x']", "in 'configure' the platform says what a refused line is"),
    ("mode: configure", "mode: configure\n    success: ['^x']", "is for other modes"),
    ("type: string, help", "type: string, items: ip, help", "'items' belongs to the type list"),
    ("type: list, help", "type: list, items: secret, help", "'items' belongs to the type list, and is ip, cidr"),
    ("type: integer, required: true", "type: integer, required: true, example: x", "'x' is no whole number"),
    ("type: string, help", "type: secret, example: x, help", "a secret has no example"),
    ("title: Plain", "title: Plain\ncredential: {enable: note}", "'note' is no required parameter of type secret"),
    ("title: Plain", "title: Plain\ncredential: {user: note}", "must have 'enable', or 'password' and 'user', or"),
    ("title: Plain", "title: Plain\ncredential: {removes-user: vlna}", "'vlna' is no required parameter of type string"),
    ("title: Plain", "title: Plain\ntemplate: hosts", "'hosts' is no required parameter of type list"),
    ("title: Plain", "title: Plain\nrevision: note", "'note' is no required parameter of type integer"),
  ]) func refusedFiles(_ from: String, _ to: String, _ message: String) {
    let text = Self.yaml("vlan {{ vlan }}")
    let wrong = text.replacing(from, with: to, maxReplacements: 1)
    #expect(wrong != text)
    let error = #expect(throws: DefinitionError.self) { try Tool(yaml: Array(wrong.utf8), file: "plain.yaml") }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    #expect(error?.line != nil && error?.column != nil)
  }

  @Test func theStoredConfigurationsNameIsTaken() {
    let text = Self.yaml("vlan {{ vlan }}").replacing("title: Plain", with: "title: Plain\nrevision: vlan")
      .replacing("name: hosts", with: "name: roots")
    let error = #expect(throws: DefinitionError.self) { try Tool(yaml: Array(text.utf8), file: "plain.yaml") }
    #expect(error?.message.contains("'roots' is what the stored configuration is called") == true, "\(error?.message ?? "")")
  }

  /// What is wrong with an `upload`, and what is said of it.
  @Test(
    arguments: [
      ("", "", nil), ("revision: vlan\n", "", "unknown key 'upload'"), ("minutes: 10", "minutes: 0", "120"),
      ("mode: enable\n      confirm", "mode: configure\n      confirm", "must be any, exec or enable"),
      ("mode: enable\n    commands", "mode: configure\n    commands", "unknown key 'mode'; allowed: destination, copy"),
      ("      mode: enable\n      confirm: keep it\n      revert: drop it\n      minutes: 10\n", "", "the key 'mode' is missing"),
      ("mode: enable\n    commands", "mode: '{{ vlan }}'\n    commands", "typed in a mode that is known"),
      (", remove: {mode: any, command: 'rm {{ destination }}'}", "", "the key 'remove' is missing"),
      ("confirm: keep it", "confirm: keep {{ it }}", "it"), ("protocols: [scp]", "protocols: [ftp]", "ftp"),
      ("name: note", "name: path", "'path' is what the file of an 'upload' is called"),
    ] as [(String, String, String?)]) func uploads(_ from: String, _ to: String, _ message: String?) throws
  {
    let text = Self.yaml("load {{ path }}").replacing("title: Plain", with: "title: Plain\nrevision: vlan").replacing(
      #/mode: [a-z]+\n/#, with: "mode: enable\n", maxReplacements: 1)
    let upload = [
      "    upload:", "      destination: flash:n{{ vlan }}.cfg",
      "      copy: {protocols: [scp], remove: {mode: any, command: 'rm {{ destination }}'}}", "      mode: enable",
      "      confirm: keep it", "      revert: drop it", "      minutes: 10", "",
    ]
    let whole = text + "\n" + upload.joined(separator: "\n")
    let wrong = from.isEmpty ? whole : whole.replacing(from, with: to, maxReplacements: 1)
    guard let message else {
      #expect(try Tool(yaml: Array(wrong.utf8), file: "plain.yaml").platforms.isEmpty == false)
      return
    }
    #expect(wrong != whole)
    let error = #expect(throws: DefinitionError.self) { try Tool(yaml: Array(wrong.utf8), file: "plain.yaml") }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test func elementsOfListsAreTyped() throws {
    let text = Self.yaml("vlan {{ vlan }}").replacing("type: list", with: "type: list, items: ip")
    let tool = try Tool(yaml: Array(text.utf8), file: "plain.yaml")
    let values = try tool.parameterSet.validate(parameters: ["vlan": "5", "hosts": "192.0.2.1\n2001:DB8:0::1"])
    #expect(values.texts["hosts"] == "192.0.2.1\n2001:db8::1")
    let error = #expect(throws: ToolError.self) {
      try tool.parameterSet.validate(parameters: ["vlan": "5", "hosts": "192.0.2.1\n300.1.1.1"])
    }
    #expect(error?.message == "parameter 'hosts': '300.1.1.1' is no IPv4 or IPv6 address")
  }

  @Test func oneEntryForSeveralPlatforms() throws {
    let text = Self.yaml("vlan {{ vlan }}").replacing("  frr:", with: "  cisco_ios cisco_xe:")
    #expect(try Tool(yaml: Array(text.utf8), file: "plain.yaml").platforms == ["cisco_ios", "cisco_xe"])
  }

  /// Whatever the bytes: an error or a tool that renders or says why not, never a trap.
  @Test func mutatedFilesNeverTrap() throws {
    var random = SplitMix(state: 11)
    let parameters = ["prefix": "203.0.113.0/24", "next-hop": "10.9.9.2", "commands": "show version"]
    var decoded = 0
    for name in try ToolLibrary().names() {
      let original = try ToolLibrary().source(of: name).bytes
      for _ in 0..<200 {
        var bytes = original
        for _ in 0..<Int.random(in: 1...4, using: &random) {
          let index = Int.random(in: 0..<bytes.count, using: &random)
          switch Int.random(in: 0..<4, using: &random) {
          case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
          case 1: bytes.remove(at: index)
          case 2:
            bytes.insert(
              contentsOf: ["{{", "}}", "{%", "%}", "|", " ", "if", ":", "\"", "|\n"].randomElement(using: &random)?.utf8
                ?? "".utf8, at: index)
          default: bytes.removeSubrange(index..<min(bytes.count, index + 20))
          }
        }
        guard let tool = try? Tool(yaml: bytes, file: "x.yaml") else { continue }
        decoded += 1
        let names = Set(tool.parameters.map(\.name))
        guard let values = try? tool.parameterSet.validate(parameters: parameters.filter { names.contains($0.key) }) else {
          continue
        }
        for platform in tool.platforms { _ = try? tool.render(platform: platform, facts: [:], values: values) { _ in nil } }
      }
    }
    #expect(decoded > 20)
  }
}

/// Repeatable randomness (Steele, Lea, Flood 2014).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
