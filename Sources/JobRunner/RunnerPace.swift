/// How often a runner looks and how long it waits; tests make it quick.
package struct RunnerPace: Sendable {
  /// Between looks at a wish to stop and at deadlines.
  package var poll: Duration = .milliseconds(100)
  /// Between looks at a device that another execution changes.
  package var leasePoll: Duration = .milliseconds(250)
  /// Between looks at a wish to cancel.
  package var heartbeat: Duration = .seconds(1)
  /// Between renewals of the lease; much less than `Claims.leaseSeconds`.
  package var renewal: Duration = .seconds(10)
  /// Before the second attempt at a device; doubled for each further one, up to 32 times.
  package var retry: Duration = .seconds(1)
  /// How long a device that is being changed may take to end its step after a wish to stop.
  package var changeGrace: Duration = .seconds(30)
  /// How long a device that cannot be reached behind a change is tried again, before the change is taken back.
  package var reach: Duration = .seconds(30)

  /// Results that may wait to be written; beyond it no further device is begun.
  package var unwrittenLimit = 32

  package init() {}
}
