/// A JSON document whose objects keep the order of their members (RFC 8259).
package enum JSONValue: Equatable, Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  /// A number with a fraction or beyond `Int64`; encoded as `null` when it is not finite.
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([Member])

  /// A name and its value in an object.
  package struct Member: Equatable, Sendable {
    /// The name.
    package let name: String
    /// The value.
    package let value: JSONValue

    /// Makes a member.
    package init(_ name: String, _ value: JSONValue) {
      self.name = name
      self.value = value
    }
  }

  /// An integer of the common type.
  package static func int(_ value: Int) -> JSONValue { .integer(Int64(value)) }

  /// The encoding of an optional, nil being `null`.
  package static func optional<Value>(_ value: Value?, _ encode: (Value) -> JSONValue) -> JSONValue {
    value.map(encode) ?? .null
  }

  /// A string, or `null`.
  package static func optional(_ value: String?) -> JSONValue { value.map(JSONValue.string) ?? .null }

  /// An integer, or `null`.
  package static func optional(_ value: Int64?) -> JSONValue { value.map(JSONValue.integer) ?? .null }

  /// An array of strings.
  package static func strings(_ values: some Sequence<String>) -> JSONValue { .array(values.map(JSONValue.string)) }

  /// The value of an object's member; nil for a missing member and for what is no object.
  package subscript(_ name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  /// The text of a string.
  package var stringValue: String? { if case .string(let value) = self { value } else { nil } }
  /// The value of an integer.
  package var integerValue: Int64? { if case .integer(let value) = self { value } else { nil } }
  /// The value of a boolean.
  package var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }
  /// The elements of an array.
  package var arrayValue: [JSONValue]? { if case .array(let values) = self { values } else { nil } }
  /// The members of an object.
  package var objectValue: [Member]? { if case .object(let members) = self { members } else { nil } }
}

extension JSONValue: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringLiteral,
  ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
  /// An object with its members in the order written.
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(elements.map { Member($0, $1) })
  }

  /// An array.
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

  /// A string.
  package init(stringLiteral value: String) { self = .string(value) }

  /// An integer.
  package init(integerLiteral value: Int64) { self = .integer(value) }

  /// A boolean.
  package init(booleanLiteral value: Bool) { self = .bool(value) }

  /// The null.
  package init(nilLiteral: ()) { self = .null }
}
