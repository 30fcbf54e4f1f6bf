/// Junos: the candidate is everybody's unless somebody has it for himself, any commit confirms, and a trial outlives its session.
enum Junos: Dialect {
  private static let blocks: Set<String> = ["system", "services", "ntp", "snmp"]
  private static let reminder = "# commit confirmed will be rolled back in 5 minutes\n"

  static func factory(_ name: String) -> Configuration {
    Configuration([["version 20.2R3.9"], ["system", "host-name \(name)"], ["system", "services", "ssh"]])
  }

  static func text(_ device: Device) -> [String] {
    ["## Last commit: 2026-11-30 20:11:36 UTC by netjob"] + device.running.braces(end: ";", indent: "", step: "    ")
  }

  static func prompt(_ device: Device, _ shell: Shell) -> String {
    guard shell.isConfiguring else { return "\n\(shell.user)@\(device.name)> " }
    let place = (["edit"] + shell.path).joined(separator: " ")
    return "\n" + (device.trial == nil ? "" : reminder) + "[\(place)]\n\(shell.user)@\(device.name)# "
  }

  static func answer(_ line: String, _ device: inout Device, _ shell: inout Shell) -> String {
    if line.isEmpty { return "" }
    return shell.isConfiguring ? configure(line, &device, &shell) : operate(line, &device, &shell)
  }

  private static func operate(_ line: String, _ device: inout Device, _ shell: inout Shell) -> String {
    switch line {
    case "exit":
      shell.isClosed = true
      return ""
    case "show configuration": return joined(text(device))
    case "show configuration | display set":
      return joined(device.running.statements.map { "set " + $0.joined(separator: " ") })
    case "configure exclusive":
      if device.owner != nil { return "error: configuration database locked by:\n  bob terminal p0 (pid 4711)" }
      if let shared = device.shared, shared != device.running { return "error: configuration database modified" }
      shell.isConfiguring = true
      device.owner = shell.number
      device.shared = nil
      return "warning: uncommitted changes will be discarded on exit\nEntering configuration mode"
    case _ where line.hasPrefix("set cli "): return ""
    default: return "         ^\nunknown command."
    }
  }

  private static func configure(_ line: String, _ device: inout Device, _ shell: inout Shell) -> String {
    var candidate = device.shared ?? device.running
    defer { if shell.isConfiguring { device.shared = candidate } }
    if let command = rest(line, "run") { return operate(command, &device, &shell) }
    if let words = rest(line, "set") {
      guard let statement = statement(words, in: shell.path, blocks: blocks) else { return "             ^\nsyntax error." }
      candidate.set(statement)
      return ""
    }
    if let words = rest(line, "delete") {
      return candidate.delete((shell.path + [words]).joined(separator: " ")) ? "" : "warning: statement not found"
    }
    if let words = rest(line, "edit") {
      shell.path += words.split(separator: " ").map(String.init)
      return ""
    }
    if let number = rest(line, "rollback").flatMap({ Int($0) }) {
      candidate = number == 0 ? device.running : device.history[number - 1]
      return "load complete"
    }
    switch line {
    case "top":
      shell.path = []
      return ""
    case "load override terminal":
      shell.text = []
      return "[Type ^D at a new line to end input]"
    case "show | compare":
      return joined(
        candidate.changes(from: device.running).flatMap { block, removed, added in
          ["[edit\(block.map { " " + $0 }.joined())]"] + removed.map { "-  \($0);" } + added.map { "+  \($0);" }
        })
    case "commit check": return "configuration check succeeds"
    case "commit confirmed 5":
      device.commit(candidate, trialOf: nil)
      candidate = device.running
      return "commit confirmed will be automatically rolled back in 5 minutes unless confirmed\ncommit complete"
    case "commit":
      device.commit(candidate)
      device.trial = nil
      candidate = device.running
      return "commit complete"
    case "exit configuration-mode":
      hangUp(&device, &shell)
      return "Exiting configuration mode"
    default: return "             ^\nunknown command."
    }
  }

  static func load(_ text: [String], _ device: inout Device, _ shell: inout Shell) -> String {
    device.shared = Configuration(braces: text)
    return "load complete"
  }

  static func hangUp(_ device: inout Device, _ shell: inout Shell) {
    shell.isConfiguring = false
    shell.path = []
    device.owner = nil
    device.shared = nil
  }
}

/// IOS XR: each session has a target configuration of its own, and a trial is its session's.
enum XR: Dialect {
  private static let clock = "Mon Nov 30 20:11:36.123 UTC"
  private static let none = "% No configuration changes to commit."

  static func factory(_ name: String) -> Configuration {
    Configuration([["hostname \(name)"], ["interface MgmtEth0/RP0/CPU0/0", "description management"]])
  }

  private static func header(_ mark: String) -> [String] {
    ["\(mark)Building configuration...", "!! IOS XR Configuration 24.3.1"]
  }

  private static func lines(_ configuration: Configuration) -> [String] {
    var done: Set<String> = []
    return configuration.statements.flatMap { statement -> [String] in
      if statement.count == 1 { return statement }
      guard done.insert(statement[0]).inserted else { return [] }
      return [statement[0]] + configuration.statements.filter { $0.count > 1 && $0[0] == statement[0] }.map { " " + $0[1] } + [
        "!"
      ]
    }
  }

  static func text(_ device: Device) -> [String] {
    ["!! IOS XR Configuration 24.3.1", "!! Last configuration change at Mon Nov 30 20:11:36 2026 by netjob", "!"]
      + lines(device.running) + ["end"]
  }

  static func prompt(_ device: Device, _ shell: Shell) -> String {
    let mode = shell.isConfiguring ? shell.path.isEmpty ? "(config)" : "(config-if)" : ""
    return "RP/0/RP0/CPU0:\(device.name)\(mode)#"
  }

  static func answer(_ line: String, _ device: inout Device, _ shell: inout Shell) -> String {
    if shell.question != nil {
      shell.question = nil
      if line.hasPrefix("y") || line == "no" && device.trial?.shell != shell.number { leave(&device, &shell) }
      return ""
    }
    if line.isEmpty { return "" }
    return shell.isConfiguring ? configure(line, &device, &shell) : operate(line, &device, &shell)
  }

  private static func operate(_ line: String, _ device: inout Device, _ shell: inout Shell) -> String {
    switch line {
    case "exit":
      shell.isClosed = true
      return ""
    case "terminal length 0", "terminal width 511": return ""
    case "show running-config": return joined([clock] + ["Building configuration..."] + text(device)) + "\n\n"
    case "configure exclusive":
      if device.trial != nil {
        return "Cannot enter exclusive mode. A trial commit is underway in another configuration session."
      }
      if device.owner != nil {
        return "Cannot enter exclusive mode. The Configuration Namespace is locked by another agent."
      }
      device.owner = shell.number
      shell.isConfiguring = true
      shell.candidate = device.running
      return clock
    default: return line.map { _ in " " }.joined() + "^\n% Invalid input detected at '^' marker."
    }
  }

  private static func configure(_ line: String, _ device: inout Device, _ shell: inout Shell) -> String {
    var candidate = shell.candidate ?? device.running
    defer { if shell.isConfiguring { shell.candidate = candidate } }
    if let command = rest(line, "do") { return operate(command, &device, &shell) }
    if let words = rest(line, "no") {
      return candidate.delete(words) ? "" : "% No such configuration item(s)"
    }
    switch line {
    case "root", "exit", "!":
      shell.path = []
      return ""
    case "show commit changes diff":
      let lines = candidate.changes(from: device.running).flatMap { block, removed, added in
        block.map { "   \($0)" } + removed.map { "-  \(block.isEmpty ? "" : " ")\($0)" }
          + added.map { "+  \(block.isEmpty ? "" : " ")\($0)" } + block.map { _ in "   !" }
      }
      return joined([clock] + header("!! ") + lines + ["end"]) + "\n\n"
    case "commit confirmed minutes 5", "commit":
      if line == "commit", device.trial?.shell == shell.number {
        device.trial = nil
        return "\(clock)\n\n% Confirming commit for trial session."
      }
      guard candidate != device.running else { return "\(clock)\n\(none)" }
      if line == "commit" { device.commit(candidate) } else { device.commit(candidate, trialOf: shell.number) }
      candidate = device.running
      shell.path = []
      return clock
    case "clear":
      candidate = device.running
      return ""
    case "end":
      if device.trial?.shell == shell.number {
        shell.question = "Do you wish to exit? [no]: "
        return """

          You are exiting after a 'commit confirm' with an active rollback session.  If you exit the configuration awaiting \
          confirmation will not be confirmed and the router will immediately rollback to the previous configuration.
          """
      }
      if candidate != device.running {
        shell.question = "Uncommitted changes found, commit them before exiting(yes/no/cancel)? [cancel]: "
        return ""
      }
      leave(&device, &shell)
      return ""
    default:
      let known = ["hostname", "logging", "ntp", "interface", "domain", "description", "shutdown"]
      let text = String(line.drop { $0 == " " })
      guard known.contains(where: { text == $0 || text.hasPrefix($0 + " ") }) else {
        return line.map { _ in " " }.joined() + "^\n% Invalid input detected at '^' marker."
      }
      if text.hasPrefix("interface ") {
        shell.path = [text]
      } else if line.hasPrefix(" "), !shell.path.isEmpty {
        candidate.set(shell.path + [text])
      } else {
        shell.path = []
        candidate.set([text])
      }
      return ""
    }
  }

  private static func leave(_ device: inout Device, _ shell: inout Shell) {
    if device.trial?.shell == shell.number { device.goBack() }
    forget(&device, &shell)
  }

  private static func forget(_ device: inout Device, _ shell: inout Shell) {
    shell.isConfiguring = false
    shell.candidate = nil
    shell.path = []
    if device.owner == shell.number { device.owner = nil }
  }

  static func hangUp(_ device: inout Device, _ shell: inout Shell) {
    if device.noticesLostConnections { leave(&device, &shell) } else { forget(&device, &shell) }
  }
}

/// SR OS with the model-driven command line: what a session has not confirmed when it ends goes back at once, and what is cancelled
/// is in the candidate again.
enum SROS: Dialect {
  private static let blocks: Set<String> = ["system", "management-interface"]

  static func factory(_ name: String) -> Configuration {
    Configuration([["configure", "system", "name \"\(name)\""], ["configure", "system", "management-interface", "cli md-cli"]])
  }

  static func text(_ device: Device) -> [String] {
    [
      "# TiMOS-C-22.10.R1 cpm/hops64 Nokia 7750 SR Copyright (c) 2000-2022 Nokia.",
      "# All rights reserved. All use subject to applicable license agreements.",
      "# Built on Tue Oct 4 10:00:00 UTC 2022 by builder", "# Configuration format version 22.10 revision 0",
      "# Generated 2026-11-30T20:11:36.1+00:00 by netjob from 192.0.2.1",
    ] + device.running.braces(end: "", indent: "", step: "    ") + ["", "# Finished 2026-11-30T20:11:36.2+00:00"]
  }

  private static func unknown(_ line: String) -> String {
    "     ^^^^^\nMINOR: MGMT_CORE #2201: Unknown element - '\(line.split(separator: " ").first ?? "")'"
  }

  static func prompt(_ device: Device, _ shell: Shell) -> String {
    let place: String
    if shell.isConfiguring {
      let mark = (device.shared ?? device.running) == device.running ? "" : "*"
      place = "\(mark)[ex:/\((["configure"] + shell.path).joined(separator: " "))]"
    } else {
      place = "[/]"
    }
    return "\n\(place)\nA:\(shell.user)@\(device.name)# "
  }

  static func answer(_ line: String, _ device: inout Device, _ shell: inout Shell) -> String {
    if shell.question != nil {
      shell.question = nil
      if line == "y" { hangUp(&device, &shell) }
      return ""
    }
    if line.isEmpty { return "" }
    return shell.isConfiguring ? configure(line, &device, &shell) : operate(line, &device, &shell)
  }

  private static func operate(_ line: String, _ device: inout Device, _ shell: inout Shell) -> String {
    switch line {
    case "logout":
      shell.isClosed = true
      return ""
    case "admin show configuration": return joined(text(device))
    case "show system information":
      return "System Name            : \(device.name)\nSystem Location        : \(device.running.value(of: "location") ?? "")"
    case "admin save":
      device.saved = device.running
      return "Writing configuration to cf3:\\config.cfg\nSaving configuration ... OK\nCompleted."
    case "configure exclusive":
      if device.owner != nil || device.shared.map({ $0 != device.running }) ?? false {
        return
          "MINOR: MGMT_CORE #2052: Exclusive datastore access unavailable - model-driven interface editing global candidate"
      }
      device.owner = shell.number
      device.shared = nil
      shell.isConfiguring = true
      return """
        INFO: CLI #2060: Entering exclusive configuration mode
        INFO: CLI #2061: Uncommitted changes are discarded on configuration mode exit
        """
    case _ where line.hasPrefix("environment "): return ""
    default: return unknown(line)
    }
  }

  /// A change with the blocks that it is in.
  private static func shown(_ block: [String], _ removed: [String], _ added: [String]) -> [String] {
    func indent(_ depth: Int) -> String { String(repeating: "    ", count: depth) }
    let blocks = Array(block.dropFirst())
    let inner = indent(blocks.count + 1).dropFirst()
    var lines: [String] = []
    for (depth, name) in blocks.enumerated() { lines.append(indent(depth + 1) + name + " {") }
    lines += removed.map { "-\(inner)\($0)" } + added.map { "+\(inner)\($0)" }
    for depth in blocks.indices.reversed() { lines.append(indent(depth + 1) + "}") }
    return lines
  }

  private static func configure(_ line: String, _ device: inout Device, _ shell: inout Shell) -> String {
    var candidate = device.shared ?? device.running
    defer { if shell.isConfiguring { device.shared = candidate } }
    if line.hasPrefix("/show ") || line.hasPrefix("/admin ") { return operate(String(line.dropFirst()), &device, &shell) }
    if let number = rest(line, "delete").map({ (["configure"] + shell.path + [$0]).joined(separator: " ") }) {
      return candidate.delete(number) ? "" : unknown(line)
    }
    switch line {
    case "/configure":
      shell.path = []
      return ""
    case "compare":
      return joined(candidate.changes(from: device.running).flatMap(shown))
    case "validate": return ""
    case "commit", "commit confirmed 5":
      if line == "commit" { device.commit(candidate) } else { device.commit(candidate, trialOf: shell.number) }
      candidate = device.running
      return ""
    case "commit confirmed accept", "commit confirmed cancel":
      guard device.trial?.shell == shell.number else { return "MINOR: MGMT_CORE #2066: No confirmed commit in progress" }
      if line == "commit confirmed accept" {
        device.trial = nil
      } else {
        candidate = device.running
        device.goBack()
      }
      return ""
    case "discard":
      candidate = device.running
      return ""
    case "quit-config":
      if candidate != device.running {
        shell.question = "Discard uncommitted changes? [y,n] "
        return "INFO: CLI #2063: Uncommitted changes are present in the candidate configuration."
      }
      leave(&device, &shell)
      return "INFO: CLI #2064: Exiting exclusive configuration mode"
    default:
      let words: String
      if line.hasPrefix("/") {
        guard let rest = rest(line, "/configure") else { return unknown(line) }
        (words, shell.path) = (rest, [])
      } else {
        words = line
      }
      guard let statement = statement(words, in: ["configure"] + shell.path, blocks: blocks),
        statement.count > 2 || blocks.contains(words)
      else { return unknown(words) }
      if blocks.contains(statement[statement.count - 1]) {
        shell.path = Array(statement.dropFirst())
      } else {
        candidate.set(statement)
      }
      return ""
    }
  }

  private static func leave(_ device: inout Device, _ shell: inout Shell) {
    if device.trial?.shell == shell.number { device.goBack() }
    shell.isConfiguring = false
    shell.path = []
    device.shared = nil
    if device.owner == shell.number { device.owner = nil }
  }

  static func hangUp(_ device: inout Device, _ shell: inout Shell) { leave(&device, &shell) }
}
