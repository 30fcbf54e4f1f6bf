/// A notification could not be sent.
package struct NotificationError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Code: String, Sendable, CaseIterable {
    /// The system's library is not there; the message names its package.
    case noLibrary
    /// It cannot be sent as it is configured.
    case invalid
    /// The server or receiver cannot be used now, for this notification or any other.
    case unavailable
    /// The server refused this sender, recipient or message.
    case refused
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
