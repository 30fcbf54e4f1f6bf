import Testing
import ToolCatalog

@Suite struct ToolValuesTests {
  static let yaml = """
    name: all
    title: All types
    changes-devices: false
    parameters:
      - {name: s, type: string, pattern: '[a-z ]+', help: h}
      - {name: i, type: integer, min: 1, max: 10, help: h}
      - {name: b, type: boolean, default: true, help: h}
      - {name: a, type: ip, help: h}
      - {name: c, type: cidr, help: h}
      - {name: h, type: hostname, help: h}
      - {name: f, type: interface, help: h}
      - {name: e, type: enum, values: [up, down], help: h}
      - {name: l, type: list, help: h}
      - {name: p, type: secret, pattern: '\\S{8,}', help: h}
    platforms:
      any: {mode: any, commands: show version}
    """

  private func tool() throws -> Tool { try Tool(yaml: Array(Self.yaml.utf8), file: "all.yaml") }

  @Test(arguments: [
    ("s", "abc def", "abc def"), ("i", "+7", "7"), ("i", "10", "10"), ("b", "off", "false"), ("b", "1", "true"),
    ("a", "10.0.0.1", "10.0.0.1"), ("a", "2001:DB8:0:0::1", "2001:db8::1"), ("c", "10.0.0.0/8", "10.0.0.0/8"),
    ("c", "::/0", "::/0"),
    ("h", "core-1.example.net", "core-1.example.net"), ("f", "GigabitEthernet0/0/1.100", "GigabitEthernet0/0/1.100"),
    ("e", "up", "up"),
    ("l", "a\n\n  b\n", "a\n  b"), ("l", "a\r\n\r\n  b\r\n", "a\n  b"), ("l", "a\r\r\nb", "a\nb"),
    ("p", "longenough", "longenough"),
  ]) func accepted(_ name: String, _ given: String, _ text: String) throws {
    #expect(try tool().parameterSet.validate(parameters: [name: given]).texts[name] == text)
  }

  @Test(arguments: [
    ("s", "", "parameter 's': the value is empty"), ("s", "ABC", "parameter 's': 'ABC' does not match '^(?:[a-z ]+)$'"),
    ("s", "abc\nreload", "control character"), ("s", "a\tb", "control character"), ("s", "a\u{85}b", "control character"),
    ("s", "a\u{2028}b", "control character"), ("s", "a\u{1B}[A", "control character"), ("s", "a\rb", "control character"),
    ("s", String(repeating: "a", count: 5000), "longer than 4096 bytes"),
    ("i", "11", "parameter 'i': '11' is out of range 1-10"), ("i", "1e3", "is no whole number"),
    ("i", "99999999999999999999", "is no whole number"), ("b", "maybe", "is neither true nor false"),
    ("a", "300.1.1.1", "parameter 'a': '300.1.1.1' is no IPv4 or IPv6 address"), ("a", "10.0.0.01", "is no IPv4 or IPv6 address"),
    ("a", "10.0.0.1/24", "is no IPv4 or IPv6 address"), ("a", "fe80::1%eth0", "is no IPv4 or IPv6 address"),
    ("a", "10.0.0.1 reload", "is no IPv4 or IPv6 address"),
    ("c", "10.0.0.1/8", "parameter 'c': '10.0.0.1/8' has host bits set; the prefix is 10.0.0.0/8"),
    ("c", "10.0.0.0/33", "is no prefix"),
    ("c", "10.0.0.0", "is no prefix"), ("c", "10.0.0.0/+8", "is no prefix"), ("c", "10.0.0.0/08", "is no prefix"),
    ("h", "-a", "is no host name"), ("h", "a..b", "is no host name"), ("h", "a b", "is no host name"),
    ("f", "0/1", "is no interface name"), ("f", "eth0;reload", "is no interface name"),
    ("e", "sideways", "parameter 'e': 'sideways' is none of up, down"), ("l", "\n \n", "the list is empty"),
    ("l", "a\tb\n", "control character"),
    ("p", "short", "parameter 'p': the secret does not match"), ("nope", "1", "unknown parameter 'nope'"),
  ]) func refused(_ name: String, _ given: String, _ message: String) throws {
    let tool = try tool()
    let error = #expect(throws: ToolError.self) { try tool.parameterSet.validate(parameters: [name: given]) }
    #expect(error?.code == .badParameters)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    if name == "p" { #expect(error?.message.contains("short") == false) }
  }

  @Test func allProblemsAtOnce() throws {
    let tool = try ToolLibrary().tool(named: "static-route-add")
    let error = #expect(throws: ToolError.self) {
      try tool.parameterSet.validate(parameters: ["prefx": "1", "next-hop": "300.1.1.1", "distance": "0"])
    }
    #expect(
      error?.problems == [
        "unknown parameter 'prefx'; did you mean 'prefix'?",
        "parameter 'prefix' is missing: The destination, such as 203.0.113.0/24 or 2001:db8:7::/48",
        "parameter 'next-hop': '300.1.1.1' is no IPv4 or IPv6 address", "parameter 'distance': '0' is out of range 1-255",
      ])
    #expect(error?.hint == "tool 'static-route-add' has the parameters prefix, next-hop, distance")
  }

  @Test func versionsOfIPMustAgree() throws {
    let tool = try ToolLibrary().tool(named: "static-route-add")
    let error = #expect(throws: ToolError.self) {
      try tool.parameterSet.validate(parameters: ["prefix": "10.0.0.0/8", "next-hop": "2001:db8::1"])
    }
    #expect(error?.message == "parameter 'next-hop': '2001:db8::1' and prefix '10.0.0.0/8' are of different IP versions")
  }

  @Test func defaultsAndAbsence() throws {
    let values = try tool().parameterSet.validate(parameters: [:])
    #expect(values.texts == ["b": "true"])
    let error = #expect(throws: ToolError.self) { try tool().parameterSet.validate(parameters: [:], perDevice: ["x"]) }
    #expect(error?.message == "unknown parameter 'x'")
  }
}
