import Definitions

/// The prompt as it was learned, and what may become of it.
struct PromptState: Sendable {
  /// A line that is a prompt, and of which mode.
  struct Recognized: Sendable, Equatable {
    var text: String
    var mode: PlatformMode
    var host: String?
    /// Where a part of the prompt varies, the text without it.
    var fixed: String?

    static func == (left: Recognized, right: Recognized) -> Bool {
      left.mode == right.mode && left.host == right.host
        && (left.fixed != nil ? left.fixed == right.fixed : left.text == right.text)
    }
  }

  /// A prompt that is cut short by the device keeps at least so much of the name.
  private static let shortenedHostLimit = 8

  let platform: Platform
  private(set) var current: Recognized?
  /// How many blanks follow the prompt, as at login.
  private var trailingBlankCount = 0

  init(platform: Platform) {
    self.platform = platform
  }

  var mode: PlatformMode? { current?.mode }

  /// `line` without its decoration and trailing blanks.
  func bare(_ line: String) -> String {
    var text = Substring(line)
    if let decoration = platform.decoration {
      let bytes = Array(line.utf8)
      if let range = decoration.firstMatch(in: bytes[...])?[0], range.lowerBound == 0 {
        text = Substring(String(decoding: bytes[range.upperBound...], as: UTF8.self))
      }
    }
    while text.last == " " { text.removeLast() }
    return String(text)
  }

  /// Notes the whole line that a prompt stood on when nothing more came.
  mutating func noteLine(_ line: String) { trailingBlankCount = Self.trailingBlankCount(line) }

  /// Whether the blanks that follow the prompt have come, too.
  func hasItsBlanks(_ line: String) -> Bool { Self.trailingBlankCount(line) >= trailingBlankCount }

  private static func trailingBlankCount(_ line: String) -> Int { line.utf8.reversed().prefix { $0 == 0x20 }.count }

  /// `line` as a prompt of one of `modes`, whatever the device is called.
  func recognize(_ line: String, as modes: [PlatformMode]) -> Recognized? {
    let text = bare(line)
    for mode in modes {
      guard let pattern = platform.modes[mode]?.prompt, pattern.matches(text) else { continue }
      return Recognized(
        text: text, mode: mode, host: pattern.text(ofGroup: "host", in: text), fixed: Self.fixed(text, pattern))
    }
    return nil
  }

  private static func fixed(_ text: String, _ pattern: Pattern) -> String? {
    guard let number = pattern.groupNames["varies"] else { return nil }
    var bytes = Array(text.utf8)
    if let range = pattern.firstMatch(in: bytes[...])?[number] { bytes.removeSubrange(range) }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// `line` as exactly the current prompt, but for what varies in it.
  func isCurrent(_ line: String) -> Bool {
    guard let current else { return false }
    let text = bare(line)
    if text == current.text { return true }
    guard let fixed = current.fixed, let pattern = platform.modes[current.mode]?.prompt, pattern.matches(text) else {
      return false
    }
    return Self.fixed(text, pattern) == fixed
  }

  /// How many of `lines`, from the last, belong to the prompt below them.
  func promptLineCount(_ lines: some BidirectionalCollection<String>) -> Int {
    if platform.promptLines.isEmpty { return 0 }
    let count = lines.reversed().prefix { line in platform.promptLines.contains { $0.matches(line) } }.prefix(2).count
    guard count > 0, let above = lines.dropLast(count).last, above.isEmpty else { return count }
    return count + 1
  }

  /// `line` as a prompt of the same device in one of `modes`.
  func recognizeSameDevice(_ line: String, as modes: [PlatformMode]) -> Recognized? {
    guard let found = recognize(line, as: modes) else { return nil }
    guard let known = current?.host, let host = found.host else { return found }
    if host == known { return found }
    let (short, long) = host.count < known.count ? (host, known) : (known, host)
    return short.count >= Self.shortenedHostLimit && long.hasPrefix(short) ? found : nil
  }

  mutating func learn(_ prompt: Recognized) {
    var prompt = prompt
    // A shortened name says less than the known one.
    if let known = current?.host, let host = prompt.host, known.hasPrefix(host) { prompt.host = known }
    current = prompt
  }

  /// Takes over a prompt after the device was renamed.
  mutating func relearn(_ prompt: Recognized) { current = prompt }
}
