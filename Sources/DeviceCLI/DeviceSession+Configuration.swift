import Definitions

extension DeviceSession {
  /// Reads a configuration and checks that it is whole.
  ///
  /// Where the platform has an end marker, what the session does next proves that nothing was left of the configuration: its
  /// calls throw `.truncatedConfiguration` when they see something, and `close` returns it. `wholeConfiguration` proves it at once.
  /// - Returns: the lines as the device prints them, without what it says before them; secrets unmasked.
  /// - Throws: `.notSupported`, `.noConfiguration`, `.commandRefused`, `.truncatedConfiguration`, and as `run`.
  package func configuration(_ kind: ConfigurationKind) async throws -> String {
    try await configuration(kind, isProvenAtOnce: false)
  }

  /// As `configuration`, with an empty line that proves at once that the device was done: another round trip.
  package func wholeConfiguration(_ kind: ConfigurationKind) async throws -> String {
    try await configuration(kind, isProvenAtOnce: true)
  }

  private func configuration(_ kind: ConfigurationKind, isProvenAtOnce: Bool) async throws -> String {
    guard let source = kind == .running ? platform.running : platform.startup else {
      throw DeviceError(.notSupported, "platform '\(platform.name)' does not say how to read the \(kind.rawValue) configuration")
    }
    try await enter(source.mode)
    var lines = try await lines(of: source, isPatient: false)
    if !source.endsAtPrompt && !isProvenAtOnce {
      if source.absent.map({ absent in !lines.prefix(10).contains(where: absent.matches) }) ?? true { unproven = kind }
    } else if try await !promptIsAlone() {
      // The prompt's text stood within the configuration, and the device paused behind it: once more, with more patience.
      lines = try await self.lines(of: source, isPatient: true)
      guard try await promptIsAlone() else { throw Self.cutShort(kind) }
    }
    if let absent = source.absent, lines.prefix(10).contains(where: absent.matches) {
      throw DeviceError(.noConfiguration, "the device has no \(kind.rawValue) configuration")
    }
    if let refusal = refusal(of: Array(lines.prefix(10))) {
      throw DeviceError(.commandRefused, "the device refused '\(source.command)': \(quote(refusal))")
    }
    while let line = lines.first, Self.isBlank(line) || source.skip.contains(where: { $0.matches(line) }) { lines.removeFirst() }
    while let line = lines.last, Self.isBlank(line) { lines.removeLast() }
    try checkWhole(lines, source, kind)
    return lines.base.text(of: lines.startIndex..<lines.endIndex)
  }

  static func cutShort(_ kind: ConfigurationKind) -> DeviceError {
    DeviceError(
      .truncatedConfiguration, "the \(kind.rawValue) configuration went on behind what looked like the prompt",
      hint: "nothing was stored")
  }

  /// - Parameter isPatient: whether every prompt has to stand for a while.
  private func lines(of source: Platform.ConfigurationSource, isPatient: Bool) async throws -> Slice<TerminalLines> {
    let isComplete: (@Sendable (String) -> Bool)?
    if isPatient {
      isComplete = { _ in false }
    } else if let end = source.end {
      isComplete = { end.matches($0) || source.absent?.matches($0) ?? false }
    } else {
      isComplete = nil
    }
    return try await exchange(reading(source.command), timeout: timeout(source.timeout), isComplete: isComplete).lines[...]
  }

  /// Whether an empty line brings back the prompt and nothing else, as it does when the command before is over.
  private func promptIsAlone() async throws -> Bool {
    unproven = nil
    let reply = try await exchange(nil, typing: [], timeout: timeout(nil))
    if reply.lines.allSatisfy(Self.isBlank) { return true }
    // What was meant as the end of that is still to come, or came already.
    while let bytes = try await receive(until: clock() + options.quiet) {
      if bytes.isEmpty { throw hungUp(during: "an empty line", tail: nil) }
    }
    return false
  }

  private func checkWhole(
    _ lines: Slice<TerminalLines>, _ source: Platform.ConfigurationSource, _ kind: ConfigurationKind
  ) throws(DeviceError) {
    if let end = source.end, lines.last.map(end.matches) != true {
      throw DeviceError(
        .truncatedConfiguration,
        "the \(kind.rawValue) configuration does not end with '\(end)' but with \(quote(lines.last ?? ""))",
        hint: "nothing was stored")
    }
    if let missing = source.contains.first(where: { pattern in !lines.contains { pattern.matches($0) } }) {
      throw DeviceError(
        .truncatedConfiguration, "the \(kind.rawValue) configuration has no line that matches '\(missing)'",
        hint: "nothing was stored")
    }
  }

  /// Enters configuration lines one by one and stops at the first that the device refuses; then returns to the mode it was in.
  ///
  /// Where lines go to a candidate configuration, all of them take effect, by a commit, or none.
  /// - Parameters:
  ///   - lines: as typed, leading blanks included; empty ones are left out, except within an entry of several lines.
  ///   - replacing: the lines are a whole configuration, which takes the place of the one in force.
  ///   - timeout: for each line.
  ///   - onLine: called before each line is sent; when it throws, no further line is, and the mode is left.
  ///   - onTaken: called when the device has taken what makes the lines take effect, or stay.
  ///   - isGood: called where the change is in force for a time, and says whether it is to stay: it may read, and nothing else.
  /// - Throws: `.notSupported`, `.badCommand` (before anything is sent), what `onLine` throws, and as `run`, both as the cause of
  ///   `TrialStopped` where the change was in force for a time and the session is good; else the last line
  ///   given to `onLine` may have taken effect or not.
  package func configure(
    _ lines: [String], replacing: Bool = false, timeout: Duration? = nil,
    onLine: (@Sendable (String) async throws -> Void)? = nil, onTaken: (@Sendable () -> Void)? = nil,
    isGood: (@Sendable () async throws -> Bool)? = nil
  ) async throws -> ConfigurationResult {
    guard let change = (replacing ? platform.replacement : nil) ?? platform.change else {
      throw DeviceError(.notSupported, "platform '\(platform.name)' does not say how to change the configuration")
    }
    let entries = try entries(of: lines, in: change)
    if change.method == .candidate {
      return try await configure(entries, change, timeout: timeout, onLine: onLine, onTaken: onTaken, isGood: isGood)
    }
    let before = mode
    try await enter(change.mode)
    let result: ConfigurationResult
    do {
      result = try await type(entries, in: change, timeout: timeout, onLine: onLine)
    } catch let stop as AnnouncementFailure {
      // Every line that was sent has been answered: the session stays good, to read what the change has left.
      try? await enter(before)
      throw stop.error
    }
    try await enter(before)
    return result
  }

  /// What `onLine` threw: no line is on its way.
  struct AnnouncementFailure: Error {
    let error: any Error
  }

  /// Lines that are typed together: one, or an entry of several that the device takes without a prompt in between.
  typealias ConfigurationEntry = [String]

  private func entries(of lines: [String], in change: Platform.Change) throws(DeviceError) -> [ConfigurationEntry] {
    var entries: [ConfigurationEntry] = []
    var isEnd: ((String) -> Bool)?
    for line in lines {
      if let end = isEnd {
        try checkTypable(line, isText: true)
        entries[entries.count - 1].append(line)
        if end(line) { isEnd = nil }
        continue
      }
      if Self.isBlank(line) { continue }
      try checkTypable(line)
      if change.commits(line) { throw DeviceError(.badCommand, "\(quote(line)) \(Platform.Change.commitReason)") }
      entries.append([line])
      isEnd = Self.end(ofEntry: line, in: change)
    }
    if isEnd != nil, let entry = entries.last {
      throw DeviceError(.badCommand, "\(quote(entry[0])) begins an entry of several lines, and its end is missing")
    }
    return entries
  }

  /// What ends the entry of several lines that `line` begins; `nil` where it begins none.
  static func end(ofEntry line: String, in change: Platform.Change) -> ((String) -> Bool)? {
    for form in change.multiLine where form.begin.matches(line) {
      if let end = form.end { return end.matches }
      let bytes = Array(line.utf8)
      guard let number = form.begin.groupNames["delimiter"], let range = form.begin.firstMatch(in: bytes[...])?[number],
        !range.isEmpty
      else { continue }
      let delimiter = String(decoding: bytes[range], as: UTF8.self)
      if String(decoding: bytes[range.upperBound...], as: UTF8.self).contains(delimiter) { return nil }
      return { $0.contains(delimiter) }
    }
    return nil
  }

  /// Types lines in the change's mode, which the session is in, up to the first that is refused.
  /// - Throws: `AnnouncementFailure`, and as `run`.
  func type(
    _ entries: [ConfigurationEntry], in change: Platform.Change, timeout: Duration?,
    onLine: (@Sendable (String) async throws -> Void)?
  ) async throws -> ConfigurationResult {
    var applied: [String] = []
    for entry in entries {
      let line = entry[0]
      guard mode == change.mode || mode == change.within else {
        return ConfigurationResult(
          applied: applied,
          refused: .init(line: line, deviceMessage: "an earlier line left the mode '\(change.mode.rawValue)'", wasSent: false))
      }
      do {
        for line in entry { try await onLine?(line) }
      } catch {
        try await climb(out: change)
        throw AnnouncementFailure(error: error)
      }
      if let message = try await refusal(ofEntry: entry, in: change, timeout: timeout) {
        try await climb(out: change)
        return ConfigurationResult(applied: applied, refused: .init(line: line, deviceMessage: message))
      }
      applied += entry
    }
    guard mode == change.within, let last = applied.last else { return ConfigurationResult(applied: applied, refused: nil) }
    let open = prompt
    try await climb(out: change)
    return ConfigurationResult(
      applied: Array(applied.dropLast()),
      refused: .init(line: last, deviceMessage: "the lines end at \(quote(open)), within a block; it was left without its end"))
  }

  /// Leaves the blocks that lines have opened, without what they say.
  private func climb(out change: Platform.Change) async throws {
    guard change.within != nil else { return }
    for _ in 0..<8 where mode == change.within { try await leave() }
  }

  /// What is typed for an entry of several lines.
  private func bytes(of entry: ConfigurationEntry, in change: Platform.Change) -> [UInt8] {
    let endsInput = change.multiLine.contains { $0.endsInput && $0.begin.matches(entry[0]) }
    let lines = (endsInput ? Array(entry.dropLast()) : entry).map { Array($0.utf8) }
    return Array(lines.joined(separator: platform.newline)) + (endsInput ? platform.newline + [Self.endOfInput] : [])
  }

  /// Types one entry; returns what the device has against it.
  private func refusal(
    ofEntry entry: ConfigurationEntry, in change: Platform.Change, timeout: Duration?
  ) async throws -> String? {
    let renames = platform.rename.map { rename in entry.contains(where: rename.matches) } ?? false
    let reply = try await exchange(
      entry[0], typing: entry.count == 1 ? nil : bytes(of: entry, in: change),
      timeout: self.timeout(timeout), acceptance: Acceptance(modes: platform.modes.keys.sorted(by: >), acceptsAnyHost: renames))
    // The text of a banner is echoed, and may look like an error.
    let answer = entry.count == 1 ? Array(reply.lines) : reply.lines.filter { line in !entry.contains { line.hasSuffix($0) } }
    if let error = platform.errorLine(in: answer) { return redactor.redacting(error) }
    guard let status = platform.exitStatus else { return nil }
    let check = try await exchange(status.command, timeout: self.timeout(timeout))
    if check.lines.contains(where: status.success.matches) { return nil }
    let said = reply.lines.first { !Self.isBlank($0) } ?? check.lines.first { !Self.isBlank($0) }
    return redactor.redacting(said ?? "failed")
  }

  /// Makes the running configuration the one that the device starts with.
  /// - Throws: `.notSupported`, `.commandRefused`, and as `run`.
  @discardableResult
  package func save() async throws -> CommandResult {
    guard let save = platform.save else {
      throw DeviceError(.notSupported, "platform '\(platform.name)' does not say how to save the configuration")
    }
    let result = try await run(save.command, in: save.mode, timeout: save.timeout)
    let lines = TextLines.split(result.output)
    if let error = result.refusal ?? platform.errorLine(in: lines) {
      throw DeviceError(.commandRefused, "the device did not save its configuration: \(quote(error))")
    }
    if !save.success.isEmpty, !lines.contains(where: { line in save.success.contains { $0.matches(line) } }) {
      throw DeviceError(
        .commandRefused, "the device did not say that it saved its configuration: \(quote(lines.last ?? "no output"))")
    }
    return result
  }

  /// Reads what the device says about itself; a fact that is not found is left out.
  /// - Throws: as `run`.
  package func inventory() async throws -> [InventoryFact: String] {
    var facts: [InventoryFact: String] = [:]
    for item in platform.inventory {
      let result = try await run(item.command, in: item.mode)
      if result.refusal != nil { continue }
      let lines = TextLines.split(result.output)
      for (fact, pattern) in item.extract where facts[fact] == nil {
        facts[fact] = lines.lazy.compactMap { pattern.text(ofGroup: 1, in: $0) }.first
      }
    }
    return facts
  }

  /// Lists the neighbours that the device knows of.
  /// - Parameter protocols: which to ask for.
  /// - Returns: in the order of the platform's commands; a command that the device refuses adds none.
  /// - Throws: as `read`.
  package func neighbors(_ protocols: Set<NeighborProtocol> = Set(NeighborProtocol.allCases)) async throws -> [Neighbor] {
    var found: [Neighbor] = []
    for item in platform.neighbors where protocols.contains(item.via) {
      let result = try await read(item.command, in: item.mode)
      if result.refusal == nil { found += item.neighbors(in: result.output) }
    }
    return found
  }

  static func isBlank(_ line: String) -> Bool { line.allSatisfy { $0 == " " || $0 == "\t" } }

  /// Whether there is nothing but the ends of lines and blanks.
  static func isBlank(_ bytes: ArraySlice<UInt8>) -> Bool { bytes.allSatisfy { [0x0A, 0x0D, 0x20].contains($0) } }
}
