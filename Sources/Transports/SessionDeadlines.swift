/// How long each part of a session may take.
package struct SessionDeadlines: Sendable, Equatable {
  /// Name resolution and the TCP connection, all addresses together.
  package var connect: Duration
  /// Key exchange, authentication and shell; the time that the host key verifier takes is not counted.
  package var login: Duration
  /// One command; for the layer that sends commands.
  package var command: Duration
  /// The whole session, from the first packet to the end: cuts all others short.
  package var device: Duration

  package init(
    connect: Duration = .seconds(10), login: Duration = .seconds(20), command: Duration = .seconds(60),
    device: Duration = .seconds(600)
  ) {
    self.connect = connect
    self.login = login
    self.command = command
    self.device = device
  }
}
