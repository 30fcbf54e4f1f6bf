/// A type that options and operands can hold.
///
/// An enumeration of words needs no code of its own: `enum Kind: String, CaseIterable, ArgumentValue`.
package protocol ArgumentValue: Sendable {
  /// The conversion that is used where an option or operand names no other.
  static var conversion: ValueConversion<Self> { get }
}

extension String: ArgumentValue {
  /// Any text.
  package static var conversion: ValueConversion<String> { .text }
}

extension Int: ArgumentValue {
  /// Any integer; `ValueConversion.integer(in:)` narrows it.
  package static var conversion: ValueConversion<Int> { .integer() }
}

extension Int64: ArgumentValue {
  /// Any integer; `ValueConversion.integer(in:)` narrows it.
  package static var conversion: ValueConversion<Int64> { .integer() }
}

extension ArgumentValue where Self: CaseIterable & RawRepresentable & Equatable, RawValue == String {
  /// One of the raw values.
  package static var conversion: ValueConversion<Self> { .choice(allCases.map { (word: $0.rawValue, value: $0) }) }
}
