/// A number of sessions at once, shared first come, first served among the executions of a process.
package actor SessionBudget {
  private var free: Int
  private var waiting: [(execution: Int64, continuation: CheckedContinuation<Bool, Never>)] = []

  package init(_ count: Int) { free = max(1, count) }

  /// Waits for a place.
  /// - Returns: whether there is one; false after `withdraw`.
  package func acquire(for execution: Int64 = 0) async -> Bool {
    if free > 0 {
      free -= 1
      return true
    }
    return await withCheckedContinuation { waiting.append((execution, $0)) }
  }

  /// Lets those that wait for an execution wait no longer: it was cancelled, and others may hold the places for long.
  package func withdraw(_ execution: Int64) {
    let withdrawn = waiting.filter { $0.execution == execution }
    waiting.removeAll { $0.execution == execution }
    for one in withdrawn { one.continuation.resume(returning: false) }
  }

  /// Gives a place back: to the one that waits longest.
  package func release() {
    if waiting.isEmpty { free += 1 } else { waiting.removeFirst().continuation.resume(returning: true) }
  }
}
