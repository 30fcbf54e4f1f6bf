import Glibc
import Synchronization

/// An open terminal, for one question at a time.
struct TerminalDevice {
  private let descriptor: Int32

  /// Opens the terminal; nil where there is none.
  init?(path: String) {
    let descriptor = Glibc.open(path, O_RDWR | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { return nil }
    guard isatty(descriptor) == 1 else {
      _ = Glibc.close(descriptor)
      return nil
    }
    self.descriptor = descriptor
  }

  func close() { _ = Glibc.close(descriptor) }

  /// Writes the question and reads one line, without its line end.
  func ask(_ question: String, echo: Bool) throws(TerminalError) -> [UInt8] {
    guard let signals = SignalWatch() else { throw readFailure(errno) }
    var before = termios()
    guard tcgetattr(descriptor, &before) == 0 else {
      let status = errno
      signals.end()
      throw readFailure(status)
    }
    if !echo {
      var silent = before
      silent.c_lflag &= ~tcflag_t(ECHO)
      silent.c_lflag |= tcflag_t(ECHONL | ICANON | ISIG)
      // A shell that takes over at ^Z would bring the echo back for the rest of the secret.
      withUnsafeMutableBytes(of: &silent.c_cc) { $0[Int(VSUSP)] = 0 }
      // What was typed before the question, and echoed, is no answer to it.
      guard tcsetattr(descriptor, TCSAFLUSH, &silent) == 0 else {
        let status = errno
        signals.end()
        throw readFailure(status)
      }
    }
    let result = Result { () throws(TerminalError) in
      let status = writeAll(Array(escapeControls(question).utf8), to: descriptor)
      guard status == 0 else { throw readFailure(status) }
      return try readLine(signals)
    }
    // TCSAFLUSH: the rest of a line that is too long must not reach the shell.
    if !echo { _ = tcsetattr(descriptor, TCSAFLUSH, &before) }
    let signal = signals.end()
    guard signal == 0 else {
      _ = writeAll([UInt8(ascii: "\n")], to: descriptor)
      Self.sendAgain(signal)
      throw TerminalError(.interrupted, "interrupted by signal \(signal)")
    }
    return try result.get()
  }

  /// Lets the signal act before this returns: the concurrency runtime's threads block signals, and while the main thread
  /// comes out of the handler nobody would take it.
  private static func sendAgain(_ signal: Int32) {
    var only = sigset_t()
    var before = sigset_t()
    sigemptyset(&only)
    sigaddset(&only, signal)
    pthread_sigmask(SIG_UNBLOCK, &only, &before)
    kill(getpid(), signal)
    pthread_sigmask(SIG_SETMASK, &before, nil)
  }

  private func readLine(_ signals: SignalWatch) throws(TerminalError) -> [UInt8] {
    let limit = 4096
    var line: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1024)
    while true {
      var wait = [
        pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0),
      ]
      if poll(&wait, 2, -1) < 0 {
        if errno == EINTR { continue }
        throw readFailure(errno)
      }
      if wait[1].revents != 0 { throw TerminalError(.interrupted, "interrupted") }
      let count = read(descriptor, &chunk, chunk.count)
      if count < 0 {
        if errno == EINTR || errno == EAGAIN { continue }
        throw readFailure(errno)
      }
      if count == 0 {
        if line.isEmpty { throw TerminalError(.endOfInput, "the terminal's input ended without an answer") }
        return line
      }
      line += chunk[..<count]
      if let end = line.firstIndex(of: UInt8(ascii: "\n")) { return Array(line[..<end]) }
      guard line.count <= limit else { throw TerminalError(.tooLong, "the answer is longer than \(limit) bytes") }
    }
  }

  private func readFailure(_ status: Int32) -> TerminalError {
    TerminalError(.readFailed, "cannot use the terminal: \(errorText(status))")
  }
}

/// Where the handler writes; -1 while nobody watches.
private let watchPipe = Atomic<Int32>(-1)
private let watchedSignal = Atomic<Int32>(0)

/// Turns the signals that end a program into bytes on a pipe, while a terminal is in an unusual state.
///
/// There is one at a time; the process has one terminal to ask on.
private struct SignalWatch {
  private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]

  /// Readable once a signal came.
  let descriptor: Int32
  private let writeEnd: Int32
  private let previous: [(signal: Int32, action: sigaction)]

  init?() {
    guard let ends = closedOnExecPipe() else { return nil }
    // A handler must not wait, however many signals come.
    _ = fcntl(ends.write, F_SETFL, O_NONBLOCK)
    descriptor = ends.read
    writeEnd = ends.write
    watchedSignal.store(0, ordering: .sequentiallyConsistent)
    watchPipe.store(ends.write, ordering: .sequentiallyConsistent)
    var previous: [(signal: Int32, action: sigaction)] = []
    for signal in Self.signals {
      var old = sigaction()
      var new = sigaction()
      // Only what is safe in a handler: two atomics, which exist by now, and write(2).
      new.__sigaction_handler.sa_handler = { signal in
        let saved = errno
        watchedSignal.store(signal, ordering: .sequentiallyConsistent)
        var byte: UInt8 = 0
        _ = write(watchPipe.load(ordering: .sequentiallyConsistent), &byte, 1)
        errno = saved
      }
      sigemptyset(&new.sa_mask)
      guard sigaction(signal, nil, &old) == 0 else { continue }
      // nohup's SIGHUP stays ignored.
      if unsafeBitCast(old.__sigaction_handler.sa_handler, to: Int.self) == 1 { continue }
      if sigaction(signal, &new, nil) == 0 { previous.append((signal, old)) }
    }
    self.previous = previous
  }

  /// Puts the handlers back; the signal that came, or 0.
  @discardableResult func end() -> Int32 {
    for (signal, action) in previous {
      var action = action
      sigaction(signal, &action, nil)
    }
    watchPipe.store(-1, ordering: .sequentiallyConsistent)
    _ = close(descriptor)
    _ = close(writeEnd)
    return watchedSignal.load(ordering: .sequentiallyConsistent)
  }
}
