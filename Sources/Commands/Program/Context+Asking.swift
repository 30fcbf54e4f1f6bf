private import JobModel
package import Terminal

extension Context {
  /// Asks before something that cannot be undone; `yes` answers. Where nobody can be asked it is refused.
  /// - Throws: `Declined` when the person says no.
  package func confirm(_ question: String, yes: Bool) throws {
    if yes { return }
    do {
      if try !prompt.confirm(question) { throw Declined() }
    } catch let error as TerminalError where error.code == .notATerminal {
      throw TerminalError(.notATerminal, "\(question) nobody can be asked: this is not a terminal", hint: "--yes answers it")
    }
  }

  /// A secret that its `-stdin` flag announces: asked for without echo on a terminal, else the next line of standard input.
  /// - Parameter what: names it in messages: `password`.
  package func secret(_ what: String) throws(TerminalError) -> String {
    input.isTerminal ? try prompt.readSecret(what) : try input.readSecretLine(what)
  }

  /// Writes long text: through the pager on a terminal, but never for a caller who came in through sudo.
  package func page(_ text: String) throws {
    guard let pager = Pager(for: output, isAllowed: !caller.isDelegated, environment: environment) else {
      output.write(text)
      return
    }
    output.flush()
    do {
      try pager.show(text)
    } catch {
      if error.code != .pagerFailed { throw error }
      output.write(text)
    }
  }
}

/// The person at the terminal said no.
package struct Declined: Error {
  package init() {}
}
