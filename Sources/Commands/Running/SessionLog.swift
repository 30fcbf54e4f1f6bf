internal import DeviceCLI
internal import JobRunner
internal import Synchronization
private import Terminal

/// Turns the traffic of one session into lines for people: what the device sent after `<`, what was typed after `>`, remarks
/// after `-`.
///
/// The secrets of credential and job are masked already. Those in configurations are found by the platform's patterns, line after
/// line, and from then on wherever they show up again. A line is cut where it gets long, and counted.
final class SessionLog: SessionWatch {
  private struct State {
    /// What the device has sent since its last line end, at most `lineLimit` bytes.
    var line: [UInt8] = []
    var cutByteCount = 0
    /// How the beginning of the line was written when something was typed before its end.
    var begun: String?
    var secrets: Set<String> = []
    /// For whole lines, and for what comes in, which may break off within a secret.
    var lineRedactor = Redactor(secrets: [])
    var redactor = Redactor(secrets: [])
    var isOutdated = false
    /// What comes in and what is typed are texts of their own.
    var incomingMasker: Platform.SessionMasker
    var typedMasker: Platform.SessionMasker

    init(_ platform: Platform) {
      incomingMasker = Platform.SessionMasker(platform)
      typedMasker = Platform.SessionMasker(platform)
    }
  }

  static let lineLimit = 16 * 1024
  static let shownLimit = 2 * 1024
  /// A device must not make us look for more and more.
  private static let secretLimit = 500
  /// Shorter ones are found by chance.
  private static let leastSecretLength = 4

  private let write: @Sendable (String) -> Void
  private let finish: @Sendable () -> Void
  private let state: Mutex<State>

  /// - Parameters:
  ///   - write: gets each line, harmless and without line end.
  ///   - finish: called when nothing more comes.
  init(platform: Platform, write: @escaping @Sendable (String) -> Void, finish: @escaping @Sendable () -> Void) {
    state = Mutex(State(platform))
    self.write = write
    self.finish = finish
  }

  func note(_ text: String) { state.withLock { say("-", clean(text, &$0)) } }

  func traffic(_ direction: SessionOptions.Direction, _ bytes: [UInt8]) {
    state.withLock { state in
      switch direction {
      case .fromDevice:
        var bytes = bytes
        if state.isOutdated {
          bytes = state.redactor.finish() + bytes
          state.redactor = Redactor(secrets: Array(state.secrets))
          state.isOutdated = false
        }
        receive(state.redactor.redact(bytes), &state)
      case .toDevice:
        interrupt(&state)
        typed(bytes, &state)
      }
    }
  }

  func end() {
    state.withLock { interrupt(&$0) }
    finish()
  }

  private func say(_ mark: String, _ text: String) { write(mark + " " + text) }

  // MARK: From the device

  private func receive(_ bytes: [UInt8], _ state: inout State) {
    var rest = bytes[...]
    while let feed = rest.firstIndex(of: 0x0A) {
      collect(rest[rest.startIndex..<feed], &state)
      endLine(&state)
      rest = rest[(feed + 1)...]
    }
    collect(rest, &state)
  }

  private func collect(_ bytes: ArraySlice<UInt8>, _ state: inout State) {
    let room = Self.lineLimit - state.line.count
    state.line += bytes.prefix(room)
    state.cutByteCount += max(0, bytes.count - room)
  }

  private func endLine(_ state: inout State) {
    if state.line.last == 0x0D { state.line.removeLast() }
    let text = clean(state.incomingMasker.mask(line: state.line), state.line, cut: state.cutByteCount, &state)
    switch state.begun {
    case nil: say("<", text)
    // Only the rest is new, unless the whole line looks different from its beginning.
    case let begun? where text.hasPrefix(begun):
      if text != begun { say("<", "... " + text.dropFirst(begun.count)) }
    default: say("<", text)
    }
    state.line = []
    state.cutByteCount = 0
    state.begun = nil
  }

  /// Writes what has come of a line, as something else comes in between.
  private func interrupt(_ state: inout State) {
    let held = state.redactor.finish()
    receive(held, &state)
    guard !state.line.isEmpty else { return }
    let masked = state.incomingMasker.mask(line: state.line, isWhole: false)
    let text = clean(masked, state.line, cut: state.cutByteCount, &state)
    if text != state.begun { say("<", text) }
    state.begun = text
  }

  // MARK: To the device

  private func typed(_ bytes: [UInt8], _ state: inout State) {
    var line = bytes
    while let last = line.last, last == 0x0A || last == 0x0D { line.removeLast() }
    if line.isEmpty {
      say(">", escapeControls(bytes))
    } else {
      say(">", clean(state.typedMasker.mask(line: line), line, cut: 0, &state))
      // A command is typed when the output before it is over, whatever that broke off in.
      if !state.typedMasker.isWithinBlock, bytes.count > line.count { state.incomingMasker.leaveBlock() }
    }
    if bytes.count > line.count {
      // What is typed as a line ends the one that it stands on.
      state.line = []
      state.cutByteCount = 0
      state.begun = nil
    }
  }

  // MARK: Secrets

  private func clean(_ masked: (text: String, secrets: [String]), _ line: [UInt8], cut: Int, _ state: inout State) -> String {
    learn(masked.secrets, &state)
    let clean = clean(masked.text, &state)
    let count = clean.utf8.count
    let isLong = count > Self.shownLimit
    let shown = isLong ? String(decoding: clean.utf8.prefix(Self.shownLimit), as: UTF8.self) : clean
    return isLong || cut > 0 ? shown + " ... (\(line.count + cut) bytes)" : shown
  }

  private func learn(_ secrets: [String], _ state: inout State) {
    let new = secrets.filter {
      $0.utf8.count >= Self.leastSecretLength && !$0.contains(Redactor.mask) && !state.secrets.contains($0)
    }
    guard !new.isEmpty, state.secrets.count + new.count <= Self.secretLimit else { return }
    state.secrets.formUnion(new)
    state.lineRedactor = Redactor(secrets: Array(state.secrets))
    state.isOutdated = true
  }

  private func clean(_ text: String, _ state: inout State) -> String { escapeControls(state.lineRedactor.redacting(text)) }
}
