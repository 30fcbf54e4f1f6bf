/// EOS: a configuration session has a name, which is taken for good once it was committed; what is pending outlives the connection.
enum EOS: Dialect {
  static func factory(_ name: String) -> Configuration {
    Configuration([["hostname \(name)"], ["ntp server 192.0.2.9"], ["username netjob secret sha512 $6$abc"]])
  }

  static func text(_ device: Device) -> [String] {
    ["! device: \(device.name) (vEOS, EOS-4.28.0F)", "!"]
      + device.running.statements.flatMap { $0 + ["!"] } + ["end"]
  }

  static func prompt(_ device: Device, _ shell: Shell) -> String {
    device.name + (shell.session.map { "(config-s-\($0.prefix(6)))" } ?? (shell.isConfiguring ? "(config)" : "")) + "#"
  }

  static func answer(_ line: String, _ device: inout Device, _ shell: inout Shell) -> String {
    if let words = rest(line, "configure session") { return session(words, &device, &shell) }
    if let words = rest(line, "show session-config named"), let name = words.split(separator: " ").first.map(String.init) {
      guard let candidate = device.sessions[name] else { return "% Session \(name) does not exist" }
      let changes = candidate.changes(from: device.running)
      if changes.isEmpty { return "" }
      return joined(
        ["--- system:/running-config", "+++ session:/\(name)-session-config", "@@ -1,3 +1,4 @@", " !"]
          + changes.flatMap { $0.removed.map { "-\($0)" } + $0.added.map { "+\($0)" } } + [" !"])
    }
    switch line {
    case "", "terminal length 0", "terminal width 32767": return ""
    case _ where line.hasPrefix("!"): return ""
    case "exit":
      shell.isClosed = !shell.isConfiguring
      hangUp(&device, &shell)
      return ""
    case "end":
      hangUp(&device, &shell)
      return ""
    case "show running-config": return joined(["! Command: show running-config"] + text(device))
    case "write memory":
      device.saved = device.running
      return "Copy completed successfully."
    default: break
    }
    guard let name = shell.session, var candidate = device.sessions[name] else { return "% Invalid input" }
    switch line {
    case "commit timer 00:05:00", "commit":
      if device.trial != nil { return "% Cannot commit: session \(device.trial?.session ?? "") is pending commit timer" }
      device.sessions[name] = nil
      device.completed.insert(name)
      if line == "commit" { device.commit(candidate) } else { device.commit(candidate, trialOf: nil, session: name) }
      hangUp(&device, &shell)
      return ""
    case "abort":
      device.sessions[name] = nil
      hangUp(&device, &shell)
      return ""
    case "rollback clean-config":
      candidate.statements = []
    case _ where line.hasPrefix("no "):
      _ = candidate.delete(String(line.dropFirst(3)))
    default:
      guard ["hostname", "ntp", "username", "logging"].contains(where: { line.hasPrefix($0 + " ") }) else {
        return "% Invalid input"
      }
      candidate.set([line])
    }
    device.sessions[name] = candidate
    return ""
  }

  private static func session(_ words: String, _ device: inout Device, _ shell: inout Shell) -> String {
    let parts = words.split(separator: " ").map(String.init)
    let name = parts[0]
    switch parts.dropFirst().first {
    case nil:
      if device.completed.contains(name) { return "% Cannot enter session \(name) (already completed)" }
      if device.sessions[name] == nil { device.sessions[name] = device.running }
      shell.isConfiguring = true
      shell.session = name
      return ""
    case "commit":
      guard device.trial?.session == name else { return "% Session \(name) is not pending" }
      device.trial = nil
      return ""
    case "abort":
      guard device.trial?.session == name || device.sessions[name] != nil else { return "% Session \(name) does not exist" }
      if device.trial?.session == name { device.goBack() }
      device.sessions[name] = nil
      return ""
    default: return "% Invalid input"
    }
  }

  static func hangUp(_ device: inout Device, _ shell: inout Shell) {
    shell.isConfiguring = false
    shell.session = nil
  }
}

/// VyOS: each session has a candidate of its own; what is committed stays, and is kept when it is saved. The prompt shows the name
/// that the router had at login.
enum VyOS: Dialect {
  private static let blocks: Set<String> = ["system", "service", "login", "ntp"]

  static func factory(_ name: String) -> Configuration {
    Configuration([["service", "ssh port 22"], ["system", "host-name \(name)"]])
  }

  static func text(_ device: Device) -> [String] {
    device.running.statements.map { statement in
      var words = statement.joined(separator: " ").split(separator: " ").map(String.init)
      words.append("'\(words.removeLast())'")
      return "set " + words.joined(separator: " ")
    }
  }

  static func prompt(_ device: Device, _ shell: Shell) -> String {
    guard shell.isConfiguring else { return "\(shell.user)@\(shell.nameAtLogin):~$ " }
    return "[\((["edit"] + shell.path).joined(separator: " "))]\n\(shell.user)@\(shell.nameAtLogin)# "
  }

  static func answer(_ line: String, _ device: inout Device, _ shell: inout Shell) -> String {
    if line.isEmpty { return "" }
    guard shell.isConfiguring, var candidate = shell.candidate else {
      switch line {
      case "exit":
        shell.isClosed = true
        return "logout"
      case "set terminal length 0", "set terminal width 511": return ""
      case "show configuration commands": return joined(text(device))
      case "configure":
        shell.isConfiguring = true
        shell.candidate = device.running
        return ""
      default: return "\n  Invalid command: [\(line)]\n"
      }
    }
    defer { if shell.isConfiguring { shell.candidate = candidate } }
    if let words = rest(line, "set") {
      guard let statement = statement(words.filter { $0 != "'" }, in: shell.path, blocks: blocks) else {
        return "\n  Configuration path: [\(words)] is not valid\n  Set failed\n"
      }
      candidate.set(statement)
      return ""
    }
    if let words = rest(line, "delete") {
      return candidate.delete((shell.path + [words]).joined(separator: " "))
        ? "" : "\n  Nothing to delete (the specified node does not exist)\n"
    }
    if let words = rest(line, "edit") {
      shell.path += words.split(separator: " ").map(String.init)
      return ""
    }
    switch line {
    case "top":
      shell.path = []
      return ""
    case "compare":
      let changes = candidate.changes(from: device.running)
      if changes.isEmpty { return "No changes between working and active configurations.\n\n" }
      return joined(
        changes.flatMap { block, removed, added in
          ["[edit\(block.map { " " + $0 }.joined())]"] + removed.map { "-\($0)" } + added.map { "+\($0)" }
        })
    case "commit":
      if candidate == device.running { return "No configuration changes to commit" }
      device.commit(candidate)
      candidate = device.running
      return ""
    case "save":
      device.saved = device.running
      return "Saving configuration to '/config/config.boot'...\nDone"
    case "discard":
      let isSame = candidate == device.running
      candidate = device.running
      return isSame ? "\n  No changes have been made\n" : "\n  Changes have been discarded\n"
    case "exit discard":
      hangUp(&device, &shell)
      return "exit"
    default: return "\n  Invalid command: [\(line)]\n"
    }
  }

  static func hangUp(_ device: inout Device, _ shell: inout Shell) {
    shell.isConfiguring = false
    shell.candidate = nil
    shell.path = []
  }
}

/// PAN-OS: one candidate, everybody's, that stays on the device when who typed it is gone.
enum PANOS: Dialect {
  private static let blocks: Set<String> = ["deviceconfig", "system"]

  static func factory(_ name: String) -> Configuration {
    Configuration([["config", "deviceconfig", "system", "hostname \(name)"], ["config", "deviceconfig", "system", "mtu 1500"]])
  }

  static func text(_ device: Device) -> [String] { device.running.braces(end: ";", indent: "", step: "  ") }

  static func prompt(_ device: Device, _ shell: Shell) -> String {
    guard shell.isConfiguring else { return "\(shell.user)@\(device.name)> " }
    return "\n[\((["edit"] + shell.path).joined(separator: " "))]\n\(shell.user)@\(device.name)# "
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
    case "configure":
      shell.isConfiguring = true
      return "Entering configuration mode"
    case "show config running": return joined(text(device))
    case "show config diff":
      let changes = (device.shared ?? device.running).changes(from: device.running)
      if changes.isEmpty { return "" }
      return joined(
        ["--- running", "+++ candidate"]
          + changes.flatMap { block, removed, added in
            ["     \(block[block.count - 1]) {"] + removed.map { "-      \($0);" } + added.map { "+      \($0);" } + ["     }"]
          })
    case _ where line.hasPrefix("set cli "): return ""
    default: return "Unknown command: \(line)"
    }
  }

  private static func configure(_ line: String, _ device: inout Device, _ shell: inout Shell) -> String {
    var candidate = device.shared ?? device.running
    defer { device.shared = candidate }
    if let command = rest(line, "run") { return operate(command, &device, &shell) }
    if let words = rest(line, "set") {
      guard let statement = statement(words, in: ["config"] + shell.path, blocks: blocks), statement.count > 2 else {
        return "\nInvalid syntax."
      }
      candidate.set(statement)
      return ""
    }
    if let words = rest(line, "delete") {
      return candidate.delete((["config"] + shell.path + [words]).joined(separator: " ")) ? "" : "Object doesn't exist"
    }
    if let words = rest(line, "edit") {
      shell.path += words.split(separator: " ").map(String.init)
      return ""
    }
    switch line {
    case "top":
      shell.path = []
      return ""
    case "validate full":
      return "Validate job 3 is in progress. Use Ctrl+C to return to command prompt\n...55%..100%\nConfiguration is valid\n"
    case "commit":
      if candidate == device.running { return "There are no changes to commit." }
      device.commit(candidate)
      candidate = device.running
      return
        "Commit job 4 is in progress. Use Ctrl+C to return to command prompt\n......55%...98%....100%\n"
        + "Configuration committed successfully\n"
    case "load config from running-config.xml":
      candidate = device.running
      return "Config loaded from running-config.xml"
    case "exit":
      hangUp(&device, &shell)
      return "Exiting configuration mode"
    default: return "Unknown command: \(line)"
    }
  }

  static func hangUp(_ device: inout Device, _ shell: inout Shell) {
    shell.isConfiguring = false
    shell.path = []
  }
}
