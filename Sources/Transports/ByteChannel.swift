/// A live two-way byte stream to a device's command line: the shell channel of an SSH session, or a replayed recording.
///
/// One task uses a channel at a time. Every call ends by its deadline.
package protocol ByteChannel: AnyObject, Sendable {
  /// Returns the next bytes as they arrive, at least one; an empty array when the device has closed its side.
  /// - Throws: `.timedOut` at the deadline, `.connectionLost` when the connection broke, `CancellationError` when the task was cancelled.
  func read(deadline: ContinuousClock.Instant) async throws -> [UInt8]

  /// Sends all of `bytes`.
  /// - Throws: as `read`.
  func write(_ bytes: [UInt8], deadline: ContinuousClock.Instant) async throws

  /// Closes the channel and what it stands on; bounded in time, safe to call twice, never throws.
  func close() async
}
