import Glibc
import Synchronization

/// Writes on a thread of its own, in order, so that a reader who does not read, or a slow disk, holds up no work.
///
/// What waits to be written is bounded; what comes beyond that is dropped, and counted.
package final class BackgroundWriter: Sendable {
  private struct Item {
    var byteCount: Int
    var write: @Sendable (_ dropped: Int) -> Void
  }

  private struct State {
    var items: [Item] = []
    var byteCount = 0
    var dropped = 0
    var isWorking = false
    var isEnded = false
  }

  private let state = Mutex(State())
  private let limit: Int
  private let wakeUp: (read: Int32, write: Int32)

  /// - Parameter limit: bytes that may wait.
  package init(limit: Int = 8 << 20) throws(TerminalError) {
    self.limit = limit
    guard let ends = closedOnExecPipe() else { throw TerminalError(.writeFailed, "cannot make a pipe: \(errorText(errno))") }
    wakeUp = ends
    // A full pipe wakes the thread as well.
    _ = fcntl(ends.write, F_SETFL, O_NONBLOCK)
    try start()
  }

  /// Has `write` called on the thread; it is told how many were dropped just before it.
  package func submit(byteCount: Int, _ write: @escaping @Sendable (_ dropped: Int) -> Void) {
    let isAccepted = state.withLock { state in
      if state.isEnded { return false }
      guard state.byteCount + byteCount <= limit else {
        state.dropped += 1
        return false
      }
      state.items.append(Item(byteCount: byteCount, write: write))
      state.byteCount += byteCount
      return true
    }
    if isAccepted { wake() }
  }

  /// Waits until all is written, but not for long, and takes nothing more.
  package func finish(within patience: Duration = .seconds(2)) async {
    let deadline = ContinuousClock.now + patience
    while state.withLock({ !$0.items.isEmpty || $0.isWorking }), ContinuousClock.now < deadline {
      try? await Task.sleep(for: .milliseconds(2))
    }
    state.withLock { $0.isEnded = true }
    wake()
  }

  deinit {
    close(wakeUp.read)
    close(wakeUp.write)
  }

  private func wake() {
    var byte: UInt8 = 0
    _ = write(wakeUp.write, &byte, 1)
  }

  /// On the thread, until the end.
  private func work() {
    var bytes = [UInt8](repeating: 0, count: 4096)
    while true {
      if read(wakeUp.read, &bytes, bytes.count) < 0, errno != EINTR { return }
      while true {
        var (items, dropped) = takeAll()
        if items.isEmpty { break }
        for item in items {
          item.write(dropped)
          dropped = 0
          state.withLock { $0.byteCount -= item.byteCount }
        }
      }
      if state.withLock({ $0.isEnded }) { return }
    }
  }

  private func takeAll() -> ([Item], dropped: Int) {
    state.withLock { state in
      let result = (state.items, state.dropped)
      state.isWorking = !state.items.isEmpty
      if state.isWorking { state.dropped = 0 }
      state.items = []
      return result
    }
  }

  private func start() throws(TerminalError) {
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    // A thread inherits the mask of its maker; signals are for the main thread.
    pthread_sigmask(SIG_SETMASK, &all, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    var thread = pthread_t()
    let box = Unmanaged.passRetained(self)
    let status = pthread_create(
      &thread, nil,
      { pointer in
        if let pointer { Unmanaged<BackgroundWriter>.fromOpaque(pointer).takeRetainedValue().work() }
        return nil
      }, box.toOpaque())
    guard status == 0 else {
      box.release()
      throw TerminalError(.writeFailed, "cannot start a thread: \(errorText(status))")
    }
    pthread_detach(thread)
  }
}
