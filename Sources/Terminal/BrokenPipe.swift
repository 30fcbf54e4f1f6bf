import Glibc

/// What a program does about readers that go away.
package enum BrokenPipe {
  /// Makes writes to closed pipes and sockets fail instead of killing the process.
  ///
  /// Called once at the start: a device that hangs up, or `netjob ... | head`, must not end a change half-way.
  package static func ignoreSignal() {
    signal(SIGPIPE, SIG_IGN)
  }

  /// Ends the process the way the signal would have: without a word, with the status that shells show as 141.
  ///
  /// Called when the work is done and `TextOutput.finish()` threw `.brokenPipe`.
  package static func endProcess() -> Never {
    signal(SIGPIPE, SIG_DFL)
    var mask = sigset_t()
    sigemptyset(&mask)
    sigaddset(&mask, SIGPIPE)
    pthread_sigmask(SIG_UNBLOCK, &mask, nil)
    raise(SIGPIPE)
    _exit(141)
  }
}
