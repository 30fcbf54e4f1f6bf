package import Storage
internal import Transports

/// How long sessions with devices may take and how much a device may say, as the settings have it.
package struct SessionLimits: Sendable, Equatable {
  package var connect: Duration
  package var login: Duration
  /// For everything on one device, where its job says nothing.
  package var device: Duration
  /// How many keys and passwords a device may refuse in one session.
  package var loginAttempts: Int
  /// For a command where neither platform nor tool says otherwise.
  package var command: Duration
  /// Bytes that one command may print.
  package var outputByteCount: Int

  /// The limits in force.
  package init(_ sql: any SQLConnection) throws {
    func seconds(_ key: String) throws -> Duration { .seconds(try SettingQueries.number(sql, of: key)) }
    connect = try seconds("session.connect-timeout")
    login = try seconds("session.login-timeout")
    device = try seconds("session.device-timeout")
    loginAttempts = try SettingQueries.number(sql, of: "session.login-attempts")
    command = try seconds("session.command-timeout")
    outputByteCount = try SettingQueries.number(sql, of: "session.output-limit")
  }

  /// These limits, where a device or its network sets no other.
  func overridden(by timeouts: SessionTimeouts) -> SessionLimits {
    var limits = self
    if let connect = timeouts.connect { limits.connect = .seconds(connect) }
    if let login = timeouts.login { limits.login = .seconds(login) }
    if let command = timeouts.command { limits.command = .seconds(command) }
    return limits
  }

  /// - Parameter device: for the whole session.
  func deadlines(device: Duration) -> SessionDeadlines {
    SessionDeadlines(connect: connect, login: login, command: command, device: device)
  }
}
