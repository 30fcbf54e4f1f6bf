import Glibc
import Synchronization

/// A stream of text to a person, a pipe or a test: standard output or standard error.
///
/// Writing never throws: the first failure is kept, what follows is dropped, and `finish()` reports it. Work that must be
/// completed (a change on a device) so is not torn apart by a reader who went away.
package final class TextOutput: Sendable {
  private enum Target: Sendable {
    case descriptor(Int32)
    case memory
  }

  private struct State {
    var buffer: [UInt8] = []
    var failure: TerminalError?
    var status: StatusLine?
  }

  /// Whether a person looks at it: tables are aligned, times relative.
  package let isTerminal: Bool
  /// The columns of the terminal; 80 where nothing is known.
  package let width: Int
  /// The colours.
  package let style: Style

  private let target: Target
  private let flushesLines: Bool
  private let name: String
  private let state = Mutex(State())
  private static let bufferLimit = 1 << 16

  /// A stream onto a descriptor that stays the caller's; `name` stands in messages.
  ///
  /// `environment` is asked for `COLUMNS`, `NO_COLOR` and `TERM`. With `flushesLines` complete lines go out at once even
  /// where nobody looks, as messages in a log must.
  package init(
    descriptor: Int32, name: String, flushesLines: Bool = false, noColor: Bool = false, environment: [String: String]
  ) {
    target = .descriptor(descriptor)
    self.flushesLines = flushesLines || isatty(descriptor) == 1
    self.name = name
    isTerminal = isatty(descriptor) == 1
    width = Self.width(of: descriptor, columns: environment["COLUMNS"])
    style = Style(isTerminal: isTerminal, noColor: noColor, environment: environment)
  }

  /// A stream that keeps what is written, for tests.
  package init(isTerminal: Bool = false, width: Int = 80, style: Style = .plain) {
    target = .memory
    flushesLines = false
    name = "memory"
    self.isTerminal = isTerminal
    self.width = width
    self.style = style
  }

  /// Standard output.
  package static func standardOutput(noColor: Bool, environment: [String: String]) -> TextOutput {
    TextOutput(descriptor: STDOUT_FILENO, name: "standard output", noColor: noColor, environment: environment)
  }

  /// Standard error.
  package static func standardError(noColor: Bool, environment: [String: String]) -> TextOutput {
    TextOutput(descriptor: STDERR_FILENO, name: "standard error", flushesLines: true, noColor: noColor, environment: environment)
  }

  /// Writes text as it is. Complete lines appear at once on a terminal and on standard error; else they are collected.
  package func write(_ text: String) {
    write(bytes: text.utf8)
  }

  /// Writes text and a line end.
  package func writeLine(_ text: String = "") {
    write(bytes: (text + "\n").utf8)
  }

  /// Writes bytes as they are: a stored configuration, a picture.
  package func write(bytes: some Collection<UInt8>) {
    state.withLock { state in
      guard state.failure == nil else { return }
      state.buffer.append(contentsOf: bytes)
      guard case .descriptor = target else { return }
      if state.buffer.count >= Self.bufferLimit || (flushesLines && bytes.contains(UInt8(ascii: "\n"))) { drain(&state) }
    }
  }

  /// Hands everything over now; a line of progress in a pipe needs it.
  package func flush() {
    state.withLock { drain(&$0) }
  }

  /// Flushes and throws the first failure: `.brokenPipe` or `.writeFailed`.
  package func finish() throws(TerminalError) {
    flush()
    if let failure { throw failure }
  }

  /// From now on, what is written goes above the status line; nil ends that.
  package func attach(_ status: StatusLine?) { state.withLock { $0.status = status } }

  /// The first failure so far; a long listing may stop on it.
  package var failure: TerminalError? { state.withLock { $0.failure } }

  /// What was written to memory so far; empty for a descriptor.
  package var text: String {
    guard case .memory = target else { return "" }
    return state.withLock { String(decoding: $0.buffer, as: UTF8.self) }
  }

  private func drain(_ state: inout State) {
    guard case .descriptor(let descriptor) = target, state.failure == nil, !state.buffer.isEmpty else { return }
    let bytes = state.buffer
    let status =
      state.status?.above(isWholeLine: bytes.last == UInt8(ascii: "\n")) { writeAll(bytes, to: descriptor) }
      ?? writeAll(bytes, to: descriptor)
    state.buffer.removeAll(keepingCapacity: true)
    guard status != 0 else { return }
    state.failure =
      status == EPIPE
      ? TerminalError(.brokenPipe, "\(name) was closed by its reader")
      : TerminalError(.writeFailed, "cannot write \(name): \(errorText(status))")
  }

  private static func width(of descriptor: Int32, columns: String?) -> Int {
    if let columns, let width = Int(columns), (1...10_000).contains(width) { return width }
    var size = winsize()
    if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
    return 80
  }
}
