import Synchronization
import Testing

@testable import Transports

struct DescriptorBudgetTests {
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
    let budget = DescriptorBudget(capacity: 10)
    let loop = try EventLoop()
    let tally = Tally()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<200 {
        let count = number % 4 + 1
        group.addTask {
          let lease = try await budget.acquire(count, on: loop)
          tally.take(count)
          try await Task.sleep(for: .microseconds(100))
          tally.give(count)
          withExtendedLifetime(lease) {}
        }
      }
      try await group.waitForAll()
    }
    tally.held.withLock { #expect($0.count == 200 && $0.most <= 10 && $0.most > 4, "\($0)") }
  }

  /// However few there are, the work goes on, one at a time.
  @Test func oneIsAlwaysLetThrough() async throws {
    let budget = DescriptorBudget(capacity: -5)
    let loop = try EventLoop()
    var lease: DescriptorBudget.Lease? = try await budget.acquire(10, on: loop)
    let next = Task { try await budget.acquire(10, on: loop) }
    try await Task.sleep(for: .milliseconds(20))
    #expect(lease != nil)
    lease = nil
    _ = try await next.value
  }

  @Test func oneThatNoLongerWaitsHoldsNobodyUp() async throws {
    let budget = DescriptorBudget(capacity: 4)
    let loop = try EventLoop()
    let lease = try await budget.acquire(3, on: loop)
    let large = Task { try await budget.acquire(4, on: loop) }
    try await Task.sleep(for: .milliseconds(20))
    let small = Task { try await budget.acquire(1, on: loop) }
    try await Task.sleep(for: .milliseconds(20))
    large.cancel()
    await #expect(throws: CancellationError.self) { try await large.value }
    _ = try await small.value
    withExtendedLifetime(lease) {}
  }
}
