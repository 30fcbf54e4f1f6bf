/// A number of sessions at once, shared first come, first served among the executions of a process.
package actor SessionBudget {
  private var free: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []

  package init(_ count: Int) { free = max(1, count) }

  /// Waits for a place.
  package func acquire() async {
    if free > 0 {
      free -= 1
      return
    }
    await withCheckedContinuation { waiting.append($0) }
  }

  /// Gives a place back: to the one that waits longest.
  package func release() {
    if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
  }
}
