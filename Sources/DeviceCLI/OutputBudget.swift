private import Synchronization

/// How much output of devices a process holds at once, beyond a little that each command may print without asking.
///
/// The limit for one command alone does not bound the memory: hundreds of devices may flood at the same time.
package final class OutputBudget: Sendable {
  /// What a command may print without asking, bytes.
  static let freeByteCount = 1 << 20

  private let rest: Mutex<Int>

  /// - Parameter byteCount: for all commands together.
  package init(byteCount: Int = 128 << 20) { rest = Mutex(byteCount) }

  /// What is left, bytes.
  package var remaining: Int { rest.withLock { $0 } }

  /// What one command has taken; given back when it goes.
  struct Share: ~Copyable {
    private let budget: OutputBudget
    private var taken = 0

    init(_ budget: OutputBudget) { self.budget = budget }

    /// Takes what a command that has printed so many bytes needs.
    /// - Returns: whether there was so much.
    mutating func grow(to byteCount: Int) -> Bool {
      let more = byteCount - OutputBudget.freeByteCount - taken
      guard more > 0 else { return true }
      let isGranted = budget.rest.withLock { rest in
        if rest < more { return false }
        rest -= more
        return true
      }
      if isGranted { taken += more }
      return isGranted
    }

    deinit {
      let taken = taken
      budget.rest.withLock { $0 += taken }
    }
  }
}
