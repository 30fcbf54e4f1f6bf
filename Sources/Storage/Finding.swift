/// One thing that was looked at in the installation, and what came of it.
package struct Finding: Equatable, Sendable {
  package enum Result: String, Sendable, CaseIterable {
    case ok
    /// Nothing to mend: good to know, or something that could not be looked at.
    case note
    case warning
    case error
  }

  /// A word or two with hyphens, the same in every run.
  package var name: String
  package var result: Result
  package var detail: String
  /// The command that mends it, or what to do.
  package var mend: String?

  package init(_ name: String, _ result: Result, _ detail: String, mend: String? = nil) {
    self.name = name
    self.result = result
    self.detail = detail
    self.mend = mend
  }

  /// Whether something has to be done.
  package var needsMending: Bool { result == .warning || result == .error }

  /// Looks, and makes a finding of what goes wrong with looking.
  package static func looking(_ name: String, _ body: () throws -> [Finding]) -> [Finding] {
    do {
      return try body()
    } catch let error as StorageError {
      return [Finding(name, .error, error.message, mend: error.hint)]
    } catch {
      return [Finding(name, .error, "\(error)")]
    }
  }
}
