import Glibc
import Synchronization
import Testing

@testable import Transports

extension LiveTests {
  @Suite struct EventLoopTests {
    /// Tells on which thread it runs.
    private actor Pinned {
      let loop: EventLoop
      nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
      init(_ loop: EventLoop) { self.loop = loop }

      func thread() -> pthread_t { pthread_self() }

      func threadsAroundAWait() async -> [pthread_t] {
        let before = pthread_self()
        var atStart: [pthread_t] = []
        try? await loop.waitForSignal(until: .now + .milliseconds(1)) { _ in atStart.append(pthread_self()) }
        try? await Self.wait(on: loop) { atStart.append(pthread_self()) }
        return [before, pthread_self()] + atStart
      }

      /// As what belongs to no actor, but is called by one, does.
      nonisolated(nonsending) private static func wait(on loop: EventLoop, start: () -> Void) async throws {
        try await loop.waitForSignal(until: .now + .milliseconds(1)) { _ in start() }
      }
    }

    /// Two connected sockets.
    private final class Pair: Sendable {
      let ends: [Int32]
      init() throws {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        try #require(socketpair(AF_UNIX, type, 0, &ends) == 0)
        self.ends = ends
      }
      func send(_ count: Int = 1) { _ = Glibc.send(ends[1], [UInt8](repeating: 7, count: count), count, 0) }
      deinit { for end in ends { close(end) } }
    }

    @Test func aTaskThatPrefersTheLoopStaysOnItsThread() async throws {
      let loop = try EventLoop()
      let other = try EventLoop()
      for _ in 0..<8 {
        let places = await Task(executorPreference: loop.taskExecutor) {
          let before = loop.isCurrentThread
          try? await loop.waitForSignal(until: .now + .milliseconds(1)) { _ in }
          // An actor of another loop runs there, and the task comes back.
          let elsewhere = await Pinned(other).thread()
          return [before, pthread_equal(elsewhere, pthread_self()) == 0, loop.isCurrentThread]
        }.value
        #expect(places == [true, true, true])
      }
      #expect(!loop.isCurrentThread)
    }

    @Test func keyExchangesLeaveReadersTheirTurns() async throws {
      let loop = try EventLoop()
      let readers = try (0..<4).map { _ in try Pair() }
      let exchanging = try (0..<200).map { _ in try Pair() }
      let turns = Mutex<[Character]>([])
      let exchange: @Sendable (Pair) async -> Void = { pair in
        try? await loop.wait(for: .readable, of: pair.ends[0], until: .now + .seconds(20), urgency: .low)
        turns.withLock { $0.append("k") }
      }
      let read: @Sendable (Pair) async -> Void = { pair in
        for _ in 0..<10 {
          try? await loop.wait(for: .readable, of: pair.ends[0], until: .now + .seconds(20))
          turns.withLock { $0.append("r") }
        }
      }
      await withTaskGroup(of: Void.self) { group in
        for pair in exchanging { group.addTask(executorPreference: loop.taskExecutor) { await exchange(pair) } }
        for pair in readers { group.addTask(executorPreference: loop.taskExecutor) { await read(pair) } }
        for pair in exchanging + readers { pair.send() }
      }
      // 200 key exchanges are ready at once; the readers, ready all the time, are through long before they are.
      let order = turns.withLock { $0 }
      #expect(order.count == 240)
      #expect(order.lastIndex(of: "r") ?? .max < 100)
    }

    @Test func anActorStaysOnTheLoopsThread() async throws {
      let loop = try EventLoop()
      let actors = (0..<8).map { _ in Pinned(loop) }
      var threads: Set<pthread_t> = []
      for actor in actors {
        threads.insert(await actor.thread())
        threads.formUnion(await actor.threadsAroundAWait())
      }
      #expect(threads.count == 1)
      #expect(!threads.contains(pthread_self()))
    }

    @Test func waitsForASocket() async throws {
      let loop = try EventLoop()
      let pair = try Pair()
      let waiting = Task { try await loop.wait(for: .readable, of: pair.ends[0], until: .now + .seconds(10)) }
      pair.send()
      try await waiting.value
      // Readiness that was there before counts, too, and as often as it is asked for.
      try await loop.wait(for: .readable, of: pair.ends[0], until: .now + .seconds(10))
      try await loop.wait(for: [.readable, .writable], of: pair.ends[0], until: .now + .seconds(10))
      try await loop.wait(for: .writable, of: pair.ends[0], until: .now + .seconds(10))
    }

    @Test func twoWaitForOneSocket() async throws {
      let loop = try EventLoop()
      let pair = try Pair()
      let reading = Task { try await loop.wait(for: .readable, of: pair.ends[0], until: .now + .seconds(10)) }
      try await loop.wait(for: .writable, of: pair.ends[0], until: .now + .seconds(10))
      pair.send()
      try await reading.value
    }

    @Test func theEndOfThePeerIsReadiness() async throws {
      let loop = try EventLoop()
      let pair = try Pair()
      let waiting = Task { try await loop.wait(for: .readable, of: pair.ends[0], until: .now + .seconds(10)) }
      shutdown(pair.ends[1], Int32(SHUT_RDWR))
      try await waiting.value
    }

    @Test(arguments: [-1000, 0, 1, 20]) func aDeadlinePasses(_ milliseconds: Int) async throws {
      let loop = try EventLoop()
      let pair = try Pair()
      let deadline = ContinuousClock.now + .milliseconds(milliseconds)
      await #expect(throws: TransportError(.timedOut, "timed out")) {
        try await loop.wait(for: .readable, of: pair.ends[0], until: deadline)
      }
      #expect(ContinuousClock.now >= deadline)
    }

    @Test(arguments: [true, false]) func aCancelledWaitEnds(_ isEarly: Bool) async throws {
      let loop = try EventLoop()
      let pair = try Pair()
      let task = Task {
        if isEarly { while !Task.isCancelled { await Task.yield() } }
        try await loop.wait(for: .readable, of: pair.ends[0], until: .now + .seconds(60))
      }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func anAbandonedWaitEnds() async throws {
      let loop = try EventLoop()
      let pair = try Pair()
      let actor = Pinned(loop)
      let ended = Ended()
      let task = Task {
        defer { ended.flag.withLock { $0 = true } }
        try await loop.wait(for: .readable, of: pair.ends[0], until: .now + .seconds(30))
      }
      while !ended.flag.withLock({ $0 }) {
        // The wait may not have begun yet.
        loop.abandon(pair.ends[0])
        _ = await actor.thread()
      }
      await #expect { try await task.value } throws: { ($0 as? TransportError)?.code == .connectionLost }
    }

    private final class Ended: Sendable { let flag = Mutex(false) }

    @Test func waitingForAClosedDescriptorFails() async throws {
      let loop = try EventLoop()
      await #expect { try await loop.wait(for: .readable, of: -1, until: .now + .seconds(1)) } throws: {
        ($0 as? TransportError)?.code == .system
      }
    }

    @Test func aSignalFromAnotherThreadCountsOnce() async throws {
      let loop = try EventLoop()
      for _ in 0..<200 {
        try await loop.waitForSignal(until: .now + .seconds(10)) { signal in
          Task {
            signal.fire()
            signal.fire()
          }
        }
      }
    }

    @Test func manyDeadlinesAndSocketsAtOnce() async throws {
      let loop = try EventLoop()
      let pairs = try (0..<200).map { _ in try Pair() }
      let timedOutCount = await withTaskGroup(of: Bool.self) { group in
        for (index, pair) in pairs.enumerated() {
          group.addTask {
            let isLate = index % 2 == 0
            if !isLate { pair.send() }
            do {
              try await loop.wait(
                for: .readable, of: pair.ends[0], until: .now + (isLate ? .milliseconds(index % 7) : .seconds(10)),
                urgency: index % 3 == 0 ? .low : .normal)
              return false
            } catch { return true }
          }
        }
        return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(timedOutCount == 100)
    }

    @Test func theHeapGivesDeadlinesInOrder() {
      var heap = DeadlineHeap()
      let start = ContinuousClock.now
      var generator = SystemRandomNumberGenerator()
      var expected: [UInt64: Duration] = [:]
      for id in 0..<500 as Range<UInt64> {
        let delay = Duration.milliseconds(Int.random(in: 0..<100, using: &generator))
        heap.insert(id, start + delay)
        expected[id] = delay
        if id % 3 == 0, let victim = expected.keys.randomElement(using: &generator) {
          heap.remove(victim)
          heap.remove(victim)
          expected[victim] = nil
        }
      }
      for step in 0..<100 {
        let delay = Duration.milliseconds(step)
        #expect(heap.next.map { $0 - start } == expected.values.min())
        let expired = heap.removeExpired(at: start + delay)
        #expect(Set(expired) == Set(expected.filter { $0.value <= delay }.keys))
        for id in expired { expected[id] = nil }
      }
      #expect(heap.isEmpty)
    }
  }
}
