/// The values of a command line, read through the handles that its command lists.
///
/// Reading a handle that neither the command nor the table's global options list is a bug and traps.
package struct ParsedArguments: Sendable {
  private let listed: Set<ObjectIdentifier>
  private let values: [ObjectIdentifier: [any Sendable]]

  init(listed: [Parameter], values: [ObjectIdentifier: [any Sendable]]) {
    self.listed = Set(listed.map(\.id))
    self.values = values
  }

  /// Whether the flag was given.
  package subscript(_ flag: Flag) -> Bool { isGiven(flag) }

  /// The value, or nil when the option was not given.
  package subscript<Value>(_ option: Option<Value>) -> Value? { all(option.parameter, Value.self).first }

  /// The value given, or the default.
  package subscript<Value>(_ option: DefaultedOption<Value>) -> Value {
    all(option.parameter, Value.self).first ?? option.defaultValue
  }

  /// The value.
  package subscript<Value>(_ option: RequiredOption<Value>) -> Value { one(option.parameter, Value.self) }

  /// The values in the order given.
  package subscript<Value>(_ option: RepeatedOption<Value>) -> [Value] { all(option.parameter, Value.self) }

  /// The value.
  package subscript<Value>(_ operand: Operand<Value>) -> Value { one(operand.parameter, Value.self) }

  /// The value, or nil when the operand was not given.
  package subscript<Value>(_ operand: OptionalOperand<Value>) -> Value? { all(operand.parameter, Value.self).first }

  /// The values in the order given.
  package subscript<Value>(_ operand: RepeatedOperand<Value>) -> [Value] { all(operand.parameter, Value.self) }

  /// Whether the parameter stood on the command line; a default does not count.
  package func isGiven(_ handle: any CommandParameter) -> Bool {
    !raw(handle.parameter).isEmpty
  }

  private func raw(_ parameter: Parameter) -> [any Sendable] {
    precondition(listed.contains(parameter.id), "the command does not list \(parameter.spelling)")
    return values[parameter.id] ?? []
  }

  private func all<Value: Sendable>(_ parameter: Parameter, _ type: Value.Type) -> [Value] {
    raw(parameter).map { value in
      guard let value = value as? Value else { preconditionFailure("\(parameter.spelling) holds another type") }
      return value
    }
  }

  private func one<Value: Sendable>(_ parameter: Parameter, _ type: Value.Type) -> Value {
    guard let value = all(parameter, type).first else {
      preconditionFailure("the parser let a command line without \(parameter.spelling) pass")
    }
    return value
  }
}
