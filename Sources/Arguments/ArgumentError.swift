/// What is wrong with a command line, in words for the person who typed it.
package struct ArgumentError: Error, Equatable, Sendable {
  /// The kind of mistake; every one of them is exit code 2.
  package enum Code: String, CaseIterable, Sendable {
    case missingCommand
    case unknownCommand
    case missingVerb
    case unknownVerb
    case unknownOption
    case missingOption
    case repeatedOption
    case missingValue
    case emptyValue
    case unexpectedValue
    case invalidValue
    case missingOperand
    case unexpectedOperand
    case conflict
  }

  /// The kind of mistake.
  package let code: Code
  /// One line in lower case without a full stop that names the place, the value and what is allowed there.
  package let message: String
  /// What to do about it, where there is something to say.
  package let hint: String?

  /// Makes an error from its parts.
  package init(_ code: Code, _ message: String, hint: String? = nil) {
    self.code = code
    self.message = message
    self.hint = hint
  }

  /// A value that its conversion refuses; the parser puts the option or operand in front of the message.
  package static func invalid(_ message: String, hint: String? = nil) -> ArgumentError {
    ArgumentError(.invalidValue, message, hint: hint)
  }

  func with(hint: String?) -> ArgumentError {
    ArgumentError(code, message, hint: hint)
  }
}

/// Text from the command line between quotes, cut where it would flood the message.
func quoted(_ text: some StringProtocol) -> String {
  let limit = 100
  guard text.count > limit else { return "'\(text)'" }
  return "'\(text.prefix(limit))...'"
}
