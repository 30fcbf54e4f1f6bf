import Glibc
import Synchronization

/// The one line at the bottom of a terminal that is redrawn while work goes on. What is written to the terminal meanwhile goes
/// above it: attach the streams that lead there.
package final class StatusLine: Sendable {
  private struct State {
    var text = ""
    var isShown = false
    var isEnded = false
  }

  private let state = Mutex(State())
  private let put: @Sendable ([UInt8]) -> Void
  private let columns: @Sendable () -> Int

  /// On the terminal behind `descriptor`; its width is asked for anew for each line.
  package init(descriptor: Int32) {
    put = { _ = writeAll($0, to: descriptor) }
    columns = {
      var size = winsize()
      return ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }
  }

  /// On a terminal of the test's making.
  package init(columns: @escaping @Sendable () -> Int, put: @escaping @Sendable ([UInt8]) -> Void) {
    self.columns = columns
    self.put = put
  }

  /// How long the line may be: a full row would move the cursor to the next one.
  package var width: Int { max(1, columns() - 1) }

  /// Shows a line, which must be harmless and at most `width` columns wide, instead of the one before.
  package func show(_ text: String) {
    state.withLock { state in
      guard !state.isEnded, !(state.isShown && state.text == text) else { return }
      state.text = text
      state.isShown = true
      put(Array(("\r" + text + "\u{1B}[K").utf8))
    }
  }

  /// Takes the line away for good.
  package func end() {
    state.withLock { state in
      wipe(&state)
      state.isEnded = true
    }
  }

  /// As `end`, from a thread that must not wait: a terminal that is stopped may hold the one that writes.
  package func endAtOnce() {
    _ = state.withLockIfAvailable { state in
      wipe(&state)
      state.isEnded = true
    }
  }

  /// Takes the line away while `body` writes to the terminal, then shows it again below; `isWholeLine` is false where the
  /// cursor stays in the middle of a line, and the status has to wait.
  func above<Result>(isWholeLine: Bool, _ body: () -> Result) -> Result {
    state.withLock { state in
      let text = state.text
      let wasShown = state.isShown
      wipe(&state)
      let result = body()
      if wasShown, isWholeLine, !state.isEnded {
        state.isShown = true
        put(Array((text + "\u{1B}[K").utf8))
      }
      return result
    }
  }

  private func wipe(_ state: inout State) {
    guard state.isShown else { return }
    state.isShown = false
    put(Array("\r\u{1B}[K".utf8))
  }
}
