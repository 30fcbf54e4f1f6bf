/// The database, or its key, could not be used.
package struct StorageError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Code: String, Sendable, CaseIterable {
    /// There is no database at the path.
    case notFound
    /// There is one already.
    case exists
    /// Files or folder are readable or writable by others, or owned by someone else.
    case unsafePermissions
    /// It was made by a newer netjob.
    case newer
    /// It was made by an older netjob and has not been migrated.
    case older
    /// Another process holds it beyond the waiting time.
    case locked
    case diskFull
    case readOnly
    /// The file is damaged, or no netjob database.
    case corrupt
    /// The key file is missing or damaged, or does not fit the database.
    case key
    case io
  }

  package var code: Code
  package var message: String
  package var hint: String?

  package init(_ code: Code, _ message: String, hint: String? = nil) {
    self.code = code
    self.message = message
    self.hint = hint
  }

  package var description: String { message }
}
