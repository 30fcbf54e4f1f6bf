/// An option without a value, read as a `Bool`. Giving it twice is giving it once.
package struct Flag: CommandParameter {
  /// What the parser and the renderers know about it.
  package let parameter: Parameter

  /// Makes the flag `--name`, with a short form where a letter is given.
  package init(_ name: String, short: Character? = nil, help: String) {
    parameter = Parameter(
      role: .flag, name: name, short: short, valueName: "", help: help, occurrence: .optional,
      conversion: ValueConversion<String>.text)
  }
}
