import Glibc

/// Shows long text a screen at a time.
package struct Pager: Sendable {
  private let command: String
  private let environment: [String: String]

  /// A pager, or nil where text goes straight to the stream: it is no terminal, the caller does not allow a child
  /// (in delegated mode it must not), `TERM` is unset or `dumb`, or `PAGER` is empty or `cat`.
  ///
  /// `environment` is the caller's; the child gets it with `LESS=FRX` where `LESS` is not set.
  package init?(for output: TextOutput, isAllowed: Bool, environment: [String: String]) {
    let command = environment["PAGER"] ?? "less"
    let term = environment["TERM"] ?? ""
    guard isAllowed, output.isTerminal, !command.isEmpty, command != "cat", !term.isEmpty, term != "dumb" else { return nil }
    self.init(command: command, environment: environment)
  }

  init(command: String, environment: [String: String]) {
    self.command = command
    self.environment = environment.merging(["LESS": "FRX"]) { own, _ in own }
  }

  /// Runs the pager on the text and waits for it. `output` must be flushed.
  ///
  /// Throws `.pagerFailed` when it cannot be started, before anything was shown: the caller then writes the text itself.
  package func show(_ text: String) throws(TerminalError) {
    guard let ends = closedOnExecPipe() else { throw failure(errno) }
    // ^C is for the pager, which has the terminal; a reader who quits early is no failure.
    let interrupt = signal(SIGINT, SIG_IGN)
    let brokenPipe = signal(SIGPIPE, SIG_IGN)
    defer {
      signal(SIGINT, interrupt)
      signal(SIGPIPE, brokenPipe)
    }
    let child: pid_t
    do throws(TerminalError) {
      child = try spawn(input: ends.read)
    } catch {
      _ = close(ends.read)
      _ = close(ends.write)
      throw error
    }
    _ = close(ends.read)
    let written = writeAll(Array(text.utf8), to: ends.write)
    _ = close(ends.write)
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    // 126 and 127 are the shell's words for a command that cannot be run.
    let exit = (status >> 8) & 0xFF
    if status & 0x7F == 0, exit == 126 || exit == 127 {
      throw TerminalError(.pagerFailed, "cannot run the pager '\(command.prefix(60))'", hint: "PAGER names it")
    }
    if written != 0, written != EPIPE { throw failure(written) }
  }

  private func spawn(input: Int32) throws(TerminalError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    var standard = sigset_t()
    sigemptyset(&standard)
    for signal in [SIGPIPE, SIGINT] { sigaddset(&standard, signal) }
    posix_spawnattr_setsigdefault(&attributes, &standard)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))

    let words = ["sh", "-c", command]
    let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let argv: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    let envp: [UnsafeMutablePointer<CChar>?] = variables.map { strdup($0) } + [nil]
    defer { for pointer in argv + envp { free(pointer) } }
    var child: pid_t = 0
    let status = posix_spawn(&child, "/bin/sh", &actions, &attributes, argv, envp)
    guard status == 0 else { throw failure(status) }
    return child
  }

  private func failure(_ status: Int32) -> TerminalError {
    TerminalError(.pagerFailed, "cannot run the pager '\(command.prefix(60))': \(errorText(status))")
  }
}
