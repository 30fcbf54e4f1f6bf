internal import DeviceCLI
internal import JobModel
internal import Storage

/// What one device of an execution goes through: reads, changes, and what is recorded of it.
struct DeviceWork: Sendable {
  let store: Store
  let claim: ExecutionClaim
  let position: Int
  let stop: StopSignal
  /// As `RunnerPace.reach`.
  let reach: Duration
  private let shared: Shared

  /// What is large, by reference: hundreds of devices wait in functions nested deep, each of which holds this work.
  private final class Shared: Sendable {
    let opener: DeviceOpener
    let caller: Caller
    let part: JobPlan.Part
    let plan: JobPlan
    /// Made once: a change of many lines asks it for each.
    let lineRedactor: Redactor?

    init(_ opener: DeviceOpener, _ caller: Caller, _ part: JobPlan.Part, _ plan: JobPlan) {
      (self.opener, self.caller, self.part, self.plan) = (opener, caller, part, plan)
      lineRedactor = part.lineRedactor
    }
  }

  init(
    opener: DeviceOpener, store: Store, caller: Caller, claim: ExecutionClaim, position: Int, part: JobPlan.Part, plan: JobPlan,
    stop: StopSignal, reach: Duration
  ) {
    self.store = store
    self.claim = claim
    self.position = position
    self.stop = stop
    self.reach = reach
    shared = Shared(opener, caller, part, plan)
  }

  var opener: DeviceOpener { shared.opener }
  var caller: Caller { shared.caller }
  var part: JobPlan.Part { shared.part }
  var plan: JobPlan { shared.plan }
  var options: ExecutionOptions { plan.job.definition.options }

  /// `text` as everybody may read it, without the secrets of the lines that are typed.
  func told(_ text: String) -> String { shared.lineRedactor?.redacting(text) ?? text }

  /// The finding as everybody may read of it.
  func told(_ finding: DeviceFinding) -> DeviceFinding {
    guard case .outcome(var outcome) = finding else { return finding }
    outcome.error = outcome.error.map(told)
    outcome.summary = told(outcome.summary)
    return .outcome(outcome)
  }

  /// What a device said, the secrets of its credential and of the job masked.
  func clean(_ text: String, _ opened: OpenedDevice) -> String {
    plan.redactor.redacting(opened.redactor.redacting(text))
  }

  /// Works on the open device and says how it ended. Thrown errors are for the caller to judge.
  func run(
    on opened: OpenedDevice, until deadline: ContinuousClock.Instant, progress: ChangeProgress, _ activity: DeviceActivity
  ) async throws -> DeviceFinding {
    switch part.task {
    case .backup: try await backup(opened)
    case .neighbors(let commands): try await neighbors(opened, commands)
    case .tool(let tool) where plan.changesDevices: .outcome(try await change(opened, tool, until: deadline, progress, activity))
    case .tool(let tool): .outcome(try await read(opened, tool))
    case .agent, .builtIn: preconditionFailure("these open what they need themselves")
    }
  }
}
