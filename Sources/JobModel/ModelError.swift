/// A rule of the domain was broken: a bad value, a missing thing, a missing right, a clash.
package struct ModelError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What kind of rule; each maps to one exit code of the command line (given in brackets).
  package enum Code: String, Sendable, CaseIterable {
    /// A value is outside what is allowed (2).
    case invalid
    /// A job, device, execution or the like does not exist (3).
    case notFound
    /// The caller lacks the right (4).
    case notPermitted
    /// The approval is missing, stale or rejected (5).
    case notApproved
    /// It exists already, is in use, is busy, or changed meanwhile (6).
    case conflict
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

  /// What is written down where nobody is there to be given a hint: both in one line.
  package var record: String { message + (hint.map { " (\($0))" } ?? "") }
}
