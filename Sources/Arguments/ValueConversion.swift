/// How the text of an option or operand becomes a value, and how that is explained.
package struct ValueConversion<Value: Sendable>: Sendable {
  /// What is allowed, so that it reads after "is not": `an integer from 1 to 64`.
  package let allowed: String
  /// The complete list of accepted words in the order of the documentation; empty where there is no such list.
  package let choices: [String]
  /// Turns text into a value; throws `ArgumentError.invalid` with a message that names the text and what is allowed.
  package let parse: @Sendable (String) throws(ArgumentError) -> Value
  /// The text for a value, as it would be typed; shown for defaults.
  package let format: @Sendable (Value) -> String

  /// Makes a conversion with messages of its own.
  package init(
    allowed: String,
    choices: [String] = [],
    parse: @escaping @Sendable (String) throws(ArgumentError) -> Value,
    format: @escaping @Sendable (Value) -> String = { "\($0)" }
  ) {
    self.allowed = allowed
    self.choices = choices
    self.parse = parse
    self.format = format
  }

  /// A conversion that answers nil to what it does not accept; the message is made of `allowed`.
  package static func custom(
    allowed: String,
    format: @escaping @Sendable (Value) -> String = { "\($0)" },
    _ parse: @escaping @Sendable (String) -> Value?
  ) -> ValueConversion {
    ValueConversion(
      allowed: allowed,
      parse: { text throws(ArgumentError) in
        guard let value = parse(text) else { throw .invalid("\(quoted(text)) is not \(allowed)") }
        return value
      },
      format: format)
  }

  /// `did you mean 'x'?` for a text that was refused; nil when no choice is near.
  package func suggestion(for text: String) -> String? { Suggestion.hint(for: text, among: choices) }

  /// A conversion that accepts exactly the given words.
  package static func choice(_ cases: [(word: String, value: Value)]) -> ValueConversion where Value: Equatable {
    let words = cases.map(\.word)
    let allowed = words.count == 1 ? quoted(words[0]) : "one of \(words.joined(separator: ", "))"
    return ValueConversion(
      allowed: allowed,
      choices: words,
      parse: { text throws(ArgumentError) in
        for (word, value) in cases where word == text { return value }
        throw .invalid("\(quoted(text)) is not \(allowed)", hint: Suggestion.hint(for: text, among: words))
      },
      format: { value in cases.first { $0.value == value }?.word ?? "\(value)" })
  }
}

extension ValueConversion where Value == String {
  /// Any text.
  package static var text: ValueConversion { ValueConversion(allowed: "text", parse: { $0 }) }

  /// One of the given words, which the layer above knows only as text.
  package static func oneOf(_ words: [String]) -> ValueConversion { choice(words.map { (word: $0, value: $0) }) }
}

extension ValueConversion where Value: FixedWidthInteger {
  /// A decimal integer within the range, bounds included; spaces, `+` and other digits than ASCII are refused.
  package static func integer(in range: ClosedRange<Value> = Value.min...Value.max) -> ValueConversion {
    let allowed: String =
      switch (range.lowerBound, range.upperBound) {
      case (Value.min, Value.max): "an integer"
      case (let low, Value.max): "an integer of at least \(low)"
      case (let low, let high): "an integer from \(low) to \(high)"
      }
    return .custom(allowed: allowed) { text in
      guard text.utf8.first != UInt8(ascii: "+"), let value = Value(text, radix: 10), range.contains(value) else { return nil }
      return value
    }
  }
}
