import Definitions

extension DeviceSession {
  /// Reads a configuration and checks that it is whole.
  /// - Returns: the lines as the device prints them, without what it says before them; secrets unmasked.
  /// - Throws: `.notSupported`, `.noConfiguration`, `.commandRefused`, `.truncatedConfiguration`, and as `run`.
  package func configuration(_ kind: ConfigurationKind) async throws -> String {
    guard let source = kind == .running ? platform.running : platform.startup else {
      throw DeviceError(.notSupported, "platform '\(platform.name)' does not say how to read the \(kind.rawValue) configuration")
    }
    try await enter(source.mode)
    let reply = try await exchange(source.command, timeout: timeout(source.timeout)) { line in
      source.end.matches(line) || source.absent?.matches(line) ?? false
    }
    var lines = reply.lines[...]
    if let absent = source.absent, lines.prefix(10).contains(where: absent.matches) {
      throw DeviceError(.noConfiguration, "the device has no \(kind.rawValue) configuration")
    }
    if let refusal = refusal(of: Array(lines.prefix(10))) {
      throw DeviceError(.commandRefused, "the device refused '\(source.command)': \(quote(refusal))")
    }
    while let line = lines.first, Self.isBlank(line) || source.skip.contains(where: { $0.matches(line) }) { lines.removeFirst() }
    while let line = lines.last, Self.isBlank(line) { lines.removeLast() }
    guard let last = lines.last, source.end.matches(last) else {
      throw DeviceError(
        .truncatedConfiguration,
        "the \(kind.rawValue) configuration does not end with '\(source.end)' but with \(quote(lines.last ?? ""))",
        hint: "nothing was stored")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Enters configuration lines one by one and stops at the first that the device refuses; then returns to the mode it was in.
  /// - Parameters:
  ///   - lines: as typed, leading blanks included; empty ones are left out.
  ///   - timeout: for each line.
  ///   - onLine: called before each line is sent; when it throws, nothing more is sent, ever.
  /// - Throws: `.notSupported`, `.badCommand` (before anything is sent), what `onLine` throws, and as `run`; then the last line
  ///   given to `onLine` may have taken effect or not.
  package func configure(
    _ lines: [String], timeout: Duration? = nil, onLine: (@Sendable (String) async throws -> Void)? = nil
  ) async throws -> ConfigurationResult {
    guard let change = platform.change else {
      throw DeviceError(.notSupported, "platform '\(platform.name)' does not say how to change the configuration")
    }
    let lines = lines.filter { !Self.isBlank($0) }
    for line in lines { try checkTypable(line) }
    let before = mode
    try await enter(change.mode)
    var applied: [String] = []
    var refused: ConfigurationResult.Refusal?
    for line in lines {
      guard mode == change.mode else {
        refused = .init(line: line, deviceMessage: "not sent: an earlier line left the mode '\(change.mode.rawValue)'")
        break
      }
      do {
        try await onLine?(line)
      } catch {
        // Every line that was sent has been answered: the session stays good, to read what the change has left.
        try? await enter(before)
        throw error
      }
      if let message = try await refusal(ofLine: line, in: change, timeout: timeout) {
        refused = .init(line: line, deviceMessage: message)
        break
      }
      applied.append(line)
    }
    try await enter(before)
    return ConfigurationResult(applied: applied, refused: refused)
  }

  /// Types one configuration line; returns what the device has against it.
  private func refusal(ofLine line: String, in change: Platform.Change, timeout: Duration?) async throws -> String? {
    let renames = platform.rename?.matches(line) ?? false
    let reply = try await exchange(
      line, timeout: self.timeout(timeout),
      acceptance: Acceptance(modes: platform.modes.keys.sorted(by: >), acceptsAnyHost: renames))
    if let error = platform.errorLine(in: reply.lines) { return redactor.redacting(error) }
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

  private static func isBlank(_ line: String) -> Bool { line.allSatisfy { $0 == " " || $0 == "\t" } }
}
