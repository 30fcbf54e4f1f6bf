/// The pseudo-terminal that a shell is opened with (RFC 4254 section 6.2).
package struct TerminalSize: Sendable, Equatable {
  /// In characters.
  package var width: Int
  /// In lines; zero is "no limit" to some devices.
  package var height: Int
  /// The value of TERM: `vt100`, `dumb`, ...
  package var type: String

  /// Wide enough that command lines are not wrapped when they are echoed.
  package init(width: Int = 511, height: Int = 24, type: String = "vt100") {
    self.width = width
    self.height = height
    self.type = type
  }
}
