import Testing

@testable import Transports

/// Tests against real servers. One at a time, as some count the descriptors and threads of the process.
@Suite(.serialized, .timeLimit(.minutes(2))) struct LiveTests {
  static let anyKey: HostKeyVerifier = { _ in }
  static let brisk = SessionDeadlines(connect: .seconds(5), login: .seconds(10), command: .seconds(5), device: .seconds(30))

  /// Reads until the text so far ends or contains `text`.
  static func read(_ channel: any ByteChannel, until text: String) async throws -> String {
    var bytes: [UInt8] = []
    let deadline = ContinuousClock.now + .seconds(5)
    while true {
      let more = try await channel.read(deadline: deadline)
      bytes += more
      let soFar = String(decoding: bytes, as: UTF8.self)
      if soFar.contains(text) || more.isEmpty { return soFar }
    }
  }

  /// The error that `body` throws, if it is one of ours.
  static func failure(_ body: () async throws -> Void) async -> TransportError? {
    do {
      try await body()
      return nil
    } catch { return error as? TransportError }
  }
}
