/// Why a tool cannot be run as asked.
package struct ToolError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Code: String, Sendable, CaseIterable {
    /// Parameters are missing, unknown or wrong; `problems` names every one.
    case badParameters
    /// The tool has no commands for the platform.
    case unsupportedPlatform
    /// A template needs a value that there is none of.
    case undefinedVariable
    /// A template does not render to commands.
    case badRendering
    /// A tool that only reads came to a command that does not.
    case commandRefused
  }

  package var code: Code
  /// One line; with several problems they are separated by `; `.
  package var message: String
  package var hint: String?
  /// Each problem by itself.
  package var problems: [String]

  package init(_ code: Code, _ message: String, hint: String? = nil) {
    self.code = code
    self.message = message
    self.hint = hint
    problems = [message]
  }

  init(problems: [String], hint: String?) {
    code = .badParameters
    message = problems.joined(separator: "; ")
    self.hint = hint
    self.problems = problems
  }

  package var description: String { message }
}
