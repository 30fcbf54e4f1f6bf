private import Synchronization

/// What the session with one device is about, for the message when its time runs out and for whoever looks on.
final class DeviceActivity: Sendable {
  private let text = Mutex("")

  /// A word or two, or a command in quotes; no secrets.
  var current: String {
    get { text.withLock { $0 } }
    set { text.withLock { $0 = newValue } }
  }
}
