import Foundation

/// A JSON value to look into; what is not there is `null`.
struct JSON: @unchecked Sendable, CustomStringConvertible {
  // Unchecked: what JSONSerialization returns is never changed.
  private let value: Any

  init(parsing text: String) throws {
    value = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
  }

  private init(_ value: Any?) { self.value = value ?? NSNull() }

  subscript(_ key: String) -> JSON { JSON((value as? [String: Any])?[key]) }

  subscript(_ index: Int) -> JSON {
    guard let array = value as? [Any], array.indices.contains(index) else { return JSON(nil) }
    return JSON(array[index])
  }

  var array: [JSON] { (value as? [Any] ?? []).map { JSON($0) } }
  var string: String { value as? String ?? "" }
  var integer: Int? { (value as? NSNumber)?.intValue }
  var number: Double? { (value as? NSNumber)?.doubleValue }
  var bool: Bool? { (value as? NSNumber)?.boolValue }
  var isNull: Bool { value is NSNull }
  var description: String { "\(value)" }
}
