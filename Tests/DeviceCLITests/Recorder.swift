import Synchronization

/// Collects texts from closures.
final class Recorder: Sendable {
  private let texts = Mutex<[String]>([])
  func append(_ text: String) { texts.withLock { $0.append(text) } }
  var all: [String] { texts.withLock { $0 } }
  var text: String { all.joined() }
}
