/// A number of sessions at once, and of the file descriptors that they take, shared first come, first served among the executions
/// of a process: a session waits, before its time begins, instead of failing for want of them.
package actor SessionBudget {
  private struct Waiting {
    let execution: Int64
    let descriptorCount: Int
    let continuation: CheckedContinuation<Bool, Never>
  }

  private var free: Int
  private var freeDescriptors: Int
  private var heldCount = 0
  private var waiting: [Waiting] = []

  /// - Parameter descriptors: how many all sessions may take.
  package init(_ count: Int, descriptors: Int = .max) {
    free = max(1, count)
    freeDescriptors = descriptors
  }

  /// Waits for a place.
  /// - Parameter descriptors: how many the place takes. However many, one session is always let through.
  /// - Returns: whether there is one; false after `withdraw`.
  package func acquire(for execution: Int64 = 0, descriptors: Int = 0) async -> Bool {
    if waiting.isEmpty, fits(descriptors) {
      take(descriptors)
      return true
    }
    return await withCheckedContinuation {
      waiting.append(Waiting(execution: execution, descriptorCount: descriptors, continuation: $0))
    }
  }

  /// Lets those that wait for an execution wait no longer: it was cancelled, and others may hold the places for long.
  package func withdraw(_ execution: Int64) {
    let withdrawn = waiting.filter { $0.execution == execution }
    waiting.removeAll { $0.execution == execution }
    for one in withdrawn { one.continuation.resume(returning: false) }
    admit()
  }

  /// Gives a place back: to the one that waits longest.
  /// - Parameter descriptors: as many as were asked for.
  package func release(descriptors: Int = 0) {
    free += 1
    freeDescriptors += descriptors
    heldCount -= 1
    admit()
  }

  private func fits(_ descriptors: Int) -> Bool { free > 0 && (heldCount == 0 || descriptors <= freeDescriptors) }

  private func take(_ descriptors: Int) {
    free -= 1
    freeDescriptors -= descriptors
    heldCount += 1
  }

  private func admit() {
    while let first = waiting.first, fits(first.descriptorCount) {
      waiting.removeFirst()
      take(first.descriptorCount)
      first.continuation.resume(returning: true)
    }
  }
}
