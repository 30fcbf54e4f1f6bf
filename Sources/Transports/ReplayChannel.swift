import Synchronization

/// A byte channel that plays a `ReplayScript` instead of talking to a device: for tests and for platform authors.
///
/// It holds netjob to the script: a write that differs throws `.system` with both sides, and so does every call after it
/// (`failure` keeps it). A read where the script expects a write first times out, as at a real device, and its message says so.
package final class ReplayChannel: ByteChannel {
  /// How a read of a silent device passes the time until its deadline; returns when the deadline counts as passed.
  package typealias Wait = @Sendable (ContinuousClock.Instant) async throws -> Void

  /// Deadlines of a silent device pass at once.
  package static let immediately: Wait = { _ in }
  /// Deadlines of a silent device pass in real time.
  package static let untilDeadline: Wait = { deadline in try await Task.sleep(until: deadline, clock: .continuous) }

  private struct State {
    var nextStep = 0
    /// How much of the `expect` step at `nextStep` has been written.
    var matchedCount = 0
    /// All bytes the device has sent so far, and how many of them have been read.
    var stream: [UInt8] = []
    var readCount = 0
    var stepEnds: [Int] = []
    var writes: [[UInt8]] = []
    var failure: TransportError?
    var closed = false
  }

  private enum Reading {
    case bytes([UInt8])
    case silence(TransportError)
  }

  package let script: ReplayScript
  private let wait: Wait
  private let state: Mutex<State>

  /// - Parameter wait: what a read of a silent device does until its deadline.
  package init(_ script: ReplayScript, wait: @escaping Wait = ReplayChannel.immediately) {
    self.script = script
    self.wait = wait
    var initial = State()
    Self.advance(&initial, through: script.steps)
    state = Mutex(initial)
  }

  /// Everything netjob wrote, one element per call, the mismatching one included.
  package var writes: [[UInt8]] { state.withLock { $0.writes } }
  /// The first departure from the script, if there was one.
  package var failure: TransportError? { state.withLock { $0.failure } }
  package var isClosed: Bool { state.withLock { $0.closed } }

  /// Checks that netjob kept to the script and came to its end, all bytes read.
  /// - Throws: the first departure, or `.system` naming the step that was not reached.
  package func checkFinished() throws(TransportError) {
    try state.withLock { state throws(TransportError) in
      if let failure = state.failure { throw failure }
      if state.nextStep < script.steps.count {
        throw TransportError(.system, "replay ended at \(Self.describe(state.nextStep, state.matchedCount, script.steps))")
      }
      if state.readCount < state.stream.count {
        let rest = PrintableBytes(state.stream[state.readCount...])
        throw TransportError(.system, "replay ended with '\(rest)' unread")
      }
    }
  }

  package func read(deadline: ContinuousClock.Instant) async throws -> [UInt8] {
    try Task.checkCancellation()
    switch try state.withLock({ try nextReading(&$0) }) {
    case .bytes(let bytes):
      return bytes
    case .silence(let error):
      try await wait(deadline)
      try Task.checkCancellation()
      throw error
    }
  }

  package func write(_ bytes: [UInt8], deadline: ContinuousClock.Instant) async throws {
    try Task.checkCancellation()
    try state.withLock { state throws(TransportError) in
      try Self.checkUsable(state)
      state.writes.append(bytes)
      do throws(TransportError) {
        try match(bytes, in: &state)
      } catch {
        state.failure = error
        throw error
      }
    }
  }

  package func close() async {
    state.withLock { $0.closed = true }
  }

  private static func checkUsable(_ state: State) throws(TransportError) {
    if let failure = state.failure { throw failure }
    if state.closed { throw TransportError(.connectionLost, "the replay channel is closed") }
  }

  private func nextReading(_ state: inout State) throws(TransportError) -> Reading {
    try Self.checkUsable(state)
    if state.readCount < state.stream.count {
      let end = deliveryEnd(state)
      defer { state.readCount = end }
      return .bytes(Array(state.stream[state.readCount..<end]))
    }
    guard state.nextStep < script.steps.count else {
      switch script.ending {
      case .endOfFile: return .bytes([])
      case .connectionLost: throw TransportError(.connectionLost, "the connection was lost (replay)")
      case .hang: return .silence(TransportError(.timedOut, "timed out: the replay is at its end and hangs"))
      }
    }
    let place = Self.describe(state.nextStep, state.matchedCount, script.steps)
    if case .pause = script.steps[state.nextStep] {
      state.nextStep += 1
      Self.advance(&state, through: script.steps)
    }
    return .silence(TransportError(.timedOut, "timed out at \(place)"))
  }

  /// The end of the next read, beyond `readCount`.
  private func deliveryEnd(_ state: State) -> Int {
    let all = state.stream.count
    switch script.delivery {
    case .steps: return state.stepEnds.first { $0 > state.readCount } ?? all
    case .chunks(let size): return size < all - state.readCount ? state.readCount + max(1, size) : all
    case .split(let positions): return min(all, positions.filter { $0 > state.readCount }.min() ?? all)
    }
  }

  private func match(_ bytes: [UInt8], in state: inout State) throws(TransportError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      if script.allowsTypeAhead {
        while state.nextStep < script.steps.count, case .pause = script.steps[state.nextStep] {
          state.nextStep += 1
          Self.advance(&state, through: script.steps)
        }
      } else if state.stream[state.readCount...].contains(where: { $0 != 0x20 }) {
        let unread = PrintableBytes(state.stream[state.readCount...])
        throw TransportError(.system, "replay: '\(PrintableBytes(rest))' was written with '\(unread)' unread")
      }
      guard state.nextStep < script.steps.count, case .expect(let expected) = script.steps[state.nextStep] else {
        let place = Self.describe(state.nextStep, state.matchedCount, script.steps)
        throw TransportError(.system, "replay: '\(PrintableBytes(rest))' was written at \(place)")
      }
      let wanted = expected[state.matchedCount...]
      let count = min(wanted.count, rest.count)
      guard wanted.prefix(count).elementsEqual(rest.prefix(count)) else {
        let place = Self.describe(state.nextStep, state.matchedCount, script.steps)
        throw TransportError(.system, "replay: '\(PrintableBytes(rest))' was written at \(place)")
      }
      rest = rest.dropFirst(count)
      state.matchedCount += count
      Self.advance(&state, through: script.steps)
    }
  }

  /// Moves over completed `expect` steps and makes the bytes of the `send` steps behind them readable.
  private static func advance(_ state: inout State, through steps: [ReplayScript.Step]) {
    while state.nextStep < steps.count {
      switch steps[state.nextStep] {
      case .pause: return
      case .send(let bytes):
        state.stream += bytes
        state.stepEnds.append(state.stream.count)
      case .expect(let bytes):
        if state.matchedCount < bytes.count { return }
        state.matchedCount = 0
      }
      state.nextStep += 1
    }
  }

  private static func describe(_ index: Int, _ matchedCount: Int, _ steps: [ReplayScript.Step]) -> String {
    guard index < steps.count else { return "the end of the replay, which expects nothing more" }
    switch steps[index] {
    case .pause: return "replay step \(index + 1), a pause of the device"
    case .send(let bytes): return "replay step \(index + 1), which sends '\(PrintableBytes(bytes))'"
    case .expect(let bytes):
      return "replay step \(index + 1), which expects '\(PrintableBytes(bytes.dropFirst(matchedCount)))' to be written"
    }
  }
}
