private import FoundationEssentials

/// JSON with one form per value: keys sorted, no white space, slashes as they are. What is hashed or stored is written so.
package enum CanonicalJSON {
  /// The canonical text of `value`.
  package static func text(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// The value in `text`.
  package static func value<Value: Decodable>(_ type: Value.Type, from text: String) throws -> Value {
    try JSONDecoder().decode(type, from: Data(text.utf8))
  }
}
