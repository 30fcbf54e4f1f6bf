package import JobModel
private import Notifications
private import Scheduling
package import Storage

/// Works the outbox off: claims what is due, sends it, records how it went.
///
/// What is claimed is no other process's until its lease has run out. A process that dies between sending and recording leaves a
/// delivery that is made once more: each arrives at least once, and mail carries the same Message-ID both times.
package struct OutboxDrain: Sendable {
  /// What a run came to.
  package struct Outcome: Equatable, Sendable {
    package var sent = 0
    /// Deliveries that failed, to be tried again or given up.
    package var failed = 0
    /// Why the last of them failed.
    package var reason: String?

    package init() {}
  }

  /// How long it may take in all.
  package enum Budget: Sendable {
    /// A person waits.
    case command
    /// `run-due`, after its executions have begun.
    case background

    var duration: Duration {
      switch self {
      case .command: .seconds(2)
      case .background: .seconds(30)
      }
    }

    /// How long one delivery may take, so that a dead receiver leaves time for the next.
    func milliseconds(_ channel: NotificationChannel) -> Int {
      switch (self, channel) {
      case (.command, .mail): 1900
      case (.command, .trap): 900
      case (.background, .mail): 20_000
      case (.background, .trap): 5000
      }
    }
  }

  private enum Answer: Sendable {
    case sent
    case failed(NotificationError)
    /// There was no time left for it.
    case untried
  }

  private let store: Store
  private let caller: Caller
  private let host: String
  private static let batchSize = 16

  /// - Parameter host: this machine's name.
  package init(store: Store, caller: Caller, host: String) {
    self.store = store
    self.caller = caller
    self.host = host
  }

  /// Sends what is due until nothing is, the time is up, or `isStopped` says so.
  /// - Parameters:
  ///   - ids: only these; nil is all.
  ///   - spent: what of the budget is gone already.
  /// - Throws: when the database cannot be used.
  package func run(
    _ budget: Budget, only ids: [Int64]? = nil, spent: Duration = .zero, isStopped: @escaping @Sendable () -> Bool = { false }
  ) async throws -> Outcome {
    var outcome = Outcome()
    let deadline = ContinuousClock.now + budget.duration - spent
    var dead: [(channel: NotificationChannel, recipient: String?)] = []
    var didAnything = false
    var isTimeLeft = true
    while isTimeLeft, ContinuousClock.now < deadline, !isStopped() {
      guard try await store.readAsync({ [clock = store.clock] in try OutboxQueries.isDue($0, now: clock()) }) else { break }
      let (host, excluded) = (host, dead)
      let lease = budget.duration.components.seconds + 60
      let (deliveries, office) = try await store.changeAsync(as: caller) { change in
        let claimed = try change.claimDeliveries(
          limit: Self.batchSize, leaseUntil: change.now.adding(seconds: lease), excluding: excluded, only: ids)
        return (claimed, claimed.isEmpty ? nil : try PostOffice(change, deliveries: claimed, host: host))
      }
      guard let office else { break }
      didAnything = true
      for await (delivery, answer) in answers(deliveries, office, budget, deadline, isStopped) {
        switch answer {
        case .sent:
          outcome.sent += 1
          try await store.changeAsync(as: caller) { try $0.deliverySucceeded(delivery) }
        case .failed(let error):
          outcome.failed += 1
          outcome.reason = error.message
          if error.code == .unavailable || error.code == .noLibrary {
            dead.append((delivery.channel, delivery.channel == .mail ? nil : delivery.recipient))
          }
          let reason = error.hint.map { "\(error.message) (\($0))" } ?? error.message
          try await store.changeAsync(as: caller) { try $0.deliveryFailed(delivery, because: reason) }
        case .untried:
          isTimeLeft = false
          try await store.changeAsync(as: caller) { try $0.releaseDelivery(delivery) }
        }
      }
    }
    if didAnything { try await store.changeAsync(as: caller) { try $0.pruneDeliveries() } }
    return outcome
  }

  /// Sends the deliveries, each mail on a thread of its own and the traps one after the other, and answers each as it ends; what
  /// has not ended in time has failed.
  private func answers(
    _ deliveries: [OutboxRecord], _ office: PostOffice, _ budget: Budget, _ deadline: ContinuousClock.Instant,
    _ isStopped: @escaping @Sendable () -> Bool
  ) -> AsyncStream<(OutboxRecord, Answer)> {
    AsyncStream { output in
      let (results, input) = AsyncStream.makeStream(of: (Int, Answer).self)
      start(deliveries, office, budget, deadline, isStopped, input)
      let watch = Task {
        // A little later than the libraries give up by themselves.
        while ContinuousClock.now < deadline, !isStopped() { try? await Task.sleep(for: .milliseconds(20)) }
        input.finish()
      }
      let reader = Task {
        var open = Set(deliveries.indices)
        for await (index, answer) in results where open.remove(index) != nil {
          output.yield((deliveries[index], answer))
          if open.isEmpty { break }
        }
        watch.cancel()
        input.finish()
        for index in open.sorted() {
          output.yield((deliveries[index], .failed(NotificationError(.unavailable, "no answer in time"))))
        }
        output.finish()
      }
      output.onTermination = { _ in reader.cancel() }
    }
  }

  private func start(
    _ deliveries: [OutboxRecord], _ office: PostOffice, _ budget: Budget, _ deadline: ContinuousClock.Instant,
    _ isStopped: @escaping @Sendable () -> Bool, _ output: AsyncStream<(Int, Answer)>.Continuation
  ) {
    var traps: [(index: Int, send: PostOffice.Send)] = []
    var mails: [(index: Int, send: PostOffice.Send)] = []
    for (index, delivery) in deliveries.enumerated() {
      do {
        let send = try office.send(delivery)
        if delivery.channel == .mail { mails.append((index, send)) } else { traps.append((index, send)) }
      } catch let error as NotificationError {
        output.yield((index, .failed(error)))
      } catch {
        output.yield((index, .failed(NotificationError(.invalid, "\(error)"))))
      }
    }
    // What needs no answer goes first, what failed before goes last.
    traps.sort { left, right in
      func rank(_ index: Int) -> (Int, Int) {
        (office.isInform(deliveries[index]) ? 1 + min(deliveries[index].attempts, 2) : 0, index)
      }
      return rank(left.index) < rank(right.index)
    }
    if !traps.isEmpty { TrapRoute.prepare() }
    func add(_ queue: [(index: Int, send: PostOffice.Send)], _ channel: NotificationChannel) {
      let isStarted = DeliveryThread.start {
        for (index, send) in queue {
          let left = Int((deadline - ContinuousClock.now) / .milliseconds(1)) - 100
          guard left > 0, !isStopped() else {
            output.yield((index, .untried))
            continue
          }
          do throws(NotificationError) {
            try send(min(left, budget.milliseconds(channel)))
            output.yield((index, .sent))
          } catch {
            output.yield((index, .failed(error)))
          }
        }
      }
      if !isStarted { for (index, _) in queue { output.yield((index, .failed(DeliveryThread.noThread))) } }
    }
    for mail in mails { add([mail], .mail) }
    if !traps.isEmpty { add(traps, .trap) }
  }
}
