extension DeviceSession {
  /// The modes in which a command that only reads may be typed.
  static let readingModes: [PlatformMode] = [.exec, .enable]

  /// Runs one command that only reads, as `run` does, and makes sure that it did not take the session elsewhere.
  ///
  /// Questions stay unanswered, whatever the platform says, and where another mode's prompt follows, the session is over:
  /// nothing is typed in a mode that the command was not meant to enter.
  /// - Parameter mode: exec or enable; by default the current one, or the nearest of the two above it.
  /// - Throws: `.leftReadMode`, and as `run`.
  package func read(_ command: String, in mode: PlatformMode? = nil, timeout: Duration? = nil) async throws -> CommandResult {
    if let mode {
      guard Self.readingModes.contains(mode) else {
        throw DeviceError(.leftReadMode, "\(quote(command)) only reads and is not typed in mode '\(mode.rawValue)'")
      }
      try await enter(mode)
    }
    while aside == nil, !Self.readingModes.contains(self.mode) { try await leave() }
    let before = self.mode
    let reply = try await exchange(reading(command), timeout: self.timeout(timeout), acceptance: Acceptance(isReading: true))
    guard self.mode == before else {
      breakage = "a reading command left mode '\(before.rawValue)'"
      throw DeviceError(
        .leftReadMode, "\(quote(command)) took the session from mode '\(before.rawValue)' to '\(self.mode.rawValue)'",
        hint: "nothing was typed behind it; take the command out of the platform's read-tools")
    }
    return result(of: reply)
  }

  /// A command that reads as it is typed where the session is.
  func reading(_ command: String) -> String { aside?.reading(command) ?? command }
}
