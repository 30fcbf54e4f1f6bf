import CSSH2
import Glibc

/// A file that exists in memory only, readable by this user's processes while it is held: how `ssh` gets a private key without
/// one being written to a disk.
final class MemoryFile {
  private let descriptor: Int32

  /// - Throws: `.system`.
  init(_ text: String) throws(TransportError) {
    descriptor = netjob_memory_file("netjob-key")
    guard descriptor >= 0 else { throw TransportError(.system, "cannot make a file in memory: \(SystemError(errno))") }
    // ssh refuses keys that others may read.
    fchmod(descriptor, 0o600)
    var bytes = Array(text.utf8)
    // ssh wants the last line ended.
    if bytes.last != 0x0A { bytes.append(0x0A) }
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress?.advanced(by: written), bytes.count - written) }
      guard count > 0 else {
        throw TransportError(.system, "cannot write a file in memory: \(SystemError(errno))")
      }
      written += count
    }
  }

  deinit { Glibc.close(descriptor) }

  /// Where another process of this user finds it.
  var path: String { "/proc/\(getpid())/fd/\(descriptor)" }
}
