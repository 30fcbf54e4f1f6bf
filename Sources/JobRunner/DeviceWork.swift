internal import DeviceCLI
internal import JobModel
internal import Storage

/// What one device of an execution goes through: reads, changes, and what is recorded of it.
struct DeviceWork: Sendable {
  let opener: DeviceOpener
  let store: Store
  let caller: Caller
  let claim: ExecutionClaim
  let position: Int
  let part: JobPlan.Part
  let plan: JobPlan
  let stop: StopSignal

  var options: ExecutionOptions { plan.job.definition.options }

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
