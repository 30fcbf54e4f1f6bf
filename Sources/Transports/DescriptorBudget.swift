import Glibc
import Synchronization

/// The descriptors that the sessions of this process hold together, kept below what the process may have (RLIMIT_NOFILE): a
/// session waits, first come, first served, instead of failing for want of one.
package final class DescriptorBudget: Sendable {
  /// What a session holds; given back with the last reference.
  final class Lease: Sendable {
    private let budget: DescriptorBudget
    private let count: Int

    fileprivate init(_ budget: DescriptorBudget, _ count: Int) { (self.budget, self.count) = (budget, count) }

    deinit { budget.release(count) }
  }

  private struct State {
    var heldCount = 0
    var lastNumber = 0
    /// Those that wait, in order; without a signal while they are on their way to wait.
    var waiting: [(number: Int, signal: EventLoop.Signal?)] = []
  }

  /// Of this process, whose soft limit it raises: systems set it low for the sake of programs that use select(2).
  package static let shared = DescriptorBudget(capacity: raiseLimit() - descriptorCount() - reserve)

  /// For the database, deliveries, jump hosts, event loops, and what is open for a moment only.
  private static let reserve = 96
  /// More than any number of sessions needs; what children do with their descriptors may take time for each possible one.
  private static let enough = 65536

  private let capacity: Int
  private let state = Mutex(State())

  init(capacity: Int) { self.capacity = capacity }

  /// How many descriptors a session takes.
  static func need(_ transport: ConnectionRequest.Transport, isBehindJumpHost: Bool) -> Int {
    switch transport {
    case .libssh2: isBehindJumpHost ? 4 : 2
    // Two terminals, the program's log and errors, its end, its key, what watches them; a relay with its listener.
    case .openSSH: isBehindJumpHost ? 16 : 10
    }
  }

  /// Waits until `count` descriptors can be had. One session is always let through, however few there are.
  /// - Throws: `CancellationError`.
  func acquire(_ count: Int, on loop: EventLoop) async throws -> Lease {
    let number = state.withLock { state in
      state.lastNumber += 1
      return state.lastNumber
    }
    do {
      while true {
        if take(count, number) { return Lease(self, count) }
        try await loop.waitForSignal(until: .now + .seconds(3600)) { signal in
          let isReady = state.withLock { state in
            guard let place = state.waiting.firstIndex(where: { $0.number == number }) else { return true }
            state.waiting[place].signal = signal
            // What was given back meanwhile woke nobody.
            return place == 0 && fits(count, state)
          }
          if isReady { signal.fire() }
        }
      }
    } catch let error as TransportError where error.code == .timedOut {
      leave(number)
      throw TransportError(.system, "there were no file descriptors to be had for an hour: raise ulimit -n")
    } catch {
      leave(number)
      throw error
    }
  }

  /// As `acquire`, without waiting: for what a session needs besides.
  func acquireAtOnce(_ count: Int) -> Lease {
    state.withLock { $0.heldCount += count }
    return Lease(self, count)
  }

  private func fits(_ count: Int, _ state: State) -> Bool { state.heldCount == 0 || state.heldCount + count <= capacity }

  private func take(_ count: Int, _ number: Int) -> Bool {
    let (isTaken, next) = state.withLock { state -> (Bool, EventLoop.Signal?) in
      let isFirst = state.waiting.first.map { $0.number == number } ?? true
      guard isFirst, fits(count, state) else {
        if !state.waiting.contains(where: { $0.number == number }) { state.waiting.append((number, nil)) }
        return (false, nil)
      }
      if !state.waiting.isEmpty { state.waiting.removeFirst() }
      state.heldCount += count
      // There may be room for the next one, too.
      return (true, state.waiting.first?.signal)
    }
    next?.fire()
    return isTaken
  }

  private func leave(_ number: Int) {
    let next = state.withLock { state in
      state.waiting.removeAll { $0.number == number }
      return state.waiting.first?.signal
    }
    next?.fire()
  }

  private func release(_ count: Int) {
    let next = state.withLock { state in
      state.heldCount -= count
      return state.waiting.first?.signal
    }
    next?.fire()
  }

  /// - Returns: the limit that holds then.
  private static func raiseLimit() -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
    let wanted = min(limit.rlim_max, rlim_t(enough))
    if limit.rlim_cur < wanted {
      var raised = limit
      raised.rlim_cur = wanted
      if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
    }
    return Int(min(limit.rlim_cur, rlim_t(enough)))
  }

  private static func descriptorCount() -> Int {
    guard let folder = opendir("/proc/self/fd") else { return 32 }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    return count
  }
}
