import Definitions
import DeviceCLI
import Synchronization
import Transports

/// A device of any platform that takes every line, and remembers what was typed.
///
/// It knows the modes and the candidate configuration as the platform file describes them, and nothing else: it shows what netjob
/// sends, and proves nothing about a vendor.
final class PromptingDevice: ByteChannel {
  private struct State {
    var mode: PlatformMode
    var output: [UInt8] = []
    var partial: [UInt8] = []
    var lines: [String] = []
    var isChanged = false
    var isClosed = false
    /// Ends the entry of several lines that is being typed.
    var entryEnd: (@Sendable (String) -> Bool)?
  }

  let platform: Platform
  private let change: Platform.Change?
  private let prompts: [PlatformMode: String]
  private let state: Mutex<State>

  /// - Parameter replacing: what is typed is a whole configuration.
  init(_ platform: Platform, replacing: Bool = false) throws {
    self.platform = platform
    change = (replacing ? platform.replacement : nil) ?? platform.change
    let mode = platform.loginModes[0]
    prompts = try Self.prompts(of: platform)
    state = Mutex(State(mode: mode))
    state.withLock { $0.output = prompt(in: $0) }
  }

  struct NoPrompt: Error {
    let platform: String
    let mode: PlatformMode
  }

  /// A prompt for each mode, found by trying what vendors use.
  private static func prompts(of platform: Platform) throws -> [PlatformMode: String] {
    let candidates: [PlatformMode: [String]] = [
      .exec: ["r1>", "<r1>", "admin@r1>", "admin@r1:~$", "[admin@r1] >", "A:admin@r1#", "r1.1 >", "r1$"],
      .enable: ["r1#", "RP/0/RP0/CPU0:r1#", "r1 #", "r1.1 #", "root@r1:~#"],
      .configure: ["r1(config)#", "RP/0/RP0/CPU0:r1(config)#", "[r1]", "admin@r1#", "r1 (admin) #"],
      .shell: ["root@r1%", "%"],
    ]
    var prompts: [PlatformMode: String] = [:]
    for (mode, rules) in platform.modes {
      guard let prompt = candidates[mode]?.first(where: rules.prompt.matches) else {
        throw NoPrompt(platform: platform.name, mode: mode)
      }
      prompts[mode] = prompt
    }
    return prompts
  }

  /// What was typed since the login, but for what the platform itself asks for.
  var typed: [String] { state.withLock { $0.lines }.filter { !scaffold.contains($0) } }

  /// What sessions type by themselves.
  var scaffold: Set<String> {
    var lines: Set<String> = ["", platform.exitCommand]
    lines.formUnion(platform.onOpen)
    for rules in platform.modes.values { lines.formUnion([rules.entry?.command, rules.leaveCommand].compactMap { $0 }) }
    if let status = platform.exitStatus { lines.insert(status.command) }
    if let enter = change?.enter { lines.insert(enter) }
    if let candidate = change?.candidate {
      lines.formUnion([candidate.open, candidate.close, candidate.top, candidate.check?.command].compactMap { $0 })
      lines.formUnion([candidate.compare, candidate.review, candidate.commit.command, candidate.discard])
      lines.formUnion([candidate.trial?.commit.command, candidate.trial?.confirm.command].compactMap { $0 })
      lines.formUnion(candidate.trial?.cancel.map(\.command) ?? [])
    }
    return lines
  }

  private func prompt(in state: State) -> [UInt8] { Array("\r\n\(prompts[state.mode] ?? "") ".utf8) }

  private func take(_ typed: String, _ state: inout State) {
    state.output += Array((typed + "\r\n").utf8)
    let line = typed.replacing(/(session|named) netjob-[0-9a-f]+/) { "\($0.1) {session}" }
    state.lines.append(line)
    if let isEnd = state.entryEnd {
      if !isEnd(line) { return }
      state.entryEnd = nil
      state.output += prompt(in: state)
      return
    }
    if isInChange(state), let end = entryEnd(of: line) {
      state.entryEnd = end
      return
    }
    state.output += Array(answer(line, &state).utf8)
    if !state.isClosed { state.output += prompt(in: state) }
  }

  private func isInChange(_ state: State) -> Bool { state.mode == change?.mode }

  private func entryEnd(of line: String) -> (@Sendable (String) -> Bool)? {
    for form in change?.multiLine ?? [] where form.begin.matches(line) {
      if form.endsInput { return { $0 == "^D" } }
      if let end = form.end { return { end.matches($0) } }
      guard let delimiter = form.begin.text(ofGroup: "delimiter", in: line) else { continue }
      return { $0.contains(delimiter) }
    }
    return nil
  }

  private func answer(_ line: String, _ state: inout State) -> String {
    if line == platform.exitCommand, state.mode == platform.loginModes[0] {
      state.isClosed = true
      return ""
    }
    if let change, line == change.enter {
      state.mode = change.mode
      return ""
    }
    if let (mode, _) = platform.modes.first(where: { $1.entry?.from == state.mode && $1.entry?.command == line }) {
      state.mode = mode
      return ""
    }
    if let rules = platform.modes[state.mode], rules.leaveCommand == line, let parent = rules.entry?.from {
      state.mode = parent
      return ""
    }
    if line == platform.exitStatus?.command { return "status=0\r\n" }
    guard let candidate = change?.candidate, line != "", !platform.onOpen.contains(line) else { return Self.success }
    switch line {
    case candidate.compare, candidate.review: return state.isChanged ? "+ something\r\n" : ""
    case candidate.check?.command: return "configuration check succeeds\r\nConfiguration is valid\r\n"
    case candidate.trial?.commit.command, candidate.trial?.confirm.command, candidate.commit.command:
      state.isChanged = false
      if change?.enter != nil { state.mode = platform.loginModes[0] }
      if platform.name == "cisco_xr" { return "% Confirming commit for trial session.\r\n" }
      return "commit complete\r\nConfiguration committed successfully\r\n"
    case candidate.open, candidate.close, candidate.top: return ""
    default:
      if isInChange(state) { state.isChanged = true }
      return ""
    }
  }

  /// All that the platforms wait for when they save, as words of vendors' documents.
  private static let success =
    [
      "[OK]", "Copy complete.", "Copy completed successfully.", "Save the configuration successfully.",
      "Saved the current configuration to mainboard device successfully.", "Success", "Completed.",
      "Configuration saved to primary.cfg successfully.",
    ].joined(separator: "\r\n") + "\r\n"

  // MARK: ByteChannel

  func read(deadline: ContinuousClock.Instant) async throws -> [UInt8] {
    try state.withLock { state in
      if !state.output.isEmpty {
        defer { state.output = [] }
        return state.output
      }
      if state.isClosed { return [] }
      throw TransportError(.timedOut, "the device is silent")
    }
  }

  func write(_ bytes: [UInt8], deadline: ContinuousClock.Instant) async throws {
    state.withLock { state in
      // What ends the input needs no line feed.
      state.partial += bytes.flatMap { $0 == 4 ? Array("^D\n".utf8) : [$0] }
      while let end = state.partial.firstIndex(where: { $0 == 10 || $0 == 13 }) {
        let line = String(decoding: state.partial[..<end], as: UTF8.self)
        state.partial.removeFirst(end + 1)
        take(line, &state)
      }
    }
  }

  func close() async { state.withLock { $0.isClosed = true } }
}
