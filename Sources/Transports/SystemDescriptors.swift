private import CSSH2
private import Glibc

/// Descriptors that no child process inherits unless it is given them; what Glibc's module does not show to Swift.
package enum SystemDescriptors {
  /// The ends of a pipe; nil when there are no descriptors left.
  package static func pipe() -> (reading: Int32, writing: Int32)? {
    var ends: [Int32] = [-1, -1]
    return netjob_pipe(&ends) == 0 ? (ends[0], ends[1]) : nil
  }

  /// A file that exists in memory only; -1 when there can be none.
  package static func memoryFile(_ name: String) -> Int32 { netjob_memory_file(name) }

  /// How many all sessions of this process may have together. The first question raises the soft limit (RLIMIT_NOFILE), which
  /// systems set low for the sake of programs that use select(2).
  package static let sessionCapacity = raiseLimit() - openCount() - reserve

  /// For the database, deliveries, jump hosts, event loops, and what is open for a moment only.
  private static let reserve = 96
  /// More than any number of sessions needs; what children do with their descriptors may take time for each possible one.
  private static let enough = 65536

  /// - Returns: the limit that holds then.
  private static func raiseLimit() -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
    let wanted = min(limit.rlim_max, rlim_t(enough))
    if limit.rlim_cur < wanted {
      var raised = limit
      raised.rlim_cur = wanted
      if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
    }
    return Int(min(limit.rlim_cur, rlim_t(enough)))
  }

  private static func openCount() -> Int {
    guard let folder = opendir("/proc/self/fd") else { return 32 }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    return count
  }
}

extension ConnectionRequest.Transport {
  /// How many descriptors a session takes.
  package func descriptorCount(isBehindJumpHost: Bool) -> Int {
    switch self {
    case .libssh2: isBehindJumpHost ? 4 : 2
    // Two terminals, the program's log and errors, its end, its key, what watches them; a relay with its listener.
    case .openSSH: isBehindJumpHost ? 16 : 10
    }
  }
}
