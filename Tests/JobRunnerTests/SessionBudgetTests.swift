import JobRunner
import Synchronization
import Testing

struct SessionBudgetTests {
  private final class Tally: Sendable {
    let held = Mutex((now: 0, most: 0, count: 0))

    func take(_ count: Int) {
      held.withLock { held in
        held.now += count
        held.most = max(held.most, held.now)
        held.count += 1
      }
    }

    func give(_ count: Int) { held.withLock { $0.now -= count } }
  }

  @Test func sessionsWaitForDescriptorsAndAllGetThem() async throws {
    let budget = SessionBudget(64, descriptors: 10)
    let tally = Tally()
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<200 {
        let count = number % 4 + 1
        group.addTask {
          #expect(await budget.acquire(descriptors: count))
          tally.take(count)
          try? await Task.sleep(for: .microseconds(100))
          tally.give(count)
          await budget.release(descriptors: count)
        }
      }
    }
    tally.held.withLock { #expect($0.count == 200 && $0.most <= 10 && $0.most > 4, "\($0)") }
  }

  /// However few there are, the work goes on, one at a time.
  @Test func oneIsAlwaysLetThrough() async throws {
    let budget = SessionBudget(64, descriptors: -5)
    #expect(await budget.acquire(descriptors: 10))
    async let next = budget.acquire(descriptors: 10)
    try await Task.sleep(for: .milliseconds(20))
    await budget.release(descriptors: 10)
    #expect(await next)
  }

  @Test func oneThatNoLongerWaitsHoldsNobodyUp() async throws {
    let budget = SessionBudget(64, descriptors: 4)
    #expect(await budget.acquire(for: 1, descriptors: 3))
    async let large = budget.acquire(for: 2, descriptors: 4)
    try await Task.sleep(for: .milliseconds(20))
    async let small = budget.acquire(for: 3, descriptors: 1)
    try await Task.sleep(for: .milliseconds(20))
    await budget.withdraw(2)
    #expect(await !large)
    #expect(await small)
  }
}
