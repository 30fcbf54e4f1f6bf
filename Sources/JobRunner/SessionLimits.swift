package import Storage
internal import Transports

/// How long sessions with devices may take and how much a device may say, as the settings have it.
package struct SessionLimits: Sendable, Equatable {
  package var connect: Duration
  package var login: Duration
  /// For a command where neither platform nor tool says otherwise.
  package var command: Duration
  /// Bytes that one command may print.
  package var outputByteCount: Int

  /// The limits in force.
  package init(_ sql: any SQLConnection) throws {
    func seconds(_ key: String) throws -> Duration { .seconds(try SettingQueries.number(sql, of: key)) }
    connect = try seconds("session.connect-timeout")
    login = try seconds("session.login-timeout")
    command = try seconds("session.command-timeout")
    outputByteCount = try SettingQueries.number(sql, of: "session.output-limit")
  }

  /// - Parameter device: for the whole session.
  func deadlines(device: Duration) -> SessionDeadlines {
    SessionDeadlines(connect: connect, login: login, command: command, device: device)
  }
}
