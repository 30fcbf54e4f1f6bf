/// Time limits of a session, in whole seconds, as a network or a device sets them; nil leaves a limit to the level above.
package struct SessionTimeouts: Equatable, Sendable {
  /// Name resolution and connection.
  package var connect: Int64?
  /// Key exchange, login and shell.
  package var login: Int64?
  /// One command, where its tool or platform does not say.
  package var command: Int64?

  package init(connect: Int64? = nil, login: Int64? = nil, command: Int64? = nil) {
    self.connect = connect
    self.login = login
    self.command = command
  }

  init(_ row: SQLRow) throws {
    connect = try row.optionalInt64("connect_timeout")
    login = try row.optionalInt64("login_timeout")
    command = try row.optionalInt64("command_timeout")
  }

  /// These limits, and `other`'s where there is none.
  package func or(_ other: SessionTimeouts) -> SessionTimeouts {
    SessionTimeouts(connect: connect ?? other.connect, login: login ?? other.login, command: command ?? other.command)
  }

  /// As edited: a limit that is given takes the place of the old one, and 0 takes it away.
  func edited(_ edit: SessionTimeouts) -> SessionTimeouts {
    func result(_ new: Int64?, _ old: Int64?) -> Int64? { new.map { $0 == 0 ? nil : $0 } ?? old }
    return SessionTimeouts(
      connect: result(edit.connect, connect), login: result(edit.login, login), command: result(edit.command, command))
  }
}
