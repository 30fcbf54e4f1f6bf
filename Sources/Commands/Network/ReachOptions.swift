internal import Arguments
internal import JobModel
internal import Storage
internal import Terminal

/// How devices are reached, as `network` and `device` take and show it alike.
enum ReachOptions {
  static let transport = Option<TransportKind>(
    "transport", valueName: "TRANSPORT",
    help:
      "libssh2, or openssh: a process of the system's ssh for each session, for what libssh2 cannot negotiate; the keys of its caller's ssh_config "
      + "are for credentials with --agent only")
  private static let connectTimeout = Option<Int64>(
    "connect-timeout", valueName: "DURATION", help: "how long name resolution and connection may take; 0 takes the limit away",
    conversion: .duration(atLeast: 0))
  private static let loginTimeout = Option<Int64>(
    "login-timeout", valueName: "DURATION", help: "how long key exchange and login may take; 0 takes the limit away",
    conversion: .duration(atLeast: 0))
  private static let commandTimeout = Option<Int64>(
    "command-timeout", valueName: "DURATION",
    help: "how long a command may take where its tool or platform does not say; 0 takes the limit away",
    conversion: .duration(atLeast: 0))

  static let timeouts: [any CommandParameter] = [connectTimeout, loginTimeout, commandTimeout]

  /// The limits that are given.
  static func timeouts(_ arguments: ParsedArguments) -> SessionTimeouts {
    SessionTimeouts(
      connect: arguments[connectTimeout], login: arguments[loginTimeout], command: arguments[commandTimeout])
  }

  /// The limits for `--json`, in seconds; null is left to the level above.
  static func document(_ timeouts: SessionTimeouts) -> JSONValue {
    [
      "connect": .optional(timeouts.connect), "login": .optional(timeouts.login), "command": .optional(timeouts.command),
    ]
  }

  /// The limits that are set, for people: `connect 5s, login 20s`.
  static func cell(_ timeouts: SessionTimeouts) -> Cell {
    let parts = [("connect", timeouts.connect), ("login", timeouts.login), ("command", timeouts.command)]
    return .list(parts.compactMap { name, seconds in seconds.map { "\(name) \(DurationText.text(seconds: $0))" } })
  }
}

extension TransportKind: ArgumentValue {}
