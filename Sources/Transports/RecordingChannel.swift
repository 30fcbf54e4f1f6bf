import Synchronization

/// Passes bytes between netjob and a device, and keeps them as a script that `ReplayChannel` plays.
///
/// The script holds passwords that were written, and all output: whoever stores it masks it first.
package final class RecordingChannel: ByteChannel {
  private let channel: any ByteChannel
  private let steps = Mutex<[ReplayScript.Step]>([])
  private let ending = Mutex<ReplayScript.Ending>(.hang)

  package init(_ channel: any ByteChannel) { self.channel = channel }

  /// The session so far; adjacent reads, and adjacent writes, are one step.
  package var script: ReplayScript {
    ReplayScript(steps.withLock { $0 }, ending: ending.withLock { $0 })
  }

  package func read(deadline: ContinuousClock.Instant) async throws -> [UInt8] {
    do {
      let bytes = try await channel.read(deadline: deadline)
      if bytes.isEmpty { ending.withLock { $0 = .endOfFile } } else { record(.send(bytes)) }
      return bytes
    } catch let error as TransportError {
      if error.code == .connectionLost { ending.withLock { $0 = .connectionLost } }
      throw error
    }
  }

  package func write(_ bytes: [UInt8], deadline: ContinuousClock.Instant) async throws {
    record(.expect(bytes))
    try await channel.write(bytes, deadline: deadline)
  }

  package func close() async { await channel.close() }

  private func record(_ step: ReplayScript.Step) {
    steps.withLock { steps in
      switch (steps.last, step) {
      case (.send(let before), .send(let bytes)): steps[steps.count - 1] = .send(before + bytes)
      case (.expect(let before), .expect(let bytes)): steps[steps.count - 1] = .expect(before + bytes)
      default: steps.append(step)
      }
    }
  }
}
