/// An operand without which the command line is wrong, read as `Value`.
package struct Operand<Value: ArgumentValue>: CommandParameter {
  /// What the parser and the renderers know about it.
  package let parameter: Parameter

  /// Makes the operand; `name` is in capitals.
  package init(
    _ name: String, help: String, completion: Completion = .none, conversion: ValueConversion<Value> = Value.conversion
  ) {
    parameter = Parameter(
      role: .operand, name: name, valueName: name, help: help, occurrence: .required, completion: completion,
      conversion: conversion)
  }
}

/// An operand that may be left out, read as `Value?`. Only optional and repeated operands may follow it.
package struct OptionalOperand<Value: ArgumentValue>: CommandParameter {
  /// What the parser and the renderers know about it.
  package let parameter: Parameter

  /// Makes the operand; `name` is in capitals.
  package init(
    _ name: String, help: String, allowsEmpty: Bool = false, completion: Completion = .none,
    conversion: ValueConversion<Value> = Value.conversion
  ) {
    parameter = Parameter(
      role: .operand, name: name, valueName: name, help: help, occurrence: .optional, allowsEmpty: allowsEmpty,
      completion: completion, conversion: conversion)
  }
}

/// All the operands that are left, read as `[Value]`. Nothing may follow it.
package struct RepeatedOperand<Value: ArgumentValue>: CommandParameter {
  /// What the parser and the renderers know about it.
  package let parameter: Parameter

  /// Makes the operand; `name` is in capitals, `atLeast` the number without which the command line is wrong.
  package init(
    _ name: String, help: String, atLeast minimum: Int = 0, completion: Completion = .none,
    conversion: ValueConversion<Value> = Value.conversion
  ) {
    parameter = Parameter(
      role: .operand, name: name, valueName: name, help: help, occurrence: .repeated(atLeast: minimum),
      completion: completion, conversion: conversion)
  }
}
