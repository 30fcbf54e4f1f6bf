import Glibc
import Synchronization

/// Bytes from standard input or a test, read in lines or whole, never more than the caller allows.
package final class TextInput: Sendable {
  private struct State {
    var buffer: [UInt8]
    var isAtEnd: Bool
  }

  /// Whether a person types it.
  package let isTerminal: Bool

  private let descriptor: Int32?
  private let name: String
  private let state: Mutex<State>

  /// A stream from a descriptor that stays the caller's; `name` stands in messages.
  package init(descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
    isTerminal = isatty(descriptor) == 1
    state = Mutex(State(buffer: [], isAtEnd: false))
  }

  /// A stream of given bytes, for tests.
  package init(_ bytes: some Sequence<UInt8>, isTerminal: Bool = false) {
    descriptor = nil
    name = "memory"
    self.isTerminal = isTerminal
    state = Mutex(State(buffer: Array(bytes), isAtEnd: true))
  }

  /// Standard input.
  package static func standardInput() -> TextInput {
    TextInput(descriptor: STDIN_FILENO, name: "standard input")
  }

  /// The next line without its line end; nil at the end. Throws `.tooLong` beyond `limit` bytes, and `.readFailed`.
  package func readLine(limit: Int) throws(TerminalError) -> [UInt8]? {
    // Mutex carries no typed error out of its closure unless the closure names it.
    try state.withLock { (state) throws(TerminalError) -> [UInt8]? in
      var searched = 0
      while true {
        if let end = state.buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
          guard end <= limit else { throw tooLong("a line", limit) }
          let line = Array(state.buffer[..<end])
          state.buffer.removeFirst(end + 1)
          return line
        }
        searched = state.buffer.count
        guard searched <= limit else { throw tooLong("a line", limit) }
        if try !fill(&state) {
          defer { state.buffer = [] }
          return state.buffer.isEmpty ? nil : state.buffer
        }
      }
    }
  }

  /// The next line as a secret: 1 to 4096 bytes of UTF-8; one `\r` before the line end is dropped.
  ///
  /// `what` names it in messages. Throws `.endOfInput` where there is no line, `.invalidInput` for an empty line, NUL or bytes
  /// that are not UTF-8, `.tooLong`, `.readFailed`. The secret stands in no message.
  package func readSecretLine(_ what: String) throws(TerminalError) -> String {
    guard var line = try readLine(limit: 4096) else {
      throw TerminalError(.endOfInput, "\(name) ends before the \(what)", hint: "each secret is one line")
    }
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    return try Secret.validate(line, what, from: name)
  }

  /// Everything that is left. Throws `.tooLong` beyond `limit` bytes, and `.readFailed`.
  package func readAll(limit: Int) throws(TerminalError) -> [UInt8] {
    try state.withLock { (state) throws(TerminalError) -> [UInt8] in
      while state.buffer.count <= limit, try fill(&state) {}
      guard state.buffer.count <= limit else { throw tooLong("the input", limit) }
      defer { state.buffer = [] }
      return state.buffer
    }
  }

  /// Reads once more; false at the end.
  private func fill(_ state: inout State) throws(TerminalError) -> Bool {
    guard !state.isAtEnd, let descriptor else { return false }
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count > 0 {
        state.buffer.append(contentsOf: chunk[..<count])
        return true
      }
      if count == 0 {
        state.isAtEnd = true
        return false
      }
      switch errno {
      case EINTR: continue
      case EAGAIN:
        var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = poll(&wait, 1, -1)
      default: throw TerminalError(.readFailed, "cannot read \(name): \(errorText(errno))")
      }
    }
  }

  private func tooLong(_ what: String, _ limit: Int) -> TerminalError {
    TerminalError(.tooLong, "\(name): \(what) is longer than \(limit) bytes")
  }
}

enum Secret {
  static func validate(_ bytes: [UInt8], _ what: String, from place: String) throws(TerminalError) -> String {
    guard !bytes.isEmpty else { throw TerminalError(.invalidInput, "the \(what) from \(place) is empty") }
    guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
      throw TerminalError(.invalidInput, "the \(what) from \(place) holds NUL or is not UTF-8")
    }
    return text
  }
}
