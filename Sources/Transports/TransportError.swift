/// Why a device could not be reached, or was lost.
package struct TransportError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Code: String, Sendable, CaseIterable {
    /// The name does not resolve to an address.
    case nameNotResolved
    /// Nothing listens there, or no route leads there.
    case unreachable
    /// A deadline passed; the message names the phase (connect, key exchange, login, command).
    case timedOut
    /// The time for the whole session is used up; there is no waiting on.
    case sessionTimedOut
    /// The two sides share no algorithm; the message names both offers.
    case negotiationFailed
    /// The verifier refused the host key (unknown under `strict`).
    case hostKeyUnknown
    /// The host key differs from the pinned one.
    case hostKeyChanged
    /// Every credential was refused; the message names the methods that the server offers.
    case authenticationFailed
    /// A private key file that cannot be read or decrypted.
    case badKey
    /// The server refused the terminal, shell or subsystem.
    case sessionRefused
    /// The server refused what was asked of a file: it is not there, may not be written, the disk is full.
    case fileRefused
    /// The connection ended or broke.
    case connectionLost
    /// More bytes than the cap allows.
    case outputTooLarge
    /// The operating system or the library failed in another way.
    case system
  }

  package var code: Code
  package var message: String
  package var hint: String?
  /// The system's `ssh` may be able to do what the library cannot.
  package var suggestsOpenSSH = false
  /// How many keys and passwords the server refused.
  package var attemptCount = 0
  /// What failed is the jump host: nothing is said of the device behind it.
  package var concernsJumpHost: Bool

  package init(_ code: Code, _ message: String, hint: String? = nil, concernsJumpHost: Bool = false) {
    self.code = code
    self.message = message
    self.hint = hint
    self.concernsJumpHost = concernsJumpHost
  }

  package var description: String { message }
}
