internal import JobModel
internal import Storage

/// The work of a job that is for no devices given beforehand: a report, a discovery. It runs once and ends with a verdict of its own.
protocol WholeTask: Sendable {
  /// What will be done, a line each, for previews.
  var steps: [String] { get }

  /// Carries it out. Thrown errors fail the execution; a wish to stop is found in `run.stop`.
  func run(_ run: WholeRun) async throws -> WholeOutcome
}

/// What a `WholeTask` works with.
struct WholeRun: Sendable {
  let store: Store
  let opener: DeviceOpener
  let caller: Caller
  let claimed: ClaimedExecution
  /// The places for sessions that all executions of the process share.
  let budget: SessionBudget
  let maximumSessions: Int
  let stop: StopSignal
  let pace: RunnerPace
  let progress: RunProgress?

  var claim: ExecutionClaim { claimed.claim }
  var job: JobRecord { claimed.plan.job }
}

/// What a `WholeTask` came to.
struct WholeOutcome: Sendable {
  var isSucceeded: Bool
  /// One line, as the history shows it.
  var summary: String
}
