import Glibc

/// Asks the person at the terminal; refuses where nobody is there to answer.
package struct Prompt: Sendable {
  private let isAllowed: Bool
  private let device: String

  /// A prompt on the controlling terminal.
  ///
  /// `isAllowed` is whether a person is there: standard input is a terminal, for instance. Without it every question throws.
  package init(isAllowed: Bool, device: String = "/dev/tty") {
    self.isAllowed = isAllowed
    self.device = device
  }

  /// Reads a secret without echo: 1 to 4096 bytes of UTF-8. `what` names it: `password`.
  ///
  /// The echo comes back whatever happens, SIGINT, SIGTERM, SIGHUP and SIGQUIT included, which then act as they would have.
  /// Throws `.notATerminal`, `.endOfInput`, `.invalidInput`, `.tooLong`, `.readFailed`, and `.interrupted` where the
  /// program survives the signal.
  package func readSecret(_ what: String) throws(TerminalError) -> String {
    let terminal = try open("the \(what) cannot be asked for", hint: "give it on standard input")
    defer { terminal.close() }
    let line = try terminal.ask("\(what): ", echo: false)
    return try Secret.validate(line, what, from: "the terminal")
  }

  /// Asks a question that only `y` or `yes`, in any case, answers with yes; everything else, end of input included, is no.
  ///
  /// Throws `.notATerminal` where nobody can be asked; the hint names `--yes`.
  package func confirm(_ question: String) throws(TerminalError) -> Bool {
    let terminal = try open("'\(question)' needs an answer", hint: "--yes answers it")
    defer { terminal.close() }
    let line: [UInt8]
    do {
      line = try terminal.ask("\(question) [y/N] ", echo: true)
    } catch {
      if error.code == .endOfInput { return false }
      throw error
    }
    let answer = String(decoding: line, as: UTF8.self).lowercased()
    return answer == "y" || answer == "yes"
  }

  private func open(_ what: String, hint: String) throws(TerminalError) -> TerminalDevice {
    guard isAllowed, let terminal = TerminalDevice(path: device) else {
      throw TerminalError(.notATerminal, "\(what): this is not a terminal", hint: hint)
    }
    return terminal
  }
}
