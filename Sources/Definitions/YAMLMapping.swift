/// A mapping of a YAML file whose keys have been checked.
package struct YAMLMapping {
  package struct Entry {
    package let key: String
    package let value: YAMLNode
    /// Where the key stands, counted from 1.
    package let line: Int?
    package let column: Int?
  }

  package let node: YAMLNode
  private let values: [String: YAMLNode]

  init(node: YAMLNode, entries: [Entry]) {
    self.node = node
    values = Dictionary(entries.map { ($0.key, $0.value) }) { first, _ in first }
  }

  /// The value of `key`, which the schema asks for.
  /// - Throws: `.missingKey` at the mapping's place.
  package func required(_ key: String) throws(DefinitionError) -> YAMLNode {
    guard let value = values[key] else { throw node.error(.missingKey, "the key '\(key)' is missing") }
    return value
  }

  package subscript(key: String) -> YAMLNode? { values[key] }
}
