/// Why a platform or tool file, a pattern in one, or a folder of them cannot be used.
package struct DefinitionError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Code: String, Sendable, CaseIterable {
    /// The file or folder cannot be read, is no regular file, or is too large.
    case unreadable
    /// The bytes are no UTF-8 or no YAML.
    case syntax
    /// A key that the schema does not have.
    case unknownKey
    /// A key that the schema asks for.
    case missingKey
    /// A value of another type than the schema's.
    case wrongType
    /// A value of the right type that makes no sense at its place.
    case badValue
    /// A regular expression that does not compile.
    case badPattern
    /// There is no definition of this name.
    case unknownName
  }

  package var code: Code
  package var message: String
  package var hint: String?
  /// The file, by the name it was opened with; `nil` outside files.
  package var file: String?
  /// Counted from 1.
  package var line: Int?
  /// Counted from 1, in Unicode scalars.
  package var column: Int?

  package init(
    _ code: Code, _ message: String, hint: String? = nil, file: String? = nil, line: Int? = nil, column: Int? = nil
  ) {
    self.code = code
    self.message = message
    self.hint = hint
    self.file = file
    self.line = line
    self.column = column
  }

  /// `file:line:column: message`, as compilers say it.
  package var description: String {
    var place = ""
    if let file { place += file + ":" }
    if let line { place += "\(line):" }
    if let column { place += "\(column):" }
    return place.isEmpty ? message : place + " " + message
  }
}
