/// One option, flag or operand as the parser and the renderers see it: the handle without its type.
package struct Parameter: Sendable {
  /// What kind of word on the command line it is.
  package enum Role: Sendable {
    case flag
    case option
    case operand
  }

  /// How often it may and must occur.
  package enum Occurrence: Equatable, Sendable {
    case optional
    case required
    case repeated(atLeast: Int)
  }

  /// What kind of word on the command line it is.
  package let role: Role
  /// The long name without dashes, or the operand's name in capitals.
  package let name: String
  /// The letter of the short form.
  package let short: Character?
  /// What stands for the value in the documentation: `N`, `FILE`.
  package let valueName: String
  /// One phrase in lower case without a full stop.
  package let help: String
  /// How often it may and must occur.
  package let occurrence: Occurrence
  /// The complete list of accepted words; empty where any text is accepted or checked otherwise.
  package let choices: [String]
  /// Whether an empty value is meant to be given (it clears a comment, say).
  package let allowsEmpty: Bool
  /// How shells complete the value.
  package let completion: Completion
  /// The value that is used when it is not given, as it would be typed.
  package let defaultText: String?

  let identity = ParameterIdentity()
  let convert: @Sendable (String) throws(ArgumentError) -> any Sendable

  init<Value>(
    role: Role, name: String, short: Character? = nil, valueName: String, help: String, occurrence: Occurrence,
    allowsEmpty: Bool = false, completion: Completion = .none, defaultText: String? = nil,
    conversion: ValueConversion<Value>
  ) {
    self.role = role
    self.name = name
    self.short = short
    self.valueName = valueName
    self.help = help
    self.occurrence = occurrence
    self.choices = conversion.choices
    self.allowsEmpty = allowsEmpty
    self.completion = completion
    self.defaultText = defaultText
    self.convert = { text throws(ArgumentError) in try conversion.parse(text) }
  }

  /// Whether the parameter can be given more than once.
  package var isRepeated: Bool {
    if case .repeated = occurrence { true } else { false }
  }

  /// Whether the command line is wrong without it.
  package var isRequired: Bool {
    switch occurrence {
    case .optional: false
    case .required: true
    case .repeated(let minimum): minimum > 0
    }
  }

  /// How messages and the documentation name it: `--limit`, `NAME`.
  package var spelling: String { role == .operand ? name : "--" + name }

  var id: ObjectIdentifier { ObjectIdentifier(identity) }
}

/// Tells handles apart: two options of the same name on two commands are different handles.
final class ParameterIdentity: Sendable {}

/// A typed handle that a command lists among its parameters.
package protocol CommandParameter: Sendable {
  /// What the parser and the renderers know about it.
  var parameter: Parameter { get }
}
