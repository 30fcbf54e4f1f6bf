private import Synchronization

/// A wish to stop that many tasks look at: no new device is begun, a change stops after the step that is under way.
package final class StopSignal: Sendable {
  /// Why work stops.
  package enum Reason: Equatable, Sendable {
    /// SIGINT or SIGTERM.
    case signal
    /// `netjob cancel`.
    case cancelled
    /// The lease ran out and another process took the execution away.
    case lost
    /// A result could not be written: nothing more may be changed.
    case storage(String)
  }

  private let reason = Mutex<Reason?>(nil)
  private let parent: StopSignal?

  /// - Parameter parent: stops this one too.
  package init(parent: StopSignal? = nil) { self.parent = parent }

  /// The first reason given; nil while work goes on.
  package var current: Reason? { reason.withLock { $0 } ?? parent?.current }

  package func stop(_ why: Reason) { reason.withLock { if $0 == nil { $0 = why } } }
}
