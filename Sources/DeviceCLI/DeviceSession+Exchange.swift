import Definitions
import Glibc
import Transports

extension DeviceSession {
  /// Which prompts end an exchange besides the current one.
  struct Acceptance: Sendable {
    var modes: [PlatformMode] = []
    var secretPrompt: Pattern?
    /// The command renames the device.
    var acceptsAnyHost = false
    /// The command only reads: no question is answered.
    var isReading = false
    /// What the command may ask besides what the platform says, and how that is answered.
    var questions: [Platform.Answer] = []
    /// The command is one of the platform's own that prints nothing: its prompt needs no waiting for what may follow it.
    var isSilent = false
  }

  struct Reply: Sendable {
    var lines: TerminalLines
    /// What stands above the prompt and belongs to it.
    var promptLines: [String] = []
    var rawByteCount: Int
    var duration: Duration
    var asksForSecret: Bool

    var text: String { lines.text(of: 0..<lines.count) }
  }

  /// What the last line, as far as it has come, means.
  private enum Verdict {
    case unfinished
    /// `isCertain`: nothing can follow but what nobody has asked for.
    case ended(Ending, isCertain: Bool)
    /// Looks like the end, and counts as such once the device is silent.
    case doubtful(Ending)
    case pager(Platform.Answer)
    case question(Platform.Answer)
  }

  private enum Ending {
    case prompt(PromptState.Recognized)
    /// The prompt stands at the end of a line of output.
    case gluedPrompt
    case secret
  }

  /// What has come in since a command was sent.
  private struct Inbox {
    var bytes: [UInt8] = []
    var rawByteCount = 0
    /// Behind the echo; `nil` until that has come.
    var outputStart: Int?
    /// Where the last line begins.
    var tailStart = 0
    /// Up to here questions have been answered.
    var answeredEnd = 0
    /// Up to here the echo was looked for.
    private var searchedEnd = 0

    init(outputStart: Int?) { self.outputStart = outputStart }

    mutating func append(_ chunk: [UInt8], command: String?, platform: Platform, width: Int) {
      bytes += chunk
      rawByteCount += chunk.count
      guard let feed = chunk.lastIndex(of: 0x0A) else { return }
      tailStart = bytes.count - (chunk.count - feed - 1)
      // A device that sends line by line would have everything looked through for each of them.
      if bytes.count < 4096 || bytes.count > searchedEnd + searchedEnd / 4 {
        searchEcho(of: command, platform: platform, width: width)
      }
    }

    /// Looks for the echo in what has come since it was last looked for.
    mutating func searchEcho(of command: String?, platform: Platform, width: Int) {
      guard outputStart == nil, let command, bytes.count > searchedEnd, searchedEnd <= CommandEcho.searchLimit else { return }
      searchedEnd = bytes.count
      outputStart = CommandEcho.end(of: command, in: bytes, width: width) { platform.errorLine(in: [$0]) != nil }
    }

    var hasLineFeed: Bool { tailStart > 0 }
    /// Whether nothing stands before the last line.
    var isBlank: Bool {
      let start = outputStart ?? 0
      return start >= tailStart || DeviceSession.isBlank(bytes[start..<tailStart])
    }

    func tail(width: Int) -> String? {
      let start = max(tailStart, outputStart ?? 0)
      guard bytes.count - start <= 4096 else { return nil }
      return TerminalText.line(bytes[start...], width: width)
    }

    /// Takes the pager's text out of the last line.
    mutating func cutPager(_ answer: Platform.Answer, tail: String) {
      let shown = Array(tail.utf8)
      let kept = answer.pattern.firstMatch(in: shown[...])?[0]?.lowerBound ?? 0
      bytes.removeSubrange(max(tailStart, outputStart ?? 0)...)
      bytes += shown[..<kept]
      bytes.append(TerminalText.pagerMark)
    }
  }

  /// Types `command` and reads until a prompt is back.
  /// - Parameters:
  ///   - command: what the device echoes; `nil` where it echoes nothing.
  ///   - typed: what is typed instead.
  ///   - isComplete: whether the output can end with this line; else a prompt is doubted.
  func exchange(
    _ command: String?, typing typed: [UInt8]? = nil, timeout: Duration, acceptance: Acceptance = Acceptance(),
    isComplete: (@Sendable (String) -> Bool)? = nil
  ) async throws -> Reply {
    try checkTypable(command)
    if let breakage { throw DeviceError(.unusable, "the session cannot go on: \(breakage)") }
    options.activity?("'\(shown(command))'")
    do {
      return try await converse(command, typed, timeout, acceptance, isComplete)
    } catch let error as TransportError {
      throw TransportError(error.code, "\(error.message), at '\(shown(command))'", hint: error.hint)
    }
  }

  /// ^D, which ends what is typed without a line feed.
  static let endOfInput: UInt8 = 0x04

  private func converse(
    _ command: String?, _ typed: [UInt8]?, _ timeout: Duration, _ acceptance: Acceptance,
    _ isComplete: (@Sendable (String) -> Bool)?
  ) async throws -> Reply {
    let start = clock()
    let deadline = start + timeout
    var inbox = Inbox(outputStart: command == nil ? 0 : nil)
    var silence = Duration.zero
    var allowance = options.budget.map(OutputBudget.Share.init)
    let line = typed ?? Array((command ?? "").utf8)
    try await send(line.last == Self.endOfInput ? line : line + platform.newline, deadline: deadline)
    while true {
      let tail = inbox.tail(width: options.terminalWidth)
      let verdict = judge(inbox, tail: tail, acceptance, isComplete)
      // One that never stops talking gets no more time than one that is silent.
      if case .unfinished = verdict, inbox.rawByteCount > 0, clock() >= deadline {
        try checkSilence(silence, command, tail: tail ?? "", timeout: timeout, isOver: true, isReading: acceptance.isReading)
      }
      let patience: Duration
      switch verdict {
      case .ended(let ending, isCertain: true):
        return try await finish(inbox, ending, command, acceptance, duration: clock() - start)
      // Where the end of a configuration stands before the prompt, a pause between two packets is all that could deceive.
      case .ended where isComplete != nil: patience = options.glance
      case .ended(.secret, _): patience = options.glance
      case .ended, .pager, .question: patience = options.settle
      case .unfinished, .doubtful: patience = options.quiet
      }
      if let chunk = try await receive(until: min(clock() + patience, deadline)) {
        silence = .zero
        guard !chunk.isEmpty else {
          let error = hungUp(during: command, tail: tail)
          // Whoever hangs up behind its prompt has answered in full.
          guard case .ended(let ending, _) = verdict else { throw error }
          return try await finish(inbox, ending, command, acceptance, duration: clock() - start)
        }
        inbox.append(chunk, command: command, platform: platform, width: options.terminalWidth)
        try checkAmount(inbox.rawByteCount, command, &allowance)
        continue
      }
      if inbox.outputStart == nil {
        inbox.searchEcho(of: command, platform: platform, width: options.terminalWidth)
        if inbox.outputStart != nil { continue }
      }
      switch verdict {
      case .ended(let ending, _), .doubtful(let ending):
        return try await finish(inbox, ending, command, acceptance, duration: clock() - start)
      case .pager(let answer):
        inbox.cutPager(answer, tail: tail ?? "")
        try await send(answer.answer, deadline: deadline)
      case .question(let answer):
        inbox.answeredEnd = inbox.bytes.count
        try await send(answer.answer, deadline: deadline)
      case .unfinished:
        silence += patience
        try checkSilence(
          silence, command, tail: tail ?? "", timeout: timeout, isOver: clock() >= deadline, isReading: acceptance.isReading)
      }
    }
  }

  private func judge(
    _ inbox: Inbox, tail: String?, _ acceptance: Acceptance, _ isComplete: ((String) -> Bool)?
  ) -> Verdict {
    guard let tail, !tail.isEmpty else { return .unfinished }
    if inbox.outputStart == nil {
      // A prompt before the echo is older than the command, unless the device echoes nothing.
      guard inbox.hasLineFeed, let ending = ending(at: tail, acceptance) else { return .unfinished }
      return .doubtful(ending)
    }
    if let ending = ending(at: tail, acceptance) {
      guard case .prompt = ending else { return .ended(ending, isCertain: false) }
      if isDoubtful(inbox, isComplete) { return .doubtful(ending) }
      return .ended(ending, isCertain: acceptance.isSilent && inbox.isBlank && prompts.hasItsBlanks(tail))
    }
    if let pager = platform.pagers.first(where: { $0.pattern.matches(tail) }) { return .pager(pager) }
    if !acceptance.isReading, inbox.bytes.count > inbox.answeredEnd,
      let answer = (acceptance.questions + platform.confirmations).first(where: { $0.pattern.matches(prompts.bare(tail)) })
    {
      return .question(answer)
    }
    if let current = prompts.current, prompts.bare(tail).hasSuffix(current.text) { return .doubtful(.gluedPrompt) }
    if let other = prompts.recognizeSameDevice(tail, as: PlatformMode.allCases), other.host != nil {
      return .doubtful(.prompt(other))
    }
    return .unfinished
  }

  private func ending(at tail: String, _ acceptance: Acceptance) -> Ending? {
    if let pattern = acceptance.secretPrompt, pattern.matches(prompts.bare(tail)) { return .secret }
    if let current = prompts.current, prompts.isCurrent(tail) {
      return .prompt(current.fixed == nil ? current : prompts.recognize(tail, as: [current.mode]) ?? current)
    }
    if acceptance.acceptsAnyHost { return prompts.recognize(tail, as: acceptance.modes).map { .prompt($0) } }
    return prompts.recognizeSameDevice(tail, as: acceptance.modes).map { .prompt($0) }
  }

  /// Whether a prompt could be text of the output: it was there before, or the output is known to end otherwise.
  private func isDoubtful(_ inbox: Inbox, _ isComplete: ((String) -> Bool)?) -> Bool {
    let start = inbox.outputStart ?? 0
    guard start < inbox.tailStart else { return isComplete != nil }
    let output = inbox.bytes[start..<inbox.tailStart]
    if let isComplete {
      var lines = Array(TerminalText.lines(output.suffix(4096), width: options.terminalWidth))
      // Behind the last line feed there is an empty one.
      if lines.last?.isEmpty == true { lines.removeLast() }
      lines.removeLast(prompts.promptLineCount(lines))
      return !isComplete(lines.last { !$0.allSatisfy { $0 == " " } } ?? "")
    }
    guard let prompt = prompts.current.map({ Array($0.text.utf8) }), let first = prompt.first else { return false }
    var rest = output[...]
    while let index = rest.firstIndex(of: first) {
      rest = rest[index...]
      if rest.starts(with: prompt) { return true }
      rest = rest.dropFirst()
    }
    return false
  }

  /// - Throws: `.truncatedConfiguration` when what came shows that the configuration before it was cut short.
  private func finish(
    _ inbox: Inbox, _ ending: Ending, _ command: String?, _ acceptance: Acceptance, duration: Duration
  ) async throws -> Reply {
    if let kind = unproven, hasLateOutput(inbox, command) {
      unproven = nil
      // The answer to the command itself may still be on its way.
      while let bytes = try await receive(until: clock() + options.quiet) {
        if bytes.isEmpty { throw hungUp(during: command, tail: nil) }
      }
      throw Self.cutShort(kind)
    }
    var lines = TerminalText.lines(inbox.bytes[(inbox.outputStart ?? 0)...], width: options.terminalWidth)
    let last = lines.popLast() ?? ""
    var promptLines: [String] = []
    var asksForSecret = false
    switch ending {
    case .prompt(let prompt):
      // The answer to an earlier command does not end in another mode.
      if prompt.mode != mode { unproven = nil }
      if acceptance.acceptsAnyHost { prompts.relearn(prompt) } else { prompts.learn(prompt) }
      let count = prompts.promptLineCount(lines)
      promptLines = Array(lines.suffix(count))
      lines.removeLast(count)
    case .gluedPrompt:
      let text = prompts.bare(last)
      lines.append(String(text.dropLast(prompts.current?.text.count ?? 0)))
    case .secret: asksForSecret = true
    }
    return Reply(
      lines: lines, promptLines: promptLines, rawByteCount: inbox.rawByteCount, duration: duration, asksForSecret: asksForSecret)
  }

  // MARK: Late output

  /// Whether something came that belongs to the command before: text before the echo, or, where the echo came at once, a prompt
  /// and then the real answer.
  private func hasLateOutput(_ inbox: Inbox, _ command: String?) -> Bool {
    var start = 0
    if let echoEnd = inbox.outputStart, echoEnd > 0, let command {
      start = echoEnd
      let echoStart = inbox.bytes[..<(echoEnd - 1)].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
      // A line editor may have broken the line that it echoes.
      let typed = Self.squeezed(prompt + command)
      for line in TerminalText.lines(inbox.bytes[..<echoStart], width: options.terminalWidth)
      where !Self.isBlank(line) && !prompts.isCurrent(line) && !typed.contains(Self.squeezed(line)) {
        if !platform.promptLines.contains(where: { $0.matches(line) }) { return true }
      }
    }
    guard start < inbox.tailStart, let rest = rest(behindPromptIn: inbox.bytes[start..<inbox.tailStart]) else { return false }
    return !rest.allSatisfy(Self.isBlank)
  }

  /// Whether a line begins with the prompt.
  func hasPrompt(_ bytes: [UInt8]) -> Bool { rest(behindPromptIn: bytes[...]) != nil }

  /// What follows the first line that begins with the prompt.
  private func rest(behindPromptIn bytes: ArraySlice<UInt8>) -> Slice<TerminalLines>? {
    guard let current = prompts.current, !bytes.isEmpty else { return nil }
    let fixed = Array((current.fixed == nil ? current.text : current.host ?? "").utf8)
    // Nearly no output has it: most is looked at no further.
    guard !fixed.isEmpty, Self.contains(fixed, bytes) else { return nil }
    let lines = TerminalText.lines(bytes, width: options.terminalWidth)
    guard
      let index = lines.firstIndex(where: { line in
        prompts.isCurrent(line) || current.fixed == nil && prompts.bare(line).hasPrefix(current.text)
      })
    else { return nil }
    return lines[(index + 1)...]
  }

  private static func contains(_ needle: [UInt8], _ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return false }
      var start = 0
      while start + needle.count <= bytes.count,
        let found = memchr(base + start, Int32(needle[0]), bytes.count - needle.count - start + 1)
      {
        if memcmp(found, needle, needle.count) == 0 { return true }
        start = base.distance(to: UnsafeRawPointer(found)) + 1
      }
      return false
    }
  }

  private static func squeezed(_ text: String) -> String { String(text.filter { $0 != " " && $0 != "\t" }) }

  // MARK: Failures

  private func checkAmount(_ byteCount: Int, _ command: String?, _ share: inout OutputBudget.Share?) throws(DeviceError) {
    guard byteCount <= options.outputByteLimit else {
      breakage = "a command printed too much"
      throw DeviceError(
        .outputTooLarge, "'\(shown(command))' printed more than \(options.outputByteLimit) bytes",
        hint: "ask for less, or raise the limit: netjob setting set session.output-limit BYTES")
    }
    guard share?.grow(to: byteCount) ?? true else {
      breakage = "there was no room for a command's output"
      throw DeviceError(
        .outputTooLarge, "'\(shown(command))' printed more than \(byteCount) bytes while other devices print as much",
        hint: "ask for less, or fewer devices at once: --concurrency")
    }
  }

  /// - Parameter isText: typed where the device reads text, and no key is for help.
  func checkTypable(_ command: String?, isText: Bool = false) throws(DeviceError) {
    guard let command else { return }
    if command.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }) {
      throw DeviceError(.badCommand, "\(quote(command)) has a control character in it")
    }
    if !isText, let character = command.unicodeScalars.first(where: { platform.forbiddenCharacters.unicodeScalars.contains($0) })
    {
      throw DeviceError(
        .badCommand, "'\(shown(command))': platform '\(platform.name)' acts on '\(character)' before the line is complete")
    }
  }

  private func checkSilence(
    _ silence: Duration, _ command: String?, tail: String, timeout: Duration, isOver: Bool, isReading: Bool
  ) throws(DeviceError) {
    let asks = Self.looksLikeQuestion(prompts.bare(tail))
    if asks, isOver || silence >= options.questionPatience {
      breakage = "the device waits for an answer"
      let why = isReading ? "a reading command answers nothing" : "the platform has no answer to it"
      throw DeviceError(
        .unexpectedQuestion, "'\(shown(command))': the device asks \(quote(tail)), and \(why)",
        hint: isReading ? nil : "give the platform a 'confirm' entry for it, if it is safe to answer")
    }
    guard isOver else { return }
    breakage = "a command did not end in time"
    let seen = tail.isEmpty ? "" : "; the last line was \(quote(tail))"
    throw DeviceError(
      .timedOut, "'\(shown(command))' did not end within \(timeout.components.seconds) s\(seen)",
      hint: "raise the command's time-out if the device is slow")
  }

  private static func looksLikeQuestion(_ text: String) -> Bool {
    let text = text.lowercased()
    return text.hasSuffix("?") || text.hasSuffix("[confirm]") || text.hasSuffix("password:")
      || ["[y/n]", "(y/n)", "[yes/no]", "(yes/no)", "[n]", "[y]", "[no]", "[yes]"].contains {
        text.hasSuffix($0) || text.hasSuffix($0 + ":") || text.hasSuffix($0 + "?")
      } || (text.hasSuffix("]?") || text.hasSuffix("]:"))
  }

  func hungUp(during command: String?, tail: String?) -> DeviceError {
    breakage = "the device ended the session"
    let seen = tail.map { $0.isEmpty ? "" : "; its last line was \(quote($0))" } ?? ""
    return DeviceError(.connectionLost, "the device ended the session during '\(shown(command))'\(seen)")
  }

  private func shown(_ command: String?) -> String {
    guard let command else { return "the secret" }
    return PrintableBytes(Array(redactor.redacting(command).utf8), limit: 160).description
  }
}
