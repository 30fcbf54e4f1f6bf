/// Why a device's command line did not do what was asked of it.
///
/// Trouble of the connection itself comes as the transport's own error.
package struct DeviceError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Code: String, Sendable, CaseIterable {
    /// No prompt that the platform describes appeared after login.
    case promptNotFound
    /// A command did not come back to the prompt by its deadline.
    case timedOut
    /// The device did not grant the enable mode, or the secret for it is missing or wrong.
    case enableRefused
    /// The device answered a command with an error.
    case commandRefused
    /// A command that only reads led into another mode, or was to be typed in one that changes the device.
    case leftReadMode
    /// A configuration came without its end marker.
    case truncatedConfiguration
    /// The device keeps no configuration of that kind.
    case noConfiguration
    /// A command printed more bytes than the limit allows.
    case outputTooLarge
    /// The device asks something that the platform has no answer to.
    case unexpectedQuestion
    /// The device ended the session.
    case connectionLost
    /// The platform has no such mode, or no way to it.
    case modeUnavailable
    /// The platform does not say how to do this.
    case notSupported
    /// A command that cannot be typed: a control character or a help key in it.
    case badCommand
    /// An earlier failure left the session in an unknown state.
    case unusable
  }

  package var code: Code
  /// Holds no secrets of the session; what the device sent is quoted as printable ASCII.
  package var message: String
  package var hint: String?

  package init(_ code: Code, _ message: String, hint: String? = nil) {
    self.code = code
    self.message = message
    self.hint = hint
  }

  package var description: String { message }
}
