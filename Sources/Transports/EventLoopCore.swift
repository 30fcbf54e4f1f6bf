import CSSH2
import Glibc
import Synchronization

/// The state that an event loop shares with its thread: the jobs to run, and who waits for what.
///
/// Continuations are always resumed outside of the lock, as resuming enqueues a job here.
final class EventLoopCore: Sendable {
  struct Interest: Sendable {
    var descriptor: Int32
    var readiness: EventLoop.Readiness
    var urgency: EventLoop.Urgency
  }

  /// Resumed by whoever takes its waiter out of the state, thus once.
  typealias Continuation = UnsafeContinuation<Void, any Error>

  /// As what a job runs.
  enum Executor: Sendable {
    case actor(UnownedSerialExecutor)
    case task(UnownedTaskExecutor)
  }

  private struct Job {
    var job: UnownedJob
    var executor: Executor

    func run() {
      switch executor {
      case .actor(let executor): job.runSynchronously(on: executor)
      case .task(let executor): job.runSynchronously(on: executor)
      }
    }
  }

  private struct Waiter {
    var interest: Interest?
    var continuation: Continuation
  }

  private struct State {
    var jobs: [Job] = []
    /// The thread is in `epoll_wait`, or about to be, and needs a wake-up to see a change.
    var isPolling = false
    var isStopping = false
    var lastIdentifier: UInt64 = 0
    var waiters: [UInt64: Waiter] = [:]
    var identifiers: [Int32: [UInt64]] = [:]
    var deadlines = DeadlineHeap()
    /// Ready waiters of low urgency, oldest first; resumed one per turn.
    var patient: [UInt64] = []
  }

  private let epoll: Int32
  private let wakeUp: Int32
  private let state = Mutex(State())

  init() throws(TransportError) {
    epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard epoll >= 0 else { throw TransportError(.system, "cannot make an epoll: \(SystemError(errno))") }
    wakeUp = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(fd: wakeUp))
    guard wakeUp >= 0, epoll_ctl(epoll, EPOLL_CTL_ADD, wakeUp, &event) == 0 else {
      let number = errno
      Glibc.close(epoll)
      if wakeUp >= 0 { Glibc.close(wakeUp) }
      throw TransportError(.system, "cannot make an eventfd: \(SystemError(number))")
    }
  }

  deinit {
    Glibc.close(epoll)
    Glibc.close(wakeUp)
  }

  // MARK: From any thread

  func enqueue(_ job: UnownedJob, executor: Executor) {
    change { state in state.jobs.append(Job(job: job, executor: executor)) }
  }

  func stop() {
    change { $0.isStopping = true }
  }

  func nextIdentifier() -> UInt64 {
    state.withLock { state in
      state.lastIdentifier += 1
      return state.lastIdentifier
    }
  }

  func register(
    _ id: UInt64, _ interest: Interest?, _ deadline: ContinuousClock.Instant, _ continuation: Continuation
  ) {
    let refusal: (any Error)? = change { state in
      // The cancellation handler takes the same lock: it either ran before, and this sees it, or will find the waiter.
      if Task.isCancelled { return CancellationError() }
      state.waiters[id] = Waiter(interest: interest, continuation: continuation)
      state.deadlines.insert(id, deadline)
      guard let interest else { return nil }
      state.identifiers[interest.descriptor, default: []].append(id)
      let number = arm(interest.descriptor, state)
      if number == 0 { return nil }
      _ = Self.remove(id, from: &state)
      return TransportError(.system, "cannot wait for descriptor \(interest.descriptor): \(SystemError(number))")
    }
    if let refusal { continuation.resume(throwing: refusal) }
  }

  /// Ends one wait; does nothing when it has ended already.
  func finish(_ id: UInt64, _ result: Result<Void, any Error>) {
    let waiter = state.withLock { Self.remove(id, from: &$0) }
    waiter?.continuation.resume(with: result)
  }

  func abandon(_ descriptor: Int32) {
    let abandoned = state.withLock { state in
      epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nil)
      return (state.identifiers[descriptor] ?? []).compactMap { Self.remove($0, from: &state) }
    }
    for waiter in abandoned {
      waiter.continuation.resume(throwing: TransportError(.connectionLost, "the connection was closed"))
    }
  }

  private func change<Result>(_ body: (inout State) -> sending Result) -> sending Result {
    state.withLock { state in
      let result = body(&state)
      if state.isPolling {
        state.isPolling = false
        eventfd_write(wakeUp, 1)
      }
      return result
    }
  }

  private static func remove(_ id: UInt64, from state: inout State) -> Waiter? {
    guard let waiter = state.waiters.removeValue(forKey: id) else { return nil }
    state.deadlines.remove(id)
    if let descriptor = waiter.interest?.descriptor {
      state.identifiers[descriptor]?.removeAll { $0 == id }
      if state.identifiers[descriptor]?.isEmpty == true { state.identifiers[descriptor] = nil }
    }
    return waiter
  }

  /// Tells epoll what is waited for at `descriptor`, once; returns 0 or the error number.
  private func arm(_ descriptor: Int32, _ state: borrowing State) -> Int32 {
    var wanted: EventLoop.Readiness = []
    for id in state.identifiers[descriptor] ?? [] {
      if let interest = state.waiters[id]?.interest { wanted.formUnion(interest.readiness) }
    }
    if wanted.isEmpty { return 0 }
    var event = epoll_event(events: EPOLLONESHOT.rawValue | EPOLLRDHUP.rawValue, data: epoll_data_t(fd: descriptor))
    if wanted.contains(.readable) { event.events |= EPOLLIN.rawValue }
    if wanted.contains(.writable) { event.events |= EPOLLOUT.rawValue }
    if epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event) == 0 { return 0 }
    // A number can come back for another socket, which epoll does not know yet.
    if errno == ENOENT, epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0 { return 0 }
    return errno
  }

  // MARK: On the loop's thread

  /// Runs jobs and waits until `stop`.
  func run() {
    var events = [epoll_event](repeating: epoll_event(), count: 64)
    while true {
      let turn = state.withLock { state in nextTurn(&state) }
      if turn.ends { return }
      for job in turn.jobs { job.run() }
      turn.patient?.continuation.resume()
      poll(&events, timeoutMilliseconds: turn.timeoutMilliseconds)
    }
  }

  private struct Turn {
    var jobs: [Job]
    var patient: Waiter?
    var timeoutMilliseconds: Int32
    var ends: Bool
  }

  private func nextTurn(_ state: inout State) -> Turn {
    var turn = Turn(jobs: state.jobs, patient: nil, timeoutMilliseconds: 0, ends: false)
    state.jobs.removeAll()
    while turn.patient == nil, !state.patient.isEmpty {
      turn.patient = Self.remove(state.patient.removeFirst(), from: &state)
    }
    guard turn.jobs.isEmpty, turn.patient == nil else { return turn }
    turn.ends = state.isStopping
    turn.timeoutMilliseconds = state.deadlines.next.map(Self.milliseconds(until:)) ?? -1
    state.isPolling = !turn.ends
    return turn
  }

  private static func milliseconds(until deadline: ContinuousClock.Instant) -> Int32 {
    let (seconds, attoseconds) = (deadline - .now).components
    if seconds < 0 || attoseconds < 0 { return 0 }
    if seconds >= 3600 { return 3_600_000 }
    return Int32(seconds) * 1000 + Int32(attoseconds / 1_000_000_000_000_000) + 1
  }

  private func poll(_ events: inout [epoll_event], timeoutMilliseconds: Int32) {
    let count = epoll_wait(epoll, &events, Int32(events.count), timeoutMilliseconds)
    let now = ContinuousClock.now
    let (ready, late) = state.withLock { state in
      state.isPolling = false
      var ready: [Waiter] = []
      for event in events.prefix(Int(max(0, count))) {
        if event.data.fd == wakeUp {
          var value: eventfd_t = 0
          eventfd_read(wakeUp, &value)
        } else {
          collectReady(event, into: &ready, &state)
        }
      }
      let late = state.deadlines.removeExpired(at: now).compactMap { Self.remove($0, from: &state) }
      return (ready, late)
    }
    for waiter in ready { waiter.continuation.resume() }
    for waiter in late { waiter.continuation.resume(throwing: TransportError(.timedOut, "timed out")) }
  }

  private func collectReady(_ event: epoll_event, into ready: inout [Waiter], _ state: inout State) {
    let descriptor = event.data.fd
    var readiness: EventLoop.Readiness = []
    if event.events & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue) != 0 { readiness.insert(.readable) }
    if event.events & EPOLLOUT.rawValue != 0 { readiness.insert(.writable) }
    if event.events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { readiness = [.readable, .writable] }
    for id in state.identifiers[descriptor] ?? [] {
      guard let interest = state.waiters[id]?.interest, !interest.readiness.isDisjoint(with: readiness) else { continue }
      if interest.urgency == .low {
        // Its socket is ready, so its deadline is met, however long its turn takes to come.
        state.deadlines.remove(id)
        state.identifiers[descriptor]?.removeAll { $0 == id }
        state.patient.append(id)
      } else if let waiter = Self.remove(id, from: &state) {
        ready.append(waiter)
      }
    }
    _ = arm(descriptor, state)
  }
}
