private import CSSH2

/// Descriptors that no child process inherits unless it is given them; what Glibc's module does not show to Swift.
package enum SystemDescriptors {
  /// The ends of a pipe; nil when there are no descriptors left.
  package static func pipe() -> (reading: Int32, writing: Int32)? {
    var ends: [Int32] = [-1, -1]
    return netjob_pipe(&ends) == 0 ? (ends[0], ends[1]) : nil
  }

  /// A file that exists in memory only; -1 when there can be none.
  package static func memoryFile(_ name: String) -> Int32 { netjob_memory_file(name) }
}
