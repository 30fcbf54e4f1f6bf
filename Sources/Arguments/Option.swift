/// An option that may be left out, read as `Value?`.
package struct Option<Value: ArgumentValue>: CommandParameter {
  /// What the parser and the renderers know about it.
  package let parameter: Parameter

  /// Makes the option `--name VALUE`.
  package init(
    _ name: String, short: Character? = nil, valueName: String, help: String, allowsEmpty: Bool = false,
    completion: Completion = .none, conversion: ValueConversion<Value> = Value.conversion
  ) {
    parameter = Parameter(
      role: .option, name: name, short: short, valueName: valueName, help: help, occurrence: .optional,
      allowsEmpty: allowsEmpty, completion: completion, conversion: conversion)
  }
}

/// An option with a value to fall back on, read as `Value`.
package struct DefaultedOption<Value: ArgumentValue>: CommandParameter {
  /// What the parser and the renderers know about it.
  package let parameter: Parameter
  /// What reading answers when the option is not given.
  package let defaultValue: Value

  /// Makes the option `--name VALUE`; the documentation shows the default.
  package init(
    _ name: String, short: Character? = nil, valueName: String, help: String, default defaultValue: Value,
    completion: Completion = .none, conversion: ValueConversion<Value> = Value.conversion
  ) {
    self.defaultValue = defaultValue
    parameter = Parameter(
      role: .option, name: name, short: short, valueName: valueName, help: help, occurrence: .optional,
      completion: completion, defaultText: conversion.format(defaultValue), conversion: conversion)
  }
}

/// An option without which the command line is wrong, read as `Value`.
package struct RequiredOption<Value: ArgumentValue>: CommandParameter {
  /// What the parser and the renderers know about it.
  package let parameter: Parameter

  /// Makes the option `--name VALUE`.
  package init(
    _ name: String, short: Character? = nil, valueName: String, help: String, allowsEmpty: Bool = false,
    completion: Completion = .none, conversion: ValueConversion<Value> = Value.conversion
  ) {
    parameter = Parameter(
      role: .option, name: name, short: short, valueName: valueName, help: help, occurrence: .required,
      allowsEmpty: allowsEmpty, completion: completion, conversion: conversion)
  }
}

/// An option that may be given several times, read as `[Value]` in the order given.
package struct RepeatedOption<Value: ArgumentValue>: CommandParameter {
  /// What the parser and the renderers know about it.
  package let parameter: Parameter

  /// Makes the option `--name VALUE`; `atLeast` is the number without which the command line is wrong.
  package init(
    _ name: String, short: Character? = nil, valueName: String, help: String, atLeast minimum: Int = 0,
    allowsEmpty: Bool = false, completion: Completion = .none, conversion: ValueConversion<Value> = Value.conversion
  ) {
    parameter = Parameter(
      role: .option, name: name, short: short, valueName: valueName, help: help,
      occurrence: .repeated(atLeast: minimum), allowsEmpty: allowsEmpty, completion: completion, conversion: conversion)
  }
}
