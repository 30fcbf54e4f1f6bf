import Definitions
import DeviceCLI
import Foundation
import Testing
import ToolCatalog
import Transports

/// What each tool sends on each platform, to the letter: `Sent/TOOL.txt`.
///
/// A file begins with remarks on where the syntax comes from (`#`). Then come cases: lines `$ NAME=VALUE` with the parameters
/// (`\n` separates the elements of lists), and what is sent on every platform, with what verifies it and what takes it back.
/// `NETJOB_RECORD=1` writes the second part anew, to be read before it is committed.
@Suite struct SentTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Sent")
  static let tools = (try? ToolLibrary().names()) ?? []
  static let platforms = (try? PlatformCatalog().names()) ?? []

  /// What every network tool of this kind is expected to do everything on.
  static let base = ["cisco_ios", "cisco_xe", "juniper_junos", "arista_eos", "huawei_vrp", "frr"]
  /// Where a platform has no such feature, and why.
  static let without: [String: [String: String]] = [
    "ping": ["frr": "vtysh's ping takes no count and never ends"],
    "mac-table": ["frr": "a router has none"],
    "enable-password": ["juniper_junos": "no such mode", "frr": "asked by the daemons' telnet alone"],
    "user-password": ["frr": "users are the host's"], "user-add": ["frr": "users are the host's"],
    "user-delete": ["frr": "users are the host's"], "name-servers": ["frr": "the host's"], "ntp-servers": ["frr": "the host's"],
    "syslog-hosts": ["frr": "the host's"], "snmp-community": ["frr": "snmpd's"], "snmp-trap-hosts": ["frr": "snmpd's"],
    "login-banner": ["frr": "forgotten with the session"],
    "restore-config": ["huawei_vrp": "line by line", "frr": "line by line"],
    "port-vlan": ["frr": "a router has none"], "save-config": ["juniper_junos": "a commit is kept"],
  ]

  private struct Case {
    var parameters: [String: String] = [:]
  }

  private func contents(of tool: String) throws -> (remarks: [String], cases: [Case], text: String) {
    let text = try String(contentsOf: Self.folder.appending(path: tool + ".txt"), encoding: .utf8)
    var remarks: [String] = []
    var cases: [Case] = []
    var isHead = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("#") { remarks.append(String(line)) }
      guard line.hasPrefix("$") else {
        isHead = false
        continue
      }
      if !isHead { cases.append(Case()) }
      isHead = true
      let parts = line.dropFirst(2).split(separator: "=", maxSplits: 1).map(String.init)
      if parts.count == 2 { cases[cases.count - 1].parameters[parts[0]] = parts[1].replacing("\\n", with: "\n") }
    }
    return (remarks, cases, text)
  }

  private static func head(_ parameters: [String: String]) -> String {
    if parameters.isEmpty { return "$\n" }
    return parameters.sorted { $0.key < $1.key }.map { "$ \($0.key)=\($0.value.replacing("\n", with: "\\n"))\n" }.joined()
  }

  @Test(arguments: tools) func sendsExactlyThis(_ name: String) async throws {
    let (remarks, cases, text) = try contents(of: name)
    #expect(!remarks.isEmpty, "\(name).txt does not say where the syntax comes from")
    #expect(!cases.isEmpty)
    let library = try ToolLibrary().tool(named: name)
    var recorded = remarks.joined(separator: "\n") + "\n"
    var covered: Set<String> = []
    for item in cases {
      recorded += "\n" + Self.head(item.parameters)
      let tool = try library.specialized(for: item.parameters)
      let values = try tool.parameterSet.validate(parameters: item.parameters)
      var sections: [(platforms: [String], text: String)] = []
      for platform in Self.platforms where tool.supports(platform: platform) {
        let section: String
        do throws(ToolError) {
          section = try await sent(tool, values, platform)
          covered.insert(platform)
        } catch {
          section = "  refused: \(error.message)\n"
        }
        if let index = sections.firstIndex(where: { $0.text == section }) {
          sections[index].platforms.append(platform)
        } else {
          sections.append(([platform], section))
        }
      }
      for section in sections { recorded += section.platforms.joined(separator: " ") + "\n" + section.text }
    }
    // The lines of these are the user's, and not for every platform.
    if library.platforms == [Tool.anyPlatform] { covered = Set(Self.platforms) }
    #expect(
      covered == Set(Self.platforms.filter(library.supports(platform:))), "a platform that the tool names is never sent anything")
    if ProcessInfo.processInfo.environment["NETJOB_RECORD"] == "1" {
      try recorded.write(to: Self.folder.appending(path: name + ".txt"), atomically: true, encoding: .utf8)
    } else {
      #expect(recorded == text)
    }
  }

  /// Plays the tool on a device that takes everything, and describes it.
  private func sent(_ tool: Tool, _ values: ToolValues, _ name: String) async throws(ToolError) -> String {
    let platform: Platform
    do { platform = try PlatformCatalog().platform(named: name) } catch { throw ToolError(.badRendering, "\(error)") }
    let facts = ["name": "r1", "hostname": "r1", "address": "192.0.2.9"]
    let rendered = try tool.render(
      platform: name, facts: facts, values: values, refusal: platform.readOnly.refusal,
      stored: { _ throws(ToolError) in Self.stored(name) })
    if tool.changesDevices, tool.builtIn == nil, platform.change == nil {
      throw ToolError(.unsupportedPlatform, "no changes on '\(name)'")
    }
    do {
      try await play(tool, rendered, platform)
    } catch {
      Issue.record("\(tool.name) on \(name): \(error)")
    }
    var text = "  in \(rendered.mode.rawValue)\n" + rendered.commands.map { "    \($0)\n" }.joined()
    #expect(rendered.maskedCommands.count == rendered.commands.count)
    for secret in rendered.secrets {
      #expect(!rendered.maskedCommands.contains { $0.contains(secret) }, "\(tool.name) on \(name) shows a secret")
    }
    if let verification = rendered.verification {
      text += "  verified in \(verification.mode.rawValue) by: \(verification.command)\n"
      text +=
        verification.contains.map { "    shows: \($0)\n" }.joined() + verification.lacks.map { "    lacks: \($0)\n" }.joined()
    }
    if let copy = rendered.copy {
      text += "  by \(copy.protocols.map(\.rawValue).joined(separator: ", ")), as \(copy.temporary)\n"
      text += copy.commands.map { "    in \($0.mode.rawValue): \($0.text)\n" }.joined()
    }
    if let upload = rendered.upload {
      text =
        "  before it by \(upload.copy.protocols.map(\.rawValue).joined(separator: ", ")) to \(upload.copy.destination)\n" + text
      text += upload.copy.commands.map { "    in \($0.mode.rawValue): \($0.text)\n" }.joined()
      if let trial = upload.trial {
        text += "  kept in \(trial.mode.rawValue) by: \(trial.confirm)\n"
        text += "  taken back by: \(trial.revert), or by itself after \(trial.minutes) minutes\n"
      }
    }
    if let undo = rendered.undo { text += "  undone by\n" + undo.map { "    \($0)\n" }.joined() }
    return text
  }

  /// A configuration as the platform shows it.
  private static func stored(_ platform: String) -> StoredConfiguration {
    let text =
      switch platform {
      case "juniper_junos":
        "## Last commit: 2026-03-03 10:15:30 UTC by admin\nversion 20.2R3.9;\nsystem {\n    host-name r1;\n    root-authentication {\n"
          + "        encrypted-password \"$6$SECRET\"; ## SECRET-DATA\n    }\n}\n"
      case "arista_eos":
        "! device: r1 (DCS-7050TX-64, EOS-4.20.1F)\n!\nhostname r1\n!\nusername admin secret sha512 $6$SECRET\n!\n"
          + "interface Ethernet1\n   description to r2\n!\nbanner login\nNo entry!\nEOF\n!\nend\n"
      case "cisco_xr":
        "!! IOS XR Configuration 7.3.2\n!\nhostname r1\nusername admin\n secret 10 $6$SECRET\n!\nend\n"
      case "cisco_ios", "cisco_xe":
        "hostname r1\n!\nusername admin secret 5 $1$SECRET\n!\nend\n"
      default:
        "set interfaces ethernet eth0 address '192.0.2.9/24'\nset system host-name 'r1'\nset system name-server '192.0.2.53'\n"
      }
    let leave = (try? PlatformCatalog().platform(named: platform))?.modes[.configure]?.leaveCommand
    return StoredConfiguration(text: text, maskedText: text.replacing("$6$SECRET", with: "******"), leaveCommand: leave)
  }

  private func play(_ tool: Tool, _ rendered: RenderedTool, _ platform: Platform) async throws {
    if let verification = rendered.verification {
      let session = try await DeviceSession.open(try PromptingDevice(platform), platform: platform)
      let mode = mode(verification.mode)
      let result = try await session.read(verification.command, in: mode.flatMap { platform.modes[$0] == nil ? nil : $0 })
      #expect(result.refusal == nil)
    }
    if let copy = rendered.copy ?? rendered.upload?.copy {
      let device = try PromptingDevice(platform)
      let session = try await DeviceSession.open(device, platform: platform)
      for command in copy.commands { #expect(try await session.run(command.text, in: mode(command.mode)).refusal == nil) }
      #expect(device.typed == copy.commands.map(\.text), "\(tool.name) on \(platform.name)")
    }
    if rendered.mode == .local { return }
    let kept = rendered.upload?.trial.map { [$0.confirm, $0.revert] } ?? []
    let lists = rendered.mode == .configure ? [rendered.commands, rendered.undo ?? []] : [rendered.commands + kept]
    for lines in lists where !lines.isEmpty {
      let device = try PromptingDevice(platform, replacing: rendered.wanted != nil)
      let session = try await DeviceSession.open(device, platform: platform)
      if rendered.mode == .configure {
        let result = try await session.configure(lines, replacing: rendered.wanted != nil)
        #expect(result.refused == nil, "\(tool.name) on \(platform.name): \(result.refused?.deviceMessage ?? "")")
      } else {
        for line in lines {
          let result =
            tool.changesDevices
            ? try await session.run(line, in: mode(rendered.mode)) : try await session.read(line, in: mode(rendered.mode))
          #expect(result.refusal == nil)
        }
      }
      // What the platform itself types, such as a `root` between lines, is left out of both.
      #expect(device.typed == lines.filter { !device.scaffold.contains($0) }, "\(tool.name) on \(platform.name)")
    }
  }

  private func mode(_ mode: ToolMode) -> PlatformMode? { PlatformMode(rawValue: mode.rawValue) }

  @Test func filesAreOfTools() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted()
    #expect(files == Self.tools.map { $0 + ".txt" })
  }

  @Test(arguments: tools) func worksWhereItIsExpected(_ name: String) throws {
    let tool = try ToolLibrary().tool(named: name)
    let known = Set(Self.platforms)
    #expect(tool.platforms.allSatisfy { $0 == Tool.anyPlatform || known.contains($0) })
    let exceptions = Self.without[name] ?? [:]
    for platform in Self.base {
      #expect(tool.supports(platform: platform) == (exceptions[platform] == nil), "\(name) on \(platform)")
    }
  }

  @Test(arguments: tools) func saysPlainlyWhereItDoesNotWork(_ name: String) throws {
    let (_, cases, _) = try contents(of: name)
    let parameters = try #require(cases.first).parameters
    let tool = try ToolLibrary().tool(named: name).specialized(for: parameters)
    let values = try tool.parameterSet.validate(parameters: parameters)
    for platform in Self.platforms where !tool.supports(platform: platform) {
      let error = #expect(throws: ToolError.self) { try tool.render(platform: platform, facts: [:], values: values) { _ in nil } }
      #expect(error?.code == .unsupportedPlatform)
      #expect(error?.message.hasPrefix("tool '\(name)' does not support platform '\(platform)'; it supports ") == true)
    }
  }

  /// Saving is what the platform says, word for word.
  @Test func savesAsThePlatformDoes() throws {
    let tool = try ToolLibrary().tool(named: "save-config")
    for name in tool.platforms {
      let platform = try PlatformCatalog().platform(named: name)
      let rendered = try tool.render(platform: name, facts: [:], values: tool.parameterSet.validate(parameters: [:])) { _ in nil }
      let save = try #require(platform.save)
      #expect(rendered.commands == [save.command] && rendered.timeout == save.timeout, "\(name)")
      #expect(rendered.success.map(\.description) == save.success.map(\.description), "\(name)")
    }
    for name in Self.platforms where !tool.supports(platform: name) {
      let platform = try PlatformCatalog().platform(named: name)
      #expect(platform.save == nil || platform.save?.mode == .configure, "\(name) can save")
    }
  }
}
