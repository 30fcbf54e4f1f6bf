import Definitions
import DeviceCLI
import Foundation
import Testing

@Suite struct PlatformTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Sources/DeviceCLI/Platforms")

  @Test func catalogHoldsTheFolder() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted()
    let catalog = PlatformCatalog()
    #expect(try catalog.names().map { $0 + ".yaml" } == files)
    for name in try catalog.names() {
      #expect(try catalog.source(of: name).bytes == Array(Data(contentsOf: Self.folder.appending(path: name + ".yaml"))))
      #expect(try catalog.platform(named: name).name == name)
    }
  }

  @Test func unknownPlatformListsTheKnown() {
    let error = #expect(throws: DefinitionError.self) { try PlatformCatalog().platform(named: "cisco_io") }
    #expect(error?.code == .unknownName)
    #expect(error?.message.hasPrefix("there is no platform 'cisco_io'; there are arista_eos, aruba_cx, cisco_asa, ") == true)
    #expect(error?.hint == "did you mean 'cisco_ios'?")
  }

  @Test(arguments: [
    ("junos", "juniper_junos"), ("Cisco-IOS", "cisco_ios"), ("nxos", "cisco_nxos"), ("eos", "arista_eos"),
    ("routeros", "mikrotik_routeros"), ("ciscoios", "cisco_ios"), ("exos", "extreme_exos"), ("fortios", "fortinet_fortios"),
    ("zzz", nil), ("", nil),
  ]) func probableNamesAreSuggested(_ name: String, _ meant: String?) {
    let error = #expect(throws: DefinitionError.self) { try PlatformCatalog().platform(named: name) }
    #expect(error?.hint == meant.map { "did you mean '\($0)'?" })
  }

  @Test func usersOwnPlatformsGoFirst() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "netjob-platforms-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let text = try String(contentsOf: Self.folder.appending(path: "frr.yaml"), encoding: .utf8)
    let own = text.replacing("title: FRRouting (vtysh)", with: "title: Mine")
    try own.write(to: folder.appending(path: "frr.yaml"), atomically: true, encoding: .utf8)
    try own.write(to: folder.appending(path: "other.yaml"), atomically: true, encoding: .utf8)
    try FileManager.default.createSymbolicLink(
      at: folder.appending(path: "link.yaml"), withDestinationURL: folder.appending(path: "frr.yaml"))
    let catalog = PlatformCatalog(folder: DefinitionFolder(path: folder.path))
    #expect(try catalog.names() == (PlatformCatalog().names() + ["link", "other"]).sorted())
    #expect(try catalog.platform(named: "frr").title == "Mine")
    #expect(catalog.isEmbedded("frr") && !catalog.isEmbedded("other"))
    let misnamed = #expect(throws: DefinitionError.self) { try catalog.platform(named: "other") }
    #expect(misnamed?.message == "name: the file of platform 'other' says 'frr'")
    let link = #expect(throws: DefinitionError.self) { try catalog.platform(named: "link") }
    #expect(link?.code == .unreadable)
  }

  struct Mistake: Sendable, CustomTestStringConvertible {
    let change: (String, String)
    let error: String
    var testDescription: String { error }
  }

  static let mistakes = [
    Mistake(
      change: ("title: FRR", "titel: x\ntitle: FRR"),
      error: "frr.yaml:4:1: unknown key 'titel'; allowed: name, title, vendor, legacy, newline, forbidden-characters, modes,"),
    Mistake(change: ("vendor: FRRouting\n", ""), error: "frr.yaml:3:1: the key 'vendor' is missing"),
    Mistake(change: ("vendor: FRRouting", "vendor: [FRR]"), error: "frr.yaml:5:9: vendor: must be a string, is a list"),
    Mistake(change: ("vendor: FRRouting", "vendor: 12"), error: "frr.yaml:5:9: vendor: must be a string, is '12'"),
    Mistake(
      change: ("    leave: disable", "    leave: disable\n    prompts: x"),
      error: "frr.yaml:15:5: modes.enable: unknown key 'prompts'; allowed: prompt, enter, leave"),
    Mistake(
      change: ("  exec:\n", "  user:\n"),
      error: "frr.yaml:9:3: modes: unknown key 'user'; allowed: exec, enable, configure, shell"),
    Mistake(
      change: ("64})>$'", "64})>'"),
      error: "frr.yaml:10:13: modes.exec.prompt: a prompt's pattern must begin with '^' and end with '$'"),
    Mistake(
      change: ("{from: exec,", "{from: enable,"),
      error: "frr.yaml:13:19: modes.enable.enter.from: modes are entered from each other in a circle"),
    Mistake(
      change: ("{from: exec,", "{from: shell,"),
      error: "frr.yaml:13:19: modes.enable.enter.from: the mode 'shell' is not described"),
    Mistake(
      change: ("login-modes: [enable, exec]", "login-modes: [enable, shell]"),
      error: "frr.yaml:19:23: login-modes[1]: the mode 'shell' is not described; described: exec, enable, configure"),
    Mistake(change: ("- '^% '", "- '^% ('"), error: "errors[0]: pattern '^% (': ')' is expected at character 5"),
    Mistake(
      change: ("method: line-by-line", "method: guess"), error: "change.method: 'guess' is none of line-by-line, candidate"),
    Mistake(change: ("method: line-by-line", "method: candidate"), error: "frr.yaml:49:9: change: the key 'compare' is missing"),
    Mistake(
      change: ("{method: line-by-line,", "{method: line-by-line, commit: {command: x},"),
      error: "frr.yaml:49:40: change.commit: is for the method 'candidate' only"),
    Mistake(
      change: ("{method: line-by-line,", "{method: line-by-line, within: exec,"),
      error: "change.within: the mode 'exec' must be entered from 'configure' and be left by a command"),
    Mistake(
      change: ("{method: line-by-line,", "{method: line-by-line, multi-line: [{begin: '^banner (\\S)'}],"),
      error: "change.multi-line[0]: must have either a group 'delimiter' in 'begin', or 'end'"),
    Mistake(
      change: ("change: {method: line-by-line, mode: configure}", Self.candidate.replacing("discard: discard", with: "save: x")),
      error: "frr.yaml:55:3: change: unknown key 'save'; allowed: method, mode, within, multi-line, open, close, top, compare"),
    Mistake(
      change: ("change: {method: line-by-line, mode: configure}", Self.candidate.replacing("minutes: 5", with: "minutes: 0")),
      error: "frr.yaml:54:60: change.commit-confirmed.minutes: 0 is out of range 1-60"),
    Mistake(
      change: ("change: {method: line-by-line, mode: configure}", Self.candidate + "\n  open: x"),
      error: "change.open: 'open' and 'close' go together"),
    Mistake(
      change: (
        "change: {method: line-by-line, mode: configure}", Self.candidate.replacing("minutes: 5", with: "minutes: 5, read: run")
      ),
      error: "change.commit-confirmed.read: 'run' has no {command} in it"),
    Mistake(
      change: ("  end: '^end$'\n", ""),
      error: "running-configuration: the key 'end' is missing; where the device prints no end marker, say 'ends-at-prompt: true'"),
    Mistake(
      change: ("  end: '^end$'\n", "  ends-at-prompt: true\n"),
      error: "running-configuration: the key 'contains' is missing: without an end marker, name a line that is always there"),
    Mistake(
      change: ("save:\n", "keeps-changes: true\nsave:\n"),
      error: "save: there is nothing to save where 'keeps-changes' is true"),
    Mistake(
      change: ("mask:\n", "mask-blocks: [{begin: x}]\nmask:\n"), error: "mask-blocks[0]: the key 'end' is missing"),
    Mistake(
      change: ("protocol: ospf", "protocol: rip"), error: "neighbors[1].protocol: 'rip' is none of lldp, cdp, arp, mac, ospf, bgp"
    ),
    Mistake(
      change: ("(?<router>", "(?<rooter>"),
      error: "neighbors[1].rows[0]: the group 'rooter' is none of interface, name, port, address, mac,"),
    Mistake(
      change: ("    command: show ip ospf neighbor\n", "    command: show ip ospf neighbor\n    begin: x\n"),
      error: "neighbors[1].begin: 'rows' stands alone, without 'begin'"),
    Mistake(
      change: ("detect:\n", "detect:\n  sys-object-id: [iso.3.6]\n"),
      error: "detect.sys-object-id[0]: 'iso.3.6' must be an object identifier in numbers, such as 1.3.6.1.4.1.9"),
    Mistake(
      change: ("exit: exit", "exit: exit\nexit-questions: [{pattern: x}]"),
      error: "exit-questions[0]: the key 'answer' is missing"),
    Mistake(change: ("timeout: 120", "timeout: 0"), error: "timeout: 0 is out of range 1-3600"),
    Mistake(
      change: ("read-tools:\n  allow:", "read-tools:\n  refuse: [x]\n  allow:"),
      error: "read-tools: unknown key 'refuse'; allowed: ignore-case, allow, filters, refuse-patterns"),
    Mistake(change: ("read-tools:\n  allow:", "read-tools:\n  filters:"), error: "the key 'allow' is missing"),
    Mistake(
      change: ("- sh[ow] * ...", "- sh[ow * ..."), error: "read-tools.allow[0]: 'sh[ow * ...' must be words such as 'show'"),
    Mistake(change: ("exit: exit", "exit: exit\nexit: quit"), error: "the key 'exit' is there twice"),
    Mistake(change: ("name: frr", "name: 'FRR 1'"), error: "name: a name has small letters"),
  ]

  static let candidate = """
    change:
      method: candidate
      mode: configure
      compare: {command: show candidate}
      commit: {command: commit}
      commit-confirmed: {command: commit confirmed 5, minutes: 5, confirm: {command: commit}}
      discard: discard
    """

  @Test func candidateIsUnderstood() throws {
    let text = try String(contentsOf: Self.folder.appending(path: "frr.yaml"), encoding: .utf8)
      .replacing("change: {method: line-by-line, mode: configure}", with: Self.candidate)
    let platform = try Platform(yaml: Array(text.utf8), file: "frr.yaml")
    #expect(platform.change?.candidate?.trial?.minutes == 5)
  }

  @Test(arguments: mistakes) func mistakesAreNamedWithTheirPlace(_ mistake: Mistake) throws {
    let text = try String(contentsOf: Self.folder.appending(path: "frr.yaml"), encoding: .utf8)
    let wrong = text.replacing(mistake.change.0, with: mistake.change.1, maxReplacements: 1)
    #expect(wrong != text)
    let error = #expect(throws: DefinitionError.self) { try Platform(yaml: Array(wrong.utf8), file: "frr.yaml") }
    #expect(error?.description.contains(mistake.error) == true, "\(error?.description ?? "")")
    #expect(error?.line != nil && error?.column != nil)
  }

  /// Whatever the bytes: an error or a platform, never a trap.
  @Test func mutatedFilesNeverTrap() throws {
    var random = SplitMix(state: 7)
    for name in try PlatformCatalog().names() {
      let original = try PlatformCatalog().source(of: name).bytes
      for _ in 0..<60 {
        var bytes = original
        for _ in 0..<Int.random(in: 1...4, using: &random) {
          let index = Int.random(in: 0..<bytes.count, using: &random)
          switch Int.random(in: 0..<4, using: &random) {
          case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
          case 1: bytes.remove(at: index)
          case 2:
            bytes.insert(
              contentsOf: "{}[]:-'\"*&|>!%@`\n \t^$()".utf8.randomElement(using: &random).map { [$0] } ?? [], at: index)
          default: bytes.removeSubrange(index..<min(bytes.count, index + 30))
          }
        }
        _ = try? Platform(yaml: bytes, file: "x.yaml")
      }
    }
  }

  @Test(arguments: [
    ("cisco_ios", "enable secret 5 $1$abc$xyz", "enable secret 5 ******"),
    ("cisco_ios", "username admin privilege 15 secret 9 $9$abc", "username admin privilege 15 secret 9 ******"),
    ("cisco_ios", " password 7 0822455D0A16", " password 7 ******"),
    ("cisco_ios", "snmp-server community public RO", "snmp-server community ****** RO"),
    ("cisco_ios", " neighbor 10.0.0.2 password 7 00071A150754", " neighbor 10.0.0.2 password 7 ******"),
    ("cisco_ios", "tacacs-server host 10.0.0.9 key 7 0822", "tacacs-server host 10.0.0.9 key 7 ******"),
    ("cisco_ios", " ip ospf message-digest-key 1 md5 7 0822", " ip ospf message-digest-key 1 md5 7 ******"),
    ("cisco_ios", "crypto isakmp key abc address 10.0.0.1", "crypto isakmp key ****** address 10.0.0.1"),
    ("cisco_ios", " description password of the day", " description password of the day"),
    ("frr", "password zebra", "password ******"), ("frr", "enable password 8 XYZ", "enable password 8 ******"),
    ("frr", " neighbor 10.0.0.2 password s3cret", " neighbor 10.0.0.2 password ******"),
    ("frr", " ip ospf message-digest-key 1 md5 s3cret", " ip ospf message-digest-key 1 md5 ******"),
    ("frr", "ip route 203.0.113.0/24 10.9.9.2", "ip route 203.0.113.0/24 10.9.9.2"),
  ]) func secretsOfConfigurationsAreMasked(_ name: String, _ line: String, _ masked: String) throws {
    let platform = try PlatformCatalog().platform(named: name)
    #expect(platform.mask(configuration: "!\n\(line)\n!\n") == "!\n\(masked)\n!\n")
    // Swift takes CR LF as one character, so splitting must not be by characters.
    for end in ["\r\n", "\r", "\r\r\n"] {
      #expect(platform.mask(configuration: "!\(end)\(line)\(end)!\(end)") == "!\(end)\(masked)\(end)!\(end)")
    }
  }

  @Test func clocksMakeNoDifference() throws {
    let platform = try PlatformCatalog().platform(named: "cisco_ios")
    let first =
      "!\n! Last configuration change at 10:15:30 UTC Tue Mar 3 2020 by admin\nversion 15.4\nntp clock-period 17179870\nend\n"
    let second =
      "!\n! Last configuration change at 11:00:00 UTC Wed Mar 4 2020 by eve\nversion 15.4\nntp clock-period 17179999\nend\n"
    #expect(platform.normalizedForComparison(first) == platform.normalizedForComparison(second))
    let crlf = [first, second].map { platform.normalizedForComparison($0.replacing("\n", with: "\r\n")) }
    #expect(crlf[0] == crlf[1])
    #expect(crlf[0].unicodeScalars.count { $0 == "\r" } == first.unicodeScalars.count { $0 == "\n" })
    #expect(platform.normalizedForComparison(first).split(separator: "\n").count == first.split(separator: "\n").count)
    #expect(platform.normalizedForComparison(first) != platform.normalizedForComparison(first.replacing("15.4", with: "15.5")))
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
