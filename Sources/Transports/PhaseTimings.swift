/// How long each phase of reaching a device took; zero for a phase that was not needed or not reached.
///
/// When a credential needed a connection of its own, the phases of all connections are added up.
package struct PhaseTimings: Sendable, Equatable {
  /// Reaching and logging in to the jump host; zero when another session was there already.
  package var jump: Duration = .zero
  package var resolve: Duration = .zero
  package var connect: Duration = .zero
  package var keyExchange: Duration = .zero
  package var login: Duration = .zero
  package var shell: Duration = .zero

  package init() {}

  package var total: Duration { jump + resolve + connect + keyExchange + login + shell }
}
