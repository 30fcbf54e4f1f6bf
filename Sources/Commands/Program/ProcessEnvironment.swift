private import Glibc
package import Scheduling
private import Transports

/// What the process was started with, read once at start.
package enum ProcessEnvironment {
  /// Puts /dev/null where a standard stream is closed, so that no file that is opened later takes its number; opened the wrong
  /// way, so that whoever reads or writes it still learns that it is closed.
  package static func openStandardStreams() {
    for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) < 0 {
      _ = open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY)
    }
  }

  /// Has the memory allocator work for many sessions at once; to be called while there is one thread.
  package static func shareMemory() { SSHConnector.shareMemory() }

  /// The words of the command line after the program's name; nil when one is not UTF-8.
  package static func arguments() -> [String]? {
    var words: [String] = []
    for index in 1..<max(1, Int(CommandLine.argc)) {
      guard let text = CommandLine.unsafeArgv[index], let word = String(validatingCString: text) else { return nil }
      words.append(word)
    }
    return words
  }

  package static func variables() -> [String: String] {
    var result: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
      let pair = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if pair.count == 2 { result[String(pair[0])] = String(pair[1]) }
      entry += 1
    }
    return result
  }
}

/// The machine's clock.
package enum SystemClock {
  @Sendable package static func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }
}
