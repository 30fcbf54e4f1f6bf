internal import Storage
private import Synchronization

/// Looks after the devices that are being worked on: ends the work on one at its deadline, or when work has to stop. A reading
/// device is dropped at once, one that is being changed after the step that is under way, within a limit.
final class DeviceWatch: Sendable {
  private struct Entry {
    var task: Task<DeviceFinding, any Error>
    var progress: ChangeProgress
    var deadline: ContinuousClock.Instant
    var stopDeadline: ContinuousClock.Instant?
    var metDeadline = false
    var isEnded = false
  }

  private struct State {
    var entries: [Int: Entry] = [:]
    var last = 0
  }

  private let state = Mutex(State())

  /// - Returns: what `remove` wants.
  func add(_ task: Task<DeviceFinding, any Error>, _ progress: ChangeProgress, until deadline: ContinuousClock.Instant) -> Int {
    state.withLock { state in
      state.last += 1
      state.entries[state.last] = Entry(task: task, progress: progress, deadline: deadline)
      return state.last
    }
  }

  /// - Returns: whether the deadline was what ended the work.
  func remove(_ number: Int) -> Bool { state.withLock { $0.entries.removeValue(forKey: number)?.metDeadline ?? false } }

  /// Looks at each device.
  /// - Parameter grace: how long one that is being changed may take after a wish to stop.
  func look(at now: ContinuousClock.Instant, isStopping: Bool, grace: Duration) {
    let ended = state.withLock { state in
      state.entries.keys.compactMap { number -> Task<DeviceFinding, any Error>? in
        guard var entry = state.entries[number], !entry.isEnded else { return nil }
        defer { state.entries[number] = entry }
        if now >= entry.deadline {
          entry.metDeadline = true
          entry.isEnded = true
        } else if isStopping {
          let limit = entry.stopDeadline ?? now + grace
          entry.stopDeadline = limit
          entry.isEnded = entry.progress.giveUp() || now >= limit
        }
        return entry.isEnded ? entry.task : nil
      }
    }
    for task in ended { task.cancel() }
  }
}
