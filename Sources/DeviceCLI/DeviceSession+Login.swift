import Definitions
import Transports

extension DeviceSession {
  /// No banner is longer, bytes.
  private static let bannerLimit = 1024 * 1024
  private static let probeLimit = 6

  /// Reads past banner and message of the day, and learns the prompt: what an empty line brings back twice in a row.
  ///
  /// The first line that looks like a prompt may be part of a banner, and the real one may stand behind a message that
  /// has no line feed; after an empty line it stands alone.
  func learnPrompt() async throws {
    options.activity?("the first prompt")
    let start = clock()
    let deadline = start + options.loginTimeout
    let modes = platform.loginModes + platform.modes.keys.sorted().filter { !platform.loginModes.contains($0) }
    var bytes: [UInt8] = []
    var tailStart = 0
    var rawByteCount = 0
    var candidate: PromptState.Recognized?
    /// The whole line that the candidate stood on.
    var candidateLine: String?
    var probes = 0
    var answers = 0
    while true {
      let tail =
        bytes.count - tailStart <= 4096 ? TerminalText.line(bytes[tailStart...], width: options.terminalWidth) : ""
      let found = prompts.recognize(tail, as: modes)
      var patience = found == nil ? options.quiet : options.settle
      // The same line once more and nothing but it: it has been waited for behind the first, and no banner is to be expected. What
      // came late all the same stands before the next command's echo.
      if found != nil, found == candidate, tail == candidateLine, Self.isBlank(bytes[..<tailStart]) { patience = options.glance }
      if let chunk = try await receive(until: min(clock() + patience, deadline)) {
        guard !chunk.isEmpty else {
          breakage = "the device ended the session"
          throw DeviceError(.connectionLost, "the device ended the session before its prompt; its last line was \(quote(tail))")
        }
        if let feed = chunk.lastIndex(of: 0x0A) { tailStart = bytes.count + feed + 1 }
        bytes += chunk
        rawByteCount += chunk.count
        guard rawByteCount <= Self.bannerLimit else { throw noPrompt("\(Self.bannerLimit) bytes came without one", tail) }
        if clock() >= deadline { throw noPrompt("none within \(options.loginTimeout.components.seconds) s", tail) }
        continue
      }
      if let found, found == candidate {
        prompts.relearn(found)
        prompts.noteLine(tail)
        return
      }
      if found == nil, answers < Self.probeLimit, let question = question(in: tail) {
        answers += 1
        bytes = []
        tailStart = 0
        try await send(question.answer, deadline: deadline)
        continue
      }
      if clock() >= deadline { throw noPrompt("none within \(options.loginTimeout.components.seconds) s", tail) }
      guard found != nil || endsLikePrompt(tail, modes) else { continue }
      guard probes < Self.probeLimit else { throw noPrompt("it changes with every line", tail) }
      probes += 1
      candidate = found
      candidateLine = tail
      bytes = []
      tailStart = 0
      try await send(platform.newline, deadline: deadline)
    }
  }

  private func question(in tail: String) -> Platform.Answer? {
    if tail.isEmpty || platform.loginQuestions.isEmpty { return nil }
    let text = prompts.bare(tail)
    return platform.loginQuestions.first { $0.pattern.matches(text) }
  }

  /// Whether the end of `tail` could be a prompt behind other text.
  private func endsLikePrompt(_ tail: String, _ modes: [PlatformMode]) -> Bool {
    var rest = Substring(tail.suffix(200))
    while !rest.isEmpty {
      if prompts.recognize(String(rest), as: modes) != nil { return true }
      rest = rest.dropFirst()
    }
    return false
  }

  private static func asksForPassword(_ tail: String) -> Bool {
    let words = tail.lowercased()
    return words.contains("password") && words.last { $0 != " " } == ":"
  }

  private func noPrompt(_ problem: String, _ tail: String) -> DeviceError {
    breakage = "no prompt was found"
    return DeviceError(
      .promptNotFound, "no prompt of platform '\(platform.name)' after login: \(problem); the last line was \(quote(tail))",
      hint: Self.asksForPassword(tail)
        ? "the device asks for a password behind the login: where the account's has expired, change it there and store the new one"
        : "check the device's platform")
  }
}
