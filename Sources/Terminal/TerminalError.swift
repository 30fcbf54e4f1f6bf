/// What went wrong between the program and its streams or the person at them.
package struct TerminalError: Error, Equatable, Sendable {
  /// The kind of failure.
  package enum Code: String, CaseIterable, Sendable {
    /// Nobody reads the output any more; the program ends without a word.
    case brokenPipe
    /// A stream could not be written.
    case writeFailed
    /// A stream could not be read.
    case readFailed
    /// A question has nobody to answer it.
    case notATerminal
    /// Input ended where an answer or a line was needed.
    case endOfInput
    /// A line or document is longer than allowed.
    case tooLong
    /// Input holds bytes that are not allowed there.
    case invalidInput
    /// A signal arrived while the person was asked.
    case interrupted
    /// The text is not JSON.
    case invalidJSON
    /// The text is not a duration.
    case invalidDuration
    /// The pager could not be started.
    case pagerFailed
  }

  /// The kind of failure.
  package let code: Code
  /// One line in lower case without a full stop.
  package let message: String
  /// What to do about it, where there is something to say.
  package let hint: String?

  /// Makes an error from its parts.
  package init(_ code: Code, _ message: String, hint: String? = nil) {
    self.code = code
    self.message = message
    self.hint = hint
  }
}
