internal import JobModel
private import Synchronization

/// How far the executions of a process have got: tasks report to it, whoever shows it looks when they like.
package final class RunProgress: Sendable {
  /// A moment of it.
  package struct Snapshot: Sendable {
    /// Names of the jobs that run.
    package var jobs: [String] = []
    /// Devices of all executions so far.
    package var total = 0
    package var done = 0
    package var failed = 0
    package var running = 0
    /// The device that has been under way for longest, what it is about, and since when.
    package var slowest: (device: String, activity: String, began: ContinuousClock.Instant)?
  }

  private struct Running {
    var device: String
    var began: ContinuousClock.Instant
    var activity: DeviceActivity
  }

  private struct State {
    var jobs: [Int64: String] = [:]
    var total = 0
    var done = 0
    var failed = 0
    var running: [Int: Running] = [:]
    var lastNumber = 0
  }

  private let state = Mutex(State())

  package init() {}

  package var snapshot: Snapshot {
    state.withLock { state in
      var snapshot = Snapshot(
        jobs: Set(state.jobs.values).sorted(), total: state.total, done: state.done, failed: state.failed,
        running: state.running.count)
      if let slowest = state.running.min(by: { ($0.value.began, $0.key) < ($1.value.began, $1.key) })?.value {
        snapshot.slowest = (slowest.device, slowest.activity.current, slowest.began)
      }
      return snapshot
    }
  }

  func begin(_ execution: Int64, job: String, devices: Int) {
    state.withLock { state in
      state.jobs[execution] = job
      state.total += devices
    }
  }

  func end(_ execution: Int64) { state.withLock { $0.jobs[execution] = nil } }

  /// Devices that are done without having been under way.
  func skip(failed count: Int) {
    state.withLock { state in
      state.done += count
      state.failed += count
    }
  }

  /// - Returns: what to end it with.
  func begin(device: String, _ activity: DeviceActivity) -> Int {
    state.withLock { state in
      state.lastNumber += 1
      state.running[state.lastNumber] = Running(device: device, began: .now, activity: activity)
      return state.lastNumber
    }
  }

  func end(device number: Int, _ status: DeviceStatus) {
    state.withLock { state in
      state.running[number] = nil
      state.done += 1
      if status.isFailure { state.failed += 1 }
    }
  }
}
