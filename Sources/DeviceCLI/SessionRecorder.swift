import Synchronization
package import Transports

/// Records one session on a device, to be given away as a fixture: see `SessionRecording`.
package final class SessionRecorder: Sendable {
  private struct State {
    var channel: RecordingChannel?
    var platform: Platform?
    var secrets: [String] = []
  }

  private let state = Mutex(State())

  package init() {}

  /// A channel that passes everything on to `channel` and keeps it.
  /// - Parameter secrets: what must not be in the recording.
  package func recording(
    _ channel: any ByteChannel, platform: Platform, secrets: [String]
  ) -> any ByteChannel {
    let recorder = RecordingChannel(channel)
    state.withLock { $0 = State(channel: recorder, platform: platform, secrets: secrets) }
    return recorder
  }

  /// What was recorded; `nil` where no channel was opened.
  package var recording: SessionRecording? {
    state.withLock { state in
      guard let channel = state.channel, let platform = state.platform else { return nil }
      return SessionRecording(platform: platform, script: channel.script, secrets: state.secrets)
    }
  }
}
